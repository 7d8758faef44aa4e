"""The `browser` tool that gpt-oss was trained with: `search`, `open` and `find`.

Every call that works shows a page under a number of its own, which keeps that page for as long as
the conversation is open; a call that fails changes nothing. The description is word for word the
one of the model's training. How pages are fetched and made readable is `parts`' business, how they
look `view`'s.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urldefrag
from weakref import WeakKeyDictionary

from agentkit.browser.arguments import Find, Open, Search, read
from agentkit.browser.database import is_index
from agentkit.browser.document import Refused
from agentkit.browser.history import History
from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.search import KEYS, path_of
from agentkit.browser.settings import Settings
from agentkit.browser.view import FIND_TITLE, VIEW_TOKENS, Snapshot, source_of
from agentkit.citations import shown_in
from agentkit.errors import ToolRetry, UserError
from agentkit.harmony.prompt import FunctionSchema
from agentkit.messages import Message, ToolCall
from agentkit.tools.base import RunContext, Tool, ToolDescription, ToolOutput

if TYPE_CHECKING:
    from agentkit.browser.cache import Cache
    from agentkit.browser.parts import Parts
    from agentkit.browser.search.base import SearchProvider

__all__ = ["BrowserTool"]

# openai/harmony, src/chat.rs, ToolNamespaceConfig::browser()
_DESCRIPTION = """\
Tool for browsing.
The `cursor` appears in brackets before each browsing display: `[{cursor}]`.
Cite information from the tool using the following format:
`【{cursor}†L{line_start}(-L{line_end})?】`, for example: `【6†L9-L11】` or `【8†L3】`.
Do not quote more than 10 words directly from the tool output.
sources=web (default: web)"""

_STRING = {"type": "string"}
_MINUS_ONE = {"type": "number", "default": -1}
_FUNCTIONS = (
    FunctionSchema(
        "search",
        "Searches for information related to `query` and displays `topn` results.",
        {
            "type": "object",
            "properties": {
                "query": _STRING,
                "topn": {"type": "number", "default": 10},
                "source": _STRING,
            },
            "required": ["query"],
        },
    ),
    FunctionSchema(
        "open",
        """\
