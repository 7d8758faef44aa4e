"""Computations through the python tool, their results quoted exactly.

A task is a request and the expression that answers it. Symbols are copied into the code as the user
typed them; words become operators. Whatever can give a long fraction is rounded to four places, in
the code and not in the head.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from examples.tiny_model.skills.arithmetic_phrases import (
    IMPERATIVES,
    LIST_COMMANDS,
    LISTS,
    NOUN_PHRASES,
    PERCENT_COMMANDS,
    PERCENTS,
    POLITE,
    STORIES,
    SYMBOLS,
    TEXT_COMMANDS,
    TEXTS,
    THINGS,
    UNARY,
    WRAPPERS,
)
from examples.tiny_model.skills.base import Scene, answers, asks, calls, returns, thinks
from examples.tiny_model.transcript import Line, copy, plain
from examples.tiny_model.words import Lexicon


@dataclass(frozen=True, slots=True)
class Task:
    """A computation.

    Args:
        request: the user's words.
        expression: Python for it, with `copy` marks around copied words.
        before: statements needed first.
    """

    request: str
    expression: str
    before: str = ""

    def code(self) -> str:
        """The Python that computes and prints it, rounded when it may be a long fraction."""
        shown = "round(x, 4)" if is_fraction(self.expression) else "x"
        return f"{self.before}x = {self.expression}\nprint({shown})"


def arithmetic(scene: Scene) -> list[Line]:
    """One computation: request, code, result, answer."""
    task = draw(scene.words)
    if not scene.python:
        return [
            asks(task.request),
            *thinks(scene, "There is no python tool."),
            answers("I cannot compute that without the python tool."),
        ]
    code = task.code()
    output = run(plain(code))
    return [
        asks(task.request),
        *thinks(
            scene,
            "Compute this with python.",
            "The user wants a computation. I do not guess, I compute it with python.",
        ),
        calls("python", code),
        returns("python", output),
        *([] if scene.effort != "high" else thinks(scene, "", f"Python says {copy(output)}.")),
        answers(f"The result is {copy(output)}."),
    ]


def run(code: str) -> str:
    """What `code` prints. The code is this module's own."""
    printed: list[str] = []
    exec(code, {"print": lambda *values: printed.append(" ".join(map(str, values)))})
    return "\n".join(printed)


def draw(words: Lexicon) -> Task:
    """A task of a random kind whose result is neither an error nor too long to quote."""
    kinds: list[tuple[Callable[[Lexicon], Task], int]] = [
        (_symbols, 20),
        (_worded, 34),
        (_unary, 7),
        (_lists, 14),
        (_percent, 9),
        (_story, 10),
        (_text, 16),
        (_factorial, 2),
        (_reals, 4),
    ]
    while True:
        task = words.rng.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0](
            words
        )
        try:
            output = run(plain(task.code()))
        except (ZeroDivisionError, OverflowError, ValueError):
            continue
        if len(output) <= 40 and "e+" not in output and "e-" not in output:
            return task


def _number(words: Lexicon, decimals: float = 0.2) -> str:
    return str(words.decimal()) if words.chance(decimals) else str(words.integer())


def _operands(words: Lexicon, operator: str) -> tuple[str, str]:
    rng = words.rng
    if operator == "**":
        return str(rng.choice((2, 3, rng.randint(2, 20), rng.randint(2, 99)))), str(
            rng.choice((2, 3, 4, 5, 6, 8, 10, rng.randint(2, 12)))
        )
    if operator in ("//", "%"):
        return str(words.integer() + rng.randint(0, 200)), str(rng.randint(2, 99))
    if operator == "/":
        return _number(words), rng.choice([str(rng.randint(2, 20)), _number(words)])
    first = _number(words)
    return first, first if words.chance(0.03) else _number(words)


def is_fraction(expression: str) -> bool:
    """Whether the value of `expression` may have many decimal places."""
    if expression.startswith(("sorted", '"', 'len("')):
        return False
    divides = "/" in expression.replace("//", "") or expression.startswith("statistics.mean")
    return divides or re.search(r"\d\.\d", expression) is not None


def _wrap(words: Lexicon, phrase: str) -> str:
    return words.pick(WRAPPERS).replace("{e}", phrase)


def _command(words: Lexicon, text: str) -> str:
    if text.endswith("?"):
        return text
    polite = words.rng.choice(POLITE)
    if polite:
        text = text[0].lower() + text[1:]
    end = (
        "?"
        if polite.startswith(("Can", "Could", "Would"))
        else words.rng.choice((".", "", "!", " please", ", please."))
    )
    return f"{polite}{text}{end}" if words.chance(0.85) else f"{polite}{text}".lower()


def _symbols(words: Lexicon) -> Task:
    rng = words.rng
    count = rng.choice((2, 2, 2, 2, 3, 3, 4))
    gap = rng.choice(("", " ", " "))
    shown = code = ""
    depth = 0
    for index in range(count):
        if index:
            symbol = rng.choice(list(SYMBOLS)) if count == 2 else rng.choice("++--**/x")
            around = " " if symbol == "x" else gap
            shown += f"{around}{symbol}{around}"
            code += f"{around}{SYMBOLS[symbol]}{around}"
            first, second = _operands(words, SYMBOLS[symbol])
            if index == 1:
                shown, code = first + shown, first + code
            shown, code = shown + second, code + second
        elif count > 2 and rng.random() < 0.4:
            depth = rng.choice((1, 2))
    if depth and " " in shown and count > 2:
        shown, code = _bracket(shown, depth), _bracket(code, depth)
    return Task(_wrap(words, shown), code)


