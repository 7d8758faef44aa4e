"""The report as one HTML file that needs no network and, for its numbers, no script.

Knows how a report is laid out; takes its numbers from `Report` and computes none. Style and script
are in the file, and its Content-Security-Policy allows these two by their hashes and nothing else:
no address, no other script, no style in attributes. Transcripts lie in it packed, as base64 in
elements that are no scripts to a browser.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import groupby
from urllib.parse import quote

from agentkit.evals.report.data import Report, TrialLine
from agentkit.evals.report.markup import Html, element, joined
from agentkit.evals.report.sections import causes, flaky, headline, lead, settings, usage
from agentkit.evals.report.words import OUTCOMES, cause_name, mark
from agentkit.evals.scoring import TaskScore

_PACKED = "application/octet-stream"


@dataclass(frozen=True)
class Embedded:
    """What lies packed in the page.

    Args:
        transcripts: by the trial's identity, see `TrialLine.identity`.
        tasks: by split and id of the task.
        left_out: how many trials have no transcript in the page.
        folder: of the run, for the note on where they are.
        policy: of the domain; empty when it is not known.
    """

    transcripts: Mapping[tuple[str, ...], bytes] = field(default_factory=dict)
    tasks: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    left_out: int = 0
    folder: str = ""
    policy: str = ""


def page(report: Report, embedded: Embedded) -> Iterator[str]:
    """The page, piece by piece.

    Args:
        report: the numbers, and the trials in the order in which they are shown.
        embedded: what can be opened.
    """
    title = f"{report.domain.name}: {report.agent or 'agent'}"
    yield "<!doctype html>\n"
    yield f'<html lang="en"><head>{_head(title)}</head>\n<body>'
    yield element("a", "Skip to the tasks", href="#tasks", class_="skip")
    yield '<main id="overview">'
    for section in _overview(report, embedded):
        yield section + "\n"
    yield "</main>\n"
    yield element("main", id="trial", hidden=True) + "\n"
    yield from _packed("k", embedded.tasks.values())
    yield from _packed("t", embedded.transcripts.values())
    yield f"<script>{_part('viewer.js')}</script>\n</body></html>\n"


def _head(title: str) -> Html:
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash('style.css')}'",
            f"script-src '{_hash('viewer.js')}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return joined(
        (
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="referrer", content="no-referrer"),
            element("title", title),
            Html(f"<style>{_part('style.css')}</style>"),
        )
    )


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(name: str) -> str:
    digest = hashlib.sha256(_part(name).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _packed(prefix: str, each: Iterable[bytes]) -> Iterator[str]:
    for number, data in enumerate(each):
        held = base64.b64encode(data).decode()
        yield f'<script type="{_PACKED}" id="{prefix}{number}">{held}</script>\n'


def _overview(report: Report, embedded: Embedded) -> Iterator[Html]:
    yield element("header", element("h1", report.domain.name), lead(report))
    yield headline(report)
    yield element("section", element("h2", "Tasks"), *_tasks(report, embedded), id="tasks")
    yield element("div", causes(report), flaky(report), class_="two")
    yield usage(report)
    yield settings(report, embedded.policy)
    yield element("footer", _versions(report))


def _versions(report: Report) -> str:
    return f"Written by agentkit; the same numbers are in report.json ({report.format})."


def _tasks(report: Report, embedded: Embedded) -> Iterator[Html]:
    yield _choice()
    yield element(
        "p",
        "A cell is a trial: a tick passed, a letter is the first cause of a failure, a dashed "
        "border was not measured. Open one to read it",
        element("span", ", or move with the arrow keys", class_="scripted"),
        ".",
        class_="note",
    )
    if embedded.left_out:
        command = f"agentkit eval show {shlex.quote(embedded.folder)}"
        yield element(
            "p",
            f"The transcripts of {embedded.left_out} trials are not in this file, to keep it "
            "small; those of passed trials were left out first. To read one: ",
            element("code", f"{command} TASK#TRIAL"),
            class_="note",
            id="left-out",
            data_command=command,
        )
    yield element(
        "noscript",
        element("p", "The transcripts need JavaScript; the numbers do not.", class_="note"),
    )
    opened = {key: f"t{number}" for number, key in enumerate(embedded.transcripts)}
    asked = {key: f"k{number}" for number, key in enumerate(embedded.tasks)}
    scores = {(each.split, each.task): each for each in report.score.tasks}
    several = len({each.split for each in report.trials}) > 1
    for split, of_split in groupby(report.trials, key=lambda each: each.split):
        if several:
            yield element("h3", split or "no split")
        rows = [(task, list(its)) for task, its in groupby(of_split, key=lambda each: each.task)]
        most = max(len(its) for _, its in rows)
        width = "" if most <= 4 else " some" if most <= 8 else " many"
        yield element(
            "ul",
            *(_row(scores[split, task], its, opened, asked) for task, its in rows),
            class_=f"tasks{width}",
        )


def _choice() -> Html:
    chosen = (
        ("all", "All"),
        ("failed", "With failures"),
        ("flaky", "Flaky"),
        ("none", "Not measured"),
    )
    labels = (
        element(
            "label",
            element("input", type="radio", name="only", id=f"only-{name}", checked=name == "all"),
            words,
        )
        for name, words in chosen
    )
    return element("fieldset", element("legend", "Show"), *labels, class_="show")


def _row(
    score: TaskScore,
    trials: Sequence[TrialLine],
    opened: Mapping[tuple[str, ...], str],
    asked: Mapping[tuple[str, str], str],
) -> Html:
    kinds = [
        name
        for name, holds in (
            ("has-failed", score.measured > score.passed),
            ("is-flaky", score.flaky),
            ("has-none", score.trials > score.measured),
        )
        if holds
    ]
    cells = (_cell(each, opened, asked) for each in trials)
    return element(
        "li",
        element("span", score.task, class_="id", title=score.task),
        element("span", *cells, class_="row"),
        element("span", f"{score.passed}/{score.measured}", class_="sum"),
        class_=" ".join(kinds) or None,
    )


def _cell(
    trial: TrialLine,
    opened: Mapping[tuple[str, ...], str],
    asked: Mapping[tuple[str, str], str],
) -> Html:
    cause = f", {cause_name(trial.cause)}" if trial.cause else ""
    if trial.ending is None:
        cause = ", not run"
    name = f"{trial.task}#{trial.trial}"
    said = f"{name}: {OUTCOMES[trial.outcome]}{cause}"
    return element(
        "a",
        mark(trial.outcome, trial.cause, ran=trial.ending is not None),
        class_=f"cell {trial.outcome}",
        href="#/" + "/".join(quote(each, safe="", errors="replace") for each in trial.identity),
        aria_label=said,
        title=said,
        data_name=name,
        data_trial=opened.get(trial.identity),
        data_task=asked.get((trial.split, trial.task)),
    )
