"""The opt-in `page` tool: a live page in Chromium to click, to type into and to take pictures of.

gpt-oss was not trained with it, so it has a namespace of its own, and the browser's description
stays as it is. A conversation has one page, in a context of its own behind the address policy,
which ends with the conversation. Things on the page are named by what they say; what the page shows
then is told as text, without a page number: nothing here can be cited.

Not covered: uploads, downloads, dialogs (dismissed), windows that a page opens (closed).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agentkit.browser.chromium.render import READ
from agentkit.browser.document import FetchError, Refused, Response
from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.tool import is_among, named_in
from agentkit.browser.view import VIEW_TOKENS, Snapshot
from agentkit.errors import ToolRetry
from agentkit.harmony.prompt import FunctionSchema
from agentkit.messages import Artifact, Message, ToolCall
from agentkit.tools.base import RunContext, Tool, ToolDescription, ToolOutput

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Locator, Page

    from agentkit.browser.chromium.pool import Chromium
    from agentkit.browser.pages.worker import Converter

__all__ = ["PageTool"]

_DESCRIPTION = """\
A live web page that can be used like a person would: opened, clicked, typed into.
Use it only where reading with the browser is not enough, such as for forms."""

_STEP_MILLISECONDS = 5_000
_QUIET_SECONDS = 0.3
_SETTLE_SECONDS = 3.0
_POLL_SECONDS = 0.1
_MOST_HTML = 8 << 20
_MOST_NAMES = 20


def _function(name: str, description: str, *required: str, **more: str) -> FunctionSchema:
    properties: dict[str, Any] = {each: {"type": "string"} for each in required}
    properties |= {each: {"type": kind} for each, kind in more.items()}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return FunctionSchema(name, description, schema if properties else None)


_FUNCTIONS = (
    _function("open", "Opens the page at `url` and tells what it shows.", "url"),
    _function("click", "Clicks the link, button or text that says `target`.", "target"),
    _function(
        "type",
        "Types `text` into the field with this name, label or placeholder; `submit` sends it off.",
        "field",
        "text",
        submit="boolean",
    ),
    _function("screenshot", "Takes a picture of the page for the user."),
)


@dataclass(slots=True)
class _Live:
    """A conversation's page, how to let go of it, and how many pictures were taken."""

    page: Page
    release: AsyncExitStack
    pictures: int = 0


class PageTool(Tool):
    """A live page for the model: `page.open`, `page.click`, `page.type`, `page.screenshot`.

    Args:
        policy: what pages may reach; the public internet when None.
        approval: a person approves each click and each text that is typed.
        view_tokens: tokens of o200k_harmony that are told of a page.
        max_pages: live pages at once, over all conversations.
        timeout: seconds that a call may take.
    """

    name = "page"

    def __init__(
        self,
        *,
        policy: AddressPolicy | None = None,
        approval: bool = False,
        view_tokens: int = VIEW_TOKENS,
        max_pages: int = 4,
        timeout: float | None = 60.0,
    ) -> None:
        self.timeout = timeout
        self._policy = policy or AddressPolicy.public()
        self._approval = approval
        self._view_tokens = view_tokens
        self._max_pages = max_pages
        self._chromium: Chromium | None = None
        self._converter: Converter | None = None
        self._live: dict[str, _Live] = {}

    def describe(self) -> ToolDescription:
        return ToolDescription(self.name, _DESCRIPTION, _FUNCTIONS)

    def needs_approval(self, call: ToolCall, ctx: RunContext[Any]) -> bool:
        return self._approval and call.name in ("page.click", "page.type")

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Do one thing on the page; what it shows then is the answer, pictures are `artifacts`.

        Raises:
            ToolRetry: there is no page yet, or nothing on it that is named so.
            BrowserError: the page cannot be had, or hangs.
        """
        action = call.name.rpartition(".")[2]
        if action == "open":
            self._check(_text(call, "url"))
            self._check_seen(_text(call, "url"), (*ctx.dropped, *ctx.messages))
            await self.close_page(ctx.conversation)
            self._live[ctx.conversation] = await self._opened()
        live = self._live.get(ctx.conversation)
        if live is None:
            raise ToolRetry("no page is open here. Call page.open first, with a URL.")
        try:
            async with _explained():
                if action == "screenshot":
                    yield await _picture(live)
                    return
                await _done(live.page, action, call)
                yield ToolOutput(await self._told(live.page))
        except (FetchError, Refused):
            await self.close_page(ctx.conversation)
            raise

    async def close_page(self, conversation: str) -> None:
        """Let go of a conversation's page, if there is one."""
        live = self._live.pop(conversation, None)
        if live is not None:
            await live.release.aclose()

    async def close(self, conversation: str | None = None) -> None:
        for name in list(self._live) if conversation is None else [conversation]:
            await self.close_page(name)
        if self._live:
            return
        for part in (self._chromium, self._converter):
            if part is not None:
                await part.close()
        self._chromium = self._converter = None

    async def _opened(self) -> _Live:
        """An empty page in a context of its own."""
        from agentkit.browser.chromium.pool import Chromium

        if self._chromium is None:
            self._chromium = Chromium(self._policy, contexts=self._max_pages, pictures=True)
        release = AsyncExitStack()
        try:
            context, _ = await release.enter_async_context(self._chromium.context())
            page = await context.new_page()
        except BaseException:
            await release.aclose()
            raise
        page.set_default_timeout(_STEP_MILLISECONDS)
        page.on("dialog", _dismiss)
        page.on("popup", lambda popup: popup.close())
        return _Live(page, release)

    async def _told(self, page: Page) -> str:
        """What the page shows, once it is quiet."""
        from agentkit.browser.pages.worker import Converter

        await _settled(page)
        self._check(page.url)
        read = await _evaluate(page, f"{READ}({_MOST_HTML}, 1000)")
        if self._converter is None:
            self._converter = Converter()
        html = read["html"].encode("utf-8", "replace")
        response = Response(page.url, 200, "text/html", html, "utf-8", rendered=True)
        document = await self._converter.convert(response)
        view = await asyncio.to_thread(Snapshot(0, document).view, None, None, self._view_tokens)
        return view.partition(" ")[2]

    def _check(self, url: str) -> None:
        self._policy.check_url(url)
        if urlsplit(url).scheme not in ("http", "https"):
            raise Refused(f"{url[:200]} is not opened; only http and https are.")

    def _check_seen(self, url: str, messages: Sequence[Message]) -> None:
        """Under `only_seen`, refuse an address of the model's own making."""
        if self._policy.only_seen and not is_among(url, named_in(messages)):
            raise Refused(
                f"{url[:200]} was not opened: only addresses that the user named, or of pages that"
                " the browser has shown, may be. Open it with the browser first."
            )


