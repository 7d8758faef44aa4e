"""Turns at a notebook: one cell at a time has it, the others queue.

A turn holds the timers that stop its cell, by an interrupt first and by force after a grace, and
the outputs that have come but were not yet asked for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Self

from .cell import Cell
from .errors import NotebookBusy, SandboxClosed
from .kernel import Kernel
from .limits import Limits
from .results import Output

__all__ = ["Turn", "Turns"]


class Turns:
    """Whose turn it is, if anybody's, and whether there will be another."""

    def __init__(self) -> None:
        self.current: Turn | None = None
        self.closed = False


class Turn:
    """One turn, waited for and ended by `async with`.

    `busy` is false while the consumer of a stream has an output in hand: nobody is waiting for the
    kernel then, so closing the notebook need not wait for this turn to notice. `ready` is set once
    the sandbox stands, or the turn is over without one.

    Args:
        turns: those of the notebook.
        limits: how long a cell may take.

    Raises (when entered):
        NotebookBusy: this task has the turn already.
        SandboxClosed: there are no more turns.
    """

    def __init__(self, turns: Turns, limits: Limits) -> None:
        self._turns = turns
        self._limits = limits
        self._task = asyncio.current_task()
        self._timers: list[asyncio.TimerHandle] = []
        self._kernel: Kernel | None = None
        self._cell: Cell | None = None
        self._advance: Callable[[], None] = lambda: None
        self.outputs: deque[Output] = deque()
        self.ready = asyncio.Event()
        self.done = asyncio.Event()
        self.busy = True
        self.idle = True
        self.killed = False

    async def __aenter__(self) -> Self:
        while (other := self._turns.current) is not None:
            if other._task is self._task and not await _let_go(other):
                raise NotebookBusy
            await other.done.wait()
        if self._turns.closed:
            raise SandboxClosed
        self._turns.current = self
        return self

    async def __aexit__(self, *_: object) -> None:
        self._turns.current = None
        self.ready.set()
        self.done.set()

    @property
    def running(self) -> bool:
        """Whether a cell runs."""
        return self._cell is not None

    def begin(self, kernel: Kernel, cell: Cell, advance: Callable[[], None]) -> None:
        """The cell runs from now on; its time begins.

        Args:
            kernel: runs it.
            cell: what is known of it.
            advance: takes what has come from the kernel, without waiting, and sets `idle`.
        """
        self._kernel, self._cell, self._advance = kernel, cell, advance
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(self._limits.cell_timeout, self._time_out))

    def stop(self) -> None:
        """Interrupt the cell, and kill the kernel if it is still running after the grace."""
        if self._kernel is None or self._cell is None:
            return
        self._cell.interrupted = True
        self._kernel.interrupt()
        grace = self._limits.interrupt_grace
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
            self._advance()
            if self.idle:
                break
        self._kernel.wake()
        if not self._cell.over:
            self.killed = True
            self._kernel.kill()


async def _let_go(turn: Turn) -> bool:
    """Whether `turn` ends by itself, as it does when its stream was dropped without being
    closed."""
    for _ in range(5):
        if turn.done.is_set():
            return True
        await asyncio.sleep(0)
    return turn.done.is_set()
