"""A small recursive-descent parser of the TypeScript that function declarations use.

It knows types only: unions, arrays, tuples, objects, index and mapped signatures, intersections,
literals. It tells whether a text is TypeScript in shape and which types occur in it; it does not
check that they mean something.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<number>-?\d+(?:\.\d+)?(?:e-?\d+)?)
    |(?P<word>[^\W\d][\w$]*|[$_][\w$]*)
    |(?P<mark>=>|\.\.\.|[{}()\[\]<>:;,?|&=])""",
    re.VERBOSE,
)
_KEYWORDS = {"string", "number", "boolean", "null", "any", "never", "unknown", "true", "false"}


class NotTypeScript(AssertionError):
    """The text does not parse; says where."""


def parse_declaration(text: str) -> set[str]:
    """Parse `type f = (_: T) => any;` and give the keywords used in the argument's type.

    Raises:
        NotTypeScript: with the rest of the text from the first token that does not fit.
    """
    parser = _Parser(text)
    for expected in ("type", None, "=", "("):
        parser.take(expected)
    if not parser.skip(")"):
        parser.take("_")
        parser.take(":")
        parser.type()
        parser.take(")")
    found = set(parser.keywords)
    for expected in ("=>", "any", ";", ""):
        parser.take(expected)
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self.keywords: set[str] = set()
        self._text = text
        self._tokens = self._tokenise(text)
        self._position = 0

    def _tokenise(self, text: str) -> list[tuple[str, str, int]]:
        tokens, position = [], 0
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise NotTypeScript(f"no token: {text[position : position + 80]!r}\n{text}")
            if found.lastgroup != "space":
                tokens.append((found.lastgroup or "", found.group(), position))
            position = found.end()
        return [*tokens, ("end", "", len(text))]

    @property
    def _next(self) -> str:
        return self._tokens[self._position][1]

    def take(self, expected: str | None) -> str:
        kind, token, position = self._tokens[self._position]
        if token != expected and not (expected is None and kind == "word"):
            rest = self._text[position : position + 80]
            raise NotTypeScript(f"expected {expected!r} at {rest!r}\n{self._text}")
        self._position += 1
        return token

    def skip(self, token: str) -> bool:
        if self._next != token:
            return False
        self._position += 1
        return True

    def type(self) -> None:
        self.skip("|")
        self._intersection()
        while self.skip("|"):
            self._intersection()

    def _intersection(self) -> None:
        self._array()
        while self.skip("&"):
            self._array()

    def _array(self) -> None:
        self._primary()
        while self.skip("["):
            self.take("]")

    def _primary(self) -> None:
        kind, token, _ = self._tokens[self._position]
        if kind in ("string", "number"):
            self._position += 1
        elif self.skip("("):
            self.type()
            self.take(")")
        elif self.skip("{"):
            self._object()
        elif self.skip("["):
            self._list("]")
        elif token == "Array":
            self._position += 1
            self.take("<")
            self.type()
            self.take(">")
        elif token in _KEYWORDS:
            self.keywords.add(self.take(None))
        else:
            self.take("a type")

    def _list(self, end: str) -> None:
        while not self.skip(end):
            self.skip("...")
            self.type()
            if self._next != end:
                self.take(",")

    def _object(self) -> None:
        while not self.skip("}"):
            if self.skip("["):
                self.take(None)
                if not self.skip("in"):
                    self.take(":")
                self.type()
                self.take("]")
            elif self._tokens[self._position][0] == "string":
                self._position += 1
            else:
                self.take(None)
            self.skip("?")
            self.take(":")
            self.type()
            if self._next != "}":
                self.take(",")
