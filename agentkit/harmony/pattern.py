"""Patterns of JSON Schema as regular expressions that an automaton can be made of.

Reads what ECMA-262, Python's `re` and Rust's `regex` spell and mean alike, so that a string made by
the pattern is taken by whichever of them judges it: digits, words and spaces are ASCII, what is no
digit or word is sought within ASCII, and no space is what nobody takes for one. What is no regular
language (lookaround, references back) or means different things (word boundaries, flags,
properties) is refused by name.
"""

from __future__ import annotations

import re

from agentkit.errors import UserError
from agentkit.harmony.automaton import (
    Chain,
    Chars,
    Choice,
    Expression,
    Ranges,
    Repeat,
    minus,
    union,
)

ANY: Ranges = ((0x08, 0x0A), (0x0C, 0x0D), (0x20, 0xD7FF), (0xE000, 0x10FFFF))
"""What a string made by a pattern may hold: all that JSON has a short spelling for."""

_BREAKS: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x85, 0x85), (0x2028, 0x2029))
_ASCII: Ranges = ((0x20, 0x7E),)
_SPACES: Ranges = (
    (0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x180E, 0x180E),
    (0x2000, 0x200B), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)  # fmt: skip
"""What any reader of patterns takes for a space."""
_CATEGORIES: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)),
    "S": minus(ANY, _SPACES),
}
_CATEGORIES |= {name.upper(): minus(_ASCII, _CATEGORIES[name]) for name in "dw"}
_CONTROLS = {"t": 0x09, "n": 0x0A, "r": 0x0D, "f": 0x0C}
_HEX = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}")
_TIMES = re.compile(r"\{(\d+)(,(\d*))?\}")
_GROUP = re.compile(r"\((?:\?:|\?P?<[A-Za-z_]\w*>)?(?!\?)")
_MOST_TIMES = 10_000
_MOST_DEPTH = 60

_START, _END = Chars(((-1, -1),)), Chars(((-2, -2),))
"""Where an anchor stands; no character is either."""

_WITHIN_ANCHORS = Repeat(Chars(ANY))


def parse(pattern: str) -> Expression:
    """The strings that `pattern` is found in.

    Raises:
        UserError: the pattern is not written well, or holds what a grammar cannot.
    """
    reader = _Reader(pattern)
    expression = reader.choice()
    if reader.position < len(pattern):
        raise reader.error("a parenthesis too many")
    return _unanchored(expression, pattern)


