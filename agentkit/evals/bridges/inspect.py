"""agentkit in Inspect: a model API for every eval, and an agent that owns its loop.

Importing this module imports `inspect_ai`; the entry point group `inspect_ai` names it, so that
Inspect finds

    inspect eval inspect_evals/gpqa_diamond --model agentkit/openai/gpt-oss-20b
    inspect eval task.py --model agentkit/tiny --solver agentkit/harmony

As a model (`AgentKitAPI`), Inspect owns the loop and the history. Reasoning travels as
`ContentReasoning` in the assistant's messages and is read back: it stays in the prompt while its
turn is open and leaves it when the turn is answered, as in training. While Inspect sends back what
it was given, the conversation goes on in the very ids that were sampled; where a history was edited
it is rendered anew.

As an agent (`harmony`), agentkit owns the loop, and its own tools can be used with Inspect's.

Not covered: images and other media (an error), several choices, logprobs, batches. Harmony has no
way to force a call: `tool_choice="any"` and a named function are asked for in words, and the named
function is the only one shown. Stop sequences cut the answer after it was sampled.
"""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.agent import Agent as InspectAgent
from inspect_ai.agent import AgentState, agent
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    get_model,
    modelapi,
)
from inspect_ai.tool import Tool as InspectTool
from inspect_ai.tool import ToolCall as InspectCall
from inspect_ai.tool import ToolChoice, ToolDef, ToolFunction, ToolInfo

from agentkit.agent import Agent
from agentkit.conversation import Conversation, Entry
from agentkit.dispatch import Dispatcher
from agentkit.errors import BackendError, ToolError, UserError
from agentkit.evals.bridges.inspect_messages import (
    assistant_message,
    key_of,
    messages_of,
    render,
    stop_reason,
    text_of,
    usage_of,
)
from agentkit.evals.bridges.tau2_agent import HandedOut
from agentkit.harmony.prompt import FunctionSchema, Prompt, ResponseFormat, ToolDescription
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.messages import Effort, ToolCall
from agentkit.models.base import Model, Sampling
from agentkit.models.load import load_model
from agentkit.session import Budget, Calls, Session, Step, Stopped
from agentkit.tools.base import RunContext, Tool, ToolOutput

KEPT = 256
"""Conversations whose ids are kept for going on; the one not used for longest leaves."""
_EFFORTS: dict[str, Effort] = {
    "none": "low", "minimal": "low", "low": "low", "medium": "medium",
    "high": "high", "xhigh": "high", "max": "high",
}  # fmt: skip


@modelapi(name="agentkit")  # type: ignore[untyped-decorator]
def agentkit() -> type[ModelAPI]:
    """The model API, as Inspect's registry asks for it."""
    return AgentKitAPI


@dataclass(frozen=True)
class _Kept:
    """A conversation at the end of a reply, to go on from; several may.

    Args:
        entries: the ledger.
        numbered: how many calls it had seen.
        name: of the KV cache.
        calls: those the reply made, by Inspect's ids.
    """

    entries: tuple[Entry, ...]
    numbered: int
    name: str
    calls: dict[str, ToolCall]


