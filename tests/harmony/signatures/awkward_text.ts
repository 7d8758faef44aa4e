// Quotes, backslashes and new lines: \" \\ \n.
// 
// An indented block:
// 
//     x = 1
type awkward_text = (_: {
// First line
// second line
quote: "\"" | "\\" | "a\nb",
text?: string, // default: "say \"hi\"\n"
}) => any;
