// What time it is.
type no_arguments = () => any;
