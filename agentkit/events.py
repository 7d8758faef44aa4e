"""What happens in a run, as values.

One frozen dataclass an event, told apart by its literal `type`. A `...Delta` is partial; all others
are complete. Folding the deltas of a run gives its messages. `to_json` gives one line for the
command line and trace files.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit import serialise
from agentkit.citations import Citation
from agentkit.messages import Artifact, Message, ToolCall
from agentkit.usage import Usage


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins.

    Args:
        run_id: unique.
        agent: the agent's name.
        model: the model's name.
    """

    run_id: str
    agent: str
    model: str
    type: Literal["run_started"] = "run_started"


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The model is asked to speak.

    Args:
        turn: counted from 1 within the run.
    """

    turn: int
    type: Literal["turn_started"] = "turn_started"


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A part of the chain of thought."""

    text: str
    type: Literal["reasoning_delta"] = "reasoning_delta"


@dataclass(frozen=True, slots=True)
class PreambleDelta:
    """A part of what the model says to the user before it calls a tool."""

    text: str
    type: Literal["preamble_delta"] = "preamble_delta"


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A part of the answer."""

    text: str
    type: Literal["text_delta"] = "text_delta"


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """The model begins to write a call.

    Args:
        recipient: the tool as the model wrote it.
    """

    recipient: str
    type: Literal["tool_call_started"] = "tool_call_started"


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A part of a call's body."""

    text: str
    type: Literal["tool_call_delta"] = "tool_call_delta"


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A call is complete and is now run."""

    call: ToolCall
    type: Literal["tool_called"] = "tool_called"


@dataclass(frozen=True, slots=True)
class ToolOutputDelta:
    """A part of a tool's output.

    Args:
        call_id: the call it belongs to.
        text: the part.
    """

    call_id: str
    text: str
    type: Literal["tool_output_delta"] = "tool_output_delta"


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A tool has answered.

    Args:
        call_id: the call.
        message: what the model will read.
        is_error: the answer tells of a failure.
        seconds: wall-clock seconds the tool took.
        data: the tool's value for the user's program; not part of JSON.
        artifacts: files and pictures the tool made; not part of JSON.
    """

    call_id: str
    message: Message
    is_error: bool = False
    seconds: float = 0.0
    data: Any = field(default=None, compare=False)
    artifacts: tuple[Artifact, ...] = field(default=(), compare=False)
    type: Literal["tool_returned"] = "tool_returned"


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """A call waits for a person.

    Args:
        call: the call.
        reason: why it asks; may be empty.
    """

    call: ToolCall
    reason: str = ""
    type: Literal["approval_requested"] = "approval_requested"


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A limit ends the run.

    Args:
        limit: its name in `Limits`.
        detail: a sentence with the numbers.
    """

    limit: str
    detail: str
    type: Literal["limit_reached"] = "limit_reached"


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """The run can be resumed from here.

    Args:
        step: number of checkpoints so far.
        state: the `RunState`; not part of JSON.
    """

    step: int
    state: Any = field(default=None, compare=False, repr=False)
    type: Literal["checkpoint_saved"] = "checkpoint_saved"


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The model has spoken.

    Args:
        turn: counted from 1.
        messages: what it said, complete.
        usage: of this turn alone.
    """

    turn: int
    messages: tuple[Message, ...]
    usage: Usage
    type: Literal["turn_finished"] = "turn_finished"


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run ends.

    Args:
        stop_reason: why.
        detail: a sentence; may be empty.
        output: the answer, or None.
        usage: of the whole run.
        citations: what the answer cites.
    """

    stop_reason: str
    detail: str
    output: Any
    usage: Usage
    citations: tuple[Citation, ...] = ()
    type: Literal["run_finished"] = "run_finished"


Event = (
    RunStarted
    | TurnStarted
    | ReasoningDelta
    | PreambleDelta
    | TextDelta
    | ToolCallStarted
    | ToolCallDelta
    | ToolCalled
    | ToolOutputDelta
    | ToolReturned
    | ApprovalRequested
    | LimitReached
    | CheckpointSaved
    | TurnFinished
    | RunFinished
)

_NOT_JSON = {"state", "data", "artifacts"}


def to_json(event: Event) -> str:
    """One line of JSON for `event`, `type` first, without values that are not JSON.

    Values JSON has no form for (a pydantic output) are written by pydantic.
    """
    values = {
        each.name: _plain(getattr(event, each.name))
        for each in dataclasses.fields(event)
        if each.name not in _NOT_JSON
    }
    line = {"type": values.pop("type"), **values}
    return serialise.to_json(line, serialize_unknown=True)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
