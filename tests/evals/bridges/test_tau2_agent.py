"""An agentkit agent plays under tau2-bench's own orchestrator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agentkit import Agent, ScriptedModel
from agentkit.evals.bridges import tau2_agent
from tests.evals.bridges import tau2_side

READ = "<|channel|>commentary to=functions.get_users <|constrain|>json<|message|>{}<|call|>"


def call(name: str, arguments: str) -> str:
    return f" to=functions.{name}<|channel|>commentary<|message|>{arguments}<|call|>"


def final(text: str) -> str:
    return f"<|channel|>final<|message|>{text}<|return|>"


def thinking(text: str) -> str:
    return f"<|channel|>analysis<|message|>{text}<|end|><|start|>assistant"


@pytest.fixture
def made() -> Iterator[list[tau2_agent.Factory]]:
    factories: list[tau2_agent.Factory] = []
    yield factories
    for each in factories:
        each.close()


def simulated(
    model: ScriptedModel, made: list[tau2_agent.Factory], *lines: str, seed: int | None = None
) -> Any:
    """What tau2's orchestrator makes of a mock task, with a user that says lines and stops."""
    from tau2.orchestrator.orchestrator import Orchestrator
    from tau2.user.base import BaseUser

    class Lines(BaseUser):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(instructions=None, llm=None, llm_args=None)
            self.left = [*lines, "###STOP###"]

        def get_init_state(self, message_history: Any = None) -> Any:
            from tau2.user.base import UserState

            return UserState(system_messages=[], messages=[])

        def generate_next_message(self, message: Any, state: Any) -> Any:
            from tau2.data_model.message import UserMessage

            return UserMessage(role="user", content=self.left.pop(0)), state

        @classmethod
        def is_stop(cls, message: Any) -> bool:
            return "###STOP###" in (message.content or "")

        def set_seed(self, seed: int) -> None:
            pass

        def stop(self, message: Any = None, state: Any = None) -> None:
            pass

    factory = tau2_agent.factory(Agent(model))
    made.append(factory)
    environment = tau2_side.domain_module("mock").get_environment()
    agent = factory(environment.get_tools(), environment.get_policy())
    task = tau2_side.tasks("mock")["create_task_1"]
    return task, Orchestrator("mock", agent, Lines(), environment, task, seed=seed).run()


def test_a_task_is_done_under_tau2s_orchestrator_and_gets_its_reward(
    made: list[tau2_agent.Factory],
) -> None:
    gold = tau2_side.tasks("mock")["create_task_1"].evaluation_criteria.actions[0]
    import json

    with ScriptedModel(
        [
            thinking("First the call.")
            + "<|channel|>commentary<|message|>One moment.<|end|><|start|>assistant"
            + call(gold.name, json.dumps(gold.arguments)),
            thinking("Done it is.") + final("The task is made."),
            final("You are welcome."),
        ]
    ) as model:
        task, run = simulated(model, made, "Make my task.", "Thanks.", seed=7)
    assert run.termination_reason == "user_stop"
    from tau2.evaluator.evaluator_env import EnvironmentEvaluator

    module = tau2_side.domain_module("mock")
    result = EnvironmentEvaluator.calculate_reward(module.get_environment, task, run.messages)
    assert result.reward == 1.0
    called = next(each for each in run.messages if each.role == "assistant" and each.tool_calls)
    assert called.content is None, "tau2 wants a text or calls, never both"
    assert called.raw_data["agentkit"]["reasoning"] == ["First the call."]
    assert called.raw_data["agentkit"]["preambles"] == ["One moment."]


def test_reasoning_is_kept_while_its_turn_is_open_and_dropped_after_it(
    made: list[tau2_agent.Factory],
) -> None:
    with ScriptedModel(
        [
            thinking("Secret plan.") + call("get_users", "{}"),
            thinking("More.") + final("Here they are."),
            final("Bye."),
        ]
    ) as model:
        simulated(model, made, "Who is there?", "Thanks.", seed=3)
    first, second, third = (model.prompt_text(n) for n in range(3))
    sampled = [*model.prompts[0]]
    assert model.prompts[1][: len(sampled)] == sampled, "the ledger goes on id by id"
    assert "Secret plan." in second
    assert "user_1" in second
    assert "Secret plan." not in third
    assert "Here they are." in third
    assert "namespace functions" in first
    assert "How can I help" not in first
    assert [each.sampling.seed for each in model.requests] == [3, 4, 5]


def test_errors_of_tools_and_unreadable_calls_come_back_to_the_model(
    made: list[tau2_agent.Factory],
) -> None:
    with ScriptedModel(
        [
            call("create_task", '{"user_id": "nobody", "title": "x"}'),
            call("create_task", '{"user_id": '),
            call("make_coffee", "{}"),
            final("It does not work."),
        ]
    ) as model:
        _, run = simulated(model, made, "Make my task.")
    results = [each for each in run.messages if each.role == "tool"]
    assert [each.error for each in results] == [True, True]
    assert "nobody" in model.prompt_text(1)
    assert "not valid JSON" in model.prompt_text(2)
    assert "not found" in model.prompt_text(3)


def test_a_turn_without_an_answer_is_told_and_does_not_end_the_simulation(
    made: list[tau2_agent.Factory],
) -> None:
    nothing = "<|channel|>final<|message|><|return|>"
    with ScriptedModel([nothing, nothing, final("Now I have.")]) as model:
        _, run = simulated(model, made, "Hello?", "Still there?")
    said = [each.content for each in run.messages if each.role == "assistant"]
    assert said[1:] == [tau2_agent.NO_ANSWER, "Now I have."]


def test_it_is_registered_under_a_name() -> None:
    from tau2.registry import registry

    tau2_agent.register(Agent(ScriptedModel([final("x")])), "agentkit-test")
    assert "agentkit-test" in registry.get_agents()
