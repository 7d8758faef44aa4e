"""Search by You.com: the web, and news where the query asks for news.

Its interface: https://you.com/docs/api-reference/search/v1-search
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from agentkit.browser.search.base import Result
from agentkit.browser.search.http import HttpSearch, join, plain

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["YouCom"]


class _Hit(BaseModel):
    url: str
    title: str | None = None
    description: str | None = None
    snippets: list[str] | None = None
    page_age: str | None = None


class _Sections(BaseModel):
    web: list[_Hit] | None = None
    news: list[_Hit] | None = None


class _Answer(BaseModel):
    results: _Sections


class YouCom(HttpSearch):
    """Search by You.com: the web, and news where the query asks for news.

    News come after the web.
    """

    name = "youcom"
    variable = "YDC_API_KEY"
    home = "https://ydc-index.io"

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """At most `count` results; see `SearchProvider`."""
        answer = await self.ask(
            _Answer,
            fetcher,
            "GET",
            "/v1/search",
            params={"query": query, "count": str(count)},
            headers={"X-API-Key": self.key()},
        )
        hits = [*(answer.results.web or ()), *(answer.results.news or ())]
        return [
            Result(
                each.url,
                plain(each.title),
                plain(join(each.snippets or [each.description])),
                each.page_age or "",
            )
            for each in hits[:count]
        ]
