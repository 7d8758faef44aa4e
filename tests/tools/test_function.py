"""`@tool`: what the model is shown of a function, and what is refused."""

from __future__ import annotations

import functools
import io
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, assert_type

import pytest
from pydantic import BaseModel, Field

from agentkit.errors import UserError
from agentkit.tools.base import RunContext, Tool
from agentkit.tools.function import FunctionTool, as_tool, tool
from tests.tools.calling import Order, Shop, result, shown

if TYPE_CHECKING:
    import agentkit.tools.base as hidden


def test_a_decorated_function_is_a_tool_and_still_the_function() -> None:
    @tool
    def double(n: int) -> int:
        """Twice n."""
        return 2 * n

    assert isinstance(double, Tool)
    assert assert_type(double(21), int) == 42
    assert (double.name, double.timeout) == ("functions.double", 60)
    assert double.describe().namespace == "functions"
    assert shown(double) == "// Twice n.\ntype double = (_: {\nn: number,\n}) => any;"


async def test_an_async_function_keeps_its_type_and_can_be_awaited() -> None:
    @tool(timeout=None)
    async def double(n: int) -> int:
        return 2 * n

    assert assert_type(await double(21), int) == 42
    assert double.timeout is None


def test_the_context_is_not_shown() -> None:
    @tool
    def lookup(ctx: RunContext[Shop], order_id: str) -> int:
        return ctx.deps.orders[order_id]

    assert shown(lookup) == "type lookup = (_: {\norder_id: string,\n}) => any;"


def test_a_function_without_arguments_says_so() -> None:
    @tool
    def now(ctx: RunContext[None]) -> str:
        """The time."""
        return ""

    assert shown(now) == "// The time.\ntype now = () => any;"


async def test_the_context_is_found_by_name_when_its_import_is_for_type_checkers_only() -> None:
    @tool
    def lookup(ctx: hidden.RunContext[Shop], n: int) -> str:
        return f"{ctx.deps} {n}"

    assert await result(lookup, deps="shop", n=1) == "shop 1"


async def test_the_context_may_stand_anywhere_and_be_optional() -> None:
    @tool
    def lookup(n: int, *, run: RunContext[Any] | None = None) -> str:
        return f"{run and run.deps} {n}"

    assert lookup(1) == "None 1"
    assert await result(lookup, deps="shop", n=1) == "shop 1"


def test_types_of_the_defining_scope_are_found() -> None:
    class Local(BaseModel):
        x: int

    @tool
    def f(local: Local) -> None: ...

    @tool(name="g")
    def other(local: list[Local]) -> None: ...

    assert "x: number" in shown(f)
    assert "x: number" in shown(other)


def test_field_descriptions_win_over_the_docstring() -> None:
    @tool
    def f(
        a: Annotated[int, Field(description="from the field")],
        b: int = Field(3, description="from the default", ge=1),
        c: int = 0,
    ) -> None:
        """Sum.

        Args:
            a: from the docstring
            c: from the docstring
        """

    assert shown(f).splitlines() == [
        "// Sum.",
        "type f = (_: {",
        "// from the field",
        "a: number,",
        "// from the default",
        "// minimum: 1",
        "b?: number, // default: 3",
        "// from the docstring",
        "c?: number, // default: 0",
        "}) => any;",
    ]


def test_a_default_that_is_not_json_is_left_out_silently() -> None:
    marker: Any = object()

    @tool
    def f(a: int = marker) -> None: ...

    assert "a?: number,\n" in shown(f)


def leave() -> None:
    sys.exit(3)


# --- what is refused -----------------------------------------------------------------------------


def untyped(a, b: int = 0) -> None: ...  # type: ignore[no-untyped-def]
def stars(*names: str) -> None: ...
def keywords(**names: str) -> None: ...
def unreadable(stream: io.StringIO) -> None: ...
def uncallable(then: Callable[[int], int]) -> None: ...
def unknown(x: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def two_contexts(a: RunContext[Any], b: RunContext[Any]) -> None: ...
def größe() -> None: ...


class Tree(BaseModel):
    children: list[Tree]


def recursive(tree: Tree) -> None: ...


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (untyped, "functions.untyped: parameter 'a' has no type; write for example `a: str`"),
        (stars, r"functions.stars: \*names cannot be described to a model; .*list\[str\]"),
        (keywords, r"functions.keywords: \*\*names cannot be described to a model"),
        (unreadable, "functions.unreadable: 'stream' cannot be read from JSON: .*StringIO"),
        (uncallable, "functions.uncallable: 'then' cannot be read from JSON"),
        (unknown, "functions.unknown: the type of 'x', 'Nowhere', cannot be evaluated"),
        (two_contexts, "only one parameter can take the RunContext"),
        (recursive, "functions.recursive: Tree contains itself"),
        (größe, "'größe' cannot be a tool's name"),
        (lambda: None, "'<lambda>' cannot be a tool's name"),
        (functools.partial(print), "'' cannot be a tool's name"),
        (Order, "@tool takes a function, not"),
        (staticmethod(leave), "put @staticmethod above @tool"),
        (3, "@tool takes a function, not 3"),
    ],
)
def test_what_cannot_be_shown_to_a_model_is_refused_with_a_sentence(
    function: Any, words: str
) -> None:
    with pytest.raises(UserError, match=words):
        tool(function)


@pytest.mark.parametrize("name", ["get order", "", "a.b", "1st", "x" * 65, "get-order"])
def test_odd_names_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="cannot be a tool's name"):
        tool(name=name)(lambda: None)


def test_odd_settings_are_refused() -> None:
    async def ask(ctx: RunContext[Any], arguments: Any) -> bool:
        return True

    with pytest.raises(UserError, match="timeout must be positive"):
        tool(timeout=0)(test_odd_settings_are_refused)
    with pytest.raises(UserError, match="needs_approval must be a sync function"):
        tool(needs_approval=ask)(test_odd_settings_are_refused)  # type: ignore[arg-type]


def test_as_tool_takes_tools_and_functions_only() -> None:
    def double(n: int) -> int:
        return 2 * n

    made = as_tool(double)
    assert made.name == "functions.double"
    assert as_tool(made) is made
    with pytest.raises(UserError, match=r"write FunctionTool\(\)"):
        as_tool(FunctionTool)
    with pytest.raises(UserError, match="not a tool: 'python'"):
        as_tool("python")


# --- the cost ------------------------------------------------------------------------------------


def test_importing_the_decorator_does_not_load_what_reads_functions() -> None:
    script = (
        "import sys, agentkit.tools.function\n"
        "print([name for name in ('griffe', 'agentkit.tools.signature') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
