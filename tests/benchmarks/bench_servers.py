"""What the clients of model servers add to a server's own time.

A loopback server in a process of its own streams ids that are ready, one an event, in each
engine's form. A bare socket reads the same bytes without looking at them; what a model takes longer
than that is what agentkit adds: CPU time, the least of some rounds, for a reply of one id, and for
each id of a longer one, which come a millisecond apart.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from typing import Any

from agentkit import LlamaCppModel, SGLangModel, VLLMModel
from agentkit.harmony.vocabulary import CHANNEL
from agentkit.models.base import Model, Sampling
from tests.benchmarks.report import machine, table
from tests.models.servers.loopback import Loopback, answer, chunk, event, like_llamacpp
from tests.models.servers.test_vllm_and_sglang import like_sglang, like_vllm

IDS = 500
ROUNDS = 31
LONG_ROUNDS = 3
PROMPT = [200006, 173781, *range(1000, 3000)]
HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _vllm(count: int) -> list[Any]:
    events: list[Any] = [
        {"id": "c", "choices": [{"index": 0, "text": " id", "token_ids": [5 + n]}]}
        for n in range(count)
    ]
    events[-1]["choices"][0]["finish_reason"] = "length"
    return [*events, {"choices": [], "usage": {"prompt_tokens": len(PROMPT)}}, "[DONE]"]


def _sglang(count: int) -> list[Any]:
    return [
        {
            "text": " id",
            "output_ids": [5 + n],
            "meta_info": {
                "finish_reason": {"type": "length"} if n == count - 1 else None,
                "completion_tokens": n + 1,
                "cached_tokens": 0,
            },
        }
        for n in range(count)
    ]


def _llamacpp(count: int) -> list[Any]:
    events: list[Any] = [{"content": " id", "tokens": [5 + n], "stop": False} for n in range(count)]
    return [*events, {"content": "", "tokens": [], "stop": True, "stop_type": "limit"}]


Events = Callable[[int], Sequence[Any]]
ENGINES: dict[str, tuple[str, Events, Callable[..., Loopback], Callable[..., Model]]] = {
    "vLLM": ("/v1/completions", _vllm, like_vllm, VLLMModel),
    "SGLang": ("/generate", _sglang, like_sglang, SGLangModel),
    "llama.cpp": ("/completion", _llamacpp, like_llamacpp, LlamaCppModel),
}


def serve(name: str, address: Any) -> None:
    """In a process of its own: the engine's loopback server, until it is ended."""

    async def run() -> None:
        _, events, like, _ = ENGINES[name]
        replies = {count: list(map(event, events(count))) for count in (1, IDS)}
        server = like()
        if name == "llama.cpp":
            length = {"default_generation_settings": {"n_ctx": 131_072}, "model_path": "x"}
            server._answers["/props"] = [answer(length)]

        async def reply(writer: asyncio.StreamWriter) -> None:
            most = json.dumps(server.requests[-1].body)
            writer.write(HEAD.encode())
            for each in replies[IDS if f": {IDS}," in most else 1]:
                writer.write(each)
                await asyncio.sleep(0.001 if f": {IDS}," in most else 0)
            writer.write(chunk(b""))
            await writer.drain()
            server.requests.clear()

        path = ENGINES[name][0]
        server._answers[path] = [*server._answers[path], reply]
        async with server:
            address.put(server.url)
            await asyncio.sleep(3600)

    asyncio.run(run())


async def _bare(url: str, path: str, count: int) -> float:
    """Seconds of CPU for the same exchange without making sense of it."""
    host, port = url.removeprefix("http://").split(":")
    body = json.dumps({"prompt": PROMPT, "n": count, "x": 0}).encode()
    before = time.process_time()
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**24)
    head = f"POST {path} HTTP/1.1\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    writer.write(head + body)
    await reader.readuntil(b"\r\n0\r\n\r\n")
    spent = time.process_time() - before
    writer.close()
    return spent


async def _ours(model: Model, count: int) -> float:
    before = time.process_time()
    stream = model.stream(PROMPT, sampling=Sampling(), stop=frozenset({CHANNEL}), max_tokens=count)
    found = [token async for piece in stream for token in piece.ids]
    assert len(found) == count
    return time.process_time() - before


async def measure(name: str, url: str) -> tuple[float, float]:
    """Seconds of CPU added to a reply of one id, and for each id of a long one."""
    path, _, _, make = ENGINES[name]
    model = make(url)
    await _ours(model, 1)  # with the check of the first use
    short = [(await _ours(model, 1), await _bare(url, path, 1)) for _ in range(ROUNDS)]
    long = [(await _ours(model, IDS), await _bare(url, path, IDS)) for _ in range(LONG_ROUNDS)]
    await model.close()
    one, all_of_them = (
        min(ours for ours, _ in pairs) - min(bare for _, bare in pairs) for pairs in (short, long)
    )
    return one, all_of_them / IDS


def main() -> None:
    """Print the table."""
    rows = []
    context = multiprocessing.get_context("spawn")
    for name in ENGINES:
        address = context.Queue()
        process = context.Process(target=serve, args=(name, address), daemon=True)
        process.start()
        try:
            first, each = asyncio.run(measure(name, address.get(timeout=60)))
        finally:
            process.terminate()
            process.join()
        rows.append([name, f"{first * 1e3:.2f} ms", f"{each * 1e3:.2f} ms"])
    print(f"A prompt of {len(PROMPT):,} ids; CPU time that the client adds; {machine()}\n")
    print(table(["client", "a reply of one id", "each id"], rows))


if __name__ == "__main__":
    main()
