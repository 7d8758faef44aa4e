"""Every call is answered, says why it was not carried out, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from typing import Any

import pytest

from agentkit.errors import ToolError
from agentkit.evals.domain import Domain
from agentkit.evals.records import CallRecord, StateWrite
from agentkit.evals.state import State
from agentkit.evals.tools import DomainTool, domain_tool, reads, writes
from agentkit.evals.world import MOST_ARGUMENTS, World
from tests.evals.support import library, task_of


def world_with(*functions: Callable[..., Any]) -> World:
    """The library's world with more tools; plain functions may write."""
    domain: Domain = library()
    tools = [each if isinstance(each, DomainTool) else writes(each) for each in functions]
    domain = dataclasses.replace(
        domain, tools={**domain.tools, **{tool.name: tool for tool in tools}}
    )
    return World(domain, task_of(domain, "renew-1"))


async def test_a_call_is_answered_and_its_writes_are_kept() -> None:
    world = world_with()
    record = await world.call("renew", '{"loan": "L7"}')
    assert record.result.startswith('{"loan":"L7"')
    assert (record.index, record.fault, record.raw) == (0, "", "")
    assert record.writes == (
        StateWrite(path="/loans/L7/due", value="2026-02-07"),
        StateWrite(path="/loans/L7/renewals", value=1),
    )
    assert world.state.get("loans", "L7", "renewals") == 1
    assert [each.call for each in world.state.journal] == [0, 0]
    assert world.initial["loans"]["L7"]["renewals"] == 0


@pytest.mark.parametrize(
    ("tool", "arguments", "fault"),
    [
        ("renwe", {}, "unknown_tool"),
        ("return_book", {"loan": "L7"}, "unknown_tool"),
        ("renew", "{", "invalid_arguments"),
        ("renew", {}, "invalid_arguments"),
        ("renew", {"loan": ["L7"]}, "invalid_arguments"),
        ("renew", "x" * (MOST_ARGUMENTS + 1), "invalid_arguments"),
        ("renew", {"loan": {"L7"}}, "invalid_arguments"),
        ("renew", {"loan": "L8"}, "refused"),
        ("get_loan", {"loan": "L99"}, "refused"),
    ],
)
async def test_a_call_that_cannot_be_carried_out_says_why(
    tool: str, arguments: Any, fault: str
) -> None:
    world = world_with()
    record = await world.call(tool, arguments)
    assert record.fault == fault
    assert record.result.startswith("Error: ")
    assert (record.writes, world.state.journal) == ((), [])
    assert world.calls == [record]


def half(state: State) -> str:
    """Writes, then fails."""
    state.set("loans", "L7", "due", to="never")
    raise KeyError("oh")


def refuses(state: State) -> str:
    """Writes, then refuses."""
    state.set("loans", "L7", "due", to="never")
    raise ToolError("no.")


def ends(state: State) -> str:
    """Ends the program."""
    raise SystemExit(3)


class Exit(BaseException):
    """What a library may derive from BaseException."""


def exits(state: State) -> str:
    """Raises what is no Exception."""
    raise Exit


async def cancels(state: State) -> str:
    """Cancels itself."""
    raise asyncio.CancelledError


@reads
def peeks(state: State) -> str:
    """Writes although it only reads."""
    state.set("loans", "L7", "due", to="never")
    return "done"


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        (half, "crash"),
        (refuses, "refused"),
        (ends, "crash"),
        (exits, "crash"),
        (cancels, "crash"),
        (peeks, "crash"),
    ],
)
async def test_what_a_tool_raises_undoes_what_it_wrote(function: Any, fault: str) -> None:
    world = world_with(function)
    name = getattr(function, "name", None) or function.__name__
    record = await world.call(name)
    assert record.fault == fault, record.result
    assert world.state.get("loans", "L7", "due") == "2026-01-17"
    assert (await world.call("renew", {"loan": "L7"})).fault == ""


async def test_a_tool_that_hangs_is_left_and_writes_to_nobody() -> None:
    def slow(state: State) -> str:
        """Take long."""
        time.sleep(0.2)
        state.set("loans", "L7", "due", to="never")
        return "done"

    tool = domain_tool(slow, "write", {})
    object.__setattr__(tool.tool, "timeout", 0.05)
    world = world_with(tool)
    assert (await world.call("slow")).fault == "timeout"
    await asyncio.sleep(0.4)
    assert world.state.get("loans", "L7", "due") == "2026-01-17"


async def test_a_tool_that_keeps_its_state_does_not_change_it_later() -> None:
    kept: list[State] = []

    def keeps(state: State) -> str:
        """Write, and keep the state."""
        state.set("loans", "L7", "due", to="now")
        kept.append(state)
        return "done"

    world = world_with(keeps)
    await world.call("keeps")
    kept[0].set("loans", "L7", "due", to="later")
    assert world.state.get("loans", "L7", "due") == "now"


async def test_calls_made_at_once_do_not_undo_each_other() -> None:
    world = world_with()
    calls = [("renew", {"loan": "L7"}), ("renew", {"loan": "L9"}), ("pay_fees", {"card": "C-11"})]
    records = await asyncio.gather(*(world.call(name, args) for name, args in calls))
    assert [each.index for each in records] == [0, 1, 2]
    assert world.state.get("loans", "L7", "renewals") == 1
    assert world.state.get("loans", "L9", "renewals") == 1
    assert world.state.get("members", "C-11", "fees") == 0


async def test_a_tool_may_change_its_arguments_and_the_record_does_not() -> None:
    def sorts(state: State, items: list[Any]) -> str:
        """Sort.

        Args:
            items: to sort.
        """
        items[0].clear()
        items.clear()
        return "done"

    world = world_with(sorts)
    record = await world.call("sorts", {"items": [{"a": 1}]})
    assert record.args == {"items": [{"a": 1}]}


async def test_a_record_that_is_changed_does_not_change_the_state() -> None:
    def adds(state: State) -> str:
        """Add."""
        state.set("loans", "L1", to={"tags": ["new"]})
        return "done"

    world = world_with(adds)
    record: CallRecord = await world.call("adds")
    record.writes[0].value["tags"].clear()
    assert world.state.get("loans", "L1") == {"tags": ["new"]}


async def test_cancelling_whoever_calls_cancels_the_call() -> None:
    async def waits(state: State) -> str:
        """Wait."""
        state.set("loans", "L7", "due", to="never")
        await asyncio.sleep(3600)
        return ""

    world = world_with(waits)
    call = asyncio.create_task(world.call("waits"))
    await asyncio.sleep(0.05)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert world.state.get("loans", "L7", "due") == "2026-01-17"
    assert (await world.call("renew", {"loan": "L7"})).fault == ""


async def test_descriptions_are_copies() -> None:
    world = world_with()
    names = [each.name for each in world.schemas("agent")]
    assert names == ["get_loan", "find_member", "renew", "pay_fees"]
    assert [each.name for each in world.schemas("user")] == ["return_book"]
    schema = world.schemas("agent")[0]
    assert schema.parameters is not None
    schema.parameters["properties"].clear()
    again = world.schemas("agent")[0].parameters
    assert again is not None
    assert again["properties"]
