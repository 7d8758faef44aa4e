"""Threads that sync functions run in, reused while calls come.

Starting a thread makes the event loop wait until it runs, which on a busy machine takes
milliseconds; handing a call to one that waits does not. A thread is a daemon and is not waited for:
Python cannot stop it, and a function that hangs must not keep the program from ending. One that has
had nothing to do for a while ends.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

R = TypeVar("R")
IDLE_SECONDS = 5.0

Job = Callable[[], None]


class Threads:
    """As many threads as calls run at once.

    Args:
        name: of each thread.
        idle_seconds: how long one waits for its next call.
    """

    def __init__(self, name: str, idle_seconds: float = IDLE_SECONDS) -> None:
        self._name = name
        self._idle_seconds = idle_seconds
        self._idle: list[queue.SimpleQueue[Job]] = []
        self._process = os.getpid()

    def run(self, job: Job) -> None:
        """Have `job` run in a thread, at once.

        Args:
            job: must not raise.
        """
        if self._process != os.getpid():  # threads do not come along into a forked process
            self._idle, self._process = [], os.getpid()
        try:
            jobs = self._idle.pop()
        except IndexError:
            jobs = queue.SimpleQueue()
            threading.Thread(target=self._serve, args=(jobs,), name=self._name, daemon=True).start()
        jobs.put(job)

    async def result(
        self, function: Callable[[], R], context: contextvars.Context | None = None
    ) -> R:
        """What `function` returns, or raises, in a thread; when cancelled, stop waiting for it.

        Args:
            function: what to call.
            context: what it runs in; that of the caller by default.

        Raises:
            RuntimeError: the function raised `StopIteration`, which no future can carry.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[R] = loop.create_future()
        context = context or contextvars.copy_context()

        def work() -> None:
            try:
                value = context.run(function)
            except StopIteration as error:
                failure: BaseException = RuntimeError(f"StopIteration: {error}")
                post(lambda: done.set_exception(failure))
            except BaseException as error:
                failure = error
                post(lambda: done.set_exception(failure))
            else:
                post(lambda: done.set_result(value))

        def post(settle: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(lambda: None if done.done() else settle())

        self.run(work)
        return await done

    def _serve(self, jobs: queue.SimpleQueue[Job]) -> None:
        while True:
            try:
                job = jobs.get(timeout=self._idle_seconds)
            except queue.Empty:
                try:
                    self._idle.remove(jobs)
                except ValueError:  # just taken: its job is on the way
                    continue
                return
            job()
            del job
            self._idle.append(jobs)
