"""Events written down as JSON Lines."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from agentkit import Agent, ScriptedModel, UserError
from agentkit.events import to_json
from agentkit.tracing import TraceWriter
from tests.scripts import events_of, final


async def test_a_trace_is_the_events_with_their_time_and_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "traces" / "run.jsonl"
    events = await events_of(Agent(ScriptedModel([final("Grüße\n\u2028")])).run_stream("Hi"))

    for _ in range(2):
        with TraceWriter(path) as trace:
            for event in events:
                trace.write(event)
                assert path.read_text().endswith("}\n")

    lines = [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    assert all(time.time() - 60 < line.pop("time") <= time.time() for line in lines)
    assert lines == [json.loads(to_json(event)) for event in events] * 2


def test_a_trace_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No trace can be written"):
        TraceWriter(tmp_path)
