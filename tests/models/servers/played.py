"""Replies as OpenAI's Responses and chat completions APIs document them, event by event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from tests.models.servers.conftest import eventually
from tests.models.servers.loopback import Answer, Loopback, answer, status, stream

Event = dict[str, Any]
CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"


class PlayedServer(Loopback):
    """A loopback server with an API of OpenAI's kind."""

    async def __aenter__(self) -> PlayedServer:
        await super().__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await super().__aexit__(*error)
        await eventually(lambda: asyncio.sleep(0, not self.connections))

    @property
    def base_url(self) -> str:
        """As users of such an API name it."""
        return f"{self.url}/v1"

    def bodies(self, path: str) -> list[Any]:
        """The bodies of all requests for `path`."""
        return [each.body for each in self.requests if each.path == path]


def streamed(*events: Event, seconds: float = 0.0) -> Answer:
    """Events as a stream, `[DONE]` at its end."""
    return stream(*events, "[DONE]", seconds=seconds)


def refusal(code: int, message: str, **fields: Any) -> Answer:
    """An error as OpenAI spells it."""
    return status(code, json.dumps({"error": {"message": message, **fields}}))


def models(*names: str) -> Answer:
    """The list of models."""
    return answer({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


def parts(text: str, size: int = 5) -> list[str]:
    """A text in parts, as a server streams it."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def responses_events(
    *items: Event, status: str = "completed", usage: Event | None = None, **fields: Any
) -> list[Event]:
    """The events of one reply by the Responses API.

    Args:
        items: `thought(...)`, `said(...)` and `called(...)`.
        status: how it ends.
        usage: what it cost.
        fields: of the response at the end.
    """
    response = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
    events: list[Event] = [
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
    ]
    for index, item in enumerate(items):
        events += _item_events(item, index)
    end = {**response, "status": status, "output": list(items), "usage": usage, **fields}
    events.append({"type": f"response.{status}", "response": end})
    for number, event in enumerate(events):
        event["sequence_number"] = number
    return events


def responses_reply(*items: Event, **options: Any) -> Answer:
    """One reply by the Responses API; arguments as for `responses_events`."""
    return streamed(*responses_events(*items, **options))


def thought(text: str) -> Event:
    """A reasoning item."""
    content = [{"type": "reasoning_text", "text": text}]
    return {"type": "reasoning", "id": f"rs_{id(text)}", "summary": [], "content": content}


def summary(*texts: str) -> Event:
    """A reasoning item of which only the summary is told."""
    told = [{"type": "summary_text", "text": text} for text in texts]
    return {"type": "reasoning", "id": "rs_s", "summary": told, "content": None}


def said(text: str, **fields: Any) -> Event:
    """A message item."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    message = {"type": "message", "id": f"msg_{id(text)}", "role": "assistant"}
    return {**message, "status": "completed", "content": content, **fields}


def called(name: str, arguments: str, number: int = 1) -> Event:
    """A function call item."""
    ids = {"id": f"fc_{number}", "call_id": f"call_x{number}"}
    return {"type": "function_call", **ids, "name": name, "arguments": arguments}


def _item_events(item: Event, index: int) -> list[Event]:
    where = {"item_id": item["id"], "output_index": index}
    empty: Event = {"content": [], "summary": []}
    if item["type"] == "function_call":
        empty = {"arguments": ""}
    begun = {**item, "status": "in_progress", **empty}
    events: list[Event] = [
        {"type": "response.output_item.added", "output_index": index, "item": begun}
    ]
    match item["type"]:
        case "function_call":
            kind, text = "response.function_call_arguments", item["arguments"]
            events += [{"type": f"{kind}.delta", **where, "delta": each} for each in parts(text)]
            events.append({"type": f"{kind}.done", **where, "arguments": text})
        case "message":
            events += _text_events("response.output_text", item["content"], where, "content")
        case "reasoning" if item["content"]:
            events += _text_events("response.reasoning_text", item["content"], where, "content")
        case "reasoning":
            kind = "response.reasoning_summary_text"
            events += _text_events(kind, item["summary"], where, "summary")
    return [*events, {"type": "response.output_item.done", "output_index": index, "item": item}]


def _text_events(kind: str, told: Sequence[Event], where: Event, counter: str) -> list[Event]:
    events: list[Event] = []
    for number, part in enumerate(told):
        place = {**where, f"{counter}_index": number}
        events.append({"type": "response.content_part.added", **place, "part": {"text": ""}})
        events += [{"type": f"{kind}.delta", **place, "delta": e} for e in parts(part["text"])]
        events.append({"type": f"{kind}.done", **place, "text": part["text"]})
    return events


def chat_events(
    *items: Event,
    reason: str | None = None,
    usage: Event | None = None,
    thoughts: str = "reasoning",
) -> list[Event]:
    """The chunks of one reply by the chat completions API; arguments as for the other."""
    deltas: list[Event] = [{"role": "assistant", "content": None}]
    calls = [item for item in items if item["type"] == "function_call"]
    for item in items:
        match item["type"]:
            case "reasoning":
                text = item["content"][0]["text"]
                deltas += [{thoughts: each, "content": None} for each in parts(text)]
            case "message":
                deltas += [{"content": each} for each in parts(item["content"][0]["text"])]
            case "function_call":
                index = calls.index(item)
                function = {"name": item["name"], "arguments": ""}
                head = {"index": index, "id": item["call_id"], "type": "function"}
                deltas.append({"tool_calls": [{**head, "function": function}]})
                deltas += [
                    {"tool_calls": [{"index": index, "function": {"arguments": each}}]}
                    for each in parts(item["arguments"])
                ]
    reason = reason or ("tool_calls" if calls else "stop")
    chunks = [_chunk(choices=[_choice(delta)]) for delta in deltas]
    chunks.append(_chunk(choices=[_choice({}, reason)]))
    if usage is not None:
        chunks.append(_chunk(choices=[], usage=usage))
    return chunks


def chat_reply(*items: Event, **options: Any) -> Answer:
    """One reply by the chat completions API; arguments as for `chat_events`."""
    return streamed(*chat_events(*items, **options))


def _choice(delta: Event, reason: str | None = None) -> Event:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def _chunk(**fields: Any) -> Event:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", **fields}
