"""What a run looks like on a terminal, and that nothing in it can write outside of its place."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from agentkit import (
    Agent,
    Citation,
    Event,
    Message,
    ReasoningDelta,
    RunFinished,
    ScriptedModel,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolOutputDelta,
    ToolReturned,
    Usage,
)
from agentkit.cli.terminal import MOST_OUTPUT_ROWS, TerminalView
from tests.cli.scripted import count, get_order, hostile, order, shout

WIDTH = 60


def shown(events: list[Event]) -> str:
    """What a view writes, without colours."""
    screen = io.StringIO()
    view = TerminalView(Console(file=screen, width=WIDTH, color_system=None))
    for event in events:
        view.show(event)
    return screen.getvalue()


def box(output: list[str], result: str, text: str = "x", is_error: bool = False) -> list[str]:
    """The rows of a call's box for output that streams and a result."""
    call = ToolCall("call_1", "python", text, name="python")
    events: list[Event] = [ToolCalled(call)]
    events += [ToolOutputDelta("call_1", part) for part in output]
    events.append(ToolReturned("call_1", Message("tool", result), is_error))
    return [row[2:-2].rstrip() for row in shown(events).splitlines() if row.startswith("│")]


async def run_events(model: ScriptedModel, *tools: object) -> list[Event]:
    async with Agent(model, tools=tools).run_stream("Go.") as stream:
        return [event async for event in stream]


async def test_a_run_is_shown_from_top_to_bottom() -> None:
    rows = shown(await run_events(order(), get_order)).splitlines()

    assert rows[:14] == [
        "An order.",
        "",
        "One moment.",
        "",
        "╭─ get_order ──────────────────────────────────────────────╮",
        '│ get_order(order_id="W1")                                 │',
        "├──────────────────────────────────────────────────────────┤",
        '│ {"order_id":"W1","state":"shipped"}                      │',
        rows[8],
        "",
        "It has shipped.",
        "",
        "Order W1 has shipped.",
        "",
    ]
    assert rows[8].startswith("╰──")
    assert rows[14].startswith("2 turns · 1 call · ")


async def test_escapes_and_markup_of_models_and_tools_are_plain_text() -> None:
    text = shown(await run_events(hostile(), shout))

    assert text.count("red [bold]mark[/bold] gone 31m back") >= 3
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(text)


@pytest.mark.parametrize(
    "text", ["short", "word " * 60, "x" * 300, "日本語のテキスト" * 20, "a\tb\n\n c"]
)
def test_every_row_of_a_box_is_as_wide_as_the_box(text: str) -> None:
    call = ToolCall("call_1", "python", text, name="python")
    rows = shown([ToolCalled(call), ToolReturned("call_1", Message("tool", text))]).splitlines()

    assert {cell_len(row) for row in rows if row} == {WIDTH}


def test_what_was_streamed_is_not_shown_again() -> None:
    assert box(["a\n", "b", "\n"], "a\nb") == ["x", "a", "b"]
    assert box(["a\n"], "a\nthe value") == ["x", "a", "the value"]
    assert box([], "whole") == ["x", "whole"]
    assert box(["part", "ly"], "partly") == ["x", "partly"]
    assert box(["a\n"], "Error: f did not finish within 1 s.", is_error=True) == [
        "x",
        "a",
        "Error: f did not finish within 1 s.",
    ]


def test_long_output_is_counted_and_not_shown() -> None:
    rows = box([f"{number}\n" for number in range(100)], "")

    assert len(rows) == 1 + MOST_OUTPUT_ROWS + 1
    assert rows[-1] == "… 76 more lines"


async def test_a_tools_output_is_shown_as_it_comes() -> None:
    events: list[Event] = [
        ToolCalled(ToolCall("call_1", "functions.count", "{}", name="functions.count")),
        ToolOutputDelta("call_1", "number 0\nnumb"),
    ]

    text = shown(events)
    assert "number 0" in text
    assert "numb " not in text
    assert count.name == "functions.count"


def test_streamed_text_is_the_text() -> None:
    deltas: list[Event] = [
        TextDelta(part) for part in ["\n\nOne", " two", "\n", "\n", "[b]x[/b]", "\n"]
    ]

    assert shown([ReasoningDelta("Hm"), *deltas, RunFinished("final", "", None, Usage())]) == (
        "Hm\n\nOne two\n\n[b]x[/b]\n\n0 turns · 0 tokens\n"
    )


def test_citations_are_numbered_links_however_the_text_is_split() -> None:
    page = Citation(3, "http://a.example/x", "A\x1b[2J page", 4, 5, (), "", verified=True)
    forged = Citation(4, "javascript:alert(1)", "B", 1, 1, (), "", verified=False)
    events: list[Event] = [
        *map(TextDelta, ["Yes【3", "†L4-", "L5】, and【4†L1】", "."]),
        RunFinished("final", "", None, Usage(), (page, forged)),
    ]

    assert shown(events).startswith(
        "Yes[1], and[2].\n\n"
        "[1] A page - http://a.example/x (lines 4-5)\n"
        "[2] B - javascript:alert(1) (line 1, not verified)\n\n"
    )
    screen = io.StringIO()
    view = TerminalView(Console(file=screen, force_terminal=True, width=80))
    for event in events:
        view.show(event)
    links = re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b", screen.getvalue())
    assert links == ["http://a.example/x"]


@pytest.mark.parametrize(
    ("reason", "detail", "said"),
    [
        (
            "limit",
            "The run reached its limit of turns, 3.",
            "Stopped by a limit: The run reached its limit of turns, 3.",
        ),
        ("cancelled", "The run was cancelled.", "Cancelled."),
        ("error", "BackendError: no\x1b[2J", "BackendError: no"),
    ],
)
def test_a_run_without_answer_says_why(reason: str, detail: str, said: str) -> None:
    assert said in shown([RunFinished(reason, detail, None, Usage())]).splitlines()
