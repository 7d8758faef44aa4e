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
        "the total of {a} and {b}|{a} and {b} in total|{a} increased by {b}"
    ),
    "a - b": (
        "{a} minus {b}|the difference between {a} and {b}|{a} less {b}|"
        "{b} subtracted from {a}|{a} reduced by {b}|the difference of {a} and {b}|"
        "{a} decreased by {b}|{b} less than {a}|{b} taken from {a}"
    ),
    "a * b": (
        "{a} times {b}|{a} multiplied by {b}|the product of {a} and {b}|"
        "{a} multiplied with {b}|the product of {a} times {b}|{a} lots of {b}"
    ),
    "a / b": (
        "{a} divided by {b}|{a} over {b}|the quotient of {a} and {b}|"
        "the ratio of {a} to {b}|one {b}th of {a}|{a} split by {b}|{a} shared by {b}"
    ),
    "a // b": (
        "the integer quotient of {a} and {b}|{a} integer-divided by {b}|"
        "the whole number part of {a} divided by {b}|{a} divided by {b} rounded down|"
        "the floor of {a} divided by {b}|{a} floor-divided by {b}"
    ),
    "a % b": (
        "{a} mod {b}|{a} modulo {b}|the remainder of {a} divided by {b}|"
        "the remainder when {a} is divided by {b}|the remainder of dividing {a} by {b}|"
        "what is left when dividing {a} by {b}"
    ),
    "a ** b": (
        "{a} to the power of {b}|{a} to the power {b}|{a} raised to {b}|"
        "{a} raised to the power of {b}|the {b}th power of {a}|{a} to the {b}th power"
    ),
}

