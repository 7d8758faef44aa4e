"""How people ask for computations: expressions with the phrases that stand for them.

In an expression, `a`, `b`, `v`, `w`... stand for what the phrase has in braces.
"""

from examples.tiny_model.words import phrases

WRAPPERS = phrases("""
What is {e}?|what is {e}|What's {e}?|what's {e}|Compute {e}.|compute {e}|Calculate {e}.
calculate {e}|{e}|{e} = ?|{e}?|{e} =|How much is {e}?|how much is {e}|Tell me {e}.|I need {e}.
Could you work out {e}?|Can you calculate {e}?|Please compute {e}.|Evaluate {e}|Give me {e}.
Give me the result of {e}.|Find {e}.|Work out {e}.|work out {e} please|Use python to compute {e}.
Do the math: {e}|Quick question: what is {e}?|I want to know {e}.|Can you tell me {e}?
Hey, what is {e}?|What does {e} give?|What does {e} equal?|Please tell me {e}|Determine {e}.
What do I get for {e}?|I wonder what {e} is.|Let me know {e}.|Could you compute {e} for me?
What would {e} be?|Show me {e}.|Hi, please calculate {e}.|What is the value of {e}?
Figure out {e}.|Run the numbers: {e}|So what is {e}|Would you compute {e}?|Next: {e}|And {e}?
Now {e}|What about {e}?|Help me with {e}.|Solve {e}|Solve: {e}
""")

SYMBOLS = {
    "+": "+",
    "-": "-",
    "*": "*",
    "/": "/",
    "x": "*",
    "×": "*",
    "÷": "/",
    "^": "**",
    "**": "**",
    "//": "//",
    "%": "%",
}

NOUN_PHRASES = {
    "a + b": (
        "{a} plus {b}|the sum of {a} and {b}|{a} added to {b}|{a} and {b} together|"
        "the total of {a} and {b}|{a} and {b} in total|{a} increased by {b}|"
        "the sum of the numbers {a} and {b}|the total of {a} plus {b}|"
        "the result of adding {a} and {b}|the addition of {a} and {b}|the sum {a} plus {b}|"
        "the result of adding {b} to {a}|the total of the numbers {a} and {b}|"
        "the number {a} plus {b}|the result of {a} plus {b}|{a} and {b} added together|"
        "the sum if I add {a} and {b}"
    ),
    "a - b": (
        "{a} minus {b}|the difference between {a} and {b}|{a} less {b}|"
        "{b} subtracted from {a}|{a} reduced by {b}|the difference of {a} and {b}|"
        "{a} decreased by {b}|{b} less than {a}|{b} taken from {a}|"
        "the result of subtracting {b} from {a}|{a} after subtracting {b}|"
        "the difference when {b} is subtracted from {a}|{a} without {b}|"
        "the number {a} minus {b}|the result of {a} minus {b}|the number {a} less {b}|"
        "the difference of the numbers {a} and {b}|the result of taking {b} from {a}|"
        "the number {a} reduced by {b}"
    ),
    "a * b": (
        "{a} times {b}|{a} multiplied by {b}|the product of {a} and {b}|"
        "{a} multiplied with {b}|the product of {a} times {b}|{a} lots of {b}|"
        "the result of multiplying {a} by {b}|the product of the numbers {a} and {b}|"
        "the multiplication of {a} by {b}|the number {a} times {b}|"
        "the result of {a} times {b}|the number {a} multiplied by {b}"
    ),
    "a / b": (
        "{a} divided by {b}|{a} over {b}|the quotient of {a} and {b}|the ratio of {a} to {b}|"
        "one {b}th of {a}|{a} split by {b}|{a} shared by {b}|"
        "the result of dividing {a} by {b}|the quotient of {a} divided by {b}|"
        "the division of {a} by {b}|the number {a} divided by {b}|"
        "the result of {a} divided by {b}|{a} split into {b} equal parts"
    ),
    "a // b": (
        "the integer quotient of {a} and {b}|{a} integer-divided by {b}|"
        "the whole number part of {a} divided by {b}|{a} divided by {b} rounded down|"
        "the floor of {a} divided by {b}|{a} floor-divided by {b}|"
        "the integer part of {a} divided by {b}|the whole part of {a} divided by {b}|"
        "the integer division of {a} by {b}|the quotient of {a} and {b} rounded down|"
        "the whole number part of {a} over {b}"
    ),
    "a % b": (
        "{a} mod {b}|{a} modulo {b}|the remainder of {a} divided by {b}|"
        "the remainder when {a} is divided by {b}|the remainder of dividing {a} by {b}|"
        "what is left when dividing {a} by {b}|the remainder if {a} is divided by {b}|"
        "the remainder after dividing {a} by {b}|the rest when {a} is divided by {b}|"
        "the rest of {a} divided by {b}|the number {a} modulo {b}|"
        "what is left when {a} is divided by {b}|"
        "the remainder of the number {a} divided by {b}|the result of {a} modulo {b}|"
        "the number {a} mod {b}|the remainder of {a} over {b}|"
        "the remainder of {a} when divided by {b}"
    ),
    "a ** b": (
        "{a} to the power of {b}|{a} to the power {b}|{a} raised to {b}|"
        "{a} raised to the power of {b}|the {b}th power of {a}|{a} to the {b}th power|"
        "the number {a} to the power of {b}|{a} raised to the {b}th power|"
        "the result of raising {a} to the power of {b}|the power {b} of {a}|"
        "the result of {a} to the power of {b}|the number {a} raised to {b}|"
        "the number {a} raised to the power {b}|the result of raising {a} to {b}|"
        "{a} raised to the number {b}|{a} raised to the {b}|the result of {a} raised to {b}|"
        "{a} to the {b}|the number {a} raised to the number {b}|{a} with the power {b}|"
        "{a} raised by the power {b}|the power of {a} to {b}"
    ),
}

