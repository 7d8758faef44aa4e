// Limits that TypeScript cannot say.
type limits = (_: {
// In years
// minimum: 0, exclusiveMaximum: 150
age: number,
// Examples:
// - "#W1"
// - "#W2"
// pattern: ^#W, maxLength: 8
code: string,
// minItems: 1, items: minimum: 0, maximum: 1
scores: number[],
// multipleOf: 5
step?: number, // default: 5
}) => any;
