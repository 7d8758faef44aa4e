"""Every example is run as a user would run it, with the bundled model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name: str, *arguments: str, folder: Path) -> str:
    """What an example prints, run in `folder`."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments],
        cwd=folder,
        env=os.environ | {"AGENTKIT_MODEL": "tiny"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_quickstart(tmp_path: Path) -> None:
    printed = run("quickstart", folder=tmp_path)

    assert "351168" in printed.splitlines()[0]
    assert "  python: 351168" in printed


def test_functions_are_given_what_they_need_and_ask_for_a_better_call(tmp_path: Path) -> None:
    printed = run("functions", folder=tmp_path)

    assert "shipped" in printed.splitlines()[0]
    assert "get_order was called with: W123, #W123" in printed


def test_streaming(tmp_path: Path) -> None:
    printed = run("streaming", folder=tmp_path)

    assert "[python] print(127 * 389)" in printed
    assert "  | 49403" in printed


def test_a_killed_process_is_resumed_without_calling_again(tmp_path: Path) -> None:
    printed = run("approval_and_resume", folder=tmp_path)

    assert "pending: functions.cancel_order" in printed
    assert "now this process is killed" in printed
    assert "final: " in printed
    assert "cancelled: ['W123']" in printed


def test_a_chat_goes_on_in_another_process(tmp_path: Path) -> None:
    first = run("chat_session", "chats.db", "Hello, I'm Ada!", folder=tmp_path)
    second = run("chat_session", "chats.db", "What is 12 * 34?", folder=tmp_path)

    assert "Ada" in first
    assert "408" in second
    assert "2 questions in chats.db so far" in second


def test_the_demo_shows_a_computation_and_a_function_call(tmp_path: Path) -> None:
    printed = run("demo", folder=tmp_path)

    assert "python returned: 351168" in printed
    assert 'get_weather: get_weather(city="Paris")' in printed
    assert "sunny" in printed


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_examples_are_short_and_say_how_to_run_them(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) < 60
    assert not text or f"python examples/{path.name}" in text
