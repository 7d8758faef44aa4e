"""The agent: a model, instructions and tools, and three ways to run them that are one.

`run` is `run_stream` with nobody watching; `run_sync` is `run` behind a thin bridge. An agent used
as a context manager keeps its tools' state and its model between runs; outside of one, a run leaves
nothing behind but the loaded model.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import threading
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Protocol

from typing_extensions import TypeVar

from agentkit.allowed import ToolChoice, allowed
from agentkit.bridge import LoopThread
from agentkit.conversation import Conversation
from agentkit.dispatch import Dispatcher, not_run
from agentkit.errors import UserError
from agentkit.events import Event
from agentkit.harmony.prompt import Prompt
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.loop import Run, Save, Setting
from agentkit.messages import Effort, Message, user
from agentkit.models.base import Model, Sampling
from agentkit.models.guarantee import checked
from agentkit.models.load import load_model
from agentkit.output import Output, OutputType
from agentkit.result import RunResult, RunStream
from agentkit.session import Session
from agentkit.state import RunState
from agentkit.store import used_alone
from agentkit.tools.base import Tool
from agentkit.tools.function import as_tool
from agentkit.usage import Limits

Deps = TypeVar("Deps", default=None)
Input = str | Message | Sequence[Message]
Begin = Callable[[Model, HarmonyTokenizer], Awaitable[tuple[Session, RunState]]]


class Store(Protocol):
    """Where a conversation is kept between runs and after every step of one."""

    async def load(self) -> RunState | None:
        """The last state saved, or None for a new conversation."""
        ...

    async def save(self, state: RunState) -> None:
        """Keep `state`; called after every step, so its cost should not grow with the state."""
        ...


class Agent(Generic[Deps, Output]):
    """A model with instructions and tools.

    Args:
        model: `tiny` (bundled), a name on the hub, a folder, or a `Model`.
        name: for people and traces.
        instructions: the developer message's; persona and rules go here.
        tools: `Tool`s or plain functions.
        output_type: what the answer is to be; `str` for text. Models that obey grammars can write
            nothing that does not fit its schema.
        tool_choice: `auto`; `none`; `required`, or a tool's name, for what a run must call before
            it answers; or the names of the tools that may be called.
        lenient: conditions of the output type that no grammar can hold are checked once the answer
            is there, instead of being refused now.
        deps_type: type of `deps`, for type checkers.
        reasoning: `low`, `medium` or `high`.
        limits: of each run.
        sampling: how ids are drawn; None for the checkpoint's own defaults.
        vocabulary: the o200k_base file or its folder; None to find it.

    Raises:
        UserError: tools of the same name, a `tool_choice` that names none, an output type that has
            no schema or none that can be guaranteed, by this model or, given its name only, by any.
    """

    def __init__(
        self,
        model: str | Path | Model = "tiny",
        *,
        name: str = "agent",
        instructions: str = "",
        tools: Sequence[Any] = (),
        output_type: type[Output] = str,  # type: ignore[assignment]
        tool_choice: ToolChoice = "auto",
        lenient: bool = False,
        deps_type: type[Deps] | None = None,
        reasoning: Effort = "medium",
        limits: Limits | None = None,
        sampling: Sampling | None = None,
        vocabulary: str | Path | None = None,
    ) -> None:
        if reasoning not in ("low", "medium", "high"):
            raise UserError(f"reasoning is low, medium or high, not {reasoning!r}.")
        self.name = name
        self.instructions = instructions
        if isinstance(tools, str) or not isinstance(tools, Iterable):
            raise UserError(f"tools is a list, for example [PythonTool()], not {tools!r}.")
        self.tools: tuple[Tool, ...] = tuple(as_tool(each) for each in tools)
        self.reasoning = reasoning
        self.limits = limits or Limits()
        self.sampling = sampling
        self._output = OutputType(output_type)
        self._allowed = allowed(self.tools, tool_choice, self._output.schema, lenient)
        self.tool_choice = tool_choice
        self._dispatcher = Dispatcher(self.tools)
        self._spec = model
        self._vocabulary = vocabulary
        self._model: Model | None = None
        self._tokenizer: HarmonyTokenizer | None = None
        self._loading = threading.Lock()
        self._entered = 0
        self._loop: LoopThread | None = None
        self._response_format = self._output.response_format
        if not isinstance(model, str | Path):
            self._check_grammar(model)

    # Running

    async def run(
        self,
        prompt: Input,
        *,
        deps: Deps | None = None,
        session: Store | None = None,
        limits: Limits | None = None,
    ) -> RunResult[Output]:
        """Run until there is an answer, or a reason why there is none.

        Args:
            prompt: the user's message, or several messages.
            deps: handed to tools as `ctx.deps`.
            session: the conversation to go on with, and where every step is saved.
            limits: instead of the agent's.

        Returns:
            Always a result, whatever the model writes and whatever a tool does.

        Raises:
            ModelLoadError: the model cannot be loaded.
            VocabularyError: no vocabulary.
            UserError: another run is going on in the same session.
        """
        return await _drain(self.run_stream(prompt, deps=deps, session=session, limits=limits))

    def run_sync(
        self,
        prompt: Input,
        *,
        deps: Deps | None = None,
        session: Store | None = None,
        limits: Limits | None = None,
    ) -> RunResult[Output]:
        """`run` for code without an event loop; use `with agent:` to keep tools between runs.

        Several threads may call it at once, also tools that are sync functions.

        Raises:
            UserError: called from within an event loop.
        """
        coroutine = self.run(prompt, deps=deps, session=session, limits=limits)
        return self._bridge(coroutine)

    def run_stream(
        self,
        prompt: Input,
        *,
        deps: Deps | None = None,
        session: Store | None = None,
        limits: Limits | None = None,
    ) -> RunStream[Output]:
        """The same run, with its events as they come; see `run` for the arguments."""
        messages = _messages(prompt)

        async def begin(model: Model, tokenizer: HarmonyTokenizer) -> tuple[Session, RunState]:
            earlier = None if session is None else await session.load()
            return self._begin(model, tokenizer, messages, earlier)

        return self._stream(begin, deps, session, limits)

    async def resume(
        self,
        state: RunState,
        *,
        deps: Deps | None = None,
        session: Store | None = None,
        limits: Limits | None = None,
    ) -> RunResult[Output]:
        """Go on from a state; calls that have an answer are not run again.

        Args:
            state: a result's, a checkpoint's, or one read from JSON.
            deps: handed to tools.
            session: where further steps are saved.
            limits: instead of the agent's.
        """
        return await _drain(self.resume_stream(state, deps=deps, session=session, limits=limits))

    def resume_stream(
        self,
        state: RunState,
        *,
        deps: Deps | None = None,
        session: Store | None = None,
        limits: Limits | None = None,
    ) -> RunStream[Output]:
        """`resume`, with its events as they come."""

        async def begin(model: Model, tokenizer: HarmonyTokenizer) -> tuple[Session, RunState]:
            conversation = _continued(state, tokenizer)
            return Session(model, conversation, self.sampling), _own(state, conversation)

        return self._stream(begin, deps, session, limits)

    def _stream(
        self, begin: Begin, deps: Deps | None, store: Store | None, limits: Limits | None
    ) -> RunStream[Output]:
        async def events() -> AsyncGenerator[Event, None]:
            loaded = self._tokenizer is not None and self._model is not None
            with used_alone(store):
                model, tokenizer = self._load() if loaded else await asyncio.to_thread(self._load)
                session, state = await begin(model, tokenizer)
                save: Save | None = None if store is None else store.save
                setting = Setting(self.name, limits or self.limits, deps, self._allowed, save)
                run = Run(session, self._dispatcher, self._output, setting, state)
                stream.started(run)
                inner = run.events()
                try:
                    async for event in inner:
                        yield event
                finally:
                    await inner.aclose()
                    if not self._entered:
                        await self._close_tools(session.conversation.name)

        stream: RunStream[Output] = RunStream(events())
        return stream

    # Beginning

    def _begin(
        self,
        model: Model,
        tokenizer: HarmonyTokenizer,
        messages: Sequence[Message],
        earlier: RunState | None,
    ) -> tuple[Session, RunState]:
        """Open the next exchange of a new or an earlier conversation."""
        date = earlier.date if earlier else datetime.date.today().isoformat()
        prompt = self.prompt(date)
        if earlier is None:
            conversation = Conversation(tokenizer, prompt)
        else:
            conversation = _continued(earlier, tokenizer)
            for call in earlier.pending:
                conversation.add(not_run(call, "the user went on.").message)
        conversation.open_exchange([], prompt)
        start = len(conversation.entries)
        for message in messages:
            conversation.add(message)
        state = RunState(
            run_id=uuid.uuid4().hex,
            conversation=conversation.name,
            entries=conversation.entries,
            start=start,
            calls=conversation.calls,
            date=date,
            dropped=conversation.dropped,
        )
        return Session(model, conversation, self.sampling), state

    def prompt(self, date: str = "") -> Prompt:
        """What stands before the first user message.

        Args:
            date: ISO date; empty for none.
        """
        response = self._response_format
        return Prompt(
            date=datetime.date.fromisoformat(date) if date else None,
            reasoning=self.reasoning,
            instructions=self.instructions,
            tools=tuple(tool.describe() for tool in self.tools),
            response_formats=() if response is None else (response,),
        )

    def variant(
        self,
        *,
        instructions: str | None = None,
        tools: Sequence[Any] | None = None,
        reasoning: Effort | None = None,
        sampling: Sampling | None = None,
    ) -> Agent[Deps, Output]:
        """Another agent over the same model, which is loaded now and stays this one's to close.

        Args:
            instructions: instead of this agent's; None for the same, as with the others.
            tools: instead of this agent's; a `tool_choice` that names tools goes with them.
            reasoning: instead of this agent's.
            sampling: instead of this agent's.
        """
        model, tokenizer = self._load()
        choice = self.tool_choice
        if tools is not None and choice != "none" and not (choice == "required" and tools):
            choice = "auto"  # It named tools that are no longer there.
        other: Agent[Deps, Output] = Agent(
            model,
            name=self.name,
            instructions=self.instructions if instructions is None else instructions,
            tools=self.tools if tools is None else tools,
            output_type=self._output.kind,
            tool_choice=choice,
            lenient=self._allowed.lenient,
            reasoning=reasoning or self.reasoning,
            limits=self.limits,
            sampling=self.sampling if sampling is None else sampling,
            vocabulary=self._vocabulary,
        )
        other._model, other._tokenizer = model, tokenizer
        return other

    @property
    def model(self) -> Model:
        """The model, loaded now if it was not yet."""
        return self._load()[0]

    def _load(self) -> tuple[Model, HarmonyTokenizer]:
        with self._loading:
            if self._model is None:
                model = load_model(self._spec)
                self._check_grammar(model)
                self._model = model
            if self._tokenizer is None:
                checkpoint = self._model.capabilities.checkpoint
                self._tokenizer = load_tokenizer(self._vocabulary, checkpoint)
            return self._model, self._tokenizer

    def _check_grammar(self, model: Model) -> None:
        """Refuse what this model's form of grammars cannot hold, before anything is asked of it."""
        able = model.capabilities
        if self._allowed.binding and able.grammar and able.token_exact:
            checked(self._allowed.grammar(calls=1), able.grammar_form)

    # Ending

    async def close(self) -> None:
        """Close the tools, and the model if this agent loaded it."""
        await self._close_tools(None)
        if self._model is not None and self._model is not self._spec:
            await self._model.close()
            self._model = None

    async def _close_tools(self, conversation: str | None) -> None:
        for tool in self.tools:
            await tool.close(conversation)

    async def __aenter__(self) -> Agent[Deps, Output]:
        self._entered += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self._entered -= 1
        if not self._entered:
            await self.close()

    def __enter__(self) -> Agent[Deps, Output]:
        if _in_a_loop():
            raise UserError(
                "`with agent:` was entered within an event loop: use `async with agent:`."
            )
        self._loop = self._loop or LoopThread()
        self._entered += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._entered -= 1
        if not self._entered and self._loop is not None:
            loop, self._loop = self._loop, None
            try:
                loop.run(self.close())
            finally:
                loop.close()

    def _bridge(self, coroutine: Coroutine[Any, Any, RunResult[Output]]) -> RunResult[Output]:
        if _in_a_loop():
            coroutine.close()
            raise UserError("run_sync was called within an event loop: use `await agent.run(...)`.")
        return self._loop.run(coroutine) if self._loop else asyncio.run(coroutine)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _drain(stream: RunStream[Output]) -> RunResult[Output]:
    async with stream:
        async for _ in stream:
            pass
        return stream.result


def _messages(prompt: Input) -> list[Message]:
    if isinstance(prompt, str):
        return [user(prompt)]
    return [prompt] if isinstance(prompt, Message) else list(prompt)


def _continued(state: RunState, tokenizer: HarmonyTokenizer) -> Conversation:
    """The conversation that `state` stands in."""
    return Conversation(
        tokenizer,
        entries=state.entries,
        calls=state.calls,
        name=state.conversation,
        dropped=state.dropped,
    )


def _own(state: RunState, conversation: Conversation) -> RunState:
    """A copy of `state` that the run may change, over the conversation's own entries."""
    return dataclasses.replace(state, entries=conversation.entries, decisions=dict(state.decisions))
