"""Any response made readable: which format it is, and the document it becomes.

Pure and synchronous: it knows neither network nor processes. What it is given is parsed in this
process; `agentkit.browser.pages.worker` keeps hostile pages away from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from http import HTTPStatus

from agentkit.browser.document import BrowserError, Document, Response
from agentkit.browser.pages.charset import decoded
from agentkit.browser.pages.sniff import sniff

__all__ = ["drafts", "text_of", "to_document"]

_UNSEEN = ("script", "style", "noscript", "template", "svg", "title", "textarea")
_TAG = re.compile(
    rf"<!--|<({'|'.join(_UNSEEN)})(?=[\s>/])[^<>]*>?|<[a-zA-Z/!?][^<>]*>", re.IGNORECASE
)
_HUGE_REFERENCE = re.compile("&#[0-9]{9,};?")
_ENDS = {name: re.compile(rf"</{name}\b[^<>]*>", re.IGNORECASE) for name in _UNSEEN}


def to_document(response: Response) -> Document:
    """`response` as a document, whatever its format.

    Raises:
        BrowserError: it cannot be converted.
    """
    *_, document = drafts(response)
    return document


def drafts(response: Response) -> Iterator[Document]:
    """The document as soon as it can be read, and again if the start of its main content is known
    better later.

    Raises:
        BrowserError: it cannot be converted.
    """
    try:
        yield from _drafts(response)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise BrowserError(
            f"{response.url} cannot be converted to text: {type(error).__name__}: {error}."
        ) from error


def _drafts(response: Response) -> Iterator[Document]:
    from agentkit.browser.pages import formats

    text = decoded(response.body, response.charset)
    match sniff(response, text):
        case "pdf":
            yield formats.pdf(response)
        case "binary":
            yield formats.binary(response)
        case "json":
            yield formats.json_text(response, text)
        case "markdown":
            yield from _through_html(response, text, formats.markdown_as_html(text))
        case "feed":
            yield from _through_html(response, text, formats.feed_as_html(text))
        case "text":
            yield formats.plain(response, text)
        case "html":
            yield from _html(response, text, text)


def _through_html(response: Response, text: str, html: str | None) -> Iterator[Document]:
    """What is written as a page of our own; as it is when that was not possible."""
    from agentkit.browser.pages import formats

    if html is None:
        yield formats.plain(response, text)
        return
    document = next(_html(response, html, text))
    yield document


def _html(response: Response, html: str, source: str) -> Iterator[Document]:
    from agentkit.browser.pages.formats import file_name
    from agentkit.browser.pages.html import html_drafts

    yield from html_drafts(
        html,
        response.url,
        rendered=response.rendered,
        note=response.note or _status_note(response.status),
        title=file_name(response.url),
        source=source,
    )


def _status_note(status: int) -> str:
    if status < 400:
        return ""
    try:
        phrase = f" ({HTTPStatus(status).phrase})"
    except ValueError:
        phrase = ""
    return f"The server answered with status {status}{phrase}."


def text_of(html: bytes | str) -> str:
    """The text of a page without tags, scripts and styles, quickly and roughly, in one line.

    It is for telling how much a page says, not for reading: hidden elements are not known here.
    """
    if isinstance(html, bytes):
        html = html.decode("utf-8", "replace")
    parts: list[str] = []
    position = 0
    unclosed: set[str] = set()
    while found := _TAG.search(html, position):
        parts.append(html[position : found.start()])
        position = _after(html, found, unclosed)
    parts.append(html[position:])
    # Python refuses to read very long numbers, and no character has one.
    text = _HUGE_REFERENCE.sub("\ufffd", " ".join(parts))
    return " ".join(unescape(text).split())


def _after(html: str, found: re.Match[str], unclosed: set[str]) -> int:
    """Where the text goes on after a tag; what is never closed hides nothing but the tag."""
    name = (found[1] or ("" if found[0] != "<!--" else "--")).lower()
    if not name or name in unclosed:
        return found.end()
    if name == "--":
        end = html.find("-->", found.end())
        if end >= 0:
            return end + 3
    elif end_tag := _ENDS[name].search(html, found.end()):
        return end_tag.end()
    unclosed.add(name)
    return found.end()
