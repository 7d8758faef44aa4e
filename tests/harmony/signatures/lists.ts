// Lists of one type and of several.
type lists = (_: {
names: string[],
keys: (number | string)[],
// uniqueItems: true
unique: ("a" | "b")[],
}) => any;
