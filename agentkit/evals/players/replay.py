"""An agent that repeats what one did in a recorded trial, call by call and word by word.

Needs no model. With a `ReplayUser` of the same record it plays the trial again, so that a result
can be checked against its log. What the record has cut stays cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentkit.errors import ModelError, UserError
from agentkit.evals.agents import Briefing, Reply, Toolbox
from agentkit.evals.records import Event, TrialRecord
from agentkit.usage import Usage

_NOT_ANSWERED = {"limit": "limit", "agent": "error", "model": "model"}
"""How a trial ended whose last message was not answered, as the reason of a `Reply`."""


class ReplayAgent:
    """Repeats the agent's part of `record`."""

    def __init__(self, record: TrialRecord) -> None:
        self._record = record

    @property
    def settings(self) -> Mapping[str, Any]:
        """Name, and the key of the record."""
        return {"name": "replay", "of": self._record.key}

    def start(self, briefing: Briefing) -> ReplayPlayer:
        """Begin the trial again.

        Raises:
            AgentKitError: as in the recorded trial, whose agent could not begin.
        """
        if self._record.ending in ("agent", "model") and not turns_of(self._record):
            why = self._record.detail.removeprefix("the agent cannot begin: ")
            raise ModelError(why) if self._record.ending == "model" else UserError(why)
        return ReplayPlayer(self._record, briefing.toolbox)

    async def close(self) -> None:
        """Nothing to free."""


class ReplayPlayer:
    """The recorded agent, playing its trial again through another toolbox."""

    def __init__(self, record: TrialRecord, toolbox: Toolbox) -> None:
        self._record = record
        self._toolbox = toolbox
        self._turns = turns_of(record)

    async def reply(self, text: str) -> Reply:
        """Do the calls and notes of the next turn, and answer as was answered.

        Raises:
            LimitExceeded: as in the recorded trial.
        """
        if len(self._turns) == 1:  # a record knows what the whole trial used, and of no turn alone
            self._toolbox.spent(_used(self._record))
        for event in self._turns.pop(0) if self._turns else ():
            match event.kind:
                case "call" if event.call is not None and event.call.by == "agent":
                    await self._toolbox.call(event.call.tool, event.call.raw or event.call.args)
                case "reasoning" | "preamble" | "note":
                    self._toolbox.note(event.kind, event.text, event.malformed)
                case "answer":
                    return Reply(event.text)
                case _:
                    pass
        stopped = _NOT_ANSWERED.get(self._record.ending, "error")
        return Reply("", stopped, self._record.detail)

    async def close(self) -> None:
        """Nothing to free."""


def _used(record: TrialRecord) -> Usage:
    used = record.usage
    return Usage(
        prompt_tokens=used.prompt_tokens,
        cached_tokens=used.cached_tokens,
        output_tokens=used.output_tokens,
        model_seconds=used.model_seconds,
    )


def turns_of(record: TrialRecord) -> list[list[Event]]:
    """What followed each message of the user, up to its next one."""
    turns: list[list[Event]] = []
    for event in record.events:
        if event.kind == "user":
            turns.append([])
        elif turns:
            turns[-1].append(event)
    return turns
