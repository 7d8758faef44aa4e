// Four plain types.
type simple = (_: {
name: string,
count: number,
ratio: number,
exact: boolean,
}) => any;
