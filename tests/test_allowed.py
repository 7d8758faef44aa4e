"""What a run's replies may be: `output_type`, strict tools and `tool_choice`, turn by turn."""

from __future__ import annotations

import dataclasses
import decimal
import re
from typing import Annotated, Any, Literal

import pytest
from pydantic import UUID4, AfterValidator, BaseModel, Field, IPvAnyAddress, NaiveDatetime

from agentkit import Agent, Capabilities, Limits, PythonTool, ScriptedModel, UserError, tool
from agentkit.harmony.grammar import Grammar
from agentkit.output import OutputType
from tests.scripts import call, final


class Cat(BaseModel):
    """A cat."""

    kind: Literal["cat"] = "cat"


class Dog(BaseModel):
    """A dog."""

    kind: Literal["dog"] = "dog"


@tool
def look(city: str) -> str:
    """Look at a city."""
    return f"{city} is fine"


@tool(strict=True)
def count(n: int) -> int:
    """Count on."""
    return n + 1


class Invoice(BaseModel):
    """An invoice."""

    total: decimal.Decimal
    tags: set[str] = set()


class Tree(BaseModel):
    """A tree."""

    name: str
    children: list[Tree] = []


async def grammars(script: list[Any], **settings: Any) -> list[Grammar | None]:
    """What a model that obeys grammars is given at each turn."""
    model = ScriptedModel(script, grammar=True)
    await Agent(model, **settings).run("go")
    return [request.grammar for request in model.requests]


def names(grammar: Grammar | None) -> list[str]:
    assert grammar is not None
    return [each.name for each in grammar.recipients]


async def test_an_agent_that_asks_for_nothing_binds_nobody() -> None:
    assert await grammars([final("hi")], tools=[look]) == [None]


async def test_a_model_without_grammars_gets_none() -> None:
    model = ScriptedModel([final('{"total": 1}')])
    assert (await Agent(model, output_type=Invoice).run("go")).output == Invoice(total=1)  # type: ignore[arg-type]
    assert model.requests[0].grammar is None


async def test_an_output_type_binds_the_answer_while_tools_can_be_called() -> None:
    script = [call("look", city="Bonn"), final('{"total": 1}')]
    first, second = await grammars(script, tools=[look, PythonTool()], output_type=Invoice)
    assert first == second
    assert names(first) == ["functions.look", "python"]
    assert first is not None
    assert first.answer is not None
    assert first.answer["properties"]["total"]["type"] == "number"
    assert not first.must_call
    assert first.recipients[1].parameters is None


async def test_a_strict_tool_binds_its_arguments() -> None:
    [grammar] = await grammars([final("3")], tools=[look, count])
    assert grammar is not None
    assert [each.lenient for each in grammar.recipients] == [True, False]


async def test_a_limit_of_reasoning_binds_too() -> None:
    [grammar] = await grammars([final("3")], limits=Limits(reasoning_tokens=50))
    assert grammar == Grammar(reasoning_tokens=50)


def odd(text: Annotated[str, Field(json_schema_extra={"pattern": "^(?!x).*$"})]) -> str:
    """A pattern that looks ahead, which no grammar does."""
    return text


async def test_arguments_that_no_grammar_holds_are_any_object_once_a_limit_binds() -> None:
    [grammar] = await grammars([final("3")], tools=[tool(odd)], limits=Limits(reasoning_tokens=50))
    assert grammar is not None
    assert grammar.recipients[0].parameters == {"type": "object"}


async def test_a_model_that_takes_no_ids_is_shown_schemas_as_they_are() -> None:
    class Messages(ScriptedModel):
        @property
        def capabilities(self) -> Capabilities:
            return dataclasses.replace(super().capabilities, token_exact=False)

    model = Messages([call("odd", text="a"), final("3")], grammar=True)
    await Agent(model, tools=[tool(odd)], tool_choice="required").run("go")
    grammar = model.requests[0].grammar
    assert grammar is not None
    assert grammar.recipients[0].parameters != {"type": "object"}


def test_a_pattern_that_cannot_be_held_is_refused_with_the_reason() -> None:
    with pytest.raises(UserError, match="look-around"):
        Agent(ScriptedModel([]), tools=[tool(strict=True)(odd)])


async def test_required_holds_until_the_first_call() -> None:
    script = [call("look", city="Bonn"), final("fine")]
    first, second = await grammars(script, tools=[look, count], tool_choice="required")
    assert first is not None
    assert second is not None
    assert (first.must_call, second.must_call) == (True, False)


async def test_a_named_tool_is_called_first_and_then_any() -> None:
    script = [call("look", city="Bonn"), final("fine")]
    first, second = await grammars(script, tools=[look, count], tool_choice="look")
    assert names(first) == ["functions.look"]
    assert names(second) == ["functions.look", "functions.count"]


