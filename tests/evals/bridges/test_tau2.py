"""tau2-bench's domains, run here, get the rewards that its own evaluator gives."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import UserError
from agentkit.evals.agents import Briefing, EvalAgent
from agentkit.evals.bridges.tau2 import load
from agentkit.evals.domain import Domain
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.players.plain import GoldAgent, GoldPlayer, NoopAgent
from agentkit.evals.records import TrialRecord
from agentkit.evals.state import State
from agentkit.evals.task import HoldsCheck, Task
from agentkit.evals.world import World
from tests.evals.bridges import tau2_side
from tests.evals.support import LineUser

Change = Callable[[Domain, Task], Task]


@pytest.fixture(scope="module")
def domains() -> dict[str, Domain]:
    return {name: load(name) for name in ("airline", "retail", "mock", "telecom")}


async def played(domain: Domain, task: Task, agent: EvalAgent) -> TrialRecord:
    return await run_trial(Trial(domain, task), agent, LineUser(["Please do what I need."]))


@dataclass
class ChangedGold:
    """The gold agent for a task that was changed: it plays what is left of the gold actions."""

    domain: Domain
    change: Change

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"name": "changed gold"}

    def start(self, briefing: Briefing) -> GoldPlayer:
        task = next(each for each in self.domain.tasks() if each.id == briefing.task)
        return GoldPlayer(self.change(self.domain, task), briefing.toolbox)

    async def close(self) -> None:
        """Nothing to free."""


def without_last_write(domain: Domain, task: Task) -> Task:
    writes = [n for n, each in enumerate(task.gold) if domain.tools[each.tool].effect == "write"]
    left = [each for n, each in enumerate(task.gold) if n not in writes[-1:]]
    return task.model_copy(update={"gold": tuple(left)})


def writes_something(domain: Domain, task: Task) -> bool:
    return any(domain.tools[each.tool].effect == "write" for each in task.gold)


@pytest.mark.parametrize(("name", "number"), [("airline", 50), ("retail", 114)])
async def test_the_gold_actions_get_the_reward_that_tau2_gives_on_every_task(
    domains: dict[str, Domain], name: str, number: int
) -> None:
    domain, reward = domains[name], tau2_side.evaluator(name)
    agent = GoldAgent(domain)
    assert len(domain.tasks()) == number
    for task in domain.tasks():
        record = await played(domain, task, agent)
        theirs = reward(tau2_side.tasks(name)[task.id], tau2_side.trajectory(record))
        assert (record.outcome == "passed") == (theirs == 1.0), task.id
        assert record.outcome == "passed", (task.id, record.checks)
    assert reward.unharmed()


@pytest.mark.parametrize("name", ["airline", "retail"])
async def test_doing_nothing_or_less_gets_the_reward_that_tau2_gives(
    domains: dict[str, Domain], name: str
) -> None:
    domain, reward = domains[name], tau2_side.evaluator(name)
    less = ChangedGold(domain, without_last_write)
    for task in domain.tasks()[::8]:
        agents: list[EvalAgent] = [NoopAgent()]
        agents += [less] if writes_something(domain, task) else []
        for agent in agents:
            record = await played(domain, task, agent)
            theirs = reward(tau2_side.tasks(name)[task.id], tau2_side.trajectory(record))
            assert (record.outcome == "passed") == (theirs == 1.0), (task.id, agent)
    assert reward.unharmed()


async def test_it_is_known_which_tasks_doing_nothing_passes(domains: dict[str, Domain]) -> None:
    passed = {
        name: [
            task.id
            for task in domains[name].tasks()
            if (await played(domains[name], task, NoopAgent())).outcome == "passed"
        ]
        for name in ("airline", "retail")
    }
    declared = {
        name: [task.id for task in domains[name].tasks() if task.noop == "pass"] for name in passed
    }
    assert set(declared["airline"]) <= set(passed["airline"])
    assert set(declared["retail"]) <= set(passed["retail"])
    assert {name: len(ids) for name, ids in passed.items()} == {"airline": 19, "retail": 7}


@pytest.mark.parametrize("name", ["airline", "retail", "telecom", "mock"])
def test_the_state_is_the_database_as_tau2_hashes_it(domains: dict[str, Domain], name: str) -> None:
    environment = tau2_side.domain_module(name).get_environment()
    root = dict(domains[name].root)
    users = root.pop("user", None)
    again = type(environment.tools.db).model_validate(root)
    assert again.get_hash() == environment.tools.db.get_hash()
    if name == "telecom":
        theirs = environment.user_tools.db
        assert type(theirs).model_validate(users).get_hash() == theirs.get_hash()


async def test_telecoms_assertions_hold_after_its_gold_actions_as_tau2_says(
    domains: dict[str, Domain],
) -> None:
    domain = domains["telecom"]
    for task in domain.tasks()[::6]:
        world = World(domain, task)
        for action in task.gold:
            assert not (await world.act(action)).fault
        theirs = telecom_assertions(task)
        ours = [
            domain.assertions[check.holds.name](State(world.state.root), **check.holds.args)
            == check.holds.value
            for check in task.checks
            if isinstance(check, HoldsCheck)
        ]
        assert ours == theirs
        assert all(ours), task.id


def telecom_assertions(ours: Task) -> list[bool]:
    """What tau2's own environment says after the gold actions."""
    from tau2.data_model.message import ToolCall

    task = next(
        each
        for each in tau2_side.tasks("telecom").values()
        if each.id == ours.id or ours.note.endswith(each.id)
    )
    environment = tau2_side.domain_module("telecom").get_environment()
    environment.set_state(None, task.initial_state.initialization_actions, [])
    for each in task.evaluation_criteria.actions:
        side = each.requestor
        asked = ToolCall(id="1", name=each.name, arguments=each.arguments, requestor=side)
        environment.get_response(asked)
    return [
        environment.run_env_assertion(each, raise_assertion_error=False)
        for each in task.evaluation_criteria.env_assertions
    ]


