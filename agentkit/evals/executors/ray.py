"""Trials in actors of a Ray cluster, each with its own cast. Needs the extra `ray`.

What it is good for: more than one machine. Knows how Ray is started or joined, and how an actor is
found dead. A cluster that runs already is joined as Ray itself finds it (RAY_ADDRESS); otherwise
one is started on this machine, quietly, and stopped in the end. Starting takes half a minute.
"""

from __future__ import annotations

import logging
import pickle
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

from agentkit.errors import AgentKitError, UserError
from agentkit.evals.executors.base import Cast, Crew, Recipe, Unit, WorkerDied, play_all, play_here
from agentkit.evals.executors.processes import pickled
from agentkit.evals.records import TrialRecord

_CHANCES = 3


class RayExecutor:
    """Plays units in Ray actors.

    Args:
        recipe: makes the cast in each of them.
        workers: how many actors.
        concurrency: trials at once, in all of them together; at least one in each.
        cpus: processors that Ray sets aside for each actor.
        gpus: graphics processors that Ray sets aside for each actor; may be a part of one.
        options: for `ray.init`, when Ray does not run in this process yet.

    Raises:
        UserError: Ray is not installed, or the recipe cannot be sent.
    """

    def __init__(
        self,
        recipe: Recipe,
        workers: int = 2,
        concurrency: int = 8,
        cpus: float = 1,
        gpus: float = 0,
        **options: Any,
    ) -> None:
        try:
            import ray  # noqa: F401
        except ImportError:
            raise UserError(
                "The ray executor needs Ray: pip install 'agentkit[ray]'. On one machine"
                " --executor processes does as well."
            ) from None
        self._recipe = pickled(recipe)
        self._workers = workers
        self._concurrency = max(concurrency, workers)
        self._resources = {"num_cpus": cpus, "num_gpus": gpus}
        self._options = options

    async def play(self, cast: Cast, units: Iterator[Unit]) -> AsyncGenerator[TrialRecord, None]:
        """See `Executor`."""
        import ray

        ours = start_ray(**self._options)
        try:
            crew = Crew(cast.domain, self._hire, self._workers)
            try:
                async with aclosing(play_all(units, self._concurrency, crew.play)) as records:
                    async for record in records:
                        yield record
            finally:
                await crew.close()
        finally:
            if ours:
                ray.shutdown()

    async def _hire(self) -> _RayWorker:
        """Start an actor and wait until its cast is made.

        Raises:
            AgentKitError: it could not make it, or died over it.
        """
        import ray

        remote: Any = ray.remote
        kind = remote(max_restarts=0, **self._resources)(_Actor)
        slots = -(-self._concurrency // self._workers)
        actor = kind.options(max_concurrency=slots + 1).remote(list(sys.path), self._recipe)
        worker = _RayWorker(actor)
        try:
            await actor.ready.remote()
        except ray.exceptions.RayError as error:
            await worker.close()
            why = getattr(error, "cause", None) or error
            raise AgentKitError(f"A worker could not start: {_first_line(why)}") from None
        return worker


def start_ray(**options: Any) -> bool:
    """Start Ray, or join a cluster that is there, unless that was done already.

    On a busy machine Ray gives itself too little time to start, the more so when its files are not
    in memory yet; so it gets a second and a third chance.

    Args:
        options: for `ray.init`.

    Returns:
        Whether it was started here and now, so that it is for the caller to stop.

    Raises:
        AgentKitError: it does not start.
    """
    import ray

    if ray.is_initialized():
        return False
    settings: dict[str, Any] = {
        "include_dashboard": False,
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        **options,
    }
    for left in reversed(range(_CHANCES)):
        try:
            ray.init(**settings)
        except Exception as error:  # Ray raises just that when a part of it was too slow
            ray.shutdown()
            if not left or isinstance(error, ValueError | ConnectionError):
                raise AgentKitError(f"Ray could not be started: {_first_line(error)}") from None
        else:
            break
    return True


class _Actor:
    """What runs in the cluster."""

    def __init__(self, path: list[str], recipe: bytes) -> None:
        sys.path += [each for each in path if each not in sys.path]
        self._recipe = recipe

    async def ready(self) -> None:
        """Make the cast; what is raised here is told as it is, unlike in `__init__`."""
        make: Recipe = pickle.loads(self._recipe)
        self._cast = make()

    async def play(self, unit: Unit) -> TrialRecord:
        """Play one unit."""
        return await play_here(self._cast, unit)

    async def close(self) -> None:
        """Free the cast."""
        await self._cast.close()


class _RayWorker:
    """One actor, seen from here."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    async def play(self, unit: Unit) -> TrialRecord:
        import ray

        try:
            record: TrialRecord = await self._actor.play.remote(unit)
        except ray.exceptions.RayError as error:
            raise WorkerDied(f"the Ray actor is gone: {_first_line(error)}") from None
        return record

    async def close(self) -> None:
        import ray

        try:
            await self._actor.close.remote()
        except ray.exceptions.RayError:
            pass  # it died before
        finally:
            ray.kill(self._actor)


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
