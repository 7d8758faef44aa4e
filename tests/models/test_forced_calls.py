"""A call that must come first, and that somebody must approve: bound by a real model's grammar."""

from __future__ import annotations

import pytest

from agentkit import Agent, Limits, RunResult, RunState, Sampling, ScriptedModel, tool
from agentkit.models.transformers import TransformersModel
from tests.scripts import call, final

deleted: list[str] = []


@pytest.fixture(autouse=True)
def nothing_deleted() -> None:
    """What the tool did in other tests does not count."""
    deleted.clear()


@tool(needs_approval=True)
def delete(number: int) -> str:
    """Delete a page."""
    deleted.append(str(number))
    return "deleted"


@tool
def look(number: int) -> str:
    """Look at a page."""
    return "a page"


def agent(model: TransformersModel) -> Agent[None, str]:
    return Agent(
        model,
        tools=[look, delete],
        tool_choice="delete",
        reasoning="low",
        sampling=Sampling(temperature=0.0),
        limits=Limits(turns=4, message_tokens=60),
    )


def calls(result: RunResult[str]) -> list[str]:
    """Whom the model called, in order."""
    said = result.new_messages
    return [each.recipient for each in said if each.role == "assistant" and each.recipient]


async def test_the_forced_call_waits_for_approval_and_is_forced_once(
    tiny_model: TransformersModel,
) -> None:
    asked = await agent(tiny_model).run("Hello!")
    assert asked.stop_reason == "pending"
    assert calls(asked) == ["functions.delete"]
    state = RunState.from_json(asked.state.to_json())
    state.approve(state.pending[0].id)
    done = await agent(tiny_model).resume(state)
    assert len(deleted) == 1
    assert done.stop_reason == "final", done.detail
    assert calls(done) == ["functions.delete"]


async def test_a_forced_call_that_is_declined_counts_as_made(
    tiny_model: TransformersModel,
) -> None:
    asked = await agent(tiny_model).run("Hello!")
    asked.state.reject(asked.state.pending[0].id, "not today")
    done = await agent(tiny_model).resume(asked.state)
    assert not deleted
    assert done.stop_reason == "final", done.detail


async def test_a_run_cut_before_its_forced_call_makes_it_when_it_goes_on(
    tiny_model: TransformersModel,
) -> None:
    cut = await agent(tiny_model).run("Hello!", limits=Limits(tokens=3))
    assert cut.stop_reason == "limit"
    state = RunState.from_json(cut.state.to_json())
    asked = await agent(tiny_model).resume(state, limits=Limits(turns=4, message_tokens=60))
    assert asked.stop_reason == "pending"
    assert calls(asked) == ["functions.delete"]


async def test_after_a_resume_the_grammar_is_that_of_a_run_never_stopped() -> None:
    script = [call("delete", number=1), call("look", number=2), final("done")]
    model = ScriptedModel(script, grammar=True)
    both = Agent(model, tools=[look, delete], tool_choice="delete")
    asked = await both.run("go")
    asked.state.approve(asked.state.pending[0].id)
    assert (await both.resume(asked.state)).output == "done"
    grammars = [request.grammar for request in model.requests]
    assert [each and each.must_call for each in grammars] == [True, False, False]
    assert [each and len(each.recipients) for each in grammars] == [1, 2, 2]
