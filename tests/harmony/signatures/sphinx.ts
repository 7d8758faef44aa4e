// The weather of a city.
// 
// Several sources are asked, and the median is given.
type sphinx = (_: {
// name of the city
city: string,
// how far to look ahead
days?: number, // default: 3
}) => any;
