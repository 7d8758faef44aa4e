"""The notebook: a Python session with state, run cell by cell in a sandbox.

It owns one sandbox and the kernel in it: starts both when first needed, runs cells one at a time,
stops those that take too long, and puts a new kernel in place of one that died, saying so in the
result. Code that fails is a result; only a machine that cannot isolate, a kernel that cannot
start, and a closed notebook are errors.

It may be used from one event loop after another, but not from two at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self

from .cell import Cell, death_of, obituary
from .errors import SandboxClosed, StartError
from .files import MOST_BYTES, FileInfo, Source
from .isolation import Backend, Isolation, Libraries, Sandbox, Usage, choose, open_sandbox
from .kernel import Ended, Kernel
from .libraries import build_libraries
from .limits import Limits
from .preparation import importing, prepare, seeding
from .results import ExecutionResult, Output, State, Status
from .stream import CellStream
from .transcript import Transcript
from .transfer import Gallery, Transfer
from .turn import Turn, Turns

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
        backend: how to isolate: `auto` (the first that works here), the name of a backend, or one.
        min_isolation: the weakest isolation that will do, a word of `sandbox.isolation.Isolation`.
        packages: requirements (`"polars>=1"`) to have ready inside, next to what is installed here;
            fetched once, before the first cell, as wheels.
        files: content by path, put into `/mnt/data` before the first cell, and again whenever a new
            sandbox had to be made: bytes, text, or the `Path` of a file of this machine.
        seed: for `random` and numpy's global generator in each fresh kernel, from 0 to 2**32 - 1;
            None leaves them random.

    Raises:
        ValueError: no such backend or isolation, a backend too weak, or a seed out of range.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        backend: str | Backend = "auto",
        min_isolation: Isolation = "namespace",
        packages: Sequence[str] | None = None,
        files: Mapping[str, Source] | None = None,
        seed: int | None = None,
    ) -> None:
        if seed is not None and not 0 <= seed < 2**32:
            raise ValueError(f"seed must be from 0 to 2**32 - 1, not {seed}")
        self.limits = limits or Limits()
        self._backends = choose(backend, min_isolation)
        self._packages = packages
        self._libraries: Libraries | None = None
        self._given_files = dict(files or {})
        self._seed = seed
        self._sandbox: Sandbox | None = None
        self._kernel: Kernel | None = None
        self._transfer: Transfer | None = None
        self._turns = Turns()
        self._left_over: Cell | None = None
        self._next = Cell(self.limits)  # collects what is to be said with the next cell
        self._mourned: Ended | None = None  # a death that has been told of
        self._killed = False  # by us, after its cell had ended nevertheless
        self._seeded = False
        self._cells = 0
        self._transcript = Transcript()
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
            PackagesUnavailable: `packages` could not be had.
            FileTransferError: one of `files` does not fit.
            SandboxClosed: after `close()`.
        """
        async with self._turn() as turn:
            await self._usable_kernel()
            turn.ready.set()

    async def preload(self, modules: Sequence[str]) -> None:
        """Import modules, not counted as a cell. Raises as `start`, also when one is missing."""
        async with self._turn() as turn:
            kernel = await self._usable_kernel()
            turn.ready.set()
            await prepare(kernel, importing(modules), self.limits)

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
        return CellStream(partial(self._cell, code))

    async def interrupt(self) -> None:
        """Stop the running cell as Ctrl-C would, by force after `Limits.interrupt_grace`; without
        one, nothing."""
        if self._turns.current is not None:
            self._turns.current.stop()

    async def restart(self) -> None:
        """Replace the kernel: variables and processes are gone, files in `/mnt/data` stay.

        A running cell ends with outcome `died`.
        """
        if self._turns.closed:
            raise SandboxClosed
        if self._kernel is None:
            return
        if self._turns.current is not None:
            self._kernel.kill()
            return
        self._left_over = None
        self._restart_kernel()
        await self.start()

    async def close(self) -> None:
        """End everything the notebook started. Safe to call twice, and while a cell is running."""
        self._turns.closed = True
        if self._sandbox is not None:
            self._sandbox.hang_up()
        if self._turns.current is not None and self._turns.current.busy:
            await self._turns.current.done.wait()
        await self._discard()

    async def upload(self, path: str, data: Source) -> None:
        """Put a file into `/mnt/data`, also while a cell runs. It is there whole or not at all.

        Args:
            path: absolute below `/mnt/data`, or relative to it; directories are made.
            data: bytes, text, or the `Path` of a file of this machine.

        Raises:
            FileTransferError: it does not fit, or cannot be written there; see its kinds.
            OSError: the file of this machine cannot be read.
            SandboxError: as `start`.
        """
        await (await self._way_to_files()).write(path, data)

    async def download(self, path: str, *, max_bytes: int = MOST_BYTES) -> bytes:
        """The content of a file in `/mnt/data`, also while a cell runs.

        Args:
            path: absolute below `/mnt/data`, or relative to it. Links are not followed.
            max_bytes: the most to read.

        Raises:
            FileTransferError: there is no such file, or not one to be had; see its kinds.
            SandboxError: as `start`.
        """
        return await (await self._way_to_files()).read(path, max_bytes)

    async def list_files(self) -> list[FileInfo]:
        """All files in `/mnt/data`, at any depth, by path; also while a cell runs.

        Raises:
            SandboxError: as `start`.
        """
        return await (await self._way_to_files()).files()

    @property
    def alive(self) -> bool:
        """Whether a kernel is up, or coming up, as far as can be told without asking it."""
        return self._state() in ("starting", "idle", "busy")

    def status(self) -> Status:
        """How the notebook is now, and what it uses."""
        sandbox, usage = self._sandbox, Usage()
        if sandbox is not None:
            with contextlib.suppress(OSError):  # it is ending just now
                usage = sandbox.usage()
        return Status(
            backend=None if sandbox is None else sandbox.backend.name,
            isolation=None if sandbox is None else sandbox.backend.isolation,
            state=self._state(),
            memory=usage.memory,
            processes=usage.processes,
            disk=usage.disk,
            cells=self._cells,
            restarts=self.restarts,
        )

    def to_ipynb(self) -> str:
        """The cells that have ended so far, with their outputs, as a Jupyter notebook file.

        Its size is bounded (by cutting long outputs, then the oldest cells), and only text and
        images are in it.
        """
        return self._transcript.to_ipynb()

    async def _cell(
        self, code: str, finish: Callable[[ExecutionResult], None]
    ) -> AsyncGenerator[Output]:
        """Run one cell; the generator behind `CellStream`."""
        async with self._turn() as turn:
            kernel = await self._usable_kernel()
            turn.ready.set()
            assert self._transfer is not None
            cell, self._next = self._next, Cell(self.limits)
            self._cells += 1
            number, gallery = self._cells, Gallery(self._transfer, self._cells)
            turn.outputs.extend(cell.begin(kernel.execute(code)))
            turn.begin(kernel, cell, lambda: self._advance(kernel, cell, turn))
            try:
                while True:
                    while turn.outputs:
                        output = await self._with_image_saved(gallery, cell, turn)
                        turn.busy = False
                        yield output
                        turn.busy = True
                    if cell.over:
                        break
                    if turn.idle:
                        await kernel.wait()
                    self._advance(kernel, cell, turn)
                self._killed = turn.killed and kernel.ended is None
                finish(cell.result())
            finally:
                turn.end_timers()
                if not cell.over:
                    cell.note("Nobody waited for the end of this cell: it was interrupted")
                    self._abandon(kernel, cell)
                self._transcript.add(number, code, cell.result())

    async def _with_image_saved(self, gallery: Gallery, cell: Cell, turn: Turn) -> Output:
        """The next output, its image saved among the files if it has one."""
        output = turn.outputs.popleft()
        if self._turns.closed:
            return output
        saved, problem = await gallery.save(output)
        if saved is not output:
            cell.replace(output, saved)
        if problem:
            turn.outputs.append(cell.note(problem))
        return saved

    def _advance(self, kernel: Kernel, cell: Cell, turn: Turn) -> None:
        """Take what has come from the kernel; at its end, end the cell and start another one."""
        if self._turns.closed:
            turn.outputs.append(cell.die(Ended(None, None, files=False), "closed"))
            return
        messages, more = kernel.receive()
        turn.idle = not more
        turn.outputs.extend(output for output in map(cell.feed, messages) if output is not None)
        if kernel.ended is not None and not more and not cell.over:
            turn.outputs.append(cell.die(kernel.ended, "killed" if turn.killed else None))
            self._mourned = kernel.ended
            if kernel.ended.files:
                self._restart_kernel()
        if cell.over:
            turn.outputs.extend(cell.finish())

    def _turn(self) -> Turn:
        return Turn(self._turns, self.limits)

    def _state(self) -> State:
        turn = self._turns.current
        if self._turns.closed:
            return "closed"
        if turn is not None:
            return "busy" if turn.running else "starting"
        if self._kernel is None:
            return "new"
        self._take_late_output(self._kernel)
        return "idle" if self._kernel.ended is None else "dead"

    async def _way_to_files(self) -> Transfer:
        """The way to the files of a sandbox that stands; it is brought up if it does not."""
        while True:
            if self._turns.current is None:
                await self.start()
            else:
                await self._turns.current.ready.wait()
            if self._turns.closed:
                raise SandboxClosed
            if self._transfer is not None:
                return self._transfer

    async def _usable_kernel(self) -> Kernel:
        """A connected kernel with nothing running in it."""
        if self._turns.closed:
            raise SandboxClosed
        await self._settle()
        for attempt in (1, 2):
            try:
                kernel = await self._present_kernel()
                await kernel.connect()
                await self._sow(kernel)
                return kernel
            except StartError:
                fresh = self._kernel is None or self.restarts == 0
                await self._discard()
                if self._turns.closed:
                    raise SandboxClosed from None
                if fresh or attempt == 2:
                    raise
                self._next.note(
                    "A new sandbox had to be made. Variables and files in /mnt/data are lost."
                )
        raise AssertionError

    async def _present_kernel(self) -> Kernel:
        """The kernel, made anew together with its sandbox when that is gone."""
        if self._kernel is not None:
            self._take_late_output(self._kernel)
            ended = self._kernel.ended
            if ended is not None:
                if ended is not self._mourned:
                    death = "killed" if self._killed else death_of(ended)
                    self._next.note(obituary(death, ended, self.limits))
                if ended.files:
                    self._restart_kernel()
                else:
                    self.restarts += 1
                    await self._discard()
        return self._kernel or await self._fresh_sandbox()

    async def _fresh_sandbox(self) -> Kernel:
        """A sandbox with the given files in it, and a kernel that is starting in it."""
        if self._libraries is None:
            packages = self._packages or ()
            self._libraries = await build_libraries(packages, backends=self._backends)
        sandbox = await open_sandbox(self.limits, self._backends, self._libraries)
        self._sandbox, self._kernel = sandbox, Kernel(sandbox, self.limits)
        try:
            transfer = self._transfer = Transfer(sandbox)
            for path, source in self._given_files.items():
                await transfer.write(path, source)
            if self._given_files and self.restarts:
                self._next.note("The files given with the notebook are there again")
            if self._turns.closed:
                raise SandboxClosed
        except BaseException:
            await self._discard()
            raise
        return self._kernel

    async def _sow(self, kernel: Kernel) -> None:
        """Seed the random generators of a fresh kernel."""
        if self._seed is not None and not self._seeded:
            await prepare(kernel, seeding(self._seed), self.limits)
            self._seeded = True

    def _take_late_output(self, kernel: Kernel) -> None:
        """Keep what earlier cells left to be printed, as far as it has come, for the next one."""
        if self._left_over is not None:
            return  # whose end must not be missed
        messages, _ = kernel.receive()
        for message in messages:
            self._next.feed(message)

    def _restart_kernel(self) -> None:
        assert self._kernel is not None
        self._kernel.start()
        self._seeded = False
        self.restarts += 1

    def _abandon(self, kernel: Kernel, cell: Cell) -> None:
        """Nobody waits for `cell` any more: stop it, and leave it to the next cell to see that it
        did."""
        if self._turns.closed:
            return
        self._left_over = cell
        kernel.interrupt()

        def insist() -> None:
            idle = self._turns.current is None and not self._turns.closed
            if self._left_over is cell and idle:
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
            self._next.note(f"The previous cell was cancelled. {text}")
            if kernel.ended.files:
                self._restart_kernel()
            else:
                await self._discard()

    async def _discard(self) -> None:
        """Close kernel and sandbox, if there are any."""
        kernel, sandbox, transfer = self._kernel, self._sandbox, self._transfer
        self._kernel = self._sandbox = self._transfer = self._left_over = None
        self._seeded = False
        if transfer is not None:
            transfer.close()
        if kernel is not None:
            kernel.close()
        if sandbox is not None:
            await sandbox.close()
