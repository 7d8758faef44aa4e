// One of several models.
type model_union = (_: {
// how it is paid
payment:
 |    // Paid by card.
{
   kind: "card",
   // minLength: 12, maxLength: 19
   number: string,
   } // Paid by card.
 |    // Paid by bank transfer.
{
   kind: "transfer",
   iban: string,
   } // Paid by bank transfer.
,
}) => any;
