"""Writing a report beside the results it tells of: `report.json` and `report.html`.

Knows the order of the work: the records pass by once, and of each are kept one line and its packed
transcript, so memory holds no transcript unpacked but the one at hand. A file is written beside its
place and then put there, so that there is the old report or the new one and never half of one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentkit.errors import UserError
from agentkit.evals.domain import Domain
from agentkit.evals.records import TrialRecord
from agentkit.evals.report.data import (
    Report,
    TrialLine,
    agent_name,
    domain_line,
    in_order,
    line_of,
    line_of_planned,
)
from agentkit.evals.report.page import Embedded, page
from agentkit.evals.report.transcripts import Transcripts, pack, task_in_words
from agentkit.evals.results import ResultsError
from agentkit.evals.scoring import Planned, score
from agentkit.serialise import to_json

TRANSCRIPT_BYTES = 24 << 20
"""Most bytes of packed transcripts in a page."""


@dataclass
class _Gathered:
    """What is kept of the records that pass by."""

    transcripts: Transcripts
    trials: dict[str, TrialLine] = field(default_factory=dict)
    domain: str = ""
    began: float = 0.0
    ended: float = 0.0

    def passing(self, records: Iterable[TrialRecord]) -> Iterator[TrialRecord]:
        """The same records, each noted."""
        for record in records:
            self.trials[record.key] = line_of(record)
            self.transcripts.add(record)
            self.domain = self.domain or record.domain
            if record.started:
                self.began = min(self.began or record.started, record.started)
                self.ended = max(self.ended, record.started + record.seconds)
            yield record


def write_report(
    folder: Path,
    records: Iterable[TrialRecord],
    settings: Mapping[str, Any],
    domain: Domain | None = None,
    *,
    planned: Iterable[Planned] = (),
    transcript_bytes: int = TRANSCRIPT_BYTES,
) -> tuple[Path, Path]:
    """Write the report of a run.

    Args:
        folder: where to; made when missing.
        records: the trials, in any order; read once.
        settings: what was run, as `run.json` has it.
        domain: for what the tasks ask and the policy; None leaves these out of the page.
        planned: all trials that were asked for, so that those without a record are told of.
        transcript_bytes: most bytes of packed transcripts in the page. When there are more, those
            of passed trials are left out first.

    Returns:
        The paths of `report.json` and `report.html`.

    Raises:
        UserError: there are no records.
        ResultsError: a file cannot be written; names it and the reason.
    """
    gathered = _Gathered(Transcripts(transcript_bytes))
    asked = list(planned)
    scored = score(gathered.passing(records), asked)
    for each in asked:
        gathered.trials.setdefault(each.key, line_of_planned(each))
    if not gathered.trials:
        raise UserError(f"There is no report to be written to {folder}: it has no trials yet.")
    trials = in_order(gathered.trials.values(), settings, domain)
    report = Report(
        domain=domain_line(trials, gathered.domain, settings, domain),
        agent=agent_name(settings),
        began=gathered.began,
        ended=gathered.ended,
        settings=dict(settings),
        score=scored,
        trials=trials,
    )
    embedded = Embedded(
        transcripts=dict(gathered.transcripts),
        tasks=_tasks(trials, domain),
        left_out=gathered.transcripts.left_out,
        folder=str(folder),
        policy=domain.policy if domain is not None else "",
    )
    data, shown = folder / "report.json", folder / "report.html"
    _write(data, (to_json(report), "\n"))
    _write(shown, page(report, embedded))
    return data, shown


def _tasks(trials: Iterable[TrialLine], domain: Domain | None) -> Mapping[tuple[str, str], bytes]:
    """What the tasks that were run ask, packed."""
    if domain is None:
        return {}
    known = {task.id: task for task in domain.tasks()}
    wanted = dict.fromkeys((each.split, each.task) for each in trials)
    return {key: pack(task_in_words(known[key[1]])) for key in wanted if key[1] in known}


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write a file whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with fresh.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(pieces)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise ResultsError(f"{path} cannot be written: {error.strerror}.") from None