class AgentKitAPI(ModelAPI):  # type: ignore[misc]
    """Models of agentkit as a provider of Inspect.

    Args:
        model_name: what follows `agentkit/`: `tiny`, a name on the hub, a folder.
        base_url: not used.
        api_key: not used.
        config: Inspect's settings.
        engine: a `Model`, or its name, to use instead of what `model_name` says (`-M engine=...`).
        reasoning: `low`, `medium` or `high`, where Inspect's `reasoning_effort` says nothing.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        engine: str | Model | None = None,
        reasoning: Effort = "medium",
        **_: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self._given = engine
        self._reasoning = reasoning
        self._loaded: tuple[Model, HarmonyTokenizer] | None = None
        self._loading: asyncio.Lock | None = None
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def load(self) -> tuple[Model, HarmonyTokenizer]:
        """The model and its vocabulary, loaded at first use.

        Raises:
            ModelLoadError: there is no such model.
        """
        self._loading = self._loading or asyncio.Lock()
        async with self._loading:
            if self._loaded is None:
                self._loaded = await asyncio.to_thread(self._load)
        return self._loaded

    def _load(self) -> tuple[Model, HarmonyTokenizer]:
        model = load_model(self._given if self._given is not None else self.model_name)
        return model, load_tokenizer(None, model.capabilities.checkpoint)

    async def aclose(self) -> None:
        """Free the model, if it was loaded here."""
        if self._loaded is not None and self._given is None:
            await self._loaded[0].close()
            self._loaded = None
        await super().aclose()

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """The model's next message.

        Args:
            input: the whole conversation.
            tools: what may be called.
            tool_choice: see the module.
            config: temperature, top_p, top_k, seed, max_tokens, stop_seqs, reasoning_effort and
                response_schema are heeded.

        Raises:
            UserError: media, or several choices.
            BackendError: the model's engine failed.
        """
        if (config.num_choices or 1) > 1:
            raise UserError("agentkit gives one choice; use --epochs for several samples.")
        model, tokenizer = await self.load()
        shown = _shown(tools, tool_choice)
        prompt = self._prompt(input, shown, tool_choice, config)
        history = [each for each in input if each.role != "system"]
        conversation, _ = self._opened(tokenizer, prompt, history)
        session = Session(model, conversation, _sampling(config, model.capabilities.sampling))
        step = await session.send(budget=Budget(tokens=config.max_tokens))
        if isinstance(step, Stopped) and step.reason == "error":
            raise BackendError(step.detail)
        calls = _calls(step, shown)
        message = assistant_message(step, calls, config, self.model_name)
        made = {ours.id: call for ours, call in zip(calls, _asked(step), strict=True)}
        self._keep(key_of(prompt, [*history, message]), conversation, made)
        choice = ChatCompletionChoice(message=message, stop_reason=stop_reason(step))
        return ModelOutput(model=self.model_name, choices=[choice], usage=usage_of(step.usage))

    def _prompt(
        self,
        input: Sequence[ChatMessage],
        tools: Sequence[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> Prompt:
        instructions = [text_of(each) for each in input if each.role == "system"]
        if tools and isinstance(tool_choice, ToolFunction):
            instructions.append(f"Call functions.{tool_choice.name} now.")
        elif tools and tool_choice == "any":
            instructions.append("Call one of the functions now.")
        formats: tuple[ResponseFormat, ...] = ()
        if (wanted := config.response_schema) is not None:
            schema = wanted.json_schema.model_dump(exclude_none=True)
            formats = (ResponseFormat(wanted.name, schema, wanted.description or ""),)
        effort = config.reasoning_effort
        functions = tuple(_schema(each) for each in tools)
        return Prompt(
            reasoning=self._reasoning if effort is None else _EFFORTS[effort],
            instructions="\n\n".join(filter(None, instructions)),
            tools=(ToolDescription("functions", functions=functions),) if functions else (),
            response_formats=formats,
        )

    def _opened(
        self, tokenizer: HarmonyTokenizer, prompt: Prompt, history: Sequence[ChatMessage]
    ) -> tuple[Conversation, dict[str, ToolCall]]:
        """The conversation up to where the model is to speak."""
        last = max((n for n, each in enumerate(history) if each.role == "assistant"), default=-1)
        kept = self._kept.get(key_of(prompt, history[: last + 1])) if last >= 0 else None
        if kept is None:
            conversation = Conversation(tokenizer, prompt)
            calls: dict[str, ToolCall] = {}
            render(conversation, history, calls)
            return conversation, calls
        conversation = Conversation(
            tokenizer, entries=kept.entries, calls=kept.numbered, name=kept.name
        )
        calls = dict(kept.calls)
        render(conversation, history[last + 1 :], calls)
        return conversation, calls

    def _keep(self, key: str, conversation: Conversation, calls: dict[str, ToolCall]) -> None:
        self._kept[key] = _Kept(
            tuple(conversation.entries), conversation.calls, conversation.name, calls
        )
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _calls(step: Step, tools: Sequence[ToolInfo]) -> list[InspectCall]:
    """Inspect's calls: what cannot be read has the reason as its `parse_error`."""
    dispatcher = Dispatcher([HandedOut(_schema(each)) for each in tools])
    found = []
    for call in _asked(step):
        request = dispatcher.read(call)
        name = (request.call.name or call.recipient).removeprefix("functions.").strip()
        unknown = bool(request.mistake) and not request.call.name
        found.append(
            InspectCall(
                id=f"call_{uuid.uuid4().hex[:16]}",
                function=name or "unknown",
                arguments=dict(request.call.arguments),
                # That there is no such tool is for Inspect to say.
                parse_error=None if unknown and name else request.mistake or None,
            )
        )
    return found


