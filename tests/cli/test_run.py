"""`agentkit run` as other programs see it: stdout, stderr, exit status and files."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentkit import SQLiteSession
from agentkit.cli import main
from tests.cli.conftest import Agentkit
from tests.cli.support import ROOT, SCRIPTED, command, in_a_process, model
from tests.models.test_checkpoint import GPT_OSS_20B, folder_with


def test_the_answer_is_on_stdout_and_what_led_to_it_on_stderr() -> None:
    run = in_a_process("run", "Where is my order W1?", *model("order"))

    assert run.status == 0
    assert run.out == "Order W1 has shipped.\n"
    assert "thinking: An order." in run.err
    assert "says: One moment." in run.err
    assert 'get_order: get_order(order_id="W1")' in run.err
    assert 'get_order returned: {"order_id":"W1","state":"shipped"}' in run.err
    assert "2 turns · 1 call" in run.err
    assert "\x1b" not in run.out + run.err


def test_json_is_one_event_a_line_and_nothing_else(tmp_path: Path) -> None:
    trace = tmp_path / "deep" / "trace.jsonl"
    run = in_a_process("run", "Where?", *model("order"), "--json", "--trace", str(trace))

    events = [json.loads(line) for line in run.out.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "run_finished"
    assert events[-1]["output"] == "Order W1 has shipped."
    called = next(event for event in events if event["type"] == "tool_called")
    assert called["call"]["arguments"] == {"order_id": "W1"}
    assert "".join(e["text"] for e in events if e["type"] == "text_delta") == events[-1]["output"]
    assert "printed by a tool" in run.err
    assert "printed by a child" in run.err

    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    times = [line.pop("time") for line in lines]
    assert lines == events
    assert times == sorted(times)


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options for a model that cites a page of a folder, whose address fits on a line."""
    folder = tmp_path_factory.mktemp("town")
    page = "<title>Museum</title><h1>Museum</h1><p>The museum opened in 1934.</p>"
    (folder / "museum.html").write_text(page)
    return ["--model", f"{SCRIPTED}:citing", "--tools", f"browser:{folder}"]


def test_what_an_answer_cites_is_listed_below_it(agentkit: Agentkit, town: list[str]) -> None:
    run = agentkit("run", "When did it open?", *town)

    assert run.status == 0
    source = f"Museum - file://{town[-1].removeprefix('browser:')}/museum.html"
    assert run.out == (
        "It opened in 1934[1].\nIt closed[2], they say[1].\n\n"
        f"[1] {source} (line 4)\n[2] {source} (lines 70-71, not verified)\n"
    )


def test_json_tells_citations_in_the_last_event(agentkit: Agentkit, town: list[str]) -> None:
    run = agentkit("run", "When did it open?", *town, "--json")

    last = json.loads(run.out.splitlines()[-1])
    assert last["output"].startswith("It opened in 1934【1†L4】.")
    right, wrong = last["citations"]
    assert (right["quote"], right["verified"]) == ("The museum opened in 1934.", True)
    assert (wrong["start"], wrong["end"], wrong["verified"]) == (70, 71, False)


@pytest.mark.parametrize(
    ("script", "options", "status", "said"),
    [
        ("order", ["--max-turns", "1"], 3, "Stopped by a limit: "),
        ("order", ["--max-tokens", "5"], 3, "Stopped by a limit: "),
        ("slow", ["--seconds", "0.5"], 3, "Stopped by a limit: "),
        ("broken", [], 1, "BackendError"),
        ("silent", [], 1, "without an answer"),
        ("wiping", [], 1, "functions.wipe waits for approval. Run the command in a terminal"),
        ("wiping", ["--yes"], 0, "wipe returned: wiped /data"),
    ],
)
def test_the_exit_status_tells_how_the_run_ended(
    agentkit: Agentkit, script: str, options: list[str], status: int, said: str
) -> None:
    run = agentkit("run", "Go.", *model(script), *options)

    assert run.status == status
    assert said in run.err
    assert "Traceback" not in run.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "There is no prompt"),
        (["run", " "], "There is no prompt"),
        (["run", "--resume"], "--resume takes --session"),
        (["run", "hi", "--tools", "nope"], "There is no tool 'nope'"),
        (["run", "hi", "--tools", "browser:/no/docs"], "neither a search provider nor a file"),
        (["run", "hi", "--tools", "no.such.module:f"], "no.such.module cannot be imported"),
        (["run", "hi", "--tools", f"{SCRIPTED}:gone"], "has nothing named gone"),
        (["run", "hi", "--instructions", "@/no/file"], "The instructions cannot be read"),
        (["run", "hi", "--session", ":x"], "--session is FILE or FILE:ID"),
        (["run", "hi", "--trace", "/proc/none/x"], "No trace can be written"),
        (["run", "hi", "--model", f"{SCRIPTED}:not_a_model"], "is no model"),
        (["run", "hi", "--model", "vllm:ftp://localhost"], "is no address of a server"),
    ],
)
def test_what_cannot_be_run_is_one_sentence_and_status_2(
    agentkit: Agentkit, arguments: list[str], said: str
) -> None:
    run = agentkit(*arguments)

    assert run.status == 2
    assert run.out == ""
    assert said in run.err
    assert run.err.startswith("agentkit: ")
    assert run.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run", "hi", "--reasoning", "extreme"],
        ["run", "hi", "--max-turns", "0"],
        ["run", "hi", "--temperature", "nan"],
        ["run", "hi", "--seconds", "inf"],
        ["run", "hi", "--top-p", "0"],
        ["run", "hi", "--seed", "x"],
    ],
)
def test_options_that_cannot_be_right_have_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)

    assert left.value.code == 2
    assert "usage: agentkit" in capsys.readouterr().err