IMPERATIVES = {
    "a + b": (
        "Add {a} and {b}|Add {a} to {b}|Sum {a} and {b}|Sum up {a} and {b}|"
        "Put {a} and {b} together|Increase {a} by {b}|Total {a} and {b}|Add {b} onto {a}"
    ),
    "a - b": (
        "Subtract {b} from {a}|Take {b} away from {a}|Decrease {a} by {b}|"
        "Reduce {a} by {b}|Take {b} from {a}|Deduct {b} from {a}|Remove {b} from {a}"
    ),
    "a * b": (
        "Multiply {a} by {b}|Multiply {a} and {b}|Multiply {a} with {b}|"
        "Multiply {a} times {b}|Take {a} times {b}|Scale {a} by {b}"
    ),
    "a / b": (
        "Divide {a} by {b}|Split {a} into {b} equal parts|Split {a} by {b}|"
        "Share {a} among {b} people equally|Divide {a} into {b} equal parts|"
        "Cut {a} into {b} equal pieces"
    ),
    "a // b": (
        "Integer-divide {a} by {b}|How many whole times does {b} fit into {a}?|"
        "How often does {b} go into {a}?|How many times does {b} go into {a}?|"
        "Floor-divide {a} by {b}"
    ),
    "a % b": (
        "What remains when {a} is divided by {b}?|"
        "What is left over if you divide {a} by {b}?|Take {a} modulo {b}|"
        "Give the remainder of {a} by {b}|"
        "What remainder does {a} leave when divided by {b}?"
    ),
    "a ** b": (
        "Raise {a} to the power of {b}|Raise {a} to the power {b}|Raise {a} to {b}|"
        "Take {a} to the power of {b}|Exponentiate {a} by {b}"
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
    "{a} ** 2": "{a} squared|the square of {a}|{a} to the second power",
    "{a} ** 3": "{a} cubed|the cube of {a}|{a} to the third power",
    "{a} * 2": "twice {a}|the double of {a}|double {a}|two times {a}",
    "{a} * 3": "three times {a}|triple {a}|the triple of {a}",
    "{a} / 2": "half of {a}|the half of {a}|one half of {a}",
    "{a} / 4": "a quarter of {a}|one quarter of {a}|one fourth of {a}",
    "{a} ** 0.5": "the square root of {a}|sqrt({a})|the root of {a}|square root of {a}",
    "abs(-{a})": "the absolute value of -{a}|abs(-{a})",
}

LISTS = {
    "sum([v])": (
        "the sum of {v}|the total of {v}|the sum of the numbers {v}|"
        "the sum of these numbers: {v}|the sum of the list [{v}]|the grand total of {v}"
    ),
    "statistics.mean([v])": (
        "the mean of {v}|the average of {v}|the mean of the numbers {v}|"
        "the average of these numbers: {v}|the mean of the list [{v}]|"
        "the arithmetic mean of {v}|the mean value of {v}"
    ),
    "max([v])": (
        "the maximum of {v}|the largest of {v}|the biggest number in {v}|"
        "the highest of {v}|the largest of these numbers: {v}|the greatest of {v}"
    ),
    "min([v])": (
        "the minimum of {v}|the smallest of {v}|the lowest of {v}|"
        "the smallest number in {v}|the smallest of these numbers: {v}|the least of {v}"
    ),
    "sorted([v])": (
        "the numbers {v} sorted|the sorted list of {v}|{v} in ascending order|"
        "{v} sorted from small to large|the numbers {v} in order"
    ),
    "max([v]) - min([v])": (
        "the range of {v}|the spread of {v}|"
        "the difference between the largest and the smallest of {v}"
    ),
    "len([v])": (
        "how many numbers are in {v}|the number of values in {v}|the count of the numbers {v}"
    ),
}

LIST_COMMANDS = {
    "sum([v])": (
        "Add up {v}|Sum {v}|Add the numbers {v}|Sum up these numbers: {v}|Total these: {v}|Add {v}"
    ),
    "statistics.mean([v])": (
        "Average {v}|Average these numbers: {v}|Compute the mean: {v}|What do {v} average to?"
    ),
    "sorted([v])": (
        "Sort {v}|Sort the numbers {v}|Sort these numbers: {v}|Put {v} in order|"
        "Order these numbers: {v}"
    ),
    "max([v])": (
        "Which is the largest: {v}?|Which number is the biggest, {v}?|Find the largest number: {v}"
    ),
    "min([v])": (
        "Which is the smallest: {v}?|Which number is the lowest, {v}?|Find the smallest number: {v}"
    ),
}

TEXTS = {
    'len("w")': (
        "the length of {w}|the number of letters in {w}|how many letters {w} has|"
        "the number of characters in {w}|how long the word {w} is"
    ),
    '"w"[::-1]': (
        "{w} reversed|the reverse of {w}|{w} backwards|{w} spelled backwards|{w} in reverse"
    ),
    '"w".upper()': (
        "{w} in upper case|{w} in capitals|{w} in uppercase|the upper case form of {w}|"
        "{w} in capital letters"
    ),
    '"w".lower()': (
        "{w} in lower case|{w} in small letters|{w} in lowercase|the lower case form of {w}"
    ),
    '"w".count("l")': (
        "how many times {l} occurs in {w}|the number of {l}'s in {w}|"
        "how often the letter {l} appears in {w}|the count of the letter {l} in {w}"
    ),
    '"w"[0]': "the first letter of {w}|the initial of {w}|the first character of {w}",
    '"w"[-1]': "the last letter of {w}|the final letter of {w}|the last character of {w}",
    '"w" * k': "{w} repeated {k} times|{w} {k} times in a row|{k} copies of {w}",
    '"".join(sorted("w"))': (
        "the letters of {w} sorted|the letters of {w} in alphabetical order|"
        "{w} with its letters sorted"
    ),
}

TEXT_COMMANDS = {
    'len("w")': (
        "How many letters does {w} have?|How many letters are in {w}?|"
        "How long is the word {w}?|Count the letters in {w}|"
        "How many characters are in {w}?|Count the characters of {w}"
    ),
    '"w"[::-1]': (
        "Reverse {w}|Reverse the word {w}|Spell {w} backwards|Write {w} backwards|"
        "Turn {w} around|Reverse the string {w}|Flip the word {w}"
    ),
    '"w".upper()': (
        "Uppercase {w}|Write {w} in capitals|Convert {w} to upper case|Make {w} uppercase|"
        "Capitalise all letters of {w}|Put {w} in upper case|"
        "Turn {w} into capital letters"
    ),
    '"w".lower()': (
        "Lowercase {w}|Write {w} in small letters|Convert {w} to lower case|"
        "Make {w} lowercase|Put {w} in lower case"
    ),
    '"w".count("l")': (
        "How many {l}'s are in {w}?|How often does {l} occur in {w}?|"
        "Count the letter {l} in {w}|How many times does the letter {l} appear in {w}?|"
        "How many times is {l} in {w}?"
    ),
    '"w" * k': "Repeat {w} {k} times|Repeat the word {w} {k} times|Write {w} {k} times",
    '"".join(sorted("w"))': (
        "Sort the letters of {w}|Sort the letters in {w}|Put the letters of {w} in order"
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
a - b|I had {a} dollars and spent {b}. How much do I have left?
a - b|There are {a} seats and {b} are taken. How many are free?
a - b|A rope is {a} m long and I cut off {b} m. How long is the rest?
a - b|Of {a} {t}, {b} are broken. How many are fine?
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
a * 3600|How many seconds are {a} hours?""".splitlines()
)

PERCENTS = {
    "{a} * {p} / 100": (
        "{p}% of {a}|{p} percent of {a}|{p} % of {a}|{p} per cent of {a}|"
        "a {p}% tip on {a}|a {p}% share of {a}"
    ),
    "{a} * (1 + {p} / 100)": (
        "{a} plus {p}%|{a} increased by {p}%|{a} increased by {p} percent|"
        "{a} with {p}% tax added|{a} raised by {p}%"
    ),
    "{a} * (1 - {p} / 100)": (
        "{a} minus {p}%|{a} decreased by {p}%|{a} reduced by {p} percent|"
        "{a} with a discount of {p}%|{a} lowered by {p}%"
    ),
    "{p} / {a} * 100": (
        "what percentage of {a} is {p}|what percent {p} is of {a}|"
        "{p} as a percentage of {a}|{p} as a percent of {a}"
    ),
}

PERCENT_COMMANDS = {
    "{a} * (1 + {p} / 100)": (
        "Increase {a} by {p}%|Add {p}% to {a}|Raise {a} by {p} percent|Add {p} percent to {a}"
    ),
    "{a} * (1 - {p} / 100)": (
        "Decrease {a} by {p}%|Take {p}% off {a}|Reduce {a} by {p} percent|"
        "Subtract {p}% from {a}|A price of {a} is cut by {p}%. What is the new price?"
    ),
    "{a} * {p} / 100": (
        "Take {p}% of {a}|How much is a tip of {p}% on {a}?|"
        "What is a {p} percent commission on {a}?"
    ),
    "{p} / {a} * 100": (
        "What percentage is {p} of {a}?|{p} is what percent of {a}?|How many percent of {a} is {p}?"
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
