"""Search by Tavily, made for language models.

Its interface: https://docs.tavily.com/documentation/api-reference/endpoint/search
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from agentkit.browser.search.base import Result
from agentkit.browser.search.http import HttpSearch, plain

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["Tavily"]


class _Hit(BaseModel):
    url: str
    title: str | None = None
    content: str | None = None
    published_date: str | None = None


class _Answer(BaseModel):
    results: list[_Hit]


class Tavily(HttpSearch):
    """Search by Tavily, made for language models.

    At most 20 results.
    """

    name = "tavily"
    variable = "TAVILY_API_KEY"
    home = "https://api.tavily.com"

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """At most `count` results; see `SearchProvider`."""
        answer = await self.ask(
            _Answer,
            fetcher,
            "POST",
            "/search",
            json={"query": query, "max_results": min(count, 20)},
            headers={"Authorization": f"Bearer {self.key()}"},
        )
        return [
            Result(each.url, plain(each.title), plain(each.content), each.published_date or "")
            for each in answer.results[:count]
        ]
