"""Search providers against a server that answers as each service documents, or misbehaves."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from agentkit.browser.document import BrowserError
from agentkit.browser.net.fetch import Fetcher
from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.search import KEYS, Result, SearchProvider, find_provider
from agentkit.browser.search.brave import Brave
from agentkit.browser.search.exa import Exa
from agentkit.browser.search.searxng import SearXNG
from agentkit.browser.search.serper import Serper
from agentkit.browser.search.tavily import Tavily
from agentkit.browser.search.youcom import YouCom
from tests.browser.site import Forbidden, Handler, Site

Answer = Callable[[Handler], None]
KEY = "secret-key"


@dataclass
class Service:
    """How one service is asked and answers, by its documentation.

    Args:
        make: the provider, at a server.
        path: what it asks there.
        header: the one with the key, and what it holds.
        sent: parameters or body that a search for `tide times`, 20 results, sends.
        answer: to it.
        found: what is to be made of the answer.
        nothing: how the service says that it found nothing.
    """

    make: Callable[[str], SearchProvider]
    path: str
    header: tuple[str, str]
    sent: dict[str, Any]
    answer: dict[str, Any]
    found: list[Result]
    nothing: dict[str, Any]


SERVICES = {
    "exa": Service(
        lambda base: Exa(KEY, base=base),
        "/search",
        ("x-api-key", KEY),
        {"query": "tide times", "numResults": 20, "contents": {"highlights": True}},
        {
            "requestId": "b5947044c4b78efa9552a7c89b306d95",
            "resolvedSearchType": "neural",
            "results": [
                {
                    "id": "https://tides.example/today",
                    "title": "Tides today",
                    "url": "https://tides.example/today",
                    "publishedDate": "2026-11-01T00:00:00.000Z",
                    "author": None,
                    "highlights": ["High water at 9.", "Low water at 15."],
                    "highlightScores": [0.46, 0.41],
                },
                {"id": "b", "title": None, "url": "https://b.example/", "highlights": []},
            ],
            "costDollars": {"total": 0.005},
        },
        [
            Result(
                "https://tides.example/today",
                "Tides today",
                "High water at 9. … Low water at 15.",
                "2026-11-01T00:00:00.000Z",
            ),
            Result("https://b.example/", ""),
        ],
        {"requestId": "c", "results": []},
    ),
    "youcom": Service(
        lambda base: YouCom(KEY, base=base),
        "/v1/search",
        ("x-api-key", KEY),
        {"query": "tide times", "count": "20"},
        {
            "results": {
                "web": [
                    {
                        "url": "https://tides.example/today",
                        "title": "Tides today",
                        "description": "All tides.",
                        "snippets": ["High water at 9."],
                        "page_age": "2026-06-25T11:41:00",
                        "authors": ["A. Author"],
                    }
                ],
                "news": [
                    {
                        "url": "https://news.example/flood",
                        "title": "Flood",
                        "description": "The harbour was flooded.",
                        "page_age": "2026-06-26T11:41:00",
                    }
                ],
            },
            "metadata": {"query": "tide times", "latency": 0.1},
        },
        [
            Result(
                "https://tides.example/today",
                "Tides today",
                "High water at 9.",
                "2026-06-25T11:41:00",
            ),
            Result(
                "https://news.example/flood",
                "Flood",
                "The harbour was flooded.",
                "2026-06-26T11:41:00",
            ),
        ],
        {"results": {}, "metadata": {"query": "tide times"}},
    ),
    "brave": Service(
        lambda base: Brave(KEY, base=base),
        "/res/v1/web/search",
        ("x-subscription-token", KEY),
        {"q": "tide times", "count": "20", "text_decorations": "false"},
        {
            "type": "search",
            "query": {"original": "tide times", "more_results_available": True},
            "web": {
                "type": "search",
                "results": [
                    {
                        "type": "search_result",
                        "title": "Tides &amp; times",
                        "url": "https://tides.example/today",
                        "description": "<strong>High</strong> water at 9 &lt; 10.",
                        "page_age": "2026-11-01T08:00:00",
                        "age": "3 weeks ago",
                    }
                ],
            },
        },
        [
            Result(
                "https://tides.example/today",
                "Tides & times",
                "High water at 9 < 10.",
                "2026-11-01T08:00:00",
            )
        ],
        {"type": "search", "query": {"original": "tide times"}},
    ),
    "tavily": Service(
        lambda base: Tavily(KEY, base=base),
        "/search",
        ("authorization", f"Bearer {KEY}"),
        {"query": "tide times", "max_results": 20},
        {
            "query": "tide times",
            "answer": None,
            "images": [],
            "results": [
                {
                    "title": "Tides today",
                    "url": "https://tides.example/today",
                    "content": "High water\nat 9.",
                    "score": 0.98,
                    "raw_content": None,
                }
            ],
            "response_time": "1.67",
        },
        [Result("https://tides.example/today", "Tides today", "High water at 9.")],
        {"query": "tide times", "results": []},
    ),
    "serper": Service(
        lambda base: Serper(KEY, base=base),
        "/search",
        ("x-api-key", KEY),
        {"q": "tide times", "num": 20},
        {
            "searchParameters": {"q": "tide times", "type": "search", "num": 20},
            "organic": [
                {
                    "title": "Tides today",
                    "link": "https://tides.example/today",
                    "snippet": "High water at 9.",
                    "date": "Nov 1, 2026",
                    "position": 1,
                }
            ],
            "credits": 1,
        },
        [Result("https://tides.example/today", "Tides today", "High water at 9.", "Nov 1, 2026")],
        {"searchParameters": {"q": "tide times"}, "organic": []},
    ),
    "searxng": Service(
        SearXNG,
        "/search",
        ("accept-encoding", "gzip, deflate"),
        {"q": "tide times", "format": "json"},
        {
            "query": "tide times",
            "number_of_results": 0,
            "results": [
                {
                    "url": "https://tides.example/today",
                    "title": "Tides today",
                    "content": "High water at 9.",
                    "publishedDate": "2026-11-01T00:00:00",
                    "engines": ["one", "two"],
                    "score": 4.0,
                }
            ],
            "suggestions": [],
        },
        [
            Result(
                "https://tides.example/today",
                "Tides today",
                "High water at 9.",
                "2026-11-01T00:00:00",
            )
        ],
        {"query": "tide times", "results": []},
    ),
}


@dataclass
class Server:
    """A service under a path of its own on a site."""

    site: Site
    service: Service
    base: str
    sent: dict[str, Any]

    def answers(
        self, body: object, status: int = 200, media_type: str = "application/json"
    ) -> None:
        """What it answers from now on; a string is sent as it is."""
        data = body if isinstance(body, str) else json.dumps(body)

        def page(handler: Handler) -> None:
            self.sent = dict(parse_qsl(urlsplit(handler.path).query))
            self.sent |= json.loads(handler.body() or "{}")
            handler.reply(data, media_type, status=status)

        self.runs(page)

    def runs(self, page: Answer) -> None:
        self.site.page(urlsplit(self.base).path + self.service.path, page)

    async def search(self, query: str = "tide times", seconds: float = 20) -> list[Result]:
        provider = self.service.make(self.base)
        async with Fetcher(AddressPolicy.public(), timeout=seconds) as fetcher:
            try:
                return await provider.search(query, 20, fetcher)
            finally:
                await provider.close()


def _hang(handler: Handler) -> None:
    handler.wait(30)


@pytest.fixture(params=SERVICES)
def server(request: pytest.FixtureRequest, site: Site) -> Server:
    return Server(site, SERVICES[request.param], site.url(f"/api-{request.param}"), {})


async def test_a_provider_asks_and_reads_as_documented(server: Server) -> None:
    server.answers(server.service.answer)

    assert await server.search() == server.service.found
    assert server.sent == server.service.sent
    name, wanted = server.service.header
    path = urlsplit(server.base).path + server.service.path
    assert server.site.last_headers[path][name] == wanted


async def test_nothing_found_is_no_error(server: Server) -> None:
    server.answers(server.service.nothing)

    assert await server.search() == []


@pytest.mark.parametrize("query", ["", "a&b=c#d", "ünï\0 \ud800 🎉", '"tide" OR (site:x)'])
async def test_any_query_can_be_sent(server: Server, query: str) -> None:
    server.answers(server.service.nothing)

    assert await server.search(query) == []


@pytest.mark.parametrize("status", [401, 402, 404, 429, 500, 503])
async def test_a_failure_names_the_provider_and_what_to_do(server: Server, status: int) -> None:
    server.answers({"detail": "so it is"}, status)

    with pytest.raises(BrowserError) as failure:
        await server.search()
    said = str(failure.value)
    name = server.service.make(server.base).name
    assert f"Search with {name} failed with HTTP status {status}." in said
    assert "so it is" in said
    assert KEY not in said
    if status == 401:
        assert KEYS[name] in said


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("<html><h1>Log in</h1></html>", "text/html"),
        ("", "application/json"),
        ("[]", "application/json"),
        ("{}", "application/json"),
        ('{"results": 1, "organic": {}, "type": 2}', "application/json"),
        ('{"results": [{"url": 7}], "organic": [{}], "web": []}', "application/json"),
        ('{"results": {"web": [{}]}, "organic"', "application/json"),
    ],
)
async def test_another_answer_is_told(server: Server, body: str, media_type: str) -> None:
    server.answers(body, media_type=media_type)

    with pytest.raises(BrowserError, match="not the documented answer") as failure:
        await server.search()
    assert f"Search with {server.service.make(server.base).name} failed" in str(failure.value)
    assert media_type in str(failure.value)


async def test_a_service_that_hangs_costs_its_time_and_no_more(server: Server) -> None:
    server.runs(_hang)

    with pytest.raises(BrowserError, match=r"within 0\.5 seconds"):
        await server.search(seconds=0.5)


async def test_a_key_goes_to_no_other_host(server: Server, forbidden: Forbidden) -> None:
    target = forbidden.url("/stolen")
    server.runs(lambda handler: handler.redirect(target, 307))

    with pytest.raises(BrowserError):
        await server.search()
    assert not forbidden.hits


async def test_a_server_without_json_is_told_how_to_have_it(site: Site) -> None:
    server = Server(site, SERVICES["searxng"], site.url("/api-searxng"), {})
    server.answers("<h1>403</h1>", 403, "text/html")

    with pytest.raises(BrowserError, match=r"does not allow JSON.*settings\.yml"):
        await server.search()


# Which one is used


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for variable in KEYS.values():
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


async def test_the_first_key_in_the_environment_chooses(no_keys: pytest.MonkeyPatch) -> None:
    chosen = []
    for name, variable in reversed(KEYS.items()):
        no_keys.setenv(variable, "http://127.0.0.1:1" if name == "searxng" else "key")
        chosen.append(find_provider("auto").name)
    assert chosen == ["searxng", "serper", "tavily", "brave", "youcom", "exa"]
    no_keys.setenv("EXA_API_KEY", " ")
    assert find_provider("auto").name == "youcom"
    assert find_provider("brave").name == "brave"


async def test_without_a_key_the_search_is_local(no_keys: pytest.MonkeyPatch) -> None:
    provider = find_provider()

    assert provider.name == "local"
    await provider.close()


@pytest.mark.parametrize(("name", "variable"), KEYS.items())
def test_a_named_provider_without_its_key_says_which(
    no_keys: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    with pytest.raises(BrowserError, match=variable):
        find_provider(name)


def test_an_unknown_provider_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match="exa, youcom, brave, tavily, serper, searxng, ddgs"):
        find_provider("gogle")


def test_a_provider_of_ones_own_is_used_as_it_is() -> None:
    mine = Exa(KEY)

    assert find_provider(mine) is mine


# ddgs


def test_ddgs_is_told_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ddgs", None)

    with pytest.raises(BrowserError, match="pip install ddgs"):
        find_provider("ddgs")


_PACKAGE = """
class DDGS:
    def __init__(self, timeout):
        assert timeout > 0

    def text(self, query, max_results):
        if query == "too often":
            raise RuntimeError("202 Ratelimit")
        return [{"title": query, "href": "https://a.example/", "body": f"{max_results} <b>x</b>"}]
"""


async def test_ddgs_is_asked_by_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ddgs.py").write_text(_PACKAGE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "ddgs", raising=False)
    provider = find_provider("ddgs")

    async with Fetcher(AddressPolicy.public()) as fetcher:
        assert await provider.search("tides", 5, fetcher) == [
            Result("https://a.example/", "tides", "5 x")
        ]
        with pytest.raises(BrowserError, match="ddgs failed: RuntimeError: 202 Ratelimit"):
            await provider.search("too often", 5, fetcher)
    monkeypatch.delitem(sys.modules, "ddgs")
