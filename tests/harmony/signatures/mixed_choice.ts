// One of several values of different types.
type mixed_choice = (_: {
value?: "auto" | 0 | true | null, // default: auto
}) => any;
