"""Stored trials, judged again or played again from their records, without a model.

`rescore` carries out the recorded calls on a fresh world and decides the checks anew, for when
checks, tasks or tools were mended. `replay` plays the whole trial again, both sides reading from
the record, and must come to the same result. A judge's verdict that was recorded is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.errors import UserError
from agentkit.evals.checks import Judge, evaluate
from agentkit.evals.domain import Domain
from agentkit.evals.episode import Trial, concluded, differences_of, run_trial
from agentkit.evals.gold import gold_run
from agentkit.evals.players import ReplayAgent
from agentkit.evals.records import CallRecord, CheckResult, Event, TrialRecord
from agentkit.evals.task import Task
from agentkit.evals.toolbox import shortened
from agentkit.evals.users import ReplayUser
from agentkit.evals.world import World

CHANGED = "The environment has changed: "
_SHOWN = 120


async def rescore(record: TrialRecord, domain: Domain, judge: Judge | None = None) -> TrialRecord:
    """Judge a stored trial again.

    Args:
        record: the trial.
        domain: as it is now; its task of the record's id is gone by.
        judge: decides judge checks; without one, recorded verdicts stand.

    Returns:
        The record with checks, differences, outcome and cause as they are now. For each call that
        is answered otherwise than it was, it ends with a note that begins with `CHANGED`.

    Raises:
        UserError: the domain has no such task, or the task no longer fits the state.
    """
    task = _task_of(record, domain)
    world = World(domain, task)
    gold = await gold_run(domain, task)
    events = [each for each in record.events if not _is_change(each)]
    at = events[-1].at if events else 0.0
    for call in [each.call for each in events if each.call is not None]:
        if change := await _again(world, call):
            events.append(Event(kind="note", text=CHANGED + change, at=at))
    root = world.state.root
    checks = await evaluate(task, world.initial, root, events, gold, domain, judge)
    record = record.model_copy(update={"events": tuple(events)})
    kept = _with_verdicts(checks, record.checks)
    return concluded(record, task, gold, kept, differences_of(gold, root))


async def replay(record: TrialRecord, domain: Domain) -> TrialRecord:
    """Play a stored trial again, agent and user repeating what they did.

    Raises:
        UserError: the domain has no such task.
    """
    task = _task_of(record, domain)
    trial = Trial(domain, task, record.split, record.trial, record.seed, record.key)
    played = await run_trial(trial, ReplayAgent(record), ReplayUser(record))
    if (record.ending, played.ending, played.limit) == ("limit", "limit", "agent"):
        played = played.model_copy(update={"limit": record.limit})  # no time and no call too much
    kept = _with_verdicts(played.checks, record.checks)
    if kept == played.checks:
        return played
    return concluded(played, task, await gold_run(domain, task), kept, played.differences)


def _task_of(record: TrialRecord, domain: Domain) -> Task:
    for task in domain.tasks():
        if task.id == record.task:
            return task
    raise UserError(f"{domain.name} has no task {record.task!r} any more.")


async def _again(world: World, call: CallRecord) -> str:
    """Carry out a recorded call; says what has changed. One that was answered with an error changed
    nothing, and is left out: it may have been bad luck."""
    if call.fault:
        return ""
    now = await world.call(call.tool, call.args, call.by)
    if now.fault or shortened(now.result)[0] != call.result:
        return f"{call.tool} answers {now.result[:_SHOWN]!r} and not {call.result[:_SHOWN]!r}."
    return ""


def _is_change(event: Event) -> bool:
    return event.kind == "note" and event.text.startswith(CHANGED)


def _with_verdicts(
    checks: Sequence[CheckResult], recorded: Sequence[CheckResult]
) -> tuple[CheckResult, ...]:
    """Checks, those that nobody could decide now as they were decided then, or were to be: a
    judge that failed leaves its check open, and not one that counts for nothing."""
    known = [each for each in recorded if each.passed is not None or each.gates]
    return tuple(
        next((old for old in known if old.check == each.check), each)
        if each.passed is None and "judge" in each.check
        else each
        for each in checks
    )
