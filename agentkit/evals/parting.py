"""Where a trial's state parted from the gold one: whose call made which place wrong for good.

Knows the writes of a trial and of the gold run, and replays both; it runs no tool. A call of the
trial that is one of the gold run's (same tool and arguments, or same writes) is never to blame as
long as something else is, so gold calls in another order part nothing. Neither does a wrong write
that was mended: a place counts from when it was wrong until the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agentkit.evals.records import CallRecord, Event, StateWrite
from agentkit.evals.state import Difference, Json, NoSuchEntry, State, parse_pointer, same

if TYPE_CHECKING:
    from agentkit.evals.gold import GoldRun

_MOST_PLACES = 500
_ABSENT = object()

Kind = Literal["wrong", "extra"]


@dataclass(frozen=True)
class Blame:
    """A call after which a place of the state was wrong until the end.

    Args:
        event: index of the call's event.
        call: the call.
        place: what differs in the end.
        kind: `wrong` when it stands for something the gold run does, `extra` when nothing like it
            is done there.
        instead: the gold call it stands for, when there is one that was not made.
    """

    event: int
    call: CallRecord
    place: Difference
    kind: Kind
    instead: CallRecord | None = None


@dataclass(frozen=True)
class _Step:
    """A call that changed the state, and the state after it."""

    event: int
    call: CallRecord
    gold: int | None
    root: Mapping[str, Json]


class History:
    """What a trial did to the state, beside what the gold run does.

    Args:
        events: of the trial.
        gold: the gold run of its task.

    Attributes:
        end: the state in the end.
        unmade: gold calls that changed the state and were not made.
    """

    def __init__(self, events: Sequence[Event], gold: GoldRun) -> None:
        self._gold = [call for call in gold.calls if call.writes and not call.fault]
        self._gold_roots = _roots(gold.initial, self._gold)
        self._initial = gold.initial
        self._steps = self._stepped(events)
        self.end = self._steps[-1].root if self._steps else gold.initial
        made = {step.gold for step in self._steps}
        self.unmade = [call for number, call in enumerate(self._gold) if number not in made]

    def blames(self, places: Iterable[Difference]) -> list[Blame]:
        """Whose calls made these places wrong; none for places where only something is missing.

        Args:
            places: that are wrong in the end; of very many, the first ones are looked at.
        """
        found = (self._blame(place) for place in list(places)[:_MOST_PLACES])
        return sorted((each for each in found if each), key=lambda each: each.event)

    def unmade_at(self, path: str) -> list[CallRecord]:
        """The unmade gold calls that wrote this place, or in it or around it."""
        return list(filter(_touches(path), self.unmade))

    def _stepped(self, events: Sequence[Event]) -> list[_Step]:
        calls = [
            (number, event.call)
            for number, event in enumerate(events)
            if event.call is not None and event.call.writes and not event.call.fault
        ]
        matched = self._matched([call for _, call in calls])
        roots = _roots(self._initial, [call for _, call in calls])[1:]
        return [
            _Step(event, call, gold, root)
            for (event, call), gold, root in zip(calls, matched, roots, strict=True)
        ]

    def _matched(self, calls: Sequence[CallRecord]) -> list[int | None]:
        """For each call the gold call it is: by tool and arguments, else by what it wrote."""
        left = list(range(len(self._gold)))
        matched: list[int | None] = [None] * len(calls)
        for alike in (is_call, _writes_the_same):
            for number, call in enumerate(calls):
                fitting = [each for each in left if alike(call, self._gold[each])]
                if matched[number] is None and fitting:
                    matched[number] = fitting[0]
                    left.remove(fitting[0])
        return matched

    def _blame(self, place: Difference) -> Blame | None:
        path = parse_pointer(place.path)
        right = [_value(root, path) for root in self._gold_roots]
        before = right[0]
        since: _Step | None = None
        gold_since: _Step | None = None
        for step in self._steps:
            value = _value(step.root, path)
            if same(value, before):
                continue
            before = value
            if any(same(value, each) for each in right):
                since = gold_since = None
            elif step.gold is None:
                since = since or step
            else:
                gold_since = gold_since or step
        if since is None and not self.unmade_at(place.path):
            since = gold_since
        return self._judged(since, place) if since else None

    def _judged(self, step: _Step, place: Difference) -> Blame:
        call = step.call
        unmade_alike = [
            each for each in self.unmade if (each.tool, each.by) == (call.tool, call.by)
        ]
        row = _row(place.path)
        unmade_there = [
            each for each in self.unmade if any(_row(w.path) == row for w in each.writes)
        ]
        instead = next(iter(unmade_alike or unmade_there), None)
        repeated = step.gold is None and any(is_call(call, each) for each in self._gold)
        wrong = instead or (any(map(_touches(place.path), self._gold)) and not repeated)
        return Blame(step.event, call, place, "wrong" if wrong else "extra", instead)


def is_call(call: CallRecord, gold: CallRecord) -> bool:
    """Whether a call is a gold one: same side, tool and arguments, as written or as taken."""
    return (call.by, call.tool) == (gold.by, gold.tool) and (
        same(call.args, gold.args) or same(call.taken or call.args, gold.taken or gold.args)
    )


def _writes_the_same(call: CallRecord, gold: CallRecord) -> bool:
    return (
        call.by == gold.by
        and len(call.writes) == len(gold.writes)
        and all(
            (one.path, one.kind) == (other.path, other.kind) and same(one.value, other.value)
            for one, other in zip(call.writes, gold.writes, strict=True)
        )
    )


def _roots(initial: Mapping[str, Json], calls: Iterable[CallRecord]) -> list[Mapping[str, Json]]:
    """The state before the calls and after each."""
    roots = [initial]
    for call in calls:
        roots.append(_written(roots[-1], call.writes))
    return roots


def _written(root: Mapping[str, Json], writes: Iterable[StateWrite]) -> Mapping[str, Json]:
    """The state after some writes; those that no longer fit, of a domain that changed, are let
    be."""
    state = State(root)
    for write in writes:
        try:
            if write.kind == "remove":
                state.remove(*parse_pointer(write.path))
            else:
                state.set(*parse_pointer(write.path), to=write.value)
        except NoSuchEntry:
            continue
    return state.root


def _value(root: Mapping[str, Json], path: Sequence[str]) -> Json:
    return State(root).get(*path, default=_ABSENT)


def _row(path: str) -> tuple[str, ...]:
    return parse_pointer(path)[:2]


class _touches:
    """Whether a call wrote a place, or something in it or around it."""

    def __init__(self, path: str) -> None:
        self._path = path + "/"

    def __call__(self, call: CallRecord) -> bool:
        written = [f"{each.path}/" for each in call.writes]
        return any(w.startswith(self._path) or self._path.startswith(w) for w in written)
