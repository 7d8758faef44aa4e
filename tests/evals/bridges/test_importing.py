"""Domains of tau-bench and tau2-bench become folders that are played as they are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.errors import UserError
from agentkit.evals.bridges import tau1, tau2
from agentkit.evals.bridges.importing import import_domain
from agentkit.evals.domain import load_domain
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.players.plain import GoldAgent, NoopAgent
from agentkit.evals.world import World
from tests.evals.support import LineUser

FILES = {
    "__init__.py": "",
    "types.py": """
class Action:
    def __init__(self, name, kwargs): self.name, self.kwargs = name, kwargs
class Task:
    def __init__(self, user_id, actions, instruction, outputs):
        self.user_id, self.actions = user_id, actions
        self.instruction, self.outputs = instruction, outputs
""",
    "envs/__init__.py": "",
    "envs/shop/__init__.py": "",
    "envs/shop/wiki.md": "# Shop policy\n\nCancel what is asked for.\n",
    "envs/shop/rules.py": "RULES = []\n",
    "envs/shop/data/__init__.py": """
def load_data():
    return {"orders": {"W1": {"status": "open", "total": 12.5}, "W2": {"status": "sent"}}}
""",
    "envs/shop/tools/__init__.py": """
class CancelOrder:
    @staticmethod
    def invoke(data, order_id):
        if order_id not in data["orders"]:
            return "Error: order not found"
        data["orders"][order_id]["status"] = "cancelled"
        return "cancelled"
    @staticmethod
    def get_info():
        return {"type": "function", "function": {
            "name": "cancel_order", "description": "Cancel.", "parameters": {
                "type": "object", "properties": {"order_id": {"type": "string"}},
                "required": ["order_id"]}}}
ALL_TOOLS = [CancelOrder]
""",
    "envs/shop/tasks_test.py": """
from tau_bench.types import Action, Task
TASKS_TEST = [
    Task("u1", [Action("cancel_order", {"order_id": "W1"})], "Cancel W1.", ["12.5"]),
    Task("u2", [Action("respond", {"content": "no"})], "Ask for the moon.", []),
]
""",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of tau-bench's layout, with a domain of two orders."""
    folder = tmp_path_factory.mktemp("tau-bench")
    for name, text in FILES.items():
        file = folder / "tau_bench" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder


async def test_a_domain_of_tau_bench_is_played_from_its_checkout(checkout: Path) -> None:
    domain = tau1.load("shop", checkout)
    assert [task.noop for task in domain.tasks("test")] == ["fail", "pass"]
    for task in domain.tasks():
        user = LineUser([task.user.goal])
        assert (await run_trial(Trial(domain, task), GoldAgent(domain), user)).outcome == "passed"
        idle = await run_trial(Trial(domain, task), NoopAgent(), LineUser(["Hello."]))
        assert (idle.outcome == "passed") == (task.noop == "pass")


async def test_a_failed_call_of_tau_bench_changes_nothing_and_says_why(checkout: Path) -> None:
    domain = tau1.load("shop", checkout)
    world = World(domain, domain.tasks()[0])
    refused = await world.call("cancel_order", {"order_id": "W9"})
    wrong = await world.call("cancel_order", {"order": "W1"})
    done = await world.call("cancel_order", {"order_id": "W1"})
    assert (refused.fault, refused.result) == ("refused", "Error: order not found")
    assert wrong.fault == "invalid_arguments"
    assert [(each.path, each.value) for each in done.writes] == [("/orders/W1/status", "cancelled")]


@pytest.mark.parametrize("name", ["mock", "telecom"])
async def test_an_imported_domain_is_the_one_it_was_imported_from(
    name: str, tmp_path: Path
) -> None:
    original = tau2.load(name)
    folder = import_domain("tau2", None, tmp_path / "out", name)
    read = load_domain(folder)
    assert read.splits == {split: list(tasks) for split, tasks in original.splits.items()}
    assert read.root == original.root
    assert read.greeting == original.greeting
    assert [each.schema for each in read.tools.values()] == [
        each.schema for each in original.tools.values()
    ]
    task = read.tasks()[0]
    ours, theirs = World(read, task), World(original, task)
    for action in task.gold:
        assert (await ours.act(action)).result == (await theirs.act(action)).result
    assert ours.state.root == theirs.state.root


def test_tau_benchs_domain_can_be_imported_and_nothing_is_overwritten(
    checkout: Path, tmp_path: Path
) -> None:
    envs = checkout / "tau_bench" / "envs"
    folder = import_domain("tau1", envs / "shop", tmp_path / "shop")
    assert [task.id for task in load_domain(folder).tasks("test")] == ["test-0", "test-1"]
    with pytest.raises(UserError, match="is not empty"):
        import_domain("tau1", checkout, folder, "shop")
    with pytest.raises(UserError, match="no checkout of tau-bench with a domain 'hotel'"):
        tau1.load("hotel", checkout)
