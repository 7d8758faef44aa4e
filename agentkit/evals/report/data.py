"""The report's data, `report.json` in the format `agentkit.report/1`: settings, numbers, trials.

Knows records and what `scoring` makes of them; nothing of pages. It holds no transcripts, so it
stays small. The same records give the same bytes, in whatever order they came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agentkit.evals.domain import Domain
from agentkit.evals.records import Cause, Ending, Outcome, TrialRecord, TrialUsage
from agentkit.evals.scoring import NOT_RUN, Planned, Score


class Part(BaseModel):
    """Base of the report's parts: unknown fields of later versions are let be."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class TrialLine(Part):
    """A trial, without what was said in it.

    Args:
        split: the task's.
        task: its id.
        trial: number, from 0.
        seed: of agent and user; None when it was not run.
        key: of the record.
        outcome: see `TrialRecord`.
        ending: how it ended; None when it was not run.
        limit: which limit, for that ending.
        detail: the ending as a sentence.
        cause: the first cause; empty when it passed.
        cause_detail: that as a sentence.
        failed_checks: of those that gate, the indices of the ones that failed.
        user_faults: how often the simulated user was kept from something.
        usage: of the agent.
        seconds: wall-clock.
    """

    split: str
    task: str
    trial: int
    seed: int | None = None
    key: str
    outcome: Outcome
    ending: Ending | None = None
    limit: str = ""
    detail: str = ""
    cause: Cause | Literal[""] = ""
    cause_detail: str = ""
    failed_checks: tuple[int, ...] = ()
    user_faults: int = 0
    usage: TrialUsage = TrialUsage()
    seconds: float = 0.0

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells it from other trials of a run."""
        return self.split, self.task, str(self.trial), self.key


class DomainLine(Part):
    """Whose tasks they are.

    Args:
        name: of the domain.
        description: one sentence.
        digest: hash of all but its tasks.
        splits: those that trials are of.
    """

    name: str
    description: str = ""
    digest: str = ""
    splits: tuple[str, ...] = ()


class Report(Part):
    """All there is to be told of a run.

    Args:
        domain: whose tasks.
        agent: its name, and its model's if the settings have one.
        began: start of the first trial, seconds since the epoch; 0 when it is not known.
        ended: end of the last.
        settings: of the run, as `run.json` has them.
        score: the numbers.
        trials: in the order of tasks and numbers.
    """

    format: Literal["agentkit.report/1"] = "agentkit.report/1"
    domain: DomainLine
    agent: str = ""
    began: float = 0.0
    ended: float = 0.0
    settings: dict[str, Any]
    score: Score
    trials: tuple[TrialLine, ...]


def report_schema() -> dict[str, Any]:
    """The JSON Schema of `report.json`."""
    return Report.model_json_schema(mode="serialization")


def line_of(record: TrialRecord) -> TrialLine:
    """What the report keeps of a record."""
    why = record.attribution
    return TrialLine(
        split=record.split,
        task=record.task,
        trial=record.trial,
        seed=record.seed,
        key=record.key,
        outcome=record.outcome,
        ending=record.ending,
        limit=record.limit,
        detail=record.detail,
        cause=why.cause if why else "",
        cause_detail=why.detail if why else "",
        failed_checks=tuple(
            number
            for number, check in enumerate(record.checks)
            if check.gates and check.passed is False
        ),
        user_faults=len(record.user_faults),
        usage=record.usage,
        seconds=record.seconds,
    )


def line_of_planned(planned: Planned) -> TrialLine:
    """A trial that was asked for and was not run."""
    return TrialLine(
        split=planned.split,
        task=planned.task,
        trial=planned.number,
        key=planned.key,
        outcome="not_measured",
        detail=NOT_RUN,
    )


def in_order(
    trials: Iterable[TrialLine], settings: Mapping[str, Any], domain: Domain | None
) -> tuple[TrialLine, ...]:
    """Trials in the order of the run's tasks, else of the domain's, else of the ids as people
    count."""
    tasks = settings.get("tasks")
    if not isinstance(tasks, Mapping):
        tasks = {task.id: None for task in domain.tasks()} if domain is not None else {}
    places = {task: number for number, task in enumerate(tasks)}
    splits = dict.fromkeys(
        each["split"] for each in tasks.values() if isinstance(each, Mapping) and "split" in each
    )
    split_places = {split: number for number, split in enumerate(splits)}

    def place(each: TrialLine) -> tuple[Any, ...]:
        return (
            split_places.get(each.split, len(split_places)),
            each.split,
            places.get(each.task, len(places)),
            _counted(each.task),
            each.trial,
            each.key,
        )

    return tuple(sorted(trials, key=place))


def domain_line(
    trials: tuple[TrialLine, ...], name: str, settings: Mapping[str, Any], domain: Domain | None
) -> DomainLine:
    """The domain, as far as it is known.

    Args:
        trials: of the report.
        name: as the records have it.
        settings: of the run; what they say of the domain goes before what it is now.
        domain: as it is now.
    """
    told = settings.get("domain")
    told = told if isinstance(told, Mapping) else {}
    return DomainLine(
        name=str(told.get("name") or name or (domain.name if domain else "") or "domain"),
        description=str(told.get("description") or (domain.description if domain else "")),
        digest=str(told.get("digest") or (domain.digest if domain else "")),
        splits=tuple(dict.fromkeys(each.split for each in trials if each.split)),
    )


def agent_name(settings: Mapping[str, Any]) -> str:
    """The agent's name and its model, from the settings."""
    agent = settings.get("agent")
    if not isinstance(agent, Mapping):
        return str(agent or "")
    model = agent.get("model")
    if isinstance(model, Mapping):
        model = model.get("name") or model.get("model") or model.get("path")
    return " · ".join(dict.fromkeys(str(each) for each in (agent.get("name"), model) if each))


def _counted(task: str) -> tuple[tuple[str, int], ...]:
    """The parts of an id, with its numbers as numbers: task-2 comes before task-10."""
    parts = re.split(r"(\d{1,18})", task)
    return tuple(
        (part, 0) if number % 2 == 0 else ("", int(part)) for number, part in enumerate(parts)
    )
