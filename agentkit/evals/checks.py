"""Whether a task's checks hold, told from what was recorded of a trial and from nothing else.

The same function decides a trial that has just ended and one that was stored long ago. A check that
cannot be carried out has failed, and says why; only a judge may leave one undecided. What the
checks mean together is `outcome_of`.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

from agentkit.evals.domain import Domain
from agentkit.evals.gold import GoldRun
from agentkit.evals.matching import answer_of, said, same_answer
from agentkit.evals.records import CallRecord, CheckResult, Ending, Event, Outcome
from agentkit.evals.state import Json, State, differences, parse_pointer, same
from agentkit.evals.task import (
    AnswerCheck,
    Assertion,
    CalledCheck,
    CallPattern,
    Check,
    HoldsCheck,
    JudgeCheck,
    NotCalledCheck,
    SaidCheck,
    StateCheck,
    Task,
    UnchangedCheck,
)
from agentkit.evals.tools import DEFAULT_TIMEOUT
from agentkit.serialise import to_json
from agentkit.tools.threads import Threads

MOST_SHOWN = 5
_ABSENT = object()
_THREADS = Threads("agentkit-assertion")


class Judge(Protocol):
    """A model that says whether a statement holds of a conversation."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that makes it what it is, as JSON. Has a `name`."""
        ...

    async def verdict(
        self, statement: str, policy: str, events: Sequence[Event]
    ) -> tuple[bool, str]:
        """Whether `statement` holds, and why; what it raises leaves the check undecided."""
        ...


@dataclass(frozen=True)
class Evidence:
    """What checks go by.

    Args:
        initial: the state before the trial.
        root: the state after it.
        events: what happened.
        gold: the task done right.
        domain: whose own assertions may be asked.
    """

    initial: Mapping[str, Json]
    root: Mapping[str, Json]
    events: Sequence[Event]
    gold: GoldRun
    domain: Domain

    @property
    def calls(self) -> list[CallRecord]:
        """All calls, in order."""
        return [event.call for event in self.events if event.call is not None]

    @property
    def answers(self) -> list[str]:
        """What the agent told the user."""
        return [event.text for event in self.events if event.kind == "answer"]


async def evaluate(
    task: Task,
    initial: Mapping[str, Json],
    root: Mapping[str, Json],
    events: Sequence[Event],
    gold: GoldRun,
    domain: Domain,
    judge: Judge | None = None,
) -> tuple[CheckResult, ...]:
    """Decide all checks of a task.

    Args:
        task: whose checks.
        initial: the state before the trial.
        root: the state after it.
        events: what happened.
        gold: the task done right.
        domain: for its assertions, and its policy, which a judge reads.
        judge: decides what is put to a model; without one those checks do not gate,
            unless they are required or all there is: then they are undecided.
    """
    evidence = Evidence(initial, root, events, gold, domain)
    only_judged = all(isinstance(check, JudgeCheck) for check in task.checks)
    results = []
    for check in task.checks:
        shown = check.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        if isinstance(check, JudgeCheck):
            result = await _judged(check, shown, events, domain, judge)
            gates = result.gates or only_judged  # nothing checked is nothing passed
            results.append(result.model_copy(update={"gates": gates}))
            continue
        try:
            problem = await _problem(check, evidence)
        except (Exception, SystemExit) as error:  # a failed check, whatever ails it
            problem = f"the check raised {type(error).__name__}: {error}"
        results.append(CheckResult(check=shown, passed=not problem, detail=problem))
    return tuple(results)


def outcome_of(
    ending: Ending, checks: Sequence[CheckResult], calls: Iterable[CallRecord]
) -> Outcome:
    """What a trial counts as.

    Args:
        ending: how it ended.
        checks: what became of the task's checks.
        calls: all its calls: where a tool's own code failed, a trial that did not pass tells
            nothing of the agent.
    """
    gating = [each.passed for each in checks if each.gates]
    if ending == "finished" and all(gating):
        return "passed"
    if ending in ("user", "model", "environment", "harness", "cancelled"):
        return "not_measured"
    if any(call.fault in ("crash", "timeout") for call in calls):
        return "not_measured"
    undecided = ending == "finished" and None in gating and False not in gating
    return "not_measured" if undecided else "failed"


def fits(pattern: CallPattern, call: CallRecord) -> bool:
    """Whether a call is by the side, of the tool and with the arguments that a pattern names, as
    they were written or as the tool took them."""
    return (
        call.tool == pattern.tool
        and pattern.by in (None, call.by)
        and all(
            any(name in each and same(value, each[name]) for each in (call.args, call.taken))
            for name, value in pattern.args.items()
        )
    )