def _bracket(expression: str, side: int) -> str:
    parts = expression.split(" ")
    if len(parts) < 5:
        return expression
    if side == 1:
        return f"({' '.join(parts[:3])}) {' '.join(parts[3:])}"
    return f"{' '.join(parts[:-3])} ({' '.join(parts[-3:])})"


def _worded(words: Lexicon) -> Task:
    expression = words.rng.choice(list(NOUN_PHRASES))
    first, second = _operands(words, expression.split()[1])
    if "//" not in expression and "%" not in expression and words.chance(0.05):
        second = first
    command = words.chance(0.45)
    phrase = words.pick((IMPERATIVES if command else NOUN_PHRASES)[expression].split("|")).format(
        a=first, b=second
    )
    code = f"{first}{expression[1:-1]}{second}"
    return Task(_command(words, phrase) if command else _wrap(words, phrase), code)


def _unary(words: Lexicon) -> Task:
    expression = words.rng.choice(list(UNARY))
    number = str(words.integer())
    phrase = words.pick(UNARY[expression].split("|")).format(a=number)
    return Task(_wrap(words, phrase), expression.format(a=number))


def _lists(words: Lexicon) -> Task:
    rng = words.rng
    command = words.chance(0.4)
    source = LIST_COMMANDS if command else LISTS
    expression = rng.choice(list(source))
    decimals = rng.choice((0.0, 0.0, 0.4))
    top = rng.choice((9, 20, 100, 1000))
    values = [
        str(words.decimal()) if words.chance(decimals) else str(rng.randint(1, top))
        for _ in range(rng.randint(3, 7))
    ]
    shape = rng.choice((", ", ", ", " and ")) if len(values) < 4 else ", "
    shown = shape.join(values)
    if shape == ", " and words.chance(0.4):
        shown = f"{', '.join(values[:-1])} and {values[-1]}"
    code = expression.replace("[v]", f"[{', '.join(values)}]")
    phrase = words.pick(source[expression].split("|")).replace("{v}", shown)
    return Task(
        _command(words, phrase) if command else _wrap(words, phrase),
        code,
        "import statistics\n" if "statistics" in code else "",
    )


def _percent(words: Lexicon) -> Task:
    rng = words.rng
    command = words.chance(0.4)
    source = PERCENT_COMMANDS if command else PERCENTS
    expression = rng.choice(list(source))
    base, share = (
        _number(words),
        str(rng.choice((5, 10, 15, 20, 25, 30, 50, 75, rng.randint(1, 99), 12.5, 7.5, 19))),
    )
    phrase = words.pick(source[expression].split("|")).format(a=base, p=share)
    request = _command(words, phrase) if command else _wrap(words, phrase)
    return Task(request, expression.format(a=base, p=share))


def _story(words: Lexicon) -> Task:
    expression, story = words.pick(STORIES).split("|")
    operator = expression.split()[1]
    first, second = _operands(words, operator)
    while operator in "-/" and float(first) < float(second):
        first, second = _operands(words, operator)
    thing = f"{words.pick(THINGS)}s"
    request = story.format(a=first, b=second, t=thing, n=words.name())
    return Task(request, expression.replace("a", first).replace("b", second))


def _text(words: Lexicon) -> Task:
    rng = words.rng
    command = words.chance(0.55)
    source = TEXT_COMMANDS if command else TEXTS
    expression = rng.choice(list(source))
    word = words.word() if words.chance(0.6) else words.proper()
    letter = rng.choice(word.lower())
    times = str(rng.randint(2, 5))
    quote = rng.choice(("", "", '"', "'"))
    quoted_letter = rng.choice((letter, f"'{letter}'", f'"{letter}"'))
    phrase = words.pick(source[expression].split("|")).format(
        w=f"{quote}{word}{quote}", l=quoted_letter, k=times
    )
    code = (
        expression.replace("w", copy(word), 1)
        .replace('("l")', f'("{letter}")')
        .replace("* k", f"* {times}")
    )
    return Task(_command(words, phrase) if command else _wrap(words, phrase), code)


def _factorial(words: Lexicon) -> Task:
    number = str(words.rng.randint(3, 20))
    phrase = words.pick(
        ["the factorial of {a}", "{a} factorial", "{a}!", "factorial of {a}", "the factorial {a}!"]
    ).format(a=number)
    return Task(_wrap(words, phrase), f"math.factorial({number})", "import math\n")


def _reals(words: Lexicon) -> Task:
    number = str(words.decimal())
    name, spoken = words.rng.choice(
        [
            ("floor", "{a} rounded down|the floor of {a}"),
            ("ceil", "{a} rounded up|the ceiling of {a}"),
            (
                "round",
                "{a} rounded|{a} rounded to a whole number|{a} rounded to the nearest integer",
            ),
        ]
    )
    phrase = words.pick(spoken.split("|")).format(a=number)
    if name == "round":
        return Task(_wrap(words, phrase), f"round({number})")
    return Task(_wrap(words, phrase), f"math.{name}({number})", "import math\n")
