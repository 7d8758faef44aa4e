"""`python -m sandbox doctor`: every way of isolating, really started once, as a table.

Shown are also those that are never taken by themselves, so that a person can see what could be
asked for.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable

from .errors import ProbeReport
from .isolation import Backend, choose, probe
from .limits import Limits

__all__ = ["examine"]

_WIDEST = 110
_HEADINGS = ("BACKEND", "ISOLATION", "TAKEN", "VERDICT")
_NAMES = ("bubblewrap", "container", "landlock", "gateway", "unconfined")
_TAKEN = {
    "bubblewrap": "by itself",
    "container": "by itself",
    "landlock": "from reduced on",
    "gateway": "when named",
    "unconfined": "when named",
}


async def examine() -> int:
    """Print the table. Returns the exit status: 0 when something isolates without being asked
    for by name."""
    rows: list[tuple[str, Backend, ProbeReport]] = []
    for name in _NAMES:
        for backend in choose(name, "unconfined"):
            reports = await probe(Limits(), [backend])
            rows.append((name, backend, reports[0]))
    cells = [
        (_short(report.backend), backend.isolation, _TAKEN[name], "ok" if report.ok else "FAILS")
        for name, backend, report in rows
    ]
    columns = zip(_HEADINGS, *cells, strict=True)
    widths = [max(map(len, column)) for column in columns]
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    print(_line(_HEADINGS, widths))
    for cell, (name, _, report) in zip(cells, rows, strict=True):
        print(_line(cell, widths))
        print(_indented(_words(name, report), width))
    ready = any(report.ok and _TAKEN[name] == "by itself" for name, _, report in rows)
    if not ready:
        print(
            "\nNothing isolates code here by itself: notebooks refuse to start. Mend one of these."
        )
    return 0 if ready else 1


def _short(backend: str) -> str:
    """A backend's name without the path of its program."""
    return backend.partition(" (/")[0]


def _words(name: str, report: ProbeReport) -> Iterable[str]:
    _, slash, path = report.backend.partition(" (/")
    if slash:
        yield f"/{path.removesuffix(')')}"
    if report.detail:
        yield report.detail
    if report.fix:
        yield f"fix: {report.fix}"
    if report.ok and name == "landlock":
        yield "weaker: file names and sizes can be seen; disk and memory are only watched"
    if report.ok and name == "unconfined":
        yield "no isolation: for code of your own only"


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _indented(lines: Iterable[str], width: int) -> str:
    wrapped = (
        textwrap.fill(line, width, initial_indent="    ", subsequent_indent="      ")
        for line in lines
    )
    return "\n".join(wrapped)
