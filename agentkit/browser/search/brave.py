"""Search by Brave, an index of its own.

Its interface: https://api-dashboard.search.brave.com/app/documentation/web-search
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from agentkit.browser.search.base import Result
from agentkit.browser.search.http import HttpSearch, plain

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["Brave"]


class _Hit(BaseModel):
    url: str
    title: str | None = None
    description: str | None = None
    page_age: str | None = None


class _Web(BaseModel):
    results: list[_Hit]


class _Answer(BaseModel):
    type: Literal["search"]
    web: _Web | None = None


class Brave(HttpSearch):
    """Search by Brave, an index of its own.

    At most 20 results.
    """

    name = "brave"
    variable = "BRAVE_API_KEY"
    home = "https://api.search.brave.com"

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """At most `count` results; see `SearchProvider`."""
        answer = await self.ask(
            _Answer,
            fetcher,
            "GET",
            "/res/v1/web/search",
            params={"q": query, "count": str(min(count, 20)), "text_decorations": "false"},
            headers={"X-Subscription-Token": self.key()},
        )
        hits = answer.web.results if answer.web else []
        return [
            Result(each.url, plain(each.title), plain(each.description), each.page_age or "")
            for each in hits[:count]
        ]
