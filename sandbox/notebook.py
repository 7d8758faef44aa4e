"""The notebook: a Python session with state, run cell by cell in a sandbox.

It owns one sandbox and the kernel in it: starts both when first needed, runs cells one at a time,
stops those that take too long, and puts a new kernel in place of one that died, saying so in the
result. Code that fails is a result; only a machine that cannot isolate, a kernel that cannot
start, and a closed notebook are errors.

It may be used from one event loop after another, but not from two at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from types import TracebackType
from typing import Self

from .cell import Cell, death_of, obituary
from .errors import NotebookBusy, SandboxClosed, StartError
from .isolation import Backend, Sandbox, choose, open_sandbox
from .kernel import Ended, Kernel
from .limits import Limits
from .results import ExecutionResult, Output

__all__ = ["CellStream", "Notebook"]


class Notebook:
    """A stateful Python notebook for untrusted code.

    ```python
    async with Notebook() as notebook:
        result = await notebook.execute("x = 6 * 7\\nx")
        print(result.text())
    ```

    Args:
        limits: what code may use.
        backends: ways of isolating to try, in order; those this machine offers when None.
    """

    def __init__(
        self, limits: Limits | None = None, *, backends: Sequence[Backend] | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._backends = backends
        self._sandbox: Sandbox | None = None
        self._kernel: Kernel | None = None
        self._closed = False
        self._run: _Run | None = None
        self._left_over: Cell | None = None
        self._notices: list[str] = []
        self._mourned: Ended | None = None  # a death that has been told of
        self._killed = False  # by us, after its cell had ended nevertheless
        self.restarts = 0

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Bring the kernel up now rather than with the first cell.

        Raises:
            IsolationUnavailable: nothing on this machine can isolate the code.
            StartError: the kernel did not come up.
            SandboxClosed: after `close()`.
        """
        async with _Run(self):
            await self._usable_kernel()

    async def execute(self, code: str) -> ExecutionResult:
        """Run a cell to its end.

        When the awaiting task is cancelled the cell is interrupted, and killed if that does not
        stop it; the notebook stays usable.

        Args:
            code: Python as in a notebook cell, with IPython's additions.

        Returns:
            Everything the cell put out, also when it failed, ran out of time or lost its kernel.

        Raises:
            As `start`.
        """
        async with self.stream(code) as cell:
            async for _ in cell:
                pass
        return cell.result

    def stream(self, code: str) -> CellStream:
        """Run a cell and get its outputs as they come.

        Args:
            code: as for `execute`.

        Returns: An async iterator of outputs whose `result` is there when it is exhausted. A
            stream that is left early must be closed (`async with`, or `aclose()`), which
            interrupts the cell.
        """
        return CellStream(self, code)

    async def interrupt(self) -> None:
        """Stop the running cell as Ctrl-C would, by force after `Limits.interrupt_grace`; without
        one, nothing."""
        if self._run is not None:
            self._run.stop()

    async def restart(self) -> None:
        """Replace the kernel: variables and processes are gone, files in `/mnt/data` stay.

        A running cell ends with outcome `died`.
        """
        if self._closed:
            raise SandboxClosed
        if self._kernel is None:
            return
        if self._run is not None:
            self._kernel.kill()
            return
        self._left_over = None
        self._restart_kernel()
        await self.start()

    async def close(self) -> None:
        """End everything the notebook started. Safe to call twice, and while a cell is running."""
        self._closed = True
        if self._sandbox is not None:
            self._sandbox.hang_up()
        if self._run is not None and self._run.busy:
            await self._run.done.wait()
        await self._discard()

    async def _cell(
        self, code: str, finish: Callable[[ExecutionResult], None]
    ) -> AsyncGenerator[Output]:
        """Run one cell; the generator behind `CellStream`."""
        async with _Run(self) as run:
            kernel = await self._usable_kernel()
            cell = Cell(kernel.execute(code), self.limits)
            run.begin(kernel, cell)
            run.outputs.extend(cell.note(text) for text in self._take_notices())
            try:
                while True:
                    while run.outputs:
                        run.busy = False
                        yield run.outputs.popleft()
                        run.busy = True
                    if cell.over:
                        break
                    if run.idle:
                        await kernel.wait()
                    self._advance(kernel, cell, run)
                self._killed = run.killed and kernel.ended is None
                finish(cell.result())
            finally:
                run.end_timers()
                if not cell.over:
                    self._abandon(kernel, cell)

    def _advance(self, kernel: Kernel, cell: Cell, run: _Run) -> None:
        """Take what has come from the kernel; at its end, end the cell and start another one."""
        if self._closed:
            run.outputs.append(cell.die(Ended(None, None, files=False), "closed"))
            return
        messages, more = kernel.receive()
        run.idle = not more
        run.outputs.extend(output for output in map(cell.feed, messages) if output is not None)
        if kernel.ended is not None and not more and not cell.over:
            run.outputs.append(cell.die(kernel.ended, "killed" if run.killed else None))
            self._mourned = kernel.ended
            if kernel.ended.files:
                self._restart_kernel()
        if cell.over:
            run.outputs.extend(cell.finish())

    async def _usable_kernel(self) -> Kernel:
        """A connected kernel with nothing running in it."""
        if self._closed:
            raise SandboxClosed
        await self._settle()
        for attempt in (1, 2):
            try:
                kernel = await self._present_kernel()
                await kernel.connect()
                return kernel
            except StartError:
                fresh = self._kernel is None or self.restarts == 0
                await self._discard()
                if self._closed:
                    raise SandboxClosed from None
                if fresh or attempt == 2:
                    raise
                self._notices.append(
                    "A new sandbox had to be made. Variables and files in /mnt/data are lost."
                )
        raise AssertionError

    async def _present_kernel(self) -> Kernel:
        """The kernel, made anew together with its sandbox when that is gone."""
        if self._kernel is not None:
            if self._left_over is None:
                self._kernel.receive()
            ended = self._kernel.ended
            if ended is not None:
                if ended is not self._mourned:
                    death = "killed" if self._killed else death_of(ended)
                    self._notices.append(obituary(death, ended, self.limits))
                if ended.files:
                    self._restart_kernel()
                else:
                    self.restarts += 1
                    await self._discard()
        if self._kernel is None:
            backends = choose() if self._backends is None else self._backends
            sandbox = await open_sandbox(self.limits, backends)
            self._sandbox, self._kernel = sandbox, Kernel(sandbox, self.limits)
            if self._closed:
                await self._discard()
                raise SandboxClosed
        return self._kernel

    def _restart_kernel(self) -> None:
        assert self._kernel is not None
        self._kernel.start()
        self.restarts += 1

    def _abandon(self, kernel: Kernel, cell: Cell) -> None:
        """Nobody waits for `cell` any more: stop it, and leave it to the next cell to see that it
        did."""
        if self._closed:
            return
        self._left_over = cell
        kernel.interrupt()

        def insist() -> None:
            if self._left_over is cell and self._run is None and not self._closed:
                self._drain(kernel, cell)
                if not cell.over and kernel.ended is None:
                    kernel.kill()

        asyncio.get_running_loop().call_later(self.limits.interrupt_grace, insist)

    def _drain(self, kernel: Kernel, cell: Cell) -> None:
        more = True
        while more and not cell.over:
            messages, more = kernel.receive()
            for message in messages:
                cell.feed(message)

    async def _settle(self) -> None:
        """Wait for the end of a cell that was abandoned, by force if it takes longer than the
        grace."""
        cell, kernel = self._left_over, self._kernel
        self._left_over = None
        if cell is None or kernel is None:
            return
        loop = asyncio.get_running_loop()
        force = loop.call_later(self.limits.interrupt_grace, kernel.kill)
        try:
            while True:
                self._drain(kernel, cell)
                if cell.over or kernel.ended is not None:
                    break
                await kernel.wait()
        except asyncio.CancelledError:
            self._left_over = cell
            raise
        finally:
            force.cancel()
        if kernel.ended is not None:
            death = death_of(kernel.ended)
            text = obituary("killed" if death == "signal" else death, kernel.ended, self.limits)
            self._notices.append(f"The previous cell was cancelled. {text}")
            if kernel.ended.files:
                self._restart_kernel()
            else:
                await self._discard()

    def _take_notices(self) -> list[str]:
        notices, self._notices = self._notices, []
        return notices

    async def _discard(self) -> None:
        """Close kernel and sandbox, if there are any."""
        kernel, sandbox = self._kernel, self._sandbox
        self._kernel = self._sandbox = self._left_over = None
        if kernel is not None:
            kernel.close()
        if sandbox is not None:
            await sandbox.close()


