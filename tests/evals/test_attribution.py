"""Every trial that did not pass has one first cause: the first thing that was not made good."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

import pytest

from agentkit import Agent, ScriptedModel
from agentkit.errors import ToolError
from agentkit.evals import State, writes
from agentkit.evals.agents import Toolbox
from agentkit.evals.attribution import attribute
from agentkit.evals.checks import evaluate, outcome_of
from agentkit.evals.domain import Domain, named
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.gold import gold_run
from agentkit.evals.players import AgentUnderTest
from agentkit.evals.records import Attribution, CheckResult, Event, TrialRecord
from agentkit.evals.task import Action, StateCheck, Task
from agentkit.evals.world import World
from tests.evals.support import Answer, FunctionAgent, LineUser, changed, library, task_of

Step = str | Action | Event


def call(tool: str, by: str = "agent", **args: Any) -> Action:
    return Action.model_validate({"tool": tool, "args": args, "by": by})


@pytest.fixture
def domain() -> Domain:
    return library()


@pytest.fixture
def renewal(domain: Domain) -> Task:
    """Gold: get_loan(L7), renew(L7); to be said: 2026-02-07."""
    return task_of(domain, "renew-1")


SAID = "It is due on 2026-02-07."
GOLD = (call("get_loan", loan="L7"), call("renew", loan="L7"))


async def played(domain: Domain, task: Task, *steps: Step, **fields: Any) -> TrialRecord:
    """The record of a trial in which these things happened, its checks evaluated.

    A text is the agent's, or the user's when it begins with `user:`.
    """
    world = World(domain, task)
    events: list[Event] = []
    for step in steps:
        if isinstance(step, Action):
            events.append(Event(kind="call", call=await world.act(step)))
        elif isinstance(step, str):
            user = step.startswith("user:")
            events.append(Event(kind="user" if user else "answer", text=step))
        else:
            events.append(step)
    gold = await gold_run(domain, task)
    checks = await evaluate(task, world.initial, world.state.root, events, gold, domain)
    ending = fields.get("ending", "finished")
    given = {
        "outcome": outcome_of(ending, checks, world.calls), "ending": ending, "checks": checks,
        "events": tuple(events), "key": "k", "domain": domain.name, "task": task.id,
        "trial": 0, "seed": 0, **fields,
    }  # fmt: skip
    return TrialRecord(**given)


async def cause(domain: Domain, task: Task, *steps: Step, **fields: Any) -> Attribution:
    record = await played(domain, task, *steps, **fields)
    found = attribute(record, task, await gold_run(domain, task))
    assert found is not None
    return found


# The state


async def test_a_trial_that_passed_has_no_cause(domain: Domain, renewal: Task) -> None:
    record = await played(domain, renewal, "user: L7", *GOLD, SAID)
    assert record.outcome == "passed"
    assert attribute(record, renewal, await gold_run(domain, renewal)) is None


async def test_the_right_tool_on_the_wrong_row_is_a_wrong_write(
    domain: Domain, renewal: Task
) -> None:
    found = await cause(domain, renewal, GOLD[0], call("renew", loan="L9"), SAID)
    assert (found.cause, found.event, found.parted) == ("wrong_write", 1, 1)
    assert found.detail == (
        'The agent called renew(loan="L9"): /loans/L9/due became "2026-01-30" and was to be'
        ' "2026-01-09". The gold run has renew(loan="L7").'
    )


async def test_a_write_like_none_of_the_gold_ones_is_an_extra_write(
    domain: Domain, renewal: Task
) -> None:
    task = changed(renewal, checks=[{"state": "gold"}])
    found = await cause(domain, task, *GOLD, call("pay_fees", card="C-11"), SAID)
    assert (found.cause, found.event, found.parted) == ("extra_write", 2, 2)
    assert found.detail == (
        'The agent called pay_fees(card="C-11"): /members/C-11/fees became 0 and was to be 4.5.'
    )


async def test_a_gold_write_made_twice_is_one_too_many(domain: Domain, renewal: Task) -> None:
    found = await cause(domain, renewal, *GOLD, GOLD[1], SAID)
    assert (found.cause, found.event) == ("extra_write", 2)


async def test_a_gold_write_that_was_never_made_is_missing_and_parts_nothing(
    domain: Domain, renewal: Task
) -> None:
    found = await cause(domain, renewal, GOLD[0], SAID)
    assert (found.cause, found.event, found.parted) == ("missing_write", None, None)
    assert found.detail == (
        'renew(loan="L7") was never made. /loans/L7/due is "2026-01-17", wanted "2026-02-07".'
    )


async def test_gold_writes_in_another_order_part_nothing(domain: Domain, renewal: Task) -> None:
    gold = [{"tool": "renew", "args": {"loan": each}} for each in ("L7", "L9")]
    gold += [{"tool": "pay_fees", "args": {"card": "C-13"}}]
    task = changed(renewal, gold=gold, checks=[{"state": "gold"}])
    found = await cause(
        domain, task, call("pay_fees", card="C-13"), call("renew", loan="L9"), "Done."
    )
    assert (found.cause, found.parted) == ("missing_write", None)
    assert found.detail.startswith('renew(loan="L7") was never made')


async def test_gold_writes_to_one_place_in_part_are_missing_writes(
    domain: Domain, renewal: Task
) -> None:
    gold = [GOLD[1].model_dump()] * 2
    task = changed(renewal, gold=gold, checks=[{"state": "gold"}])
    found = await cause(domain, task, GOLD[1], "Done.")
    assert (found.cause, found.parted) == ("missing_write", None)


async def test_what_no_failed_check_looks_at_is_not_the_cause(domain: Domain) -> None:
    """The user's return of a book parts the states, and no check minds."""
    task = changed(
        task_of(domain, "return-1"),
        gold=[{"tool": "pay_fees", "args": {"card": "C-11"}}],
        checks=[{"state": {"/members/C-11/fees": 0}}, {"said": ["$4.50"]}],
    )
    returned = call("return_book", by="user", loan="L7")
    found = await cause(domain, task, returned, call("pay_fees", card="C-11"), "Paid.")
    assert (found.cause, found.parted) == ("not_communicated", 0)


