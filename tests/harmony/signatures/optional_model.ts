// A model or nothing.
type optional_model = (_: {
// Where a parcel goes.
address?: {
    // Street and house number
    street: string,
    city: string,
    // Postal code
    //
    // pattern: ^\d{5}$
    zip_code: string,
    country?: string, // default: "DE"
    } | null, // default: null
}) => any;
