// Values that may be null.
type optional = (_: {
a: string | null,
b?: number | null, // default: null
c?: "x" | "y" | null, // default: x
}) => any;
