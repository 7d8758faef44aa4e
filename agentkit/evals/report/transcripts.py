"""Transcripts packed for the page: each trial on its own, deflated, within a bound of bytes.

Knows trial records and how small they are kept; nothing of HTML. The page's script unpacks a trial
when it is opened, so a page of a thousand trials stays quick. What is packed is made for reading:
JSON values are already text, so that the browser's numbers do not change them. Which transcripts
are kept does not depend on the order in which they came: failed trials first, then those not
measured, then passed ones, and of each the lower trial numbers.
"""

from __future__ import annotations

import zlib
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agentkit.evals.records import CallRecord, CheckResult, Event, TrialRecord
from agentkit.evals.report.words import cause_name, check_in_words
from agentkit.evals.task import Task
from agentkit.serialise import to_json

_ORDER = {"failed": 0, "not_measured": 1, "passed": 2}


@dataclass(order=True, frozen=True)
class _Packed:
    rank: tuple[int, int, str, str, str]
    data: bytes = field(compare=False)


class Transcripts:
    """Keeps what fits.

    Args:
        limit: most bytes in all, packed; base64 makes them a third more in the page.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._kept: list[_Packed] = []
        self._first_left_out: tuple[int, int, str, str, str] | None = None
        self.left_out = 0

    def add(self, record: TrialRecord) -> None:
        """Keep a trial's transcript, or leave out the ones that matter least."""
        rank = _rank(record)
        if self._first_left_out is not None and rank > self._first_left_out:
            self.left_out += 1
            return
        packed = _Packed(rank, pack(transcript(record)))
        insort(self._kept, packed)
        self._size += len(packed.data)
        while self._size > self._limit:
            last = self._kept.pop()
            self._size -= len(last.data)
            self._first_left_out = last.rank
            self.left_out += 1

    def __iter__(self) -> Iterator[tuple[tuple[str, ...], bytes]]:
        """Trials, as `TrialLine.identity` tells them apart, and their packed transcripts."""
        for each in self._kept:
            _, trial, split, task, key = each.rank
            yield (split, task, str(trial), key), each.data


def _rank(record: TrialRecord) -> tuple[int, int, str, str, str]:
    return _ORDER[record.outcome], record.trial, record.split, record.task, record.key


def pack(value: Any) -> bytes:
    """JSON, deflated (RFC 1950): what `DecompressionStream("deflate")` reads."""
    return zlib.compress(to_json(value).encode(), 6)


def transcript(record: TrialRecord) -> dict[str, Any]:
    """A trial as the page's script shows it; empty fields are left out."""
    why = record.attribution
    return _lean(
        task=record.task,
        split=record.split,
        trial=record.trial,
        seed=record.seed,
        key=record.key,
        outcome=record.outcome,
        ending=record.ending,
        detail=record.detail,
        cause=why
        and _lean(
            name=cause_name(why.cause), detail=why.detail, event=why.event, parted=why.parted
        ),
        checks=[_check(each) for each in record.checks],
        events=[_event(each) for each in record.events],
        differences=[
            {
                "path": each.path,
                "kind": each.kind,
                "want": None if each.kind == "extra" else to_json(each.want),
                "have": None if each.kind == "missing" else to_json(each.have),
            }
            for each in record.differences
        ],
        user_faults=list(record.user_faults),
        usage=record.usage.model_dump(),
        seconds=round(record.seconds, 3),
    )


def task_in_words(task: Task) -> dict[str, Any]:
    """What a task asks, as the page's script shows it."""
    return _lean(
        note=task.note,
        persona=task.user.persona,
        goal=task.user.goal,
        known=dict(task.user.known),
        unknown=list(task.user.unknown),
        gold=[_lean(tool=each.tool, args=to_json(each.args), by=each.by) for each in task.gold],
        checks=[check_in_words(each.model_dump(by_alias=True)) for each in task.checks],
    )


def _event(event: Event) -> dict[str, Any]:
    return _lean(
        kind=event.kind,
        text=event.text,
        malformed=event.malformed,
        cut=event.cut,
        at=round(event.at, 3),
        call=event.call and _call(event.call),
    )


def _call(call: CallRecord) -> dict[str, Any]:
    return _lean(
        by=call.by,
        tool=call.tool,
        args=to_json(call.args),
        raw=call.raw,
        result=call.result,
        fault=call.fault,
        seconds=round(call.seconds, 4),
        writes=[
            _lean(path=each.path, kind=each.kind, value=to_json(each.value)) for each in call.writes
        ],
    )


def _check(result: CheckResult) -> dict[str, Any]:
    return {
        "says": check_in_words(result.check),
        "passed": result.passed,
        "detail": result.detail,
        "gates": result.gates,
    }


def _lean(**fields: Any) -> dict[str, Any]:
    """The fields that say something; 0 does, except where it is a count of characters."""
    return {
        key: value
        for key, value in fields.items()
        if value not in ("", None, [], {}) and not (key == "cut" and not value)
    }
