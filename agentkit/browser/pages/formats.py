"""Formats other than HTML: PDF, JSON, feeds, Markdown, plain text, and files without text.

Markdown and feeds become HTML first, so that there is one way to write links, lists and tables.
Everything is bounded; a file that is broken becomes a document that says so.
"""

from __future__ import annotations

import html
import json
import logging
import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import unquote, urlsplit

from agentkit.browser.document import Document, Response
from agentkit.browser.pages.notation import Links, clean, one_line
from agentkit.browser.pages.sniff import binary_name

__all__ = ["binary", "feed_as_html", "file_name", "json_text", "markdown_as_html", "pdf", "plain"]

MOST_TEXT = 2_000_000
MOST_SOURCE = 1_000_000
"""Characters of a document, and of its source, that are kept."""
_MOST_MARKDOWN = 500_000
_MOST_PAGES = 300
_PDF_SECONDS = 6.0
_MOST_ITEMS = 500
_MOST_SUMMARY = 600


def file_name(url: str) -> str:
    """The last part of a URL's path, else its host."""
    parts = urlsplit(url)
    return one_line(unquote(parts.path.rstrip("/").rpartition("/")[2])) or parts.netloc or url


def plain(response: Response, text: str, *, title: str = "") -> Document:
    """Text as it is, but for what the notation reserves."""
    return _document(response, title or file_name(response.url), clean(text), source=text)


def json_text(response: Response, text: str) -> Document:
    """JSON, indented; as it is when it cannot be read."""
    try:
        value = json.loads(text)
        shown = json.dumps(value, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        shown = text
    return _document(response, file_name(response.url), clean(shown), source=text)


def binary(response: Response) -> Document:
    """Of what has no text, what it is."""
    name = binary_name(response)
    text = f"This is {name} of {_size(len(response.body))}. It has no text to show."
    return _document(response, file_name(response.url), clean(text))


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e3:.1f} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"


def _document(
    response: Response,
    title: str,
    text: str,
    *,
    links: tuple[str, ...] = (),
    note: str = "",
    source: str = "",
) -> Document:
    if len(text) > MOST_TEXT:
        note = f"{note} Only the first {MOST_TEXT} characters are shown.".strip()
    note = " ".join(filter(None, (response.note, note)))
    text, source = text[:MOST_TEXT], clean(source[:MOST_SOURCE])
    return Document(response.url, one_line(title), text, links, 0, note, source)


# PDF


def pdf(response: Response) -> Document:
    """A PDF page by page, each with its number as heading and the links on it at its end."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    links = Links(response.url)
    parts: list[str] = []
    title, note = file_name(response.url), ""
    try:
        from pypdf import PdfReader

        reader = PdfReader(BytesIO(response.body))
        title = _pdf_title(reader) or title
        total = len(reader.pages)
        for number in _pages_in_time(total):
            parts.append(_pdf_page(reader.pages[number], number + 1, links))
            if sum(map(len, parts)) > MOST_TEXT:
                break
        if len(parts) < total:
            note = f"Only the first {len(parts)} of {total} pages are shown."
    except Exception as error:  # pypdf raises what it comes across
        reason = one_line(str(error)) or type(error).__name__
        note = f"This PDF of {_size(len(response.body))} cannot be read any further: {reason}."
    text = "\n\n".join(parts)
    if not any(line and not line.startswith("## Page ") for line in text.splitlines()):
        text = f"{text}\n\nNo text was found in this PDF; it may consist of images.".strip()
    return _document(response, title, text, links=links.urls, note=note)


def _pages_in_time(total: int) -> Iterator[int]:
    deadline = time.monotonic() + _PDF_SECONDS
    for number in range(min(total, _MOST_PAGES)):
        if time.monotonic() > deadline:
            return
        yield number


def _pdf_title(reader: Any) -> str:
    metadata = reader.metadata
    return one_line(str(metadata.title or "")) if metadata else ""


def _pdf_page(page: Any, number: int, links: Links) -> str:
    text = clean(page.extract_text() or "")
    lines = [line.rstrip() for line in text.splitlines()]
    parts = [f"## Page {number}", "\n".join(lines).strip()]
    if found := list(dict.fromkeys(_pdf_links(page, links))):
        parts.append("\n".join(f"  * {marker}" for marker in found))
    return "\n\n".join(filter(None, parts))


def _pdf_links(page: Any, links: Links) -> Iterator[str]:
    for reference in (page.annotations or [])[:200]:
        action = reference.get_object().get("/A")
        address = action.get_object().get("/URI") if action is not None else None
        if isinstance(address, str) and links.resolve(address):
            yield links.marker(address, one_line(address))


# Markdown and feeds


def markdown_as_html(text: str) -> str | None:
    """Markdown as HTML; None when there is too much of it."""
    if len(text) > _MOST_MARKDOWN:
        return None
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark").enable("table").render(_without_front_matter(text)))


def _without_front_matter(text: str) -> str:
    if text.startswith("---\n"):
        end = text.find("\n---", 4)
        if end > 0:
            return text[end + 4 :].lstrip("-")
    return text


def feed_as_html(text: str) -> str | None:
    """An RSS or Atom feed as a page: a heading for each entry, its date, and a summary.

    Returns:
        None when it is no XML after all.
    """
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        return None
    entries = [each for each in root.iter() if _name(each) in ("item", "entry")]
    channel = next((each for each in root.iter() if _name(each) == "channel"), root)
    title = html.escape(_child(channel, "title"))
    lines = [f"<title>{title}</title><h1>{title}</h1>"]
    if about := _child(channel, "description", "subtitle"):
        lines.append(f"<p>{html.escape(_plain(about))}</p>")
    lines.extend(_entry(entry) for entry in entries[:_MOST_ITEMS])
    return "\n".join(lines)


def _entry(entry: Any) -> str:
    title = html.escape(_plain(_child(entry, "title")) or "Untitled")
    lines = [f'<h2><a href="{html.escape(_entry_link(entry))}">{title}</a></h2>']
    date = _child(entry, "pubDate", "published", "updated", "date")
    author = _child(entry, "author", "creator")
    if facts := " · ".join(filter(None, (date, author))):
        lines.append(f"<p>{html.escape(facts)}</p>")
    if summary := _plain(_child(entry, "summary", "description", "encoded", "content")):
        lines.append(f"<p>{html.escape(summary)}</p>")
    return "".join(lines)


def _entry_link(entry: Any) -> str:
    found = ""
    for each in entry:
        if _name(each) == "link" and each.get("rel", "alternate") == "alternate":
            found = found or each.get("href") or (each.text or "").strip()
    identity = _child(entry, "guid")
    return found or (identity if identity.startswith("http") else "")


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: Any, *names: str) -> str:
    """The text of the first child of one of these names, which go by rank."""
    for name in names:
        for each in element:
            if _name(each) == name and (text := "".join(each.itertext()).strip()):
                return text
    return ""


def _plain(text: str) -> str:
    """Text without its markup, cut."""
    if "<" in text or "&" in text:
        from agentkit.browser.pages.html import html_text

        text = html_text(text[: 20 * _MOST_SUMMARY])
    return one_line(text, _MOST_SUMMARY)
