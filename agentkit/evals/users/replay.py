"""A user that repeats what one said and did in a recorded trial. Needs no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentkit.evals.agents import Toolbox, UserFault, Utterance
from agentkit.evals.records import CallRecord, Event, TrialRecord
from agentkit.evals.task import Scenario
from agentkit.usage import Usage


class ReplayUser:
    """Repeats the user's part of `record`."""

    def __init__(self, record: TrialRecord) -> None:
        self._record = record

    @property
    def settings(self) -> Mapping[str, Any]:
        """Name, and the key of the record."""
        return {"name": "replay", "of": self._record.key}

    def start(self, scenario: Scenario, toolbox: Toolbox, seed: int) -> ReplayPartner:
        """Begin the trial again."""
        return ReplayPartner(self._record, toolbox)

    async def close(self) -> None:
        """Nothing to free."""


class ReplayPartner:
    """The recorded user, playing its trial again through another toolbox.

    Which message was left with is read off the order: the user left with its last message when no
    answer follows it, and silently when one does. A record does not say at which message a fault
    was seen or tokens were sampled: faults are told one a message, from the first, and all tokens
    before the first.
    """

    def __init__(self, record: TrialRecord, toolbox: Toolbox) -> None:
        self._record = record
        self._toolbox = toolbox
        self._left = _turns(record)
        self._faults = list(record.user_faults)
        toolbox.spent(Usage(output_tokens=record.usage.user_tokens))

    async def say(self, heard: str) -> Utterance:
        """Make the recorded calls, then say the recorded words.

        Raises:
            UserFault: here the recorded user could not go on either, or the trial goes another way
                than the recorded one.
            LimitExceeded: as in the recorded trial.
        """
        calls, said = self._left.pop(0) if self._left else ([], None)
        for call in calls:
            await self._toolbox.call(call.tool, call.raw or call.args)
        fault = self._faults.pop(0) if self._faults else ""
        finished = self._record.ending == "finished"
        if said is not None:
            at_once = self._record.ending == "user" and not self._record.usage.turns
            over = finished and not _answered(self._record)
            leaves = not self._left and (over or at_once)
            return Utterance(said.text, leaves, fault)
        if finished:
            return Utterance("", True, fault)
        if self._record.ending == "limit":  # which is reached by one message more
            return Utterance("…", False, fault)
        why = self._record.detail.removeprefix("the user: ")
        raise UserFault(why or "The record has no more messages of the user.")

    async def close(self) -> None:
        """Nothing to free."""


def _turns(record: TrialRecord) -> list[tuple[list[CallRecord], Event | None]]:
    """Each message of the user with the calls made before it; calls after the last, if any."""
    turns: list[tuple[list[CallRecord], Event | None]] = []
    calls: list[CallRecord] = []
    for event in record.events:
        if event.kind == "call" and event.call is not None and event.call.by == "user":
            calls.append(event.call)
        elif event.kind == "user":
            turns.append((calls, event))
            calls = []
    if calls:
        turns.append((calls, None))
    return turns


def _answered(record: TrialRecord) -> bool:
    """Whether the agent answered the user's last message."""
    spoken = [event.kind for event in record.events if event.kind in ("user", "answer")]
    return bool(spoken) and spoken[-1] == "answer"