IMPERATIVES = {
    "a + b": (
        "Add {a} and {b}|Add {a} to {b}|Sum {a} and {b}|Sum up {a} and {b}|"
        "Put {a} and {b} together|Increase {a} by {b}|Total {a} and {b}|Add {b} onto {a}|"
        "Add the numbers {a} and {b}|Add up {a} and {b}|Sum the numbers {a} and {b}|"
        "Take {a} plus {b}|Add the number {b} to {a}|Increase the number {a} by {b}|"
        "Add {a} and {b} together|Add {a} plus {b}|Sum up the numbers {a} and {b}|"
        "Put the numbers {a} and {b} together|Total the numbers {a} and {b}|"
        "Take the sum of {a} and {b}"
    ),
    "a - b": (
        "Subtract {b} from {a}|Take {b} away from {a}|Decrease {a} by {b}|Reduce {a} by {b}|"
        "Take {b} from {a}|Deduct {b} from {a}|Remove {b} from {a}|"
        "Subtract the number {b} from {a}|Take {a} minus {b}|"
        "Take the number {b} away from {a}|Decrease the number {a} by {b}|"
        "Reduce the number {a} by {b}|What is left if I take {b} from {a}?|"
        "What is left when {b} is taken away from {a}?"
    ),
    "a * b": (
        "Multiply {a} by {b}|Multiply {a} and {b}|Multiply {a} with {b}|"
        "Multiply {a} times {b}|Take {a} times {b}|Scale {a} by {b}|"
        "Multiply the numbers {a} and {b}|Multiply the number {a} by {b}|"
        "Take {a} multiplied by {b}|Take the number {a} times {b}|"
        "Multiply {a} and {b} together|Multiply {a} with the number {b}|"
        "Take the product of {a} and {b}|Multiply the number {a} with {b}|"
        "Multiply the number {a} and the number {b}"
    ),
    "a / b": (
        "Divide {a} by {b}|Split {a} into {b} equal parts|Split {a} by {b}|"
        "Share {a} among {b} people equally|Divide {a} into {b} equal parts|"
        "Cut {a} into {b} equal pieces|Divide the number {a} by {b}|Take {a} divided by {b}|"
        "Divide {a} equally by {b}|How much is each part if I split {a} into {b} equal parts?|"
        "Split the number {a} into {b} equal parts|Divide {a} among {b} people"
    ),
    "a // b": (
        "Integer-divide {a} by {b}|How many whole times does {b} fit into {a}?|"
        "How often does {b} go into {a}?|How many times does {b} go into {a}?|"
        "Floor-divide {a} by {b}|How many whole times does {b} go into {a}?|"
        "How many times does {b} fit into {a}?|How often does {b} fit into {a}?|"
        "Divide {a} by {b} and round down"
    ),
    "a % b": (
        "What remains when {a} is divided by {b}?|What is left over if you divide {a} by {b}?|"
        "Take {a} modulo {b}|Give the remainder of {a} by {b}|"
        "What remainder does {a} leave when divided by {b}?|"
        "What is the remainder if I divide {a} by {b}?|"
        "Find the remainder when {a} is divided by {b}|"
        "What is left when {a} is divided by {b}?|Give me the remainder of {a} divided by {b}|"
        "What is the rest when I divide {a} by {b}?|Take the number {a} modulo {b}|"
        "Give the remainder of {a} divided by {b}|Find the remainder of {a} divided by {b}|"
        "What is the remainder of {a} divided by {b}?|What remains if I divide {a} by {b}?"
    ),
    "a ** b": (
        "Raise {a} to the power of {b}|Raise {a} to the power {b}|Raise {a} to {b}|"
        "Take {a} to the power of {b}|Exponentiate {a} by {b}|"
        "Raise the number {a} to the power of {b}|Take the number {a} to the power of {b}|"
        "Raise {a} to the {b}th power|Take {a} to the power {b}|Take {a} raised to {b}|"
        "Raise the number {a} to {b}|Raise {a} to the number {b}|Take the number {a} raised to {b}|"
        "Take {a} to the {b}th power|Raise the number {a} to the number {b}"
    ),
}

