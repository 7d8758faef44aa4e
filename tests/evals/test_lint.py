"""Lint finds what makes a task's results wrong, says what to do, and is silent on sound tasks."""

from __future__ import annotations

import dataclasses
import itertools
import time
from typing import Any

from agentkit.evals.domain import Domain
from agentkit.evals.lint import Finding, lint
from agentkit.evals.state import State
from agentkit.evals.task import Task
from agentkit.evals.tools import DomainTool, reads, writes
from tests.evals.support import changed, library, task_of


def with_tasks(*tasks: Task, tools: dict[str, DomainTool] | None = None) -> Domain:
    """The library with other tasks, and more tools."""
    domain = library()
    return dataclasses.replace(
        domain, splits={"test": list(tasks)}, tools={**domain.tools, **(tools or {})}
    )


async def found(name: str, tools: dict[str, DomainTool] | None = None, **fields: Any) -> Any:
    """What lint says of a library task whose fields were changed: rules, by severity."""
    task = changed(task_of(library(), name), **fields)
    findings = await lint(with_tasks(task, tools=tools))
    assert all(isinstance(each, Finding) and each.detail for each in findings)
    return {(each.rule, each.severity) for each in findings}


async def test_a_sound_domain_has_no_findings() -> None:
    assert await lint(library()) == []


async def test_a_split_is_looked_at_by_itself() -> None:
    domain = library()
    broken = changed(domain.tasks("train")[0], gold=[])
    domain = dataclasses.replace(domain, splits={**domain.splits, "train": [broken]})
    assert await lint(domain, "test") == []
    assert {each.task for each in await lint(domain, "train")} == {"renew-1"}


async def test_a_domain_or_a_split_without_a_task_is_found() -> None:
    domain = dataclasses.replace(library(), splits={"test": []})
    for split in (None, "test"):
        assert [each.rule for each in await lint(domain, split)] == ["no-tasks"]


async def test_a_gold_action_of_an_unknown_tool_is_shown_as_it_is_written() -> None:
    task = changed(library().tasks("train")[0], gold=[{"tool": "renw", "args": {"loan": "L7"}}])
    findings = await lint(dataclasses.replace(library(), splits={"train": [task]}))
    details = {each.rule: each.detail for each in findings}
    assert details["unknown-tool"].startswith("gold: the agent has no tool renw; there are: ")
    assert 'renw({"loan": "L7"})' in details["gold-error"]


async def test_gold_actions_that_do_not_solve_the_task_are_found() -> None:
    checks = [{"state": {"/loans/L7/renewals": 2}}]
    assert await found("renew-1", checks=checks) == {("gold-fails", "error")}


async def test_a_gold_action_that_errs_is_found() -> None:
    gold = [{"tool": "renew", "args": {"loan": "L8"}}]
    assert ("gold-error", "error") in await found("renew-1", gold=gold)


async def test_arguments_that_do_not_fit_are_found() -> None:
    gold = [{"tool": "renew", "args": {"loan": ["L7"]}}]
    assert ("gold-error", "error") in await found("renew-1", gold=gold)


async def test_names_that_are_not_there_are_found_wherever_they_stand() -> None:
    assert ("unknown-tool", "error") in await found("renew-1", gold=[{"tool": "renw"}])
    for kind in ("called", "not_called"):
        checks: list[dict[str, Any]] = [{"state": "gold"}, {kind: "renw"}]
        assert ("unknown-tool", "error") in await found("renew-1", checks=checks)
        checks = [{"state": "gold"}, {kind: {"tool": "pay_fees", "args": {"crad": "C-11"}}}]
        assert ("unknown-argument", "error") in await found("renew-1", checks=checks)
    user = {"goal": "x", "script": [{"say": "a", "call": {"tool": "renew"}}, {"stop": True}]}
    assert ("unknown-tool", "error") in await found("renew-1", user=user)
    checks = [{"holds": {"name": "nothing"}}]
    assert ("unknown-assertion", "error") in await found("renew-1", checks=checks)


async def test_a_task_that_passes_by_doing_nothing_is_found() -> None:
    checks = [{"not_called": "pay_fees"}]
    assert ("noop", "error") in await found("renew-1", gold=[], checks=checks)


async def test_a_false_declaration_that_nothing_passes_is_found() -> None:
    assert await found("renew-1", noop="pass") == {("noop", "error")}


async def test_a_task_that_an_echo_passes_is_found() -> None:
    user = {"goal": "", "script": [{"say": "Is it 2026-02-07?"}, {"stop": True}]}
    checks = [{"said": ["2026-02-07"]}]
    rules = await found("renew-1", gold=[], user=user, checks=checks)
    assert ("echo", "error") in rules
    assert ("said-before", "warning") in rules


