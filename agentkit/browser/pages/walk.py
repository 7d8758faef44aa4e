"""One walk over a parsed page, from its elements to blocks.

Everything a reader would see is kept, in the order of the page: navigation, lists, tables, fields
of forms, formulas, images by their names. What belongs to no block of its own is gathered piece by
piece, and becomes a block where the next one begins. A link around several blocks becomes one link
in each of them. The walk is not recursive, however deep the page.

It does not know which blocks are the main content; see `agentkit.browser.pages.main`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from lxml import etree

from agentkit.browser.pages.blocks import Block, Kind, Region
from agentkit.browser.pages.controls import field as control
from agentkit.browser.pages.controls import formula, image_name, is_tiny, select
from agentkit.browser.pages.elements import AROUND, BLOCK, HEADINGS, PRE, REGIONS, ROLES, UNSEEN
from agentkit.browser.pages.hidden import hidden_elements
from agentkit.browser.pages.notation import BREAK, Links, clean, one_line

__all__ = ["walk"]

Element = Any
"""An lxml element; the package has no types."""

_MOST_EVENTS = 600_000
_MOST_LINKED = 4
_MOST_CELL_BLOCKS = 4
_MOST_ROW = 1500


@dataclass(slots=True)
class _Link:
    """An open `a`: where its text starts among the pieces, and what it is called without text."""

    href: str
    start: int
    name: str
    written: int = 0
    images: int = 0


@dataclass(slots=True)
class _List:
    """An open list: its next number, None for bullets, and the indent of its items' text."""

    number: int | None
    indent: str
    bullet: str = ""


@dataclass(slots=True)
class _Row:
    """An open table row: the number of blocks before it and before each of its cells."""

    start: int
    cells: list[int] = field(default_factory=list)


def walk(root: Element, links: Links, *, rendered: bool = False) -> tuple[list[Block], bool]:
    """The blocks of a page, and whether these are all: a walk ends after some 300,000 elements.

    Args:
        root: of a tree parsed as HTML.
        links: takes the page's links.
        rendered: the tree is Chromium's: scripts have run, and hidden elements are marked.
    """
    walker = _Walk(links, hidden_elements(root, rendered), rendered)
    complete = walker.visit(root)
    return walker.blocks, complete