def test_a_model_that_is_not_there_is_one_sentence_and_status_1(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    run = agentkit("run", "hi", "--model", str(tmp_path / "nothing"))

    assert run.status == 1
    assert run.out == ""
    assert run.err.startswith("agentkit: There is no model folder")
    assert run.err.count("\n") == 1


def test_a_session_goes_on_in_another_run(agentkit: Agentkit, tmp_path: Path) -> None:
    session = f"{tmp_path / 'chats.db'}:ada"
    first = agentkit("run", "-", *model("answer"), "--session", session, stdin="One?\n")
    second = agentkit("run", "Two?", *model("answer"), "--session", session)

    assert first.out == second.out == "All is *well*.\n"
    with SQLiteSession(tmp_path / "chats.db", "ada") as store:
        state = asyncio.run(store.load())
    assert state is not None
    assert [entry.message.text for entry in state.entries if entry.message.role == "user"] == [
        "One?",
        "Two?",
    ]


def test_a_run_that_waits_is_resumed_with_what_was_approved(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    session = ["--session", str(tmp_path / "chats.db")]
    waiting = agentkit("run", "Wipe it.", *model("wiping"), *session)
    assert waiting.status == 1
    assert "agentkit run --resume --session" in waiting.err

    done = agentkit("run", "--resume", *model("answer"), *session, "--yes", "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 0
    returned = next(event for event in events if event["type"] == "tool_returned")
    assert returned["message"]["text"] == "wiped /data"

    nothing = agentkit("run", "--resume", *model("answer"), *session)
    assert nothing.status == 2
    assert "holds no unfinished run" in nothing.err


def test_mxfp4_weights_become_bfloat16_only_when_asked_for(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    path = folder_with(tmp_path / "packed", GPT_OSS_20B)
    refused = agentkit("run", "hi", "--model", str(path))
    assert "--dequantize" in refused.err
    asked = agentkit("run", "hi", "--model", str(path), "--dequantize")
    assert "needs 42 GB for its weights" in asked.err or "model.safetensors" in asked.err
    assert (refused.status, asked.status) == (1, 1)


def test_escapes_of_models_and_tools_reach_no_stream(agentkit: Agentkit) -> None:
    run = agentkit("run", "hi", *model("hostile"))

    assert run.out == "so red [bold]mark[/bold] gone 31m back\n"
    assert "thinking: red [bold]mark[/bold] gone 31m back" in run.err
    shown = run.out + run.err
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(shown)


def test_the_model_can_be_named_in_the_environment(
    agentkit: Agentkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTKIT_MODEL", f"{ROOT / 'tests/cli/scripted.py'}:answer")
    run = agentkit("run", "hi")

    assert run.out == "All is *well*.\n"
    assert "bundled" not in run.err


def test_a_reader_that_leaves_is_no_crash() -> None:
    arguments = command("run", "hi", "--json", *model("order"))
    with subprocess.Popen(
        arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        said = run.stderr.read()

    assert run.returncode == 1
    assert "Traceback" not in said


def test_help_costs_little() -> None:
    code = (
        "import sys, resource\n"
        "from agentkit.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'rich', 'openai_harmony'} & set(sys.modules)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_utime, heavy, file=sys.stderr)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    seconds, heavy = run.stderr.split(maxsplit=1)
    assert float(seconds) < 0.5
    assert heavy.strip() == "set()"
    assert "agentkit COMMAND --help" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "What", "is", "48?"], 'the prompt is one argument, in quotes: "What is 48?"'),
        (["run", "hi", "--tool-box", "python"], "unrecognized arguments: --tool-box"),
        (["doctor", "all"], "unrecognized arguments: all"),
    ],
)
def test_words_too_many_are_told(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", "run", "chat", "setup", "doctor", "index"])
def test_help_fits_a_terminal_of_80_columns(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([*filter(None, [command]), "--help"])

    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) < 80
    assert ("the model answered" in shown) == (command == "run")


def test_what_cannot_be_resumed_is_told_before_a_model_is_looked_for(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    session = str(tmp_path / "chats.db")
    run = agentkit("run", "--resume", "--session", session, "--model", "/no/such/model")

    assert run.status == 2
    assert run.err == f"agentkit: {session} holds no unfinished run.\n"
