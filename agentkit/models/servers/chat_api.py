"""OpenAI's chat completions API: how a reply is asked for and how its chunks read.

Knows the shapes of `/v1/chat/completions` (OpenAI's API reference, "Chat") and what others added to
them: reasoning, in `reasoning_content` or `reasoning`, both in deltas and in earlier messages; the
effort as a template argument, as llama.cpp wants it. Knows nothing of Harmony and of connections.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from agentkit.errors import BackendError
from agentkit.models.servers.asking import Asked, Body
from agentkit.models.servers.refusals import Refusals
from agentkit.models.servers.speech import (
    CallPart,
    Cost,
    Over,
    Piece,
    TextPart,
    ThoughtPart,
    check_count,
)
from agentkit.models.servers.transcript import Called, Returned, Said, Thought

PATH = "/chat/completions"


def body(asked: Asked) -> Body:
    """The body of a request."""
    request: Body = {
        "model": asked.model,
        "messages": _messages(asked),
        "stream": True,
        "stream_options": {"include_usage": True},
        **asked.sampled,
    }
    if effort := asked.transcript.effort:
        request["reasoning_effort"] = effort
        request["chat_template_kwargs"] = {"reasoning_effort": effort}
    if asked.max_tokens is not None:
        request["max_tokens"] = asked.max_tokens
    if functions := asked.functions:
        request["tools"] = [{"type": "function", "function": each} for each in functions]
        request["tool_choice"] = "required" if asked.grammar.must_call else "auto"
        request["parallel_tool_calls"] = False
    if answer := asked.answer:
        request["response_format"] = {"type": "json_schema", "json_schema": answer}
    return request


def _messages(asked: Asked) -> list[Body]:
    """The conversation: one call to a message, reasoning with the call or text it led to."""
    messages: list[Body] = []
    if asked.transcript.instructions:
        messages.append({"role": "system", "content": asked.transcript.instructions})
    items = asked.transcript.items
    thoughts: list[str] = []
    for number, item in enumerate(items):
        match item:
            case Thought(text):
                thoughts.append(text)
                continue
            case Said("assistant", text):
                messages.append({"role": "assistant", "content": text})
                # gpt-oss's template refuses a call that has both: what led to it goes with it.
                if any(isinstance(each, Called) for each in items[number + 1 : number + 2]):
                    continue
            case Said(_, text):
                # A developer's message in mid-conversation is dropped by gpt-oss's template.
                messages.append({"role": "user", "content": text})
                continue
            case Called(call_id, recipient, text):
                function = {
                    "name": asked.names.encode(recipient),
                    "arguments": asked.names.arguments(recipient, text),
                }
                calls = [{"id": call_id, "type": "function", "function": function}]
                messages.append({"role": "assistant", "content": "", "tool_calls": calls})
            case Returned(call_id, text):
                messages.append({"role": "tool", "tool_call_id": call_id, "content": text})
                continue
        if thoughts:
            text = "\n\n".join(thoughts)
            messages[-1] |= {"reasoning": text, "reasoning_content": text}
            thoughts.clear()
    return messages


class _Shape(BaseModel):
    """Outside data: what is not named here is not looked at."""

    model_config = ConfigDict(extra="ignore")


class _Function(_Shape):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _ToolCall(_Shape):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Text(_Shape):
    type: str = "text"
    text: str | None = None


class _Delta(_Shape):
    content: str | list[_Text] | None = None
    refusal: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(_Shape):
    index: int | None = 0
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Details(_Shape):
    cached_tokens: int | None = None


class _Usage(_Shape):
    prompt_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Chunk(_Shape):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None


@dataclass(slots=True)
class _Call:
    key: int
    index: int | None
    id: str
    name: str = ""
    text: str = ""


class Reading:
    """Reads the chunks of one reply.

    Args:
        refusals: words for errors.

    Attributes:
        over: the reply is whole, or cut by a limit; its cost may follow.
    """

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._calls: list[_Call] = []
        self._reason: str | None = None
        self._cost: Cost | None = None
        self.over = False

    def read(self, event: Mapping[str, Any]) -> list[Piece]:
        """What a chunk brings.

        Raises:
            BackendError: the reply failed, or was held back by a content filter.
            pydantic.ValidationError: the chunk is not of its documented shape.
        """
        chunk = _Chunk.model_validate(event)
        if chunk.usage is not None and chunk.usage.prompt_tokens is not None:
            details = chunk.usage.prompt_tokens_details
            cached = details.cached_tokens if details else None
            self._cost = Cost.told(chunk.usage.prompt_tokens, cached)
        pieces: list[Piece] = []
        for choice in chunk.choices or ():
            if choice.delta is not None and not choice.index:
                pieces += self._delta(choice.delta)
            self._reason = choice.finish_reason or self._reason
        if self._reason == "content_filter":
            raise BackendError(
                f"{self._refusals.address} held the reply back: its content filter stopped it."
                " Word the request differently."
            )
        if self._reason == "error":
            raise BackendError(f"{self._refusals.address} failed while replying.")
        self.over = self._reason is not None
        return pieces

    def finish(self) -> list[Piece]:
        """The stream has ended: the reply is whole if a reason for its end was told.

        Usage comes after the reason, so that `Over` can only come here.
        """
        if not self.over:
            return []
        pieces: list[Piece] = [
            CallPart(call.key, "unknown", call.text) for call in self._calls if not call.name
        ]
        return [*pieces, Over(self._reason == "length", self._cost)]

    def _delta(self, delta: _Delta) -> list[Piece]:
        pieces: list[Piece] = []
        if thought := delta.reasoning_content or delta.reasoning:
            pieces.append(ThoughtPart(thought))
        content = delta.content or delta.refusal or ""
        if isinstance(content, list):
            content = "".join(each.text or "" for each in content if each.type == "text")
        if content:
            pieces.append(TextPart(content))
        for part in delta.tool_calls or ():
            pieces += self._call(part)
        return pieces

    def _call(self, part: _ToolCall) -> list[Piece]:
        function = part.function or _Function()
        arguments = function.arguments or ""
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        call = self._found(part, function.name)
        call.text += arguments
        if call.name:
            return [CallPart(call.key, "", arguments)] if arguments else []
        if not function.name:
            return []
        call.name = function.name
        return [CallPart(call.key, call.name, call.text)]

    def _found(self, part: _ToolCall, name: str | None) -> _Call:
        """The call a part belongs to. Some servers number none, others number all of them 0."""
        for call in reversed(self._calls):
            if part.id and call.id and part.id != call.id:
                continue
            if part.index is None or call.index is None or part.index == call.index:
                another = name and call.name and (part.index is None or name != call.name)
                if another and not part.id:
                    break
                call.id = call.id or part.id or ""
                return call
        check_count(self._calls, self._refusals)
        call = _Call(len(self._calls), part.index, part.id or "")
        self._calls.append(call)
        return call
