"""The cells of a notebook as a Jupyter notebook file, for people to read and run again.

Format: nbformat 4.5 (nbformat.readthedocs.io/en/latest/format_description.html). Only text and PNG
images are written; HTML, SVG and JavaScript that code put out never are. The size is bounded: of a
cell the middle of long texts goes first, and when all cells together are too large the oldest go.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from typing import Any

from .results import (
    Display,
    Error,
    ExecutionResult,
    Image,
    Notice,
    Output,
    Result,
    Stream,
    clean,
    shorten,
    trim_traceback,
)

__all__ = ["Transcript"]

_WHOLE = 32 << 20  # characters of all cells together
_TEXT = 200_000  # characters of text of one cell, code and outputs each
_IMAGES = 8 << 20  # bytes of images of one cell
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

Node = dict[str, Any]


class Transcript:
    """What was run so far and what came of it."""

    def __init__(self) -> None:
        self._cells: deque[tuple[int, Node]] = deque()  # with their sizes
        self._size = 0
        self._omitted = 0

    def add(self, number: int, code: str, result: ExecutionResult) -> None:
        """Append a finished cell.

        Args:
            number: counted from 1, never twice.
            code: its source.
            result: its outputs.
        """
        outputs = _Outputs(number)
        for output in result.outputs:
            outputs.add(output)
        source = shorten(_encodable(code), _TEXT)
        node = {
            "cell_type": "code",
            "id": f"cell-{number}",
            "execution_count": number,
            "metadata": {},
            "source": source,
            "outputs": outputs.nodes,
        }
        size = len(source) + outputs.size + 200  # and what surrounds it
        self._cells.append((size, node))
        self._size += size
        while self._size > _WHOLE:
            size, _ = self._cells.popleft()
            self._size -= size
            self._omitted += 1

    def to_ipynb(self) -> str:
        """The notebook file, as JSON in ASCII characters."""
        cells = [node for _, node in self._cells]
        if self._omitted:
            text = f"*The first {self._omitted:,} cells were left out to bound this file's size.*"
            cells.insert(
                0, {"cell_type": "markdown", "id": "omitted", "metadata": {}, "source": text}
            )
        whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": _METADATA, "cells": cells}
        return json.dumps(whole, indent=1) + "\n"


class _Outputs:
    """Outputs of one cell in the format's shape, within the bounds of a cell."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._text_room = _TEXT
        self._image_room = _IMAGES
        self.nodes: list[Node] = []
        self.size = 0

    def add(self, output: Output) -> None:
        match output:
            case Stream():
                label = "[background output]\n" if output.background else ""
                self._stream(output.name, label + clean(output.text))
            case Notice():
                self._stream("stderr", f"[{output.text}]\n")
            case Result():
                count = {"execution_count": self._number}
                data = self._bundle(output.text, output.image)
                self.nodes.append(
                    {"output_type": "execute_result", "data": data, "metadata": {}, **count}
                )
            case Display():
                data = self._bundle(output.text, output.image)
                self.nodes.append({"output_type": "display_data", "data": data, "metadata": {}})
            case Error():
                lines = self._fitting(trim_traceback(output)).split("\n")
                named = {"ename": output.name[:1000], "evalue": self._fitting(output.value)}
                self.nodes.append({"output_type": "error", **named, "traceback": lines})

    def _stream(self, name: str, text: str) -> None:
        self.nodes.append({"output_type": "stream", "name": name, "text": self._fitting(text)})

    def _bundle(self, text: str, image: Image | None) -> Node:
        data: Node = {}
        if image is not None:
            encoded = base64.b64encode(image.data).decode()
            if len(encoded) <= self._image_room:
                self._image_room -= len(encoded)
                self.size += len(encoded)
                data["image/png"] = encoded
            else:
                text = f"{image.placeholder}\n{text}".rstrip("\n")
        return {"text/plain": self._fitting(clean(text)), **data}

    def _fitting(self, text: str) -> str:
        shown = _encodable(shorten(text, self._text_room))
        self._text_room -= len(shown)
        self.size += len(shown) + 100  # and what surrounds it
        return shown


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
