// Lists of models.
type list_of_models = (_: {
addresses:     // Where a parcel goes.
{
    // Street and house number
    street: string,
    city: string,
    // Postal code
    //
    // pattern: ^\d{5}$
    zip_code: string,
    country?: string, // default: "DE"
    }[],
payers: (
     |        // Paid by card.
{
       kind: "card",
       // minLength: 12, maxLength: 19
       number: string,
       } // Paid by card.
     |        // Paid by bank transfer.
{
       kind: "transfer",
       iban: string,
       } // Paid by bank transfer.
    )[],
}) => any;
