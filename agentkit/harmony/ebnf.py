"""Rules in the EBNF that llama.cpp (GBNF) and xgrammar both read, and what Harmony needs of them.

Both engines match special tokens by their names, letter for letter, wherever text may stand. So no
text here ever holds `<|` and a small letter: reasoning, answers and code may not, and JSON strings
spell the bar as `\\u007c`. Nothing is left-recursive or ambiguous, and repetitions stay below
llama.cpp's 2,000. Knows neither JSON Schema nor headers. Sources: llama.cpp's `grammars/README.md`
and `src/llama-grammar.cpp`, xgrammar's `docs/defining_structures/ebnf_grammar.md`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping

from agentkit.errors import UserError
from agentkit.harmony.automaton import (
    Automaton,
    Chain,
    Chars,
    Choice,
    Expression,
    Ranges,
    Repeat,
    minus,
    union,
)

_MOST_RULES = 60_000
_MOST_TIMES = 1_000
_DEEPEST_TREE = 40
_OUT_OF_REACH = 200_000
"""No context is as long, so a bound beyond it is none."""

ALL: Ranges = ((0x01, 0xD7FF), (0xE000, 0x10FFFF))
_CONTROLS: Ranges = ((0x01, 0x1F),)
_LESS: Ranges = ((0x3C, 0x3C),)
_BAR: Ranges = ((0x7C, 0x7C),)
_QUOTES: Ranges = ((0x22, 0x22), (0x5C, 0x5C))
_SMALL: Ranges = ((0x61, 0x7A),)
_SPELLINGS = {
    0x08: r"\b",
    0x09: r"\t",
    0x0A: r"\n",
    0x0C: r"\f",
    0x0D: r"\r",
    0x22: r"\"",
    0x5C: r"\\",
    0x7C: r"\u007c",
}
Step = Callable[[Ranges], str]


def quoted(text: str) -> str:
    """`text` as a terminal."""
    return '"' + "".join(_char(ord(char), " !#$%&()*+,-./:;<=>?@[]^_`{|}~") for char in text) + '"'


def charset(ranges: Ranges) -> str:
    """One character of a set, as a terminal."""
    pairs = (_char(a) if a == b else f"{_char(a)}-{_char(b)}" for a, b in ranges)
    return f"[{''.join(pairs)}]"


def _char(code: int, plain: str = "") -> str:
    char = chr(code)
    if (char.isascii() and char.isalnum()) or char in plain:
        return char
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_QUOTE = quoted('"')


class Rules:
    """Rules by name; the same expression gets one rule only.

    Args:
        deterministic: spell regular languages state by state, for llama.cpp, which follows every
            branch that an expression leaves open; xgrammar makes its own automata, and faster of
            expressions.
    """

    def __init__(self, *, deterministic: bool = True) -> None:
        self.deterministic = deterministic
        self._expressions: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._trees: dict[tuple[tuple[str, str], ...], str] = {}

    def __str__(self) -> str:
        return "".join(f"{name} ::= {body}\n" for name, body in self._expressions.items())

    def add(self, name: str, expression: str) -> str:
        """A rule for `expression`, new unless there is one; its name, which begins with `name`."""
        if expression not in self._names:
            self._names[expression] = fresh = self.reserve(name)
            self._expressions[fresh] = expression
        return self._names[expression]

    def reserve(self, name: str) -> str:
        """A name for a rule that `define` will give its expression."""
        fresh = name if name not in self._expressions else f"{name}-{len(self._expressions)}"
        self._expressions[fresh] = ""
        if len(self._expressions) > _MOST_RULES:
            raise UserError("the schemas are too large for a grammar")
        return fresh

    def define(self, name: str, expression: str) -> None:
        """Give a reserved rule its expression."""
        self._expressions[name] = expression

    def text(self) -> str:
        """Any text; it may end anywhere."""
        if "text" not in self._expressions:
            self._within_text("text", minus(ALL, _LESS), "", '""')
        return "text"

    def text_within(self, most: int) -> str:
        """Text of about `most` characters at most: runs of `<` count as one with what follows."""
        after_bar = charset(minus(ALL, union(_LESS, _SMALL)))
        after_less = f'{charset(minus(ALL, union(_LESS, _BAR)))} | "|" {after_bar}'
        unit = self.add("unit", f'{charset(minus(ALL, _LESS))} | "<" "<"* ({after_less})')
        return self.add("few", self.repeat(unit, 0, most))

    def string(self) -> str:
        """Any JSON string."""
        if "string" not in self._expressions:
            self._expressions["string"] = '"\\"" string-rest'
            raw = minus(ALL, union(_CONTROLS, _QUOTES, _LESS))
            self._within_text("string-rest", raw, self._escape(), '"\\""')
        return "string"

    def string_within(self, least: int, most: int | None) -> str:
        """A JSON string of `least` to `most` characters."""
        if least == 0 and most is None:
            return self.string()
        raw = minus(ALL, union(_CONTROLS, _QUOTES, _BAR))
        char = self.add("char", f"{charset(raw)} | {self._escape()}")
        return self.add("string-of", f'"\\"" {self.repeat(char, least, most)} "\\""')

    def _within_text(self, name: str, plain: Ranges, escape: str, end: str) -> None:
        """Text without the names of special tokens: after `<`, and after `<|`, less may follow."""
        bar, small = f"{name}-less", f"{name}-bar"
        escaped = f" | {escape} {name}" if escape else ""
        for rule, after, more in (
            (name, plain, ""),
            (bar, minus(plain, _BAR), f' | "|" {small}'),
            (small, minus(plain, _SMALL), ""),
        ):
            self._expressions[rule] = f'{charset(after)} {name}{escaped} | "<" {bar}{more} | {end}'

    def _escape(self) -> str:
        """What a backslash may begin within a JSON string; surrogates come in pairs only."""
        four = "[0-9a-cA-CefEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}"
        pair = '[dD] [89abAB] [0-9a-fA-F]{2} "\\\\u" [dD] [c-fC-F] [0-9a-fA-F]{2}'
        short = charset(((0x22, 0x22), (0x2F, 0x2F), (0x5C, 0x5C), (0x62, 0x62), (0x66, 0x66),
                         (0x6E, 0x6E), (0x72, 0x72), (0x74, 0x74)))  # fmt: skip
        return self.add("escape", f'"\\\\" ({short} | "u" ({four} | {pair}))')

    def repeat(self, item: str, least: int, most: int | None) -> str:
        """`item`, a rule or a terminal, `least` to `most` times."""
        if most is not None and most > _OUT_OF_REACH:
            most = None
        if most == 0:
            return '""'
        if most is None:
            return f"{item}*" if least == 0 else f"{self._exactly(item, least)} {item}*"
        parts = [self._exactly(item, least)] if least else []
        parts += [self._at_most(item, most - least)] if most > least else []
        return " ".join(parts)

    def _exactly(self, item: str, times: int) -> str:
        if times <= _MOST_TIMES:
            return f"{item}{{{times}}}"
        blocks, rest = divmod(times, _MOST_TIMES)
        block = self.add("block", f"{item}{{{_MOST_TIMES}}}")
        return self._exactly(block, blocks) + (f" {item}{{{rest}}}" if rest else "")

    def _at_most(self, item: str, times: int) -> str:
        if times <= _MOST_TIMES:
            return f"{item}{{0,{times}}}"
        blocks, rest = divmod(times, _MOST_TIMES)
        block = self.add("block", f"{item}{{{_MOST_TIMES}}}")
        fewer = f"{self._at_most(block, blocks - 1)} {item}{{0,{_MOST_TIMES - 1}}}"
        return f"({fewer} | {self._exactly(block, blocks)} {item}{{0,{rest}}})"

    def string_of(self, words: Automaton, same: Expression | None = None) -> str:
        """The JSON strings whose text `words` accepts; `same` says it in other words."""
        if same is not None and not self.deterministic:
            return self.add("string-of", f"{_QUOTE} {_spelled(same, _json_step)} {_QUOTE}")
        return self.add("string-of", f"{_QUOTE} {self._states(words, _json_step, _QUOTE)}")

    def tree(self, words: Mapping[str, str]) -> str:
        """One of some texts, each followed by its own expression, as a tree of their beginnings.

        Args:
            words: the texts and what follows them, which may be empty.
        """
        return self._tree(tuple(sorted(words.items())), 0)

    def _tree(self, words: tuple[tuple[str, str], ...], depth: int) -> str:
        if len(words) == 1:
            return f"{quoted(words[0][0])} {words[0][1]}".rstrip()
        if words not in self._trees:
            cut = 0 if depth > _DEEPEST_TREE else _shared(words[0][0], words[-1][0])
            rest = [(word[cut:], more) for word, more in words]
            groups = [rest[i : i + 1] for i in range(len(rest))]
            if depth <= _DEEPEST_TREE:
                groups = [list(g) for _, g in itertools.groupby(rest, lambda pair: pair[0][:1])]
            ways = [self._tree(tuple(group), depth + 1) for group in groups]
            begins = f"{quoted(words[0][0][:cut])} " if cut else ""
            self._trees[words] = self.add("one-of", f"{begins}({' | '.join(ways)})")
        return self._trees[words]

    def digits_of(self, words: Automaton, same: Expression) -> str:
        """The very words that `words` accepts; `same` says it in other words."""
        if not self.deterministic:
            return self.add("number", _spelled(same, charset))
        return self._states(words, charset, '""')

    def _states(self, words: Automaton, step: Step, end: str) -> str:
        """A rule for each state, but for those that stand within another's."""
        before = Counter(target for edges in words.edges for target in edges)
        within = {
            state
            for state, edges in enumerate(words.edges)
            if state and before[state] == 1 and len(edges) == 1 and not words.accepting[state]
        }
        names = {
            state: self.reserve("state") for state in range(len(words.edges)) if state not in within
        }
        for state, name in names.items():
            ways = [_way(words, edge, names, step) for edge in words.edges[state].items()]
            self.define(name, " | ".join(ways + [end] * words.accepting[state]))
        return names[0]


