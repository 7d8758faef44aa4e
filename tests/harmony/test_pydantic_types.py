"""What a grammar lets through for a Python type, pydantic takes; what cannot be held is named."""

from __future__ import annotations

import datetime
import decimal
import random
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    FileUrl,
    FtpUrl,
    FutureDatetime,
    HttpUrl,
    Json,
    NaiveDatetime,
    PastDate,
    RedisDsn,
    StringConstraints,
    TypeAdapter,
    UrlConstraints,
    WebsocketUrl,
)

from agentkit import Agent, ScriptedModel, UserError, tool
from agentkit.output import OutputType
from tests.harmony.test_gbnf import json_grammar

Stripped = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=3)]
Secure = Annotated[HttpUrl, UrlConstraints(allowed_schemes=["https"])]


class Choices(BaseModel):
    a: int = Field(validation_alias=AliasChoices(AliasPath("x", 0), "y"))


class ByName(BaseModel):
    model_config = ConfigDict(validate_by_name=True)
    a: int = Field(validation_alias=AliasPath("x", "y"))


class Tidy(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)
    a: Annotated[str, Field(min_length=2, max_length=4)]


HELD: tuple[Any, ...] = (
    Annotated[decimal.Decimal, Field(max_digits=3, decimal_places=2)],
    Annotated[decimal.Decimal, Field(decimal_places=1, ge=0)],
    Annotated[decimal.Decimal, Field(max_digits=4, decimal_places=2, gt=5)],
    FileUrl,
    FtpUrl,
    WebsocketUrl,
    RedisDsn,
    Secure,
    Stripped,
    Tidy,
    dict[bool, int],
    dict[float, bool],
    dict[decimal.Decimal, bool],
    dict[Literal["a", "b"], bool],
    dict[Annotated[int, AfterValidator(abs)], bool],
    dict[uuid.UUID, bool],
    Choices,
    ByName,
    set[bool],
    NaiveDatetime,
)

REFUSED: tuple[tuple[Any, str], ...] = (
    (PastDate, "formatExclusiveMaximum now"),
    (FutureDatetime, "formatExclusiveMinimum now"),
    (Annotated[datetime.date, Field(ge=datetime.date(2020, 1, 2))], "formatMinimum 2020-01-02"),
    (Annotated[datetime.time, Field(lt=datetime.time(12))], "formatExclusiveMaximum 12:00:00"),
    (Annotated[datetime.timedelta, Field(gt=datetime.timedelta(1))], "formatExclusiveMinimum"),
    (Annotated[decimal.Decimal, Field(max_digits=5)], "maxDigits 5"),
    (Json[int], "format 'json'"),
    (complex, "format 'complex'"),
    (FilePath, "format 'file-path'"),
    (Annotated[set[bool], Field(min_length=2)], "uniqueItems"),
    (Annotated[int, Field(ge=2**63)], "minimum 9223372036854775808"),
    (dict[Annotated[int, Field(ge=0, le=9)], bool], "propertyNames"),
    (dict[tuple[int, int], bool], "keys of type tuple"),
    (dict[Literal[1, 2], bool], "keys of type literal"),
    (type[int], "a class: int"),
)


@pytest.mark.parametrize("kind", HELD, ids=str)
def test_what_the_grammar_lets_through_the_type_takes(kind: Any) -> None:
    output = OutputType[Any](kind)
    grammar = json_grammar(output.schema)
    drawn = [grammar.draw(random.Random(seed)) for seed in range(60)]
    texts = ["".join(map(chr, each)) for each in drawn if each is not None]
    assert len(texts) > 20
    for text in texts:
        output.parse(text)
    Agent(ScriptedModel([]), output_type=kind)


@pytest.mark.parametrize(("kind", "named"), REFUSED, ids=str)
def test_what_cannot_be_held_is_refused_by_name(kind: Any, named: str) -> None:
    with pytest.raises(UserError, match=named):
        Agent(ScriptedModel([]), output_type=kind)


def test_bounds_that_cannot_be_held_leave_dates_dates_when_lenient() -> None:
    kind: Any = PastDate
    grammar = json_grammar(OutputType[Any](kind).schema, lenient=True)
    drawn = grammar.draw(random.Random(0))
    assert drawn is not None
    TypeAdapter(datetime.date).validate_json("".join(map(chr, drawn)))
    Agent(ScriptedModel([]), output_type=kind, lenient=True)


def test_a_field_that_is_read_from_within_others_is_refused_whatever_is_asked_for() -> None:
    class Within(BaseModel):
        a: int = Field(validation_alias=AliasPath("x", "y"))

    for lenient in (False, True):
        with pytest.raises(UserError, match=r"'a' is read from inside other fields \(AliasPath\)"):
            Agent(ScriptedModel([]), output_type=Within, lenient=lenient)


def test_a_pattern_that_says_more_stands_where_it_stood() -> None:
    kind: Any = Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, pattern="^a+$")
    ]
    schema = OutputType[Any](kind).schema
    assert schema is not None
    assert schema["pattern"] == "^a+$"


def strict(kind: Any) -> Any:
    def f(x: Any) -> str:
        """F."""
        return repr(x)

    f.__annotations__["x"] = kind
    made: Callable[[Any], Any] = tool(strict=True)
    return made(f)


@pytest.mark.parametrize("kind", [decimal.Decimal, set[int], dict[int, str], FileUrl])
def test_arguments_of_strict_tools_are_held_to_what_pydantic_takes(kind: Any) -> None:
    held = strict(kind)
    Agent(ScriptedModel([]), tools=[held])
    (shown,) = held.describe().functions
    grammar = json_grammar(shown.parameters["properties"]["x"])
    for seed in range(30):
        if (drawn := grammar.draw(random.Random(seed))) is not None:
            TypeAdapter(kind).validate_json("".join(map(chr, drawn)))


@pytest.mark.parametrize(
    "kind", [PastDate, Json[int], Annotated[decimal.Decimal, Field(max_digits=3)]]
)
def test_arguments_of_strict_tools_that_cannot_be_held_are_refused(kind: Any) -> None:
    with pytest.raises(UserError, match=r"arguments of functions\.f cannot be guaranteed"):
        Agent(ScriptedModel([]), tools=[strict(kind)])


def test_code_of_the_users_own_is_no_reason_to_refuse() -> None:
    kind: Any = Annotated[datetime.date, AfterValidator(lambda day: day)]
    Agent(ScriptedModel([]), output_type=kind)
