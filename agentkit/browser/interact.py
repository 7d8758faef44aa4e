"""The opt-in `page` tool: a live page in Chromium to click, to type into and to take pictures of.

gpt-oss was not trained with it, so it has a namespace of its own, and the browser's description
stays as it is. A conversation has one page, in a context of its own behind the address policy,
which ends with the conversation. Things on the page are named by what they say; what the page shows
then is told as text, without a page number: nothing here can be cited.

Each call has the limits of a visit: of time, of what comes in, of how often the page moves on. A
page that exceeds them is told as far as it came, and closed.

Not covered: uploads, downloads, dialogs (dismissed), windows that a page opens (closed). Between
two calls a page may keep its processor busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agentkit.browser.chromium.visit import Visit
from agentkit.browser.document import FetchError, Refused
from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.tool import is_among, named_in
from agentkit.browser.view import VIEW_TOKENS, Snapshot
from agentkit.errors import ToolRetry
from agentkit.harmony.prompt import FunctionSchema
from agentkit.messages import Artifact, Message, ToolCall
from agentkit.tools.base import RunContext, Tool, ToolDescription, ToolOutput

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from agentkit.browser.chromium.pool import Chromium
    from agentkit.browser.pages.worker import Converter

__all__ = ["PageTool"]

_DESCRIPTION = """\
A live web page that can be used like a person would: opened, clicked, typed into.
Use it only where reading with the browser is not enough, such as for forms."""

_STEP_SECONDS = 20.0
_USE_MILLISECONDS = 5_000  # until a thing on the page can be used
_MOST_NAMES = 20
_NAMES = f"""[...Document.prototype.querySelectorAll.call(
    document, "a, button, input, select, textarea")].slice(0, 500)
    .filter(each => each.checkVisibility({{visibilityProperty: true, opacityProperty: true}}))
    .map(each => (each.innerText || each.name || each.placeholder || "").trim().slice(0, 100))
    .filter((name, at, all) => name && all.indexOf(name) === at).slice(0, {_MOST_NAMES})"""


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

    visit: Visit
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
            self._check_seen(_text(call, "url"), (*ctx.dropped, *ctx.messages))
            await self.close_page(ctx.conversation)
            self._live[ctx.conversation] = await self._opened()
        live = self._live.get(ctx.conversation)
        if live is None:
            raise ToolRetry("no page is open here. Call page.open first, with a URL.")
        try:
            if action == "screenshot":
                yield await _picture(live)
                return
            await _done(live.visit, action, call)
            text = await self._told(live.visit)
        except (FetchError, Refused, asyncio.CancelledError) as error:
            await self.close_page(ctx.conversation)
            if action == "open" or not isinstance(error, FetchError):
                raise
            raise FetchError(f"{error}; the page was closed, open it anew") from None
        if live.visit.stopped:
            await self.close_page(ctx.conversation)
        yield ToolOutput(text)

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
        """A visit that has not begun, in a context of its own."""
        from agentkit.browser.chromium.pool import Chromium

        if self._chromium is None:
            self._chromium = Chromium(self._policy, contexts=self._max_pages, pictures=True)
        release = AsyncExitStack()
        try:
            visit, _ = await release.enter_async_context(self._chromium.visit())
        except BaseException:
            await release.aclose()
            raise
        visit.context.set_default_timeout(_USE_MILLISECONDS)
        return _Live(visit, release)

    async def _told(self, visit: Visit) -> str:
        """What the page shows, once it is quiet."""
        from agentkit.browser.pages.worker import Converter

        # What is no page, such as JSON, Chromium shows by means of one.
        response = replace(await visit.shown(), media_type="text/html")
        if self._converter is None:
            self._converter = Converter()
        document = await self._converter.convert(response)
        view = await asyncio.to_thread(Snapshot(0, document).view, None, None, self._view_tokens)
        note = document.note + (" It was closed; open it anew." if visit.stopped else "")
        return view.partition(" ")[2] + (f"\n\n[{note}]" if note else "")

    def _check_seen(self, url: str, messages: Sequence[Message]) -> None:
        """Refuse what the policy forbids and, under `only_seen`, what the model made up."""
        if urlsplit(url).scheme not in ("http", "https"):
            raise Refused(f"{url[:200]} is not opened; only http and https are.")
        self._policy.check_url(url)
        if self._policy.only_seen and not is_among(url, named_in(messages)):
            raise Refused(
                f"{url[:200]} was not opened: only addresses that the user named, or of pages that"
                " the browser has shown, may be. Open it with the browser first."
            )


async def _done(visit: Visit, action: str, call: ToolCall) -> None:
    """The one thing asked for."""
    match action:
        case "open":
            await visit.go(_text(call, "url"), _STEP_SECONDS)
        case "click":
            await visit.act(partial(_click, visit, _text(call, "target")), _STEP_SECONDS)
        case _:
            field, text = _text(call, "field"), _text(call, "text")
            submit = call.arguments.get("submit") is True
            await visit.act(partial(_type, visit, field, text, submit), _STEP_SECONDS)


async def _click(visit: Visit, target: str, page: Page) -> None:
    thing = await _first(visit, target, _clickable(page, target))
    with _usable(target):
        await thing.click()


async def _type(visit: Visit, name: str, text: str, submit: bool, page: Page) -> None:
    field = await _first(visit, name, _fields(page, name))
    with _usable(name):
        await field.fill(text)
        if submit:
            await field.press("Enter")


@contextmanager
def _usable(name: str) -> Iterator[None]:
    """A thing that cannot be used is no failure of the page; a page that does not come back from
    a click is, and will be seen to hang.

    Raises:
        ToolRetry: it cannot be.
    """
    from playwright.async_api import Error

    try:
        yield
    except Error as error:
        if "performing click action" in error.message:
            return
        covered = "something lies over it" if "intercepts pointer" in error.message else ""
        why = covered or error.message.splitlines()[0][:200]
        raise ToolRetry(f"{name[:100]!r} cannot be used: {why}") from None


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


async def _first(visit: Visit, name: str, candidates: Iterator[Locator]) -> Locator:
    """The first candidate that is there to be seen.

    Raises:
        ToolRetry: none is; says what there is.
    """
    for each in candidates:
        seen = each.locator("visible=true")
        if await seen.count():
            return seen.first
    named = "; ".join(await visit.evaluate(_NAMES))[:500]
    there = f" There are: {named}." if named else ""
    raise ToolRetry(f"nothing on the page is named {name[:100]!r}.{there}")


async def _picture(live: _Live) -> ToolOutput:
    data = await live.visit.act(lambda page: page.screenshot(type="png", timeout=0), _STEP_SECONDS)
    live.pictures += 1
    name = f"page_{live.pictures}.png"
    artifact = Artifact(name, "image/png", len(data), data)
    return ToolOutput(f"The user was given a picture of the page, {name}.", artifacts=(artifact,))
