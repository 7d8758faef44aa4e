// Tuples.
type tuples = (_: {
pair: [number, string],
many: number[],
empty: [],
span: [number, number],
}) => any;