def _asked(step: Step) -> tuple[ToolCall, ...]:
    return step.calls if isinstance(step, Calls) else ()


def _sampling(config: GenerateConfig, own: Sampling) -> Sampling:
    given = {
        name: getattr(config, name)
        for name in ("temperature", "top_p", "top_k", "seed")
        if getattr(config, name) is not None
    }
    return dataclasses.replace(own, **given)


def _shown(tools: Sequence[ToolInfo], choice: ToolChoice) -> list[ToolInfo]:
    if isinstance(choice, ToolFunction):
        return [each for each in tools if each.name == choice.name]
    return [] if choice == "none" else list(tools)


def _schema(tool: ToolInfo) -> FunctionSchema:
    parameters = tool.parameters.model_dump(exclude_none=True)
    return FunctionSchema(tool.name, tool.description, parameters)


# The agent


@agent(name="harmony")  # type: ignore[untyped-decorator]
def harmony(
    model: str | None = None,
    instructions: str = "",
    tools: Sequence[InspectTool] = (),
    python: bool = False,
    reasoning: Effort = "medium",
) -> InspectAgent:
    """An agent with agentkit's own loop.

    Args:
        model: as `agentkit.Agent` takes it; None for the model that Inspect uses, when that is one
            of agentkit's.
        instructions: the developer's, before the system messages of the sample.
        tools: Inspect's tools, which run as Inspect runs them.
        python: give it agentkit's Python tool.
        reasoning: `low`, `medium` or `high`.
    """

    async def execute(state: AgentState) -> AgentState:
        """Answer the conversation so far."""
        spec = await _model_for(model)
        said = [each.text for each in state.messages if each.role == "system"]
        own: list[Any] = [_InspectTool(ToolDef(each)) for each in tools]
        if python:
            from agentkit.tools.python import PythonTool

            own.append(PythonTool())
        told = "\n\n".join(filter(None, (instructions, *said)))
        async with Agent(spec, instructions=told, tools=own, reasoning=reasoning) as runner:
            history = [each for each in state.messages if each.role != "system"]
            result = await runner.run(messages_of(history))
        text = result.output or ""
        thought = [
            ContentReasoning(reasoning=each.text)
            for each in result.new_messages
            if each.channel == "analysis" and each.role == "assistant" and not each.is_call
        ]
        message = ChatMessageAssistant(
            content=[*thought, ContentText(text=text)], source="generate"
        )
        state.messages.append(message)
        stopped: Any = {"final": "stop", "limit": "max_tokens"}.get(result.stop_reason, "unknown")
        choice = ChatCompletionChoice(message=message, stop_reason=stopped)
        state.output = ModelOutput(choices=[choice], usage=usage_of(result.usage))
        return state

    return execute


async def _model_for(name: str | None) -> str | Model:
    if name is not None:
        return name
    api = get_model().api
    if not isinstance(api, AgentKitAPI):
        raise UserError("Give --model agentkit/NAME, or -S model=NAME: harmony samples itself.")
    return (await api.load())[0]


class _InspectTool(Tool):
    """One of Inspect's tools in agentkit's loop."""

    def __init__(self, definition: ToolDef) -> None:
        self.name = f"functions.{definition.name}"
        self._definition = definition

    def describe(self) -> ToolDescription:
        """As Inspect describes it."""
        definition = self._definition
        parameters = definition.parameters.model_dump(exclude_none=True)
        schema = FunctionSchema(definition.name, definition.description, parameters)
        return ToolDescription("functions", functions=(schema,))

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Run it.

        Raises:
            ToolError: its arguments do not fit.
        """
        try:
            result = await self._definition.tool(**call.arguments)
        except TypeError as error:
            raise ToolError(str(error)) from error
        yield ToolOutput(result if isinstance(result, str) else str(result))

    async def close(self, conversation: str | None = None) -> None:
        """Nothing to free."""
