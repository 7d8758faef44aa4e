"""What the tests of the task runner share: a small library, and players made of functions."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit.evals.agents import Briefing, Reply, Toolbox, Utterance
from agentkit.evals.domain import Domain, load_domain
from agentkit.evals.task import Scenario, Task

LIBRARY = Path(__file__).parent / "library"


def library() -> Domain:
    """The domain in `tests/evals/library`, read anew."""
    return load_domain(LIBRARY)


def task_of(domain: Domain, name: str) -> Task:
    """The task with this id."""
    return next(each for each in domain.tasks() if each.id == name)


def changed(task: Task, **fields: Any) -> Task:
    """A task with other fields, given as a file has them."""
    return Task.model_validate({**task.model_dump(mode="json", by_alias=True), **fields})


def copy_library(folder: Path, **files: str) -> Path:
    """The library in a folder of its own, some files written anew: `train_jsonl="..."`."""
    for file in LIBRARY.iterdir():
        if file.is_file():
            (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, "utf-8")
    return folder


Answer = Callable[[Toolbox, str], Awaitable[str | Reply]]


@dataclass
class FunctionAgent:
    """An agent that is one function: `async (toolbox, heard) -> what to answer`.

    Args:
        answer: the function.
        name: for the settings.

    Attributes:
        closed: how many of its players were closed.
        briefings: of all its trials.
    """

    answer: Answer
    name: str = "function"
    closed: int = 0
    briefings: list[Briefing] = field(default_factory=list)

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"name": self.name}

    def start(self, briefing: Briefing) -> FunctionPlayer:
        self.briefings.append(briefing)
        return FunctionPlayer(self, briefing)

    async def close(self) -> None:
        """Nothing to free."""


@dataclass
class FunctionPlayer:
    """A `FunctionAgent` in one trial."""

    agent: FunctionAgent
    briefing: Briefing

    async def reply(self, text: str) -> Reply:
        answer = await self.agent.answer(self.briefing.toolbox, text)
        return answer if isinstance(answer, Reply) else Reply(answer)

    async def close(self) -> None:
        self.agent.closed += 1


@dataclass
class LineUser:
    """A user that says lines and leaves, whatever it hears.

    Args:
        lines: one at a time; an exception is raised in its turn.

    Attributes:
        heard: what it heard, greeting first.
        closed: how many of its partners were closed.
    """

    lines: Sequence[str | Utterance | BaseException]
    heard: list[str] = field(default_factory=list)
    closed: int = 0

    @property
    def settings(self) -> Mapping[str, Any]:
        shown = json.dumps([str(each) for each in self.lines])
        return {"name": "lines", "lines": shown}

    def start(self, scenario: Scenario, toolbox: Toolbox, seed: int) -> LinePartner:
        return LinePartner(self, list(self.lines))

    async def close(self) -> None:
        """Nothing to free."""


@dataclass
class LinePartner:
    """A `LineUser` in one trial."""

    user: LineUser
    left: list[str | Utterance | BaseException]

    async def say(self, heard: str) -> Utterance:
        self.user.heard.append(heard)
        if not self.left:
            return Utterance("", leaves=True)
        line = self.left.pop(0)
        if isinstance(line, BaseException):
            raise line
        return line if isinstance(line, Utterance) else Utterance(line)

    async def close(self) -> None:
        self.user.closed += 1
