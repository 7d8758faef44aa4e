"""A run: all trials of some tasks, played many at once, kept as they end, gone on with later.

Knows which trials are to be played and what becomes of their records; not how one is played
(`episode`) nor where (`executors`). A record is on the disk before it is told as done and is then
dropped, so that memory does not grow with the number of trials. What a killed run leaves can be
gone on with: a trial is found again by its key, a hash of all that makes it what it is.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit.errors import UserError
from agentkit.evals.agents import EvalAgent, EvalUser
from agentkit.evals.checks import Judge
from agentkit.evals.domain import Domain
from agentkit.evals.executors.base import Cast, Executor, Unit
from agentkit.evals.executors.here import AsyncExecutor
from agentkit.evals.folder import RunSettings, gone_on_with, opened, settings_of
from agentkit.evals.records import Outcome, TrialRecord
from agentkit.evals.results import ResultsFile
from agentkit.evals.task import Task
from agentkit.evals.versions import earlier_of

_MOST_WAITING = 256


@dataclass(frozen=True)
class Plan:
    """What is to be run.

    Args:
        domain: whose tasks.
        agent: who is evaluated; the caller closes it.
        user: who plays the users; the caller closes it.
        out: the folder for the results.
        judge: who decides judge checks; None for nobody.
        split: whose tasks; None for all splits.
        tasks: ids of the only tasks to run; empty for all.
        trials: of each task.
        seed: what the seeds of all trials are made from.
        concurrency: trials at once, when there is no executor.
        resume: go on with what `out` holds.
        executor: where trials are played; None for this process.
        about: what else `run.json` is to keep: how the domain was named, which command it was.
    """

    domain: Domain
    agent: EvalAgent
    user: EvalUser
    out: Path
    judge: Judge | None = None
    split: str | None = None
    tasks: Sequence[str] = ()
    trials: int = 1
    seed: int = 0
    concurrency: int = 8
    resume: bool = False
    executor: Executor | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def settings(self) -> RunSettings:
        """What `run.json` says of it.

        Raises:
            UserError: there is no such split or task.
        """
        chosen = _chosen(self.domain, self.split, self.tasks)
        judge = self.judge.settings if self.judge is not None else None
        players = (self.agent.settings, self.user.settings, judge)
        return settings_of(self.domain, chosen, players, self.trials, self.seed, self.about)


def _chosen(domain: Domain, split: str | None, wanted: Sequence[str]) -> list[tuple[str, Task]]:
    """The tasks to run, with their splits."""
    splits = list(domain.splits) if split is None else [split]
    tasks = [(name, task) for name in splits for task in domain.tasks(name)]
    if not wanted:
        if not tasks:
            raise UserError(f"{domain.name} has no tasks to run.")
        return tasks
    by_id = {task.id: (name, task) for name, task in tasks}
    for missing in (each for each in wanted if each not in by_id):
        where = f"the split {split!r} of {domain.name}" if split else domain.name
        raise UserError(
            f"There is no task {missing!r} in {where}; its first ones are:"
            f" {', '.join(list(by_id)[:8])}."
        )
    return [by_id[each] for each in dict.fromkeys(wanted)]


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Args:
        total: trials in all.
        kept: of them, found done when the run began.
        outcomes: how many ended how, those found included.
        record: the trial that just ended; None at the beginning.
        others: trials in the folder that are none of these: of other tasks, or of what has
            changed since.
        earlier: versions of packages, other than today's, that those found may have been played
            with; see `versions.earlier`.
    """

    total: int
    kept: int
    outcomes: Mapping[Outcome, int]
    record: TrialRecord | None = None
    others: int = 0
    earlier: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """How many trials have a record."""
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class RunSummary:
    """What came of a run.

    Args:
        out: the folder.
        total: trials in all.
        kept: of them, found done when the run began.
        outcomes: how many ended how, those found included.
    """

    out: Path
    total: int
    kept: int
    outcomes: Mapping[Outcome, int]

    @property
    def missing(self) -> int:
        """Trials that were not run, because the run was stopped."""
        return self.total - sum(self.outcomes.values())


