"""Why a trial did not pass: exactly one first cause, told from the record, without a model.

What happened is gone through in order of time; the first thing that was not made good is the cause.
A part that is not the agent comes before all, since the trial then tells nothing of the agent. Then
come what stands at an event: a call after which the state was wrong for good (`parting`), a call
that was not to be made, a call that could not be read and was not mended. Last comes what was never
done: the limit that ended the trial, the user who left too early, missing writes, missing words.

It goes by what is recorded: that a user left too early is told from the agent's last words being a
question, and a wrong tool name is laid to the tool it resembles.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from agentkit.evals.checks import fits
from agentkit.evals.gold import GoldRun
from agentkit.evals.matching import said
from agentkit.evals.parting import Blame, History, is_call
from agentkit.evals.records import Attribution, CallRecord, Cause, CheckResult, Event, TrialRecord
from agentkit.evals.state import Difference, State, differences, parse_pointer, same
from agentkit.evals.task import (
    Check,
    HoldsCheck,
    NotCalledCheck,
    SaidCheck,
    StateCheck,
    Task,
    UnchangedCheck,
    check_kind,
)
from agentkit.evals.users.guards import asks, is_closing
from agentkit.serialise import to_json

_ABSENT = object()
_ALIKE = 0.7  # of two tools' names, as difflib measures it
_SHOWN = 120
_OUTSIDE: dict[str, tuple[Cause, str]] = {
    "user": ("user_simulator", "The user could not go on."),
    "model": ("model", "The agent's model failed."),
    "environment": ("environment", "The environment failed."),
    "harness": ("harness", "The harness failed."),
    "cancelled": ("harness", "The trial was cancelled."),
}
_NEVER_DONE: dict[str, tuple[Cause, str]] = {
    "holds": ("missing_write", "The state is not as it was to be: of"),
    "called": ("wrong_call", "A call that was needed was not made: of"),
    "said": ("not_communicated", "The user was not told what they needed"),
    "answer": ("not_communicated", "The answer is not"),
    "judge": ("judged", "The judge did not find that"),
}
_NAMED = {"holds", "called", "answer", "judge"}
_OFFERS = re.compile(r"\bhow (?:can|may) I (?:help|assist)\b", re.IGNORECASE)


def attribute(record: TrialRecord, task: Task, gold: GoldRun) -> Attribution | None:
    """The first cause of a trial's not passing.

    Args:
        record: of the trial, with its outcome, ending and check results.
        task: of the trial, with the checks that the results are of.
        gold: the gold run of that task.

    Returns:
        The cause; None for a trial that passed.
    """
    if record.outcome == "passed":
        return None
    case = _Case(record, task, gold)
    return next(case.causes())


@dataclass
class _Case:
    """One trial and what can be told of it."""

    record: TrialRecord
    task: Task
    gold: GoldRun

    def causes(self) -> Iterator[Attribution]:
        """The causes there are, first one first; at least one."""
        yield from self._outside()
        yield from sorted(self._at_events(), key=lambda each: each.event or 0)
        yield from self._ended()
        yield from self._user_left()
        yield from self._never_done()
        why = "; ".join(each.detail for each in self.failed) or "no check failed"
        yield self._is("harness", _sentence("The record does not tell why", why))

    # What is known

    @cached_property
    def events(self) -> Sequence[Event]:
        return self.record.events

    @cached_property
    def answers(self) -> list[str]:
        return [event.text for event in self.events if event.kind == "answer"]

    @cached_property
    def history(self) -> History:
        return History(self.events, self.gold)

    @cached_property
    def parted(self) -> int | None:
        blames = self.history.blames(differences(self.gold.root, self.history.end))
        return blames[0].event if blames else None

    @cached_property
    def failed(self) -> list[CheckResult]:
        return [each for each in self.record.checks if each.gates and each.passed is False]

    @cached_property
    def checks(self) -> list[Check]:
        """The failed ones, as the task has them."""
        return [
            check
            for check, result in zip(self.task.checks, self.record.checks, strict=False)
            if result.gates and result.passed is False
        ]

    @cached_property
    def kinds(self) -> set[str]:
        return {check_kind(each.check) or "" for each in self.failed}

    @cached_property
    def state_failed(self) -> bool:
        return bool(self.kinds & {"state", "unchanged_except", "holds"})

    @cached_property
    def places(self) -> list[Difference]:
        """Where the state is wrong as far as the failed checks look, each place once."""
        found = (place for each in self.checks for place in self._places(each))
        return sorted({each.path: each for each in found}.values(), key=lambda each: each.path)

    def _places(self, check: Check) -> Iterator[Difference]:
        end = self.history.end
        if isinstance(check, UnchangedCheck):
            allowed = [parse_pointer(each) for each in check.unchanged_except]
            for place in differences(self.gold.initial, end):
                parts = parse_pointer(place.path)
                if not any(parts[: len(each)] == each for each in allowed):
                    yield place
        elif isinstance(check, HoldsCheck) or (
            isinstance(check, StateCheck) and check.state == "gold"
        ):
            yield from differences(self.gold.root, end)
        elif isinstance(check, StateCheck) and isinstance(check.state, dict):
            for path, want in check.state.items():
                have = State(end).get(*parse_pointer(path), default=_ABSENT)
                if have is _ABSENT:
                    yield Difference(path, want, None, "missing")
                elif not same(want, have):
                    yield Difference(path, want, have, "changed")

    @cached_property
    def unmade(self) -> list[CallRecord]:
        """Gold calls that were not made and whose lack a failed check may show."""
        calls = list(self.history.unmade) if self.state_failed else []
        if self.kinds & {"said", "answer", "called"}:
            tools = {each.tool for each in self.record.calls if not each.fault}
            calls += [
                each
                for each in self.gold.calls
                if not each.writes and not each.fault and each.tool not in tools
            ]
        return calls

    def _is(self, cause: Cause, detail: str, event: int | None = None) -> Attribution:
        return Attribution(cause=cause, detail=detail, event=event, parted=self.parted)

    # What is not the agent's

    def _outside(self) -> Iterator[Attribution]:
        record = self.record
        if record.ending in _OUTSIDE:
            cause, words = _OUTSIDE[record.ending]
            yield self._is(cause, _told(record.detail) or words)
        if record.outcome == "not_measured":
            for number, call in self._calls():
                if call.fault in ("crash", "timeout"):
                    what = f"The code of {_call(call)} failed"
                    yield self._is("environment", _sentence(what, call.result), number)
            for result in record.checks:
                if result.gates and result.passed is None:
                    cause = "model" if check_kind(result.check) == "judge" else "harness"
                    yield self._is(cause, _sentence("A check was not decided", result.detail))

    # What stands at an event

    def _at_events(self) -> Iterator[Attribution]:
        yield from map(self._blamed, self.history.blames(self.places))
        yield from self._not_to_be_called()
        yield from self._not_mended()
        yield from self._said_unheard()

    def _blamed(self, blame: Blame) -> Attribution:
        call, place = blame.call, blame.place
        cause: Cause = "wrong_write" if blame.kind == "wrong" else "extra_write"
        if call.by == "user":
            cause = "user_simulator"
        have = "was removed" if place.kind == "missing" else f"became {_json(place.have)}"
        want = "was not to be there" if place.kind == "extra" else f"was to be {_json(place.want)}"
        detail = f"{_who(call)} called {_call(call)}: {place.path} {have} and {want}."
        if blame.instead is not None:
            detail += f" The gold run has {_call(blame.instead)}."
        return self._is(cause, detail, blame.event)

    def _not_to_be_called(self) -> Iterator[Attribution]:
        for check in self.checks:
            if isinstance(check, NotCalledCheck):
                for number, call in self._calls():
                    if fits(check.not_called, call):
                        detail = f"{_who(call)} called {_call(call)}, which was not to be called."
                        yield self._is("wrong_call", detail, number)

    def _not_mended(self) -> Iterator[Attribution]:
        """Attempts at gold calls that could not be read, and no such tool's success after them."""
        done = {call.tool: number for number, call in self._calls() if not call.fault}
        for gold in self.unmade:
            for number, event in enumerate(self.events):
                found = _attempt(event, gold)
                if found is not None and done.get(gold.tool, -1) < number:
                    cause, what = found
                    detail = f"{_sentence(what)} {_call(gold)} was never made."
                    yield self._is(cause, detail, number)

    def _said_unheard(self) -> Iterator[Attribution]:
        """What was to be said and stands in a message that could not be read."""
        for check in self.checks:
            if isinstance(check, SaidCheck):
                unsaid = self._unsaid(check)
                for number, event in enumerate(self.events):
                    unheard = event.malformed and event.kind in ("note", "preamble", "reasoning")
                    if unheard and all(said(s, [event.text], check.match) for s in unsaid):
                        what = (
                            f"What was to be said stands in a malformed message: {event.malformed}"
                        )
                        yield self._is("model_format", _sentence(what), number)

    def _unsaid(self, check: SaidCheck) -> list[str]:
        return [each for each in check.said if not said(each, self.answers, check.match)]

    # How it ended

    def _ended(self) -> Iterator[Attribution]:
        record = self.record
        if record.ending == "limit":
            if record.limit == "tool_errors":
                yield from self._errors()
            yield self._is("limit", _limit(record), self._last())
        if record.ending == "agent":
            last = self._last()
            if last is not None and self.events[last].malformed:
                what = "The agent's last message could not be read"
                yield self._is("model_format", _sentence(what, self.events[last].malformed), last)
            yield self._is("agent_crash", _told(record.detail) or "The agent failed.")

    def _errors(self) -> Iterator[Attribution]:
        """What most of too many errors were, when it is calls that could not be read."""
        wrong = [(n, call) for n, call in self._calls() if call.fault and call.by == "agent"]
        count = Counter(call.fault for _, call in wrong)
        for fault, times in count.most_common(1):
            if fault in ("unknown_tool", "invalid_arguments"):
                number, call = next(each for each in wrong if each[1].fault == fault)
                detail = f"{times} of {len(wrong)} errors were like {_call(call)}"
                yield self._is(fault, _sentence(detail, call.result), number)

    def _user_left(self) -> Iterator[Attribution]:
        """The user was gone before the agent could do what is missing."""
        if self.record.ending == "finished" and self.answers:
            *before, last = self.answers
            asked = _open_question(last)
            if asked and not any(asked in each for each in before):
                detail = f"The user left when the agent asked: {_cut(asked)}"
                yield self._is("user_simulator", detail, self._last("answer"))

    # What was never done

    def _never_done(self) -> Iterator[Attribution]:
        if self.state_failed and (self.history.unmade or self.places):
            yield self._missing()
        for result in self.failed:
            kind = check_kind(result.check) or ""
            if kind in _NEVER_DONE:
                cause, words = _NEVER_DONE[kind]
                shown = f"{words} {_json(result.check[kind])}" if kind in _NAMED else words
                event = self._last("answer") if kind == "answer" else None
                yield self._is(cause, _sentence(shown, result.detail), event)

    def _missing(self) -> Attribution:
        where = "".join(f" {place.path} is {_state(place)}." for place in self.places[:1])
        if not self.history.unmade:
            return self._is("missing_write", f"A change was not made:{where}")
        there = [each for place in self.places[:1] for each in self.history.unmade_at(place.path)]
        gold = next(iter(there or self.history.unmade))
        detail = f"{_call(gold)} was never made.{where}"
        tried = [(n, call) for n, call in self._calls() if call.fault and is_call(call, gold)]
        if not tried:
            return self._is("missing_write", detail)
        number, call = tried[-1]
        return self._is("missing_write", f"{detail} It was refused: {_cut(call.result)}", number)

    def _calls(self) -> Iterator[tuple[int, CallRecord]]:
        """All calls, with the number of their event."""
        return ((n, event.call) for n, event in enumerate(self.events) if event.call is not None)

    def _last(self, *kinds: str) -> int | None:
        """The number of the last event, of these kinds if any are given."""
        numbers = (n for n, event in enumerate(self.events) if not kinds or event.kind in kinds)
        return max(numbers, default=None)


