// Strings of a known format.
type other_formats = (_: {
// format: uuid
order: string,
// format: uri, minLength: 1, maxLength: 2083
link: string,
price: number | string,
// format: path
file: string,
// format: binary
blob: string,
}) => any;
