// One of several models, told apart by a field.
type discriminated = (_: {
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
// default: null
refund?:
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
 | null
,
}) => any;