def _attempt(event: Event, gold: CallRecord) -> tuple[Cause, str] | None:
    """Why this event is a failed attempt at a gold call; None when it is none."""
    call = event.call
    if call is None:
        if event.malformed and event.kind == "note" and gold.tool in event.text:
            return "model_format", f"A malformed message was no call of {gold.tool}"
        return None
    if call.fault == "unknown_tool" and _resembles(call, gold):
        return "unknown_tool", f"{_who(call)} called {_call(call)}, which is no tool it has"
    if call.fault == "invalid_arguments" and (call.tool, call.by) == (gold.tool, gold.by):
        cause: Cause = "model_format" if event.malformed else "invalid_arguments"
        return cause, f"{_call(call)} was refused: {_cut(call.result)}"
    return None


def _resembles(call: CallRecord, gold: CallRecord) -> bool:
    """Whether an unknown tool was called in place of a gold one: by its name or its arguments."""
    alike = difflib.SequenceMatcher(None, call.tool.lower(), gold.tool.lower()).ratio()
    if alike >= _ALIKE or gold.tool in call.tool:
        return True
    try:
        arguments = call.args or json.loads(call.raw)
    except (ValueError, RecursionError):
        return False
    return bool(gold.args) and same(arguments, gold.args)


def _open_question(answer: str) -> str:
    """What the agent asked last, when it needs an answer to go on; else empty."""
    line = answer.strip().rpartition("\n")[2]
    if not asks(line) or is_closing(line) or _OFFERS.search(line):
        return ""
    return next(each for each in reversed(re.split(r"(?<=[.!?])\s+", line)) if "?" in each)


def _state(place: Difference) -> str:
    have = "absent" if place.kind == "missing" else _json(place.have)
    want = "absent" if place.kind == "extra" else _json(place.want)
    return f"{have}, wanted {want}"


def _who(call: CallRecord) -> str:
    return "The user" if call.by == "user" else "The agent"


def _call(call: CallRecord) -> str:
    """A call as it would be written: `renew(loan="L7")`."""
    arguments = ", ".join(f"{name}={_json(value)}" for name, value in call.args.items())
    return f"{call.tool}({_cut(arguments or call.raw)})"


def _json(value: object) -> str:
    return _cut(to_json(value))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _limit(record: TrialRecord) -> str:
    detail = record.detail or f"more {record.limit.replace('_', ' ')} than allowed"
    return _sentence(f"The trial took {detail}" if detail.startswith("more ") else _told(detail))


def _told(detail: str) -> str:
    """A record's own detail as a sentence."""
    return _sentence(detail[:1].upper() + detail[1:]) if detail else ""


def _sentence(what: str, why: str = "") -> str:
    text = f"{what}: {_cut(why)}" if why else what
    return text if text.endswith((".", "!", "?")) else f"{text}."
