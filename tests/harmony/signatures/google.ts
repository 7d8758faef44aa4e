// The weather of a city.
// 
// Several sources are asked, and the median is given.
type google = (_: {
// name of the city, with its country when it is ambiguous
city: string,
// how far to look ahead
days?: number, // default: 3
}) => any;
