// Dates and durations.
type dates = (_: {
// format: date
day: string,
// format: date-time
at?: string | null, // default: null
// format: duration
takes?: string, // default: "PT5M"
// default: 0
either?:
 | number
 | string // format: date
,
}) => any;