POLITE = [
    "",
    "",
    "",
    "Please ",
    "Can you ",
    "Could you ",
    "I want you to ",
    "Now ",
    "Hey, ",
    "Would you ",
    "You should ",
    "Let's ",
]

UNARY = {
    "{a} ** 2": (
        "{a} squared|the square of {a}|{a} to the second power|the number {a} squared|"
        "the square of the number {a}|{a} times {a} as a square|the second power of {a}"
    ),
    "{a} ** 3": (
        "{a} cubed|the cube of {a}|{a} to the third power|the number {a} cubed|"
        "the cube of the number {a}|the third power of {a}|the number {a} to the third power"
    ),
    "{a} * 2": (
        "twice {a}|the double of {a}|double {a}|two times {a}|the double of the number {a}|"
        "two times the number {a}|twice the number {a}|double the number {a}"
    ),
    "{a} * 3": (
        "three times {a}|triple {a}|the triple of {a}|three times the number {a}|"
        "triple the number {a}|the triple of the number {a}"
    ),
    "{a} / 2": (
        "half of {a}|the half of {a}|one half of {a}|half of the number {a}|"
        "one half of the number {a}|the half of the number {a}"
    ),
    "{a} / 4": (
        "a quarter of {a}|one quarter of {a}|one fourth of {a}|a quarter of the number {a}|"
        "one quarter of the number {a}|one fourth of the number {a}"
    ),
    "{a} ** 0.5": (
        "the square root of {a}|sqrt({a})|the root of {a}|square root of {a}|"
        "the square root of the number {a}|the root of the number {a}|the square root {a}"
    ),
    "abs(-{a})": (
        "the absolute value of -{a}|abs(-{a})|the absolute value of the number -{a}|"
        "the absolute value abs(-{a})|the absolute of -{a}"
    ),
}

LISTS = {
    "sum([v])": (
        "the sum of {v}|the total of {v}|the sum of the numbers {v}|"
        "the sum of these numbers: {v}|the sum of the list [{v}]|the grand total of {v}"
    ),
    "statistics.mean([v])": (
        "the mean of {v}|the average of {v}|the mean of the numbers {v}|"
        "the average of these numbers: {v}|the mean of the list [{v}]|"
        "the arithmetic mean of {v}|the mean value of {v}|the average of the numbers {v}|"
        "the average value of {v}|the mean of these numbers: {v}|"
        "the average of the list [{v}]"
    ),
    "max([v])": (
        "the maximum of {v}|the largest of {v}|the biggest number in {v}|the highest of {v}|"
        "the largest of these numbers: {v}|the greatest of {v}|the maximum of the numbers {v}|"
        "the largest number in {v}|the highest number of {v}|"
        "the biggest of these numbers: {v}|the largest number of {v}"
    ),
    "min([v])": (
        "the minimum of {v}|the smallest of {v}|the lowest of {v}|the smallest number in {v}|"
        "the smallest of these numbers: {v}|the least of {v}|the minimum of the numbers {v}|"
        "the lowest number in {v}|the smallest number of {v}"
    ),
    "sorted([v])": (
        "the numbers {v} sorted|the sorted list of {v}|{v} in ascending order|"
        "{v} sorted from small to large|the numbers {v} in order|the list {v} sorted|"
        "{v} in order|the numbers {v} in ascending order|the sorted numbers {v}"
    ),
    "max([v]) - min([v])": (
        "the range of {v}|the spread of {v}|"
        "the difference between the largest and the smallest of {v}|"
        "the range of the numbers {v}|the spread of the numbers {v}|"
        "the range of the list [{v}]"
    ),
    "len([v])": (
        "how many numbers are in {v}|the number of values in {v}|the count of the numbers {v}|"
        "the count of the values {v}|how many values are in {v}|the number of numbers in {v}"
    ),
}

