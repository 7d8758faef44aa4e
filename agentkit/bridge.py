"""From code without an event loop into one: a loop that runs in a thread of its own.

Several threads may have work done in it at the same time, among them the threads of sync functions
that this work calls. Knows nothing of agents.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """An event loop in a thread, from now until it is closed."""

    def __init__(self) -> None:
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._over = asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(started)), name="agentkit-loop", daemon=True
        )
        self._thread.start()
        self._loop = started.result()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns or raises; it sees the caller's context variables. It is cancelled,
        and waited for, when Ctrl-C interrupts the waiting."""
        outcome: Future[T] = Future()
        tasks: list[asyncio.Task[None]] = []

        async def settle() -> None:
            try:
                outcome.set_result(await work)
            except BaseException as error:  # what goes through here would end everybody's loop
                outcome.set_exception(error)

        def begin() -> None:
            tasks.append(self._loop.create_task(settle()))
            tasks[0].add_done_callback(lambda _: outcome.cancel())  # when it never began

        self._loop.call_soon_threadsafe(begin)
        try:
            return outcome.result()
        except BaseException:
            self._loop.call_soon_threadsafe(lambda: tasks[0].cancel())
            wait([outcome])
            raise

    def close(self) -> None:
        """End the loop, and what is left in it."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        started.set_result(asyncio.get_running_loop())
        await self._over.wait()
