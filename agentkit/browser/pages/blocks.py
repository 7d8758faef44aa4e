"""Blocks: the parts of a page in reading order, and the text they make together.

A block is a heading, a paragraph, an item of a list, a row of a table, and the like. It knows the
region of the page it stands in, and nothing of the elements it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Block", "Kind", "Region", "render"]

Kind = Literal["heading", "paragraph", "text", "item", "row", "code"]
Region = Literal["body", "main", "nav", "header", "footer", "aside", "form"]


@dataclass(slots=True)
class Block:
    """One block.

    Args:
        kind: a `text` is a paragraph that the page does not call one.
        text: in the notation, without `first` and `rest`; more than one line after line breaks.
        region: the part of the page; `body` where the page does not say.
        first: what its first line begins with, such as a bullet.
        rest: what its other lines begin with.
        level: of a heading, 1 to 6.
    """

    kind: Kind
    text: str
    region: Region = "body"
    first: str = ""
    rest: str = ""
    level: int = 0

    def __str__(self) -> str:
        if "\n" not in self.text:
            return self.first + self.text
        return self.first + self.text.replace("\n", "\n" + self.rest)


_TIGHT = {("text", "text"), ("item", "item"), ("row", "row"), ("text", "item"), ("item", "text")}


def render(blocks: Sequence[Block]) -> tuple[str, list[int]]:
    """The text of all blocks, and where in it each begins.

    Blocks of a kind that belong together, such as the items of a list, follow line by line; a
    blank line stands between all others.
    """
    parts: list[str] = []
    starts: list[int] = []
    position = 0
    before = None
    for block in blocks:
        if before is not None:
            gap = "\n" if (before, block.kind) in _TIGHT else "\n\n"
            parts.append(gap)
            position += len(gap)
        text = str(block)
        starts.append(position)
        parts.append(text)
        position += len(text)
        before = block.kind
    return "".join(parts), starts
