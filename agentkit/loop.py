"""The agent loop: step, run the calls, step again, until there is a reason to stop.

Drives one run over a session and a dispatcher and tells it as events. It holds the run's limits,
breaks endless repetition, asks once more for an output that does not fit its type, and takes a
`RunState` after every step. Whatever the model writes and whatever a tool does, it ends with
`RunFinished`.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic

from agentkit.allowed import Allowed
from agentkit.dispatch import (
    REPEATS_ANSWERED,
    REPEATS_RUN,
    Dispatcher,
    RepeatGuard,
    Request,
    not_run,
    shortened,
)
from agentkit.events import (
    ApprovalRequested,
    CheckpointSaved,
    Event,
    LimitReached,
    RunFinished,
    RunStarted,
    ToolCalled,
    ToolReturned,
    TurnFinished,
    TurnStarted,
)
from agentkit.harmony.grammar import Grammar
from agentkit.messages import Artifact, Message, ToolCall, last_answer
from agentkit.models.base import Sampling
from agentkit.models.guarantee import checked
from agentkit.output import Output, OutputType
from agentkit.session import Budget, Calls, Final, Session, Step, Stopped
from agentkit.state import EntryView, RunState
from agentkit.tools.base import RunContext
from agentkit.usage import Limits, Usage

RESULT_RESERVE = 2_048
"""Tokens of the context kept free for the model's reply when a tool result is cut."""
LEAST_RESULT = 64
CANCELLED = "The run was cancelled."

