"""What `agentkit eval` shows: progress, scores and comparisons. Decides nothing.

On a terminal there is a bar with rates; elsewhere a line for each trial on stderr, and what came of
all of them on stdout. Ids and details come from files and models, and are made harmless.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column, Table
from rich.text import Text

from agentkit.cli.view import own_stdout
from agentkit.cli.wording import clean, one_line
from agentkit.evals.compare import Comparison
from agentkit.evals.records import TrialRecord
from agentkit.evals.report.words import CAUSES, OUTCOMES, REASONS, cause_name, share
from agentkit.evals.runner import Progress
from agentkit.evals.scoring import PassHat, Rates, Score
from agentkit.evals.versions import listed
from agentkit.serialise import to_json

STYLES = {"passed": "green", "failed": "red", "not_measured": "yellow"}
_MOST_TOLD = 12
_WHOLE = 1_000
"""Columns where nobody looks: so many that no line of a table is broken."""


class RunView(Protocol):
    """Shows a run."""

    def show(self, now: Progress) -> None:
        """How far it is."""
        ...

    def say(self, text: str) -> None:
        """A remark of the command itself."""
        ...


@contextmanager
def open_run_view(as_json: bool, quiet: bool = False) -> Iterator[RunView]:
    """The way to show a run that fits where the output goes.

    Args:
        as_json: one JSON object a line on stdout, wherever it goes.
        quiet: no bar: a person is talking at this terminal.
    """
    console = Console(stderr=True, highlight=False)
    if as_json:
        with own_stdout() as out:
            yield JsonLines(out)
    elif console.is_terminal and not quiet:
        view = TerminalBar(console)
        with view.bar:
            yield view
    else:
        yield Lines()


class JsonLines:
    """One object a line: each trial as it ends."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, now: Progress) -> None:
        if now.record is not None:
            self.write(
                {"event": "trial", **_told(now.record), "done": now.done, "total": now.total}
            )
        for words in _found(now):
            self.say(words)

    def say(self, text: str) -> None:
        print(clean(text), file=sys.stderr, flush=True)

    def write(self, value: Mapping[str, Any]) -> None:
        """Write an object."""
        self._out.write(to_json(value) + "\n")
        self._out.flush()


def _found(now: Progress) -> Iterator[str]:
    """What lay in the folder when the run began, a sentence each."""
    if now.record is not None:
        return
    if now.kept:
        yield f"{now.kept} of {now.total} trials are there already."
    if now.kept and now.earlier:
        yield f"Some of them may have been played with other versions: {listed(now.earlier)}."
    if now.others:
        yield (
            f"{now.others} other trials are there that this run does not count: of other tasks, or"
            " of a task, player or setting that has changed."
        )


def _told(record: TrialRecord) -> dict[str, Any]:
    why = record.attribution
    return {
        "split": record.split,
        "task": record.task,
        "trial": record.trial,
        "outcome": record.outcome,
        "ending": record.ending,
        "cause": why.cause if why else None,
        "detail": (why.detail if why else "") or record.detail,
        "seconds": round(record.seconds, 3),
    }


class Lines:
    """A line for each trial on stderr."""

    def show(self, now: Progress) -> None:
        if now.record is not None:
            self.say(f"{now.done}/{now.total} {trial_line(now.record)}")
        for words in _found(now):
            self.say(words)

    def say(self, text: str) -> None:
        print(clean(text), file=sys.stderr, flush=True)


