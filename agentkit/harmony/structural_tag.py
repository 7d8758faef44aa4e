"""A `Grammar` as xgrammar's structural tag, which vLLM and SGLang take: all that a reply may be.

Special tokens and free text are matched id by id (`token`, `any_tokens`), so text is as free as it
can be and never holds a special token; JSON is an EBNF grammar within, the one that llama.cpp gets,
for xgrammar's own of JSON Schema takes a minute for a string of 200 characters. xgrammar allows an
end id of the engine wherever the grammar may end and nowhere else, and never one that a grammar
names; so the ends that are the engine's own are left out here.

Not bound: text may hold bytes that are no UTF-8, and a web address may be of any length. Source:
xgrammar 0.2.8, `structural_tag.py`.
"""

from __future__ import annotations

from typing import Any

from agentkit.harmony.ebnf import Rules
from agentkit.harmony.grammar import Grammar, JsonSchema, Recipient, spelled_once
from agentkit.harmony.json_ebnf import add_json
from agentkit.harmony.vocabulary import (
    CALL,
    CHANNEL,
    CONSTRAIN,
    END,
    MESSAGE,
    ORDINARY_TOKENS,
    RETURN,
    SPECIAL_NAMES,
    START,
    VOCABULARY_SIZE,
)

Format = dict[str, Any]

_JSON_TYPES = ("json", "code")
_CODE_TYPES = ("code", "python", "text")
_SPECIAL = list(range(ORDINARY_TOKENS, VOCABULARY_SIZE))


@spelled_once
def to_structural_tag(
    grammar: Grammar, *, ends: frozenset[int] = frozenset({RETURN})
) -> dict[str, Any]:
    """The grammar as xgrammar takes it, once it is JSON.

    Args:
        grammar: what may follow `<|start|>assistant`.
        ends: what the engine itself ends a reply with: the `eos_token` of the tokenizer for
            xgrammar alone, each `eos_token_id` of `generation_config.json` in vLLM and SGLang.
            With `<|call|>` among them, any of them may end any reply.

    Returns:
        A value that other callers have too: not to be changed.

    Raises:
        UserError: a schema has a condition that the form cannot hold; it is named.
    """
    return {"type": "structural_tag", "format": _Spelling(grammar, ends).whole()}


class _Spelling:
    """The formats of one grammar."""

    def __init__(self, grammar: Grammar, ends: frozenset[int]) -> None:
        self._grammar = grammar
        self._ends = ends
        self._limit = grammar.reasoning_tokens

    def whole(self) -> Format:
        """All that may follow."""
        answer = _sequence(
            self._body(self._grammar.answer, self._grammar.lenient), *self._end(RETURN)
        )
        if self._grammar.opened == "final":
            return answer
        free = [self._message(channel) for channel in ("analysis", "commentary")]
        if self._limit is None:
            before = [{"type": "star", "content": _either(*free)}]
        else:
            before = [_optional(message) for message in free]
        endings = [self._call(recipient) for recipient in self._grammar.recipients]
        if not self._grammar.must_call or not endings:
            kind = _optional(self._content_type(_JSON_TYPES))
            header = [self._token(CHANNEL), _text("final"), kind, self._token(MESSAGE)]
            endings.append(_sequence(*header, answer))
        opened = [] if self._grammar.opened is None else self._thought()
        return _sequence(*opened, *before, _either(*endings))

    def _message(self, channel: str) -> Format:
        header = [self._token(CHANNEL), _text(channel), self._token(MESSAGE)]
        return _sequence(*header, *self._thought())

    def _thought(self) -> list[Format]:
        """Words to nobody, and the beginning of the next message."""
        limit = {} if self._limit is None else {"max_tokens": self._limit}
        words = {"type": "any_tokens", "exclude_tokens": _SPECIAL, **limit}
        return [words, self._token(END), self._token(START), _text("assistant")]

    def _call(self, recipient: Recipient) -> Format:
        """Both header orders: the recipient after the role, or after the channel."""
        name = _text(f" to={recipient.name}")
        channel = [self._token(CHANNEL), _either(_text("commentary"), _text("analysis"))]
        types = _CODE_TYPES if recipient.parameters is None else _JSON_TYPES
        return _sequence(
            _either(_sequence(name, *channel), _sequence(*channel, name)),
            _optional(self._content_type(types)),
            self._token(MESSAGE),
            self._body(recipient.parameters, recipient.lenient),
            *self._end(CALL),
        )

    def _content_type(self, names: tuple[str, ...]) -> Format:
        """` json`, ` <|constrain|>json` or `<|constrain|>json`."""
        constrain = self._token(CONSTRAIN)
        constrained = [_optional(_text(" ")), constrain, _either(*map(_text, names))]
        return _either(*[_text(f" {name}") for name in names], _sequence(*constrained))

    def _body(self, schema: JsonSchema | None, lenient: bool) -> Format:
        if schema is None:
            return {"type": "any_tokens", "exclude_tokens": _SPECIAL}
        rules = Rules(deterministic=False)
        root = rules.reserve("root")
        rules.define(root, add_json(rules, schema, lenient=lenient))
        return {"type": "grammar", "grammar": str(rules)}

    def _end(self, token: int) -> list[Format]:
        return [] if token in self._ends else [self._token(token)]

    def _token(self, token: int) -> Format:
        """A special token.

        xgrammar 0.2.8 keeps masks of rules for later grammars and takes rules for the same that
        differ in their ids alone, so one grammar's `<|channel|>` became another's `<|message|>`.
        Text tells them apart: here behind an end id, which is never let through within a grammar.
        """
        exact: Format = {"type": "token", "token": token}
        if not self._ends:
            return exact
        end = RETURN if RETURN in self._ends else min(self._ends)
        never: Format = {"type": "token", "token": end}
        return _either(exact, _sequence(never, _text(SPECIAL_NAMES[token])))


def _text(value: str) -> Format:
    return {"type": "const_string", "value": value}


def _sequence(*elements: Format) -> Format:
    return {"type": "sequence", "elements": list(elements)}


def _either(*elements: Format) -> Format:
    return elements[0] if len(elements) == 1 else {"type": "or", "elements": list(elements)}


def _optional(content: Format) -> Format:
    return {"type": "optional", "content": content}
