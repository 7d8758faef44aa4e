"""From a task of tau2-bench to ours: fields to fields, and no code of tau2's is run.

The source is `tau2/data_model/tasks.py`; `tau2` says what is not covered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from agentkit.evals.task import (
    Action,
    Assertion,
    CalledCheck,
    CallPattern,
    Change,
    Check,
    HoldsCheck,
    JudgeCheck,
    SaidCheck,
    Scenario,
    Side,
    StateCheck,
    Task,
    TrialLimits,
    UnchangedCheck,
)

LIMITS = TrialLimits(turns=100, calls=200, tool_errors=9)
"""tau2 ends a trial at its tenth tool error (`max_errors`), and after 200 deliveries of messages in
all, which turns and calls together cannot exceed by much."""
LONGEST_ID = 200
_SIDES: dict[str, Side] = {"assistant": "agent", "user": "user"}


def converted(task: Any, init: Sequence[Change], writes: Collection[tuple[Side, str]]) -> Task:
    """Our form of a task.

    Args:
        task: a `tau2.data_model.tasks.Task`.
        init: what its initial state changes.
        writes: tools that may change the state, to tell what an agent that does nothing gets.
    """
    criteria = task.evaluation_criteria
    gold = tuple(
        Action(tool=each.name, args=each.arguments, by=_SIDES[each.requestor])
        for each in (criteria.actions or () if criteria is not None else ())
    )
    checks = tuple(_checks(criteria)) if criteria is not None else ()
    tested = {type(check) for check in checks}
    changes = any((each.by, each.tool) in writes for each in gold)
    fails = (changes and StateCheck in tested) or tested - {StateCheck}
    return Task(
        id=_short(task.id),
        note=_note(task),
        init=tuple(init),
        user=_scenario(task.user_scenario),
        limits=LIMITS,
        gold=gold,
        # Where tau2 looks at nothing, every trial passes: nothing may have changed but anything.
        checks=checks or (UnchangedCheck(unchanged_except=("",)),),
        noop="fail" if fails else "pass",
    )


def _checks(criteria: Any) -> Iterator[Check]:
    """A check for each part of the reward; parts are looked at in one order, whatever theirs."""
    basis = {each.value for each in criteria.reward_basis}
    for part, checks in _PARTS.items():
        if part in basis:
            yield from checks(criteria)


def _state(criteria: Any) -> Iterator[Check]:
    if criteria.actions is not None or criteria.env_assertions is not None:
        yield StateCheck(state="gold")


def _said(criteria: Any) -> Iterator[Check]:
    if criteria.communicate_info:
        said = {"said": criteria.communicate_info, "as": "substring"}
        yield SaidCheck.model_validate(said)


def _holds(criteria: Any) -> Iterator[Check]:
    for each in criteria.env_assertions or ():
        name = f"{_SIDES[each.env_type]}.{each.func_name}"
        asked = Assertion(name=name, args=each.arguments, value=each.assert_value)
        yield HoldsCheck(holds=asked)


def _called(criteria: Any) -> Iterator[Check]:
    for each in criteria.actions or ():
        compared = each.arguments if each.compare_args is None else each.compare_args
        args = {key: value for key, value in each.arguments.items() if key in compared}
        yield CalledCheck(called=CallPattern(tool=each.name, args=args, by=None))


def _judged(criteria: Any) -> Iterator[Check]:
    for each in criteria.nl_assertions or ():
        yield JudgeCheck(judge=each, required=True)


_PARTS: Mapping[str, Callable[[Any], Iterator[Check]]] = {
    "DB": _state,
    "COMMUNICATE": _said,
    "ENV_ASSERTION": _holds,
    "ACTION": _called,
    "NL_ASSERTION": _judged,
}
"""What gives the checks for each part of tau2's `reward_basis`."""


def _scenario(scenario: Any) -> Scenario:
    told = scenario.instructions
    if isinstance(told, str):
        return Scenario(persona=scenario.persona or "", goal=told)
    return Scenario(
        persona=scenario.persona or "",
        goal=f"{told.reason_for_call}\n\n{told.task_instructions}",
        known={"what you know": told.known_info} if told.known_info else {},
        unknown=(told.unknown_info,) if told.unknown_info else (),
    )


def _note(task: Any) -> str:
    purpose = task.description.purpose if task.description is not None else None
    return "\n".join(filter(None, (purpose, task.id if len(task.id) > LONGEST_ID else "")))


def _short(name: str) -> str:
    """Ids of telecom's tasks list all that is broken, and can be longer than ours."""
    if len(name) <= LONGEST_ID:
        return name
    return f"{name[: LONGEST_ID - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