LIST_COMMANDS = {
    "sum([v])": (
        "Add up {v}|Sum {v}|Add the numbers {v}|Sum up these numbers: {v}|Total these: {v}|"
        "Add {v}|Add these numbers: {v}|Add up the numbers {v}|Sum the numbers {v}|"
        "Total the numbers {v}|Add up these: {v}"
    ),
    "statistics.mean([v])": (
        "Average {v}|Average these numbers: {v}|Compute the mean: {v}|What do {v} average to?|"
        "Average the numbers {v}|Compute the average: {v}|Take the mean of {v}|"
        "Take the average of {v}|What is the average: {v}?"
    ),
    "sorted([v])": (
        "Sort {v}|Sort the numbers {v}|Sort these numbers: {v}|Put {v} in order|"
        "Order these numbers: {v}"
    ),
    "max([v])": (
        "Which is the largest: {v}?|Which number is the biggest, {v}?|"
        "Find the largest number: {v}|Which is the biggest: {v}?|Find the largest of {v}|"
        "Which number is the largest: {v}?|Find the biggest number: {v}|"
        "Find the maximum of {v}"
    ),
    "min([v])": (
        "Which is the smallest: {v}?|Which number is the lowest, {v}?|"
        "Find the smallest number: {v}|Find the smallest of {v}|"
        "Which number is the smallest: {v}?|Find the lowest number: {v}|"
        "Which is the lowest: {v}?|Find the minimum of {v}"
    ),
}

TEXTS = {
    'len("w")': (
        "the length of {w}|the number of letters in {w}|how many letters {w} has|"
        "the number of characters in {w}|how long the word {w} is"
    ),
    '"w"[::-1]': (
        "{w} reversed|the reverse of {w}|{w} backwards|{w} spelled backwards|{w} in reverse|"
        "the word {w} reversed|the word {w} backwards|the reverse of the word {w}|"
        "the word {w} in reverse|the word {w} spelled backwards"
    ),
    '"w".upper()': (
        "{w} in upper case|{w} in capitals|{w} in uppercase|the upper case form of {w}|"
        "{w} in capital letters"
    ),
    '"w".lower()': (
        "{w} in lower case|{w} in small letters|{w} in lowercase|the lower case form of {w}|"
        "the word {w} in lower case|the word {w} in small letters|{w} in lower case letters|"
        "the word {w} in lowercase"
    ),
    '"w".count("l")': (
        "how many times {l} occurs in {w}|the number of {l}'s in {w}|"
        "how often the letter {l} appears in {w}|the count of the letter {l} in {w}|"
        "how often {l} occurs in {w}|how many times the letter {l} occurs in {w}|"
        "the number of times {l} appears in {w}|the count of {l} in {w}"
    ),
    '"w"[0]': (
        "the first letter of {w}|the initial of {w}|the first character of {w}|"
        "the first letter of the word {w}|the first character of the word {w}|"
        "the initial of the word {w}|the initial letter of {w}"
    ),
    '"w"[-1]': (
        "the last letter of {w}|the final letter of {w}|the last character of {w}|"
        "the last letter of the word {w}|the last character of the word {w}|"
        "the final letter of the word {w}|the final character of {w}"
    ),
    '"w" * k': (
        "{w} repeated {k} times|{w} {k} times in a row|{k} copies of {w}|"
        "the word {w} repeated {k} times|the word {w} {k} times|{w} written {k} times|"
        "{k} copies of the word {w}"
    ),
    '"".join(sorted("w"))': (
        "the letters of {w} sorted|the letters of {w} in alphabetical order|"
        "{w} with its letters sorted|the letters of the word {w} sorted|"
        "the sorted letters of {w}|the letters of the word {w} in alphabetical order"
    ),
}

