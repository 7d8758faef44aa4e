"""Results of functions: values as text, and streams."""

from __future__ import annotations

import asyncio
import contextvars
import csv
import dataclasses
import datetime
import enum
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pydantic
import pytest
from pydantic import BaseModel

from agentkit.errors import ToolRetry
from agentkit.tools.base import Tool, ToolOutput
from agentkit.tools.function import as_tool, tool
from agentkit.tools.results import to_text
from tests.tools.calling import Order, Shop, answer, context


class Colour(enum.Enum):
    RED = "red"


class Name(str, enum.Enum):  # noqa: UP042  # str() of it is not its value
    A = "a"


class Opaque:
    def __repr__(self) -> str:
        return "Opaque!"


@dataclasses.dataclass
class Blob:
    data: bytes


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError


class Failing(BaseModel):
    x: int = 1

    @pydantic.field_serializer("x")
    def fail(self, value: int) -> int:
        raise RuntimeError("no")


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is\n", "as it is\n"),
        ("", ""),
        (None, "(no result)"),
        (3, "3"),
        (0.1, "0.1"),
        (True, "true"),
        (float("nan"), "NaN"),
        ({"a": [1, None, "é"]}, '{"a":[1,null,"é"]}'),
        ((1, {2}), "[1,[2]]"),
        (Order(id="é"), '{"id":"é","amount":"1.50","placed":null}'),
        ([Order(id="1")], '[{"id":"1","amount":"1.50","placed":null}]'),
        (Shop({"a": 1}), '{"orders":{"a":1}}'),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (Colour.RED, "red"),
        (Name.A, "a"),
        ({"c": Colour.RED, "p": Path("/x")}, '{"c":"red","p":"/x"}'),
        (Decimal("1.50"), "1.50"),
        (b"\xff" * 2048, "(2,048 bytes, not shown)"),
        ([b"\xff", Blob(b"\xff")], '["(1 byte, not shown)",{"data":"(1 byte, not shown)"}]'),
        (Opaque(), "Opaque!"),
        ([Opaque()], '["Opaque!"]'),
        (CIRCLE, '["..."]'),
        (Failing(), '{"x":1}'),
        (ValueError("bad"), "bad"),
    ],
    ids=repr,
)
def test_results_become_text(value: Any, text: str) -> None:
    assert to_text(value) == text


def test_no_result_is_too_strange_to_be_shown() -> None:
    assert "Broken" in to_text(Broken())
    assert "Broken" in to_text([Broken()])


async def test_a_value_is_kept_for_the_program_beside_its_text() -> None:
    order = Order(id="1")

    @tool
    def f() -> Order:
        return order

    (output,) = await answer(f)
    assert isinstance(output, ToolOutput)
    assert output.data is order


async def test_a_tool_output_passes_through() -> None:
    made = ToolOutput("text", data=3, is_error=True)

    @tool
    def f() -> ToolOutput:
        return made

    assert (await answer(f))[0] is made


# --- streams -------------------------------------------------------------------------------------


def sync_words() -> Iterator[str]:
    yield from ("a", "b", "c")


async def async_words() -> AsyncIterator[str]:
    for word in sync_words():
        yield word


async def returns_words() -> AsyncIterator[str]:
    return async_words()


def returns_iterator() -> Iterator[str]:
    return iter("abc")


class Words:
    """An async iterable that is no iterator."""

    def __aiter__(self) -> AsyncIterator[str]:
        return async_words()


def returns_iterable() -> Words:
    return Words()


@pytest.mark.parametrize(
    "function", [sync_words, async_words, returns_words, returns_iterator, returns_iterable]
)
async def test_strings_stream_and_are_joined(function: Callable[[], Any]) -> None:
    assert await answer(as_tool(function)) == ["a", "b", "c", ToolOutput("abc")]


async def test_other_items_stand_on_lines_of_their_own() -> None:
    @tool
    def f() -> Iterator[Any]:
        yield from ({"a": 1}, Order(id="1", amount=Decimal(2)), "x", "y\n", None, b"\xff", 3)

    *parts, output = await answer(f)
    assert isinstance(output, ToolOutput)
    assert output.text == (
        '{"a":1}\n{"id":"1","amount":"2","placed":null}\nxy\n(no result)\n(1 byte, not shown)\n3'
    )
    assert "".join(map(str, parts)) == output.text
    assert output.data[0] == {"a": 1}


async def test_items_arrive_while_the_function_still_runs() -> None:
    go_on = asyncio.Event()

    @tool
    async def f() -> AsyncIterator[str]:
        yield "first"
        await go_on.wait()
        yield "second"

    ctx = context(f, {})
    stream = f.call(ctx.call, ctx)
    assert await anext(stream) == "first"
    go_on.set()
    assert [part async for part in stream] == ["second", ToolOutput("firstsecond")]


async def test_an_empty_stream_is_no_result() -> None:
    @tool
    def f() -> Iterator[str]:
        return iter(())

    assert await answer(f) == [ToolOutput("(no result)")]


async def test_a_tool_output_ends_a_stream() -> None:
    @tool
    async def f() -> AsyncIterator[str | ToolOutput]:
        yield "progress"
        yield ToolOutput("done")
        raise AssertionError

    assert await answer(f) == ["progress", ToolOutput("done")]


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_stream_that_is_left_is_closed(is_async: bool) -> None:
    closed = []

    @tool
    def sync() -> Iterator[str]:
        try:
            yield from "abc"
        finally:
            closed.append(True)

    @tool
    async def other() -> AsyncIterator[str]:
        try:
            for letter in "abc":
                yield letter
        finally:
            closed.append(True)

    function: Tool = other if is_async else sync
    ctx = context(function, {})
    async with aclosing(function.call(ctx.call, ctx)) as parts:
        assert await anext(parts) == "a"
    assert closed == [True]


async def test_a_sync_generator_keeps_its_context_between_items() -> None:
    variable = contextvars.ContextVar("variable", default=0)

    @tool
    def f() -> Iterator[str]:
        for _ in range(3):
            variable.set(variable.get() + 1)
            yield str(variable.get())

    assert (await answer(f))[-1] == ToolOutput("123")
    assert variable.get() == 0


async def test_an_error_within_a_stream_goes_through() -> None:
    @tool
    def f() -> Iterator[str]:
        yield "a"
        raise ToolRetry("again")

    ctx = context(f, {})
    stream = f.call(ctx.call, ctx)
    assert await anext(stream) == "a"
    with pytest.raises(ToolRetry):
        await anext(stream)


async def test_a_reader_of_rows_streams(tmp_path: Path) -> None:
    @tool
    def rows() -> Any:
        return csv.reader(io.StringIO("a,b\n1,2\n"))

    assert (await answer(rows))[-1] == ToolOutput('["a","b"]\n["1","2"]')