async def run(
    plan: Plan,
    progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
) -> RunSummary:
    """Run what is to be run.

    Cancelling it cancels the trials that run; those that have ended are kept.

    Args:
        plan: what.
        progress: told at the beginning, and of each trial when it is on the disk.
        stop: once it is set no trial begins any more, and those that run are waited for.

    Returns:
        The counts.

    Raises:
        UserError: the plan cannot be carried out, or the folder is not to be written to.
        ResultsError: results cannot be written or read; what was told as done is kept.
    """
    settings = plan.settings()
    if plan.resume:
        settings = gone_on_with(plan.out, settings)
    cast = Cast(plan.domain, plan.agent, plan.user, plan.judge)
    executor = plan.executor or AsyncExecutor(plan.concurrency)
    with opened(plan.out, settings, plan.resume) as results:
        total, others, done = _done(settings, results)
        outcomes: Counter[Outcome] = Counter(done.values())
        kept = len(done)

        def told(record: TrialRecord | None) -> None:
            if record is not None:
                outcomes[record.outcome] += 1
            if progress is not None:
                counts = dict(outcomes)
                progress(Progress(total, kept, counts, record, others, earlier_of(settings.about)))

        told(None)
        units = _units(settings, done, stop)
        if kept < total:
            await _keep(executor.play(cast, units), results, told)
        return RunSummary(plan.out, total, kept, dict(outcomes))


def _done(settings: RunSettings, results: ResultsFile) -> tuple[int, int, dict[str, Outcome]]:
    """How many trials there are in all, how many others have results, and those that need not be
    run again, by key."""
    found = results.keys()
    total, done = 0, dict[str, Outcome]()
    for unit in settings.units():
        total += 1
        outcome = found.pop(unit.key, "not_measured")
        if outcome != "not_measured":
            done[unit.key] = outcome
    return total, len(found), done


def _units(
    settings: RunSettings, done: Mapping[str, Outcome], stop: asyncio.Event | None
) -> Iterator[Unit]:
    """What is to be played, until it is to stop."""
    for unit in settings.units():
        if stop is not None and stop.is_set():
            return
        if unit.key not in done:
            yield unit


async def _keep(
    played: AsyncGenerator[TrialRecord, None],
    results: ResultsFile,
    told: Callable[[TrialRecord], None],
) -> None:
    """Write records as they come; one sync for all that came during the last one."""
    inbox = _Inbox()
    filling = asyncio.create_task(inbox.fill(played))

    async def write(batch: Sequence[TrialRecord]) -> None:
        await _to_the_end(results, batch)
        for record in batch:
            told(record)

    try:
        while batch := await inbox.take():
            await write(batch)
        await filling
    except asyncio.CancelledError:
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
        await write(inbox.rest())
        raise
    finally:
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)


async def _to_the_end(results: ResultsFile, batch: Sequence[TrialRecord]) -> None:
    """Write in a thread, which is waited for also when this is cancelled."""
    writing = asyncio.ensure_future(asyncio.to_thread(results.append, *batch))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise


class _Inbox:
    """Records between those who play and the one who writes; it holds a few hundred at most."""

    def __init__(self) -> None:
        self._waiting: deque[TrialRecord] = deque()
        self._some = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False

    async def fill(self, played: AsyncGenerator[TrialRecord, None]) -> None:
        """Put in all that comes."""
        try:
            async with aclosing(played) as records:
                async for record in records:
                    self._waiting.append(record)
                    self._some.set()
                    while len(self._waiting) >= _MOST_WAITING:
                        self._room.clear()
                        await self._room.wait()
        finally:
            self._closed = True
            self._some.set()

    async def take(self) -> list[TrialRecord]:
        """All that is there, waiting for the first; empty when nothing more comes."""
        while not self._waiting and not self._closed:
            self._some.clear()
            await self._some.wait()
        return self.rest()

    def rest(self) -> list[TrialRecord]:
        """All that is there."""
        batch = list(self._waiting)
        self._waiting.clear()
        self._room.set()
        return batch