async def test_the_first_of_several_mistakes_is_the_cause(domain: Domain, renewal: Task) -> None:
    found = await cause(
        domain, renewal, call("pay_fees", card="C-11"), call("renew", loan="L9"), "Done."
    )
    assert (found.cause, found.event) == ("extra_write", 0)


async def test_what_lies_outside_of_what_may_change_is_an_extra_write(
    domain: Domain, renewal: Task
) -> None:
    task = changed(renewal, checks=[{"unchanged_except": ["/loans/L7"]}])
    found = await cause(domain, task, *GOLD, call("pay_fees", card="C-11"), SAID)
    assert (found.cause, found.event) == ("extra_write", 2)


async def test_a_write_where_nothing_was_to_change_is_an_extra_write(domain: Domain) -> None:
    task = changed(task_of(domain, "refuse-1"), checks=[{"state": "gold"}])
    found = await cause(domain, task, "user: Renew L9", call("renew", loan="L9"), "Done.")
    assert (found.cause, found.event, found.parted) == ("extra_write", 1, 1)


async def test_a_users_own_foreign_write_is_the_users(domain: Domain, renewal: Task) -> None:
    found = await cause(domain, renewal, *GOLD, call("return_book", by="user", loan="L9"), SAID)
    assert (found.cause, found.event) == ("user_simulator", 2)
    assert found.detail.startswith('The user called return_book(loan="L9")')


# Boxes: any write can be made and mended


@writes
def put(state: State, box: str, value: int) -> str:
    """Put a value into a box."""
    state.set("boxes", box, to=value)
    return "done"


@writes
def add(state: State, box: str, value: int) -> str:
    """Add to the value in a box."""
    state.set("boxes", box, to=state.get("boxes", box) + value)
    return "done"


@writes
def empty(state: State, box: str) -> str:
    """Take what is in a box."""
    if not state.get("boxes", box):
        raise ToolError("it is empty.")
    state.set("boxes", box, to=0)
    state.set("taken", to=True)
    return "done"


@pytest.fixture
def boxes() -> Domain:
    root = {"boxes": dict.fromkeys("abcdef", 0), "taken": False}
    return Domain("boxes", "", root, named([put, add, empty], "boxes"))


def boxed(*gold: Action) -> Task:
    return Task(id="boxes", gold=gold, checks=(StateCheck(state="gold"),))


async def test_a_wrong_write_that_was_mended_is_not_to_blame(boxes: Domain) -> None:
    task = boxed(call("put", box="a", value=1))
    slip, mended, late = (call("put", box="b", value=each) for each in (5, 0, 7))
    found = await cause(boxes, task, slip, mended, call("put", box="a", value=2), late)
    assert (found.cause, found.event, found.parted) == ("wrong_write", 2, 2)


