"""OpenAI's Responses API: how a reply is asked for and how its events read.

Knows the shapes of `/v1/responses` (OpenAI's API reference, "Responses" and "Streaming events"),
and that servers leave things out: llama.cpp numbers no items, some send items without their parts.
Event types that are not known here are passed over. Knows nothing of Harmony and of connections.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from agentkit.errors import BackendError, ContextOverflow, ModelError
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
from agentkit.models.servers.transcript import Called, Item, Returned, Said, Thought

PATH = "/responses"

_TEXT_DELTAS = ("response.output_text.delta", "response.refusal.delta")
_THOUGHT_DELTAS = (
    "response.reasoning_text.delta",
    "response.reasoning_summary_text.delta",
    "response.reasoning.delta",
)
_CALL_DELTA = "response.function_call_arguments.delta"
_CALL_DONE = "response.function_call_arguments.done"
_ITEM_EVENTS = ("response.output_item.added", "response.output_item.done")
_ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
_KNOWN = frozenset(
    (*_TEXT_DELTAS, *_THOUGHT_DELTAS, _CALL_DELTA, _CALL_DONE, *_ITEM_EVENTS, *_ENDS)
)


def body(asked: Asked) -> Body:
    """The body of a request."""
    request: Body = {
        "model": asked.model,
        "input": [_item(each, number, asked) for number, each in enumerate(asked.transcript.items)],
        "stream": True,
        "store": False,
        **asked.sampled,
    }
    if asked.transcript.instructions:
        request["instructions"] = asked.transcript.instructions
    if asked.transcript.effort:
        request["reasoning"] = {"effort": asked.transcript.effort}
    if asked.max_tokens is not None:
        request["max_output_tokens"] = asked.max_tokens
    if functions := asked.functions:
        # Without `strict` the API takes it for true and changes the schema.
        request["tools"] = [{"type": "function", **each, "strict": False} for each in functions]
        request["tool_choice"] = "required" if asked.grammar.must_call else "auto"
        request["parallel_tool_calls"] = False
    if answer := asked.answer:
        request["text"] = {"format": {"type": "json_schema", **answer}}
    return request


def _item(item: Item, number: int, asked: Asked) -> Body:
    match item:
        case Thought(text):
            return {
                "type": "reasoning",
                "id": f"rs_{number}",
                "summary": [],
                "content": [{"type": "reasoning_text", "text": text}],
            }
        case Said("assistant", text):
            return {
                "type": "message",
                "id": f"msg_{number}",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": text, "annotations": []}],
            }
        case Said(role, text):
            return {"type": "message", "role": role, "content": text}
        case Called(call_id, recipient, text):
            return {
                "type": "function_call",
                "call_id": call_id,
                "name": asked.names.encode(recipient),
                "arguments": asked.names.arguments(recipient, text),
            }
        case Returned(call_id, text):
            return {"type": "function_call_output", "call_id": call_id, "output": text}


class _Shape(BaseModel):
    """Outside data: what is not named here is not looked at."""

    model_config = ConfigDict(extra="ignore")


class _Part(_Shape):
    text: str | None = None
    refusal: str | None = None


class _OutputItem(_Shape):
    type: str = ""
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | dict[str, Any] | None = None
    content: list[_Part] | None = None
    summary: list[_Part] | None = None
    phase: str | None = None


class _Details(_Shape):
    cached_tokens: int | None = None


class _Usage(_Shape):
    input_tokens: int | None = None
    input_tokens_details: _Details | None = None


class _Error(_Shape):
    message: str | None = None
    code: str | int | None = None


class _Incomplete(_Shape):
    reason: str | None = None


class _Response(_Shape):
    status: str | None = None
    output: list[_OutputItem] | None = None
    usage: _Usage | None = None
    error: _Error | None = None
    incomplete_details: _Incomplete | None = None


class _Event(_Shape):
    type: str
    item_id: str | None = None
    output_index: int | None = None
    summary_index: int | None = None
    delta: str = ""
    arguments: str | dict[str, Any] | None = None
    name: str | None = None
    item: _OutputItem | None = None
    response: _Response | None = None


@dataclass(slots=True)
class _Output:
    """One item of the output, as far as it has come."""

    number: int
    kind: str
    ids: set[str]
    index: int | None = None
    name: str = ""
    text: str = ""
    named: bool = False
    preamble: bool = False
    summary_index: int = 0


class Reading:
    """Reads the events of one reply.

    Args:
        refusals: words for errors.

    Attributes:
        over: the reply is whole, or cut by a limit.
    """

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._outputs: list[_Output] = []
        self.over = False

    def read(self, event: Mapping[str, Any]) -> list[Piece]:
        """What an event brings; `Over` is the last piece of a reply.

        Raises:
            ContextOverflow: the server says so.
            BackendError: the reply failed, or was held back by a content filter.
            pydantic.ValidationError: the event is not of its documented shape.
        """
        kind = event.get("type")
        if not isinstance(kind, str):
            return []
        if kind == "error":
            raise self._failure(_Error.model_validate(event))
        if kind not in _KNOWN:
            return []
        told = _Event.model_validate(event)
        if kind in _ENDS:
            return self._end(told.type, told.response or _Response())
        if kind in _ITEM_EVENTS:
            if told.item is None:
                return []
            output = self._output(told, told.item.type, told.item)
            return self._whole(output, told.item)
        if kind in _TEXT_DELTAS:
            return self._more(self._output(told, "message"), told.delta)
        if kind in _THOUGHT_DELTAS:
            output = self._output(told, "reasoning")
            return self._more(output, self._separator(output, told) + told.delta)
        output = self._output(told, "function_call")
        output.name = output.name or told.name or ""
        if kind == _CALL_DONE:
            return self._rest(output, _text(told.arguments))
        return self._more(output, told.delta)

    def finish(self) -> list[Piece]:
        """The stream has ended. Without an event that says so, the reply is not whole."""
        return []

    def _output(self, event: _Event, kind: str, item: _OutputItem | None = None) -> _Output:
        """The item an event is about, by number, by name, or else the last of its kind."""
        names = {event.item_id, item.id if item else None, item.call_id if item else None}
        ids = {name for name in names if name}
        for output in reversed(self._outputs):
            if event.output_index is not None and output.index is not None:
                found = output.index == event.output_index
            else:
                found = bool(ids & output.ids) or (not ids and output.kind == kind)
            if found and output.kind == kind:
                output.ids |= ids
                return output
        check_count(self._outputs, self._refusals)
        output = _Output(len(self._outputs), kind, ids, event.output_index)
        self._outputs.append(output)
        return output

    def _separator(self, output: _Output, event: _Event) -> str:
        """Parts of a summary are paragraphs."""
        index = event.summary_index or 0
        changed, output.summary_index = index != output.summary_index, index
        return "\n\n" if changed and output.text else ""

    def _whole(self, output: _Output, item: _OutputItem) -> list[Piece]:
        """An item as a whole: at its beginning, when there is little in it, or at its end."""
        output.preamble = output.preamble or item.phase == "commentary"
        output.name = output.name or item.name or ""
        match item.type:
            case "reasoning":
                parts = item.content or item.summary or []
                return self._rest(output, "\n\n".join(each.text or "" for each in parts))
            case "message":
                parts = item.content or []
                return self._rest(output, "".join(e.text or e.refusal or "" for e in parts))
            case "function_call":
                return self._rest(output, _text(item.arguments))
        return []

    def _rest(self, output: _Output, whole: str) -> list[Piece]:
        """What of an item did not come in parts. Where the two differ, the parts count."""
        fresh = whole[len(output.text) :] if whole.startswith(output.text) else ""
        return self._more(output, fresh)

    def _more(self, output: _Output, text: str) -> list[Piece]:
        begins = not output.text
        output.text += text
        match output.kind:
            case "reasoning":
                gap = "\n\n" if begins and self._follows_reasoning(output) else ""
                return [ThoughtPart(gap + text)] if text else []
            case "message":
                return [TextPart(text, output.preamble)] if text else []
            case "function_call" if output.named:
                return [CallPart(output.number, "", text)] if text else []
            case "function_call" if output.name:
                output.named = True
                return [CallPart(output.number, output.name, output.text)]
        return []

    def _follows_reasoning(self, output: _Output) -> bool:
        before = self._outputs[output.number - 1] if output.number else None
        return before is not None and before.kind == "reasoning" and bool(before.text)

    def _end(self, kind: str, response: _Response) -> list[Piece]:
        status = response.status or kind.removeprefix("response.")
        self._check_outcome(status, response)
        pieces = [*self._belated(response), *self._unnamed_calls()]
        self.over = True
        return [*pieces, Over(status == "incomplete", _cost(response.usage))]

    def _check_outcome(self, status: str, response: _Response) -> None:
        """Refuse a reply that failed, was cancelled or was held back."""
        if status == "failed" or (response.error and response.error.message):
            raise self._failure(response.error or _Error())
        if status == "cancelled":
            raise BackendError(f"{self._refusals.address} has cancelled the reply.")
        if response.incomplete_details and response.incomplete_details.reason == "content_filter":
            raise BackendError(
                f"{self._refusals.address} held the reply back: its content filter stopped it."
                " Word the request differently."
            )

    def _belated(self, response: _Response) -> list[Piece]:
        """The output of a server that tells all of it at the end only."""
        if any(output.text or output.named for output in self._outputs):
            return []
        pieces: list[Piece] = []
        for number, item in enumerate(response.output or []):
            whole = _Event(type="", output_index=number)
            pieces += self._whole(self._output(whole, item.type, item), item)
        return pieces

    def _unnamed_calls(self) -> list[Piece]:
        """Calls whose name never came: they are answered with an error, so they must be told."""
        return [
            CallPart(output.number, "unknown", output.text)
            for output in self._outputs
            if output.kind == "function_call" and not output.named and output.text
        ]

    def _failure(self, error: _Error) -> ModelError:
        said = json.dumps({"message": error.message or "it does not say why", "type": error.code})
        failure = self._refusals.of_status(200, said)
        if isinstance(failure, ContextOverflow):
            return failure
        words = self._refusals.shown(error.message or "it does not say why")
        code = f" ({self._refusals.shown(str(error.code))})" if error.code else ""
        return BackendError(f"{self._refusals.address} failed while replying{code}: {words}")


def _text(arguments: str | dict[str, Any] | None) -> str:
    if isinstance(arguments, dict):
        return json.dumps(arguments, ensure_ascii=False)
    return arguments or ""


def _cost(usage: _Usage | None) -> Cost | None:
    if usage is None or usage.input_tokens is None:
        return None
    details = usage.input_tokens_details
    return Cost.told(usage.input_tokens, details.cached_tokens if details else None)
