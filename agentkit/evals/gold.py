"""What a task's gold actions make of the domain's state. Run once per domain and task, then kept.

Knows how gold actions are carried out; whether they are any good is `lint`'s to say: one that is
answered with an error is recorded like any call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from agentkit.evals.domain import Domain
from agentkit.evals.records import CallRecord
from agentkit.evals.state import Json
from agentkit.evals.task import Task
from agentkit.evals.world import World


@dataclass(frozen=True)
class GoldRun:
    """A task done right.

    Args:
        calls: the gold actions, with their answers and writes.
        initial: the state before.
        root: the state after.
    """

    calls: tuple[CallRecord, ...]
    initial: Mapping[str, Json]
    root: Mapping[str, Json]


_kept: WeakKeyDictionary[Domain, dict[str, tuple[Task, GoldRun]]] = WeakKeyDictionary()


async def gold_run(domain: Domain, task: Task) -> GoldRun:
    """Carry out a task's gold actions on a world of their own; the result is kept with the domain.

    Args:
        domain: whose tools and state.
        task: whose actions; a task of the same id that differs is run anew.

    Raises:
        UserError: the task's own changes do not fit the state.
    """
    runs = _kept.setdefault(domain, {})
    if task.id in runs and runs[task.id][0] == task:
        return runs[task.id][1]
    world = World(domain, task)
    for action in task.gold:
        await world.act(action)
    run = GoldRun(tuple(world.calls), world.initial, world.state.root)
    runs[task.id] = (task, run)
    return run
