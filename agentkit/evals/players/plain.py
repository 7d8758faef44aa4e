"""Agents without a model: one that knows the solution, one that does nothing.

The two ends between which every real agent lies. A domain is sound when the first passes every task
and the second fails those that do not declare otherwise; `agentkit eval lint` has them play.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agentkit.evals.agents import Briefing, Reply, Toolbox
from agentkit.evals.domain import Domain
from agentkit.evals.task import Action, AnswerCheck, SaidCheck, Task

REFUSAL = "I cannot help with that."
DONE = "Done."


class GoldAgent:
    """Does what a task's gold actions say and tells what its checks want told.

    All actions of the agent are done on the first message, but those that stand after an action of
    the user wait for the user's next message. What is to be said is said with them; every later
    answer is "Done.", or the answer again where a task asks for one.

    Args:
        domain: whose tasks it plays.
    """

    def __init__(self, domain: Domain) -> None:
        self._tasks = {task.id: task for task in domain.tasks()}

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its name: what it does is the task's."""
        return {"name": "gold"}

    def start(self, briefing: Briefing) -> GoldPlayer:
        """Begin a trial.

        Raises:
            KeyError: the domain has no such task.
        """
        return GoldPlayer(self._tasks[briefing.task], briefing.toolbox)

    async def close(self) -> None:
        """Nothing to free."""


class GoldPlayer:
    """The gold agent in one trial of `task`."""

    def __init__(self, task: Task, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._parts = list(_parts(task.gold)) or [[]]
        self._answer = _answer(task)
        self._message = " ".join(filter(None, (_report(task), self._answer))) or DONE

    async def reply(self, text: str) -> Reply:
        """Do the next actions and say what is to be said.

        Raises:
            LimitExceeded: the task's limits are too tight for its own solution.
        """
        if not self._parts:
            return Reply(self._answer or DONE)
        for action in self._parts.pop(0):
            await self._toolbox.call(action.tool, action.args)
        return Reply(self._message)

    async def close(self) -> None:
        """Nothing to free."""


def _parts(gold: tuple[Action, ...]) -> Iterator[list[Action]]:
    """The agent's actions, cut where the user acts between them."""
    part: list[Action] = []
    for action in gold:
        if action.by == "agent":
            part.append(action)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _report(task: Task) -> str:
    """One sentence that holds every text that a `said` check looks for."""
    wanted = [text for check in task.checks if isinstance(check, SaidCheck) for text in check.said]
    told = " ; ".join(dict.fromkeys(wanted))
    return f"This is what came of it: {told} ; and that is all." if told else ""


def _answer(task: Task) -> str:
    wanted = [check.answer for check in task.checks if isinstance(check, AnswerCheck)]
    return rf"The answer is \boxed{{{wanted[-1]}}}." if wanted else ""


class NoopAgent:
    """Calls nothing and refuses everything."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its name."""
        return {"name": "noop"}

    def start(self, briefing: Briefing) -> NoopAgent:
        """Begin a trial; there is nothing to keep apart."""
        return self

    async def reply(self, text: str) -> Reply:
        """Refuse."""
        return Reply(REFUSAL)

    async def close(self) -> None:
        """Nothing to free."""
