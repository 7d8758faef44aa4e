"""From a URL to a readable document: HTTP first, Chromium when needed (its shape)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from agentkit.browser.document import Document

if TYPE_CHECKING:
    from agentkit.browser.cache import Cache
    from agentkit.browser.chromium import Chromium
    from agentkit.browser.fetch import Fetcher
    from agentkit.browser.worker import Converter

__all__ = ["Reader"]


class Reader:
    """Reads pages."""

    def __init__(
        self,
        fetcher: Fetcher,
        converter: Converter,
        chromium_factory: Callable[[], Chromium],
        render: Literal["auto", "never", "always"] = "auto",
        cache: Cache | None = None,
    ) -> None:
        self._fetcher, self._converter = fetcher, converter
        self._chromium_factory, self._render, self._cache = chromium_factory, render, cache

    async def read(self, url: str) -> Document:
        """The page at `url`, readable."""
        return await self._converter.convert(await self._fetcher.get(url))
