"""Search by Exa, an index of its own, ranked by meaning.

Its interface: https://exa.ai/docs/reference/search
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from agentkit.browser.search.base import Result
from agentkit.browser.search.http import HttpSearch, join, plain

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["Exa"]


class _Hit(BaseModel):
    url: str
    title: str | None = None
    publishedDate: str | None = None
    highlights: list[str] | None = None


class _Answer(BaseModel):
    results: list[_Hit]


class Exa(HttpSearch):
    """Search by Exa, an index of its own, ranked by meaning."""

    name = "exa"
    variable = "EXA_API_KEY"
    home = "https://api.exa.ai"

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """At most `count` results; see `SearchProvider`."""
        answer = await self.ask(
            _Answer,
            fetcher,
            "POST",
            "/search",
            json={"query": query, "numResults": count, "contents": {"highlights": True}},
            headers={"x-api-key": self.key()},
        )
        return [
            Result(
                each.url,
                plain(each.title),
                plain(join(each.highlights or ())),
                each.publishedDate or "",
            )
            for each in answer.results[:count]
        ]
