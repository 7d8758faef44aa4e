// Lists of lists.
type nested_lists = (_: {
grid: (number | null)[][],
}) => any;
