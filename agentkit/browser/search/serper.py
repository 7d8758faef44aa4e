"""Search by Serper: Google's results.

Its interface: https://serper.dev
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from agentkit.browser.search.base import Result
from agentkit.browser.search.http import HttpSearch, plain

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["Serper"]


class _Hit(BaseModel):
    link: str
    title: str | None = None
    snippet: str | None = None
    date: str | None = None


class _Answer(BaseModel):
    organic: list[_Hit]


class Serper(HttpSearch):
    """Search by Serper: Google's results."""

    name = "serper"
    variable = "SERPER_API_KEY"
    home = "https://google.serper.dev"

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """At most `count` results; see `SearchProvider`."""
        answer = await self.ask(
            _Answer,
            fetcher,
            "POST",
            "/search",
            json={"q": query, "num": count},
            headers={"X-API-KEY": self.key()},
        )
        return [
            Result(each.link, plain(each.title), plain(each.snippet), each.date or "")
            for each in answer.organic[:count]
        ]
