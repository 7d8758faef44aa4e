"""Messages as Harmony knows them: roles, channels and recipients.

Knows the shape of a conversation's parts and nothing of tokens, tools or models. A `Message` is
what was said; how it is spelled in ids is `agentkit.harmony`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "developer", "user", "assistant", "tool"]
Channel = Literal["analysis", "commentary", "final"]
Effort = Literal["low", "medium", "high"]
Layout = Literal["role", "channel"]


@dataclass(frozen=True, slots=True)
class Message:
    """One Harmony message.

    Args:
        role: who speaks.
        text: the body, as ordinary text.
        channel: `analysis` (reasoning), `commentary` (calls, their results, preambles) or `final`.
        recipient: whom it is for: `functions.get_order`, `python`; None for everyone.
        author: the tool's name, when `role` is `tool`.
        content_type: as the header spells it: `json`, `code`, `<|constrain|>json`.
        layout: where the header names the recipient: after the role or after the channel.
        complete: False when the end token never came; such a call must not be run.
        notes: what the reader mended, one short sentence each; empty for well-formed messages.
    """

    role: Role
    text: str
    channel: Channel | None = None
    recipient: str | None = None
    author: str | None = None
    content_type: str | None = None
    layout: Layout = "role"
    complete: bool = True
    notes: tuple[str, ...] = ()

    @property
    def is_call(self) -> bool:
        """True for an assistant message addressed to a tool."""
        return self.role == "assistant" and self.recipient is not None

    @property
    def says_something(self) -> bool:
        """False for a message that was cut before it said anything."""
        return bool(self.complete or self.text or self.recipient)

    @property
    def is_answer(self) -> bool:
        """True for what the assistant says to the user to end its turn."""
        return self.role == "assistant" and self.channel == "final" and self.recipient is None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's request to run a tool.

    Args:
        id: unique within a conversation: `call_1`, `call_2`, ... Harmony itself has no call ids.
        recipient: the tool as the model wrote it.
        text: the body as the model wrote it.
        channel: the call's channel; its result goes back on the same one.
        name: the registered name that `recipient` was resolved to; empty before dispatch.
        arguments: the body parsed as JSON; empty for tools that take raw text.
    """

    id: str
    recipient: str
    text: str
    channel: Channel = "commentary"
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something a tool made besides its text, for the user: a plot, a table, a document.

    Args:
        name: what the model knows it by, such as `/mnt/data/plot.png`.
        media_type: as in MIME, told by the name: `image/png`; `application/octet-stream` when
            unknown.
        size: bytes.
        data: the content; None when that was more than the tool hands out.
    """

    name: str
    media_type: str
    size: int
    data: bytes | None = field(default=None, repr=False)


def user(text: str) -> Message:
    """A user's message."""
    return Message("user", text)


def last_answer(messages: Iterable[Message]) -> str | None:
    """The text of the last answer among `messages` that says something; None without one."""
    answers = [each.text for each in messages if each.is_answer and each.text.strip()]
    return answers[-1] if answers else None


def tool_result(call: ToolCall, text: str) -> Message:
    """The message that answers `call`: from the tool, on the call's channel, to the assistant."""
    return Message(
        "tool",
        text,
        channel=call.channel,
        recipient="assistant",
        author=call.name or call.recipient,
    )
