"""What the runner asks of an agent and of a user, whoever plays them. Protocols only.

A trial is half-duplex: the user speaks, the agent calls tools and answers, the user speaks again.
An agent is started anew for every trial; within a turn it owns its loop. It reaches the world
through a `Toolbox`, which keeps count and record of everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agentkit.evals.records import CallRecord
from agentkit.evals.task import Scenario
from agentkit.harmony.prompt import FunctionSchema
from agentkit.usage import Usage


class Toolbox(Protocol):
    """One side's way to the world."""

    @property
    def schemas(self) -> Sequence[FunctionSchema]:
        """The tools, as they are described to a model."""
        ...

    async def call(self, tool: str, arguments: Mapping[str, Any] | str) -> CallRecord:
        """Run a tool; the record's `result` is the answer.

        Raises:
            LimitExceeded: the trial's limit is reached; let it through.
        """
        ...

    def note(self, kind: str, text: str, malformed: str = "") -> None:
        """Keep what the player thought or did besides: `reasoning`, `preamble` or `note`."""
        ...

    def spent(self, usage: Usage) -> None:
        """Count what a model used. What is told as soon as it is known counts also when the turn
        does not come to its end.

        Raises:
            ValueError: it counts with what is no number of tokens or seconds.
        """
        ...


@dataclass(frozen=True)
class Briefing:
    """What an agent is told at the start of a trial.

    Args:
        policy: the domain's instructions.
        toolbox: its tools.
        seed: for all it draws.
        task: the task's id.
        tokens: how many it may sample in all; None for no bound.
        seconds: how long it may take in all; None for no bound.
    """

    policy: str
    toolbox: Toolbox
    seed: int
    task: str
    tokens: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Reply:
    """What an agent answers to one message of the user.

    Args:
        text: what the user hears; only this reaches them.
        stopped: why there is no answer: `limit`, `empty`, `error` or `model`; empty when there is.
        detail: that as a sentence.
    """

    text: str
    stopped: str = ""
    detail: str = ""


class Player(Protocol):
    """An agent in one trial."""

    async def reply(self, text: str) -> Reply:
        """Answer the user, calling tools as needed."""
        ...

    async def close(self) -> None:
        """Free what this trial held."""
        ...


class EvalAgent(Protocol):
    """An agent that can be evaluated; may play many trials at once."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that makes it what it is, as JSON: results with other settings are another agent's.
        Has a `name`."""
        ...

    def start(self, briefing: Briefing) -> Player:
        """Begin a trial."""
        ...

    async def close(self) -> None:
        """Free the model and whatever is shared by trials."""
        ...


@dataclass(frozen=True)
class Utterance:
    """What a user says.

    Args:
        text: to the agent; empty when the user only leaves.
        leaves: the conversation is over: the agent does not answer any more.
        fault: what the simulated user did wrong here and was kept from; empty for nothing.
    """

    text: str
    leaves: bool = False
    fault: str = ""


class Partner(Protocol):
    """A user in one trial."""

    async def say(self, heard: str) -> Utterance:
        """Speak, having heard the agent (at first: the greeting).

        Raises:
            UserFault: the user cannot go on.
        """
        ...

    async def close(self) -> None:
        """Free what this trial held."""
        ...


class EvalUser(Protocol):
    """One who can play the users of tasks; may play many trials at once."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that makes it what it is, as JSON. Has a `name`."""
        ...

    def start(self, scenario: Scenario, toolbox: Toolbox, seed: int) -> Partner:
        """Begin a trial."""
        ...

    async def close(self) -> None:
        """Free what is shared by trials."""
        ...


class UserFault(Exception):
    """A user cannot go on: the trial is not measured."""
