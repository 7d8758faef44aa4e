"""A live page: clicked, typed into and photographed as a model asks, behind the policy."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from agentkit import Agent, BrowserTool, ScriptedModel
from agentkit.browser import interact
from agentkit.browser.chromium.install import Found
from agentkit.browser.document import BrowserError, FetchError, Refused
from agentkit.browser.interact import PageTool
from agentkit.browser.net.policy import AddressPolicy
from agentkit.errors import ToolRetry
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, ToolOutput
from tests.browser.chromium_fixture import chromium_found, until
from tests.browser.site import Forbidden, Handler, Site

__all__ = ["chromium_found"]

POLICY = AddressPolicy(allow_networks=("127.0.0.1/32",))
module_loop = pytest.mark.asyncio(loop_scope="module")

SHOP = """<title>Shop</title><h1>Shop</h1>
<form action="/interact/found">
<label>Article <input name="q"></label><button>Search</button></form>
<button onclick="out.textContent = 'In the basket: one kettle.'">Buy</button>
<p id="out"></p><p style="display:none">unseen words</p>
<a href="http://127.0.0.2:1/secret">Away</a>"""


def found(handler: Handler) -> None:
    query = parse_qs(urlsplit(handler.path).query)
    handler.reply(f"<title>Found</title><h1>Results for {query['q'][0]}</h1>")


@pytest.fixture
def shop(site: Site) -> str:
    site.pages["/interact/shop"] = SHOP
    site.pages["/interact/found"] = found
    return site.url("/interact/shop")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def tool(chromium_found: Found) -> AsyncIterator[PageTool]:
    tool = PageTool(policy=POLICY)
    yield tool
    await tool.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(tool: PageTool) -> AsyncIterator[PageTool]:
    """The tool, with no page open so far."""
    yield tool
    await tool.close_page("one")


async def ask(tool: PageTool, name: str, **arguments: object) -> ToolOutput:
    call = ToolCall("call_1", f"page.{name}", "", name=f"page.{name}", arguments=arguments)
    outputs = [each async for each in tool.call(call, RunContext(None, call, "one"))]
    assert isinstance(outputs[-1], ToolOutput)
    return outputs[-1]


@module_loop
async def test_a_page_is_clicked_typed_into_and_photographed(page: PageTool, shop: str) -> None:
    opened = await ask(page, "open", url=shop)
    bought = await ask(page, "click", target="Buy")
    picture = await ask(page, "screenshot")
    sent = await ask(page, "type", field="Article", text="tea pot", submit=True)

    assert opened.text.startswith(f"Shop ({shop})")
    assert "unseen words" not in opened.text
    assert "In the basket: one kettle." in bought.text
    assert "Results for tea pot" in sent.text
    (artifact,) = picture.artifacts
    assert (artifact.name, artifact.media_type) == ("page_1.png", "image/png")
    assert (artifact.data or b"").startswith(b"\x89PNG")


@module_loop
async def test_looking_at_a_page_leaves_it_as_it_is(page: PageTool, site: Site) -> None:
    site.pages["/interact/composed"] = (
        "<title>Composed</title><x-card>Add</x-card>"
        "<iframe srcdoc=\"<button onclick='this.textContent = 1'>Inner</button>\"></iframe>"
        "<p hidden>unseen words</p><p id=out></p><script>let count = 0;"
        "customElements.define('x-card', class extends HTMLElement {"
        "constructor() { super(); const tree = this.attachShadow({mode: 'open'});"
        "tree.innerHTML = '<button><slot></slot></button>';"
        "tree.firstChild.onclick = () => out.textContent = `Added ${++count}.` } });"
        "new MutationObserver(all => all.some(each => each.target !== out)"
        " && document.title.length && (document.title = 'Touched'))"
        ".observe(document.body, {subtree: true, childList: true, attributes: true})</script>"
    )

    await ask(page, "open", url=site.url("/interact/composed"))
    for count in (1, 2):
        shown = (await ask(page, "click", target="Add")).text
        assert f"Added {count}." in shown
        assert shown.startswith("Composed (")
        assert "Inner" in shown
        assert "unseen words" not in shown


@module_loop
async def test_what_is_not_there_is_told_with_what_is(page: PageTool, shop: str) -> None:
    with pytest.raises(ToolRetry, match="no page is open"):
        await ask(page, "click", target="Buy")
    await ask(page, "open", url=shop)

    with pytest.raises(ToolRetry, match=r"There are: .*Search; Buy; Away"):
        await ask(page, "click", target="Sell")
    assert "In the basket" in (await ask(page, "click", target="Buy")).text


@module_loop
async def test_no_click_leads_where_the_policy_forbids(
    page: PageTool, shop: str, forbidden: Forbidden
) -> None:
    await ask(page, "open", url=shop)

    with pytest.raises(BrowserError):
        await ask(page, "click", target="Away")
    with pytest.raises(BrowserError):
        await ask(page, "open", url="file:///etc/hostname")
    assert not forbidden.hits


@module_loop
async def test_a_page_that_changes_what_it_is_read_with_is_read_all_the_same(
    page: PageTool, site: Site
) -> None:
    trap = "get() { for (;;); }"
    site.pages["/interact/trap"] = f"""<h1>Trap</h1><a href=/>Out</a><a href=/ hidden>Unseen</a>
    <script>Array.prototype.map = () => 7; String.prototype.slice = () => 7;
    Object.defineProperty(Document.prototype, "documentElement", {{{trap}}});
    Object.defineProperty(HTMLElement.prototype, "innerText", {{{trap}}});</script>"""

    assert "# Trap" in (await ask(page, "open", url=site.url("/interact/trap"))).text
    with pytest.raises(ToolRetry, match=r"There are: Out\.$"):
        await ask(page, "click", target="In")


@module_loop
async def test_what_a_click_leads_to_is_waited_for(page: PageTool, site: Site) -> None:
    def slow(handler: Handler) -> None:
        handler.wait(4)
        handler.reply("<h1>Results</h1>")

    site.pages["/interact/slow"] = slow
    site.pages["/interact/search"] = "<form action=slow><button>Search</button></form>"
    await ask(page, "open", url=site.url("/interact/search"))

    assert "# Results" in (await ask(page, "click", target="Search")).text


@module_loop
async def test_what_cannot_be_used_costs_no_page(
    page: PageTool, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interact, "_USE_MILLISECONDS", 500)
    site.pages["/interact/covered"] = (
        "<label>Colour <select><option>red</option></select></label><button>Buy</button>"
        "<div style='position: fixed; inset: 0' onclick='this.remove()'>Cookies?</div>"
    )
    await ask(page, "open", url=site.url("/interact/covered"))

    with pytest.raises(ToolRetry, match="'Buy' cannot be used: something lies over it"):
        await ask(page, "click", target="Buy")
    with pytest.raises(ToolRetry, match=r"'Colour' cannot be used: .*not an <input>"):
        await ask(page, "type", field="Colour", text="blue")
    await ask(page, "click", target="Cookies?")
    assert "Cookies" not in (await ask(page, "click", target="Buy")).text


@module_loop
@pytest.mark.parametrize(
    ("script", "note"),
    [
        ("for (;;);", "its scripts did not come to an end"),
        ("location = '/script/reload'", "it kept moving to other addresses"),
        ("location = '/bomb-whole'", "[0-9]+ MiB had come"),
    ],
)
async def test_a_page_that_goes_too_far_after_a_click_is_told_and_closed(
    page: PageTool, site: Site, script: str, note: str
) -> None:
    site.pages["/interact/harm"] = (
        f'<h1>Harmless</h1><button onclick="setTimeout(() => {{ {script} }})">Go</button>'
    )
    await ask(page, "open", url=site.url("/interact/harm"))

    began = time.monotonic()
    told = (await ask(page, "click", target="Go")).text

    assert time.monotonic() - began < 30
    assert re.search(rf"\[The page was .*{note}\. It was closed; open it anew\.\]$", told)
    with pytest.raises(ToolRetry, match="no page is open"):
        await ask(page, "screenshot")


@module_loop
async def test_what_a_page_does_between_two_calls_is_limited_too(
    page: PageTool, site: Site, shop: str
) -> None:
    site.pages["/interact/much"] = lambda handler: handler.reply(b"x" * 8_000_000, "text/plain")
    await ask(page, "open", url=shop)
    visit = page._live["one"].visit
    await visit.page.evaluate("setInterval(() => fetch('much').then(all => all.text()), 200)")
    await asyncio.to_thread(until, lambda: visit.stopped != "", 60)

    with pytest.raises(FetchError, match=r"after [67][0-9] MiB had come; the page was closed"):
        await ask(page, "click", target="Buy")


@module_loop
async def test_what_its_worker_does_between_two_calls_is_limited_too(
    page: PageTool, shop: str
) -> None:
    await ask(page, "open", url=shop)
    visit = page._live["one"].visit
    await visit.page.evaluate("void new Worker('/hostile/greedy.js')")
    await asyncio.to_thread(until, lambda: visit._traffic.spent > 64 << 20, 60)

    with pytest.raises(FetchError, match=r"after 6[4-9] MiB had come; the page was closed"):
        await ask(page, "click", target="Buy")


@module_loop
async def test_a_page_that_hangs_between_two_calls_is_closed_in_time(
    page: PageTool, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(page, "open", url=shop)
    await page._live["one"].visit.page.evaluate("setTimeout(() => { for (;;); })")
    monkeypatch.setattr(interact, "_STEP_SECONDS", 2.0)

    with pytest.raises(FetchError, match="did not answer within 2 s; the page was closed"):
        await ask(page, "click", target="Buy")
    with pytest.raises(ToolRetry, match="no page is open"):
        await ask(page, "click", target="Buy")


@module_loop
async def test_a_call_that_is_broken_off_leaves_no_page(page: PageTool, site: Site) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await ask(page, "open", url=site.url("/silent"))

    with pytest.raises(ToolRetry, match="no page is open"):
        await ask(page, "screenshot")


@module_loop
async def test_no_address_of_the_models_own_making_is_opened_if_so_asked() -> None:
    tool = PageTool(policy=AddressPolicy(allow_networks=("127.0.0.1/32",), only_seen=True))

    with pytest.raises(Refused, match="only addresses that the user named"):
        await ask(tool, "open", url="http://127.0.0.1:8009/?secret=1")
    await tool.close()


def test_it_is_described_apart_from_the_browser_and_can_ask_a_person() -> None:
    agent = Agent(ScriptedModel([]), tools=[BrowserTool(), PageTool(approval=True)])
    names = [tool.describe().namespace for tool in agent.tools]
    places = [tool.describe().place for tool in agent.tools]
    click = ToolCall("call_1", "page.click", "", name="page.click")

    assert names == ["browser", "page"]
    assert places == ["system", "developer"]
    assert agent.tools[1].needs_approval(click, RunContext(None, click))
