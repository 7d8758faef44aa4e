"""Search by a SearXNG server of the user's own, which asks many engines and needs no key.

Its interface: https://docs.searxng.org/dev/search_api.html. The server must allow JSON: `formats`
of `search` in its settings.yml must name `json`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import BaseModel

from agentkit.browser.document import BrowserError, Response
from agentkit.browser.search.base import Result
from agentkit.browser.search.http import HttpSearch, plain

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["SearXNG"]


class _Hit(BaseModel):
    url: str
    title: str | None = None
    content: str | None = None
    publishedDate: str | None = None


class _Answer(BaseModel):
    results: list[_Hit]


class SearXNG(HttpSearch):
    """Search by a SearXNG server, which may stand on a private network.

    Args:
        base: the server; None to take it from the environment variable `SEARXNG_URL`.

    Raises:
        BrowserError: no server is named, or not by an http or https URL.
    """

    name = "searxng"
    variable = "SEARXNG_URL"
    home = ""

    def __init__(self, base: str | None = None) -> None:
        base = base or os.environ.get(self.variable, "").strip()
        if not base.startswith(("http://", "https://")):
            raise BrowserError(
                "Search with searxng needs your server's address: set the environment variable"
                f" SEARXNG_URL, for example to http://localhost:8080. It is {base!r}."
            )
        super().__init__(base=base)

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """At most `count` results, of the one page that the server gives; see `SearchProvider`."""
        params = {"q": query, "format": "json"}
        answer = await self.ask(_Answer, fetcher, "GET", "/search", params=params)
        return [
            Result(each.url, plain(each.title), plain(each.content), each.publishedDate or "")
            for each in answer.results[:count]
        ]

    def _refusal(self, response: Response) -> str:
        if response.status == 403:
            return (
                f"Search with searxng failed: {self.base()} does not allow JSON. Add json to"
                " search: formats: in its settings.yml."
            )
        return super()._refusal(response)
