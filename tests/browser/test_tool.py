"""The browser as a model calls it: over real pages on loopback, in calls and in whole runs."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import openai_harmony
import pytest

from agentkit import (
    AddressPolicy,
    Agent,
    BrowserTool,
    RunContext,
    RunResult,
    RunState,
    ScriptedModel,
    SQLiteSession,
    ToolCall,
    ToolError,
    ToolOutput,
    UserError,
)
from agentkit.browser.history import History
from agentkit.browser.net.fetch import Fetcher
from agentkit.browser.search.base import Result
from agentkit.browser.view import Snapshot
from agentkit.events import CheckpointSaved, RunFinished
from agentkit.harmony.prompt import Prompt
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.writer import render
from agentkit.messages import Message, user
from tests.browser.site import Site
from tests.scripts import events_of, final

TIDES = (
    "<title>Tides</title><h1>Tides</h1><p>High water is at 06:12.</p>"
    "<p>See the <a href='/tool/harbour'>harbour</a>.</p>"
)
HARBOUR = "<title>Harbour</title><h1>Harbour</h1><p>The ferry leaves at 08:30.</p>"


class Catalogue:
    """A search over pages of the site: each result is a page, in the order given.

    Args:
        site: serves them.
        paths: without `/tool/`.
    """

    name = "catalogue"

    def __init__(self, site: Site, *paths: str) -> None:
        self._urls = [site.url(f"/tool/{path}") for path in paths]

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        if query == "fail":
            raise RuntimeError("out of order")
        wanted = [url for url in self._urls if query in url] or self._urls
        return [Result(url, url.rpartition("/")[2], "a page") for url in wanted[:count]]

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def pages(site: Site) -> Site:
    site.page("/tool/tides", TIDES)
    site.page("/tool/harbour", HARBOUR)
    return site


@pytest.fixture
async def browser(pages: Site, policy: AddressPolicy) -> AsyncIterator[BrowserTool]:
    tool = BrowserTool(search=Catalogue(pages, "tides", "harbour"), policy=policy, render="never")
    yield tool
    await tool.close()


async def say(
    tool: BrowserTool, function: str, /, conversation: str = "one", **arguments: Any
) -> ToolOutput:
    """What the browser answers to one call."""
    call = ToolCall("call_1", f"browser.{function}", "", name=f"browser.{function}")
    call = ToolCall("call_1", call.name, "", "analysis", call.name, arguments)
    messages = arguments.pop("messages", ())
    ctx = RunContext(None, call, conversation, messages=messages)
    async with aclosing(tool.call(call, ctx)) as parts:
        outputs = [part async for part in parts]
    assert len(outputs) == 1
    assert isinstance(outputs[0], ToolOutput)
    return outputs[0]


async def refused(tool: BrowserTool, function: str, **arguments: Any) -> str:
    with pytest.raises(ToolError) as error:
        await say(tool, function, **arguments)
    return str(error.value)


def test_the_description_is_that_of_training() -> None:
    described = BrowserTool().describe()
    theirs = openai_harmony.ToolNamespaceConfig.browser()
    assert (described.namespace, described.description) == (theirs.name, theirs.description)
    assert described.place == "system"
    assert [(each.name, each.description, each.parameters) for each in described.functions] == [
        (each.name, each.description, each.parameters) for each in theirs.tools
    ]


def test_the_system_message_is_token_equal_to_openai_harmonys() -> None:
    tokenizer = load_tokenizer()
    content = openai_harmony.SystemContent.new().with_browser_tool()
    theirs = tokenizer.encoding.render(
        openai_harmony.Message.from_role_and_content(openai_harmony.Role.SYSTEM, content)
    )
    assert render(Prompt(tools=(BrowserTool().describe(),)).messages()[0], tokenizer) == theirs


def test_building_a_browser_loads_nothing_heavy() -> None:
    code = "import sys, agentkit.browser; agentkit.browser.BrowserTool(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"playwright", "trafilatura", "lxml", "httpx", "httpcore", "pypdf", "openai_harmony"}
    assert not heavy & {name.partition(".")[0] for name in loaded}


async def test_search_open_and_find_in_the_trained_format(
    browser: BrowserTool, pages: Site
) -> None:
    results = await say(browser, "search", query="all", topn=3, source="web")
    assert results.text.startswith("[0] all\n**viewing lines [0 - 5] of 5**\n\nL0: \nL1: URL: \n")
    host = pages.url("/").split("/")[2]
    assert f"\nL4:   * 【0†tides†{host}】 a page\n" in results.text

    tides = await say(browser, "open", id="0")
    url = pages.url("/tool/tides")
    assert tides.text == (
        f"[1] Tides ({url})\n**viewing lines [0 - 6] of 6**\n\n"
        f"L0: \nL1: URL: {url}\nL2: # Tides\nL3: \nL4: High water is at 06:12.\nL5: \n"
        "L6: See the 【0†harbour】."
    )
    assert isinstance(tides.data, Snapshot)
    assert tides.data.document.title == "Tides"

    found = await say(browser, "find", pattern="HIGH water")
    assert found.text.startswith(
        f"[2] Find results for text: `high water` in `Tides` ({url}/find?pattern=high%20water)\n"
    )
    match = await say(browser, "open", id=0, num_lines=1)
    assert match.text.endswith("\nL4: High water is at 06:12.")
    assert match.text.startswith(f"[3] Tides ({url})\n")


async def test_a_cursor_keeps_its_page(browser: BrowserTool, pages: Site) -> None:
    for query in ("tides", "harbour"):
        await say(browser, "search", query=query)
    assert "] Tides (" in (await say(browser, "open", cursor=0, id=0)).text
    assert "] Harbour (" in (await say(browser, "open", cursor=1, id=0)).text
    pages.page("/tool/tides", "<title>Tides</title><p>Nobody knows.")
    again = await say(browser, "open", id=pages.url("/tool/tides"))
    assert "Nobody knows." in again.text
    assert "L4: High water is at 06:12." in (await say(browser, "open", cursor=2, loc=0)).text


async def test_opening_goes_to_where_it_is_asked(browser: BrowserTool, pages: Site) -> None:
    await say(browser, "open", id=pages.url("/tool/tides"))
    assert "[1 - 2] of 6" in (await say(browser, "open", loc="1", num_lines=2.0)).text
    assert "[5 - 6] of 6" in (await say(browser, "open", cursor=0, loc=5)).text
    assert "] Harbour (" in (await say(browser, "open", cursor=0, id="【0†harbour】")).text
    source = await say(browser, "open", cursor=0, view_source=True)
    assert f"(view-source:{pages.url('/tool/tides')})" in source.text
    assert "<h1>Tides</h1>" in source.text


async def test_what_fails_says_how_to_go_on_and_changes_nothing(
    browser: BrowserTool, pages: Site
) -> None:
    assert "no page is open yet" in await refused(browser, "open", id=0)
    assert "no page is open yet" in await refused(browser, "find", pattern="x")
    await say(browser, "open", id=pages.url("/tool/tides"))
    assert "Cursors so far: 0 to 0" in await refused(browser, "open", cursor=1)
    assert "page [0] has no link 1: its links are 0 to 0" in await refused(browser, "open", id=1)
    assert "Cannot exceed page maximum of 6" in await refused(browser, "open", loc=7)
    assert "catalogue failed: RuntimeError: out of order" in await refused(
        browser, "search", query="fail"
    )
    assert "file" in await refused(browser, "open", id="file:///etc/hostname")
    assert "127.0.0.2" in await refused(browser, "open", id="http://127.0.0.2/")
    assert "page [1] has no link 0" in (
        (await say(browser, "find", pattern="nowhere")).text + await refused(browser, "open", id=0)
    )
    assert (await say(browser, "open", cursor=0)).text.startswith("[2] Tides ")


async def test_find_in_find_results_searches_the_page_itself(
    browser: BrowserTool, pages: Site
) -> None:
    await say(browser, "open", id=pages.url("/tool/tides"))
    await say(browser, "find", pattern="high")
    found = await say(browser, "find", pattern="harbour")
    assert "in `Tides` (" in found.text
    assert "match at L6" in found.text


async def test_a_long_page_is_first_shown_at_its_main_content(
    browser: BrowserTool, pages: Site
) -> None:
    menu = "".join(f"<li><a href='/m/{n}'>Section number {n}</a></li>" for n in range(300))
    story = "".join(f"<p>The keeper wrote in the log on day {n}.</p>" for n in range(80))
    pages.page(
        "/tool/log",
        f"<title>Log</title><body><nav><ul>{menu}</ul></nav><main><article><h1>The log</h1>{story}"
        "</article></main>",
    )
    shown = await say(browser, "open", id=pages.url("/tool/log"))
    assert "# The log" in shown.text
    first = re.search(r"viewing lines \[(\d+) - ", shown.text)
    assert first is not None
    assert int(first[1]) > 250
    top = await say(browser, "open", loc=0)
    assert "L3: " in top.text
    assert "Section number 0" in top.text


async def test_conversations_do_not_share_pages(browser: BrowserTool, pages: Site) -> None:
    url = pages.url("/tool/tides")
    both = await asyncio.gather(
        *(say(browser, "open", name, id=url) for name in ("one", "two") for _ in range(3))
    )
    assert sorted(output.text[:3] for output in both) == ["[0]", "[0]", "[1]", "[1]", "[2]", "[2]"]
    await browser.close("one")
    assert (await say(browser, "open", "two", id=url)).text.startswith("[3]")
    assert (await say(browser, "open", "one", id=url)).text.startswith("[0]")


async def test_only_addresses_that_were_shown_may_be_opened_if_so_asked(pages: Site) -> None:
    policy = AddressPolicy(allow_networks=("127.0.0.1/32",), only_seen=True)
    tool = BrowserTool(search=Catalogue(pages, "tides"), policy=policy, render="never")
    tides, harbour = pages.url("/tool/tides"), pages.url("/tool/harbour")
    asked = [user(f"What does {tides} say?")]
    assert "only addresses that the user named" in await refused(
        tool, "open", id=f"{tides}?secret=1", messages=asked
    )
    assert "06:12" in (await say(tool, "open", id=tides, messages=asked)).text
    assert (await say(tool, "open", id=harbour)).text.startswith("[1] Harbour")
    found = await say(tool, "find", pattern="secret")
    assert isinstance(found.data, Snapshot)
    assert "only addresses that the user named" in await refused(
        tool, "open", id=found.data.document.url
    )
    again = await say(tool, "open")
    assert "No `find` results" in again.text
    shown = Message("tool", again.text, author="browser.open")
    assert "only addresses that the user named" in await refused(
        tool, "open", id=found.data.document.url, messages=[*asked, shown]
    )
    await tool.close()


def test_pages_are_given_up_when_there_are_too_many() -> None:
    from agentkit.browser.document import Document

    history = History(most_snapshots=3, most_characters=2_000)
    for number in range(5):
        history.add(Snapshot(0, Document(f"http://a/{number}", "t", "x" * 10)))
    assert [page.cursor for page in history.pages] == [2, 3, 4]
    with pytest.raises(ToolError, match=r"page \[1\] is no longer held"):
        history.get(1)
    history.get(2)
    history.add(Snapshot(0, Document("http://a/5", "t", "x" * 10)))
    assert [page.cursor for page in history.pages] == [4, 2, 5]
    history.add(Snapshot(0, Document("http://a/6", "t", "x" * 1_995)))
    assert [page.cursor for page in history.pages] == [6]


@pytest.mark.parametrize(
    "settings", [{"render": "sometimes"}, {"view_tokens": 0}, {"max_pages": 0}, {"replay": True}]
)
def test_settings_that_cannot_be_right_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        BrowserTool(**settings)


@pytest.mark.parametrize("search", ["", "local:", "no/such", "x" * 5_000, "a\0b", "~no.one/x"])
def test_a_path_that_is_none_is_refused_at_once(search: str) -> None:
    with pytest.raises(UserError, match="neither a search provider nor a file"):
        BrowserTool(search=search)


@pytest.mark.parametrize("held", [b"", b"Words.", b"SQLite format 3\0" + bytes(84)])
def test_a_file_that_cannot_be_searched_is_refused_at_once(tmp_path: Path, held: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(held)
    with pytest.raises(UserError, match=r"notes\.txt cannot be searched: it is neither a folder"):
        BrowserTool(search=path)
    assert path.read_bytes() == held


# In runs


def call(function: str, **arguments: Any) -> str:
    """A call as gpt-oss writes it."""
    body = json.dumps(arguments)
    return f"<|channel|>analysis to=browser.{function} code<|message|>{body}<|call|>"


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to search: no server, no network; its addresses fit on a line."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "tides.html").write_text(TIDES)
    (folder / "harbour.html").write_text(HARBOUR)
    return folder


@pytest.fixture
async def local(town: Path) -> AsyncIterator[BrowserTool]:
    tool = BrowserTool(search=town)
    yield tool
    await tool.close()


SCRIPT = [
    call("search", query="tides"),
    call("open", id=0),
    final("High water is at 06:12【1†L4】, not 【1†L99】."),
]
CITED = [("Tides", 4, "High water is at 06:12.", True), ("Tides", 99, "", False)]


def told(result: RunResult[Any]) -> list[tuple[str, int | None, str, bool]]:
    return [(each.title, each.start, each.quote, each.verified) for each in result.citations]


def texts(result: RunResult[Any]) -> list[tuple[str | None, str | None, str]]:
    return [(each.author, each.recipient, each.text) for each in result.messages[1:]]


async def test_an_answer_has_its_citations_however_it_was_run(local: BrowserTool) -> None:
    plain = await Agent(ScriptedModel(SCRIPT), tools=[local]).run("When is high water?")
    assert told(plain) == CITED, texts(plain)
    answers = [each for each in plain.messages if each.role == "tool"]
    assert [(each.author, each.recipient, each.channel) for each in answers] == [
        ("browser.search", "assistant", "analysis"),
        ("browser.open", "assistant", "analysis"),
    ]

    stream = Agent(ScriptedModel(SCRIPT), tools=[local]).run_stream("When is high water?")
    last = (await events_of(stream))[-1]
    assert isinstance(last, RunFinished)
    assert last.citations == stream.result.citations == plain.citations
    assert texts(stream.result) == texts(plain)

    state = RunState.from_json(plain.state.to_json())
    assert state.citations == plain.citations


async def test_a_resumed_run_gives_its_pages_the_same_numbers(local: BrowserTool) -> None:
    async with AsyncExitStack() as stack:
        agent = await stack.enter_async_context(Agent(ScriptedModel(SCRIPT), tools=[local]))
        stream = agent.run_stream("When is high water?")
        events = await events_of(stream)
        for state in [each.state for each in events if isinstance(each, CheckpointSaved)]:
            rest = ScriptedModel(SCRIPT[state.usage.turns :])
            again = await stack.enter_async_context(Agent(rest, tools=[local]))
            async with again.resume_stream(RunState.from_json(state.to_json())) as resumed:
                async for event in resumed:
                    if isinstance(event, RunFinished):
                        assert event.citations == stream.result.citations
                        assert texts(resumed.result) == texts(stream.result)


async def test_a_conversation_goes_on_in_another_process(
    local: BrowserTool, town: Path, tmp_path: Path
) -> None:
    """Its pages are gone and the model no longer sees them; numbers and citations go on."""
    with SQLiteSession(tmp_path / "chats.db", "ada") as session:
        await Agent(ScriptedModel(SCRIPT), tools=[local]).run("High water?", session=session)
    harbour = (town / "harbour.html").as_uri()
    script = [
        call("open", cursor=1),
        call("open", id=harbour),
        final("At 08:30【2†L4】, as said before【1†L4】."),
    ]
    fresh = BrowserTool(search=town)
    with SQLiteSession(tmp_path / "chats.db", "ada") as session:
        result = await Agent(ScriptedModel(script), tools=[fresh]).run("Ferry?", session=session)
        saved = await session.load()
    assert not [each for each in result.messages if "06:12" in each.text and each.role == "tool"]
    lost, opened = [each.text for each in result.new_messages if each.role == "tool"]
    assert lost == (
        "Error: page [1] is no longer held. Open it again by its URL: give browser.open the `id`"
        f' "{(town / "tides.html").as_uri()}".'
    )
    assert opened.startswith("[2] Harbour (")
    assert told(result) == [
        ("Harbour", 4, "The ferry leaves at 08:30.", True),
        ("Tides", 4, "High water is at 06:12.", True),
    ]
    assert saved is not None
    assert saved.citations == result.citations


async def test_asking_the_same_again_and_again_ends_although_numbers_differ(
    local: BrowserTool,
) -> None:
    script = [call("search", query="tides")] * 4 + [final("Tides.")]
    result = await Agent(ScriptedModel(script), tools=[local]).run("Tides?")
    answers = [each.text for each in result.messages if each.role == "tool"]
    assert answers[1].startswith("[1] ")
    assert "You have this result already" in answers[3]


def test_runs_in_several_threads_share_a_browser(town: Path) -> None:
    tool = BrowserTool(search=town)

    def run(number: int) -> RunResult[str]:
        return Agent(ScriptedModel(SCRIPT), tools=[tool]).run_sync(f"Question {number}?")

    with ThreadPoolExecutor(3) as pool:
        assert [told(result) for result in pool.map(run, range(3))] == [CITED] * 3


async def test_a_run_leaves_nothing_running(browser: BrowserTool) -> None:
    await Agent(ScriptedModel(SCRIPT), tools=[browser]).run("When is high water?")
    assert not await asyncio.to_thread(worker_processes)


def worker_processes() -> list[str]:
    """Command lines of this process's children that belong to a browser."""

    def read(file: Path) -> str:
        try:
            return file.read_text()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            return ""

    tasks = Path("/proc/self/task").iterdir()
    children = [child for task in tasks for child in read(task / "children").split()]
    commands = [read(Path(f"/proc/{child}/cmdline")) for child in children]
    return [command for command in commands if "agentkit.browser" in command]
