"""From a URL to a readable document: the cache first, then HTTP, and Chromium when it must be.

Which hosts need Chromium is remembered once rendering has brought more text than HTTP did. What
Chromium cannot show comes by HTTP with a note of why; so on a machine without Chromium everything
works but pages that are made by scripts. Knows nothing of how pages are fetched or converted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from agentkit.browser.chromium.install import HOW_TO_GET_ONE, NoChromium
from agentkit.browser.chromium.render import needs_js
from agentkit.browser.document import BrowserError, Document, Response

if TYPE_CHECKING:
    from agentkit.browser.cache import Cache
    from agentkit.browser.chromium.pool import Chromium
    from agentkit.browser.net.fetch import Fetcher
    from agentkit.browser.pages.worker import Converter

__all__ = ["Reader", "Render"]

Render = Literal["auto", "never", "always"]

_HTML = ("text/html", "application/xhtml+xml")
_MORE_TEXT = 100  # characters that rendering must add before a host counts as needing it


class Reader:
    """Reads pages for a browser tool.

    Args:
        fetcher: the HTTP client; closed by its owner.
        converter: makes documents of responses; closed by its owner.
        chromium_factory: makes the Chromium when the first page needs it; closed by `close`.
        render: when Chromium is used: for pages that need JavaScript, never, or for every page.
        cache: asked first, and given what was fetched; None for no cache.
        timeout: seconds that Chromium may take for a page.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        converter: Converter,
        chromium_factory: Callable[[], Chromium],
        render: Render = "auto",
        cache: Cache | None = None,
        *,
        timeout: float = 15.0,
    ) -> None:
        self._fetcher = fetcher
        self._converter = converter
        self._make_chromium = chromium_factory
        self._render = render
        self._cache = cache
        self._timeout = timeout
        self._chromium: Chromium | None = None
        self._hosts_that_need_it: set[str] = set()
        self._without = ""

    async def __aenter__(self) -> Reader:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the Chromium, if there is one; may be called twice."""
        if self._chromium is not None:
            await self._chromium.close()
            self._chromium = None

    async def read(self, url: str) -> Document:
        """The page at `url`.

        Raises:
            Refused: the address policy forbids it.
            BrowserError: it cannot be had or read; or it is not in the cache that is replayed.
        """
        response = await self._cached(url)
        if response is None:
            response = await self._fetched(url)
            if self._cache is not None:
                await asyncio.to_thread(self._cache.put, url, response)
        return await self._converter.convert(response)

    async def _cached(self, url: str) -> Response | None:
        """What the cache has, if it was made the way that is asked for now."""
        if self._cache is None:
            return None
        wanted = False if self._render == "never" and not self._cache.replay else None
        found = await asyncio.to_thread(self._cache.get, url, rendered=wanted)
        if found is None or self._cache.replay:
            return found
        for address in (url, found.url):  # it may have been kept under another policy
            self._fetcher.policy.check_url(address)
        plain = found.media_type in _HTML and not found.rendered
        return None if self._render == "always" and plain else found

    async def _fetched(self, url: str) -> Response:
        self._fetcher.policy.check_url(url)
        host = urlsplit(url).hostname or ""
        if self._render == "always" or (
            self._render == "auto" and host in self._hosts_that_need_it
        ):
            rendered, note = await self._rendered(url)
            return rendered or _noted(await self._fetcher.get(url), note)
        response = await self._fetcher.get(url)
        if self._render == "never" or response.media_type not in _HTML:
            return response
        before = await asyncio.to_thread(_text, response)
        if not needs_js(response, before):
            return response
        rendered, note = await self._rendered(response.url)
        if rendered is None:
            return _noted(response, note)
        after = await asyncio.to_thread(_text, rendered)
        if len(after) >= len(before) + _MORE_TEXT:
            self._hosts_that_need_it.add(host)
        return rendered

    async def _rendered(self, url: str) -> tuple[Response | None, str]:
        """The page by Chromium; else None and a sentence that says why not."""
        from agentkit.browser.chromium.visit import NotAPage

        if self._without:
            return None, self._without
        if self._chromium is None:
            self._chromium = self._make_chromium()
        try:
            return await self._chromium.render(url, timeout=self._timeout), ""
        except NotAPage:
            return None, ""
        except NoChromium as error:
            reason = str(error).removesuffix(f"; {HOW_TO_GET_ONE}")
            self._without = (
                f"This page may need JavaScript, which was not run: {reason}; {HOW_TO_GET_ONE}."
            )
            return None, self._without
        except BrowserError as error:
            return None, f"This page's scripts were not run: {error}."


def _text(response: Response) -> str:
    from agentkit.browser.pages.convert import text_of

    return text_of(response.body)


def _noted(response: Response, note: str) -> Response:
    """A response with one more thing to be known about it."""
    return (
        replace(response, note=" ".join(filter(None, (response.note, note)))) if note else response
    )
