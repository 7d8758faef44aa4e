"""Conversion in worker processes: limits hold, workers are replaced, nothing stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agentkit.browser.document import BrowserError, Response
from agentkit.browser.pages.worker import Converter

PAGE = b"<title>Tea</title><h1>Tea</h1><p>Water is poured on <a href='/leaves'>leaves</a>.</p>"


def response(body: bytes, media_type: str = "text/html") -> Response:
    return Response("http://tea.example/", 200, media_type, body)


def bomb() -> Response:
    """JSON that takes half a minute to indent, or all memory."""
    return response(b"[" * 400 + b"[1]," * 2_000_000 + b"0" + b"]" * 400, "application/json")


def workers() -> set[int]:
    """The worker processes of this process."""
    children = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text("utf-8").rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(stat[1]) == os.getpid() and b"agentkit.browser.pages.guest" in command:
                children.add(int(entry.name))
    return children


@pytest_asyncio.fixture
async def converter() -> AsyncIterator[Converter]:
    made = Converter()
    yield made
    await made.close()


async def test_a_page_comes_back_as_a_document(converter: Converter) -> None:
    document = await converter.convert(response(PAGE))
    assert document.title == "Tea"
    assert document.text == "# Tea\n\nWater is poured on 【0†leaves】."
    assert document.links == ("http://tea.example/leaves",)


async def test_workers_are_used_again_and_gone_after_close() -> None:
    converter = Converter(workers=2)
    await asyncio.gather(*(converter.convert(response(PAGE)) for _ in range(6)))
    first = workers()
    assert 1 <= len(first) <= 2
    await converter.convert(response(PAGE))
    assert workers() == first
    await converter.close()
    await converter.close()
    assert not workers()
    with pytest.raises(BrowserError, match="closed"):
        await converter.convert(response(PAGE))


async def test_a_page_that_takes_too_long_costs_its_time_and_no_more() -> None:
    converter = Converter(workers=1, timeout=0.3)
    try:
        await converter.warm()
        before = workers()
        began = time.monotonic()
        with pytest.raises(BrowserError, match=r"http://tea.example/ takes more than 0.3 seconds"):
            await converter.convert(bomb())
        assert time.monotonic() - began < 8
        assert not workers() & before
    finally:
        await converter.close()


async def test_a_page_that_takes_too_much_memory_is_an_error_and_the_next_works() -> None:
    converter = Converter(workers=1, timeout=60, memory=300 << 20)
    try:
        with pytest.raises(BrowserError, match="too much memory"):
            await converter.convert(bomb())
        assert (await converter.convert(response(PAGE))).title == "Tea"
    finally:
        await converter.close()


async def test_a_worker_that_died_while_idle_is_replaced(converter: Converter) -> None:
    await converter.convert(response(PAGE))
    (worker,) = workers()
    os.kill(worker, signal.SIGKILL)
    await asyncio.sleep(0.2)
    assert (await converter.convert(response(PAGE))).title == "Tea"


async def test_close_ends_a_conversion_that_is_running() -> None:
    converter = Converter(workers=1, timeout=60)
    await converter.warm()
    running = asyncio.ensure_future(converter.convert(bomb()))
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await converter.close()
    with pytest.raises(BrowserError):
        await running
    assert time.monotonic() - began < 5
    assert not workers()


async def test_one_converter_serves_one_event_loop_after_another() -> None:
    converter = Converter(workers=1)

    def title() -> str:
        return asyncio.run(converter.convert(response(PAGE))).title

    assert [await asyncio.to_thread(title) for _ in range(2)] == ["Tea", "Tea"]
    await converter.close()


OWNER = """
import asyncio, os, sys
from agentkit.browser.document import Response
from agentkit.browser.pages.worker import Converter

async def main():
    converter = Converter(workers=1, timeout=100)
    await converter.warm()
    (worker,) = converter._all
    print(worker._process.pid, flush=True)
    body = b"[" * 400 + b"[1]," * 2_000_000 + b"0" + b"]" * 400
    await converter.convert(Response("http://a.example/", 200, "application/json", body))

asyncio.run(main())
"""


def test_a_worker_dies_with_its_parent_even_in_the_middle_of_a_page() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout:
        worker = int(owner.stdout.readline())
        time.sleep(0.3)
        owner.kill()
        owner.wait()
    deadline = time.monotonic() + 10
    while is_running(worker):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_a_worker_knows_no_secrets_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXA_API_KEY", "secret")

    async def environment() -> bytes:
        converter = Converter(workers=1)
        await converter.warm()
        (worker,) = workers()
        known = await asyncio.to_thread(Path(f"/proc/{worker}/environ").read_bytes)
        await converter.close()
        return known

    assert b"secret" not in asyncio.run(environment())
