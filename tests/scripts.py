"""Pieces of Harmony that tests write as a model would, and small helpers to look at runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from agentkit import (
    Event,
    PreambleDelta,
    ReasoningDelta,
    RunStream,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)


def think(text: str) -> str:
    """Reasoning, followed by another message."""
    return f"<|channel|>analysis<|message|>{text}<|end|><|start|>assistant"


def say(text: str) -> str:
    """A preamble, followed by another message."""
    return f"<|channel|>commentary<|message|>{text}<|end|><|start|>assistant"


def call(name: str, **arguments: Any) -> str:
    """A function call as gpt-oss writes it."""
    body = json.dumps(arguments)
    return f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>{body}<|call|>"


def final(text: str) -> str:
    """The answer."""
    return f"<|channel|>final<|message|>{text}<|return|>"


async def events_of(stream: RunStream[Any]) -> list[Event]:
    """All events of a run."""
    async with stream:
        return [event async for event in stream]


def fold(events: Iterable[Event]) -> list[tuple[str, str]]:
    """What the deltas of a run add up to: a list of (kind, text), one a message."""
    folded: list[tuple[str, str]] = []
    previous: type | None = None
    for event in events:
        match event:
            case ToolCallStarted(recipient=recipient):
                folded.append((f"call {recipient}", ""))
            case ReasoningDelta() | PreambleDelta() | TextDelta() | ToolCallDelta():
                kind = {
                    ReasoningDelta: "analysis",
                    PreambleDelta: "commentary",
                    TextDelta: "final",
                    ToolCallDelta: "call",
                }[type(event)]
                if kind != "call" and previous is not type(event):
                    folded.append((kind, ""))
                folded[-1] = (folded[-1][0], folded[-1][1] + event.text)
        previous = type(event)
    return folded
