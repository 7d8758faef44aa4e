"""tau2-bench's own view of our trials: a trajectory of its messages, and its evaluator's reward."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator
from typing import Any

from agentkit.evals.records import TrialRecord

SIDES = {"agent": "assistant", "user": "user"}


@functools.cache
def evaluator(name: str) -> Any:
    """A function of a tau2 task and a trajectory: `name`d domain, tau2's own reward.

    Its DB, COMMUNICATE, ENV_ASSERTION and ACTION evaluators run unchanged. Databases are read once:
    every evaluation gets one whose rows are copied when they are looked up.
    """
    from tau2.evaluator.evaluator_action import ActionEvaluator
    from tau2.evaluator.evaluator_communicate import CommunicateEvaluator
    from tau2.evaluator.evaluator_env import EnvironmentEvaluator

    module = domain_module(name)
    pristine = module.get_environment().tools.db
    digest = pristine.get_hash()

    def environment(solo_mode: bool = False) -> Any:
        tables = {key: Rows(getattr(pristine, key)) for key in type(pristine).model_fields}
        return module.get_environment(db=type(pristine).model_construct(**tables))

    def reward(task: Any, trajectory: list[Any]) -> float:
        parts = {
            "DB": EnvironmentEvaluator.calculate_reward(environment, task, trajectory),
            "ACTION": ActionEvaluator.calculate_reward(task, trajectory),
            "COMMUNICATE": CommunicateEvaluator.calculate_reward(task, trajectory),
        }
        basis = {each.value for each in task.evaluation_criteria.reward_basis}
        assert basis <= parts.keys()
        product = 1.0
        for each in basis:
            product *= parts[each].reward
        return product

    def unharmed() -> bool:
        return bool(pristine.get_hash() == digest)

    reward.unharmed = unharmed  # type: ignore[attr-defined]
    return reward


class Rows(dict[str, Any]):
    """A table whose rows become copies of its own when they are looked up."""

    def __init__(self, rows: dict[str, Any]) -> None:
        super().__init__(rows)
        self.own: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        if key not in self.own and key in self:
            self[key] = copy.deepcopy(super().__getitem__(key))
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.own.add(key)
        super().__setitem__(key, value)


def domain_module(name: str) -> Any:
    """tau2's module of a domain."""
    import importlib

    return importlib.import_module(f"tau2.domains.{name}.environment")


@functools.cache
def tasks(name: str) -> dict[str, Any]:
    """tau2's tasks by id."""
    return {task.id: task for task in domain_module(name).get_tasks(None)}


def trajectory(record: TrialRecord) -> list[Any]:
    """What happened in a trial of ours, as messages of tau2's."""
    return list(_messages(record))


def _messages(record: TrialRecord) -> Iterator[Any]:
    from tau2.data_model.message import AssistantMessage, ToolCall, ToolMessage, UserMessage

    for event in record.events:
        call = event.call
        if event.kind == "user":
            yield UserMessage(role="user", content=event.text)
        elif event.kind == "answer":
            yield AssistantMessage(role="assistant", content=event.text)
        elif call is not None:
            side, name = SIDES[call.by], f"call_{call.index}"
            asked = ToolCall(id=name, name=call.tool, arguments=call.args, requestor=side)
            speaks = AssistantMessage if call.by == "agent" else UserMessage
            yield speaks(role=side, tool_calls=[asked])
            error = bool(call.fault)
            yield ToolMessage(
                id=name, role="tool", content=call.result, requestor=side, error=error
            )


def canonical(value: Any) -> str:
    """As tau2 hashes a database."""
    return json.dumps(value, sort_keys=True, default=str)
