"""Trials in processes of their own on this machine, each with its own cast.

What it is good for: agents and tools that compute, and agents that may take their process down.
Knows how workers are started, fed and found dead. Parent and worker talk over the worker's stdin
and stdout; the other end, `worker`, says how.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import signal
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from typing import Any

from agentkit.errors import AgentKitError, UserError
from agentkit.evals.executors.base import Cast, Crew, Recipe, Unit, WorkerDied, play_all
from agentkit.evals.executors.worker import LENGTH, framed
from agentkit.evals.records import TrialRecord

_PROGRAM = (
    "import sys; sys.path[:] = {path!r};"
    " from agentkit.evals.executors.worker import main; main({recipe!r})"
)
_PATIENCE = 10.0


def pickled(recipe: Recipe) -> bytes:
    """A recipe as it is sent to other processes.

    Raises:
        UserError: it cannot be sent there.
    """
    try:
        return pickle.dumps(recipe)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UserError(
            "Trials in other processes need a recipe that can be pickled: a function of a module,"
            f" or functools.partial of one. {error}"
        ) from None


class ProcessExecutor:
    """Plays units in worker processes.

    Args:
        recipe: makes the cast in each of them.
        workers: how many.
        concurrency: trials at once, in all of them together; at least one in each.
    """

    def __init__(self, recipe: Recipe, workers: int = 2, concurrency: int = 8) -> None:
        self._recipe = pickled(recipe)
        self._workers = workers
        self._concurrency = max(concurrency, workers)

    async def play(self, cast: Cast, units: Iterator[Unit]) -> AsyncGenerator[TrialRecord, None]:
        """See `Executor`."""
        crew = Crew(cast.domain, lambda: _hire(self._recipe), self._workers)
        try:
            async with aclosing(play_all(units, self._concurrency, crew.play)) as records:
                async for record in records:
                    yield record
        finally:
            await crew.close()


async def _hire(recipe: bytes) -> _ProcessWorker:
    """Start a worker and wait until its cast is made.

    Raises:
        AgentKitError: it could not make it, or died over it.
    """
    program = _PROGRAM.format(path=sys.path, recipe=recipe)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the parent, which lets running trials finish
    )  # fmt: skip
    worker = _ProcessWorker(process)
    try:
        await worker.ready
    except WorkerDied as error:
        raise AgentKitError(f"A worker could not start: {error}") from None
    except BaseException:
        await worker.close()
        raise
    return worker


class _ProcessWorker:
    """One worker, seen from the parent."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked: dict[str, asyncio.Future[TrialRecord]] = {}
        self._gone = ""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen())

    async def play(self, unit: Unit) -> TrialRecord:
        if self._gone:
            raise WorkerDied(self._gone)
        answer: asyncio.Future[TrialRecord] = asyncio.get_running_loop().create_future()
        self._asked[unit.key] = answer
        try:
            stdin = self._stream(self._process.stdin)
            with suppress(BrokenPipeError, ConnectionResetError):  # then the listener hears it too
                stdin.write(framed(pickle.dumps(unit)))
                await stdin.drain()
            return await answer
        finally:
            self._asked.pop(unit.key, None)

    async def close(self) -> None:
        stdin = self._stream(self._process.stdin)
        stdin.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._listening
        with suppress(BrokenPipeError, ConnectionResetError):
            await stdin.wait_closed()

    async def _listen(self) -> None:
        """Take what the worker says, until it says no more."""
        stdout = self._stream(self._process.stdout)
        with suppress(asyncio.IncompleteReadError, ConnectionResetError):
            while True:
                head = await stdout.readexactly(LENGTH.size)
                self._take(*json.loads(await stdout.readexactly(LENGTH.unpack(head)[0])))
        self._gone = _how_it_went(await self._process.wait())
        everyone: list[asyncio.Future[Any]] = [self.ready, *self._asked.values()]
        for waiting in everyone:
            if not waiting.done():
                waiting.set_exception(WorkerDied(self._gone))
        if self.ready.done() and not self.ready.cancelled():
            self.ready.exception()  # nobody may be waiting for it

    def _take(self, kind: str, content: str) -> None:
        match kind:
            case "ready":
                self.ready.set_result(None)
            case "failed":
                self.ready.set_exception(AgentKitError(f"A worker could not start: {content}"))
            case _:
                record = TrialRecord.model_validate(json.loads(content))
                if (asked := self._asked.get(record.key)) is not None and not asked.done():
                    asked.set_result(record)

    @staticmethod
    def _stream(stream: Any) -> Any:
        if stream is None:
            raise AssertionError("the worker was started with pipes")
        return stream


def _how_it_went(status: int) -> str:
    """Why a worker is gone, as a sentence."""
    if status >= 0:
        return f"the worker process ended with status {status}"
    with suppress(ValueError):
        name = signal.Signals(-status).name
        hint = "; perhaps the machine's memory was used up" if name == "SIGKILL" else ""
        return f"the worker process was ended by {name}{hint}"
    return f"the worker process was ended by signal {-status}"
