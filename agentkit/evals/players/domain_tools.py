"""A side's tools of the domain as one tool of an `agentkit` agent.

Describes what the toolbox has and hands it every call, also those that name no tool or whose
arguments are no JSON: what counts and what is recorded is the toolbox's. What the toolbox itself
raises, such as a limit of the trial, is not for the model to read: it is kept, and whoever plays
raises it out of the agent's run.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from agentkit.evals.agents import Toolbox
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, Tool, ToolDescription, ToolOutput


class DomainTools(Tool):
    """The tools of one side of one trial.

    Args:
        toolbox: they are described and called through it.

    Attributes:
        reached: the ids of the calls that the toolbox has got.
    """

    name = "functions"
    timeout = None  # the world holds each tool's own time limit
    takes_misread = True

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox
        self._failure: Exception | None = None
        self.reached: set[str] = set()

    def describe(self) -> ToolDescription:
        """All tools of the toolbox, in the namespace `functions`."""
        return ToolDescription("functions", "", tuple(self._toolbox.schemas))

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Hand the call on; its answer is the record's result."""
        self.reached.add(call.id)
        try:
            record = await self._toolbox.call(
                call.name or call.recipient, dict(call.arguments) or call.text
            )
        except Exception as error:
            self._failure = error
            yield ToolOutput("Error: the trial is over.", is_error=True)
            return
        yield ToolOutput(record.result, is_error=bool(record.fault))

    async def close(self, conversation: str | None = None) -> None:
        """Nothing to free: the trial owns the toolbox."""

    def raise_failure(self) -> None:
        """Raise what the toolbox raised, if it did.

        Raises:
            LimitExceeded: a limit of the trial is reached.
        """
        if self._failure is not None:
            raise self._failure