async def _done(page: Page, action: str, call: ToolCall) -> None:
    """The one thing asked for."""
    match action:
        case "open":
            await page.goto(_text(call, "url"), wait_until="domcontentloaded", timeout=20_000)
        case "click":
            target = _text(call, "target")
            await (await _first(page, target, _clickable(page, target))).click()
        case _:
            name = _text(call, "field")
            field = await _first(page, name, _fields(page, name))
            await field.fill(_text(call, "text"))
            if call.arguments.get("submit") is True:
                await field.press("Enter")


def _text(call: ToolCall, name: str) -> str:
    value = call.arguments.get(name)
    if not isinstance(value, str):
        raise ToolRetry(f"{call.name} needs `{name}`, a string.")
    return value


def _clickable(page: Page, target: str) -> Iterator[Locator]:
    """What `target` may mean, the likeliest first."""
    for exact in (True, False):
        for role in ("button", "link", "checkbox", "radio", "tab", "menuitem", "option"):
            yield page.get_by_role(role, name=target, exact=exact)
        yield page.get_by_text(target, exact=exact)


def _fields(page: Page, name: str) -> Iterator[Locator]:
    yield page.get_by_label(name, exact=True)
    yield page.get_by_placeholder(name, exact=True)
    yield page.locator(f"[name={_quoted(name)}]")
    yield page.get_by_label(name)
    yield page.get_by_placeholder(name)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def _first(page: Page, name: str, candidates: Iterator[Locator]) -> Locator:
    """The first candidate that is there to be seen.

    Raises:
        ToolRetry: none is; says what there is.
    """
    for each in candidates:
        seen = each.locator("visible=true")
        if await seen.count():
            return seen.first
    texts = await page.locator("a, button, input, select, textarea").evaluate_all(
        "all => all.map(each => (each.innerText || each.name || each.placeholder || '').trim())"
    )
    named = [text for text in dict.fromkeys(texts) if text][:_MOST_NAMES]
    there = f" There are: {'; '.join(named)[:500]}." if named else ""
    raise ToolRetry(f"nothing on the page is named {name[:100]!r}.{there}")


async def _picture(live: _Live) -> ToolOutput:
    data = await live.page.screenshot(type="png")
    live.pictures += 1
    name = f"page_{live.pictures}.png"
    artifact = Artifact(name, "image/png", len(data), data)
    return ToolOutput(f"The user was given a picture of the page, {name}.", artifacts=(artifact,))


async def _settled(page: Page) -> None:
    """Wait until what the page says stays as it is."""
    await page.wait_for_load_state("domcontentloaded")
    started = changed = time.monotonic()
    last = -1
    while time.monotonic() - started < _SETTLE_SECONDS:
        size = await _evaluate(page, "document.documentElement?.innerText?.length ?? 0")
        if size != last:
            last, changed = size, time.monotonic()
        elif time.monotonic() - changed > _QUIET_SECONDS:
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _evaluate(page: Page, expression: str) -> Any:
    """An expression's value in a world of its own, where the page's scripts cannot reach.

    Raises:
        TimeoutError: the page's scripts let nothing else run.
    """
    async with asyncio.timeout(_STEP_MILLISECONDS / 1000):
        session = await page.context.new_cdp_session(page)
        tree = await session.send("Page.getFrameTree")
        frame = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "agentkit"}
        world = (await session.send("Page.createIsolatedWorld", frame))["executionContextId"]
        asked = {"expression": expression, "contextId": world, "returnByValue": True}
        answer = await session.send("Runtime.evaluate", asked)
        await session.detach()
    if "exceptionDetails" in answer:
        raise FetchError("the page cannot be read and was closed; open it anew")
    return answer["result"]["value"]


async def _dismiss(dialog: Dialog) -> None:
    await dialog.dismiss()


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    """Playwright's failures as errors that the model can read."""
    from playwright.async_api import Error

    try:
        yield
    except TimeoutError:
        raise FetchError("the page hangs and was closed; open it anew") from None
    except Error as error:
        reason = error.message.splitlines()[0][:200]
        raise FetchError(f"the page failed and was closed ({reason}); open it anew") from None
