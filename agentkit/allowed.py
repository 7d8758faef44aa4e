"""What the replies of a run may be: which tools may be called, when, and what the answer is.

Turns an agent's tools, its output type and its `tool_choice` into the `Grammar` of each turn. Knows
nothing of models: those that obey grammars hold to it, for the others the dispatcher refuses calls
that are not allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.errors import UserError
from agentkit.harmony.grammar import Grammar, JsonSchema, Recipient
from agentkit.models.guarantee import checked
from agentkit.tools.base import Tool

ToolChoice = str | Sequence[str]
"""`auto`, `none`, `required`, a tool that must be called first, or the names of those allowed."""

_NO_ARGUMENTS: JsonSchema = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the replies of a run may be.

    Args:
        recipients: all that may be called.
        first: those that may be called before any other.
        must_call: the run's first reply with an ending calls one of `first`.
        limited: not everything the agent has may be called, or not first.
        answer: JSON Schema of the answer; None for text.
        lenient: see `Grammar`.
        binding: False when a model needs no grammar to keep to this.
    """

    recipients: tuple[Recipient, ...]
    first: tuple[Recipient, ...]
    must_call: bool
    limited: bool
    answer: JsonSchema | None
    lenient: bool
    binding: bool

    def names(self, calls: int) -> tuple[str, ...] | None:
        """Full names of what may be called next; None for everything.

        Args:
            calls: how many calls the run has made.
        """
        if not self.limited:
            return None
        return tuple(each.name for each in (self.recipients if calls else self.first))

    def grammar(self, calls: int, reasoning_tokens: int | None = None) -> Grammar:
        """The grammar of the next reply, its schemas as they were given.

        Args:
            calls: how many calls the run has made.
            reasoning_tokens: see `Grammar`.
        """
        return Grammar(
            self.first if calls == 0 else self.recipients,
            self.answer,
            must_call=self.must_call and calls == 0,
            reasoning_tokens=reasoning_tokens,
            lenient=self.lenient,
        )


def allowed(
    tools: Sequence[Tool], choice: ToolChoice, answer: JsonSchema | None, lenient: bool
) -> Allowed:
    """What the replies of an agent's runs may be.

    Args:
        tools: the agent's.
        choice: see `ToolChoice`.
        answer: JSON Schema of the answer; None for text.
        lenient: conditions of `answer` that no grammar can hold are only checked afterwards.

    Raises:
        UserError: the choice names no tool, or demands a call where there are no tools.
    """
    recipients = tuple(each for tool in tools for each in _recipients(tool))
    first = _first(choice, recipients)
    must_call = isinstance(choice, str) and choice not in ("auto", "none")
    limited = choice not in ("auto", "required")
    if must_call and not first:
        raise UserError(f"tool_choice is {choice!r}, and the agent has no tools.")
    everywhere = recipients if isinstance(choice, str) and choice != "none" else first
    strict = any(not each.lenient for each in recipients)
    binding = answer is not None or choice != "auto" or strict
    if binding:
        checked(Grammar(recipients, answer, lenient=lenient))
    return Allowed(everywhere, first, must_call, limited, answer, lenient, binding)


def _recipients(tool: Tool) -> list[Recipient]:
    description, lenient = tool.describe(), not tool.strict
    if not description.functions:
        return [Recipient(description.namespace, None, description.description)]
    return [
        Recipient(
            f"{description.namespace}.{each.name}",
            each.parameters or _NO_ARGUMENTS,
            each.description,
            lenient,
        )
        for each in description.functions
    ]


def _first(choice: Any, recipients: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
    """Those that `choice` leaves."""
    if choice in ("auto", "required"):
        return recipients
    if choice == "none":
        return ()
    names = [choice] if isinstance(choice, str) else list(choice)
    for name in names:
        if not any(_is_named(each, name) for each in recipients):
            known = ", ".join(each.name for each in recipients) or "none"
            raise UserError(f"tool_choice names {name!r}, which is no tool; there are: {known}.")
    return tuple(each for each in recipients if any(_is_named(each, name) for name in names))


def _is_named(recipient: Recipient, name: str) -> bool:
    """`get_order`, `functions.get_order` and, for all of a namespace, `browser` are names."""
    namespace, _, short = recipient.name.rpartition(".")
    return name != "" and name in (recipient.name, short, namespace)