async def test_a_call_of_a_reading_tool_leaves_what_trials_share_as_it_was(
    domains: dict[str, Domain],
) -> None:
    domain = domains["airline"]
    before = tau2_side.canonical(domain.root)
    task = domain.tasks()[0]
    for _ in range(2):
        world = World(domain, task)
        for action in domain.tasks()[5].gold:
            await world.act(action)
    assert tau2_side.canonical(domain.root) == before


async def test_wrong_arguments_and_tau2s_refusals_are_told_apart(
    domains: dict[str, Domain],
) -> None:
    world = World(domains["retail"], domains["retail"].tasks()[0])
    missing = await world.call("get_order_details", {"order": "#W1"})
    refused = await world.call("get_order_details", {"order_id": "#W1"})
    unknown = await world.call("get_order", {"order_id": "#W1"})
    assert (missing.fault, refused.fault) == ("invalid_arguments", "refused")
    assert refused.result == "Error: Order not found"
    assert unknown.fault == "unknown_tool"


def test_a_reward_that_needs_a_model_is_not_measured_without_one() -> None:
    from tau2.data_model.tasks import EvaluationCriteria

    from agentkit.evals.bridges.tau2_tasks import converted

    theirs = tau2_side.tasks("retail")["0"]
    criteria = EvaluationCriteria(
        actions=theirs.evaluation_criteria.actions,
        nl_assertions=["The agent is kind."],
        reward_basis=["DB", "NL_ASSERTION"],
    )
    task = converted(theirs.model_copy(update={"evaluation_criteria": criteria}), (), ())
    shown = [each.model_dump(by_alias=True) for each in task.checks]
    assert shown == [{"state": "gold"}, {"judge": "The agent is kind.", "required": True}]


def test_a_trial_costs_a_twentieth_of_what_it_costs_in_tau2(domains: dict[str, Domain]) -> None:
    import asyncio

    async def all_of(domain: Domain) -> None:
        for task in domain.tasks():
            world = World(domain, task)
            for action in task.gold:
                await world.act(action)

    for name in ("airline", "retail"):
        started = time.process_time()
        asyncio.run(all_of(domains[name]))
        spent = (time.process_time() - started) / len(domains[name].tasks())
        started = time.process_time()
        tau2_side.domain_module(name).get_environment()
        assert spent < (time.process_time() - started) / 5, name


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("hotel", None, "there are: airline, mock, retail, telecom"),
        ("retail", "/nowhere", "/nowhere is no checkout of tau2-bench"),
        ("telecom-nonsense", None, "Invalid policy type"),
    ],
)
def test_what_cannot_be_loaded_is_said(name: str, path: str | None, words: str) -> None:
    load("mock")
    with pytest.raises(UserError, match=words):
        load(name, Path(path) if path else None)
