"""Executors: where the trials of a run are played. Which ones there are, by name."""

from __future__ import annotations

from typing import Literal

from agentkit.evals.executors.base import Cast, Executor, Recipe, Unit
from agentkit.evals.executors.here import AsyncExecutor

__all__ = ["Cast", "Executor", "ExecutorName", "Recipe", "Unit", "open_executor"]

ExecutorName = Literal["async", "processes", "ray"]


def open_executor(
    name: ExecutorName, recipe: Recipe, workers: int = 2, concurrency: int = 8, gpus: float = 0
) -> Executor:
    """The executor of this name.

    Args:
        name: `async` (this process), `processes` or `ray`.
        recipe: makes the cast in each worker.
        workers: how many, where there are any.
        concurrency: trials at once, in all.
        gpus: for each worker of a Ray cluster.

    Raises:
        UserError: what it needs is not installed, or the recipe cannot be sent to workers.
    """
    if name == "async":
        return AsyncExecutor(concurrency)
    if name == "processes":
        from agentkit.evals.executors.processes import ProcessExecutor

        return ProcessExecutor(recipe, workers, concurrency)
    from agentkit.evals.executors.ray import RayExecutor

    return RayExecutor(recipe, workers, concurrency, gpus=gpus)
