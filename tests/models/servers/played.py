"""A server on loopback that plays recorded answers, in the documented shapes of OpenAI's APIs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

Event = dict[str, Any]
CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"


@dataclass(frozen=True)
class Answer:
    """What the server sends for one request.

    Args:
        body: all of it.
        status: of HTTP.
        kind: the content type.
        cut: the connection breaks after the body, in the middle of a chunk.
        pause: seconds before each event.
    """

    body: str
    status: int = 200
    kind: str = "text/event-stream"
    cut: bool = False
    pause: float = 0.0


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    path: str
    headers: Mapping[str, str]
    body: Any


def streamed(*events: Event, **options: Any) -> Answer:
    """Events as a stream, `[DONE]` at its end."""
    lines = [f"event: {each['type']}\n" if "type" in each else "" for each in events]
    told = "".join(head + _data(each) for head, each in zip(lines, events, strict=True))
    return Answer(told + "data: [DONE]\n\n", **options)


def cut_off(*events: Event) -> Answer:
    """Events, and then the connection breaks."""
    return Answer("".join(map(_data, events)), cut=True)


def refusal(status: int, message: str, **fields: Any) -> Answer:
    """An error as OpenAI spells it."""
    body = json.dumps({"error": {"message": message, **fields}})
    return Answer(body, status, "application/json")


def models(*names: str) -> Answer:
    """The list of models."""
    data = [{"id": name, "object": "model"} for name in names]
    return Answer(json.dumps({"object": "list", "data": data}), 200, "application/json")


def _data(event: Event) -> str:
    return f"data: {json.dumps(event)}\n\n"


@dataclass
class PlayedServer:
    """Plays the answers of a path in order, the last one again and again; 404 elsewhere."""

    routes: Mapping[str, Sequence[Answer]]
    requests: list[Request] = field(default_factory=list)
    base_url: str = ""
    broken_off: int = 0

    async def __aenter__(self) -> PlayedServer:
        self._left = {path: list(answers) for path, answers in self.routes.items()}
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.close()

    def bodies(self, path: str) -> list[Any]:
        """The bodies of all requests for `path`."""
        return [each.body for each in self.requests if each.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(await self._request(reader), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.broken_off += 1
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _request(self, reader: asyncio.StreamReader) -> Request:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        content = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(first.split()[1], headers, json.loads(content) if content else None)
        self.requests.append(request)
        return request

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        left = self._left.get(request.path, [refusal(404, "Not Found")])
        answer = left.pop(0) if len(left) > 1 else left[0]
        writer.write(
            f"HTTP/1.1 {answer.status} X\r\nContent-Type: {answer.kind}\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode()
        )
        for part in answer.body.split("\n\n"):
            if answer.pause:
                await asyncio.sleep(answer.pause)
            data = (part + "\n\n").encode() if part else b""
            if data:
                writer.write(b"%x\r\n%s\r\n" % (len(data), data))
                await writer.drain()
        if not answer.cut:
            writer.write(b"0\r\n\r\n")
            await writer.drain()


def parts(text: str, size: int = 5) -> list[str]:
    """A text in parts, as a server streams it."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def responses_reply(
    *items: Event, status: str = "completed", usage: Event | None = None, **fields: Any
) -> Answer:
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
    return streamed(*events)


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


def chat_reply(
    *items: Event,
    reason: str | None = None,
    usage: Event | None = None,
    thoughts: str = "reasoning",
) -> Answer:
    """The chunks of one reply by the chat completions API; arguments as for `responses_reply`."""
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
    return streamed(*chunks)


def _choice(delta: Event, reason: str | None = None) -> Event:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def _chunk(**fields: Any) -> Event:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", **fields}
