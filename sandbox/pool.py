"""Notebooks kept warm, so that the next one is there at once.

A pool keeps `size` notebooks with their kernels up and modules imported. Each is given away once
and destroyed afterwards: no code ever runs where other code ran before. New ones are started in
the background, by forking a warmed process where that works (`zygote`), from scratch otherwise;
`status()` tells which.

It knows notebooks and the order of those who wait for one, nothing of how isolation is made. It
belongs to the event loop that it was opened in. Not covered: how many notebooks are in use at the
same time; only the warm ones are counted.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from .errors import IsolationUnavailable, SandboxClosed, SandboxError, StartError
from .isolation import Backend, Isolation
from .limits import Limits
from .notebook import Notebook
from .zygote import Nursery

__all__ = ["NotebookPool", "PoolStatus"]

_AT_ONCE = max(2, os.cpu_count() or 1)  # starts at the same time; more would only slow each other
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds before the next start after failed ones
_GIVE_UP = 3  # failed starts in a row after which all who wait are told, not only the first


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """A pool at one moment.

    Args:
        size: how many notebooks it keeps warm.
        warm: ready to be given away.
        starting: on their way.
        in_use: given away and not destroyed yet.
        waiting: callers of `acquire` without a notebook.
        started: notebooks that became ready so far.
        failed: starts that did not.
        forking: whether notebooks are forked off a warmed process now, rather than each started
            from scratch.
        not_forking: why not, when that is not by choice; otherwise empty.
        error: what the last start said when it failed and none has succeeded since, otherwise
            empty.
    """

    size: int
    warm: int
    starting: int
    in_use: int
    waiting: int
    started: int
    failed: int
    forking: bool
    not_forking: str
    error: str


class NotebookPool:
    """Keeps `size` notebooks ready to run.

    ```python
    async with NotebookPool(4, preload=["numpy", "pandas"]) as pool:
        async with pool.acquire() as notebook:
            result = await notebook.execute("import numpy; numpy.arange(3).sum()")
    ```

    Args:
        size: notebooks kept warm; those in use are not counted.
        preload: modules imported before a notebook is given away.
        limits: as for `Notebook`, as are `backend`, `min_isolation` and `packages`.
        fork: start notebooks by forking a warmed process where bubblewrap is what isolates. They
            start sooner and share memory, but also the seed of string hashes and the layout of the
            address space (see `zygote`).

    Raises:
        ValueError: `size` is not positive, or a module's name is none.
    """

    def __init__(
        self,
        size: int,
        preload: Sequence[str] = (),
        *,
        limits: Limits | None = None,
        backend: str | Backend = "auto",
        min_isolation: Isolation = "namespace",
        packages: Sequence[str] | None = None,
        fork: bool = True,
    ) -> None:
        if size < 1:
            raise ValueError(f"a pool keeps at least 1 notebook, not {size}")
        for module in preload:
            if not all(part.isidentifier() for part in module.split(".")):
                raise ValueError(f"not the name of a module: {module!r}")
        self._size = size
        self._preload = tuple(preload)
        self.limits = limits or Limits()
        self.backend = backend
        self.min_isolation = min_isolation
        self._packages = packages
        self._nursery: Nursery | None = None
        if fork:
            self._nursery = Nursery(
                backend,
                min_isolation,
                preload=self._preload,
                packages=packages,
                start_timeout=self.limits.start_timeout,
            )
        self._warm: deque[Notebook] = deque()
        self._waiting: deque[asyncio.Future[Notebook]] = deque()
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._in_use: set[Notebook] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._failures = 0  # in a row
        self._started = self._failed = 0
        self._error = ""
        self._changed = asyncio.Event()
        self._open = False
        self._closing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to start notebooks. Does not wait for them; `acquire` and `ready` do."""
        if self._open or self._closing is not None:
            raise SandboxError("a pool is opened once")
        self._open = True
        self._refill()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def acquire(self) -> AbstractAsyncContextManager[Notebook]:
        """A warm notebook for the length of an `async with` block; it is destroyed at its end.

        Callers get theirs in the order in which they began to wait.

        Raises:
            IsolationUnavailable: nothing on this machine can isolate the code.
            StartError: a kernel did not come up, or a module of `preload` cannot be imported.
            SandboxClosed: the pool is closed, or not open yet.
        """
        return self._lend()

    async def ready(self) -> None:
        """Wait until `size` notebooks are warm.

        Raises:
            As `acquire`, as soon as a start fails.
        """
        failed = self._failed
        while len(self._warm) < self._size:
            if not self._open:
                raise SandboxClosed
            if self._failed > failed and self._error:
                raise StartError(f"the pool cannot be filled: {self._error}")
            self._changed.clear()
            await self._changed.wait()

    def status(self) -> PoolStatus:
        """How many notebooks are where, and what went wrong last."""
        return PoolStatus(
            size=self._size,
            warm=len(self._warm),
            starting=len(self._starting),
            in_use=len(self._in_use),
            waiting=self._in_line(),
            started=self._started,
            failed=self._failed,
            forking=self._nursery is not None and self._nursery.forking,
            not_forking="" if self._nursery is None else self._nursery.trouble,
            error=self._error,
        )

    async def close(self) -> None:
        """End every notebook, those in use as well, and wait until nothing is left of them. Safe to
        call twice; callers that wait in `acquire` get `SandboxClosed`."""
        if self._closing is None:
            self._open = False
            self._closing = asyncio.create_task(self._end())
        await asyncio.shield(self._closing)

    # Giving away.

    @asynccontextmanager
    async def _lend(self) -> AsyncIterator[Notebook]:
        notebook = await self._take()
        try:
            yield notebook
        finally:
            await asyncio.shield(self._destroy(notebook))

    async def _take(self) -> Notebook:
        """The oldest warm notebook, waiting in line for it."""
        if not self._open:
            raise SandboxClosed
        turn: asyncio.Future[Notebook] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._serve()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._put_back(turn.result())
            raise

    def _put_back(self, notebook: Notebook) -> None:
        """Take a notebook back that its caller has not seen."""
        if not self._open:
            return  # it is being closed with all others
        self._in_use.discard(notebook)
        self._warm.appendleft(notebook)
        self._serve()

    def _in_line(self) -> int:
        """How many wait, those not counted that have left the line."""
        self._waiting = deque(turn for turn in self._waiting if not turn.done())
        return len(self._waiting)

    def _serve(self) -> None:
        """Hand warm notebooks to those who wait, first come, first served; then see to more."""
        while self._warm and self._in_line():
            notebook = self._warm.popleft()
            if not notebook.alive:
                self._destroy(notebook)
                continue
            self._in_use.add(notebook)
            self._waiting.popleft().set_result(notebook)
        self._refill()

    def _destroy(self, notebook: Notebook) -> asyncio.Task[None]:
        """Close a notebook in a task of its own, which no cancellation of a caller reaches."""

        async def end() -> None:
            await notebook.close()
            self._in_use.discard(notebook)

        return self._spawn(end(), self._ending)

    # Starting.

    def _refill(self) -> None:
        """Start as many notebooks as are missing, unless starting fails just now."""
        if not self._open or self._pause is not None:
            return
        missing = self._size + self._in_line() - len(self._warm) - len(self._starting)
        for _ in range(min(missing, _AT_ONCE - len(self._starting))):
            self._spawn(self._start(), self._starting)

    async def _start(self) -> None:
        zygote = None if self._nursery is None else await self._nursery.zygote()
        notebook = Notebook(
            self.limits,
            backend=zygote or self.backend,
            min_isolation=self.min_isolation,
            packages=self._packages,
        )
        try:
            await notebook.start()
            await self._warm_up(notebook)
        except BaseException as error:
            await asyncio.shield(self._destroy(notebook))
            if not isinstance(error, Exception):
                raise
            self._on_failure(error)
        else:
            self._failures, self._error = 0, ""
            self._started += 1
            self._warm.append(notebook)

    async def _warm_up(self, notebook: Notebook) -> None:
        if not self._preload:
            return
        seconds = self.limits.start_timeout
        try:
            async with asyncio.timeout(seconds):
                await notebook.preload(self._preload)
        except TimeoutError:
            modules = ", ".join(self._preload)
            raise StartError(f"importing {modules} took more than {seconds:g} seconds") from None

    def _on_failure(self, error: Exception) -> None:
        """Tell those who wait, and leave the machine alone for a while."""
        self._failures += 1
        self._failed += 1
        self._error = str(error)
        hopeless = isinstance(error, IsolationUnavailable) or self._failures >= _GIVE_UP
        for _ in range(self._in_line() if hopeless else min(1, self._in_line())):
            self._waiting.popleft().set_exception(error)
        pause = min(_FIRST_PAUSE * 2 ** (self._failures - 1), _LONGEST_PAUSE)

        def go_on() -> None:
            self._pause = None
            self._refill()

        if self._pause is not None:
            self._pause.cancel()
        self._pause = asyncio.get_running_loop().call_later(pause, go_on)

    def _spawn(
        self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]
    ) -> asyncio.Task[None]:
        """Run `work` beside everything else; what it changed is looked at when it is done."""
        task = asyncio.create_task(work)
        among.add(task)

        def done(_: asyncio.Task[None]) -> None:
            among.discard(task)
            self._changed.set()
            self._serve()

        task.add_done_callback(done)
        return task

    # The end.

    async def _end(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._changed.set()
        while self._in_line():
            self._waiting.popleft().set_exception(SandboxClosed())
        for task in self._starting:
            task.cancel()
        for notebook in self._in_use:
            self._destroy(notebook)
        while (tasks := self._starting | self._ending) or self._warm:
            for notebook in self._warm:
                self._destroy(notebook)
            self._warm.clear()
            await asyncio.wait(tasks | self._ending)
        if self._nursery is not None:
            await self._nursery.close()
