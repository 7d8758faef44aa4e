"""What a model may write in one reply, as data: whom it may call and what the answer must be.

A `Grammar` describes everything that may follow `<|start|>assistant`. Reasoning stays free, calls
go to known recipients with arguments of their schema, the answer is text or JSON of a schema. It
knows nothing of engines: `lark` spells it for llguidance, other modules for other grammar engines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.messages import Channel

JsonSchema = Mapping[str, Any]


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
