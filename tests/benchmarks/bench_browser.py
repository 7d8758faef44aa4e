"""What the browser saves, in ratios taken in one run on loopback.

CPU time for what computes, wall time for what waits. What is compared is measured in turns, the
fastest round counts: a busy machine delays long work more than short work. Chromium is the one that
agentkit itself finds; without one, only what needs none is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal

from agentkit.browser.document import Document
from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.view import Snapshot
from tests.benchmarks.report import machine, table

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from agentkit.browser.chromium.install import Found
    from agentkit.browser.chromium.pool import Chromium
    from agentkit.browser.reader import Reader

DELAY = 0.2
PAGES = 32
AT_ONCE = 8
WORDS = "the quick brown fox jumps over the lazy dog while seven wizards mix a jar of quartz "

Row = list[str]


def _article(size: int) -> str:
    paragraphs = (f"<p>{number} {WORDS * 4}</p>" for number in range(size // 340))
    return f"<title>Article</title><h1>Article</h1>{''.join(paragraphs)}"


_SCRIPTED = """<title>Scripted</title><div id=root></div><script>
const text = "<p>Some text of a page.</p>".repeat(50)
setTimeout(() => { root.innerHTML = "<h1>Loaded</h1>" + text }, 50)
</script>"""

_PARTS = "".join(f"<img src=/part/{number}.svg>" for number in range(40)) + "".join(
    f"<link rel=stylesheet href=/part/{number}.css><script src=/part/{number}.js></script>"
    for number in range(5)
)


class _Site(BaseHTTPRequestHandler):
    """Pages by their path; those below `/slow/` take their time."""

    protocol_version = "HTTP/1.1"
    large = _article(100_000).encode()
    usual = _article(10_000).encode()

    def do_GET(self) -> None:
        if self.path.startswith("/slow/"):
            time.sleep(DELAY)
        kind, body = self._content()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _content(self) -> tuple[str, bytes]:
        match self.path.rpartition(".")[2]:
            case "svg":
                return "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"
            case "css":
                return "text/css", b"p { color: black }" * 100
            case "js":
                return "text/javascript", b"var x = 1;" * 100
        if self.path == "/scripted":
            return "text/html", _SCRIPTED.encode()
        if self.path == "/parts":
            return "text/html", f"<title>Parts</title><h1>Parts</h1>{_PARTS}".encode()
        return "text/html", self.usual if self.path.startswith("/slow/") else self.large

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def site() -> Iterator[str]:
    """Where the site is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def cpu(work: Callable[[], Any], rounds: int) -> float:
    """CPU seconds of `work`, the fastest of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


async def fastest(rounds: int, *works: Callable[[], Awaitable[Any]]) -> list[float]:
    """Wall seconds of each of `works`, measured in turns; the fastest round of each."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for index, work in enumerate(works):
            began = time.perf_counter()
            await work()
            best[index] = min(best[index], time.perf_counter() - began)
    return best


