"""What a model's own form of grammars cannot hold is refused before anything is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import Field

from agentkit import (
    Agent,
    LlamaCppModel,
    Model,
    ScriptedModel,
    SGLangModel,
    Tool,
    UserError,
    VLLMModel,
    tool,
)
from tests.models.servers.loopback import done, ids, like_llamacpp, stream
from tests.scripts import final

Fives = Annotated[int, Field(multiple_of=5)]
"""What llguidance can hold, and neither GBNF nor xgrammar's EBNF can."""

NARROW: list[Callable[..., Model]] = [LlamaCppModel, VLLMModel, SGLangModel]


def counting(*, strict: bool) -> Tool:
    """A tool that takes such a number."""

    @tool(strict=strict)
    def count(number: Fives) -> str:
        """Count."""
        return str(number)

    return count


@pytest.mark.parametrize("kind", NARROW)
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"output_type": Fives}, "output type cannot be guaranteed: multipleOf 5 at # is more"),
        ({"tools": [counting(strict=True)]}, r"of functions\.count cannot .* multipleOf 5 at #/pr"),
    ],
)
def test_what_a_servers_form_cannot_hold_is_refused_when_the_agent_is_made(
    kind: Callable[..., Model], settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        Agent(kind("http://127.0.0.1:9"), **settings)


@pytest.mark.parametrize("kind", NARROW)
def test_what_is_checked_afterwards_only_or_bound_by_no_grammar_is_not(
    kind: Callable[..., Model],
) -> None:
    model = kind("http://127.0.0.1:9")
    Agent(model, output_type=Fives, lenient=True)
    Agent(model, tools=[counting(strict=False)], tool_choice="required")
    unbound = kind("http://127.0.0.1:9", grammar=False if kind is LlamaCppModel else None)
    Agent(unbound, output_type=Fives)


def test_a_form_that_can_hold_it_takes_it() -> None:
    Agent(ScriptedModel([], grammar=True), output_type=Fives)
    for kind in (VLLMModel, SGLangModel):
        Agent(kind("http://127.0.0.1:9", grammar="lark"), output_type=Fives)


async def test_a_server_known_by_name_refuses_before_it_is_asked_anything() -> None:
    async with like_llamacpp() as server:
        agent = Agent(f"llamacpp:{server.url}", output_type=Fives)
        with pytest.raises(UserError, match="output type cannot be guaranteed: multipleOf 5"):
            await agent.run("go")
        assert server.requests == []


async def test_arguments_that_a_servers_form_cannot_hold_are_any_object_there() -> None:
    @tool
    def look(city: str, mood: Annotated[str, Field(min_length=5, max_length=2)] = "") -> str:
        """Takes what nothing fits, which llguidance leaves out and the other forms refuse."""
        return city

    model = ScriptedModel([final("5")], grammar=True)
    await Agent(model, tools=[look], output_type=int).run("go")
    held = model.requests[0].grammar
    assert held is not None
    assert held.recipients[0].parameters != {"type": "object"}
    answer = (200005, 17196, 200008, 20, 200002)
    async with like_llamacpp(stream(*map(ids, answer), done())) as server:
        result = await Agent(LlamaCppModel(server.url), tools=[look], output_type=int).run("go")
        assert result.output == 5
        assert "city" not in server.posted()[-1]["grammar"]