async def _problem(check: Check, evidence: Evidence) -> str:
    """Why a check does not hold; empty when it does."""
    match check:
        case StateCheck():
            return _state_problem(check, evidence)
        case UnchangedCheck():
            return _change_problem(check, evidence)
        case SaidCheck():
            unsaid = [each for each in check.said if not said(each, evidence.answers, check.match)]
            return f"not said: {_listed(map(json.dumps, unsaid))}" if unsaid else ""
        case CalledCheck():
            return _called_problem(check.called, evidence.calls)
        case NotCalledCheck():
            found = [call for call in evidence.calls if fits(check.not_called, call)]
            return f"called: {_listed(map(_shown_call, found))}" if found else ""
        case AnswerCheck():
            return _answer_problem(check.answer, evidence.answers)
        case JudgeCheck():
            return "a judge decides it"
        case HoldsCheck():
            return await _assertion_problem(check.holds, evidence)
        case _:
            assert_never(check)


def _state_problem(check: StateCheck, evidence: Evidence) -> str:
    if check.state == "gold":
        found = differences(evidence.gold.root, evidence.root)
        return _listed(
            f"{each.path} is {_value(each.have, each.kind == 'missing')}"
            f" instead of {_value(each.want, each.kind == 'extra')}"
            for each in found
        )
    state, wrong = State(evidence.root), []
    for place, want in check.state.items():
        path = parse_pointer(place)
        have = state.get(*path, default=_ABSENT)
        if have is _ABSENT or not same(want, have):
            shown = _value(have, have is _ABSENT)
            wrong.append(f"{place} is {shown} instead of {_value(want)}")
    return _listed(wrong)


def _change_problem(check: UnchangedCheck, evidence: Evidence) -> str:
    allowed = [parse_pointer(each) for each in check.unchanged_except]
    changed = [each.path for each in differences(evidence.initial, evidence.root)]
    parts = {path: parse_pointer(path) for path in changed}
    foreign = [path for path in changed if not any(parts[path][: len(a)] == a for a in allowed)]
    return f"changed: {_listed(foreign)}" if foreign else ""


def _called_problem(pattern: CallPattern, calls: Sequence[CallRecord]) -> str:
    found = [call for call in calls if fits(pattern, call)]
    if any(not call.fault for call in found):
        return ""
    if found:
        return f"answered with an error: {_shown_call(found[0])}"
    near = [call for call in calls if call.tool == pattern.tool]
    return f"called only as {_listed(map(_shown_call, near))}" if near else "not called"


def _answer_problem(want: str, answers: Sequence[str]) -> str:
    have = answer_of(answers[-1]) if answers else None
    if have is None:
        return "the agent gave no answer" if not answers else "no answer in the last message"
    return "" if same_answer(want, have) else f"the answer is {have[:200]}"


async def _assertion_problem(assertion: Assertion, evidence: Evidence) -> str:
    ask = evidence.domain.assertions.get(assertion.name)
    if ask is None:
        return f"{evidence.domain.name} has no assertion named {assertion.name}"
    asked = functools.partial(ask, State(evidence.root), **assertion.args)
    try:
        async with asyncio.timeout(DEFAULT_TIMEOUT) as limit:
            answer = await _THREADS.result(asked)
    except TimeoutError:
        if not limit.expired():  # its own
            raise
        return f"{assertion.name} took longer than {DEFAULT_TIMEOUT:g} s"
    if inspect.iscoroutine(answer):
        answer.close()
        raise TypeError(f"{assertion.name} is async; an assertion is a plain function")
    have = bool(answer)
    return "" if have is assertion.value else f"{assertion.name} says {have}"


async def _judged(
    check: JudgeCheck,
    shown: dict[str, Any],
    events: Sequence[Event],
    domain: Domain,
    judge: Judge | None,
) -> CheckResult:
    if judge is None:
        detail = "there is no judge"
        return CheckResult(check=shown, passed=None, detail=detail, gates=check.required)
    try:
        passed, why = await judge.verdict(check.judge, domain.policy, events)
    except (Exception, SystemExit) as error:
        return CheckResult(
            check=shown, passed=None, detail=f"the judge: {type(error).__name__}: {error}"
        )
    return CheckResult(check=shown, passed=bool(passed), detail=str(why))


def _value(value: Json, absent: bool = False) -> str:
    if absent:
        return "absent"
    text = to_json(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _shown_call(call: CallRecord) -> str:
    return f"{call.tool}({_value(call.args)})"


def _listed(items: Iterable[str]) -> str:
    found = list(items)
    more = len(found) - MOST_SHOWN
    return "; ".join(found[:MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")
