// A pydantic model.
type model = (_: {
// Where a parcel goes.
address:     // Where a parcel goes.
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
note?: string, // default: ""
}) => any;