Opens the link `id` from the page indicated by `cursor` starting at line number `loc`, showing \
`num_lines` lines.
Valid link ids are displayed with the formatting: `【{id}†.*】`.
If `cursor` is not provided, the most recent page is implied.
If `id` is a string, it is treated as a fully qualified URL associated with `source`.
If `loc` is not provided, the viewport will be positioned at the beginning of the document or \
centered on the most relevant passage, if available.
Use this function without `id` to scroll to a new location of an opened page.""",
        {
            "type": "object",
            "properties": {
                "id": {"type": ["number", "string"], "default": -1},
                "cursor": _MINUS_ONE,
                "loc": _MINUS_ONE,
                "num_lines": _MINUS_ONE,
                "view_source": {"type": "boolean", "default": False},
                "source": _STRING,
            },
        },
    ),
    FunctionSchema(
        "find",
        "Finds exact matches of `pattern` in the current page, or the page given by `cursor`.",
        {
            "type": "object",
            "properties": {"pattern": _STRING, "cursor": _MINUS_ONE},
            "required": ["pattern"],
        },
    ),
)

_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://)?(?:[\w-]+\.)+\w+(?::[0-9]+)?(?:[/?#][^\s<>\"'】]*)?")


class BrowserTool(Tool):
    """A browser for the model: search, pages as numbered lines, links to follow, text to find.

    Args:
        search: a provider's name (`exa`, `youcom`, `brave`, `tavily`, `serper`, `searxng`, `ddgs`,
            `local`), the path of documents to search or of an index of them, a provider of your
            own, or `auto`: the first one whose key is in the environment, else `local`.
        render: whether Chromium renders pages: when they need it, never or always.
        policy: where the browser may go; the public internet when None.
        view_tokens: tokens of o200k_harmony that a view shows, rounded up to a whole line.
        cache: where responses and search results are kept, a `Cache` or a file; None for nowhere.
        replay: serve from the cache and from nowhere else.
        max_pages: pages read at once, over all conversations.
        timeout: seconds that a call may take.

    Raises:
        UserError: there is no such provider or path, or its key is missing; `render` is none of
            the three, `view_tokens` or `max_pages` is no positive number, or there is no cache to
            replay.
    """

    name = "browser"

    def __init__(
        self,
        *,
        search: str | Path | SearchProvider = "auto",
        render: Literal["auto", "never", "always"] = "auto",
        policy: AddressPolicy | None = None,
        view_tokens: int = VIEW_TOKENS,
        cache: Cache | str | Path | None = None,
        replay: bool = False,
        max_pages: int = 4,
        timeout: float | None = 90.0,
    ) -> None:
        if render not in ("auto", "never", "always"):
            raise UserError(f"render is auto, never or always, not {render!r}.")
        if view_tokens < 1 or max_pages < 1:
            raise UserError("view_tokens and max_pages are at least 1.")
        if replay and cache is None:
            raise UserError("replay=True needs the cache that it is to serve from: cache=FILE.")
        if isinstance(search, str | Path):
            _check_search(str(search), replay)
        self.timeout = timeout
        self._policy = policy or AddressPolicy.public()
        self._view_tokens = view_tokens
        self._settings = Settings(search, render, self._policy, cache, replay, max_pages)
        self._homes: WeakKeyDictionary[asyncio.AbstractEventLoop, _Home] = WeakKeyDictionary()

    def describe(self) -> ToolDescription:
        return ToolDescription("browser", _DESCRIPTION, _FUNCTIONS, "system")

    async def call(
        self, call: ToolCall, ctx: RunContext[Any]
    ) -> AsyncGenerator[str | ToolOutput, None]:
        """Search, open or find; `data` is the `Snapshot` of the page that the model is shown.

        Raises:
            ToolRetry: the call cannot be understood, or names a page, link or line there is not.
            BrowserError: the page cannot be had.
        """
        wanted = read((call.name or call.recipient).rpartition(".")[2], call.arguments)
        history = self._home.histories.setdefault(ctx.conversation, History())
        messages = (*ctx.dropped, *ctx.messages)
        async with history.lock:
            history.recall(messages)
            snapshot, text = await self._shown(wanted, history, messages)
            yield ToolOutput(text, data=history.add(snapshot))

    async def close(self, conversation: str | None = None) -> None:
        home = self._home
        if conversation is None:
            home.histories.clear()
        else:
            home.histories.pop(conversation, None)
        if not home.histories and home.parts is not None:
            parts, home.parts = home.parts, None
            await parts.close()

    @property
    def _home(self) -> _Home:
        return self._homes.setdefault(asyncio.get_running_loop(), _Home())

    @property
    def _parts(self) -> Parts:
        home = self._home
        if home.parts is None:
            from agentkit.browser.parts import Parts

            home.parts = Parts(self._settings)
        return home.parts

    async def _shown(
        self, wanted: Search | Open | Find, history: History, messages: Sequence[Message]
    ) -> tuple[Snapshot, str]:
        """The page that a call asks for under the next number, and what is shown of it."""
        match wanted:
            case Search(query=query):
                page = Snapshot(history.next, await self._parts.search(query))
                return page, await self._view(page, 0)
            case Find(pattern=pattern, cursor=cursor):
                page = history.get(cursor)
                page = await asyncio.to_thread((page.origin or page).find, pattern, history.next)
                return page, await self._view(page, 0)
            case Open():
                return await self._open(wanted, history, messages)

    async def _open(
        self, wanted: Open, history: History, messages: Sequence[Message]
    ) -> tuple[Snapshot, str]:
        """The page that a call leads to, and what is shown of it."""
        loc, note = wanted.loc, ""
        url = wanted.target if isinstance(wanted.target, str) else ""
        page = None if url else history.get(wanted.cursor)
        if url:
            self._check_seen(url, history, messages)
        elif page is not None and isinstance(wanted.target, int):
            url = _link(page, wanted.target)
            if page.origin is not None:
                loc = page.at_match(wanted.target) if loc is None else loc
                page, url = page.origin, ""
        if page is None or url:
            document = await self._parts.open(url)
            note = " ".join(document.note.split())
            page = await asyncio.to_thread(Snapshot, history.next, document)
        if wanted.view_source:
            page = await asyncio.to_thread(Snapshot, history.next, source_of(page.document))
        page = page.at(history.next)
        text = await self._view(page, loc, wanted.num_lines)
        return page, f"{text}\n\n[{note}]" if note else text

    async def _view(
        self, page: Snapshot, loc: int | None = None, num_lines: int | None = None
    ) -> str:
        return await asyncio.to_thread(page.view, loc, num_lines, self._view_tokens)

    def _check_seen(self, url: str, history: History, messages: Sequence[Message]) -> None:
        """Under `only_seen`, refuse an address of the model's own making."""
        if not self._policy.only_seen:
            return
        if not is_among(url, _seen(history, messages)):
            raise Refused(
                f"{url[:200]} was not opened: only addresses that the user named, or that were"
                " shown in results and links, may be. Search, or follow a link by its number."
            )