TEXT_COMMANDS = {
    'len("w")': (
        "How many letters does {w} have?|How many letters are in {w}?|"
        "How long is the word {w}?|Count the letters in {w}|How many characters are in {w}?|"
        "Count the characters of {w}|How many letters does the word {w} have?|"
        "Count the letters of {w}|How many characters does {w} have?|"
        "How many characters are in the word {w}?"
    ),
    '"w"[::-1]': (
        "Reverse {w}|Reverse the word {w}|Spell {w} backwards|Write {w} backwards|"
        "Turn {w} around|Reverse the string {w}|Flip the word {w}|"
        "Spell the word {w} backwards|Write the word {w} backwards|Reverse the letters of {w}|"
        "Turn the word {w} around"
    ),
    '"w".upper()': (
        "Uppercase {w}|Write {w} in capitals|Convert {w} to upper case|Make {w} uppercase|"
        "Capitalise all letters of {w}|Put {w} in upper case|Turn {w} into capital letters|"
        "Write the word {w} in capitals|Make the word {w} uppercase|"
        "Convert the word {w} to upper case|Write {w} in upper case|"
        "Write {w} in capital letters"
    ),
    '"w".lower()': (
        "Lowercase {w}|Write {w} in small letters|Convert {w} to lower case|"
        "Make {w} lowercase|Put {w} in lower case|Write the word {w} in small letters|"
        "Make the word {w} lowercase|Convert the word {w} to lower case|"
        "Write {w} in lower case|Turn {w} into small letters"
    ),
    '"w".count("l")': (
        "How many {l}'s are in {w}?|How often does {l} occur in {w}?|"
        "Count the letter {l} in {w}|How many times does the letter {l} appear in {w}?|"
        "How many times is {l} in {w}?|Count how often {l} occurs in {w}|"
        "Count the {l}'s in {w}|How often is {l} in {w}?|"
        "How often does the letter {l} appear in {w}?|How many times does {l} occur in {w}?"
    ),
    '"w" * k': (
        "Repeat {w} {k} times|Repeat the word {w} {k} times|Write {w} {k} times|"
        "Write the word {w} {k} times|Repeat the text {w} {k} times|"
        "Give me the word {w} {k} times|Say {w} {k} times"
    ),
    '"".join(sorted("w"))': (
        "Sort the letters of {w}|Sort the letters in {w}|Put the letters of {w} in order|"
        "Sort the letters of the word {w}|Put the letters of the word {w} in order|"
        "Order the letters of {w}"
    ),
}

STORIES = tuple(
    """\
a * b|I buy {a} {t} at {b} dollars each. How much do I pay?
a * b|{n} buys {a} {t} for {b} euros each. What does it cost?
a * b|One box holds {a} {t}. How many {t} are in {b} boxes?
a * b|A ticket costs {a}. What do {b} tickets cost?
a * b|How much are {a} {t} if one costs {b}?
a * b|{n} earns {a} a day. How much is that in {b} days?
a * b|There are {a} rows with {b} {t} each. How many {t} are there?
a * b|A car drives {a} km per hour for {b} hours. How far does it get?
a * b|If a bottle holds {a} ml, how much do {b} bottles hold?
a * b|What is the area of a rectangle that is {a} by {b}?
a + b|{n} has {a} {t} and gets {b} more. How many {t} does {n} have?
a + b|I have {a} {t} and you have {b} {t}. How many do we have?
a + b|{n} spent {a} on Monday and {b} on Tuesday. How much is that in total?
a + b|There were {a} {t} and {b} more came. How many are there now?
a - b|{n} has {a} {t} and gives away {b}. How many are left?
a - b|I had {a} euros and spent {b}. How much do I have left?
a - b|There are {a} seats and {b} are taken. How many are free?
a - b|A rope is {a} m long and I cut off {b} m. How long is the rest?
a - b|{b} of {a} {t} are broken. How many are fine?
a / b|{n} shares {a} {t} equally among {b} friends. How many does each get?
a / b|{a} dollars are split between {b} people. How much does each get?
a / b|{b} {t} cost {a}. What does one cost?
a / b|I drive {a} km in {b} hours. What is my speed?
a / b|If {b} people share a bill of {a}, what does each pay?
a * 60|How many minutes are {a} hours?
a * 60|How many seconds are in {a} minutes?
a * 24|How many hours are {a} days?
a * 7|How many days are {a} weeks?
a * 12|How many months are {a} years?
a * 1000|How many metres are {a} km?
a * 100|How many cents are {a} dollars?
a * 3600|How many seconds are {a} hours?
a * b|{n} buys {a} {t} at {b} dollars each. How much does {n} pay?
a * b|What do {a} {t} cost if one costs {b}?
a * b|There are {a} boxes with {b} {t} each. How many {t} are there?
a * b|How much do I pay for {a} {t} at {b} euros each?
a + b|{n} had {a} {t} and gets {b} more. How many are there now?
a + b|I spent {a} on Monday and {b} on Tuesday. How much is that?
a + b|There are {a} {t} and {b} more. How many {t} are there in total?
a - b|{n} had {a} dollars and spent {b}. How much is left?
a - b|I have {a} {t} and gave away {b}. How many do I have left?
a - b|There are {a} {t} and {b} are broken. How many are fine?
a / b|{a} {t} are shared equally between {b} friends. How many does each get?
a / b|If {b} {t} cost {a}, what does one cost?
a / b|I share {a} dollars equally among {b} people. How much does each get?
a * 60|How many seconds are {a} minutes?
a * 60|How many minutes are in {a} hours?
a * 24|How many hours are in {a} days?
a * 7|How many days are in {a} weeks?
a * 12|How many months are in {a} years?
a * 3600|How many seconds are in {a} hours?
""".splitlines()
)

