// One of several words.
type string_choice = (_: {
unit?: "celsius" | "fahrenheit", // default: celsius
}) => any;
