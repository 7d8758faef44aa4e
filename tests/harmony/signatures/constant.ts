// The only value there is.
type constant = (_: {
version: "v2",
}) => any;