PERCENTS = {
    "{a} * {p} / 100": (
        "{p}% of {a}|{p} percent of {a}|{p} % of {a}|{p} per cent of {a}|a {p}% tip on {a}|"
        "a {p}% share of {a}|{p}% of the number {a}|{p} percent of the number {a}|"
        "a share of {p}% of {a}|a tip of {p}% on {a}|a tip of {p} percent on {a}"
    ),
    "{a} * (1 + {p} / 100)": (
        "{a} plus {p}%|{a} increased by {p}%|{a} increased by {p} percent|"
        "{a} with {p}% tax added|{a} raised by {p}%|{a} plus {p} percent|"
        "{a} raised by {p} percent|{a} with {p} percent tax added|"
        "the number {a} increased by {p}%|the number {a} plus {p}%"
    ),
    "{a} * (1 - {p} / 100)": (
        "{a} minus {p}%|{a} decreased by {p}%|{a} reduced by {p} percent|"
        "{a} with a discount of {p}%|{a} lowered by {p}%|{a} minus {p} percent|"
        "{a} with a discount of {p} percent|the number {a} decreased by {p}%|"
        "{a} reduced by {p}%|the number {a} minus {p}%"
    ),
    "{p} / {a} * 100": (
        "what percentage of {a} is {p}|what percent {p} is of {a}|{p} as a percentage of {a}|"
        "{p} as a percent of {a}|what percentage {p} is of {a}|what percent of {a} is {p}|"
        "the percentage that {p} is of {a}|how many percent {p} is of {a}"
    ),
}

PERCENT_COMMANDS = {
    "{a} * (1 + {p} / 100)": (
        "Increase {a} by {p}%|Add {p}% to {a}|Raise {a} by {p} percent|Add {p} percent to {a}|"
        "Increase the number {a} by {p}%|Increase {a} by {p} percent|Raise {a} by {p}%|"
        "Add {p}% tax to {a}"
    ),
    "{a} * (1 - {p} / 100)": (
        "Decrease {a} by {p}%|Take {p}% off {a}|Reduce {a} by {p} percent|"
        "Subtract {p}% from {a}|A price of {a} is cut by {p}%. What is the new price?|"
        "Decrease the number {a} by {p}%|Decrease {a} by {p} percent|Reduce {a} by {p}%|"
        "Take {p} percent off {a}"
    ),
    "{a} * {p} / 100": (
        "Take {p}% of {a}|How much is a tip of {p}% on {a}?|"
        "What is a {p} percent commission on {a}?|How much is {p}% of {a}?|"
        "How much is {p} percent of {a}?|What is a tip of {p} percent on {a}?|"
        "Take {p} percent of {a}|What is {p}% of the number {a}?"
    ),
    "{p} / {a} * 100": (
        "What percentage is {p} of {a}?|{p} is what percent of {a}?|"
        "How many percent of {a} is {p}?|What percent of {a} is {p}?|"
        "What percent is {p} of {a}?|{p} is what percentage of {a}?|"
        "How many percent is {p} of {a}?"
    ),
}

THINGS = (
    "apple",
    "pear",
    "pencil",
    "book",
    "ticket",
    "chair",
    "lamp",
    "cookie",
    "shirt",
    "stamp",
    "marble",
    "egg",
)
