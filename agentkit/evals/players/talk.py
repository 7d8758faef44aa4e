"""A conversation with a variant of an agent: what those who play with a model have in common.

Keeps the conversation from message to message, and the state of the agent's tools with it; draws
another seed for each message; names a date that is not today's. Knows nothing of who is played.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from agentkit.agent import Agent, Input
from agentkit.events import Event
from agentkit.result import RunResult
from agentkit.state import RunState
from agentkit.store import MemorySession
from agentkit.usage import Limits, Usage

DATE = "2025-08-05"
"""What a prompt gives as the current date. It must not be the day of the run: a trial is to be the
same on every day, and a policy that needs a date names one."""


class Talk:
    """A conversation.

    Args:
        agent: whose model speaks; it is not changed.
        instructions: instead of the agent's.
        tools: instead of the agent's.
        seed: any text; the same text gives the same seeds.
        date: ISO date that the prompt names; empty for none.
        spent: told what each message used, also of one that was broken off.

    Attributes:
        usage: of all messages so far.
    """

    def __init__(
        self,
        agent: Agent[Any, Any],
        *,
        instructions: str,
        tools: Sequence[Any] = (),
        seed: str = "",
        date: str = DATE,
        spent: Callable[[Usage], None] | None = None,
    ) -> None:
        self.usage = Usage()
        self._agent = agent
        self._instructions = instructions
        self._tools = tools
        self._seed = seed
        self._date = date
        self._spent = spent
        self._name = uuid.uuid4().hex
        self._session = MemorySession()
        self._variant: Agent[Any, Any] | None = None
        self._messages = 0

    async def send(
        self, prompt: Input, limits: Limits, watch: Callable[[Event], Awaitable[None]]
    ) -> RunResult[Any]:
        """Run the agent on one message.

        Args:
            prompt: the message.
            limits: of this run.
            watch: called with every event; what it raises ends the run and comes out of here.

        Raises:
            ModelLoadError: the model cannot be loaded.
            VocabularyError: no vocabulary.
        """
        variant = self._variant or await self._open()
        sampling = variant.sampling or variant.model.capabilities.sampling
        variant.sampling = dataclasses.replace(sampling, seed=self._next_seed())
        stream = variant.run_stream(prompt, session=self._session, limits=limits)
        try:
            async with stream:
                async for event in stream:
                    await watch(event)
            return stream.result
        finally:
            self.usage += stream.usage
            if self._spent is not None:
                self._spent(stream.usage)

    async def close(self) -> None:
        """Close what tools keep for this conversation; the model and other conversations stay."""
        for tool in self._variant.tools if self._variant else ():
            await tool.close(self._name)

    async def _open(self) -> Agent[Any, Any]:
        """The variant that speaks. It is entered, so that tools keep their state between runs, and
        never left, which would close the tools of every conversation."""
        self._variant = await asyncio.to_thread(
            self._agent.variant, instructions=self._instructions, tools=self._tools
        )
        await self._variant.__aenter__()
        await self._session.save(RunState("", self._name, [], 0, 0, self._date))
        return self._variant

    def _next_seed(self) -> int:
        """The loop counts a seed on from turn to turn, so each message begins far from the last."""
        self._messages += 1
        digest = hashlib.sha256(f"{self._seed} {self._messages}".encode())
        return int.from_bytes(digest.digest()[:4])
