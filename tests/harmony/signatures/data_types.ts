// A dataclass, a TypedDict and a model open to more fields.
type data_types = (_: {
point: {
    x: number,
    y?: number, // default: 0.5
    },
filters: {
    field: string,
    negate?: boolean,
    }[],
loose: {
    known: number,
    },
}) => any;
