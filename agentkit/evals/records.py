"""What is kept of a trial: what was said and done, what came of it, and why. Data only.

A `TrialRecord` is one line of a results file (`agentkit.trial/1`), so every field is JSON and files
of an older version can be read. Everything that is told about trials later (scores, causes,
reports, replays) is told from these records alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agentkit.evals.task import Side

FORMAT = "agentkit.trial/1"

Fault = Literal["", "unknown_tool", "invalid_arguments", "refused", "timeout", "crash"]
"""Why a call was answered with an error: there is no such tool, its arguments do not fit, the tool
refused (it raised a ToolError), it took too long, or its code failed."""

Ending = Literal[
    "finished", "limit", "agent", "user", "model", "environment", "harness", "cancelled"
]
"""How a trial ended: the user left, a limit was reached, or one of the parts failed."""

Outcome = Literal["passed", "failed", "not_measured"]

Cause = Literal[
    "model_format",
    "invalid_arguments",
    "unknown_tool",
    "wrong_write",
    "missing_write",
    "extra_write",
    "not_communicated",
    "wrong_call",
    "judged",
    "user_simulator",
    "limit",
    "agent_crash",
    "environment",
    "model",
    "harness",
]
"""The first cause of a trial that did not pass."""


class Record(BaseModel):
    """Base of what is written to results: unknown fields of later versions are let be."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", ser_json_inf_nan="null", allow_inf_nan=False
    )


class StateWrite(Record):
    """A change of the state.

    Args:
        path: JSON pointer.
        kind: `set` or `remove`.
        value: what stands there now.
    """

    path: str
    kind: Literal["set", "remove"] = "set"
    value: Any = None


class CallRecord(Record):
    """A tool call and its answer.

    Args:
        index: number of the call in its trial, from 0, agent's and user's together.
        by: whose call.
        tool: short name, as called.
        args: parsed arguments; empty when they could not be read.
        raw: the arguments as written, when they could not be read.
        taken: the arguments as the tool got them ("5" read as 5, defaults filled in), when those
            are not `args`.
        result: what the caller was answered.
        fault: why it was answered with an error; empty when it was not.
        writes: what it changed.
        seconds: it took.
    """

    index: int
    by: Side
    tool: str
    args: dict[str, Any] = {}
    raw: str = ""
    taken: dict[str, Any] = {}
    result: str = ""
    fault: Fault = ""
    writes: tuple[StateWrite, ...] = ()
    seconds: float = 0.0


class Event(Record):
    """One thing that happened, in order.

    Args:
        kind: `user` and `answer` are what the two said to each other; `reasoning` and `preamble`
            the agent's own words; `call` a call with its answer; `note` the harness's remark.
        text: what was said; cut when very long, and then `cut` characters are left out.
        call: for `call`.
        malformed: what the reader of Harmony had to mend, or why the text counts for nothing.
        cut: characters left out.
        at: seconds since the trial began.
    """

    kind: Literal["user", "answer", "reasoning", "preamble", "call", "note"]
    text: str = ""
    call: CallRecord | None = None
    malformed: str = ""
    cut: int = 0
    at: float = 0.0


class CheckResult(Record):
    """What became of one check.

    Args:
        check: the check as the task has it.
        passed: None when it could not be decided: a judge without a model.
        detail: why not, or what was found.
        gates: whether the trial's outcome depends on it.
    """

    check: dict[str, Any]
    passed: bool | None
    detail: str = ""
    gates: bool = True


class StateDifference(Record):
    """Where the state differs from the gold one: `agentkit.evals.state.Difference`, kept."""

    path: str
    kind: Literal["changed", "missing", "extra"]
    want: Any = None
    have: Any = None


class Attribution(Record):
    """Why a trial did not pass.

    Args:
        cause: the first cause.
        detail: a sentence.
        event: index of the event at which it happened; None when it is none's.
        parted: index of the first event after which the gold state could no longer be reached by
            the gold actions that were left; None when the states never parted.
    """

    cause: Cause
    detail: str
    event: int | None = None
    parted: int | None = None


class TrialUsage(Record):
    """Tokens and counts of the agent, in one trial."""

    turns: int = 0
    calls: int = 0
    tool_errors: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    model_seconds: float = 0.0
    user_tokens: int = 0


class TrialRecord(Record):
    """One trial of one task.

    Args:
        key: hash of task, agent, user and settings, and the trial's number: what resuming goes by.
        domain: its name.
        split: the task's.
        task: its id.
        trial: number, from 0.
        seed: of the agent and the user.
        outcome: `passed`, `failed`, or `not_measured` when a part that is not the agent failed.
        ending: how it ended.
        detail: the ending as a sentence; empty for `finished`.
        limit: which limit, for `limit`.
        checks: each check's result; also of trials that did not finish.
        attribution: why it did not pass; None when it did.
        events: what happened.
        differences: gold state against the state in the end.
        user_faults: what the simulated user did wrong and was kept from, a short sentence each.
        usage: of the agent.
        started: seconds since the epoch.
        seconds: wall-clock.
    """

    format: Literal["agentkit.trial/1"] = "agentkit.trial/1"
    key: str
    domain: str
    split: str = ""
    task: str
    trial: int
    seed: int
    outcome: Outcome
    ending: Ending
    detail: str = ""
    limit: str = ""
    checks: tuple[CheckResult, ...] = ()
    attribution: Attribution | None = None
    events: tuple[Event, ...] = ()
    differences: tuple[StateDifference, ...] = ()
    user_faults: tuple[str, ...] = ()
    usage: TrialUsage = TrialUsage()
    started: float = 0.0
    seconds: float = 0.0

    @property
    def calls(self) -> Iterator[CallRecord]:
        """All calls, in order."""
        return (event.call for event in self.events if event.call is not None)
