"""Whether words and numbers stand in a text, and what answer a text gives. Pure functions.

Knows how people and models write the same thing: case, width and kinds of dashes and spaces do not
matter (Unicode NFKC), nor does Markdown around a word; numbers are compared by value. A needle is
found only at the borders of words and numbers: 10 is not in 100, W-12 not in W-123. It knows no
languages, no synonyms and no units but percent and the commonest currencies.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

Match = Literal["token", "substring"]
MOST_DIGITS = 400  # of an answer that is compared by value

_DASHES = str.maketrans({"\u2010": "-", "\u2012": "-", "\u2212": "-", "\u2044": "/", "\u2019": "'"})
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_GROUPS = re.compile("(?<![0-9])([0-9]{1,3})((?:[\u00a0\u2009\u202f][0-9]{3})+)(?![0-9])")
_RANGE = re.compile(r"(?<=\w)\u2013(?=\w)")
_MONEY_SPACE = re.compile(r"([$€£¥₹])[ ]+(?=-?\.?[0-9])")
_MEASURES = {
    re.compile(r"(?<=[0-9])[ -]?(?:%|percent\b|per cent\b)"): "%",
    re.compile(r"(?<=[0-9])[ ]?(?:dollars?\b|usd\b)"): "$",
    re.compile(r"(?<=[0-9])[ ]?(?:euros?\b|eur\b|€)"): "€",
    re.compile(r"(?<=[0-9])[ ]?(?:pounds?\b|gbp\b|£)"): "£",
}

# A run of letters and digits, joined by what stands inside of numbers, dates, names and ids.
_ALONE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"  # written without spaces
_W = rf"[^\W{_ALONE}]"
_CHUNK = re.compile(
    rf"""
    (?P<minus>(?<![\w)\]])-(?=[$€£¥₹]?\.?[0-9]))?
    (?P<before>[$€£¥₹])?
    (?P<minus2>(?<=[$€£¥₹])-(?=\.?[0-9]))?
    (?P<body>
        (?:(?<![\w])\.(?=[0-9]))?
        {_W}+
        (?:(?:[-'@]
            | (?<=[0-9])[./:](?=[0-9])
            | (?<=[^\W\d])\.(?=[^\W\d])
            | (?<=[0-9])(?<![0-9]{{4}}),(?=[0-9]{{3}}(?![0-9]))
          ){_W}+)*
    )
    (?P<after>[%$€£¥₹])?
    | [{_ALONE}]
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+")
_GLUED = re.compile(r"([0-9.][0-9.,:]*)-?([^\W\d_]+(?:-[^\W\d_]+)*)")
_UNITS = re.compile(
    "st|nd|rd|th|am|pm|h|hrs?|mins?|s|sec|ms|kg|g|mg|lbs?|oz|km|m|cm|mm|mi|ft|l|ml|[kmgt]b"
)

_BOXED = re.compile(r"\\(?:boxed|fbox)\s*")
_BRACE = re.compile(r"(?<!\\)[{}]")
_WORD = re.compile(r"[^\s$.,;{}]+")
_LAST_NUMBER = re.compile(
    r"\\[dt]?frac\{-?[0-9]+\}\{[0-9]+\}|(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
    r"(?:/[0-9]+)?|(?<![0-9])\.[0-9]+"
)
_NOISE = re.compile(
    r"\\(?:left|right|displaystyle|text|mathrm|textbf|mathbf)(?![a-zA-Z])|\\[!,;: ]|\s|\$|\^\\circ"
)
_FRACTION = re.compile(r"([-+]?)\\[dt]?frac\{?([-+]?[0-9]+)\}?\{?([0-9]+)\}?")
_PLAIN = re.compile(r"([-+]?)([0-9]*)(?:\.([0-9]*))?(?:/([0-9]+))?")


class Token(NamedTuple):
    """A word, or a number with its unit.

    Args:
        text: folded; numbers as plain decimals without needless zeros, after a `=`.
        unit: `%`, a currency's sign, or empty.
    """

    text: str
    unit: str = ""


def said(needle: str, texts: Sequence[str], match: Match = "token") -> bool:
    """Whether `needle` stands in one of `texts`.

    Args:
        needle: words and numbers; several words must follow each other, whatever punctuation or
            markup is between them. A number with a currency is also found without one; a percentage
            only as a percentage. Nothing finds the empty needle.
        texts: each looked into by itself.
        match: `token`: at borders of words and numbers; `substring`: anywhere, commas and case
            disregarded, which is how tau2-bench compares.
    """
    if match == "substring":
        plain = needle.lower().replace(",", "")
        return bool(plain) and any(plain in each.lower().replace(",", "") for each in texts)
    wanted = _wanted(needle)
    if not wanted:  # nothing but signs: a tick, an arrow
        sign = _folded(needle).strip()
        return bool(sign) and any(sign in _folded(each) for each in texts)
    return any(_stands(wanted, tokens(each)) for each in texts)


def mentions(text: str, words: Sequence[str]) -> bool:
    """Whether one of `words` stands in `text`, as `said` looks for it."""
    found = tokens(text)
    return any(wanted and _stands(wanted, found) for wanted in map(_wanted, words))


@functools.lru_cache(maxsize=4096)
def _wanted(needle: str) -> tuple[Token, ...]:
    """The tokens of what is looked for: few texts, looked for in every trial."""
    return tuple(tokens(needle))


def tokens(text: str) -> list[Token]:
    """The words and numbers of a text, in order, as they are compared."""
    return [token for chunk in _CHUNK.finditer(_folded(text)) for token in _tokens_of(chunk)]


def answer_of(text: str) -> str | None:
    r"""The answer a text gives: what its last `\boxed{...}` holds or, without one, its last number.

    Returns:
        It as written; None when there is neither.
    """
    closing = _braces(text)
    for start in reversed([each.end() for each in _BOXED.finditer(text)]):
        if start in closing:
            return text[start + 1 : closing[start]].strip()
        if word := _WORD.match(text, start):
            return word.group()
    plain = text.replace("{,}", ",").replace("\u2212", "-")
    numbers = deque(_LAST_NUMBER.finditer(plain), maxlen=1)
    if not numbers:
        return None
    last = numbers[0]
    before = plain[max(0, last.start() - 2) : last.start()]
    negative = before.endswith("-") and not (len(before) > 1 and before[0].isalnum())
    return ("-" if negative else "") + last.group()


def same_answer(one: str, other: str) -> bool:
    """Whether two answers are equal: as numbers by value (1/2 is 0.5, 042 is 42), else as texts
    without regard to spaces, case and LaTeX's spacing."""
    one, other = _bare(one), _bare(other)
    first, second = _value(one), _value(other)
    if first is not None and second is not None:
        return first == second
    return one == other


def _folded(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    text = _GROUPS.sub(lambda found: re.sub(r"[^0-9]", "", found.group()), text)
    text = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    text = _RANGE.sub("-", text).replace("{,}", ",")
    text = _MONEY_SPACE.sub(r"\1", text)
    for pattern, sign in _MEASURES.items():
        text = pattern.sub(sign, text)
    return text


def _tokens_of(chunk: re.Match[str]) -> Iterator[Token]:
    body = (chunk["body"] or chunk.group()).strip("_")
    unit = chunk["before"] or chunk["after"] or ""
    negative = bool(chunk["minus"] or chunk["minus2"])
    number = _number(body, negative)
    if number is not None:
        yield Token(number, unit)
        return
    glued = _GLUED.fullmatch(body)
    compound = glued is not None and body[len(glued[1])] == "-" and len(glued[2]) > 2
    if glued and (compound or _UNITS.fullmatch(glued[2])):
        yield Token(_number(glued[1], negative) or glued[1], unit)
        yield from map(Token, glued[2].split("-"))
    elif body:
        yield Token(body.removesuffix("'s"))


def _number(text: str, negative: bool) -> str | None:
    """A number in its one form; None when it is none, or an id with leading zeros."""
    if not _NUMBER.fullmatch(text):
        return None
    whole, _, part = text.replace(",", "").partition(".")
    if len(whole) > 1 and whole.startswith("0"):
        return None
    part = part.rstrip("0")
    value = (whole or "0") + (f".{part}" if part else "")
    return f"=-{value}" if negative and value != "0" else f"={value}"


def _stands(wanted: Sequence[Token], found: Sequence[Token]) -> bool:
    first, size = wanted[0].text, len(wanted)
    return any(
        found[start].text == first and all(map(_fits, wanted, found[start : start + size]))
        for start in range(len(found) - size + 1)
    )


def _fits(want: Token, have: Token) -> bool:
    if want.text != have.text:
        return False
    return want.unit in ("", have.unit) or (want.unit != "%" and not have.unit)


def _braces(text: str) -> dict[int, int]:
    """Where each brace that is closed opens, with where it closes."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace.group() == "{":
            opened.append(brace.start())
        elif opened:
            closing[opened.pop()] = brace.start()
    return closing


def _bare(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).translate(_DASHES).replace("{,}", ",")
    text = _NOISE.sub("", text).replace("\\%", "%").strip(".*`").casefold()
    if _braces(text).get(0) == len(text) - 1:
        text = text[1:-1]
    return re.sub(r"\A[a-z]=(?=.)", "", text)


def _value(text: str) -> Fraction | None:
    if len(text) > MOST_DIGITS:
        return None
    if found := _FRACTION.fullmatch(text):
        below = int(found[3])
        value = Fraction(int(found[2]), below) if below else None
        return -value if value is not None and found[1] == "-" else value
    plain = re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", text)
    found = _PLAIN.fullmatch(plain)
    if not found or not (found[2] or found[3]) or found[4] == "0" * len(found[4] or "x"):
        return None
    whole, part = found[2] or "0", found[3] or ""
    value = Fraction(int(whole + part), 10 ** len(part) * int(found[4] or 1))
    return -value if found[1] == "-" else value
