"""What a browser is made of, put together: HTTP, conversion, Chromium, search and cache.

Everything is made when it is first needed and ended by `close`; nothing here knows of models,
numbers or views.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.browser.cache import Cache
from agentkit.browser.chromium.pool import Chromium
from agentkit.browser.document import BrowserError, Document
from agentkit.browser.net.fetch import Fetcher
from agentkit.browser.pages.worker import Converter
from agentkit.browser.reader import Reader
from agentkit.browser.search import find_provider
from agentkit.browser.search.results import results_document
from agentkit.browser.settings import Settings

if TYPE_CHECKING:
    from agentkit.browser.search.base import SearchProvider
    from agentkit.browser.search.local import LocalIndex

__all__ = ["Parts"]

RESULTS = 20


class Parts:
    """The parts of one browser.

    Args:
        settings: as the user gave them.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._slots = asyncio.Semaphore(settings.max_pages)
        self._making = threading.Lock()

    async def search(self, query: str) -> Document:
        """A page of results.

        Raises:
            BrowserError: the search failed; the text names the provider.
        """
        try:
            with self._making:
                provider = self._provider
            results = await provider.search(query, RESULTS, self._fetcher)
        except BrowserError:
            raise
        except Exception as error:  # a provider of the user's own may raise anything
            name = getattr(self._settings.search, "name", self._settings.search)
            raise BrowserError(
                f"the search with {name} failed: {type(error).__name__}: {error}"
            ) from error
        return results_document(query, results)

    async def open(self, url: str) -> Document:
        """The page at `url`, from the provider's own documents where it has it.

        Raises:
            BrowserError: it cannot be had.
        """
        async with self._slots:
            document = await asyncio.to_thread(self._at_hand, url)
            if document is None:
                document = await self._reader.read(url)
                await asyncio.to_thread(self._index, document)
            return document

    async def close(self) -> None:
        """End everything; the parts cannot be used again."""
        await self._stack.aclose()

    def _at_hand(self, url: str) -> Document | None:
        """A document of the user's own; pages opened before are read anew."""
        with self._making:
            provider, opened = self._provider_or_none, self._opened
        find = None if provider is opened else getattr(provider, "document", None)
        found: Document | None = find(url) if find is not None else None
        return found

    def _index(self, document: Document) -> None:
        """Make an opened page searchable, where pages opened so far are searched."""
        with self._making:
            index = self._opened
        if index is not None:
            index.add(document)

    @cached_property
    def _opened(self) -> LocalIndex | None:
        """The index of the pages opened so far; never one of the user's own documents."""
        from agentkit.browser.search.local import LocalIndex

        if self._cache is not None:
            return None if self._cache.replay else self._cache.documents()
        provider = self._provider_or_none if self._settings.search in ("auto", "local") else None
        return provider if isinstance(provider, LocalIndex) else None

    @cached_property
    def _provider(self) -> SearchProvider:
        provider = find_provider(self._settings.search, cache=self._cache)
        index = None if self._cache is None else self._cache.documents()
        if isinstance(self._settings.search, str | Path) and provider is not index:
            self._stack.push_async_callback(provider.close)
        return provider

    @property
    def _provider_or_none(self) -> SearchProvider | None:
        """Pages can be opened without a provider that works."""
        try:
            return self._provider
        except BrowserError:
            return None

    @cached_property
    def _cache(self) -> Cache | None:
        cache = self._settings.cache
        if cache is None or isinstance(cache, Cache):
            return cache
        cache = Cache(cache, replay=self._settings.replay)
        self._stack.callback(cache.close)
        return cache

    @cached_property
    def _fetcher(self) -> Fetcher:
        fetcher = Fetcher(self._settings.policy)
        self._stack.push_async_callback(fetcher.close)
        return fetcher

    @cached_property
    def _reader(self) -> Reader:
        converter = Converter()
        self._stack.push_async_callback(converter.close)
        settings = self._settings
        reader = Reader(self._fetcher, converter, self._chromium, settings.render, self._cache)
        self._stack.push_async_callback(reader.close)
        return reader

    def _chromium(self) -> Chromium:
        return Chromium(self._settings.policy, contexts=self._settings.max_pages)
