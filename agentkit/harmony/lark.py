"""A `Grammar` in llguidance's dialect of Lark: one automaton for all that a reply may be.

Special tokens stand by name and match nothing else, and text never matches them. JSON is compact:
white space between its tokens is where weak models lose themselves. The dialect is described in
llguidance's `docs/syntax.md`, schemas in its `docs/json_schema.md`. Knows nothing of engines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from agentkit.harmony.closed import JsonSchema, close
from agentkit.harmony.grammar import Grammar, Recipient, spelled_once

_FIXED = r"""
TEXT: /(.|\n)*/
json_type: " json" | " code" | " "? <|constrain|> ("json" | "code")
code_type: " code" | " python" | " text" | " "? <|constrain|> ("code" | "python" | "text")
aside: "commentary" | "analysis"
"""


@spelled_once
def to_lark(grammar: Grammar) -> str:
    """The grammar as llguidance and servers with its backend take it.

    Args:
        grammar: what may follow `<|start|>assistant`.

    Raises:
        UserError: a schema that cannot be closed; see `close`. What else llguidance cannot hold it
            says itself when the grammar is compiled.
    """
    return "\n".join(["%llguidance {}", *_rules(grammar), _FIXED.strip(), ""])


def _rules(grammar: Grammar) -> Iterator[str]:
    yield f"start: {_start(grammar)}"
    limit = grammar.reasoning_tokens
    yield f"thought{'' if limit is None else f'[max_tokens={limit}]'}: TEXT"
    yield '_next: <|end|> <|start|> "assistant"'
    yield 'reasoning: <|channel|> "analysis" <|message|> thought _next'
    yield 'preamble: <|channel|> "commentary" <|message|> thought _next'
    endings = [f"call_{number}" for number in range(len(grammar.recipients))]
    if not grammar.must_call or not endings:
        endings.append("answer")
    yield f"ending: {' | '.join(endings)}"
    for number, recipient in enumerate(grammar.recipients):
        yield from _call(number, recipient)
    yield 'answer: <|channel|> "final" json_type? <|message|> answer_body <|return|>'
    yield f"answer_body: {_json(grammar.answer, grammar.lenient)}"


def _start(grammar: Grammar) -> str:
    """The header that the prompt opened already is left out."""
    free = "(reasoning | preamble)*" if grammar.reasoning_tokens is None else "reasoning? preamble?"
    match grammar.opened:
        case "final":
            return "answer_body <|return|>"
        case None:
            return f"{free} ending"
        case _:
            return f"thought _next {free} ending"


def _call(number: int, recipient: Recipient) -> Iterator[str]:
    """Both header orders: the recipient after the role, or after the channel."""
    name = json.dumps(f" to={recipient.name}")
    kind = "code_type" if recipient.parameters is None else "json_type"
    yield f"call_{number}: call_head_{number} {kind}? <|message|> call_body_{number} <|call|>"
    yield f"call_head_{number}: {name} <|channel|> aside | <|channel|> aside {name}"
    yield f"call_body_{number}: {_json(recipient.parameters, recipient.lenient)}"


def _json(schema: JsonSchema | None, lenient: bool) -> str:
    if schema is None:
        return "TEXT"
    options = {"whitespace_flexible": False, "lenient": lenient}
    closed = {**close(schema, lenient=lenient), "x-guidance": options}
    return f"%json {json.dumps(closed, ensure_ascii=True)}"
