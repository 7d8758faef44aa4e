"""Search, on the web or in one's own documents: thin adapters to providers, and a local index."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.browser.document import BrowserError
from agentkit.browser.search.base import DocumentSource, Result, SearchProvider

if TYPE_CHECKING:
    from agentkit.browser.cache import Cache

__all__ = ["KEYS", "DocumentSource", "Result", "SearchProvider", "find_provider", "path_of"]

KEYS = {
    "exa": "EXA_API_KEY",
    "youcom": "YDC_API_KEY",
    "brave": "BRAVE_API_KEY",
    "tavily": "TAVILY_API_KEY",
    "serper": "SERPER_API_KEY",
    "searxng": "SEARXNG_URL",
}
"""The environment variable that makes each provider usable, in the order of preference."""


def find_provider(
    choice: str | Path | SearchProvider = "auto", *, cache: Cache | None = None
) -> SearchProvider:
    """The provider that `choice` stands for.

    Args:
        choice: `auto`, the name of a provider, the path of a local index, of a folder or of a
            JSON Lines file, also as `local:PATH`, or a provider. `auto` is the first of `KEYS`
            whose variable is set, else `local`: the pages opened so far.
        cache: where results are kept; when it replays, nothing else is asked, no key is needed,
            and `auto` is the provider whose results it holds.

    Raises:
        BrowserError: there is no such provider or file, or it cannot be used as things are.
    """
    if not isinstance(choice, str | Path):
        return _cached(choice, cache)
    name = str(choice)
    if name == "auto":
        name = _automatic(cache)
    if name == "local":
        from agentkit.browser.search.local import LocalIndex

        return LocalIndex(None if cache is None else cache.path)
    if name in KEYS or name == "ddgs":
        if cache is not None and cache.replay:
            return _replayed(name, cache)
        return _cached(_provider(name), cache)
    return _at_path(name.removeprefix("local:"))


def path_of(name: str) -> Path | None:
    """The file or folder of that name; None when there is none."""
    try:
        path = Path(name).expanduser()
        return path if name and path.exists() else None
    except (OSError, RuntimeError, ValueError):  # too long, of a user that is none, with NUL in it
        return None


def _automatic(cache: Cache | None) -> str:
    if cache is not None and cache.replay and (recorded := cache.provider()):
        return recorded
    return next((name for name, key in KEYS.items() if os.environ.get(key, "").strip()), "local")


def _provider(name: str) -> SearchProvider:
    """A provider by name, ready to be asked."""
    match name:
        case "exa":
            from agentkit.browser.search.exa import Exa

            return Exa().ready()
        case "youcom":
            from agentkit.browser.search.youcom import YouCom

            return YouCom().ready()
        case "brave":
            from agentkit.browser.search.brave import Brave

            return Brave().ready()
        case "tavily":
            from agentkit.browser.search.tavily import Tavily

            return Tavily().ready()
        case "serper":
            from agentkit.browser.search.serper import Serper

            return Serper().ready()
        case "searxng":
            from agentkit.browser.search.searxng import SearXNG

            return SearXNG()
        case _:
            from agentkit.browser.search.ddgs import DDGS

            return DDGS()


def _cached(provider: SearchProvider, cache: Cache | None) -> SearchProvider:
    """`provider` with its results kept; a local index is as quick as the cache itself."""
    if cache is None or provider.name == "local":
        return provider
    from agentkit.browser.cache import CachedSearch

    return CachedSearch(provider.name, cache, provider)


def _replayed(name: str, cache: Cache) -> SearchProvider:
    from agentkit.browser.cache import CachedSearch

    return CachedSearch(name, cache)


def _at_path(path: str) -> SearchProvider:
    from agentkit.browser.search.indexing import open_index

    found = path_of(path)
    if found is None:
        known = ", ".join(["auto", "local", *KEYS, "ddgs"])
        raise BrowserError(
            f"There is neither a search provider nor a file {path!r}. Providers: {known}; or the"
            " path of a folder, of a JSON Lines file, or of an index that `agentkit index` made."
        )
    return open_index(found)
