"""A person at the keyboard plays the user."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from agentkit.evals.agents import Toolbox, Utterance
from agentkit.evals.task import Scenario

LEAVE = "/stop"


class HumanUser:
    """Asks a person what the user says.

    Args:
        ask: shows a text and gives what the person typed, such as `input`; may block, for it is
            called in a thread. An empty line, "/stop" or the end of the input leaves.
    """

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its name."""
        return {"name": "human"}

    def start(self, scenario: Scenario, toolbox: Toolbox, seed: int) -> HumanPartner:
        """Begin a trial."""
        return HumanPartner(scenario, self._ask)

    async def close(self) -> None:
        """Nothing to free."""


class HumanPartner:
    """A person in one trial, told at first whom they play."""

    def __init__(self, scenario: Scenario, ask: Callable[[str], str]) -> None:
        self._ask = ask
        self._introduction = introduction(scenario)

    async def say(self, heard: str) -> Utterance:
        """Show what the agent said, and wait for the person."""
        shown = "\n\n".join(filter(None, (self._introduction, heard)))
        self._introduction = ""
        try:
            text = await asyncio.to_thread(self._ask, shown)
        except EOFError:
            text = LEAVE
        leaves = text.strip() in ("", LEAVE)
        return Utterance("" if leaves else text, leaves=leaves)

    async def close(self) -> None:
        """Nothing to free."""


def introduction(scenario: Scenario) -> str:
    """Whom the person plays, in a few lines."""
    known = "; ".join(f"{name}: {value}" for name, value in scenario.known.items())
    lines = {
        "You are": scenario.persona,
        "You want": scenario.goal,
        "You know": known,
        "You do not know": "; ".join(scenario.unknown),
        "To leave": f"an empty line or {LEAVE}",
    }
    return "\n".join(f"{what}: {text}" for what, text in lines.items() if text)
