"""Threads that sync functions run in, reused while calls come.

Starting a thread makes the event loop wait until it runs, which on a busy machine takes
milliseconds; handing a call to one that waits does not. A thread is a daemon and is not waited for:
Python cannot stop it, and a function that hangs must not keep the program from ending. One that has
had nothing to do for a while ends.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable

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
