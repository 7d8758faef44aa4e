"""The command with the bundled model: the main job, from the question to the answer."""

from __future__ import annotations

import json

from tests.cli.conftest import Agentkit
from tests.cli.support import in_a_process


def test_a_question_is_computed_by_a_python_call_and_answered() -> None:
    run = in_a_process(
        "run", "--model", "tiny", "--tools", "python", "--json", "What is 48 * 7316?"
    )

    assert run.status == 0, run.err
    events = [json.loads(line) for line in run.out.splitlines()]
    called = [event["call"]["name"] for event in events if event["type"] == "tool_called"]
    assert called == ["python"]
    assert events[-1]["type"] == "run_finished"
    assert "351168" in events[-1]["output"]


def test_without_a_name_the_bundled_model_answers_and_says_what_it_is(agentkit: Agentkit) -> None:
    run = agentkit("run", "hello")

    assert run.status == 0, run.err
    assert "Hello!" in run.out
    note = run.err.splitlines()[0]
    assert "bundled model" in note
    assert "--model openai/gpt-oss-20b" in note