def _way(words: Automaton, edge: tuple[int, Ranges], names: Mapping[int, str], step: Step) -> str:
    """What leads from a state along `edge` to the next one that has a name."""
    target, ranges = edge
    parts = [step(ranges)]
    while target not in names:
        ((target, ranges),) = words.edges[target].items()
        parts.append(step(ranges))
    return " ".join([*parts, names[target]])


def _spelled(expression: Expression, step: Step) -> str:
    """An expression as it stands."""
    match expression:
        case Chars(ranges):
            return step(ranges)
        case Chain(parts):
            return f"({' '.join(_spelled(part, step) for part in parts)})" if parts else '""'
        case Choice(parts):
            return f"({' | '.join(_spelled(part, step) for part in parts)})"
        case Repeat(part, least, most):
            times = f"{{{least},{'' if most is None else most}}}"
            return f"({_spelled(part, step)}){times}"


def _json_step(ranges: Ranges) -> str:
    """One character of a set, as a JSON string spells it."""
    raw = minus(ranges, union(_CONTROLS, _QUOTES, _BAR))
    ways = [charset(raw)] if raw else []
    ways += [
        quoted(spelling)
        for code, spelling in _SPELLINGS.items()
        if any(first <= code <= last for first, last in ranges)
    ]
    return ways[0] if len(ways) == 1 else f"({' | '.join(ways)})"


def _shared(first: str, last: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = zip(first, last, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(last)))
