"""Where trials are played: what an executor is, and what all of them share.

Knows units of work and who plays them; nothing of results, keys or resuming. A `Unit` is small and
can be pickled. Whoever plays it has a `Cast`: a domain, an agent, a user and perhaps a judge, made
once in each process by a `Recipe`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol

from agentkit.errors import AgentKitError, UserError
from agentkit.evals.agents import EvalAgent, EvalUser
from agentkit.evals.checks import Judge
from agentkit.evals.domain import Domain
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.records import Attribution, TrialRecord
from agentkit.evals.task import Task
from agentkit.models.base import Model


@dataclass(frozen=True)
class Unit:
    """One trial that is to be played.

    Args:
        split: the task's.
        task: its id.
        number: of the trial, from 0.
        seed: of the agent and the user.
        key: what resuming goes by.
    """

    split: str
    task: str
    number: int
    seed: int
    key: str


@dataclass
class Cast:
    """All that play trials of one domain; many trials at once.

    Args:
        domain: the domain.
        agent: who is evaluated.
        user: who plays the users.
        judge: who decides judge checks; None for nobody.
        models: those they share, closed with them.
    """

    domain: Domain
    agent: EvalAgent
    user: EvalUser
    judge: Judge | None = None
    models: Sequence[Model] = ()
    _tasks: dict[str, Task] = field(default_factory=dict, repr=False)

    def task(self, unit: Unit) -> Task:
        """The task of a unit.

        Raises:
            UserError: there is none of this id.
        """
        if not self._tasks:
            self._tasks.update({task.id: task for task in self.domain.tasks()})
        if unit.task not in self._tasks:
            raise UserError(f"{self.domain.name} has no task {unit.task!r}.")
        return self._tasks[unit.task]

    async def close(self) -> None:
        """Free those who play, and what they share."""
        async with AsyncExitStack() as stack:
            for each in (*self.models, self.judge, self.user, self.agent):
                if each is not None and hasattr(each, "close"):
                    stack.push_async_callback(each.close)


Recipe = Callable[[], Cast]
"""Makes a cast in whatever process it is called; a function of a module, or a partial of one, so
that it can be pickled."""


class Executor(Protocol):
    """A way to play units, many at once."""

    def play(self, cast: Cast, units: Iterator[Unit]) -> AsyncGenerator[TrialRecord, None]:
        """Play units and give what came of each as soon as it is there.

        A unit is taken when it is about to begin, so that a caller who gives no more drains the
        executor. When the generator is closed, all that runs is cancelled and freed.

        Args:
            cast: for this process; executors that play in others have a recipe of their own.
            units: what is to be played.

        Raises:
            AgentKitError: nothing can be played at all.
        """
        ...


class WorkerDied(AgentKitError):
    """The process that played a trial is gone; says how."""


class Worker(Protocol):
    """A process that plays units, many at once."""

    async def play(self, unit: Unit) -> TrialRecord:
        """Play one.

        Raises:
            WorkerDied: the process is gone.
        """
        ...

    async def close(self) -> None:
        """End the process."""
        ...


async def play_here(cast: Cast, unit: Unit) -> TrialRecord:
    """Play a unit in this process; there is a record whatever happens, unless this is cancelled."""
    try:
        task = cast.task(unit)
        trial = Trial(cast.domain, task, unit.split, unit.number, unit.seed, unit.key)
        return await run_trial(trial, cast.agent, cast.user, cast.judge)
    except asyncio.CancelledError as error:
        current = asyncio.current_task()
        if current is None or current.cancelling():
            raise
        return lost(cast.domain, unit, f"the trial cancelled itself: {error!r}")
    except Exception as error:  # a mistake of the harness must not take other trials along
        return lost(cast.domain, unit, f"{type(error).__name__}: {error}")


def lost(domain: Domain, unit: Unit, why: str) -> TrialRecord:
    """The record of a trial that broke with the harness: it is not measured."""
    return TrialRecord(
        key=unit.key,
        domain=domain.name,
        split=unit.split,
        task=unit.task,
        trial=unit.number,
        seed=unit.seed,
        outcome="not_measured",
        ending="harness",
        detail=why,
        attribution=Attribution(cause="harness", detail=why),
    )


async def play_all(
    units: Iterator[Unit], concurrency: int, play: Callable[[Unit], Awaitable[TrialRecord]]
) -> AsyncGenerator[TrialRecord, None]:
    """Play units in their order, so many at once, and give each record as it comes.

    Args:
        units: each is taken when it is about to begin.
        concurrency: how many at once.
        play: plays one.
    """
    running: set[asyncio.Task[TrialRecord]] = set()

    async def one(unit: Unit) -> TrialRecord:
        return await play(unit)

    try:
        while True:
            while len(running) < concurrency and (unit := next(units, None)) is not None:
                running.add(asyncio.create_task(one(unit)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class Crew:
    """Workers that are hired when they are needed, and replaced when they die.

    Args:
        domain: for the records of trials that were lost.
        hire: starts a worker.
        size: how many at most.
    """

    def __init__(self, domain: Domain, hire: Callable[[], Awaitable[Worker]], size: int) -> None:
        self._domain = domain
        self._seats = [_Seat(hire) for _ in range(size)]

    async def play(self, unit: Unit) -> TrialRecord:
        """Play a unit on the worker that has the least to do.

        Raises:
            AgentKitError: no worker can be started.
        """
        seat = min(self._seats, key=lambda each: each.running)
        seat.running += 1
        try:
            worker = await seat.taken()
            try:
                return await worker.play(unit)
            except WorkerDied as error:
                await seat.leave(worker)
                return lost(self._domain, unit, str(error))
        finally:
            seat.running -= 1

    async def close(self) -> None:
        """End all workers."""
        await asyncio.gather(*(seat.leave(seat.worker) for seat in self._seats))


class _Seat:
    """The place of one worker."""

    def __init__(self, hire: Callable[[], Awaitable[Worker]]) -> None:
        self._hire = hire
        self._lock = asyncio.Lock()
        self.worker: Worker | None = None
        self.running = 0

    async def taken(self) -> Worker:
        """The worker that sits here, started when there is none."""
        async with self._lock:
            if self.worker is None:
                self.worker = await self._hire()
            return self.worker

    async def leave(self, worker: Worker | None) -> None:
        """Let this worker go, if it still sits here."""
        if worker is not None and worker is self.worker:
            self.worker = None
            await worker.close()
