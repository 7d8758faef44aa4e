"""Calls of functions: arguments, all kinds of functions, errors, approval."""

from __future__ import annotations

import asyncio
import contextvars
import datetime
import enum
import functools
import subprocess
import sys
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, assert_type

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field
from typing_extensions import TypedDict

from agentkit.errors import ApprovalPause, ToolError, ToolRetry, UserError
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext
from agentkit.tools.function import as_tool, tool
from tests.tools.calling import Order, Shop, answer, context, result, shown


class Colour(enum.Enum):
    RED = "red"


class Options(TypedDict, total=False):
    fast: bool


def leave() -> None:
    sys.exit(3)


async def test_arguments_become_the_types_the_function_asks_for() -> None:
    got: dict[str, Any] = {}

    @tool
    def f(
        day: datetime.date,
        order: Order,
        colour: Colour,
        key: uuid.UUID,
        pair: tuple[int, str],
        tags: set[str],
        shop: Shop,
        options: Options,
        either: int | str,
        mode: Literal["a", 1],
        path: Path,
    ) -> None:
        got.update(locals())

    key = uuid.uuid4()
    await answer(
        f,
        **{"day": "2026-11-22", "order": {"id": "1"}, "colour": "red", "key": str(key)},
        **{"pair": [1, "x"], "tags": ["t", "t"], "shop": {"orders": {"a": "1"}}, "path": "/tmp"},
        **{"options": {"fast": True}, "either": "5", "mode": 1},
    )
    assert got == {
        **{"day": datetime.date(2026, 11, 22), "order": Order(id="1"), "colour": Colour.RED},
        **{"key": key, "pair": (1, "x"), "tags": {"t"}, "shop": Shop({"a": 1}), "mode": 1},
        **{"options": {"fast": True}, "either": "5", "path": Path("/tmp"), "got": got},
    }


async def test_near_misses_are_coerced_and_inventions_ignored() -> None:
    @tool
    def f(n: int, text: str, flag: bool = False, limit: int = 5) -> str:
        return repr((n, text, flag, limit))

    assert await result(f, n="3", text=42, flag="true", limit=None, top_n=9) == (
        "(3, '42', True, 5)"
    )


async def test_null_stays_null_where_it_is_allowed() -> None:
    @tool
    def f(n: int | None = 5, m: Any = 5) -> str:
        return repr((n, m))

    assert await result(f, n=None, m=None) == "(None, None)"
    assert await result(f) == "(5, 5)"


async def test_defaults_are_the_very_objects_written() -> None:
    marker: Any = object()

    @tool
    def f(a: int = marker, b: int = Field(default=7)) -> str:
        return f"{a is marker} {b}"

    assert await result(f) == "True 7"


async def test_all_errors_stand_in_one_line() -> None:
    @tool
    def f(order_id: str, n: int, order: Order | None = None) -> None: ...

    with pytest.raises(ToolRetry) as caught:
        await answer(f, n="many", order={"id": []}, top_n=3)
    assert str(caught.value) == (
        "invalid arguments for functions.f: order_id: Field required; n: Input should be a valid"
        " integer, unable to parse string as an integer; order.id: Input should be a valid string;"
        " unknown and ignored: top_n"
    )


async def test_many_errors_are_cut_short() -> None:
    @tool
    def f(numbers: list[int]) -> None: ...

    with pytest.raises(ToolRetry, match=r"numbers.7: .*; and 92 more") as caught:
        await answer(f, numbers=["x"] * 100)
    assert len(str(caught.value)) < 1000


async def test_validators_may_speak_to_the_model() -> None:
    def check(value: str) -> str:
        if not value.startswith("#"):
            raise ToolRetry("order ids start with '#'")
        return value

    @tool
    def f(order_id: Annotated[str, pydantic.AfterValidator(check)]) -> None: ...

    with pytest.raises(ToolRetry, match="order ids start with '#'"):
        await answer(f, order_id="1")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@tool
def picky(
    a: int, b: list[str], c: Order, d: datetime.date | None = None, e: Literal["x"] = "x"
) -> str:
    return "ran"


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e", "f"]), JSON))
def test_any_json_runs_the_function_or_asks_for_a_retry(arguments: dict[str, Any]) -> None:
    async def attempt() -> None:
        with suppress(ToolRetry):
            assert await result(picky, **arguments) == "ran"

    asyncio.run(attempt())


# --- all kinds of functions ----------------------------------------------------------------------


NO_CALL = ToolCall("call_1", "functions.add", "")


class Counter:
    def __init__(self, start: int) -> None:
        self.value = start

    @tool
    async def add(self, ctx: RunContext[Any], n: int, /, *, _id: int = 0) -> str:
        """Add n."""
        self.value += n
        return f"{self.value} {ctx.deps} {_id}"

    def plain(self, n: int) -> int:
        """Add n."""
        return self.value + n

    @staticmethod
    @tool
    def static(n: int) -> int:
        return n

    @classmethod
    def of_class(cls, n: int) -> str:
        return f"{cls.__name__} {n}"

    def __call__(self, n: int) -> int:
        """Count."""
        return self.value + n


