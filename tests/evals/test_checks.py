"""Each kind of check holds when it should, fails when it should, and says why."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agentkit.evals.checks import evaluate, outcome_of
from agentkit.evals.domain import Domain
from agentkit.evals.gold import gold_run
from agentkit.evals.records import CallRecord, CheckResult, Ending, Event, Outcome
from agentkit.evals.state import State
from agentkit.evals.task import Action, Task
from agentkit.evals.tools import writes
from agentkit.evals.world import World
from tests.evals.support import changed, library, task_of

RENEW = Action(tool="renew", args={"loan": "L7"})


async def result_of(
    check: dict[str, Any],
    *calls: Action,
    answers: Sequence[str] = (),
    domain: Domain | None = None,
    judge: Any = None,
    others: Sequence[dict[str, Any]] = (),
) -> CheckResult:
    """What becomes of one check after these calls and answers, in the task renew-1."""
    domain = domain or library()
    task = changed(task_of(domain, "renew-1"), checks=[check, *others])
    world = World(domain, task)
    events = [Event(kind="call", call=await world.act(each)) for each in calls]
    events += [Event(kind="answer", text=each) for each in answers]
    gold = await gold_run(domain, task)
    root = world.state.root
    result, *_ = await evaluate(task, world.initial, root, events, gold, domain, judge)
    return result


async def test_the_state_equals_what_the_gold_actions_make_of_it() -> None:
    assert (await result_of({"state": "gold"}, RENEW)).passed
    result = await result_of({"state": "gold"})
    assert result.passed is False
    assert '/loans/L7/due is "2026-01-17" instead of "2026-02-07"' in result.detail


async def test_the_state_has_values_at_paths() -> None:
    check = {"state": {"/loans/L7/renewals": 1, "/books/B1/title": "Maps of the North"}}
    assert (await result_of(check, RENEW)).passed
    assert (await result_of(check)).detail == "/loans/L7/renewals is 0 instead of 1"


async def test_what_is_absent_is_not_null() -> None:
    result = await result_of({"state": {"/loans/L99": None}})
    assert result.passed is False
    assert result.detail == "/loans/L99 is absent instead of null"


async def test_one_is_not_true() -> None:
    assert (await result_of({"state": {"/loans/L7/renewals": True}}, RENEW)).passed is False


async def test_nothing_changed_but_what_may() -> None:
    assert (await result_of({"unchanged_except": ["/loans/L7"]}, RENEW)).passed
    result = await result_of({"unchanged_except": ["/loans/L7/due"]}, RENEW)
    assert result.detail == "changed: /loans/L7/renewals"


async def test_a_path_allows_nothing_that_only_begins_like_it() -> None:
    result = await result_of({"unchanged_except": ["/loans/L"]}, RENEW)
    assert result.passed is False


async def test_only_answers_are_said() -> None:
    check = {"said": ["2026-02-07", "L7"]}
    assert (await result_of(check, answers=["L7 is due", "on 2026-02-07."])).passed
    result = await result_of(check, RENEW, answers=["L7"])
    assert result.detail == 'not said: "2026-02-07"'


async def test_a_call_counts_when_its_arguments_fit_and_it_was_not_an_error() -> None:
    check = {"called": {"tool": "renew", "args": {"loan": "L7"}}}
    assert (await result_of(check, RENEW)).passed
    assert (await result_of(check)).detail == "not called"
    other = Action(tool="renew", args={"loan": "L9"})
    assert (await result_of(check, other)).detail == 'called only as renew({"loan":"L9"})'
    check = {"called": {"tool": "renew", "args": {"loan": "L8"}}}
    reserved = Action(tool="renew", args={"loan": "L8"})
    assert "answered with an error" in (await result_of(check, reserved)).detail


async def test_arguments_count_as_the_tool_took_them() -> None:
    @writes
    def waive(state: State, card: str, amount: int = 5) -> str:
        """Waive fees."""
        state.set("members", card, "fees", to=amount)
        return "done"

    domain = dataclasses.replace(library(), tools={**library().tools, "waive": waive})
    pattern = {"tool": "waive", "args": {"amount": 5}}
    for args, fits in (({"amount": "5"}, True), ({}, True), ({"amount": "6"}, False)):
        call = Action(tool="waive", args={"card": "C-11", **args})
        assert (await result_of({"called": pattern}, call, domain=domain)).passed is fits
        assert (await result_of({"not_called": pattern}, call, domain=domain)).passed is not fits


async def test_a_call_by_the_user_is_not_the_agents() -> None:
    by_user = Action(tool="return_book", args={"loan": "L7"}, by="user")
    assert not (await result_of({"called": "return_book"}, by_user)).passed
    assert (await result_of({"called": {"tool": "return_book", "by": "user"}}, by_user)).passed
    assert (await result_of({"called": {"tool": "return_book", "by": None}}, by_user)).passed


async def test_a_call_that_failed_is_still_a_call_that_was_not_to_be_made() -> None:
    reserved = Action(tool="renew", args={"loan": "L8"})
    result = await result_of({"not_called": "renew"}, reserved)
    assert result.detail == 'called: renew({"loan":"L8"})'
    assert (await result_of({"not_called": "renew"})).passed


async def test_the_last_answer_counts() -> None:
    assert (await result_of({"answer": "2"}, answers=["3", "\\boxed{2}"])).passed
    assert (await result_of({"answer": "2"}, answers=["2", "3"])).detail == "the answer is 3"
    assert (await result_of({"answer": "2"})).detail == "the agent gave no answer"
    assert (await result_of({"answer": "2"}, answers=["?"])).passed is False


async def test_a_domains_own_code_is_asked() -> None:
    def due_before(state: State, loan: str, day: str) -> bool:
        return bool(state.get("loans", loan, "due") < day)

    domain = dataclasses.replace(library(), assertions={"due_before": due_before})
    args = {"loan": "L7", "day": "2026-02-01"}
    check = {"holds": {"name": "due_before", "args": args}}
    assert (await result_of(check, domain=domain)).passed
    assert (await result_of(check, RENEW, domain=domain)).detail == "due_before says False"
    opposite = {"holds": {"name": "due_before", "args": args, "value": False}}
    assert (await result_of(opposite, RENEW, domain=domain)).passed
    assert "no assertion named due_before" in (await result_of(check)).detail


async def test_a_check_that_raises_has_failed() -> None:
    def broken(state: State) -> bool:
        raise ZeroDivisionError("oh")

    domain = dataclasses.replace(library(), assertions={"broken": broken})
    result = await result_of({"holds": {"name": "broken"}}, domain=domain)
    assert result.passed is False
    assert result.detail == "the check raised ZeroDivisionError: oh"


async def test_an_assertion_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentkit.evals.checks.DEFAULT_TIMEOUT", 0.05)
    let_go = threading.Event()

    def endless(state: State) -> bool:
        return let_go.wait()

    domain = dataclasses.replace(library(), assertions={"endless": endless})
    result = await result_of({"holds": {"name": "endless"}}, domain=domain)
    let_go.set()
    assert result.passed is False
    assert result.detail == "endless took longer than 0.05 s"


async def test_an_assertion_that_is_a_coroutine_does_not_hold() -> None:
    async def late(state: State) -> bool:
        return True

    domain: Domain = dataclasses.replace(library(), assertions={"late": late})  # type: ignore[dict-item]
    result = await result_of({"holds": {"name": "late"}}, domain=domain)
    assert result.passed is False
    assert "late is async" in result.detail


class Verdict:
    """A judge of one opinion."""

    settings: Mapping[str, Any] = {"name": "verdict"}

    def __init__(self, passed: bool | BaseException) -> None:
        self.passed = passed

    async def verdict(
        self, statement: str, policy: str, events: Sequence[Event]
    ) -> tuple[bool, str]:
        if isinstance(self.passed, BaseException):
            raise self.passed
        return self.passed, f"{statement} {policy[:3]} {len(events)}"


async def test_without_a_judge_nothing_is_judged_and_nothing_gates() -> None:
    state = [{"state": "gold"}]
    result = await result_of({"judge": "polite"}, others=state)
    assert (result.passed, result.gates) == (None, False)
    required = await result_of({"judge": "polite", "required": True}, others=state)
    assert (required.passed, required.gates) == (None, True)


async def test_a_task_that_only_a_judge_decides_is_not_passed_without_one() -> None:
    result = await result_of({"judge": "polite"}, others=[{"judge": "brief"}])
    assert (result.passed, result.gates) == (None, True)
    assert outcome_of("finished", [result], []) == "not_measured"


@pytest.mark.parametrize("passed", [True, False])
async def test_a_judges_verdict_gates_and_is_kept(passed: bool) -> None:
    result = await result_of({"judge": "polite"}, answers=["hi"], judge=Verdict(passed))
    assert (result.passed, result.gates, result.detail) == (passed, True, "polite You 1")


async def test_a_judge_that_fails_leaves_the_check_undecided() -> None:
    result = await result_of({"judge": "polite"}, judge=Verdict(RuntimeError("down")))
    assert (result.passed, result.gates) == (None, True)
    assert "RuntimeError: down" in result.detail
    assert (await result_of({"judge": "polite"}, judge=Verdict(SystemExit(1)))).passed is None


async def test_gold_actions_are_run_once_for_a_task_and_anew_for_another_of_its_id() -> None:
    domain = library()
    task = task_of(domain, "renew-1")
    first = await gold_run(domain, task)
    assert await gold_run(domain, task) is first
    other: Task = changed(task, gold=[])
    assert (await gold_run(domain, other)).calls == ()
    assert await gold_run(library(), task) is not first


def results(*passed: bool | None) -> list[CheckResult]:
    return [CheckResult(check={}, passed=each, gates=True) for each in passed]


@pytest.mark.parametrize(
    ("ending", "passed", "fault", "outcome"),
    [
        ("finished", [True, True], "", "passed"),
        ("finished", [True], "crash", "passed"),
        ("finished", [True, False], "", "failed"),
        ("finished", [True, None], "", "not_measured"),
        ("finished", [False, None], "", "failed"),
        ("finished", [False], "crash", "not_measured"),
        ("finished", [False], "timeout", "not_measured"),
        ("finished", [False], "refused", "failed"),
        ("limit", [True], "", "failed"),
        ("limit", [None], "", "failed"),
        ("limit", [False], "crash", "not_measured"),
        ("agent", [True], "", "failed"),
        ("user", [True], "", "not_measured"),
        ("model", [False], "", "not_measured"),
        ("environment", [], "", "not_measured"),
        ("harness", [], "", "not_measured"),
        ("cancelled", [], "", "not_measured"),
    ],
)
def test_a_trial_counts_as_what_it_shows_of_the_agent(
    ending: Ending, passed: list[bool | None], fault: Any, outcome: Outcome
) -> None:
    calls = [CallRecord(index=0, by="agent", tool="renew", fault=fault)]
    assert outcome_of(ending, results(*passed), calls) == outcome