async def test_a_gold_write_that_no_check_sees_is_found() -> None:
    checks = [{"called": "get_loan"}, {"unchanged_except": ["/loans/L7"]}]
    assert await found("renew-1", checks=checks) == {("needless-write", "error")}


async def test_a_users_gold_write_must_matter_too() -> None:
    checks = [{"state": {"/members/C-11/fees": 0}}, {"unchanged_except": ["/members", "/loans"]}]
    task = task_of(library(), "return-1")
    findings = await lint(with_tasks(changed(task, checks=checks)))
    assert [each.rule for each in findings] == ["needless-write"]
    assert "return_book" in findings[0].detail


async def test_a_foreign_write_that_no_check_sees_is_found() -> None:
    task = changed(task_of(library(), "renew-1"), checks=[{"state": {"/loans/L7/renewals": 1}}])
    other = task_of(library(), "fees-1")
    findings = await lint(with_tasks(task, other))
    assert [(each.task, each.rule) for each in findings] == [("renew-1", "foreign-write")]
    assert "pay_fees" in findings[0].detail


async def test_without_a_fitting_write_one_is_made_up() -> None:
    rules = await found("fees-1", checks=[{"state": {"/members/C-13/fees": 0}}])
    assert rules == {("foreign-write", "error")}


async def test_a_task_whose_state_is_not_looked_at_is_warned_of() -> None:
    rules = await found("renew-1", checks=[{"called": "renew"}])
    assert rules == {("no-state-check", "warning")}


async def test_a_task_that_only_a_judge_decides_is_warned_of() -> None:
    rules = await found("renew-1", checks=[{"judge": "all is well"}])
    assert rules == {("judge-only", "warning")}


async def test_a_required_judge_does_not_hinder_lint() -> None:
    checks = [{"state": "gold"}, {"judge": "all is well", "required": True}]
    assert await found("renew-1", checks=checks) == set()


async def test_a_user_who_cannot_begin_or_leave_is_found() -> None:
    assert ("no-user", "error") in await found("renew-1", user={})
    user = {"goal": "x", "script": [{"say": "Renew L7."}]}
    assert await found("renew-1", user=user) == {("no-stop", "warning")}


async def test_an_init_that_does_not_fit_is_found() -> None:
    assert await found("renew-1", init=[{"remove": "/loans/L99"}]) == {("init", "error")}


async def test_a_check_that_raises_is_found() -> None:
    def broken(state: State) -> bool:
        raise ZeroDivisionError

    task = changed(task_of(library(), "renew-1"), checks=[{"holds": {"name": "broken"}}])
    domain = dataclasses.replace(with_tasks(task), assertions={"broken": broken})
    assert "check-raises" in {each.rule for each in await lint(domain)}


async def test_a_reading_tool_that_writes_is_found() -> None:
    @reads
    def peek(state: State) -> str:
        """Look."""
        state.set("peeked", to=True)
        return "done"

    gold = [{"tool": "peek"}, {"tool": "renew", "args": {"loan": "L7"}}]
    task = changed(task_of(library(), "renew-1"), gold=gold)
    findings = await lint(with_tasks(task, tools={"peek": peek}))
    assert findings[0].rule == "gold-error"
    assert "declared to read" in findings[0].detail


async def test_a_tool_that_goes_by_chance_is_found() -> None:
    numbers = itertools.count()

    @writes
    def stamp(state: State) -> int:
        """Stamp."""
        state.set("stamp", to=(number := next(numbers)))
        return number

    task = changed(task_of(library(), "renew-1"), gold=[{"tool": "stamp"}])
    findings = await lint(with_tasks(task, tools={"stamp": stamp}))
    assert "chance" in {each.rule for each in findings}


async def test_a_write_that_changes_nothing_is_warned_of() -> None:
    @writes
    def wink(state: State) -> str:
        """Wink."""
        return "ok"

    gold = [{"tool": "renew", "args": {"loan": "L7"}}, {"tool": "wink"}]
    checks = [{"state": "gold"}, {"called": "wink"}]
    rules = await found("renew-1", gold=gold, checks=checks, tools={"wink": wink})
    assert rules == {("idle-write", "warning")}


async def test_a_tool_that_changes_what_all_trials_share_is_found() -> None:
    @writes
    def spoil(state: State) -> str:
        """Spoil."""
        state.root["loans"]["L7"]["due"] = "never"
        return "ok"

    task = changed(task_of(library(), "renew-1"), gold=[{"tool": "spoil"}], init=[])
    findings = await lint(with_tasks(task, tools={"spoil": spoil}))
    assert "shared-state" in {each.rule for each in findings}


async def test_hundreds_of_trials_take_seconds() -> None:
    domain = library()
    tasks = [
        changed(task, id=f"{task.id}-{number}") for number in range(20) for task in domain.tasks()
    ]
    started = time.process_time()
    assert await lint(dataclasses.replace(domain, splits={"test": tasks})) == []
    assert time.process_time() - started < 15
