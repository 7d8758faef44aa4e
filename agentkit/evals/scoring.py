"""What the trials of a run come to: counts, pass^k with intervals and bounds, causes, usage.

Knows records and nothing of how they came about. Of a trial only numbers are kept, so records may
be streamed. Nothing that was asked for and not measured vanishes: it is counted, it has a reason,
and it widens the bounds. A pass^k is given only for as many trials as every measured task has; so
its value never stands on the tasks that happened to go well.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from sys import intern
from typing import NamedTuple, Protocol

from agentkit.evals.records import Outcome, TrialRecord
from agentkit.evals.statistics import Interval, interval_of_shares, pass_hat_k
from agentkit.evals.task import check_kind

FORMAT = "agentkit.score/1"
NOT_RUN = "not run"
UNDECIDED = "undecided check"


@dataclass(frozen=True)
class PassHat:
    """pass^k: the chance that k trials of a task all pass, mean over tasks.

    Args:
        k: how many trials.
        value: over the tasks with a measured trial; None where one of them has fewer than k.
        interval: of `value`, for other tasks of this kind.
        low: when every trial that was not measured had failed; over all tasks.
        high: when every one had passed.
    """

    k: int
    value: float | None
    interval: Interval | None
    low: float
    high: float


@dataclass(frozen=True)
class Rates:
    """Outcomes of some tasks.

    Args:
        tasks: how many.
        trials: of all of them.
        passed: of the trials.
        failed: of the trials.
        not_measured: of the trials: neither of the two.
        pass_hat: for each k that every task has trials for.
    """

    tasks: int
    trials: int
    passed: int
    failed: int
    not_measured: int
    pass_hat: tuple[PassHat, ...]


@dataclass(frozen=True)
class TaskScore:
    """Outcomes of one task.

    Args:
        domain: its domain.
        split: its split.
        task: its id.
        passed: trials.
        measured: trials that passed or failed.
        trials: all.
        outcomes: of each trial, by number.
        causes: first causes of those that did not pass, with how many.
        flaky: some of its trials passed and some failed.
    """

    domain: str
    split: str
    task: str
    passed: int
    measured: int
    trials: int
    outcomes: tuple[Outcome, ...]
    causes: Mapping[str, int]
    flaky: bool


@dataclass(frozen=True)
class Amount:
    """A quantity over trials.

    Args:
        total: of all.
        mean: of one.
        median: of one.
        most: of one.
    """

    total: float = 0.0
    mean: float = 0.0
    median: float = 0.0
    most: float = 0.0


@dataclass(frozen=True)
class UsageScore:
    """What trials used; of all that have a record, also those that were not measured.

    Args:
        prompt_tokens: of all prompts.
        cached_tokens: of them, from the cache.
        output_tokens: that the agent sampled.
        user_tokens: that the simulated user sampled.
        turns: messages that the agent answered.
        calls: of the agent.
        tool_errors: of its calls, answered with an error.
        model_seconds: waiting for the agent's model.
        seconds: wall-clock.
        tool_error_rate: `tool_errors` of `calls`; None without calls.
    """

    prompt_tokens: Amount
    cached_tokens: Amount
    output_tokens: Amount
    user_tokens: Amount
    turns: Amount
    calls: Amount
    tool_errors: Amount
    model_seconds: Amount
    seconds: Amount
    tool_error_rate: float | None


@dataclass(frozen=True)
class CheckScore:
    """How one kind of check went, over all trials.

    Args:
        passed: checks that held.
        failed: checks that did not.
        undecided: checks that nobody could decide.
    """

    passed: int = 0
    failed: int = 0
    undecided: int = 0


@dataclass(frozen=True)
class Score:
    """What the trials of a run come to. All of it is JSON.

    Args:
        domains: of the tasks.
        overall: of all tasks.
        splits: of the tasks of each split.
        tasks: each task.
        causes: first causes of the trials that failed, most frequent first.
        reasons: why trials were not measured, most frequent first.
        flaky: tasks of which some trials passed and some failed.
        unmeasured: tasks without a measured trial.
        user_faults: what simulated users did wrong and were kept from.
        user_fault_rate: share of the trials with a record in which that happened.
        checks: by kind of check.
        usage: tokens, calls, seconds.
        complete: every trial was measured.
    """

    domains: tuple[str, ...]
    overall: Rates
    splits: Mapping[str, Rates]
    tasks: tuple[TaskScore, ...]
    causes: Mapping[str, int]
    reasons: Mapping[str, int]
    flaky: tuple[str, ...]
    unmeasured: tuple[str, ...]
    user_faults: int
    user_fault_rate: float
    checks: Mapping[str, CheckScore]
    usage: UsageScore
    complete: bool
    format: str = FORMAT


class Planned(Protocol):
    """A trial that was asked for: `agentkit.evals.executors.base.Unit` is one."""

    @property
    def split(self) -> str:
        """The task's."""
        ...

    @property
    def task(self) -> str:
        """Its id."""
        ...

    @property
    def number(self) -> int:
        """Of the trial."""
        ...

    @property
    def key(self) -> str:
        """Of its record."""
        ...


