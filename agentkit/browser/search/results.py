"""Search results as a page of the browser, in the form that gpt-oss was trained on.

Pure. The links' ids are the results' numbers; what providers say is escaped, so that a result can
imitate neither a link nor a citation.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from agentkit.browser.document import Document
from agentkit.browser.pages.notation import one_line
from agentkit.browser.search.base import Result

__all__ = ["results_document"]

_TITLE, _SNIPPET, _PLACE, _DATE = 200, 600, 80, 40  # most characters


def results_document(query: str, results: Sequence[Result]) -> Document:
    """A page that lists `results`.

    Args:
        query: becomes the title.
        results: a URL that comes twice is listed once.
    """
    listed = list({each.url: each for each in reversed(results)}.values())[::-1]
    lines = [_line(number, each) for number, each in enumerate(listed)]
    text = "\n".join(["# Search Results", "", *(lines or ["  Nothing was found."])])
    return Document("", one_line(query, _TITLE), text, tuple(each.url for each in listed))


def _line(number: int, result: Result) -> str:
    place = _place(result.url)
    title = _in_link(one_line(result.title, _TITLE)) or place
    day = one_line(result.date, _DATE).partition("T")[0]
    said = f"{one_line(result.snippet, _SNIPPET)} {f'({day})' if day else ''}"
    return f"  * 【{number}†{title}†{place}】 {said}".rstrip()


def _place(url: str) -> str:
    """Where a result is, in short: the host, or the name of a local file."""
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2] or unquote(parts.path).rpartition("/")[2] or url
    except ValueError:
        place = url
    return _in_link(one_line(place, _PLACE))


def _in_link(text: str) -> str:
    return text.replace("†", "‡")
