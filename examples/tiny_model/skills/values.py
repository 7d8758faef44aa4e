"""Kinds of values that functions take and give, and random ones of each kind."""

from collections.abc import Callable
from typing import Any

from examples.tiny_model import words as lists
from examples.tiny_model.words import Lexicon, names

NUMBERS = {"count", "amount", "digit", "medium", "small", "decimal", "large", "year"}

WEATHER = names("""
sunny cloudy rainy windy foggy stormy snowy clear hot cold humid
""")

CUISINES = names("""
Italian Indian Thai Mexican Greek Turkish Korean vegan French Spanish Vietnamese Ethiopian
Lebanese
""")


LEVELS = names("low medium high urgent critical normal")
STREETS = names("Street Avenue Road Square Station Airport")
SUFFIXES = names("txt md py json csv pdf png log")


def json_type(kind: str) -> str:
    """The JSON Schema type of a kind of value."""
    if kind in NUMBERS:
        return "number" if kind in ("amount", "decimal") else "integer"
    return "boolean" if kind in ("flag", "bool") else "string"


def value(words: Lexicon, kind: str) -> Any:
    """A random value of `kind`, as JSON holds it."""
    makers = _makers(words)
    if kind.endswith("_list"):
        return [makers[kind.removesuffix("_list")]() for _ in range(words.rng.randint(1, 4))]
    return makers[kind]()


def _makers(words: Lexicon) -> dict[str, Callable[[], Any]]:
    rng = words.rng
    texts: dict[str, Callable[[], Any]] = {
        "city": words.city,
        "code": words.code,
        "email": words.email,
        "phrase": words.phrase,
        "time": words.time,
        "date": words.date,
        "name": words.full_name,
        "word": words.word,
        "proper": words.proper,
        "path": lambda: _path(words),
        "host": lambda: words.word() + rng.choice(("", "-1", "-prod", "01", "-api")),
        "street": lambda: _street(words),
        "ticker": lambda: words.letters(2, 5) + (words.digits(1, 2) if words.chance(0.2) else ""),
        "letter": lambda: rng.choice("ABCDEF"),
    }
    return texts | _numbers(words) | _choices(words)


def _numbers(words: Lexicon) -> dict[str, Callable[[], Any]]:
    rng = words.rng
    return {
        "count": words.count,
        "amount": lambda: _number(words.amount()),
        "decimal": words.decimal,
        "digit": lambda: rng.randint(1, 9),
        "int": lambda: rng.randint(1, 99),
        "small": lambda: rng.randint(1, 60),
        "medium": lambda: rng.randint(20, 2000),
        "large": words.integer,
        "year": lambda: rng.randint(1950, 2027),
        "bool": lambda: words.chance(0.6),
        "flag": lambda: True,
    }


def _choices(words: Lexicon) -> dict[str, Callable[[], Any]]:
    rng = words.rng
    return {
        "currency": lambda: rng.choice(lists.CURRENCIES),
        "language": lambda: words.pick(lists.LANGUAGES),
        "color": lambda: words.pick(lists.COLORS),
        "room": lambda: rng.choice(lists.ROOMS),
        "level": lambda: rng.choice(LEVELS),
        "cuisine": lambda: rng.choice(CUISINES),
        "weather": lambda: rng.choice(WEATHER),
        "state": lambda: rng.choice(lists.STATES),
        "onoff": lambda: rng.choice(("on", "off")),
    }


def _street(words: Lexicon) -> str:
    street = f"{words.proper()} {words.rng.choice(STREETS)}"
    return f"{street} {words.rng.randint(1, 99)}" if words.chance(0.3) else street


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _path(words: Lexicon) -> str:
    folder = words.rng.choice(["", "", "/tmp/", "docs/", f"{words.word()}/", "/home/"])
    return f"{folder}{words.word()}.{words.rng.choice(SUFFIXES)}"