async def test_methods_are_tools_of_their_instance() -> None:
    one, two = Counter(1), Counter(2)
    assert_type(Counter.static(1), int)
    assert_type(await one.add(RunContext(None, NO_CALL), 0), str)
    assert await result(one.add, deps="d", n=10) == "11 d 0"
    assert await result(two.add, deps="d", n=10, _id=3) == "12 d 3"
    assert shown(one.add) == shown(Counter.add)
    assert as_tool(one.add) is not as_tool(two.add)
    with pytest.raises(UserError, match=r"functions.add is a method and needs its object"):
        as_tool(Counter.add)
    with pytest.raises(UserError, match=r"functions.plain is a method and needs its object"):
        as_tool(Counter.plain)


async def test_bound_static_class_and_callable_objects_are_tools() -> None:
    counter = Counter(1)
    assert await result(as_tool(counter.plain), n=1) == "2"
    assert await result(as_tool(Counter.static), n=1) == "1"
    assert await result(as_tool(Counter.of_class), n=1) == "Counter 1"
    made = tool(name="count")(counter)
    assert shown(made).startswith("// Count.\ntype count")
    assert await result(made, n=4) == "5"


async def test_what_a_partial_sets_is_not_shown() -> None:
    def f(a: int, b: Any, c: int = 1) -> str:
        return f"{a} {b} {c}"

    made = tool(name="f")(functools.partial(f, b=object))
    assert shown(made) == "type f = (_: {\na: number,\nc?: number, // default: 1\n}) => any;"
    assert (await result(made, a=1)).startswith("1 <class")


async def test_a_wrapped_async_function_is_awaited() -> None:
    async def f(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    @tool
    @functools.wraps(f)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs)

    assert await result(wrapper, n=1) == "2"


async def test_sync_functions_run_in_a_thread_with_the_callers_context() -> None:
    variable = contextvars.ContextVar("variable", default="unset")
    variable.set("set")
    all_at_once = threading.Barrier(5, timeout=60)

    @tool
    def f() -> str:
        all_at_once.wait()
        return f"{variable.get()} {threading.current_thread() is threading.main_thread()}"

    assert await asyncio.gather(*(result(f) for _ in range(5))) == ["set False"] * 5


async def test_a_thread_that_hangs_is_left_behind() -> None:
    release = threading.Event()

    @tool
    def hang() -> None:
        release.wait(200)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await answer(hang)
    release.set()


def test_a_thread_that_hangs_does_not_keep_the_program_from_ending() -> None:
    script = (
        "import asyncio, time\n"
        "from agentkit import RunContext, ToolCall, tool\n"
        "@tool\n"
        "def hang() -> None: time.sleep(600)\n"
        "async def main():\n"
        "    call = ToolCall('1', hang.name, '')\n"
        "    async with asyncio.timeout(0.1):\n"
        "        async for _ in hang.call(call, RunContext(None, call)): pass\n"
        "try: asyncio.run(main())\n"
        "except TimeoutError: print('ended')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    assert (ended.stdout, ended.stderr) == ("ended\n", "")


# --- errors and approval -------------------------------------------------------------------------


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize("error", [ValueError("no"), ToolRetry("again"), ApprovalPause("sure?")])
async def test_what_a_function_raises_goes_through(error: BaseException, is_async: bool) -> None:
    def sync() -> None:
        raise error

    async def other() -> None:
        raise error

    made = tool(name="f")(other if is_async else sync)
    with pytest.raises(type(error)) as caught:
        await answer(made)
    assert caught.value is error


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_function_cannot_end_the_program(is_async: bool) -> None:
    async def leave_too() -> None:
        leave()

    with pytest.raises(ToolError, match=r"tried to end the program \(3\)"):
        await answer(as_tool(leave_too if is_async else leave))


async def test_a_stray_stop_iteration_is_an_error_like_any_other() -> None:
    @tool
    def f() -> int:
        return next(iter([]))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await answer(f)


def test_approval_is_a_setting_or_a_test_on_the_arguments() -> None:
    def is_large(ctx: RunContext[Shop], arguments: Any) -> bool:
        return bool(arguments["amount"] > ctx.deps.orders["limit"])

    @tool(needs_approval=is_large)
    def pay(amount: int) -> None: ...

    @tool(needs_approval=True)
    def always() -> None: ...

    shop = Shop({"limit": 10})
    small, large = (context(pay, {"amount": amount}, shop) for amount in (1, 100))
    assert not pay.needs_approval(small.call, small)
    assert pay.needs_approval(large.call, large)
    assert always.needs_approval(small.call, small)
    assert not tool(leave).needs_approval(small.call, small)
