"""A function over the state becomes a tool that the model sees without the state."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.errors import UserError
from agentkit.evals import State, reads, writes


@reads
def look(state: State, loan: str, most: int = 3) -> list[str]:
    """Look up loans.

    Args:
        loan: how its number begins.
        most: how many at most.
    """
    return [key for key in state.keys("loans") if key.startswith(loan)][:most]


def test_a_tool_is_described_without_the_state() -> None:
    schema = look.schema
    assert (look.name, schema.name, schema.description) == ("look", "look", "Look up loans.")
    assert schema.parameters is not None
    assert list(schema.parameters["properties"]) == ["loan", "most"]
    assert schema.parameters["required"] == ["loan"]


def test_a_tool_can_still_be_called_like_its_function() -> None:
    assert look(State({"loans": {"L1": {}, "L2": {}}}), "L", most=1) == ["L1"]


def test_the_effect_is_what_was_declared() -> None:
    @writes
    async def change(state: State) -> None:
        """Change."""

    assert (look.effect, change.effect) == ("read", "write")


def test_the_first_parameter_is_the_state() -> None:
    def none() -> str:
        """Nothing."""
        return ""

    def other(loan: str) -> str:
        """Nothing."""
        return loan

    for function in (none, other):
        with pytest.raises(UserError, match="first parameter"):
            reads(function)


def test_a_function_that_cannot_be_described_is_refused() -> None:
    def vague(state: State, what: Any, *others: Any) -> str:
        """Vague."""
        return ""

    with pytest.raises(UserError, match=r"vague: \*others"):
        reads(vague)