async def test_a_missing_write_says_when_it_was_tried_and_refused(boxes: Domain) -> None:
    task = boxed(call("put", box="a", value=1), call("empty", box="a"))
    found = await cause(boxes, task, "user: hi", call("empty", box="a"), "I could not.")
    assert (found.cause, found.event, found.parted) == ("missing_write", 1, None)
    assert found.detail == (
        'empty(box="a") was never made. /taken is false, wanted true.'
        " It was refused: Error: it is empty."
    )


async def test_a_wiped_table_is_told_in_time() -> None:
    @writes
    def wipe(state: State) -> str:
        """Remove all."""
        for key in state.keys("rows"):
            state.remove("rows", key)
        return "done"

    root = {"rows": {str(number): {"value": number} for number in range(5_000)}}
    vast = Domain("vast", "", root, named([wipe], "vast"))
    began = time.process_time()
    found = await cause(vast, boxed(), call("wipe"), "Done.")
    assert (found.cause, found.event, found.parted) == ("extra_write", 0, 0)
    assert time.process_time() - began < 5


async def test_steps_that_build_on_each_other_may_come_in_any_order(boxes: Domain) -> None:
    steps = [call("add", box="a", value=each) for each in (1, 2, 4)]
    task = boxed(*steps, call("put", box="c", value=1))
    found = await cause(boxes, task, steps[2], steps[0], call("add", box="b", value=1))
    assert (found.cause, found.event, found.parted) == ("wrong_write", 2, 2)
    found = await cause(boxes, task, steps[2], steps[0], "Done.")
    assert (found.cause, found.parted) == ("missing_write", None)


@pytest.mark.parametrize("seed", range(15))
async def test_a_foreign_write_among_gold_ones_in_any_order_is_where_the_states_parted(
    boxes: Domain, seed: int
) -> None:
    draw = random.Random(seed)
    gold = [call("put", box=box, value=draw.randint(1, 9)) for box in "abcde"]
    steps = draw.sample(gold, k=draw.randint(0, 5))
    foreign = draw.randint(0, len(steps))
    steps.insert(foreign, call("put", box="f", value=3))
    found = await cause(boxes, boxed(*gold), *steps)
    assert (found.event, found.parted) == (foreign, foreign)
    assert found.cause == ("extra_write" if len(steps) == 6 else "wrong_write")


# Calls that could not be read


async def test_a_gold_call_refused_for_its_arguments_and_never_mended(
    domain: Domain, renewal: Task
) -> None:
    found = await cause(domain, renewal, GOLD[0], call("renew", number="L7"), SAID)
    assert (found.cause, found.event, found.parted) == ("invalid_arguments", 1, None)
    assert 'renew(loan="L7") was never made' in found.detail


async def test_a_mended_call_is_not_the_cause(domain: Domain, renewal: Task) -> None:
    found = await cause(domain, renewal, call("renew", number="L7"), *GOLD, "It is renewed.")
    assert found.cause == "not_communicated"


@pytest.mark.parametrize("tool", ["renew_loan", "loan_renew", "extend"])
async def test_a_tool_that_is_not_there_in_place_of_a_gold_one(
    domain: Domain, renewal: Task, tool: str
) -> None:
    found = await cause(domain, renewal, GOLD[0], call(tool, loan="L7"), SAID)
    assert (found.cause, found.event) == ("unknown_tool", 1)


async def test_an_unknown_tool_that_has_nothing_to_do_with_it(
    domain: Domain, renewal: Task
) -> None:
    found = await cause(domain, renewal, GOLD[0], call("weather", city="Oslo"), SAID)
    assert found.cause == "missing_write"


async def test_a_reading_tool_called_wrongly_is_why_there_is_no_answer(domain: Domain) -> None:
    task = task_of(domain, "count-1")
    found = await cause(domain, task, call("find_member", id="C-11"), "I cannot tell.")
    assert (found.cause, found.event) == ("invalid_arguments", 0)


async def test_a_call_that_came_as_a_malformed_message(domain: Domain, renewal: Task) -> None:
    written = Event(kind="note", text='{"name": "renew"', malformed="no recipient")
    found = await cause(domain, renewal, GOLD[0], written, SAID)
    assert (found.cause, found.event) == ("model_format", 1)


async def test_an_answer_that_the_user_never_heard_as_it_was_malformed(
    domain: Domain, renewal: Task
) -> None:
    unheard = Event(kind="note", text=SAID, malformed="not on the final channel")
    found = await cause(domain, renewal, *GOLD, unheard, "Done.")
    assert (found.cause, found.event) == ("model_format", 2)


