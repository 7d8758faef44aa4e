"""Search by the package `ddgs`, which reads the pages of public search engines without a key.

Only used when it is named: those engines refuse such clients often, and then it fails. The package
keeps its own connections, so that the browser's address policy does not cover them.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

from agentkit.browser.document import BrowserError
from agentkit.browser.search.base import Result
from agentkit.browser.search.http import plain

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["DDGS"]


class DDGS:
    """Search by `ddgs`.

    Args:
        seconds: the time limit of a request.

    Raises:
        BrowserError: the package is not installed.
    """

    name = "ddgs"

    def __init__(self, seconds: int = 15) -> None:
        self._seconds = seconds
        try:
            self._package: Any = importlib.import_module("ddgs")
        except ImportError:
            raise BrowserError(
                "Search with ddgs needs the package ddgs. Install it with `pip install ddgs`, or"
                " choose another provider."
            ) from None

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """At most `count` results; see `SearchProvider`."""
        try:
            found = await asyncio.to_thread(self._ask, query, count)
            return [
                Result(each["href"], plain(each["title"]), plain(each["body"])) for each in found
            ]
        except Exception as error:  # the package has many kinds, some of them its engines' own
            raise BrowserError(
                f"Search with ddgs failed: {type(error).__name__}: {error}. Public engines limit"
                " such clients: wait, or use a provider with a key."
            ) from error

    async def close(self) -> None:
        """Nothing is held."""

    def _ask(self, query: str, count: int) -> list[dict[str, str]]:
        client = self._package.DDGS(timeout=self._seconds)
        found: list[dict[str, str]] = client.text(query, max_results=count)
        return found
