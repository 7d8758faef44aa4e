"""A server on this machine that answers HTTP requests as a test says, right or wrong.

It speaks just enough HTTP/1.1: it reads a request with a body of known length and lets a function
write whatever it likes in return. Every request is noted.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agentkit.harmony.vocabulary import CHANNEL


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Loopback:
    """Answers each request for a path with the next of its answers; the last one stays.

    Args:
        answers: by path.
        tls: to speak TLS.
    """

    def __init__(
        self, answers: Mapping[str, Sequence[Answer]], tls: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        """Connections that are open."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._answers = {path: list(each) for path, each in answers.items()}
        self._tls = tls
        self.url = ""

    def posted(self) -> list[Any]:
        """The bodies of all POSTs."""
        return [request.body for request in self.requests if request.method == "POST"]

    async def __aenter__(self) -> Loopback:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        scheme = "http" if self._tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not writer.is_closing():
                    request = await _read(reader)
                    self.requests.append(request)
                    answers = self._answers.get(request.path, [status(404, "no such path")])
                    await (answers.pop(0) if len(answers) > 1 else answers[0])(writer)
        finally:
            self.connections -= 1
            self._writers.discard(writer)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, json.loads(body) if body else None)


# Answers


def status(code: int, text: str = "", kind: str = "application/json", **headers: str) -> Answer:
    """A whole answer."""

    async def write(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {code} x", f"content-type: {kind}", f"content-length: {len(text)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n" + text).encode())
        await writer.drain()

    return write


def answer(body: Any) -> Answer:
    """JSON with status 200."""
    return status(200, json.dumps(body))


def drop() -> Answer:
    """The connection is closed without a word."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    return write


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(body: Any) -> bytes:
    """One event, within a chunk."""
    text = body if isinstance(body, str) else json.dumps(body)
    return chunk(f"data: {text}\n\n".encode())


def stream(*events: Any, then: str = "end", seconds: float = 0.0) -> Answer:
    """Events, and then the end of the body, a `cut`, `silence`, or the last event for `ever`."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM_HEAD)
        for each in events:
            writer.write(event(each))
            await writer.drain()
            await asyncio.sleep(seconds)
        while then == "ever":
            writer.write(event(events[-1]))
            await writer.drain()
        if then == "silence":
            await asyncio.sleep(60)
        elif then == "cut":
            writer.transport.abort()
        else:
            writer.write(chunk(b""))
            await writer.drain()

    return write


def raw(data: bytes, *, again: bool = False) -> Answer:
    """Bytes within a stream of events, once or without end."""

    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(STREAM_HEAD + chunk(data))
        while again:
            writer.write(chunk(data))
            await writer.drain()
        writer.write(chunk(b""))
        await writer.drain()

    return write


# llama.cpp's events, the simplest of all


def ids(*tokens: Any) -> dict[str, Any]:
    """An event with ids, as llama.cpp sends them."""
    return {"content": "x", "tokens": list(tokens), "stop": False}


def done(reason: str = "eos", cached: int = 0) -> dict[str, Any]:
    """The last event, as llama.cpp sends it."""
    return {
        "content": "",
        "tokens": [],
        "stop": True,
        "stop_type": reason,
        "tokens_evaluated": 2,
        "timings": {"cache_n": cached},
    }


def probed() -> Answer:
    """What a real server answers to the check of the first use."""
    return stream({**ids(CHANNEL), "content": "<|channel|>"}, done("limit"))


def like_llamacpp(
    *completions: Answer,
    probe: Answer | None = None,
    context: int = 4096,
    path: str = "",
    tls: ssl.SSLContext | None = None,
) -> Loopback:
    """A server that passes for llama.cpp's, under `path`, until it is asked for a completion."""
    props = {"default_generation_settings": {"n_ctx": context}, "model_path": "/models/tiny.gguf"}
    answers = {"/props": [answer(props)], "/completion": [probe or probed(), *completions]}
    return Loopback({path + name: each for name, each in answers.items()}, tls)
