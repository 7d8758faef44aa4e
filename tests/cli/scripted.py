"""Models and tools that the command is given by name: `--model tests.cli.scripted:answer`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from agentkit import ScriptedModel, tool
from tests.scripts import call, final, say, think

HOSTILE = "\x1b[31mred\x1b[0m [bold]mark[/bold] \x1b]0;title\x07\x1b[2Jgone \x9b31m \u202eback"
"""What hostile code would print: colours, markup, a window title, a cleared screen, bidi."""


def answer() -> ScriptedModel:
    """Answers at once."""
    return ScriptedModel([final("All is *well*.")])


def answers() -> ScriptedModel:
    """Answers three prompts."""
    return ScriptedModel([final("First."), final("Second."), final("Third.")])


def repeating() -> ScriptedModel:
    """Answers alike, as often as it is asked."""
    return ScriptedModel([final("Hello there, hello there, hello!")] * 60)


def order() -> ScriptedModel:
    """Looks an order up."""
    return ScriptedModel(
        [
            think("An order.") + say("One moment.") + call("get_order", order_id="W1"),
            think("It has shipped.") + final("Order W1 has shipped."),
        ]
    )


def wiping() -> ScriptedModel:
    """Calls what needs approval."""
    return ScriptedModel([call("wipe", path="/data"), final("Done with it.")])


def citing() -> ScriptedModel:
    """Answers from a page of a folder, once rightly and once with lines that there are not."""
    return ScriptedModel(
        [
            browse("search", query="museum opened"),
            browse("open", id=0),
            final("It opened in 1934【1†L4】.\nIt closed【1†L70-L71】, they say【1†L4】."),
        ]
    )


def browse(function: str, **arguments: Any) -> str:
    """A call to the browser as gpt-oss writes it."""
    body = json.dumps(arguments)
    return f"<|channel|>analysis to=browser.{function} code<|message|>{body}<|call|>"


def hostile() -> ScriptedModel:
    """Thinks, calls and answers with terminal escapes."""
    return ScriptedModel([think(HOSTILE) + call("shout", text=HOSTILE), final(f"so {HOSTILE}")])


def counting() -> ScriptedModel:
    """Calls a tool that streams."""
    return ScriptedModel([call("count", to=3), final("Counted.")])


def slow() -> ScriptedModel:
    """Takes many seconds for an answer."""
    return ScriptedModel([final("one two three four five six seven")] * 3, seconds_per_id=1.0)


def chatty() -> ScriptedModel:
    """Is slow, then calls what needs approval."""
    lines = [final("slow " * 200), call("wipe", path="/data"), final("I left it.")]
    return ScriptedModel(lines, seconds_per_id=0.05)


def stubborn() -> ScriptedModel:
    """Calls a tool that takes its time when it is cancelled."""
    return ScriptedModel([call("linger"), final("Done.")])


def unloadable() -> ScriptedModel:
    """Takes for ever to load, in a thread that cannot be stopped."""

    class Loading(ScriptedModel):
        async def load(self) -> None:
            await asyncio.to_thread(time.sleep, 600)

    return Loading([final("Never.")])


def silent() -> ScriptedModel:
    """Never answers."""
    return ScriptedModel([think("Hm.") + final(""), final("")])


def broken() -> ScriptedModel:
    """Fails: its script is too short."""
    return ScriptedModel([call("get_order", order_id="W1")])


not_a_model = 42


@tool
def get_order(order_id: str) -> dict[str, str]:
    """Look an order up."""
    print("printed by a tool")
    subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
    return {"order_id": order_id, "state": "shipped"}


@tool(needs_approval=True)
def wipe(path: str) -> str:
    """Wipe a path."""
    return f"wiped {path}"


@tool
def shout(text: str) -> str:
    """Say it back."""
    return text


@tool
async def count(to: int) -> AsyncIterator[str]:
    """Count."""
    for number in range(to):
        await asyncio.sleep(0)
        yield f"number {number}\n"


@tool
async def linger() -> AsyncIterator[str]:
    """Do not stop when told to."""
    try:
        yield "working\n"
        await asyncio.sleep(600)
    finally:
        sys.stderr.write("not yet\n")
        await asyncio.sleep(600)


every_tool = [get_order, wipe, shout, count, linger]
