// The weather of a city.
// 
// Several sources are asked, and the median is given.
type numpy = (_: {
// Name of the city.
city: string,
// How far to look ahead.
days?: number, // default: 3
}) => any;
