// A method, with names that a pydantic model keeps for itself.
type method = (_: {
schema: string,
json: number,
_id?: number, // default: 1
}) => any;
