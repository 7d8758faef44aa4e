"""Runs driven from the command line: shown, traced, cancelled by Ctrl-C, paused to ask a person.

Owns the event loop, so that tools keep their state from one run to the next while the loop rests
at a prompt. Knows nothing of options; how a run looks is its view's business.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import TracebackType
from typing import Any

from agentkit.agent import Agent, Store
from agentkit.cli.view import View
from agentkit.dispatch import Decision
from agentkit.messages import ToolCall
from agentkit.result import RunResult, RunStream
from agentkit.state import RunState
from agentkit.tracing import TraceWriter

Ask = Callable[[ToolCall], Decision | None]
"""Asks a person about a call; None when they do not decide now."""


class Turns:
    """Takes prompts, one after the other, and shows what comes of them.

    Use it as a context manager: it closes the agent's tools and its model.

    Args:
        agent: runs the prompts.
        view: shows the runs.
        store: keeps the conversation.
        trace: gets every event; None for no trace.
        ask: decides about a call that needs approval; None when nobody can.
    """

    def __init__(
        self,
        agent: Agent[Any, str],
        view: View,
        store: Store,
        trace: TraceWriter | None = None,
        ask: Ask | None = None,
    ) -> None:
        self.agent = agent
        self.store = store
        self._view = view
        self._trace = trace
        self._ask = ask
        self._runner = asyncio.Runner()

    def load(self) -> None:
        """Load the weights now, when the model would otherwise do it in its first run."""
        self._runner.run(self.agent.model.load())

    def take(self, prompt: str) -> RunResult[str]:
        """Run on a prompt."""
        return self._decide(self._observe(self.agent.run_stream(prompt, session=self.store)))

    def resume(self, state: RunState) -> RunResult[str]:
        """Go on with an unfinished run."""
        return self._decide(self._resumed(state))

    def state(self) -> RunState | None:
        """Where the conversation stands; None before its first run."""
        return self._runner.run(self.store.load())

    def start_over(self, store: Store) -> None:
        """Go on with another conversation; tools forget the last one."""
        state = self.state()
        if state is not None:
            self._runner.run(self._forget(state.conversation))
        self.store = store

    async def _forget(self, conversation: str) -> None:
        for tool in self.agent.tools:
            await tool.close(conversation)

    def _decide(self, result: RunResult[str]) -> RunResult[str]:
        """Ask about calls and resume, until nothing waits or nobody decides."""
        while result.stop_reason == "pending" and self._ask is not None:
            call, state = result.pending[0], result.state
            decision = self._ask(call)
            if decision is None:
                break
            if decision.approved:
                state.approve(call.id)
            else:
                state.reject(call.id, decision.reason)
            result = self._resumed(state)
        return result

    def _resumed(self, state: RunState) -> RunResult[str]:
        return self._observe(self.agent.resume_stream(state, session=self.store))

    def _observe(self, stream: RunStream[str]) -> RunResult[str]:
        """Show a run to its end.

        Raises:
            KeyboardInterrupt: Ctrl-C came twice.
        """
        try:
            return self._runner.run(self._events(stream))
        except BaseException:
            self._view.break_off()
            raise

    async def _events(self, stream: RunStream[str]) -> RunResult[str]:
        interrupted = False

        def interrupt() -> None:
            nonlocal interrupted
            if interrupted:
                raise KeyboardInterrupt
            interrupted = True
            stream.cancel()

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, interrupt)
        try:
            async with stream:
                async for event in stream:
                    if self._trace is not None:
                        self._trace.write(event)
                    self._view.show(event)
            return stream.result
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def __enter__(self) -> Turns:
        self._runner.run(self.agent.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._runner:
            self._runner.run(self._close())

    async def _close(self) -> None:
        try:
            await self.agent.__aexit__()
        finally:
            await self.agent.model.close()
