"""The folder of a run: what was asked for, what came of it, and whose it is just now.

Knows `run.json` (format `agentkit.run/1`: the settings of the run, with a digest of every task) and
`results.jsonl`. The records of a run are those that its settings ask for: what lies in the file
from other settings, or from before a task was changed, is let be and not counted. A lock keeps two
processes from writing one folder; it ends with the process that holds it, however that ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agentkit.errors import UserError
from agentkit.evals.domain import Domain
from agentkit.evals.episode import seed_of
from agentkit.evals.executors.base import Unit
from agentkit.evals.records import FORMAT as TRIAL_FORMAT
from agentkit.evals.records import TrialRecord
from agentkit.evals.results import Place, ResultsError, ResultsFile
from agentkit.evals.state import NotJson, read_json
from agentkit.evals.task import FORMAT as TASK_FORMAT
from agentkit.evals.task import Task, problems_of
from agentkit.evals.versions import earlier, installed, versions_of
from agentkit.serialise import to_json

FORMAT = "agentkit.run/1"
MOST_TRIALS = 10_000_000
SETTINGS, RESULTS, LOCK = "run.json", "results.jsonl", ".lock"


@dataclass(frozen=True)
class RunSettings:
    """What a run was asked for, as `run.json` has it.

    Args:
        domain: name, digest and, if known, the path or name it was opened by.
        agent: the agent's settings.
        user: the user's.
        judge: the judge's; None for none.
        tasks: split and digest of each task, by its id, in the order of the run.
        trials: of each task.
        seed: of all.
        about: what else is kept and is no part of a trial's key: the versions of packages, and, of
            a run that was gone on with after an upgrade, those that trials before had.
    """

    domain: Mapping[str, Any]
    agent: Mapping[str, Any]
    user: Mapping[str, Any]
    judge: Mapping[str, Any] | None
    tasks: Mapping[str, Mapping[str, str]]
    trials: int
    seed: int
    about: Mapping[str, Any]

    def units(self) -> Iterator[Unit]:
        """All trials, task by task."""
        players = to_json([self.agent, self.user, self.judge, TRIAL_FORMAT, TASK_FORMAT])
        name = str(self.domain["name"])
        for task, each in self.tasks.items():
            for number in range(self.trials):
                seed = seed_of(self.seed, name, task, number)
                parts = (players, each["digest"], task, str(number), str(seed))
                key = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
                yield Unit(each["split"], task, number, seed, key)

    def as_json(self) -> dict[str, Any]:
        """As `run.json` has it."""
        return {"format": FORMAT, **vars(self), "tasks": dict(self.tasks)}


_SETTINGS = TypeAdapter(RunSettings)


def settings_of(
    domain: Domain,
    tasks: Sequence[tuple[str, Task]],
    players: tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any] | None],
    trials: int,
    seed: int,
    about: Mapping[str, Any],
) -> RunSettings:
    """The settings of a run of these tasks.

    Args:
        domain: theirs.
        tasks: with their splits.
        players: settings of agent, user and judge.
        trials: of each task.
        seed: of all.
        about: see `RunSettings`.
    """
    agent, user, judge = (each and json.loads(to_json(each)) for each in players)
    return RunSettings(
        domain={"name": domain.name, "description": domain.description, "digest": domain.digest},
        agent=agent or {},
        user=user or {},
        judge=judge,
        tasks={
            task.id: {"split": split, "digest": domain.digest_of(task)} for split, task in tasks
        },
        trials=trials,
        seed=seed,
        about={"versions": installed(), **about},
    )


class Records:
    """The records of a run, in the order of its tasks and trials, read anew each time.

    Only where they stand is kept in memory.

    Args:
        file: the results.
        settings: which of its records are the run's; None for the last one of every trial.
    """

    def __init__(self, file: ResultsFile, settings: RunSettings | None) -> None:
        self._file = file
        found: dict[Any, Place] = {}
        for place in file.places():
            head = place.head
            found[head.key if settings else (head.split, head.task, head.trial)] = place
        if settings is not None:
            wanted = (found.get(unit.key) for unit in settings.units())
            self._places = [place for place in wanted if place is not None]
        else:
            self._places = list(found.values())

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[TrialRecord]:
        return (self._file.at(place.offset) for place in self._places)

    def heads(self) -> Iterator[Place]:
        """Heads and places, without reading the records."""
        return iter(self._places)

    def of(self, task: str, trial: int | None = None) -> list[TrialRecord]:
        """The records of one task, or of one trial of it."""
        heads = ((place.head, place.offset) for place in self._places)
        return [
            self._file.at(offset)
            for head, offset in heads
            if head.task == task and trial in (None, head.trial)
        ]


class RunFolder:
    """A run's folder, to be read.

    Args:
        path: the folder.

    Raises:
        UserError: there is no run in it.
        ResultsError: its settings cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.results = ResultsFile(self.path / RESULTS)
        if not self.results.path.is_file() and not (self.path / SETTINGS).is_file():
            raise UserError(f"{self.path} is no folder of a run: it has no {RESULTS}.")
        self.settings = read_settings(self.path / SETTINGS)

    def records(self) -> Records:
        """Its records.

        Raises:
            ResultsError: a line is no record; names file and line.
        """
        return Records(self.results, self.settings)


