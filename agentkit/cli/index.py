"""`agentkit index`: a folder or a JSON Lines file made searchable, with progress and what was left.

Knows the terminal; what is read and how it is kept is `agentkit.browser.search`'s work. Ctrl-C
leaves an index that can be used and is gone on with the next time.
"""

from __future__ import annotations

import shlex
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from agentkit.browser.search import indexing, path_of
from agentkit.browser.search.local import LocalIndex
from agentkit.cli.wording import clean, one_line
from agentkit.errors import UserError

__all__ = ["index"]

INTERRUPTED = 130
_MOST_PROBLEMS = 10


def index(source: str, out: str | None) -> int:
    """Index a folder or a JSON Lines file, or bring its index up to date.

    Args:
        source: its path.
        out: the index's file; None for the user's cache, where the browser finds it by the source.

    Returns:
        The exit status.

    Raises:
        UserError: there is no such source.
        BrowserError: it cannot be indexed, or the index's file cannot be used.
    """
    path = path_of(source)
    if path is None or not indexing.is_source(path):
        raise UserError(
            f"{source or repr(source)} is neither a folder nor a .jsonl file that is there."
        )
    console = Console(highlight=False, soft_wrap=True)
    target = Path(out).expanduser() if out else indexing.default_path(path)
    made = LocalIndex(target)
    began = time.monotonic()
    try:
        with _progress() as progress:
            report = indexing.update(made, path, progress)
        _tell(console, report, time.monotonic() - began)
    except KeyboardInterrupt:
        again = shlex.join(["agentkit", "index", source, *(["--out", out] if out else [])])
        console.print(Text(f"Stopped. `{clean(again)}` goes on from here.", style="yellow"))
        return INTERRUPTED
    finally:
        _tell_size(console, made, target)
        made.shut()
    tool = shlex.quote(f"browser:{target if out else path}")
    console.print(Text(clean(f'Use it: agentkit run --tools {tool} "..."'), style="bold"))
    return 0


@contextmanager
def _progress() -> Iterator[indexing.Progress]:
    """A bar on the terminal, if there is one."""
    console = Console(stderr=True)
    with Progress(
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.description}", style="dim", markup=False),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total)
            if name:
                bar.update(task, description=one_line(name, 40))

        yield show


def _tell(console: Console, report: indexing.Report, seconds: float) -> None:
    parts = [f"{report.added:,} read"]
    if report.unchanged:
        parts.append(f"{report.unchanged:,} unchanged")
    if report.removed:
        parts.append(f"{report.removed:,} removed")
    console.print(f"{', '.join(parts)} in {seconds:.1f} s")
    if report.problems:
        console.print(Text(f"Not read, or not whole: {len(report.problems):,}", style="yellow"))
        for line in _problems(report.problems):
            console.print(Text(f"  {clean(line)}", style="dim"))


def _problems(problems: dict[str, str]) -> Iterator[str]:
    """What was wrong: with one file by name, with more by their number; the most frequent first."""
    reasons = Counter(problems.values())
    for reason, count in reasons.most_common(_MOST_PROBLEMS):
        where = next(path for path, why in problems.items() if why == reason)
        yield f"{where}: {reason}" if count == 1 else f"{count:,} files: {reason}"
    if (more := len(reasons) - _MOST_PROBLEMS) > 0:
        yield f"and {more:,} other reasons"


def _tell_size(console: Console, made: LocalIndex, target: Path) -> None:
    size = target.stat().st_size / 2**20
    console.print(Text(clean(f"{len(made):,} documents, {size:.1f} MiB, in {target}")))