class TerminalBar:
    """A bar with counts, rate and the time that is left; above it the trials that did not pass."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._told = 0
        self.bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}", markup=True),
            TextColumn("{task.fields[rate]}", style="dim", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
        )
        self._task = self.bar.add_task("", total=None, counts="", rate="")

    def show(self, now: Progress) -> None:
        for words in _found(now):
            self.say(words)
        if now.record is not None and now.record.outcome != "passed":
            self._tell(now.record)
        found: Mapping[str, int] = {str(name): count for name, count in now.outcomes.items()}
        counts = "  ".join(
            f"[{STYLES[name]}]{found.get(name, 0)} {word}[/]"
            for name, word in OUTCOMES.items()
            if name == "passed" or found.get(name, 0)
        )
        minutes = (time.monotonic() - self._began) / 60
        played = now.done - now.kept
        rate = f"{played / minutes:,.0f} trials/min" if played and minutes else ""
        self.bar.update(self._task, total=now.total, completed=now.done, counts=counts, rate=rate)

    def _tell(self, record: TrialRecord) -> None:
        self._told += 1
        if self._told <= _MOST_TOLD:
            style = STYLES[record.outcome]
            self._console.print(Text(one_line(trial_line(record), 160), style=style))
        elif self._told == _MOST_TOLD + 1:
            self._console.print(Text("Others that do not pass will be in the report.", style="dim"))

    def say(self, text: str) -> None:
        self._console.print(Text(clean(text), style="yellow"))


def trial_line(record: TrialRecord) -> str:
    """A trial and what came of it: `fees-1#0 failed: missing write: ...`."""
    name = f"{one_line(record.task, 60)}#{record.trial}"
    if record.outcome == "passed":
        return f"{name} passed, {record.seconds:.1f} s"
    why = record.attribution
    parts = [OUTCOMES[record.outcome]]
    if why is not None:
        parts.append(cause_name(why.cause))
    parts.append(one_line((why.detail if why else "") or record.detail, 120))
    return f"{name} {': '.join(filter(None, parts))}"


# What came of it


def show_score(console: Console, score: Score, title: str = "") -> None:
    """A score as tables.

    Args:
        console: where to.
        score: the score.
        title: what it is of.
    """
    if title:
        console.print(Text(clean(title), style="bold"))
    splits = score.splits if len(score.splits) > 1 else {}
    parts = [*splits.items(), ("all" if splits else "", score.overall)]
    heads = ("tasks", "trials", "passed", "failed", "not measured")
    _print(console, _table(heads, [[*_counts(name, rates)] for name, rates in parts]))
    _pass_hats(console, score.overall)
    _causes(console, "Why trials failed", score.causes, CAUSES)
    _causes(console, "Why trials were not measured", score.reasons, REASONS)
    if score.user_faults:
        console.print(
            Text(f"The simulated user was kept from {score.user_faults} mistakes.", style="dim")
        )


def _counts(name: str, rates: Rates) -> Iterator[Text]:
    yield Text(clean(name))
    yield Text(f"{rates.tasks}")
    yield Text(f"{rates.trials}")
    yield Text(f"{rates.passed}", style="green")
    yield Text(f"{rates.failed}", style="red" if rates.failed else "")
    yield Text(f"{rates.not_measured}", style="yellow" if rates.not_measured else "")


def _pass_hats(console: Console, rates: Rates) -> None:
    bounds = any(each.low != each.high for each in rates.pass_hat)
    heads = ("value", "95 % interval", "bounds")[: 3 if bounds else 2]
    rows = [[*map(Text, _pass_hat(each))][: len(heads) + 1] for each in rates.pass_hat]
    _print(console, _table(heads, rows))
    if bounds:
        words = "Bounds: had all that was not measured failed, and had all of it passed."
        _print(console, Text(words, style="dim"))
        console.print()


def _pass_hat(each: PassHat) -> Iterator[str]:
    interval = each.interval
    yield f"pass^{each.k}"
    yield share(each.value)
    yield f"{share(interval.low)} to {share(interval.high)}" if interval else "–"
    yield f"{share(each.low)} to {share(each.high)}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    """Numbers with a name before each row; where it gets narrow names and headings give way."""
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("")
    for number, head in enumerate(heads, 1):
        numbers = (row[number].cell_len for row in rows)
        least = max(*numbers, *map(len, head.split()))
        table.add_column(head, justify="right", min_width=least)
    for row in rows:
        table.add_row(*row)
    return table


def _print(console: Console, shown: Table | Text) -> None:
    """Lines end between words on a terminal; elsewhere they are left whole."""
    if not console.is_terminal:
        console = Console(file=console.file, width=_WHOLE)
    console.print(shown, soft_wrap=False, crop=False)


def _causes(
    console: Console,
    title: str,
    counts: Mapping[str, int],
    words: Mapping[str, tuple[str, str, str]],
) -> None:
    if not counts:
        return
    console.print(Text(title, style="bold"))
    table = Table.grid(
        Column(justify="right", min_width=5), Column(), padding=(0, 2), pad_edge=True
    )
    for cause, count in Counter(counts).most_common():
        _, name, meaning = words.get(cause, ("", cause, ""))
        table.add_row(f"{count}", Text(clean(name + (f": {meaning}" if meaning else ""))))
    _print(console, table)
    console.print()


def show_comparison(console: Console, comparison: Comparison, a: Path, b: Path) -> None:
    """A comparison of two runs, the verdict first."""
    style = "yellow" if comparison.verdict == "tied" else "green"
    console.print(Text(clean(comparison.words), style=f"bold {style}"))
    console.print(Text(clean(f"A is {a}, B is {b}."), style="dim"))
    for what, names in (
        ("better in B", comparison.gained),
        ("worse in B", comparison.lost),
        ("only in A", comparison.only_a),
        ("only in B", comparison.only_b),
        ("not measured in one of them", comparison.unmeasured),
    ):
        if names:
            listed = one_line(", ".join(names), 300)
            console.print(Text(f"{len(names)} {what}: {listed}"))
    for warning in comparison.warnings:
        console.print(Text(clean(f"Note: {warning}"), style="yellow"))


def as_json(value: Any) -> str:
    """A score or comparison as indented JSON."""
    return json.dumps(json.loads(to_json(value)), indent=1)