class _Run:
    """A turn at the notebook: cells queue for it. Holds the timers that stop the cell.

    `busy` is false while the consumer of a stream has an output in hand: nobody is waiting for the
    kernel then, so `close()` need not wait for this run to notice.
    """

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._task = asyncio.current_task()
        self._timers: list[asyncio.TimerHandle] = []
        self._kernel: Kernel | None = None
        self._cell: Cell | None = None
        self.outputs: deque[Output] = deque()
        self.done = asyncio.Event()
        self.busy = True
        self.idle = True
        self.killed = False

    async def __aenter__(self) -> Self:
        while (other := self._notebook._run) is not None:
            if other._task is self._task and not await _let_go(other):
                raise NotebookBusy
            await other.done.wait()
        if self._notebook._closed:
            raise SandboxClosed
        self._notebook._run = self
        return self

    async def __aexit__(self, *_: object) -> None:
        self._notebook._run = None
        self.done.set()

    def begin(self, kernel: Kernel, cell: Cell) -> None:
        """The cell runs from now on; its time begins."""
        self._kernel, self._cell = kernel, cell
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(self._notebook.limits.cell_timeout, self._time_out))

    def stop(self) -> None:
        """Interrupt the cell, and kill the kernel if it is still running after the grace."""
        if self._kernel is None or self._cell is None:
            return
        self._cell.interrupted = True
        self._kernel.interrupt()
        grace = self._notebook.limits.interrupt_grace
        loop = asyncio.get_running_loop()
        self._timers.append(
            loop.call_later(grace / 2, self._kernel.interrupt)
        )  # a child may have taken the first
        self._timers.append(loop.call_later(grace, self._kill))

    def end_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def _time_out(self) -> None:
        assert self._cell is not None
        self._cell.timed_out = True
        self.stop()

    def _kill(self) -> None:
        """End the kernel, unless the cell is over and its consumer has only not seen it yet."""
        assert self._kernel is not None
        assert self._cell is not None
        while not self._cell.over:
            self._notebook._advance(self._kernel, self._cell, self)
            if self.idle:
                break
        self._kernel.wake()
        if not self._cell.over:
            self.killed = True
            self._kernel.kill()


async def _let_go(run: _Run) -> bool:
    """Whether `run` ends by itself, as it does when its stream was dropped without being closed."""
    for _ in range(5):
        if run.done.is_set():
            return True
        await asyncio.sleep(0)
    return run.done.is_set()


class CellStream:
    """Outputs of a running cell as they come, then its result. Made by `Notebook.stream`."""

    def __init__(self, notebook: Notebook, code: str) -> None:
        self._results: list[ExecutionResult] = []  # not self: a dropped stream must end at once
        self._outputs = notebook._cell(code, self._results.append)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Output:
        return await anext(self._outputs)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the cell if it still runs. The notebook stays usable."""
        await self._outputs.aclose()

    @property
    def result(self) -> ExecutionResult:
        """The finished cell.

        Raises:
            RuntimeError: it has not been read to its end.
        """
        if not self._results:
            raise RuntimeError("the cell has not finished: read the stream to its end first")
        return self._results[0]