def score(records: Iterable[TrialRecord], planned: Iterable[Planned] = ()) -> Score:
    """Count trials.

    Args:
        records: in any order, read once. Of two with one key the later counts; one without a key
            counts for itself.
        planned: all trials that were asked for: those without a record count as not measured.
            Without it only what has a record is known.

    Returns:
        The score; equal for equal records in any order.
    """
    rows: dict[str, _Row] = {}
    seen: dict[_Checks, _Checks] = {}
    for number, record in enumerate(records):
        rows[record.key or f"record {number}"] = _row_of(record, seen)
    domains = tuple(sorted({row.domain for row in rows.values()}))
    only = domains[0] if len(domains) == 1 else ""
    missing = [
        _Row(only, each.split, each.task, each.number) for each in planned if each.key not in rows
    ]
    played = sorted(rows.values(), key=_order)
    return _score(played, sorted([*played, *missing], key=_order), domains)


_Checks = tuple[tuple[str, bool | None], ...]


class _Row(NamedTuple):
    """What is kept of a trial."""

    domain: str
    split: str
    task: str
    trial: int
    outcome: Outcome = "not_measured"
    cause: str = NOT_RUN
    reason: str = NOT_RUN
    user_faults: int = 0
    checks: _Checks = ()
    amounts: tuple[float, ...] = ()

    def place(self) -> tuple[str, str, str]:
        """Whose trial it is."""
        return self[:3]


def _order(row: _Row) -> tuple[object, ...]:
    """By domain, split, task and trial; numbers in names of tasks by value."""
    parts = re.split(r"([0-9]+)", row.task)
    natural = tuple((int(each), "") if each.isdigit() else (-1, each) for each in parts)
    return (row.domain, row.split, natural, row.task, row.trial)


_AMOUNTS: Mapping[str, Callable[[TrialRecord], float]] = {
    "prompt_tokens": lambda record: record.usage.prompt_tokens,
    "cached_tokens": lambda record: record.usage.cached_tokens,
    "output_tokens": lambda record: record.usage.output_tokens,
    "user_tokens": lambda record: record.usage.user_tokens,
    "turns": lambda record: record.usage.turns,
    "calls": lambda record: record.usage.calls,
    "tool_errors": lambda record: record.usage.tool_errors,
    "model_seconds": lambda record: record.usage.model_seconds,
    "seconds": lambda record: record.seconds,
}


def _row_of(record: TrialRecord, seen: dict[_Checks, _Checks]) -> _Row:
    checks = tuple((intern(check_kind(each.check) or "?"), each.passed) for each in record.checks)
    cause = record.attribution.cause if record.attribution else "unknown"
    return _Row(
        intern(record.domain),
        intern(record.split),
        intern(record.task),
        record.trial,
        record.outcome,
        intern(cause if record.outcome != "passed" else ""),
        intern(_reason(record) if record.outcome == "not_measured" else ""),
        len(record.user_faults),
        seen.setdefault(checks, checks),
        tuple(each(record) for each in _AMOUNTS.values()),
    )


