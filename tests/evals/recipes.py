"""Casts that the tests of the runner play with; functions of a module, so that workers can have
them too."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from functools import partial
from pathlib import Path

from agentkit.evals.agents import Toolbox
from agentkit.evals.executors import Cast, Recipe
from tests.evals.support import FunctionAgent, FunctionPlayer, LineUser, library

HELLO = "I am here about L7."


async def look(toolbox: Toolbox, heard: str) -> str:
    """Looks the loan up, renews it, and says when it is due."""
    await toolbox.call("get_loan", {"loan": "L7"})
    found = await toolbox.call("renew", {"loan": "L7"})
    await asyncio.sleep(0)
    return f"Done: {found.result}"


async def wait(toolbox: Toolbox, heard: str, seconds: float) -> str:
    """Takes a while and does what `look` does."""
    await asyncio.sleep(seconds)
    return await look(toolbox, heard)


def looking() -> Cast:
    """An agent that does the same in every task."""
    return Cast(library(), FunctionAgent(look, "looking"), LineUser([HELLO]))


def waiting(seconds: float) -> Cast:
    """One that takes its time."""
    return Cast(library(), FunctionAgent(partial(wait, seconds=seconds)), LineUser([HELLO]))


class Deadly(FunctionAgent):
    """An agent that ends its process at its first trial of one task, and plays the others.

    Args:
        task: the task's id.
        how: `exit`, or `kill` as the kernel does when memory is used up.
    """

    def __init__(self, task: str, how: str) -> None:
        super().__init__(look, "deadly")
        self.task, self.how = task, how

    def start(self, briefing: object) -> FunctionPlayer:
        player = super().start(briefing)  # type: ignore[arg-type]
        if player.briefing.task == self.task:
            if self.how == "exit":
                os._exit(3)
            os.kill(os.getpid(), signal.SIGKILL)
        return player


def deadly(task: str, how: str) -> Cast:
    """A cast with a `Deadly` agent."""
    return Cast(library(), Deadly(task, how), LineUser([HELLO]))


class Unsayable:
    """An argument that neither JSON nor a pickle can hold."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


async def hold(toolbox: Toolbox, heard: str) -> str:
    """Calls a tool with what cannot be written down, and says such a thing."""
    found = await toolbox.call("get_loan", {"loan": Unsayable()})
    return f"Done: {found.result} \ud800"


def holding() -> Cast:
    """A cast whose records cannot be written."""
    return Cast(library(), FunctionAgent(hold), LineUser([HELLO]))


def broken() -> Cast:
    """A cast that cannot be made."""
    raise ValueError("no such thing")


def dying() -> Cast:
    """A cast that ends its process while it is made."""
    os._exit(7)


def talkative(folder: Path) -> Cast:
    """A cast whose agent prints, and leaves its process's number in a folder."""

    async def say(toolbox: Toolbox, heard: str) -> str:
        print("a line that must not get between the records")
        (folder / str(os.getpid())).touch()
        await asyncio.sleep(3_600)
        return ""

    return Cast(library(), FunctionAgent(say), LineUser([HELLO]))


def recipe(name: str, *arguments: object) -> Recipe:
    """A function of this module, as a recipe."""
    return partial(globals()[name], *arguments)
