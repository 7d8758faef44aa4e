"""What it costs to make a page readable, beside trafilatura's own extraction of the same page.

CPU time of this process, the best of some rounds taken in turns. Ours keeps the whole page with its
links, and asks trafilatura where the main content starts; trafilatura alone gives the main content.
Pages are articles amid the menus of a newspaper, made longer by more paragraphs. The last column is
wall time through the worker process that pages are converted in, which is started already.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import count
from statistics import median

from agentkit.browser.document import Response
from agentkit.browser.pages.convert import drafts, to_document
from agentkit.browser.pages.worker import Converter
from tests.benchmarks.report import table
from tests.browser.labelled.chrome import Chrome
from tests.browser.labelled.texts import SUBJECTS

SIZES = {"10 KB": 10_000, "100 KB": 100_000, "1 MB": 1_000_000, "5 MB": 5_000_000}
ROUNDS = {10_000: 10, 100_000: 7, 1_000_000: 5, 5_000_000: 2}


def page(size: int) -> bytes:
    """An article of about `size` bytes of HTML, with links, lists, tables and bold words."""
    chrome = Chrome(size)
    parts = [
        "<!doctype html><html><head><title>A long story</title></head><body>",
        f"<header><nav>{chrome.menu(6, 6)}</nav></header><main><article><h1>A long story</h1>",
    ]
    length = sum(map(len, parts))
    for number in count():
        subject = SUBJECTS[number % len(SUBJECTS)]
        text = subject.paragraphs[number % len(subject.paragraphs)]
        rows = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in subject.facts)
        part = (
            f"<p>{number}. {text} <a href='/part/{number}'>More</a> and <b>less</b>.</p>\n"
            f"<ul>{chrome.items(2)}</ul>" + (f"<table>{rows}</table>\n" if number % 9 == 0 else "")
        )
        length += len(part)
        if length > size:
            break
        parts.append(part)
    return "".join([*parts, "</article></main>", chrome.footer(2, 8), "</body></html>"]).encode()


def best(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """CPU seconds of each way."""
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.process_time()
            way()
            least[name] = min(least[name], time.process_time() - began)
    return least


async def through_worker(response: Response, rounds: int) -> float:
    """Wall seconds of a conversion in a worker that is up."""
    converter = Converter(workers=1)
    try:
        await converter.warm()
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            await converter.convert(response)
            taken.append(time.perf_counter() - began)
        return median(taken)
    finally:
        await converter.close()


def row(name: str, size: int) -> list[str]:
    """One size of page."""
    import trafilatura

    response = Response("http://news.example/story", 200, "text/html", page(size), "utf-8")
    costs = best(
        {
            "ours": lambda: to_document(response),
            "text": lambda: next(drafts(response)),
            "theirs": lambda: trafilatura.extract(response.body, fast=True),
        },
        ROUNDS[size],
    )
    wall = asyncio.run(through_worker(response, ROUNDS[size]))
    return [
        name,
        f"{costs['text'] * 1000:,.0f}",
        f"{costs['ours'] * 1000:,.0f}",
        f"{costs['theirs'] * 1000:,.0f}",
        f"{costs['ours'] / costs['theirs']:.2f}x",
        f"{wall * 1000:,.0f}",
    ]


def main() -> None:
    """Print the table."""
    head = [
        "Page, CPU milliseconds",
        "text and links",
        "with main content",
        "trafilatura alone",
        "ratio",
        "in the worker, wall",
    ]
    print(table(head, [row(name, size) for name, size in SIZES.items()]))


if __name__ == "__main__":
    main()
