// A default of every plain type.
type defaults = (_: {
unit?: string, // default: "celsius"
count?: number, // default: 3
ratio?: number, // default: 0.5
tiny?: number, // default: 0.00001
on?: boolean, // default: true
tags?: string[], // default: ["a","b"]
}) => any;
