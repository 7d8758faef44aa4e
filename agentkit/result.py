"""What comes of a run: its result, and the run itself while it is observed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Generic

from agentkit.citations import Citation
from agentkit.errors import UserError
from agentkit.events import Event
from agentkit.loop import CANCELLED, Run
from agentkit.messages import Artifact, Message, ToolCall
from agentkit.output import Output
from agentkit.state import RunState
from agentkit.usage import Usage


@dataclass(frozen=True, slots=True)
class RunResult(Generic[Output]):
    """What came of a run.

    Args:
        output: the answer: text, or a value of the agent's output type; None without one.
        stop_reason: `final`, `limit`, `pending`, `cancelled`, `empty` or `error`.
        detail: the reason as a sentence; empty for `final`.
        messages: the whole conversation, as far as the model still sees it.
        new_messages: those of this run, the user's first.
        usage: of this run.
        state: to resume from, or to look into.
        artifacts: files and pictures that tools made, in order; a file made twice is there twice.
            Only those of this process: a state does not hold them.
    """

    output: Output | None
    stop_reason: str
    detail: str
    # Not in the repr, which asyncio takes of a task's result at the end of every `run`.
    messages: tuple[Message, ...] = field(repr=False)
    new_messages: tuple[Message, ...] = field(repr=False)
    usage: Usage
    state: RunState = field(repr=False)
    artifacts: tuple[Artifact, ...] = field(default=(), repr=False)

    @property
    def pending(self) -> tuple[ToolCall, ...]:
        """The calls that wait for an approval or were not reached."""
        return self.state.pending

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the answer cites, in order, checked against what the model was shown."""
        return self.state.citations


class RunStream(Generic[Output]):
    """A run observed: iterate over its events, then read `result`.

    Use it as a context manager; leaving early cancels the run, and its result says so.
    """

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._events = events
        self._run: Run[Output] | None = None
        self._cancelled = False

    def started(self, run: Run[Output]) -> None:
        """The agent tells which run this is, once its model is there."""
        self._run = run
        if self._cancelled:
            self.cancel()

    def cancel(self) -> None:
        """End the run within a step of the model or of a tool; its result says `cancelled`."""
        self._cancelled = True
        if self._run is not None:
            self._run.interrupt("cancelled", CANCELLED)

    @property
    def usage(self) -> Usage:
        """What the run has used by now; a step of the model counts once it is over or was cut."""
        return Usage() if self._run is None else self._run.state.usage

    @property
    def result(self) -> RunResult[Output]:
        """What came of the run.

        Raises:
            UserError: it is not over yet.
        """
        run = self._run
        if run is None or run.state.stop_reason is None:
            raise UserError("The run is not over: iterate over all its events first.")
        state = run.snapshot()
        messages = tuple(entry.message for entry in state.entries)
        return RunResult(
            output=run.output,
            stop_reason=run.state.stop_reason,
            detail=state.detail,
            messages=messages,
            new_messages=messages[state.start :],
            usage=state.usage,
            state=state,
            artifacts=tuple(run.artifacts),
        )

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events

    async def __aenter__(self) -> RunStream[Output]:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._events.aclose()
