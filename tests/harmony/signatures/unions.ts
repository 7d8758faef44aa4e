// Several types.
type unions = (_: {
key: number | string,
value: string | number | boolean | null,
whole?: number, // default: 1
}) => any;
