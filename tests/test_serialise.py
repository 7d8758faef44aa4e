"""Strings that UTF-8 cannot spell stop no run: they are written as escapes and read back."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit import Agent, RunState, ScriptedModel, SQLiteSession
from agentkit.evals.records import CallRecord
from agentkit.events import to_json as event_json
from agentkit.messages import ToolCall
from agentkit.serialise import to_json
from tests.scripts import call, final

HALF = "\ud83d"


def echo(text: str) -> str:
    """Give the text back."""
    return f"{text} and {HALF}"


@settings(deadline=None)
@given(st.dictionaries(st.text() | st.just(HALF), st.text(st.characters()) | st.just(HALF)))
def test_any_string_comes_back(value: dict[str, str]) -> None:
    assert json.loads(to_json(value)) == value


def test_half_characters_in_keys_stop_nothing() -> None:
    called = ToolCall("1", "echo", "", arguments={HALF: [{HALF: 1}]})
    kept = CallRecord(index=0, by="agent", tool="echo", args={HALF: 1.5})

    read = json.loads(to_json([called, {"half": kept}]))

    assert read[0]["arguments"] == {HALF: [{HALF: 1}]}
    assert list(read[1]["half"]["args"].values()) == [1.5]  # pydantic itself replaces its keys


async def test_a_run_with_half_characters_everywhere_is_traced_saved_and_resumed(
    tmp_path: Path,
) -> None:
    model = ScriptedModel([call("echo", text="x"), final("Fine.")])
    with SQLiteSession(tmp_path / "chats.db", "1") as session:
        async with Agent(model, tools=[echo]).run_stream(f"Hi {HALF}", session=session) as stream:
            lines = [json.loads(event_json(event)) async for event in stream]

        assert stream.result.stop_reason == "final"
        returned = next(line for line in lines if line["type"] == "tool_returned")
        assert returned["message"]["text"] == f"x and {HALF}"
        saved = await session.load()
        assert saved is not None
        assert list(saved.entries) == list(stream.result.state.entries)
        again = RunState.from_json(stream.result.state.to_json())
        assert list(again.entries) == list(saved.entries)
