"""The log of one trial, and the way of each side to its world: everything is counted and recorded.

Knows limits and the order of events; not what is a good trial. Once a trial is over its toolboxes
are closed: a player that goes on calling changes nothing that counts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agentkit.errors import LimitExceeded
from agentkit.evals.records import CallRecord, Event
from agentkit.evals.state import copied
from agentkit.evals.task import Side, TrialLimits
from agentkit.evals.world import World
from agentkit.harmony.prompt import FunctionSchema
from agentkit.usage import Usage

MOST_CHARACTERS = 65_536
MOST_NOTED = 8 << 20
MOST_NOTES = 20_000
_GAP = "\n[...]\n"
Kind = Literal["user", "answer", "reasoning", "preamble", "note"]
_NOTES: dict[str, Kind] = {"reasoning": "reasoning", "preamble": "preamble", "note": "note"}


def shortened(text: str) -> tuple[str, int]:
    """A text as it is kept, and how many characters of it were left out: very long ones keep their
    head and their tail."""
    if len(text) <= MOST_CHARACTERS:
        return text, 0
    tail = MOST_CHARACTERS // 4
    head = MOST_CHARACTERS - tail - len(_GAP)
    return text[:head] + _GAP + text[-tail:], len(text) - head - tail


@dataclass
class Log:
    """What happens in a trial, in order.

    Attributes:
        events: so far.
        closed: nothing is recorded any more.
    """

    events: list[Event] = field(default_factory=list)
    closed: bool = False
    _notes: int = 0
    _noted: int = 0
    _began: float = field(default_factory=time.perf_counter)

    def add(self, kind: Kind, text: str, malformed: str = "") -> str:
        """Record a text; gives it as it is kept."""
        kept, cut = shortened(text)
        malformed, _ = shortened(malformed)
        if kind not in _NOTES or self._has_room(len(kept) + len(malformed)):
            self._keep(Event(kind=kind, text=kept, malformed=malformed, cut=cut, at=self.seconds))
        return kept

    def add_call(self, call: CallRecord) -> None:
        """Record a call."""
        result, cut = shortened(call.result)
        kept = call.model_copy(update={"result": result}) if cut else call
        self._keep(Event(kind="call", call=kept, cut=cut, at=self.seconds))

    @property
    def seconds(self) -> float:
        """Since the trial began."""
        return time.perf_counter() - self._began

    def _has_room(self, characters: int) -> bool:
        """Whether one more remark is kept: players may write them without end."""
        fits = self._notes < MOST_NOTES and self._noted + characters <= MOST_NOTED
        if not fits and self._notes <= MOST_NOTES:
            self._notes = MOST_NOTES + 1
            self._keep(Event(kind="note", text="Further remarks are not kept.", at=self.seconds))
        self._notes += 1
        self._noted += characters
        return fits

    def _keep(self, event: Event) -> None:
        if not self.closed:
            self.events.append(event)


@dataclass
class TrialToolbox:
    """One side's toolbox in one trial; see `agents.Toolbox`.

    Args:
        world: where calls are run.
        log: where they are recorded.
        by: whose.
        limits: the task's.

    Attributes:
        calls: how many were made.
        errors: how many of them were answered with an error.
        usage: of the side's model.
        reached: the limit that was gone beyond; empty for none.
        closed: the trial is over.
    """

    world: World
    log: Log
    by: Side
    limits: TrialLimits
    calls: int = 0
    errors: int = 0
    usage: Usage = field(default_factory=Usage)
    reached: str = ""
    closed: bool = False
    _schemas: Sequence[FunctionSchema] | None = None

    @property
    def schemas(self) -> Sequence[FunctionSchema]:
        """The tools, as they are described to a model; shared with no other trial."""
        if self._schemas is None:
            self._schemas = self.world.schemas(self.by)
        return self._schemas

    async def call(self, tool: str, arguments: Mapping[str, Any] | str) -> CallRecord:
        """Run a tool; the record's `result` is the answer.

        Raises:
            LimitExceeded: the trial's limit is reached, or the trial is over.
        """
        self._still_open()
        if self.calls >= self.limits.calls:
            self._stop("calls")
        self.calls += 1
        record = await self.world.call(str(tool), arguments, self.by)
        if self.closed:
            raise LimitExceeded("the trial is over.")
        self.log.add_call(record)
        if record.fault:
            self.errors += 1
            if self.errors > self.limits.tool_errors:
                self._stop("tool_errors")
        return _given(record)

    def note(self, kind: str, text: str, malformed: str = "") -> None:
        """Keep what the player thought or did besides: `reasoning`, `preamble` or `note`."""
        if self.closed:
            return
        self.log.add(_NOTES.get(kind, "note"), str(text), str(malformed))

    def spent(self, usage: Usage) -> None:
        """Count what a model used, also after the trial: it was used for it.

        Raises:
            ValueError: the sum is no count of tokens, or no time.
        """
        total = self.usage + usage
        counts = (total.prompt_tokens, total.cached_tokens, total.output_tokens)
        if not all(isinstance(each, int) and 0 <= each < 1 << 63 for each in counts):
            raise ValueError("its usage is no count of tokens")
        if not math.isfinite(total.model_seconds):
            raise ValueError("its usage is no time")
        self.usage = total

    def close(self) -> None:
        """Answer no more calls; those that run are not recorded, and so change nothing."""
        self.closed = self.world.closed = True

    def _still_open(self) -> None:
        if self.reached:
            self._stop(self.reached)
        if self.closed:
            raise LimitExceeded("the trial is over.")

    def _stop(self, limit: str) -> None:
        self.reached = limit
        most = getattr(self.limits, limit)
        raise LimitExceeded(f"more than {most} {limit.replace('_', ' ')}.")


def _given(record: CallRecord) -> CallRecord:
    """A record for a player to do with what it likes."""
    writes = tuple(each.model_copy(update={"value": copied(each.value)}) for each in record.writes)
    args, taken = copied(record.args), copied(record.taken)
    return record.model_copy(update={"args": args, "taken": taken, "writes": writes})
