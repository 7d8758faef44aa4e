"""Inspect evaluates with agentkit: as a model under its loop, and as an agent with its own."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task, eval
from inspect_ai.agent import react
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog, read_eval_log
from inspect_ai.model import ChatMessageUser, ContentReasoning, GenerateConfig, Model, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, use_tools
from inspect_ai.tool import Tool, tool

from agentkit import ScriptedModel
from agentkit.evals.bridges.inspect import AgentKitAPI, harmony

pytestmark = pytest.mark.filterwarnings("ignore")  # Inspect's own, of which there are many


@pytest.fixture(autouse=True)
def _nothing_left_to_later_tests() -> Iterator[None]:
    """Streams that Inspect never closes are found here, where its warnings are ignored."""
    yield
    gc.collect()


def final(text: str) -> str:
    return f"<|channel|>final<|message|>{text}<|return|>"


def thinking(text: str) -> str:
    return f"<|channel|>analysis<|message|>{text}<|end|><|start|>assistant"


def call(name: str, arguments: str) -> str:
    return f" to=functions.{name}<|channel|>commentary<|message|>{arguments}<|call|>"


@tool  # type: ignore[untyped-decorator]
def addition() -> Tool:
    async def execute(x: int, y: int) -> str:
        """Add two numbers.

        Args:
            x: one.
            y: the other.
        """
        return str(x + y)

    return execute


def evaluated(task: Task, model: Model, folder: Path, **settings: Any) -> EvalLog:
    log = eval(task, model=model, log_dir=str(folder), display="none", **settings)[0]
    assert log.status == "success", log.error
    return read_eval_log(log.location)


def scripted(model: ScriptedModel) -> Model:
    return get_model("agentkit/scripted", engine=model, memoize=False)


def question(text: str = "What is 2 + 3?", target: str = "5", **rest: Any) -> Task:
    return Task(dataset=[Sample(input=text, target=target)], scorer=includes(), **rest)


def score(log: EvalLog) -> Any:
    assert log.results is not None
    return log.results.scores[0].metrics["accuracy"].value


def test_a_react_agent_calls_its_tool_and_the_log_has_the_reasoning(tmp_path: Path) -> None:
    with ScriptedModel(
        [
            thinking("I add.") + call("addition", '{"x": 2, "y": 3}'),
            thinking("Five it is.") + call("submit", '{"answer": "5"}'),
        ]
    ) as model:
        task = question(solver=react(tools=[addition()]))
        log = evaluated(task, scripted(model), tmp_path)
    assert score(log) == 1.0
    assert log.samples is not None
    messages = log.samples[0].messages
    spoken = [each for each in messages if each.role == "assistant"]
    reasoning = [each for each in spoken[0].content if isinstance(each, ContentReasoning)]
    assert [each.reasoning for each in reasoning] == ["I add."]
    assert spoken[0].tool_calls is not None
    assert spoken[0].tool_calls[0].arguments == {"x": 2, "y": 3}
    assert "I add." in model.prompt_text(1)
    assert log.samples[0].model_usage["agentkit/scripted"].output_tokens > 0


def test_while_inspect_sends_back_what_it_was_given_ids_are_not_rendered_again(
    tmp_path: Path,
) -> None:
    odd = call("addition", '{"x":2,   "y":3}')
    with ScriptedModel([thinking("Odd spaces.") + odd, final("5")]) as model:
        task = question(solver=[use_tools(addition()), generate()])
        evaluated(task, scripted(model), tmp_path)
    first = model.prompts[0]
    assert model.prompts[1][: len(first)] == first
    assert '{"x":2,   "y":3}' in model.prompt_text(1)


async def two_turns(model: ScriptedModel, edit: bool) -> None:
    api = scripted(model)
    asked: list[Any] = [ChatMessageUser(content="First?")]
    said = (await api.generate(asked)).message
    if edit:
        said = said.model_copy(update={"content": "Another answer."})
    await api.generate([*asked, said, ChatMessageUser(content="Second?")])


async def test_reasoning_leaves_the_prompt_when_its_turn_is_answered() -> None:
    with ScriptedModel([thinking("Hidden.") + final("One."), final("Two.")]) as model:
        await two_turns(model, edit=False)
    assert "One." in model.prompt_text(1)
    assert "Hidden." not in model.prompt_text(1)


async def test_an_edited_history_is_rendered_anew() -> None:
    with ScriptedModel([final("One."), final("Two.")]) as model:
        await two_turns(model, edit=True)
    assert "Another answer." in model.prompt_text(1)
    assert "One." not in model.prompt_text(1)


def test_calls_that_cannot_be_read_are_told_to_the_model_and_the_sample_goes_on(
    tmp_path: Path,
) -> None:
    with ScriptedModel(
        [call("addition", '{"x": 2, '), call("subtraction", "{}"), final("5 anyway")]
    ) as model:
        task = question(solver=[use_tools(addition()), generate()])
        log = evaluated(task, scripted(model), tmp_path)
    assert score(log) == 1.0
    assert "not valid JSON" in model.prompt_text(1)
    assert "subtraction" in model.prompt_text(2)
    assert "not found" in model.prompt_text(2)


async def test_settings_reach_the_sampling_and_the_prompt() -> None:
    with ScriptedModel([final("Yes. STOP No."), final("a b c d e f g h i j")]) as model:
        api = scripted(model)
        config = GenerateConfig(
            temperature=0.25, top_p=0.5, seed=9, reasoning_effort="high", stop_seqs=["STOP"]
        )
        output = await api.generate("Well?", config=config)
        cut = await api.generate("Well?", config=GenerateConfig(max_tokens=5))
    sampling = model.requests[0].sampling
    assert (sampling.temperature, sampling.top_p, sampling.seed) == (0.25, 0.5, 9)
    assert "Reasoning: high" in model.prompt_text(0)
    assert output.completion.strip() == "Yes."
    assert (cut.stop_reason, model.requests[1].max_tokens) == ("max_tokens", 5)
    assert output.usage is not None
    assert output.usage.input_tokens == len(model.prompts[0])


async def test_a_tool_choice_of_none_shows_no_tools() -> None:
    with ScriptedModel([final("No."), final("No.")]) as model:
        api = scripted(model)
        await api.generate("Well?", tools=[addition()], tool_choice="none")
        await api.generate("Well?", tools=[addition()], tool_choice="any")
    assert "addition" not in model.prompt_text(0)
    assert "type addition" in model.prompt_text(1)
    assert "Call one of the functions now." in model.prompt_text(1)


def test_harmony_answers_with_its_own_loop_and_inspects_tools(tmp_path: Path) -> None:
    with ScriptedModel(
        [thinking("I add.") + call("addition", '{"x": 2, "y": 3}'), final("It is 5.")]
    ) as model:
        task = question(solver=harmony(tools=[addition()]))
        log = evaluated(task, scripted(model), tmp_path)
    assert score(log) == 1.0
    assert "5" in model.prompt_text(1)


def test_inspect_finds_both_by_the_entry_point(tmp_path: Path) -> None:
    from importlib.metadata import entry_points

    found = [each for each in entry_points(group="inspect_ai") if each.name == "agentkit"]
    assert [each.value for each in found] == ["agentkit.evals.bridges.inspect"]
    assert isinstance(get_model("agentkit/tiny", memoize=False).api, AgentKitAPI)


def test_the_bundled_model_answers_in_an_eval(tmp_path: Path) -> None:
    task = question(solver=[use_tools(addition()), generate()])
    tiny = get_model("agentkit/tiny", memoize=False)
    log = evaluated(task, tiny, tmp_path, max_tokens=300, temperature=0.0, seed=1)
    assert log.samples is not None
    assert log.samples[0].output.usage is not None
    assert log.samples[0].output.usage.output_tokens > 0
