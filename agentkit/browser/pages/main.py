"""Where the main content of a page starts, so that the first view can be placed there.

trafilatura tells what the main content is. Its text is looked for among the blocks: the run of
blocks with the most of its words and the fewest others is the main content, and a view should
start at the heading above it. trafilatura gets the first part of a long page only: where the
content starts is to be seen there, and its time grows with the page.

Where it finds nothing, what the page itself calls its main part is taken.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any

from agentkit.browser.pages.blocks import Block
from agentkit.browser.pages.notation import unlinked

__all__ = ["declared_start", "extract", "matched_start"]

MOST_TEXT = 40_000
MOST_ELEMENTS = 8_000
"""Characters of a page's text, and elements, that trafilatura gets."""
_MOST_DEPTH = 200
_GRAM = 5
_FEWEST_WORDS = 12
_OTHER_WORD = 0.5
"""What a word costs that is not of the main content, where one that is counts 1."""
_HEADING_ABOVE = 1500
_OUTSIDE = ("nav", "footer", "aside")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
_IMAGE = re.compile(r"\[Image \d+(?:: [^\]]*)?\]")
_LEFT_OUT = (
    "script", "style", "svg", "template", "iframe", "select", "head", "nav", "footer", "aside",
)  # fmt: skip


def extract(root: Any) -> str:
    """The main text of a page, by trafilatura; nothing when it finds none, or fails.

    Args:
        root: an lxml tree; is shortened.
    """
    from lxml import etree

    etree.strip_elements(root, *_LEFT_OUT, with_tail=False)
    if not _shorten(root):
        return ""
    html = etree.tostring(root, method="html", encoding="unicode")
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = trafilatura.extract(html, fast=True, favor_recall=True, include_comments=False)
    except Exception:  # whatever it trips over, the page can be read without it
        return ""
    return found or ""


def _shorten(root: Any) -> bool:
    """Cut what comes after the first part; False when the tree is too deep to be handed on."""
    from lxml import etree

    size, depth, elements = 0, 0, 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        begins = event == "start"
        depth += 1 if begins else -1
        elements += begins
        if depth > _MOST_DEPTH:
            return False
        size += len((element.text if begins else element.tail) or "")
        if size > MOST_TEXT or elements > MOST_ELEMENTS:
            _cut_after(element)
            break
    return True


def _cut_after(element: Any) -> None:
    while (parent := element.getparent()) is not None:
        del parent[parent.index(element) + 1 :]
        element = parent


def matched_start(blocks: Sequence[Block], text: str) -> int | None:
    """The block at which a view of the main content should start.

    Args:
        text: of the main content, as `extract` gives it.

    Returns:
        Its number; None when the text is not among the blocks.
    """
    lines = {tuple(_words(line)) for line in text.splitlines()}
    grams: set[tuple[str, ...]] = set()
    for line in lines:
        grams.update(_grams(line))
    best, best_start = 0.0, None
    score, start, size = 0.0, 0, 0
    for number, block in enumerate(blocks):
        gain = _gain(block, lines, grams)
        if score <= 0:
            score, start = 0.0, number
        score += gain
        if score > best:
            best, best_start = score, start
        size += len(block.text)
        if size > 2 * MOST_TEXT:
            break
    if best_start is None or best < _FEWEST_WORDS:
        return None
    return _with_its_head(blocks, best_start)


def _gain(block: Block, lines: set[tuple[str, ...]], grams: set[tuple[str, ...]]) -> float:
    words = tuple(_words(unlinked(block.text)))
    if block.region in _OUTSIDE:
        return -_OTHER_WORD * len(words)
    if len(words) <= _GRAM:
        return len(words) * (1 if words in lines else -_OTHER_WORD)
    own = _grams(words)
    share = sum(gram in grams for gram in own) / len(own)
    return len(words) * (share - _OTHER_WORD * (1 - share))


def _words(text: str) -> list[str]:
    return _WORD.findall(_IMAGE.sub(" ", text).lower())


def _grams(words: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(words[shift:] for shift in range(_GRAM)), strict=False))


def _with_its_head(blocks: Sequence[Block], start: int) -> int:
    """The block of the title, or of what the page calls its main part, when it is a little above;
    else of a heading right above; else `start`."""
    size = 0
    nearest = declared = None
    for number in range(start, -1, -1):
        block = blocks[number]
        size += len(block.text) if number < start else 0
        if size > _HEADING_ABOVE:
            break
        if block.region in _OUTSIDE:
            continue
        if block.kind == "heading":
            if block.level == 1:
                return number
            if nearest is None and number >= start - 3:
                nearest = number
        if block.region == "main":
            declared = number
    return next((number for number in (declared, nearest) if number is not None), start)


def declared_start(blocks: Sequence[Block]) -> int | None:
    """The first block of what the page itself calls its main part; None when it does not."""
    for number, block in enumerate(blocks):
        if block.region == "main":
            return number
    return None
