"""Reads GBNF as llama.cpp does: every way of going on is followed at once, symbol by symbol.

A symbol is a code point, or a token's id below zero. `accepts` tells whether a grammar takes a
whole sequence, `draw` makes one at random. Written against llama.cpp's description, to judge the
spelling without its engine.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TERMINAL = re.compile(
    r'\s*(?:(?P<word>"(?:\\.|[^"\\])*")|(?P<set>\[(?:\\.|[^\]\\])+\])|<\[(?P<token>\d+)\]>'
    r"|(?P<name>[a-zA-Z][a-zA-Z0-9-]*)|(?P<times>\{\d+(?:,\d*)?\})|(?P<mark>[()|*+?]))"
)
_CHAR = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\(.)|([^\\])")


@dataclass(frozen=True)
class Symbols:
    """One symbol of a set of ranges."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Name:
    """A rule."""

    name: str


@dataclass(frozen=True)
class Group:
    """Alternatives, each a sequence."""

    ways: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True)
class Times:
    """A part, some times."""

    part: Part
    least: int
    most: int | None


Part = Symbols | Name | Group | Times
Stack = tuple["Part", ...]


class Gbnf:
    """A grammar, read from its text."""

    def __init__(self, text: str) -> None:
        self._rules: dict[str, Group] = {}
        for line in text.splitlines():
            name, _, body = line.partition(" ::= ")
            assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9-]*", name), line
            assert name not in self._rules, name
            terminals = list(_terminals(body))
            self._rules[name] = _group(terminals)
            assert not terminals, line
        self._heads: dict[Stack, frozenset[Stack]] = {}

    def accepts(self, symbols: Sequence[int]) -> bool:
        stacks = self._expanded({(Name("root"),)})
        for symbol in symbols:
            stacks = self._expanded(
                {
                    stack[1:]
                    for stack in stacks
                    if stack and any(low <= symbol <= high for low, high in _first(stack).ranges)
                }
            )
            assert len(stacks) < 60, "too many ways at once"
        return () in stacks

    def draw(self, rng: random.Random, most: int = 3000) -> list[int] | None:
        """A random sequence; None when it comes to no end within `most` symbols."""
        drawn: list[int] = []
        stacks = self._expanded({(Name("root"),)})
        while len(drawn) < most:
            assert stacks, "nothing may follow"
            stack = rng.choice(sorted(stacks, key=repr))
            if not stack:
                return drawn
            low, high = rng.choice(_first(stack).ranges)
            symbol = rng.randint(low, min(high, low + rng.choice((3, 90, 2**21))))
            drawn.append(symbol)
            stacks = self._expanded(
                {
                    stack[1:]
                    for stack in stacks
                    if stack and any(low <= symbol <= high for low, high in _first(stack).ranges)
                }
            )
        return None

    def _expanded(self, stacks: set[Stack]) -> frozenset[Stack]:
        return frozenset().union(*[self._heads_of(stack) for stack in stacks])

    def _heads_of(self, stack: Stack) -> frozenset[Stack]:
        """The stacks that begin with a symbol, or are empty, which a stack stands for."""
        if not stack or isinstance(stack[0], Symbols):
            return frozenset([stack])
        if stack not in self._heads:
            self._heads[stack] = frozenset()  # left recursion finds nothing
            self._heads[stack] = self._expanded(set(self._ways(stack[0], stack[1:])))
        return self._heads[stack]

    def _ways(self, part: Part, rest: Stack) -> Iterator[Stack]:
        match part:
            case Name(name):
                yield from ((*way, *rest) for way in self._rules[name].ways)
            case Group(ways):
                yield from ((*way, *rest) for way in ways)
            case Times(inner, least, most):
                if least == 0:
                    yield rest
                if most != 0:
                    fewer = Times(inner, max(0, least - 1), None if most is None else most - 1)
                    yield (inner, fewer, *rest)


def symbols(text: str, specials: dict[str, int]) -> list[int]:
    """A text's symbols, with special tokens by name."""
    pieces = re.split(f"({'|'.join(map(re.escape, specials))})", text)
    found: list[int] = []
    for piece in pieces:
        found += [-specials[piece]] if piece in specials else map(ord, piece)
    return found


def _first(stack: Stack) -> Symbols:
    assert isinstance(stack[0], Symbols)
    return stack[0]


def _terminals(body: str) -> Iterator[tuple[str, str]]:
    position = 0
    while body[position:].strip():
        match = _TERMINAL.match(body, position)
        assert match is not None, body[position:]
        assert match.lastgroup is not None
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


def _group(terminals: list[tuple[str, str]]) -> Group:
    ways: list[tuple[Part, ...]] = []
    parts: list[Part] = []
    while terminals and terminals[0] != ("mark", ")"):
        kind, text = terminals.pop(0)
        if (kind, text) == ("mark", "|"):
            ways.append(tuple(parts))
            parts = []
        elif (kind, text) == ("mark", "("):
            parts.append(_group(terminals))
            assert terminals.pop(0) == ("mark", ")")
        elif kind in ("times", "mark"):
            parts.append(_times(parts.pop(), text))
        elif kind == "word":
            word = tuple(Symbols(((code, code),)) for code in _codes(text[1:-1]))
            parts += [word[0]] if len(word) == 1 else [Group((word,))]
        else:
            parts.append(_part(kind, text))
    return Group((*ways, tuple(parts)))


def _times(part: Part, text: str) -> Times:
    if text in ("*", "+", "?"):
        return Times(part, int(text == "+"), 1 if text == "?" else None)
    least, comma, most = text[1:-1].partition(",")
    last = None if comma and not most else int(most or least)
    assert max(int(least), last or 0) < 2000, "llama.cpp repeats no more than that"
    return Times(part, int(least), last)


def _part(kind: str, text: str) -> Part:
    if kind == "name":
        return Name(text)
    if kind == "token":
        return Symbols(((-int(text), -int(text)),))
    codes, ranges = list(_codes(text[1:-1], mark_ranges=True)), list[tuple[int, int]]()
    while codes:
        first = codes.pop(0)
        if len(codes) > 1 and codes[0] == _TO:
            del codes[0]
            ranges.append((first, codes.pop(0)))
        else:
            ranges.append((first, first))
    return Symbols(tuple(ranges))


_TO = -1


def _codes(text: str, mark_ranges: bool = False) -> Iterator[int]:
    for match in _CHAR.finditer(text):
        if match[1] or match[2]:
            yield int(match[1] or match[2], 16)
        elif match[3]:
            yield ord({"n": "\n", "r": "\r", "t": "\t"}.get(match[3], match[3]))
        elif mark_ranges and match[4] == "-":
            yield _TO
        else:
            yield ord(match[4])
