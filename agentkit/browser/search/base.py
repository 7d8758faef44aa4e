"""What a search is: one result type, and what providers and sources of documents must offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agentkit.browser.document import Document

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["DocumentSource", "Result", "SearchProvider"]


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that a search found.

    Args:
        url: absolute.
        title: one line; may be empty.
        snippet: what the page says about the query, in a few sentences; may be empty.
        date: when it was published, as the provider writes it; may be empty.
    """

    url: str
    title: str
    snippet: str = ""
    date: str = ""


class SearchProvider(Protocol):
    """Something that can be searched.

    Attributes:
        name: as users choose it and as errors tell it.
    """

    name: str

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """Search.

        Args:
            query: as the model wrote it: any text.
            count: most results to return.
            fetcher: sends the requests, if the provider needs any.

        Raises:
            BrowserError: the search failed; the message names the provider.
        """
        ...

    async def close(self) -> None:
        """Free what is held; may be called twice."""


class DocumentSource(Protocol):
    """Something that has whole documents at hand, so that they need not be fetched."""

    def document(self, url: str) -> Document | None:
        """The document at `url`, or None when it is not here."""
        ...
