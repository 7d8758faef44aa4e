// An async generator.
type stream = (_: {
limit?: number, // default: 10
}) => any;
