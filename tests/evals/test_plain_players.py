"""Players without a model: the gold agent, noop, replays; and agents found by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit import Agent, ScriptedModel, UserError
from agentkit.evals import load_domain
from agentkit.evals.agents import EvalAgent, EvalUser
from agentkit.evals.gold import gold_run
from agentkit.evals.players import AgentUnderTest, GoldAgent, NoopAgent, ReplayAgent, load_agent
from agentkit.evals.records import Event
from agentkit.evals.users import ReplayUser, ScriptedUser
from tests.evals.boxes import Table
from tests.evals.support import copy_library, library, task_of
from tests.scripts import call, final, think


def table(task: str = "renew-1") -> Table:
    domain = library()
    return Table(domain, task_of(domain, task))


async def converse(at: Table, agent: EvalAgent, user: EvalUser) -> Table:
    """A trial without the runner's bookkeeping."""
    player = agent.start(at.briefing())
    partner = user.start(at.task.user, at.user, 1)
    heard = at.world.domain.greeting
    for _ in range(at.task.limits.turns):
        utterance = await partner.say(heard)
        if utterance.text:
            at.events.append(Event(kind="user", text=utterance.text))
        if utterance.leaves:
            break
        heard = (await player.reply(utterance.text)).text
        at.events.append(Event(kind="answer", text=heard))
    await player.close()
    await partner.close()
    return at


@pytest.mark.parametrize("task", ["renew-1", "fees-1", "refuse-1", "return-1", "count-1"])
async def test_the_gold_agent_solves_every_task(task: str) -> None:
    at = await converse(table(task), GoldAgent(library()), ScriptedUser())
    gold = await gold_run(at.world.domain, at.task)
    assert at.world.state.root == gold.root
    assert not [each for each in at.world.calls if each.fault]


async def test_the_gold_agent_says_what_is_looked_for_and_repeats_its_answer() -> None:
    player = GoldAgent(library()).start(table("fees-1").briefing())
    assert "$1,204.50 ; 1204.5" in (await player.reply("Pay.")).text
    assert (await player.reply("Thanks.")).text == "Done."
    player = GoldAgent(library()).start(table("count-1").briefing())
    assert (await player.reply("How many?")).text == r"The answer is \boxed{2}."
    assert (await player.reply("Sure?")).text == r"The answer is \boxed{2}."


async def test_the_gold_agent_waits_for_the_user_between_its_own_actions(tmp_path: Path) -> None:
    gold = [
        {"tool": "get_loan", "args": {"loan": "L7"}},
        {"tool": "return_book", "args": {"loan": "L7"}, "by": "user"},
        {"tool": "pay_fees", "args": {"card": "C-11"}},
    ]
    script = [
        {"say": "Hello."},
        {"call": {"tool": "return_book", "args": {"loan": "L7"}}, "say": "It is in the box."},
    ]
    task = {
        "id": "turns", "gold": gold, "user": {"script": script}, "checks": [{"state": "gold"}],
    }  # fmt: skip
    domain = load_domain(copy_library(tmp_path, test_jsonl=json.dumps(task)))
    at = await converse(Table(domain, task_of(domain, "turns")), GoldAgent(domain), ScriptedUser())
    assert [each.tool for each in at.world.calls] == ["get_loan", "return_book", "pay_fees"]


async def test_noop_refuses_and_calls_nothing() -> None:
    at = await converse(table(), NoopAgent(), ScriptedUser())
    assert at.world.calls == []
    assert ("answer", "I cannot help with that.") in at.told()


async def test_a_recorded_trial_is_played_again_word_for_word() -> None:
    model = ScriptedModel(
        [
            think("Hm.") + final("Which number?"),
            "<|channel|>commentary to=functions.renew json<|message|>L7, please<|call|>",
            call("renew", loan="L7"),
            final("Due on 2026-02-07."),
        ]
    )
    at = await converse(table(), AgentUnderTest(Agent(model)), ScriptedUser())
    record = at.record()
    again = await converse(table(), ReplayAgent(record), ReplayUser(record))
    assert again.told() == at.told()
    assert again.world.state.root == at.world.state.root
    assert [each.raw for each in again.world.calls] == [each.raw for each in at.world.calls]


async def test_a_replay_stops_where_the_agent_gave_no_answer() -> None:
    at = table()
    at.events.append(Event(kind="user", text="Renew L7."))
    record = at.record(ending="model", outcome="not_measured", detail="out of memory")
    reply = await ReplayAgent(record).start(at.briefing()).reply("Renew L7.")
    assert (reply.text, reply.stopped, reply.detail) == ("", "model", "out of memory")


def test_agents_are_found_by_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from agentkit import Agent, ScriptedModel\n"
        "from agentkit.evals.players import NoopAgent\n"
        "agent = Agent(ScriptedModel([]), name='mine')\n"
        "def make(): return NoopAgent()\n"
        "def fail(): raise RuntimeError('no luck')\n"
        "number = 3\n"
    )
    assert load_agent(f"{file}:agent").settings["name"] == "mine"
    assert load_agent(f"{file}:make").settings["name"] == "noop"
    assert load_agent(f"{file}:NoopAgent").settings["name"] == "noop"
    with pytest.raises(UserError, match=r"fail\(\) failed: RuntimeError: no luck"):
        load_agent(f"{file}:fail")
    with pytest.raises(UserError, match="is a int and no agent"):
        load_agent(f"{file}:number")
    with pytest.raises(UserError, match="has nothing named other"):
        load_agent(f"{file}:other")