Save = Callable[[RunState], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is given and does not change.

    Args:
        agent: the agent's name.
        limits: the run's.
        deps: the user's object, for tools.
        allowed: what the replies may be.
        save: called with the state after every step; None to keep nothing.
    """

    agent: str
    limits: Limits
    deps: Any
    allowed: Allowed
    save: Save | None = None


class Run(Generic[Output]):
    """One run, to be iterated once.

    Args:
        session: its conversation ends with the user's message, or with a state resumed from.
        dispatcher: the tools.
        output: the type of the answer.
        setting: limits, deps and the like.
        state: where the run stands: a new one, or one resumed from.
    """

    def __init__(
        self,
        session: Session,
        dispatcher: Dispatcher,
        output: OutputType[Output],
        setting: Setting,
        state: RunState,
    ) -> None:
        self.session = session
        self.state = state
        self.output: Output | None = None
        self.artifacts: list[Artifact] = []
        self._dispatcher = dispatcher
        self._type = output
        self._setting = setting
        self._seed = session.sampling.seed
        self._pending: deque[ToolCall] = deque()
        self._guard = RepeatGuard()
        self._answer_now = False
        self._retried = False
        self._steps = 0
        self._interrupted: tuple[str, str] | None = None
        self._awaiting: asyncio.Task[Any] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._recall()

    def interrupt(self, reason: str, detail: str) -> None:
        """End the run at the next possible moment, within a step of the model or of a tool.

        Args:
            reason: the stop reason: `cancelled` or `limit`.
            detail: a sentence.
        """
        if self._interrupted is None:
            self._interrupted = (reason, detail)
            if self._awaiting is not None:
                self._awaiting.cancel()

    async def events(self) -> AsyncGenerator[Event, None]:
        """The run's events; the last one is `RunFinished`."""
        # An interrupt may cancel only while this generator itself is waiting for something, not
        # while its consumer is: so each step of the inner generator is entered and left by hand.
        self._start_clock()
        try:
            async with aclosing(self._told()) as told:
                while True:
                    try:
                        self._awaiting = asyncio.current_task()
                        event = await anext(told, None)
                    except asyncio.CancelledError:
                        if self._interrupted is None:
                            raise
                        break
                    finally:
                        self._awaiting = None
                    if event is None:
                        break
                    yield event
                    if self._interrupted is not None and self.state.stop_reason is None:
                        break
            if self._interrupted is not None and self.state.stop_reason is None:
                async for last in self._interruption(*self._interrupted):
                    yield last
        except (GeneratorExit, asyncio.CancelledError):
            if self.state.stop_reason is None:
                self._stop("cancelled", CANCELLED)
            raise
        finally:
            if self._deadline is not None:
                self._deadline.cancel()
        state = self.snapshot()
        yield RunFinished(
            state.stop_reason or "error", state.detail, self.output, state.usage, state.citations
        )

    def _start_clock(self) -> None:
        seconds = self._setting.limits.seconds
        if seconds is not None:
            detail = f"The run's {seconds:g} s are over."
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(seconds, self.interrupt, "limit", detail)

    async def _interruption(self, reason: str, detail: str) -> AsyncGenerator[Event, None]:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            task.uncancel()
        if reason == "limit":
            yield LimitReached("seconds", detail)
        self._stop(reason, detail)
        yield await self._checkpoint()

    async def _told(self) -> AsyncGenerator[Event, None]:
        capabilities = self.session.model.capabilities
        yield RunStarted(self.state.run_id, self._setting.agent, capabilities.name)
        yield await self._checkpoint()
        while self.state.stop_reason is None:
            step = self._run_calls() if self._pending else self._turn()
            async with aclosing(step) as events:
                async for event in events:
                    yield event

    # The model's part

    async def _turn(self) -> AsyncGenerator[Event, None]:
        usage, limits = self.state.usage, self._setting.limits
        if limits.turns is not None and usage.turns >= limits.turns:
            yield self._limit("turns", f"The run reached its limit of turns, {limits.turns}.")
            yield await self._checkpoint()
            return
        yield TurnStarted(usage.turns + 1)
        self._reseed(usage.turns)
        self.session.grammar = self._grammar()
        left = None if limits.tokens is None else max(limits.tokens - usage.output_tokens, 0)
        budget = Budget(limits.message_tokens, left)
        items = self.session.stream(budget=budget, answer_now=self._answer_now)
        self.session.usage = Usage()
        try:
            async with aclosing(items) as stream:
                async for item in stream:
                    if isinstance(item, Final | Calls | Stopped):
                        yield TurnFinished(usage.turns + 1, item.messages, item.usage)
                        for event in self._handle(item):
                            yield event
                    else:
                        yield item
        finally:
            self.state.usage += self.session.usage
        yield await self._checkpoint()

    def _grammar(self) -> Grammar | None:
        """What the next reply may be; None where nothing binds the model, or nothing can."""
        allowed, limit = self._setting.allowed, self._setting.limits.reasoning_tokens
        capabilities = self.session.model.capabilities
        binding = allowed.binding or limit is not None or not capabilities.token_exact
        if not capabilities.grammar or not binding:
            return None
        grammar = allowed.grammar(self.state.usage.tool_calls, limit)
        return checked(grammar, capabilities.grammar_form) if capabilities.token_exact else grammar

    def _reseed(self, turn: int) -> None:
        """Another seed each turn, the same one when the turn is taken again after a resume."""
        if self._seed is not None:
            sampling: Sampling = self.session.sampling
            self.session.sampling = dataclasses.replace(sampling, seed=self._seed + turn)

    def _handle(self, step: Step) -> list[Event]:
        match step:
            case Calls():
                self._pending.extend(step.calls)
            case Stopped(limit=limit, detail=detail) if limit:
                return [self._limit(limit, detail)]
            case Stopped():
                self._stop(step.reason, step.detail)
            case Final():
                self._finish(step.text)
        return []

    def _finish(self, text: str) -> None:
        missing = self._setting.allowed.must_call and not self.state.usage.tool_calls
        if missing and not self._retried:
            self._ask_again("You have not called a tool. Call one before you answer.")
            return
        try:
            self.output = self._type.parse(text)
        except ValueError as error:
            if self._retried:
                self._stop("error", f"The answer does not fit the output type: {error}")
                return
            self._ask_again(
                f"Your answer does not fit the response format: {error}\n"
                "Answer again with nothing but JSON in that format."
            )
            return
        self._stop("final", "")

    def _ask_again(self, why: str) -> None:
        self._retried = True
        self.session.conversation.add(Message("developer", why))

    # The tools' part

    async def _run_calls(self) -> AsyncGenerator[Event, None]:
        call = self._pending[0]
        limit = self._setting.limits.tool_calls
        if limit is not None and self.state.usage.tool_calls >= limit:
            yield self._limit("tool_calls", f"The run reached its limit of tool calls, {limit}.")
            yield await self._checkpoint()
            return
        request = self._read(call, self.state.usage.tool_calls)
        key = request.key
        asked = self._guard.ask(key)
        if asked > REPEATS_RUN:
            self._answer_now = asked > REPEATS_ANSWERED
            result = self._guard.results[key]
            yield ToolCalled(request.call)
            yield self._take(_repeated(request.call, result, self._answer_now))
        else:
            async with aclosing(self._dispatched(request)) as events:
                async for event in events:
                    if isinstance(event, ToolReturned):
                        self._guard.answer(key, event.message.text)
                        self.artifacts += event.artifacts
                        self._take(event)
                    yield event
        yield await self._checkpoint()

    def _read(self, call: ToolCall, calls: int) -> Request:
        """`call` as it is understood after so many others."""
        return self._dispatcher.read(call, self._setting.allowed.names(calls))

    async def _dispatched(self, request: Request) -> AsyncGenerator[Event, None]:
        call, name = request.call, self.session.conversation.name
        ctx = RunContext(
            self._setting.deps,
            call,
            name,
            self.state.usage,
            messages=self.session.conversation.messages,
            dropped=self.state.dropped,
        )
        events = self._dispatcher.run(
            request,
            ctx,
            decision=self.state.decisions.get(call.id),
            shorten=self._shorten,
        )
        async with aclosing(events) as stream:
            async for event in stream:
                if isinstance(event, ApprovalRequested):
                    self._stop("pending", f"{event.call.name} waits for approval.")
                yield event

    def _take(self, returned: ToolReturned) -> ToolReturned:
        self._pending.popleft()
        self.session.conversation.add(returned.message)
        self.state.usage += Usage(tool_calls=1)
        return returned

    def _shorten(self, text: str) -> str:
        """Cut a tool result, so that it keeps its limit and the reply after it still fits."""
        context = self.session.model.capabilities.context_length
        conversation = self.session.conversation
        reserve = min(RESULT_RESERVE, context // 4)
        room = max(context - len(conversation.ids) - reserve, LEAST_RESULT)
        limit = self._setting.limits.result_tokens
        return shortened(text, room if limit is None else min(limit, room), conversation.tokenizer)

    # Where the run stands

    def _recall(self) -> None:
        """Take up a resumed run: what waits, what was asked before, what was retried."""
        state, conversation = self.state, self.session.conversation
        for calls, (call, answer) in enumerate(state.answered()):
            if answer is None:
                self._pending.append(call)
                continue
            key = self._read(call, calls).key
            asked = self._guard.ask(key)
            self._answer_now = asked > REPEATS_ANSWERED
            if asked <= REPEATS_RUN:
                self._guard.answer(key, answer.text)
        said = conversation.entries[state.start :]
        self._retried = any(entry.message.role == "developer" for entry in said)
        if state.stop_reason == "final":
            self.output = self._type.parse(last_answer(e.message for e in said) or "")
        elif state.stop_reason is not None:
            state.stop_reason, state.detail = None, ""

    def _stop(self, reason: str, detail: str) -> None:
        self.state.stop_reason, self.state.detail = reason, detail

    def _limit(self, limit: str, detail: str) -> LimitReached:
        self._stop("limit", detail)
        return LimitReached(limit, detail)

    async def _checkpoint(self) -> CheckpointSaved:
        self._steps += 1
        state = self.snapshot()
        if self._setting.save is not None:
            await self._setting.save(state)
        return CheckpointSaved(self._steps, state)

    def snapshot(self) -> RunState:
        """The state as it is now; shares the ledger, copies nothing that grows."""
        conversation = self.session.conversation
        return dataclasses.replace(
            self.state,
            entries=EntryView(conversation.entries),
            calls=conversation.calls,
            decisions=dict(self.state.decisions),
        )


def _repeated(call: ToolCall, result: str, answer_now: bool) -> ToolReturned:
    note = (
        "You have this result already. Answer now with what you know."
        if answer_now
        else "The same call was made before: this is its result. Do something else or answer."
    )
    returned = not_run(call, note)
    text = f"{result}\n[{note}]"
    return dataclasses.replace(
        returned, message=dataclasses.replace(returned.message, text=text), is_error=False
    )
