// One of several numbers.
type integer_choice = (_: {
level: 1 | 2 | 3,
}) => any;