def _reason(record: TrialRecord) -> str:
    """Why a trial was not measured: the part that failed."""
    if record.ending in ("user", "model", "environment", "harness", "cancelled"):
        return record.ending
    if any(each.gates and each.passed is None for each in record.checks):
        return UNDECIDED
    return record.attribution.cause if record.attribution else "environment"


def _score(played: Sequence[_Row], rows: Sequence[_Row], domains: tuple[str, ...]) -> Score:
    tasks = _tasks(rows)
    splits = {each.split: [one for one in tasks if one.split == each.split] for each in tasks}
    faulty = sum(row.user_faults > 0 for row in played)
    overall = _rates(tasks)
    return Score(
        domains=domains,
        overall=overall,
        splits={name: _rates(its) for name, its in splits.items()},
        tasks=tuple(tasks),
        causes=_counted(row.cause for row in rows if row.outcome == "failed"),
        reasons=_counted(row.reason for row in rows if row.outcome == "not_measured"),
        flaky=tuple(each.task for each in tasks if each.flaky),
        unmeasured=tuple(each.task for each in tasks if not each.measured),
        user_faults=sum(row.user_faults for row in played),
        user_fault_rate=faulty / len(played) if played else 0.0,
        checks=_checks(played),
        usage=_usage(played),
        complete=bool(rows) and not overall.not_measured,
    )


def _tasks(rows: Sequence[_Row]) -> list[TaskScore]:
    groups = (list(group) for _, group in groupby(rows, key=_Row.place))
    return [_task(group) for group in groups]


def _task(rows: Sequence[_Row]) -> TaskScore:
    count = Counter(row.outcome for row in rows)
    return TaskScore(
        *rows[0].place(),
        passed=count["passed"],
        measured=count["passed"] + count["failed"],
        trials=len(rows),
        outcomes=tuple(row.outcome for row in rows),
        causes=_counted(row.cause for row in rows if row.outcome != "passed"),
        flaky=bool(count["passed"] and count["failed"]),
    )


def _rates(tasks: Sequence[TaskScore]) -> Rates:
    trials = sum(each.trials for each in tasks)
    measured = sum(each.measured for each in tasks)
    passed = sum(each.passed for each in tasks)
    most = min((each.trials for each in tasks), default=0)
    pass_hat = tuple(_pass_hat(tasks, k) for k in range(1, most + 1))
    return Rates(len(tasks), trials, passed, measured - passed, trials - measured, pass_hat)


def _pass_hat(tasks: Sequence[TaskScore], k: int) -> PassHat:
    lows = [float(pass_hat_k(each.trials, each.passed, k)) for each in tasks]
    highs = [
        float(pass_hat_k(each.trials, each.trials - each.measured + each.passed, k))
        for each in tasks
    ]
    measured = [each for each in tasks if each.measured]
    value = interval = None
    if measured and all(each.measured >= k for each in measured):
        shares = [float(pass_hat_k(each.measured, each.passed, k)) for each in measured]
        value = _mean(shares)
        interval = interval_of_shares(shares, trials_each=max(each.measured for each in measured))
    return PassHat(k, value, interval, _mean(lows), _mean(highs))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _counted(names: Iterable[str]) -> dict[str, int]:
    """How many of each, most frequent first, then by name."""
    counts = Counter(names)
    return {name: counts[name] for name in sorted(counts, key=lambda each: (-counts[each], each))}


def _checks(rows: Sequence[_Row]) -> dict[str, CheckScore]:
    counts = Counter(each for row in rows for each in row.checks)
    return {
        kind: CheckScore(counts[kind, True], counts[kind, False], counts[kind, None])
        for kind in sorted({kind for kind, _ in counts})
    }


def _usage(rows: Sequence[_Row]) -> UsageScore:
    columns = list(zip(*(row.amounts for row in rows), strict=True)) or [()] * len(_AMOUNTS)
    amounts = dict(zip(_AMOUNTS, map(_amount, columns), strict=True))
    calls, errors = amounts["calls"].total, amounts["tool_errors"].total
    return UsageScore(**amounts, tool_error_rate=errors / calls if calls else None)


def _amount(values: Sequence[float]) -> Amount:
    if not values:
        return Amount()
    return Amount(math.fsum(values), _mean(values), statistics.median(values), max(values))