class _Reader:
    """One pass over a pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self._depth = 0

    def error(self, what: str) -> UserError:
        return UserError(f"the pattern {self.pattern[:200]!r} has {what}")

    def _next(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def _taken(self, form: re.Pattern[str]) -> re.Match[str] | None:
        match = form.match(self.pattern, self.position)
        if match:
            self.position = match.end()
        return match

    def choice(self) -> Expression:
        """Alternatives up to a closing parenthesis or the end."""
        parts = [self._chain()]
        while self._next() == "|":
            self.position += 1
            parts.append(self._chain())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _chain(self) -> Expression:
        parts: list[Expression] = []
        while self._next() not in ("", "|", ")"):
            part = self._times(self._atom())
            parts += part.parts if isinstance(part, Chain) else [part]
        return Chain(tuple(parts))

    def _times(self, part: Expression) -> Expression:
        """`part`, or the repetition of it that a quantifier asks for."""
        short = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self._next())
        if short is not None:
            self.position += 1
            least, most = short
        elif match := self._taken(_TIMES):
            least = int(match[1])
            most = least if match[2] is None else int(match[3]) if match[3] else None
        else:
            return part
        if part in (_START, _END):
            raise self.error("a repeated anchor")
        if max(least, most or 0) > _MOST_TIMES or (most is not None and most < least):
            raise self.error("a repetition with impossible bounds")
        if self._next() == "?":  # lazy: the same strings
            self.position += 1
        elif self._next() in ("*", "+"):
            raise self.error("a repetition of a repetition")
        return Repeat(part, least, most)

    def _atom(self) -> Expression:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return Chars(self._set())
        if char in ("*", "+", "?"):
            raise self.error(f"a {char!r} that repeats nothing")
        self.position += 1
        if char == "\\":
            return self._escape()
        if char == "^":
            return _START
        if char == "$":
            return _END
        return Chars(minus(ANY, _BREAKS) if char == "." else self._one(ord(char)))

    def _group(self) -> Expression:
        if not self._taken(_GROUP):
            raise self.error("lookaround or flags, which a grammar cannot hold")
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise self.error("too many groups within groups")
        inner = self.choice()
        if self._next() != ")":
            raise self.error("a parenthesis that is not closed")
        self.position += 1
        self._depth -= 1
        return Choice((inner,)) if isinstance(inner, Chain) else inner

    def _escape(self) -> Expression:
        char = self._next()
        if char and char in "AzZ":
            self.position += 1
            return _START if char == "A" else _END
        return Chars(self._class_or_char())

    def _class_or_char(self) -> Ranges:
        """What follows a backslash."""
        if match := self._taken(_HEX):
            return self._one(int(match[1] or match[2] or match[3], 16))
        char = self._next()
        self.position += 1
        if char in _CATEGORIES:
            return _CATEGORIES[char]
        if char in _CONTROLS:
            return self._one(_CONTROLS[char])
        if not char or (char.isascii() and char.isalnum()):
            raise self.error(f"\\{char}, which a grammar cannot hold")
        return self._one(ord(char))

    def _one(self, code: int) -> Ranges:
        allowed = minus(((code, code),), minus(((0, 0x10FFFF),), ANY))
        if not allowed:
            raise self.error("a control character")
        return allowed

    def _set(self) -> Ranges:
        """A set in brackets."""
        self.position += 1
        negated = self._next() == "^"
        self.position += negated
        found: list[Ranges] = []
        narrow = False
        while self._next() != "]" or (
            not found and self.pattern[self.position + 1 :].find("]") < 0
        ):
            if not self._next():
                raise self.error("a bracket that is not closed")
            narrow |= re.match(r"\\[dwDWS]", self.pattern[self.position :]) is not None
            spaces = negated and self.pattern.startswith(r"\s", self.position)
            found += [self._member(), *[_SPACES] * spaces]
        self.position += 1
        if negated:
            return minus(_ASCII if narrow else ANY, union(*found))
        return union(*found)

    def _member(self) -> Ranges:
        """One character, class or range of a set."""
        if self.pattern.startswith(("[:", "&&", "--", "~~", "||", "["), self.position):
            raise self.error("a set within a set; write \\[ for the bracket itself")
        first = self._set_char()
        rest = self.pattern[self.position : self.position + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] == "]":
            return first
        self.position += 1
        last = self._set_char()
        single = [len(ranges) == 1 and ranges[0][0] == ranges[0][1] for ranges in (first, last)]
        if not all(single) or first[0][0] > last[0][0]:
            raise self.error("a range that does not go upwards")
        return minus(((first[0][0], last[0][0]),), minus(((0, 0x10FFFF),), ANY))

    def _set_char(self) -> Ranges:
        char = self._next()
        self.position += 1
        if char == "\\":
            if self._next() == "b":
                self.position += 1
                return self._one(0x08)
            return self._class_or_char()
        if not char:
            raise self.error("a bracket that is not closed")
        return self._one(ord(char))


def _unanchored(expression: Expression, pattern: str) -> Expression:
    """The whole strings a pattern is found in: what it leaves open at either end is anything."""
    if isinstance(expression, Choice):
        return Choice(tuple(_unanchored(part, pattern) for part in expression.parts))
    parts = list(expression.parts) if isinstance(expression, Chain) else [expression]
    begins, ends = parts[:1] == [_START], parts[-1:] == [_END]
    parts = parts[begins : len(parts) - ends]
    if not begins and not ends and len(parts) == 1 and isinstance(parts[0], Choice):
        return _unanchored(parts[0], pattern)
    if _anchored(Chain(tuple(parts))):
        raise UserError(f"the pattern {pattern[:200]!r} has an anchor within, not at an end")
    around = (() if begins else (_WITHIN_ANCHORS,), () if ends else (_WITHIN_ANCHORS,))
    return Chain((*around[0], *parts, *around[1]))


def _anchored(expression: Expression) -> bool:
    match expression:
        case Chars():
            return expression in (_START, _END)
        case Chain(parts) | Choice(parts):
            return any(map(_anchored, parts))
        case Repeat(part):
            return _anchored(part)
