// A model of models.
type nested_models = (_: {
customer: {
    name: string,
    // Where a parcel goes.
    home:         // Where a parcel goes.
{
        // Street and house number
        street: string,
        city: string,
        // Postal code
        //
        // pattern: ^\d{5}$
        zip_code: string,
        country?: string, // default: "DE"
        },
    // Where a parcel goes.
    work?: {
        // Street and house number
        street: string,
        city: string,
        // Postal code
        //
        // pattern: ^\d{5}$
        zip_code: string,
        country?: string, // default: "DE"
        } | null, // default: null
    },
}) => any;
