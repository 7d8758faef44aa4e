"""The catalogue of functions, read: its format stands in `catalog`."""

import functools
from dataclasses import dataclass
from typing import Any

from examples.tiny_model.skills.catalog import CATALOG
from examples.tiny_model.words import is_held


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function: its name, kind of value, description, and whether it may be left
    out (then perhaps its default).
    """

    name: str
    kind: str
    description: str = ""
    optional: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A block of the catalogue."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    requests: tuple[str, ...]
    results: str


@functools.cache
def catalogue() -> tuple[Entry, ...]:
    """All entries."""
    return tuple(_entry(block) for block in CATALOG.split("\n\n"))


@functools.cache
def catalogued() -> frozenset[str]:
    """The names of all entries."""
    return frozenset(entry.name for entry in catalogue())


def _entry(block: str) -> Entry:
    head, _, rest = block.partition("\n")
    listed, _, rest = rest.partition("\n? ")
    asked, _, results = rest.partition("\n= ")
    name, description = head.split(" | ")
    parameters = [_parameter(each) for each in _items(listed) if each != "-"]
    return Entry(name, description, tuple(parameters), _items(asked), results)


def _items(text: str) -> tuple[str, ...]:
    return tuple(text.replace(";\n", "; ").split("; "))


def _parameter(text: str) -> Parameter:
    head, _, description = text.partition("=")
    name, _, kind = head.partition(":")
    return Parameter(name.rstrip("?"), kind, description, name.endswith("?") or kind == "flag")


def is_unseen(name: str) -> bool:
    """Whether a function of the catalogue is held out; those of the documentation never are."""
    return is_held(name, 8) and name not in ("get_weather", "get_order")