class _Walk:
    def __init__(self, links: Links, hidden: set[Element], rendered: bool) -> None:
        self.blocks: list[Block] = []
        self._links = links
        self._hidden = hidden
        self._rendered = rendered
        self._pieces: list[str] = []
        self._regions: list[tuple[Element, Region]] = [(None, "body")]
        self._lists: list[_List] = []
        self._orphans: list[bool] = []  # for each open item, whether it stands in no list
        self._rows: list[_Row] = []
        self._link: _Link | None = None
        self._button: int | None = None
        self._heading = self._pre = self._quotes = self._paragraphs = self._noscript = 0
        self._images = 0
        self._starts: dict[str, Callable[[Element], None]] = {
            "a": self._start_link,
            "br": lambda _: self._pieces.append(BREAK),
            "img": self._image,
            "li": self._start_item,
            "ul": self._start_list,
            "menu": self._start_list,
            "dir": self._start_list,
            "ol": self._start_list,
            "dd": self._start_definition,
            "tr": lambda _: self._rows.append(_Row(len(self.blocks))),
            "td": self._start_cell,
            "th": self._start_cell,
            "p": lambda _: self._count("_paragraphs", 1),
            "blockquote": lambda _: self._count("_quotes", 1),
            "noscript": lambda _: self._count("_noscript", 1),
            "button": self._start_button,
            "input": lambda element: self._add(control(element)),
        }
        self._ends: dict[str, Callable[[Element], None]] = {
            "a": lambda _: self._end_link(),
            "li": self._end_item,
            "ul": lambda _: self._end_list(),
            "menu": lambda _: self._end_list(),
            "dir": lambda _: self._end_list(),
            "ol": lambda _: self._end_list(),
            "dd": lambda _: self._end_list(),
            "tr": lambda _: self._end_row(),
            "p": lambda _: self._count("_paragraphs", -1),
            "blockquote": lambda _: self._count("_quotes", -1),
            "noscript": lambda _: self._count("_noscript", -1),
            "button": self._end_button,
        }
        # Elements of which nothing inside is walked.
        self._whole: dict[str, Callable[[Element], None]] = {
            "script": self._script,
            "svg": self._drawing,
            "math": lambda element: self._add(formula(element)),
            "select": lambda element: self._add(select(element)),
            "textarea": lambda element: self._add(control(element)),
            "iframe": self._frame,
            "frame": self._frame,
            "area": self._area,
            **dict.fromkeys(UNSEEN, lambda _: None),
        }

    def visit(self, root: Element) -> bool:
        """Go through a tree; False when it was not gone through to its end."""
        events = etree.iterwalk(root, events=("start", "end"))
        skipped = None
        for number, (event, element) in enumerate(events):
            if number > _MOST_EVENTS:
                self._flush()
                return False
            tag = element.tag
            if event == "start":
                if element in self._hidden or self._is_whole(element, tag):
                    events.skip_subtree()
                    skipped = element
                    continue
                self._start(element, tag)
                text = element.text
            else:
                if element is skipped:
                    skipped = None
                else:
                    self._end(element, tag)
                text = element.tail
            if text:
                self._pieces.append(clean(text))
        self._flush()
        return True

    def _is_whole(self, element: Element, tag: Any) -> bool:
        """Whether nothing inside is walked; what stands for it has been written then."""
        if tag in self._whole:
            self._whole[tag](element)
            return True
        if tag == "template":
            return element.get("shadowrootmode") is None
        return not isinstance(tag, str) or (tag == "noscript" and self._rendered)

    def _start(self, element: Element, tag: str) -> None:
        if tag in BLOCK:
            self._separate()
            if tag in HEADINGS:
                self._heading = HEADINGS[tag]
            elif tag in PRE:
                self._pre += 1
        elif tag in AROUND:
            self._pieces.append(AROUND[tag][0])
        region = REGIONS.get(tag) or ROLES.get(element.get("role"))
        if region:
            self._enter(element, region)
        if tag in self._starts:
            self._starts[tag](element)

    def _end(self, element: Element, tag: str) -> None:
        if tag in BLOCK:
            self._separate()
            if tag in HEADINGS:
                self._heading = 0
            elif tag in PRE:
                self._pre -= 1
        elif tag in AROUND:
            self._close_around(*AROUND[tag])
        if tag in self._ends:
            self._ends[tag](element)
        if self._regions[-1][0] is element:
            self._regions.pop()

    def _count(self, name: str, step: int) -> None:
        setattr(self, name, getattr(self, name) + step)

    def _add(self, text: str) -> None:
        """A piece that stands apart from the words around it."""
        if text:
            self._pieces.append(f" {text} ")

    def _close_around(self, opening: str, closing: str) -> None:
        if self._pieces and self._pieces[-1] == opening:
            self._pieces.pop()
        else:
            self._pieces.append(closing)

    # Regions and blocks

    def _enter(self, element: Element, region: Region) -> None:
        inside = self._regions[-1][1]
        if region in ("header", "footer") and inside == "main":
            region = "main"  # an article's own head and foot
        elif region in ("main", "form", "header") and inside in ("nav", "footer", "aside"):
            region = inside
        elif region == "form" and inside == "main":
            region = "main"
        self._regions.append((element, region))

    def _separate(self) -> None:
        """End the block that the pieces make; inside of a button, only the word."""
        if self._button is not None:
            self._pieces.append(" ")
        elif self._pieces:
            self._flush()

    def _flush(self) -> None:
        if self._link is not None:
            self._write_link(self._link)
        text = "".join(self._pieces)
        self._pieces.clear()
        if self._link is not None:
            self._link.start = 0
        text = _preformatted(text) if self._pre else _flowing(text)
        if text:
            self.blocks.append(self._block(text))

    def _block(self, text: str) -> Block:
        region = self._regions[-1][1]
        quote = "> " * min(self._quotes, 8)
        if self._heading:
            for each in self._lists[-1:]:
                each.bullet, each.indent = "", ""
            line = text.replace("\n", " ")
            return Block("heading", line, region, quote + "#" * self._heading + " ", quote,
                         self._heading)  # fmt: skip
        kind: Kind = "paragraph" if self._paragraphs else "text"
        first = rest = ""
        if self._lists:
            innermost = self._lists[-1]
            rest = innermost.indent
            first, innermost.bullet = innermost.bullet or rest, ""
            kind = "item"
        return Block("code" if self._pre else kind, text, region, quote + first, quote + rest)

    # Lists and tables

    def _start_list(self, element: Element) -> None:
        number = None
        if element.tag == "ol":
            start = element.get("start") or "1"
            number = int(start) if start.lstrip("-").isdecimal() and len(start) < 9 else 1
        self._lists.append(_List(number, self._lists[-1].indent if self._lists else ""))

    def _end_list(self) -> None:
        if self._lists:
            self._lists.pop()

    def _start_item(self, _: Element) -> None:
        self._orphans.append(not self._lists)
        if not self._lists:
            self._lists.append(_List(None, ""))
        innermost = self._lists[-1]
        outer = "  " * min(len(self._lists), 8)
        if innermost.number is None:
            innermost.bullet = f"{outer}* "
        else:
            innermost.bullet = f"{outer}{innermost.number}. "
            innermost.number += 1
        innermost.indent = " " * len(innermost.bullet)

    def _end_item(self, _: Element) -> None:
        self._lists[-1].bullet = self._lists[-1].indent = ""
        if self._orphans.pop():
            self._lists.pop()

    def _start_definition(self, _: Element) -> None:
        outer = self._lists[-1].indent if self._lists else ""
        self._lists.append(_List(None, outer + "    "))

    def _start_cell(self, _: Element) -> None:
        if self._rows:
            self._rows[-1].cells.append(len(self.blocks))

    def _end_row(self) -> None:
        """Make one line of a row whose cells are short; others, such as of layouts, stay blocks."""
        row = self._rows.pop()
        blocks = self.blocks[row.start :]
        if len(row.cells) < 2 or not blocks:
            return
        bounds = [*row.cells, len(self.blocks)]
        cells = [self.blocks[a:b] for a, b in pairwise(bounds)]
        fits = sum(len(block.text) for block in blocks) <= _MOST_ROW
        plain = all(block.kind in ("text", "paragraph", "item") for block in blocks)
        if fits and plain and all(len(cell) <= _MOST_CELL_BLOCKS for cell in cells):
            line = " | ".join(map(_cell, cells)).rstrip(" |")
            first, region = blocks[0].rest, blocks[0].region
            self.blocks[row.start :] = [Block("row", line, region, first, first)]

    # Links, images and buttons

    def _start_link(self, element: Element) -> None:
        href = element.get("href")
        if self._link is not None:
            self._end_link()
        if href is not None:
            name = one_line(element.get("aria-label") or element.get("title") or "")
            self._link = _Link(href, len(self._pieces), name)

    def _end_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            if not link.written and not "".join(self._pieces[link.start :]).strip():
                self._pieces.append(link.name or self._unnamed(link))
            self._write_link(link)

    def _unnamed(self, link: _Link) -> str:
        if not link.images:
            return ""
        self._images += 1
        return f"[Image {self._images - 1}]"

    def _write_link(self, link: _Link) -> None:
        """Make a link of the pieces since it was opened."""
        raw = "".join(self._pieces[link.start :]).replace(BREAK, " ")
        text = " ".join(raw.split())
        if not text:
            return
        before = raw[: len(raw) - len(raw.lstrip())]
        after = raw[len(raw.rstrip()) :]
        self._pieces[link.start :] = [before, self._links.marker(link.href, text), after]
        link.written += 1
        if link.written >= _MOST_LINKED:
            self._link = None  # it was never closed, or is around half of the page

    def _image(self, element: Element) -> None:
        if "mwe-math" in (element.get("class") or ""):
            self._add(formula(element))
            return
        name = image_name(element)
        if self._noscript or is_tiny(element) or (name is None and self._link is None):
            return
        if name:
            self._add(f"[Image {self._images}: {name}]")
            self._images += 1
        elif self._link is not None:
            self._link.images += 1

    def _drawing(self, element: Element) -> None:
        if self._link is not None and not self._link.name:
            title = element.findtext("title") or element.get("aria-label") or ""
            self._link.name = one_line(title)

    def _script(self, element: Element) -> None:
        if (element.get("type") or "").startswith("math/tex"):
            self._add(formula(element))

    def _area(self, element: Element) -> None:
        name = image_name(element)
        if name and element.get("href"):
            self._add(self._links.marker(element.get("href"), name))

    def _frame(self, element: Element) -> None:
        name = one_line(element.get("title") or element.get("name") or "")
        source = element.get("src") or ""
        if name and self._link is None and not is_tiny(element) and self._links.resolve(source):
            self._add(self._links.marker(source, f"Frame: {name}"))

    def _start_button(self, element: Element) -> None:
        if self._button is None:
            self._button = len(self._pieces)

    def _end_button(self, element: Element) -> None:
        if self._button is None:
            return
        name = " ".join("".join(self._pieces[self._button :]).replace(BREAK, " ").split())
        name = name or one_line(element.get("aria-label") or element.get("title") or "")
        self._pieces[self._button :] = [f" [button {name}] " if name else ""]
        self._button = None


def _flowing(text: str) -> str:
    """Pieces in which only breaks count as line ends."""
    if BREAK not in text:
        return " ".join(text.split())
    lines = [" ".join(line.split()) for line in text.split(BREAK)]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip("\n")


def _preformatted(text: str) -> str:
    lines = text.replace(BREAK, "\n").expandtabs(4).split("\n")
    return "\n".join(map(str.rstrip, lines)).strip("\n")


def _cell(blocks: list[Block]) -> str:
    gap = "; " if all(block.kind == "item" for block in blocks) else " "
    return gap.join(block.text.replace("\n", " ") for block in blocks)