def read_settings(file: Path) -> RunSettings | None:
    """What `run.json` says; None when there is none.

    Raises:
        ResultsError: it cannot be read, or is of another format.
    """
    try:
        written = read_json(file.read_text("utf-8"))
        if not isinstance(written, dict) or written.get("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        settings = _SETTINGS.validate_python(written)
        if settings.trials * len(settings.tasks) > MOST_TRIALS:
            raise ValueError(f"it asks for more than {MOST_TRIALS:,} trials")
        return settings
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise ResultsError(f"{file} cannot be read: {'; '.join(problems_of(error))}") from None
    except (OSError, ValueError, NotJson) as error:
        raise ResultsError(f"{file} cannot be read: {error}") from None


def gone_on_with(path: Path, settings: RunSettings) -> RunSettings:
    """Settings that also say with which other versions trials in the folder were played.

    Args:
        path: the folder; there may be nothing in it.
        settings: what is asked for now.

    Raises:
        ResultsError: the settings in the folder cannot be read.
    """
    before = read_settings(path / SETTINGS)
    others = {} if before is None else earlier(before.about, versions_of(settings.about))
    return replace(settings, about={**settings.about, "earlier_versions": others})


@contextmanager
def opened(path: Path, settings: RunSettings, resume: bool) -> Iterator[ResultsFile]:
    """A run's folder, for this process alone to write to; made when it is not there.

    Args:
        path: the folder.
        settings: of the run; they replace those that are there.
        resume: go on with what is there; otherwise there must be nothing.

    Raises:
        UserError: another process writes to it, or there is something and `resume` is False.
        ResultsError: it cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        there = sorted(each.name for each in path.iterdir() if each.name != LOCK)
        if there and not resume:
            raise UserError(
                f"{path} is not empty ({', '.join(there[:3])}). Go on with the run in it by"
                " --resume, or give another folder with --out."
            )
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ResultsError(f"{path} cannot be used for results: {error.strerror}") from None
    try:
        _lock(path, lock)
        with ResultsFile(path / RESULTS) as file:
            _write_settings(path / SETTINGS, settings)
            yield file
    finally:
        os.close(lock)


def _lock(path: Path, lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.pread(lock, 200, 0).decode(errors="replace").strip() or "process unknown"
        raise UserError(
            f"Another run writes to {path}: {owner}. Wait for it, or give another folder with"
            " --out."
        ) from None
    try:
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
    except OSError as error:
        raise ResultsError(f"{path} cannot be used for results: {error.strerror}") from None


def _write_settings(file: Path, settings: RunSettings) -> None:
    """Write them whole or not at all."""
    fresh = file.with_suffix(".new")
    try:
        with fresh.open("w", encoding="utf-8") as out:
            out.write(json.dumps(settings.as_json(), indent=1) + "\n")
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except OSError as error:
        raise ResultsError(f"{file} cannot be written: {error.strerror}") from None


def stamp() -> str:
    """The time now, for names of folders: `2026-11-22-140510`."""
    return time.strftime("%Y-%m-%d-%H%M%S")
