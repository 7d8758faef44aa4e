"""The cache first, then HTTP, then Chromium: which of them a page is read by."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from agentkit.browser.cache import Cache
from agentkit.browser.chromium.install import Found
from agentkit.browser.chromium.pool import Chromium
from agentkit.browser.chromium.render import needs_js
from agentkit.browser.document import BrowserError, Refused, Response
from agentkit.browser.net.fetch import Fetcher
from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.pages.convert import text_of
from agentkit.browser.pages.worker import Converter
from agentkit.browser.reader import Reader, Render
from tests.browser.chromium_fixture import chromium_found
from tests.browser.site import Site

__all__ = ["chromium_found"]

POLICY = AddressPolicy(allow_networks=("127.0.0.1/32",))
TEXT = "The ferry leaves the harbour at half past nine. " * 10
module_loop = pytest.mark.asyncio(loop_scope="module")

MakeReader = Callable[..., Reader]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium(chromium_found: Found) -> AsyncIterator[Chromium]:
    async with Chromium(POLICY, executable=chromium_found) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def make_reader(chromium: Chromium) -> AsyncIterator[MakeReader]:
    """Makes readers that share their parts; none is to be closed."""
    async with Fetcher(POLICY, timeout=20) as fetcher:
        converter = Converter()
        try:

            def make(
                render: Render = "auto", cache: Cache | None = None, browser: Chromium = chromium
            ) -> Reader:
                return Reader(fetcher, converter, lambda: browser, render, cache)

            yield make
        finally:
            await converter.close()


# The rule


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<p>{TEXT}", False),
        (f"<p>{TEXT}<script>track()</script>", False),
        ("<p>Short.", False),
        ("<p>Short.<script>draw()</script>", True),
        (f"<p>{TEXT}<script>{'x' * 60_000}</script>", True),
        (f"<div id=root></div><p>{TEXT}<script src=a></script>", True),
        (f'<div id="__next"><!-- none --></div><p>{TEXT}<script src=a></script>', True),
        (f"<div id=root><p>{TEXT}</div><script src=a></script>", False),
        (f"<noscript>Please enable JavaScript.</noscript><p>{TEXT}<script>1</script>", True),
        (f"<noscript><img src=count></noscript><p>{TEXT}<script>1</script>", False),
        ("<meta http-equiv='refresh' content='0; url=/next'>", True),
        (f"<meta http-equiv='refresh' content='600'><p>{TEXT}", False),
        ('<p>Short.<script type="application/ld+json">{}</script>', False),
    ],
)
def test_a_page_needs_javascript_when_it_says_little_without(html: str, expected: bool) -> None:
    response = Response("http://a.example/", 200, "text/html", html.encode())

    assert needs_js(response, text_of(html)) is expected


def test_what_is_no_html_never_needs_it() -> None:
    response = Response("http://a.example/", 200, "text/plain", b"<script>")

    assert not needs_js(response, "")


@pytest.mark.parametrize(
    "hostile",
    [
        "<div id=root>" + "<!---->" * 60 + "x",
        "<div id=root><!--" * 15_000,
        "<!--<div id=root><!---->" * 12_000,
        "<div id=root" + " id=root" * 30_000,
        "<div " * 60_000,
        "<meta " * 50_000,
        "<script " * 50_000 + "application/json",
        "<noscript>" * 30_000,
        "<noscript>" + "need" * 70_000 + "</noscript>",
    ],
    ids=lambda html: html[:24],
)
def test_no_page_keeps_the_question_whether_it_needs_javascript_busy(hostile: str) -> None:
    body = b"<script></script>" + hostile.encode()
    began = time.process_time()

    needs_js(Response("http://a.example/", 200, "text/html", body), TEXT * 1_000)

    assert time.process_time() - began < 3


# The reader


@module_loop
async def test_a_static_page_starts_no_chromium(make_reader: MakeReader, site: Site) -> None:
    reader = make_reader()
    document = await reader.read(site.url("/article"))

    assert "1873" in document.text
    assert reader._chromium is None


@module_loop
async def test_a_page_made_by_scripts_is_rendered_and_its_host_remembered(
    make_reader: MakeReader, site: Site
) -> None:
    reader = make_reader()
    site.hits.clear()
    assert "The ferry is blue." in (await reader.read(site.url("/scripted"))).text
    assert site.hits["/scripted"] == 2  # by HTTP, then by Chromium

    assert "1873" in (await reader.read(site.url("/article"))).text
    assert site.hits["/article"] == 1
    assert site.last_headers["/article"]["user-agent"].startswith("Mozilla/5.0 (X11; Linux")


@module_loop
async def test_never_and_always_are_heeded(make_reader: MakeReader, site: Site) -> None:
    never, always = make_reader("never"), make_reader("always")

    assert "ferry" not in (await never.read(site.url("/scripted"))).text
    assert "1873" in (await always.read(site.url("/article"))).text
    assert never._chromium is None
    assert always._chromium is not None


@module_loop
async def test_what_is_no_page_comes_by_http_even_so(make_reader: MakeReader, site: Site) -> None:
    document = await make_reader("always").read(site.url("/script/json"))

    assert "1" in document.text
    assert "not run" not in document.note


@module_loop
async def test_without_a_chromium_the_text_comes_with_a_note(
    make_reader: MakeReader, site: Site, tmp_path: Path
) -> None:
    reader = make_reader(browser=Chromium(POLICY, executable=Found(tmp_path / "none")))

    for _ in range(2):
        document = await reader.read(site.url("/scripted"))
        assert document.title == "Scripted"
        assert "may need JavaScript, which was not run" in document.note
        assert "agentkit setup" in document.note


@module_loop
async def test_a_page_that_fails_in_chromium_comes_by_http_with_a_note(
    make_reader: MakeReader, site: Site
) -> None:
    url = site.page("/leaves", "<p>Here.<script>location = 'http://127.0.0.2/'</script>")

    document = await make_reader().read(url)

    assert "Here." in document.text
    assert "scripts were not run" in document.note
    assert "forbidden by the policy" in document.note


@module_loop
@pytest.mark.parametrize("render", ["auto", "never", "always"])
@pytest.mark.parametrize("url", ["http://127.0.0.2/", "http://[x/", "http://\u2100.example/"])
async def test_the_policy_holds_however_a_page_is_read(
    make_reader: MakeReader, render: Render, url: str
) -> None:
    with pytest.raises(Refused):
        await make_reader(render).read(url)


@module_loop
async def test_a_replay_reads_what_was_read_and_nothing_else(
    make_reader: MakeReader, site: Site, tmp_path: Path
) -> None:
    cache = Cache(tmp_path / "cache.db")
    read = [
        await make_reader(cache=cache).read(site.url(path)) for path in ("/scripted", "/article")
    ]
    cache.close()
    site.hits.clear()

    replay = Cache(tmp_path / "cache.db", replay=True)
    reader = make_reader(cache=replay)
    again = [await reader.read(site.url(path)) for path in ("/scripted", "/article")]
    with pytest.raises(BrowserError, match="replays"):
        await reader.read(site.url("/table"))
    replay.close()

    assert again == read
    assert not site.hits


async def test_what_was_kept_under_another_policy_is_judged_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache.db")
    inside, away = "http://127.0.0.1/inside", "http://a.example/"
    cache.put(inside, Response(inside, 200, "text/html", b"<p>inside"))
    cache.put(away, Response(inside, 200, "text/html", b"<p>inside"))
    policy, converter = AddressPolicy.public(), Converter()
    async with Fetcher(policy) as fetcher:
        reader = Reader(fetcher, converter, lambda: Chromium(policy), "never", cache)
        for url in (inside, away):
            with pytest.raises(Refused):
                await reader.read(url)
    await converter.close()
    cache.close()