# Other checks


async def test_what_was_not_said_is_not_communicated(domain: Domain, renewal: Task) -> None:
    found = await cause(domain, renewal, *GOLD, "It is renewed.")
    assert (found.cause, found.event, found.parted) == ("not_communicated", None, None)
    assert "2026-02-07" in found.detail


async def test_a_wrong_answer_stands_where_it_was_given(domain: Domain) -> None:
    task = task_of(domain, "count-1")
    found = await cause(domain, task, "user: ?", call("find_member", card="C-11"), r"\boxed{3}")
    assert (found.cause, found.event) == ("not_communicated", 2)
    assert "the answer is 3" in found.detail


async def test_a_forbidden_call_is_a_wrong_call(domain: Domain) -> None:
    task = task_of(domain, "refuse-1")
    found = await cause(domain, task, "user: L8", call("renew", loan="L8"), "It is reserved.")
    assert (found.cause, found.event) == ("wrong_call", 1)


async def test_a_call_that_was_to_be_made_and_was_not(domain: Domain, renewal: Task) -> None:
    found = await cause(domain, renewal, GOLD[1], SAID)
    assert (found.cause, found.event) == ("wrong_call", None)


async def test_what_a_judge_found_wanting_is_judged(domain: Domain) -> None:
    task = changed(task_of(domain, "return-1"), checks=[{"judge": "The agent is polite."}])
    rude = CheckResult(check={"judge": "The agent is polite."}, passed=False, detail="It shouts.")
    found = await cause(domain, task, "GO AWAY", outcome="failed", checks=(rude,))
    assert found.cause == "judged"
    assert found.detail.endswith("It shouts.")


# How it ended


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("user", "user_simulator"),
        ("model", "model"),
        ("environment", "environment"),
        ("harness", "harness"),
        ("cancelled", "harness"),
    ],
)
async def test_a_part_that_is_not_the_agent_comes_before_all(
    domain: Domain, renewal: Task, ending: str, expected: str
) -> None:
    wrong = call("renew", loan="L9")
    found = await cause(domain, renewal, wrong, ending=ending, detail="it broke")
    assert (found.cause, found.parted) == (expected, 0)
    assert found.detail == "It broke."


async def test_a_tool_whose_code_failed_is_the_environments(domain: Domain, renewal: Task) -> None:
    task = changed(
        renewal, init=[{"set": "/loans/L7", "to": {"book": "B1"}}], checks=[{"said": ["x"]}]
    )
    found = await cause(domain, task, call("renew", loan="L7"), "Sorry.")
    assert (found.cause, found.event) == ("environment", 0)
    assert "KeyError" in found.detail


async def test_a_limit_is_the_cause_unless_the_states_had_parted(
    domain: Domain, renewal: Task
) -> None:
    limited = {"ending": "limit", "limit": "turns", "detail": "more than 6 turns."}
    found = await cause(domain, renewal, GOLD[0], "Which loan?", **limited)
    assert (found.cause, found.detail) == ("limit", "The trial took more than 6 turns.")
    found = await cause(domain, renewal, call("renew", loan="L9"), "Which?", **limited)
    assert found.cause == "wrong_write"


async def test_too_many_errors_are_laid_to_what_they_were(domain: Domain, renewal: Task) -> None:
    limited = {"ending": "limit", "limit": "tool_errors"}
    unknown = [call("weather", city="Oslo")] * 3
    found = await cause(domain, renewal, "user: hi", *unknown, **limited)
    assert (found.cause, found.event) == ("unknown_tool", 1)
    refused = [call("renew", loan="L8")] * 3
    found = await cause(domain, renewal, "user: hi", *refused, **limited)
    assert found.cause == "limit"


async def test_an_agent_that_raises_is_a_crash(domain: Domain, renewal: Task) -> None:
    found = await cause(
        domain, renewal, *GOLD, ending="agent", detail="the agent failed: ValueError: no"
    )
    assert (found.cause, found.detail) == ("agent_crash", "The agent failed: ValueError: no.")


async def test_an_agent_whose_last_message_could_not_be_read_has_lost_the_format(
    domain: Domain, renewal: Task
) -> None:
    broken = Event(kind="note", text="<|chan", malformed="no header")
    found = await cause(domain, renewal, *GOLD, broken, ending="agent")
    assert (found.cause, found.event) == ("model_format", 2)


