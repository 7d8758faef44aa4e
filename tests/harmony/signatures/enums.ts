// Enums of strings and of integers.
type enums = (_: {
// A paint.
colour: "red" | "green",
priority?: 1 | 2, // default: 1
}) => any;