def views(rounds: int) -> list[Row]:
    """A scroll and a search of an opened page of 1 MB, beside wrapping it again."""
    lines = (f"{number} {WORDS}" for number in range(1_000_000 // len(WORDS)))
    document = Document("http://long.example/", "Long", "\n".join(lines))
    snapshot = Snapshot(0, document)
    snapshot.find("wizards")
    scroll = cpu(lambda: snapshot.view(loc=6000), rounds)
    again = cpu(lambda: Snapshot(0, document).view(loc=6000), rounds)
    find = cpu(lambda: snapshot.find("4711 the quick"), rounds)
    anew = cpu(lambda: Snapshot(0, document).find("4711 the quick"), rounds)
    return [
        ["scroll in an opened page of 1 MB, to wrapping it again", _times(again, scroll), "50x"],
        ["find in it", _times(anew, find), "50x"],
    ]


@asynccontextmanager
async def reading(render: Literal["never", "always"], chromium: Chromium) -> AsyncIterator[Reader]:
    """A reader of loopback pages."""
    from agentkit.browser.net.fetch import Fetcher
    from agentkit.browser.pages.worker import Converter
    from agentkit.browser.reader import Reader

    async with AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(Fetcher(AddressPolicy.loopback()))
        converter = Converter()
        stack.push_async_callback(converter.close)
        yield Reader(fetcher, converter, lambda: chromium, render=render)


async def pages(url: str, chromium: Chromium, rounds: int) -> list[Row]:
    """Static pages over HTTP, beside a fresh context of Chromium each."""
    async with reading("never", chromium) as http, reading("always", chromium) as rendered:
        await asyncio.gather(http.read(f"{url}/warm"), rendered.read(f"{url}/warm"))
        one, other = await fastest(
            rounds, lambda: http.read(f"{url}/page"), lambda: rendered.read(f"{url}/page")
        )
        many, others = await fastest(
            max(1, rounds // 4), partial(_many, http, url), partial(_many, rendered, url)
        )
    return [
        [
            "first open of a static page of 100 KB, to a fresh Chromium context",
            _times(other, one),
            "4x",
        ],
        [
            f"{PAGES} static pages of 10 KB, {DELAY * 1e3:.0f} ms each, {AT_ONCE} at once,"
            " to Chromium",
            _times(others, many, f"{PAGES / many:.0f} pages/s"),
            "4x",
        ],
    ]


async def _many(reader: Reader, url: str) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with places:
            await reader.read(f"{url}/slow/{number}")

    await asyncio.gather(*map(one, range(PAGES)))


async def scripted(url: str, chromium: Chromium, browser: Browser, rounds: int) -> list[Row]:
    """A page that needs JavaScript, beside waiting for the network to be idle."""

    async def idle() -> None:
        async with _page(browser) as page:
            await page.goto(f"{url}/scripted", wait_until="networkidle")
            assert "Loaded" in await page.content()

    async def ours() -> None:
        assert b"Loaded" in (await chromium.render(f"{url}/scripted")).body

    await ours()
    own, other = await fastest(rounds, ours, idle)
    return [
        ["a page that needs JavaScript, to waiting for an idle network", _share(own, other), "0.5x"]
    ]


async def proxied(url: str, browser: Browser, found: Found, rounds: int) -> list[Row]:
    """A page of 50 parts through the filtering proxy, beside none."""
    from agentkit.browser.net.proxy import FilteringProxy

    async def load(each: Browser, **options: Any) -> None:
        async with _page(each, **options) as page:
            await page.goto(f"{url}/parts", wait_until="load")

    async with FilteringProxy(AddressPolicy.loopback()) as proxy:
        through = {
            "server": proxy.url,
            "username": proxy.guest.username,
            "password": proxy.guest.password,
            "bypass": "<-loopback>",
        }
        own, other = await fastest(
            rounds, lambda: load(browser, proxy=through), lambda: load(browser)
        )
    return [["a page of 50 parts through the proxy, to none", _share(own, other), "1.5x"]]


@asynccontextmanager
async def _page(browser: Browser, **options: Any) -> AsyncIterator[Page]:
    context = await browser.new_context(**options)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def with_chromium(found: Found, rounds: int) -> list[Row]:
    """What is measured beside Chromium."""
    from playwright.async_api import async_playwright

    from agentkit.browser.chromium.pool import Chromium

    async with AsyncExitStack() as stack:
        url = stack.enter_context(site())
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=found.executable, env={**found.environment}
        )
        stack.push_async_callback(browser.close)
        chromium = Chromium(AddressPolicy.loopback(), contexts=AT_ONCE, executable=found)
        stack.push_async_callback(chromium.close)
        return [
            *await pages(url, chromium, rounds),
            *await scripted(url, chromium, browser, rounds),
            *await proxied(url, browser, found, rounds),
        ]


def imports() -> list[Row]:
    """What `import agentkit.browser` loads, and what it costs."""
    heavy = "playwright", "trafilatura", "lxml", "httpcore", "pypdf"
    code = (
        "import sys, time; import agentkit.browser; cost = time.process_time(); "
        f"print(cost, [each for each in {heavy} if each in sys.modules])"
    )
    both = "import time; import playwright.async_api, trafilatura; print(time.process_time())"
    empty = float(_run("import time; print(time.process_time())"))
    cost, _, loaded = _run(code).strip().partition(" ")
    return [
        [
            "import, to importing playwright and trafilatura",
            _share(float(cost) - empty, float(_run(both)) - empty),
            "0.3x",
        ],
        ["... loads of them", loaded.strip("[]") or "nothing", "nothing"],
    ]


def _run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def _times(slow: float, fast: float, more: str = "") -> str:
    return f"{slow / fast:,.1f}x ({more or f'{fast * 1e3:,.2f} ms'})"


def _share(own: float, other: float) -> str:
    return f"{own / other:.2f}x ({own * 1e3:,.0f} ms)"


def main() -> None:
    """Print the table."""
    from agentkit.browser.chromium.install import find_chromium

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=8, help="rounds of what is timed")
    rounds = parser.parse_args().count
    rows = [*views(rounds), *imports()]
    if found := find_chromium():
        rows += asyncio.run(with_chromium(found, rounds))
        print(f"Fastest of {rounds}; {found.kind}; {machine()}\n")
    else:
        print(f"No Chromium was found; {machine()}\n")
    print(table(["", "measured", "to reach"], rows))


if __name__ == "__main__":
    main()
