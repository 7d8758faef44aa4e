"""A toolbox over a real world, for tests of those who play without the runner of trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentkit.errors import LimitExceeded
from agentkit.evals.agents import Briefing
from agentkit.evals.domain import Domain
from agentkit.evals.records import CallRecord, Event, TrialRecord
from agentkit.evals.task import Side, Task
from agentkit.evals.world import World
from agentkit.harmony.prompt import FunctionSchema
from agentkit.usage import Usage


class Box:
    """One side's way to a world; keeps what happened in `events`.

    Args:
        world: the trial's.
        events: shared by both sides.
        by: which side it is.
        most_calls: the next one raises LimitExceeded.
    """

    def __init__(
        self, world: World, events: list[Event], by: Side = "agent", most_calls: int = 100
    ) -> None:
        self.world = world
        self.events = events
        self.usage = Usage()
        self._by: Side = by
        self._most_calls = most_calls

    @property
    def schemas(self) -> Sequence[FunctionSchema]:
        domain = self.world.domain
        tools = domain.tools if self._by == "agent" else domain.user_tools
        return [tool.schema for tool in tools.values()]

    async def call(self, tool: str, arguments: Mapping[str, Any] | str) -> CallRecord:
        if sum(call.by == self._by for call in self.world.calls) >= self._most_calls:
            raise LimitExceeded(f"more than {self._most_calls} calls")
        record = await self.world.call(tool, arguments, self._by)
        self.events.append(Event(kind="call", call=record))
        return record

    def spent(self, usage: Usage) -> None:
        self.usage += usage

    def note(self, kind: str, text: str, malformed: str = "") -> None:
        said = {"kind": kind, "text": text, "malformed": malformed}
        self.events.append(Event.model_validate(said))


class Table:
    """The two boxes of one trial, and what happened at it.

    Args:
        domain: whose world.
        task: the trial's.
        most_calls: of the agent.
    """

    def __init__(self, domain: Domain, task: Task, most_calls: int = 100) -> None:
        self.task = task
        self.world = World(domain, task)
        self.events: list[Event] = []
        self.agent = Box(self.world, self.events, "agent", most_calls)
        self.user = Box(self.world, self.events, "user")

    def briefing(self, seed: int = 1, tokens: int | None = None) -> Briefing:
        """What the agent is told."""
        return Briefing(self.world.domain.policy, self.agent, seed, self.task.id, tokens)

    def told(self) -> list[tuple[str, str]]:
        """Kind and text of each event; of calls the tool, and the fault behind a `!`."""
        return [
            (each.kind, each.text) if each.call is None else ("call", _named(each.call))
            for each in self.events
        ]

    def record(self, **fields: Any) -> TrialRecord:
        """What was kept of it, as a trial that finished."""
        plain = {"key": "k", "domain": "library", "task": self.task.id, "trial": 0, "seed": 1}
        ended = {"outcome": "passed", "ending": "finished", "events": tuple(self.events)}
        return TrialRecord.model_validate({**plain, **ended, **fields})


def _named(call: CallRecord) -> str:
    return f"{call.tool} !{call.fault}" if call.fault else call.tool
