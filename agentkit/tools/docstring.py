"""Docstrings to descriptions: what a function does and what each parameter means.

Knows the Google, NumPy and Sphinx styles through griffe, which is loaded only when a docstring has
something to parse. Does not know the function: which of the three styles a text is written in is
told by how many of the function's own parameters each reading finds.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

_STRUCTURED = re.compile(r"^[ \t]*(:\w+|\w[\w ]*:[ \t]*$|-{3,}[ \t]*$|\.\. )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Documentation:
    """What a docstring says.

    Args:
        description: the summary and the long text, without the sections about parameters, returned
            values, errors and examples.
        parameters: descriptions by parameter name.
    """

    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_docstring(text: str | None, parameters: Collection[str]) -> Documentation:
    """Read a docstring in whichever style it is written.

    Args:
        text: as in `__doc__`.
        parameters: the function's own parameter names.
    """
    text = inspect.cleandoc(text or "")
    if not _STRUCTURED.search(text):
        return Documentation(text)
    readings = [_read(text, style) for style in ("google", "numpy", "sphinx")]
    return max(readings, key=lambda each: _fit(each, parameters))


def _fit(reading: Documentation, parameters: Collection[str]) -> tuple[int, int]:
    """How well a reading fits: parameters found, then how little is left as running text."""
    return len(reading.parameters.keys() & set(parameters)), -len(reading.description)


def _read(text: str, style: str) -> Documentation:
    import griffe

    described: dict[str, str] = {}
    said: list[str] = []
    for section in griffe.Docstring(text).parse(style, warnings=False):
        match section.kind:
            case griffe.DocstringSectionKind.text:
                said.append(section.value)
            case griffe.DocstringSectionKind.admonition:
                said.append(_admonition(section))
            case (
                griffe.DocstringSectionKind.parameters
                | griffe.DocstringSectionKind.other_parameters
            ):
                for each in section.value:
                    described[each.name.lstrip("*")] = _one_paragraph(each.description)
    return Documentation("\n\n".join(part.strip() for part in said if part.strip()), described)


def _admonition(section: Any) -> str:
    return f"{section.title}: {section.value.description}"


def _one_paragraph(text: str) -> str:
    return " ".join(text.split())
