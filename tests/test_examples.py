"""Every example does what its docstring says, with the bundled model.

Those that are about processes are run in their own; the others in this one, where torch is
imported once.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
Play = Callable[..., str]


@pytest.fixture
def play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Play:
    """Runs an example as its own main program and gives what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGENTKIT_MODEL", "tiny")

    def run(name: str, *arguments: str) -> str:
        path = str(EXAMPLES / f"{name}.py")
        monkeypatch.setattr(sys, "argv", [path, *arguments])
        runpy.run_path(path, run_name="__main__")
        return "".join(capfd.readouterr())

    return run


def run(name: str, folder: Path) -> str:
    """What an example prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        cwd=folder,
        env=os.environ | {"AGENTKIT_MODEL": "tiny"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_quickstart(tmp_path: Path) -> None:
    printed = run("quickstart", tmp_path)

    assert "351168" in printed.splitlines()[0]
    assert "  python: 351168" in printed


def test_a_killed_process_is_resumed_without_calling_again(tmp_path: Path) -> None:
    printed = run("approval_and_resume", tmp_path)

    assert "pending: functions.cancel_order" in printed
    assert "now this process is killed" in printed
    assert "final: " in printed
    assert "cancelled: ['W123']" in printed


def test_functions_are_given_what_they_need_and_ask_for_a_better_call(play: Play) -> None:
    printed = play("functions")

    assert "shipped" in printed.splitlines()[0]
    assert "get_order was called with: W123, #W123" in printed


@pytest.mark.parametrize("arguments", [(), ("--random",)])
def test_an_answer_is_an_order_from_any_model(play: Play, arguments: tuple[str, ...]) -> None:
    printed = play("structured_output", *arguments)

    found = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
    assert set(found) == {"number", "lines", "shipping", "deliver_by"}
    assert 1 <= len(found["lines"]) <= 3


def test_streaming_shows_what_happens_in_order(play: Play) -> None:
    printed = play("streaming")

    called, returned = printed.index("[python] "), printed.index("[back after")
    assert "127 * 389" in printed[called:returned]
    assert "  | 49403" in printed[called:returned]
    assert "49403" in printed[returned:]


def test_a_chat_goes_on_where_it_was_left(play: Play) -> None:
    first = play("chat_session", "chats.db", "Hello, I'm Ada!")
    second = play("chat_session", "chats.db", "What is 12 * 34?")

    assert "Ada" in first
    assert "408" in second
    assert "2 questions in chats.db so far" in second


def test_a_notebook_keeps_state_survives_a_timeout_and_gives_a_plot(tmp_path: Path) -> None:
    lines = run("notebook", tmp_path).splitlines()

    assert lines[0] == "mean: 20.0"
    assert lines[1].startswith("timeout: Timed out after 15.0 seconds: the cell was interrupted.")
    assert lines[2] == "still there: (1, 2, 3)"
    assert lines[3] == "network: ConnectionRefusedError"
    assert lines[4].startswith("plot.png: ")
    assert lines[4].endswith("in the notebook /mnt/data/_out/cell6_1.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("question", "title", "line", "answer"),
    [
        ("", "Kelmouth Museum", 6, "The director of Kelmouth Museum is Ilse Vantongeren."),
        (
            "What is the height of Gull Point Lighthouse?",
            *("Gull Point Lighthouse", 4, "The height of Gull Point Lighthouse is 41 meters."),
        ),
        (
            "Find the opening time of Harbour Library.",
            *("Harbour Library", 6, "The opening time of Harbour Library is 09:00."),
        ),
        (
            "What is the price of Skarn Ferry?",
            *("Skarn Ferry", 6, "The price of Skarn Ferry is 6.50 euros."),
        ),
    ],
)
def test_a_site_is_searched_and_cited(
    play: Play, question: str, title: str, line: int, answer: str
) -> None:
    lines = play("browse", *([question] if question else [])).splitlines()

    assert lines[0].startswith("browser.search ")
    assert lines[2] == 'browser.open {"id": 0}'
    assert lines[4] == f"{answer[:-1]}【1†L{line}】."
    assert lines[5] == f"  {title}, line {line}: {answer}"


def test_the_demo_shows_a_computation_a_function_call_and_a_page(play: Play) -> None:
    printed = play("demo")

    assert "python returned: 351168" in printed
    assert 'get_weather: get_weather(city="Paris")' in printed
    assert "sunny" in printed
    assert "The director of Kelmouth Museum is Ilse Vantongeren[1]." in printed
    assert "examples/guide/museum.html (line 6)" in printed


def test_an_agent_is_evaluated_with_a_score_and_a_report(play: Play, tmp_path: Path) -> None:
    domain = tmp_path / "sums"
    domain.mkdir()
    (domain / "domain.toml").write_text(
        'format = "agentkit.domain/1"\nname = "sums"\npolicy = "policy.md"\n'
        'state = "state.json"\n[tasks]\ntest = "test.jsonl"\n'
    )
    (domain / "policy.md").write_text("Answer with a number.")
    (domain / "state.json").write_text("{}")
    asked = {"script": [{"say": "What is 2 + 2?"}, {"stop": True}]}
    task = {"id": "two", "user": asked, "limits": {"tokens": 60}, "checks": [{"answer": "4"}]}
    (domain / "test.jsonl").write_text(json.dumps(task))

    printed = play("evaluate", str(domain), "two")

    assert "2 of 2 trials" in printed
    assert "pass^1 " in printed
    assert "0 not measured" in printed
    assert "<html" in (tmp_path / "runs" / "example" / "report.html").read_text()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_examples_are_short_and_say_how_to_run_them(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) < 60
    assert not text or f"python examples/{path.name}" in text