async def test_none_and_a_set_of_tools_hold_for_the_whole_run() -> None:
    [none] = await grammars([final("fine")], tools=[look, count], tool_choice="none")
    assert names(none) == []
    script = [call("count", n=1), final("fine")]
    both = await grammars(script, tools=[look, count], tool_choice=["functions.count"])
    assert [names(each) for each in both] == [["functions.count"]] * 2


async def test_a_call_that_is_not_allowed_is_refused_where_no_grammar_is() -> None:
    model = ScriptedModel([call("look", city="Bonn"), final("fine")])
    result = await Agent(model, tools=[look, count], tool_choice=["count"]).run("go")
    answers = [each.text for each in result.new_messages if each.role == "tool"]
    assert answers == ["Error: functions.look may not be called. Allowed: functions.count"]


async def test_another_tool_than_the_first_one_is_refused_where_no_grammar_is() -> None:
    script = [call("count", n=1), call("look", city="Bonn"), call("count", n=1), final("fine")]
    model = ScriptedModel(script)
    result = await Agent(model, tools=[look, count], tool_choice="look").run("go")
    answers = [each.text for each in result.new_messages if each.role == "tool"]
    assert answers[0] == "Error: functions.count may not be called. Allowed: functions.look"
    assert not any(each.startswith("Error") for each in answers[1:])


async def test_a_required_call_is_asked_for_once_where_no_grammar_is() -> None:
    model = ScriptedModel([final("done"), call("look", city="Bonn"), final("fine")])
    result = await Agent(model, tools=[look], tool_choice="required").run("go")
    assert (result.output, result.usage.tool_calls) == ("fine", 1)
    assert "Call one before you answer" in model.prompt_text(1)


async def test_an_answer_asked_for_again_is_bound_in_its_open_header() -> None:
    script = ["<|channel|>analysis<|message|>hm<|return|>", '{"total": 2}<|return|>']
    first, second = await grammars(script, output_type=Invoice)
    assert first is not None
    assert second is not None
    assert (first.opened, second.opened) == (None, "final")


async def test_a_type_that_contains_itself_is_shown_with_its_references() -> None:
    text = '{"name": "a", "children": [{"name": "b"}]}'
    model = ScriptedModel([final(text)])
    result = await Agent(model, output_type=Tree).run("go")
    assert result.output == Tree(name="a", children=[Tree(name="b")])
    assert '"$ref":"#/$defs/Tree"' in model.prompt_text(0)


@pytest.mark.parametrize(
    "kind",
    [Annotated[Cat | Dog, Field(discriminator="kind")], NaiveDatetime, UUID4, IPvAnyAddress],
    ids=str,
)
def test_common_types_can_be_held(kind: Any) -> None:
    Agent(ScriptedModel([]), output_type=kind)


def test_a_time_that_takes_no_zone_is_asked_for_without() -> None:
    schema = OutputType[Any](NaiveDatetime).schema
    assert schema == {"type": "string", "format": "date-time-local"}


def test_names_that_stand_for_numbers_are_numbers() -> None:
    schema = OutputType[Any](dict[int, bool]).schema
    assert schema is not None
    names = re.compile(schema["propertyNames"]["pattern"])
    assert names.search("-12")
    assert not names.search("twelve")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tool_choice": "fly", "tools": [look]}, "names 'fly', which is no tool; there are: fun"),
        ({"tool_choice": "", "tools": [PythonTool()]}, "names '', which is no tool"),
        ({"tool_choice": "required"}, "the agent has no tools"),
        (
            {"output_type": dict[Annotated[str, Field(max_length=3)], int]},
            "output type cannot be guaranteed: .*propertyNames.* lenient=True",
        ),
        (
            {"output_type": Annotated[int, Field(gt=5, lt=3)]},
            "output type cannot be guaranteed: Unsatisfiable schema",
        ),
    ],
)
def test_what_cannot_be_held_is_refused_when_the_agent_is_made(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        Agent(ScriptedModel([]), **settings)


async def test_what_cannot_be_held_is_checked_afterwards_where_the_user_asks() -> None:
    kind = dict[Annotated[str, Field(max_length=3)], int]
    model = ScriptedModel([final('{"long": 1}'), final('{"abc": 1}')], grammar=True)
    result: Any = await Agent(model, output_type=kind, lenient=True).run("go")
    assert result.output == {"abc": 1}


async def test_a_validator_that_stumbles_over_an_answer_does_not_end_in_an_exception() -> None:
    kind = Annotated[str, AfterValidator({"a": "yes"}.__getitem__)]
    model = ScriptedModel([final('"b"'), final('"a"')])
    result: Any = await Agent(model, output_type=kind).run("go")
    assert result.output == "yes"
    assert "KeyError: 'b'" in model.prompt_text(1)


def test_a_strict_tool_that_cannot_be_held_is_refused_by_name() -> None:
    @tool(strict=True)
    def odd(pages: dict[Annotated[str, Field(max_length=3)], int]) -> str:
        """Odd."""
        return ""

    with pytest.raises(UserError, match=r"arguments of functions\.odd cannot be guaranteed"):
        Agent(ScriptedModel([]), tools=[odd])
