"""A `Grammar` in llama.cpp's GBNF: one automaton for all that a reply may be.

Special tokens stand by id (`<[200005]>`). llama.cpp also matches them by name wherever a rule has
characters, so text never holds `<|` and a small letter, which `ebnf` sees to; a model that wants
to write `<|end|>` as words cannot.

What GBNF cannot bind:

- The end. llama.cpp keeps its end-of-generation ids (`<|return|>`, `<|call|>`, `<|endoftext|>` for
  gpt-oss) out of grammars and allows any of them where the grammar may end, and nowhere else. So a
  call may end with `<|return|>`, and an answer with `<|call|>`: read them by their headers.
- Tokens cannot be counted, characters can: `reasoning_tokens` allows four for each.

Source: llama.cpp's `grammars/README.md` and `src/llama-grammar.cpp`. Knows nothing of engines.
"""

from __future__ import annotations

from agentkit.harmony.ebnf import Rules, quoted
from agentkit.harmony.grammar import Grammar, JsonSchema, spelled_once
from agentkit.harmony.json_ebnf import add_json
from agentkit.harmony.vocabulary import CHANNEL, CONSTRAIN, END, MESSAGE, START

_CHARACTERS_PER_TOKEN = 4
_JSON_TYPES = '" json" | " code" | " "? {constrain} ("json" | "code")'
_CODE_TYPES = '" code" | " python" | " text" | " "? {constrain} ("code" | "python" | "text")'


@spelled_once
def to_gbnf(grammar: Grammar) -> str:
    """The grammar as llama.cpp takes it, with the rule `root`.

    Args:
        grammar: what may follow `<|start|>assistant`.

    Raises:
        UserError: a schema has a condition that the form cannot hold; it is named.
    """
    return _Spelling(grammar).text()


def _token(token: int) -> str:
    return f"<[{token}]>"


_NEXT = f'{_token(END)} {_token(START)} "assistant"'


class _Spelling:
    """The rules of one grammar. They branch after what is common, so that llama.cpp, which follows
    all branches at once, has few to follow."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._rules = Rules()
        self._root = self._rules.reserve("root")
        self._turns: dict[tuple[str, ...], str] = {}
        constrain = _token(CONSTRAIN)
        self._json_type = self._rules.add("type", _JSON_TYPES.format(constrain=constrain))
        self._code_type = self._rules.add("type", _CODE_TYPES.format(constrain=constrain))
        limit = grammar.reasoning_tokens
        self._thought = (
            self._rules.text()
            if limit is None
            else self._rules.text_within(limit * _CHARACTERS_PER_TOKEN)
        )
        self._by_role, self._by_channel = self._calls()

    def text(self) -> str:
        """All rules."""
        self._rules.define(self._root, self._start())
        return str(self._rules)

    def _start(self) -> str:
        if self._grammar.opened == "final":
            return self._body(self._grammar.answer, self._grammar.lenient)
        turn = self._turn(("analysis", "commentary"))
        return turn if self._grammar.opened is None else f"{self._thought} {_NEXT} {turn}"

    def _turn(self, free: tuple[str, ...]) -> str:
        """A message, and those after it; on the channels in `free` it may speak to nobody."""
        if free in self._turns:
            return self._turns[free]
        name = self._turns[free] = self._rules.reserve("turn")
        asides = {each: self._aside(each, free) for each in ("analysis", "commentary")}
        ways = [f"{quoted(each)} ({aside})" for each, aside in asides.items() if aside]
        if not self._grammar.must_call or not self._by_role:
            answer = self._body(self._grammar.answer, self._grammar.lenient)
            ways.append(f"{quoted('final')} {self._json_type}? {_token(MESSAGE)} {answer}")
        to = f" | {quoted(' to=')} {self._by_role}" if self._by_role else ""
        self._rules.define(name, f"{_token(CHANNEL)} ({' | '.join(ways)}){to}")
        return name

    def _aside(self, channel: str, free: tuple[str, ...]) -> str:
        """What may follow `analysis` and `commentary`: words to nobody, or a recipient."""
        ways = []
        if channel in free:
            left = free
            if self._grammar.reasoning_tokens is not None:
                left = free[free.index(channel) + 1 :]
            ways.append(f"{_token(MESSAGE)} {self._thought} {_NEXT} {self._turn(left)}")
        if self._by_channel:
            ways.append(f"{quoted(' to=')} {self._by_channel}")
        return " | ".join(ways)

    def _calls(self) -> tuple[str, str]:
        """Recipients, and what follows each: named after the role, and after the channel."""
        rests = {}
        for recipient in self._grammar.recipients:
            kind = self._code_type if recipient.parameters is None else self._json_type
            body = self._body(recipient.parameters, recipient.lenient)
            rests[recipient.name] = self._rules.add("call", f"{kind}? {_token(MESSAGE)} {body}")
        if not rests:
            return "", ""
        aside = self._rules.add("aside", f'{_token(CHANNEL)} ("analysis" | "commentary")')
        with_channel = {name: f"{aside} {rest}" for name, rest in rests.items()}
        return self._rules.tree(with_channel), self._rules.tree(rests)

    def _body(self, schema: JsonSchema | None, lenient: bool) -> str:
        if schema is None:
            return self._rules.text()
        return add_json(self._rules, schema, lenient=lenient)
