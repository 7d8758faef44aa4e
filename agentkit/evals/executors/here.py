"""The default executor: all trials in this process, at once in one event loop.

What it is good for: agents wait for models. Trials that wait cost nothing, and one model that
batches what many trials ask for at once is what makes a run fast.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

from agentkit.evals.executors.base import Cast, Unit, play_all, play_here
from agentkit.evals.records import TrialRecord


class AsyncExecutor:
    """Plays units in this process.

    Args:
        concurrency: trials at once.
    """

    def __init__(self, concurrency: int = 8) -> None:
        self._concurrency = concurrency

    def play(self, cast: Cast, units: Iterator[Unit]) -> AsyncGenerator[TrialRecord, None]:
        """See `Executor`."""
        return play_all(units, self._concurrency, lambda unit: play_here(cast, unit))