@dataclass
class _Home:
    """What belongs to one event loop: runs in several threads have one each.

    Args:
        histories: the pages of each conversation.
        parts: made when first needed, ended with the last conversation.
    """

    histories: dict[str, History] = field(default_factory=dict)
    parts: Parts | None = None


def _check_search(search: str, replay: bool) -> None:
    """Find out at once what would otherwise be told to the model.

    Raises:
        UserError: no such provider or path, or a provider without its key.
    """
    if search in ("auto", "local", "ddgs"):
        return
    if key := KEYS.get(search):
        if not (replay or os.environ.get(key, "").strip()):
            raise UserError(f"The search provider {search} needs {key} in the environment.")
        return
    path = path_of(search.removeprefix("local:"))
    if path is None:
        known = ", ".join(["auto", "local", *KEYS, "ddgs"])
        raise UserError(
            f"There is neither a search provider nor a file {search!r}. Providers: {known}."
        )
    if not (path.is_dir() or path.suffix.lower() == ".jsonl" or is_index(path)):
        raise UserError(
            f"{path} cannot be searched: it is neither a folder, nor a .jsonl file, nor an index"
            " that `agentkit index` made."
        )


def _seen(history: History, messages: Sequence[Message]) -> Iterator[str]:
    """Addresses that the conversation holds.

    Those of find results do not count: the model's own words are in them.
    """
    for page in history.pages:
        if page.origin is None:
            yield from (page.document.url, *page.document.links)
    yield from named_in(messages)


def named_in(messages: Sequence[Message]) -> Iterator[str]:
    """Addresses that the user wrote, and those of the pages that the browser showed."""
    for message in messages:
        if (shown := shown_in(message)) is not None:
            if not shown.title.startswith(FIND_TITLE):
                yield shown.url
        elif message.role in ("user", "developer", "system"):
            yield from (match[0].rstrip(".,;:!?)") for match in _ADDRESS.finditer(message.text))


def is_among(url: str, seen: Iterable[str]) -> bool:
    """True when `url` leads where one of `seen` does."""
    return _address(url) in {_address(each) for each in seen}


def _address(url: str) -> str:
    """`url` without what makes no difference to where it leads."""
    return _SCHEME.sub("", urldefrag(url).url).rstrip("/")


def _link(page: Snapshot, number: int) -> str:
    """The address of a page's link.

    Raises:
        ToolRetry: it has no such link.
    """
    links = page.document.links
    if number < len(links):
        return links[number]
    has = f"its links are 0 to {len(links) - 1}" if links else "it has no links"
    raise ToolRetry(
        f"page [{page.cursor}] has no link {number}: {has}. Give `cursor` for a link of another"
        " page, or a URL as `id`."
    )
