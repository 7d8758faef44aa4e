"""What a model may write in one reply, as data: whom it may call and what the answer must be.

A `Grammar` describes everything that may follow `<|start|>assistant`. Reasoning stays free, calls
go to known recipients with arguments of their schema, the answer is text or JSON of a schema. It
knows nothing of engines: `lark` spells it for llguidance, other modules for other grammar engines.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar, cast

from agentkit.messages import Channel

JsonSchema = Mapping[str, Any]
Spelling = TypeVar("Spelling", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a message can be addressed to.

    Args:
        name: as a header names it: `functions.get_order`, `browser.search`, `python`.
        parameters: JSON Schema that the message's body, a JSON object, must fit; None for a body
            of raw text, such as code.
        description: what it does, for models that are told of their tools by message.
        lenient: conditions of the schema that a grammar cannot hold are dropped instead of refused.
    """

    name: str
    parameters: JsonSchema | None = None
    description: str = ""
    lenient: bool = True


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may follow `<|start|>assistant`.

    Args:
        recipients: those that may be called; nobody else can be.
        answer: JSON Schema of the answer; None for free text.
        must_call: the reply ends in a call, not in an answer.
        opened: the channel of a header that the prompt has already opened, `<|message|>` included.
        reasoning_tokens: most tokens of reasoning and of a preamble each, after which the model
            must act; None for no limit.
        lenient: conditions of `answer` that a grammar cannot hold are dropped instead of refused.
    """

    recipients: tuple[Recipient, ...] = ()
    answer: JsonSchema | None = None
    must_call: bool = False
    opened: Channel | None = None
    reasoning_tokens: int | None = None
    lenient: bool = False


def spelled_once(spell: Spelling) -> Spelling:
    """`spell`, which remembers what it gave: a run asks for the same grammar at every turn, and the
    spelling of a large schema takes a second. Callers share what it gives."""

    @functools.lru_cache(maxsize=32)
    def once(text: str, **options: Hashable) -> Any:
        said = json.loads(text)
        said["recipients"] = tuple(Recipient(**each) for each in said["recipients"])
        return spell(Grammar(**said), **options)

    @functools.wraps(spell)
    def spelled(grammar: Grammar, **options: Hashable) -> Any:
        return once(json.dumps(_as_json(grammar), default=_as_json), **options)

    return cast(Spelling, spelled)


def _as_json(value: Any) -> dict[str, Any]:
    if isinstance(value, Grammar | Recipient):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return dict(value)
