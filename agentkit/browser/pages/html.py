"""HTML to a document: parse, walk, and find where the main content starts.

Parsing is libxml2's, which takes any input, in this process: for hostile pages use
`agentkit.browser.pages.worker`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lxml import etree

from agentkit.browser.document import Document
from agentkit.browser.pages.blocks import Block, render
from agentkit.browser.pages.main import declared_start, extract, matched_start
from agentkit.browser.pages.notation import Links, clean, one_line, unlinked
from agentkit.browser.pages.walk import walk

__all__ = ["html_drafts", "html_text"]

MOST_TEXT = 4_000_000
MOST_SOURCE = 1_000_000
"""Characters of a page, and of its source, that are kept."""
_NEAR_THE_TOP = 300
_ALL_IN_VIEW = 1000
_CUT = "Only the first part of the page is shown."
_DEEP = "The page's elements are nested too deep; the end of the page may be missing."
_OF_HEAD = frozenset(["base", "link", "meta", "noscript", "script", "style", "template", "title"])
_NESTING = re.compile(
    r"</?(?:div|span|font|b|i|u|em|strong|big|small|center|section|blockquote|ul|ol|dl|table|tbody"
    r"|tr|td|a|p|li|tt|code|[a-z]{1,40}-[a-z-]{1,40})\b([^<>]*)>",
    re.IGNORECASE,
)
_HIDING = re.compile(r"hidden|style|popover", re.IGNORECASE)


def html_drafts(
    html: str,
    url: str,
    *,
    rendered: bool = False,
    note: str = "",
    title: str = "",
    source: str = "",
) -> Iterator[Document]:
    """The page as a document, twice: at once, and when trafilatura has told the main content.

    Args:
        html: source, or the DOM of a rendered page.
        url: of the page.
        note: the document's, to which others may be added.
        title: for pages without one.
        source: what is kept as the document's source.
    """
    root, deep = _parsed(html)
    links = Links(url, _base(root))
    blocks, complete = walk(root, links, rendered=rendered)
    text, starts = render(blocks)
    notes = [note, _DEEP if deep else "", "" if complete and len(text) <= MOST_TEXT else _CUT]
    document = Document(
        url,
        _title(root, blocks) or title or url,
        text[:MOST_TEXT],
        links.urls,
        _offset(starts, declared_start(blocks)),
        " ".join(filter(None, notes)),
        clean(source[:MOST_SOURCE]),
    )
    yield document
    if len(text) > _ALL_IN_VIEW and (start := matched_start(blocks, extract(root))) is not None:
        yield replace(document, main=_offset(starts, start))


def html_text(fragment: str) -> str:
    """The text of a piece of HTML in one line, without links."""
    blocks, _ = walk(_parsed(fragment)[0], Links(""))
    return " ".join(" ".join(unlinked(block.text) for block in blocks).split())


def _parsed(html: str) -> tuple[Any, bool]:
    """The tree, and whether it had to be made of less than the whole page.

    libxml2 stops at elements some thousand levels deep. What has no other use than to be nested
    is then taken out of the source; elements that may hide their content stay.
    """
    root, complete = _tree(html)
    if complete:
        return root, False
    flat, complete = _tree(_NESTING.sub(_unnested, html))
    return flat, not complete


def _tree(html: str) -> tuple[Any, bool]:
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    complete = not any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log)
    root = etree.Element("html") if root is None else root
    _begin_body(root)
    return root, complete


def _begin_body(root: Any) -> None:
    """End the head where HTML does: libxml2 does not know that `nav` or `main` begin the body."""
    head = root.find("head")
    children = [] if head is None else list(head)
    first = next((child for child in children if child.tag not in _OF_HEAD), None)
    if first is None:
        return
    body = root.find("body")
    if body is None:
        body = etree.SubElement(root, "body")
    body[:0] = [first, *first.itersiblings()]


def _unnested(found: re.Match[str]) -> str:
    return found[0] if _HIDING.search(found[1]) else "<br>"


def _base(root: Any) -> str:
    element = root.find(".//base[@href]")
    return "" if element is None else element.get("href") or ""


def _title(root: Any, blocks: list[Block]) -> str:
    for title in root.iter("title"):
        parent = title.getparent()
        if parent is None or parent.tag != "svg":
            if line := one_line("".join(title.itertext())):
                return line
            break
    for name in ("og:title", "twitter:title"):
        for element in root.iterfind(f".//meta[@property='{name}']"):
            if line := one_line(element.get("content") or ""):
                return line
    for block in blocks[:200]:
        if block.kind == "heading":
            return one_line(unlinked(block.text))
    return ""


def _offset(starts: list[int], block: int | None) -> int:
    """Where a block starts in the text; 0 for what is in view from the top anyway."""
    offset = 0 if block is None or block >= len(starts) else starts[block]
    return offset if _NEAR_THE_TOP < offset < MOST_TEXT else 0
