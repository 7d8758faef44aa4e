// Dictionaries.
type dictionaries = (_: {
counts: { [key: string]: number },
groups: { [key: string]: string[] },
places: { [key: string]:     // Where a parcel goes.
{
    // Street and house number
    street: string,
    city: string,
    // Postal code
    //
    // pattern: ^\d{5}$
    zip_code: string,
    country?: string, // default: "DE"
    } },
sides: { [key in "left" | "right"]?: number },
}) => any;
