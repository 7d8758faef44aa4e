"""A live page: clicked, typed into and photographed as a model asks, behind the policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from agentkit import Agent, BrowserTool, ScriptedModel
from agentkit.browser.chromium.install import Found
from agentkit.browser.document import BrowserError, FetchError, Refused
from agentkit.browser.interact import PageTool
from agentkit.browser.net.policy import AddressPolicy
from agentkit.errors import ToolRetry
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, ToolOutput
from tests.browser.chromium_fixture import chromium_found
from tests.browser.site import Forbidden, Handler, Site

__all__ = ["chromium_found"]

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


@pytest_asyncio.fixture
async def page(chromium_found: Found, policy: AddressPolicy) -> AsyncIterator[PageTool]:
    tool = PageTool(policy=policy)
    yield tool
    await tool.close()


async def ask(tool: PageTool, name: str, **arguments: object) -> ToolOutput:
    call = ToolCall("call_1", f"page.{name}", "", name=f"page.{name}", arguments=arguments)
    outputs = [each async for each in tool.call(call, RunContext(None, call, "one"))]
    assert isinstance(outputs[-1], ToolOutput)
    return outputs[-1]


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


async def test_what_is_not_there_is_told_with_what_is(page: PageTool, shop: str) -> None:
    with pytest.raises(ToolRetry, match="no page is open"):
        await ask(page, "click", target="Buy")
    await ask(page, "open", url=shop)

    with pytest.raises(ToolRetry, match=r"There are: .*Search; Buy; Away"):
        await ask(page, "click", target="Sell")
    assert "In the basket" in (await ask(page, "click", target="Buy")).text


async def test_no_click_leads_where_the_policy_forbids(
    page: PageTool, shop: str, forbidden: Forbidden
) -> None:
    await ask(page, "open", url=shop)

    with pytest.raises(BrowserError):
        await ask(page, "click", target="Away")
    with pytest.raises(BrowserError):
        await ask(page, "open", url="file:///etc/hostname")
    assert not forbidden.hits


async def test_a_page_that_changes_what_it_is_read_with_is_read_all_the_same(
    page: PageTool, site: Site
) -> None:
    trap = "get() { for (;;); }"
    site.pages["/interact/trap"] = f"""<h1>Trap</h1><script>
    String.prototype.slice = () => 7;
    Object.defineProperty(Document.prototype, "documentElement", {{{trap}}});
    Object.defineProperty(HTMLElement.prototype, "innerText", {{{trap}}});</script>"""

    assert "# Trap" in (await ask(page, "open", url=site.url("/interact/trap"))).text


async def test_a_page_that_hangs_is_closed_in_time(page: PageTool, site: Site) -> None:
    site.pages["/interact/busy"] = (
        "<h1>Busy</h1><script>setTimeout(() => { for (;;); }, 200)</script>"
    )

    with pytest.raises(FetchError, match="closed"):
        await ask(page, "open", url=site.url("/interact/busy"))
    with pytest.raises(ToolRetry, match="no page is open"):
        await ask(page, "screenshot")


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