# The user


async def test_a_user_who_leaves_while_the_agent_asks_is_to_blame(
    domain: Domain, renewal: Task
) -> None:
    found = await cause(
        domain, renewal, "user: renew L7", GOLD[0], "Shall I renew L7?", "user: Yes. Bye!"
    )
    assert (found.cause, found.event) == ("user_simulator", 2)
    assert "Shall I renew L7?" in found.detail


@pytest.mark.parametrize(
    "last",
    [
        "It is done. Is there anything else I can do for you?",
        "How can I help you today?",
        "I have renewed it.",
    ],
)
async def test_a_user_who_leaves_when_the_agent_seems_done_is_not(
    domain: Domain, renewal: Task, last: str
) -> None:
    found = await cause(domain, renewal, "user: renew L7", GOLD[0], last)
    assert found.cause == "missing_write"


async def test_a_user_need_not_answer_the_same_question_twice(
    domain: Domain, renewal: Task
) -> None:
    found = await cause(domain, renewal, "Which loan?", "user: L7", "Hm. Which loan?", "user: Bye")
    assert found.cause == "missing_write"


# Trials that were really played


async def looks(toolbox: Toolbox) -> None:
    await toolbox.call("get_loan", {"loan": "L7"})


async def raises(toolbox: Toolbox, heard: str) -> str:
    raise ValueError("no idea")


async def hangs(toolbox: Toolbox, heard: str) -> str:
    await asyncio.sleep(60)
    return "Late."


async def writes_broken_json(toolbox: Toolbox, heard: str) -> str:
    await looks(toolbox)
    await toolbox.call("renew", '{"loan": "L7')
    return SAID


async def calls_the_users_tool(toolbox: Toolbox, heard: str) -> str:
    await looks(toolbox)
    await toolbox.call("return_book", {"loan": "L7"})
    return SAID


async def never_stops(toolbox: Toolbox, heard: str) -> str:
    while True:
        await looks(toolbox)


async def renews_another(toolbox: Toolbox, heard: str) -> str:
    await looks(toolbox)
    await toolbox.call("renew", {"loan": "L9"})
    return SAID


async def claims(toolbox: Toolbox, heard: str) -> str:
    await looks(toolbox)
    return f"I renewed it. {SAID}"


async def asks_first(toolbox: Toolbox, heard: str) -> str:
    await looks(toolbox)
    return "Shall I renew L7 until 2026-02-07?"


@pytest.mark.parametrize(
    ("answer", "expected", "event"),
    [
        (raises, "agent_crash", None),
        (hangs, "limit", 0),
        (writes_broken_json, "invalid_arguments", 2),
        (calls_the_users_tool, "unknown_tool", 2),
        (never_stops, "limit", 4),
        (renews_another, "wrong_write", 2),
        (claims, "missing_write", None),
        (asks_first, "user_simulator", 2),
    ],
)
async def test_what_bad_agents_did_is_told_from_their_trials(
    domain: Domain, renewal: Task, answer: Answer, expected: str, event: int | None
) -> None:
    gold = renewal.gold[-1]
    if answer is calls_the_users_tool:
        gold = call("return_book", by="user", loan="L7")
    task = changed(renewal, limits={"calls": 4, "seconds": 2}, gold=[GOLD[0], gold])
    record = await run_trial(Trial(domain, task), FunctionAgent(answer), LineUser(["Renew L7."]))
    assert record.attribution is not None
    assert (record.attribution.cause, record.attribution.event) == (expected, event)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('<|channel|>commentary to=functions.renew<|message|>{"loan": <|call|>',
         "invalid_arguments"),
        ('<|channel|>commentary to=functions.renew<|message|>{"book": "B1"}<|call|>',
         "invalid_arguments"),
        ('<|channel|>commentary to=functions.extend<|message|>{"loan": "L7"}<|call|>',
         "unknown_tool"),
    ],
)  # fmt: skip
async def test_what_a_model_wrote_wrongly_is_told_from_its_trial(
    domain: Domain, renewal: Task, written: str, expected: str
) -> None:
    model = ScriptedModel([written, "<|channel|>final<|message|>Done.<|return|>"])
    agent = AgentUnderTest(Agent(model))
    record = await run_trial(Trial(domain, renewal), agent, LineUser(["Renew L7."]))
    await agent.close()
    assert record.attribution is not None
    assert record.attribution.cause == expected, record.model_dump_json(indent=1)
