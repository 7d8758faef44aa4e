"""`agentkit eval` from the command line: runs, results, mistakes, a terminal with Ctrl-C."""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from importlib.metadata import version
from pathlib import Path

import pytest
from rich.console import Console

from agentkit.cli.eval_show import show_trial
from agentkit.cli.eval_view import show_score
from agentkit.evals.agents import Toolbox
from agentkit.evals.folder import RunFolder
from agentkit.evals.scoring import score
from tests.cli.conftest import Agentkit
from tests.cli.conftest import agentkit as agentkit
from tests.cli.support import Terminal, in_a_process
from tests.evals.made_up import made_up
from tests.evals.support import LIBRARY, FunctionAgent, copy_library

HERE = "tests.evals.test_cli_eval"
RUN = ("eval", "run", str(LIBRARY))


def rude() -> FunctionAgent:
    """An agent that tries to take over the terminal."""

    async def answer(toolbox: Toolbox, heard: str) -> str:
        await toolbox.call("get_loan", {"loan": "\x1b]0;owned\x07L7"})
        return "\x1b[2JDone \u202e."

    return FunctionAgent(answer, "rude")


def slow() -> FunctionAgent:
    """An agent that takes two seconds to answer."""

    async def answer(toolbox: Toolbox, heard: str) -> str:
        await asyncio.sleep(2)
        return "Done."

    return FunctionAgent(answer, "slow")


def unwell() -> FunctionAgent:
    """An agent whose model is gone."""

    async def answer(toolbox: Toolbox, heard: str) -> str:
        from agentkit.errors import BackendError

        raise BackendError("the engine is gone")

    return FunctionAgent(answer, "unwell")


def test_gold_passes_and_noop_fails_and_all_that_can_be_looked_at(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    gold, noop = str(tmp_path / "gold"), str(tmp_path / "noop")
    done = agentkit(*RUN, "--split", "train", "--agent", "gold", "--out", gold)
    assert done.status == 0, done.err
    assert "3/3" in done.err
    assert "pass^1   1.000" in done.out
    assert f"Report: {gold}/report.html" in done.out
    assert json.loads(Path(gold, "report.json").read_text("utf-8"))["score"]["complete"]

    options = ("--split", "train", "--agent", "noop", "--trials", "2", "--out", noop)
    done = agentkit(*RUN, *options)
    assert done.status == 0
    assert "pass^2" in done.out
    assert "missing write" in done.out
    look = done.out.strip().splitlines()[-1].partition("agentkit eval show ")[2]
    assert agentkit("eval", "show", *look.replace("'", "").split()).status == 0

    shown = agentkit("eval", "show", noop, "renew-1#1").out
    assert "user  I want to renew a loan." in shown
    assert "agent  I cannot help with that." in shown
    assert "✗ the state is what the gold actions make of it" in shown
    assert "renew-1   #0 failed  #1 failed" in agentkit("eval", "show", noop).out

    assert "pass^1" in agentkit("eval", "score", noop).out
    fresh = agentkit("eval", "score", noop, "--fresh", "--json")
    assert json.loads(fresh.out)["overall"]["passed"] == 2
    compared = agentkit("eval", "compare", gold, noop)
    assert compared.status == 0
    assert compared.out.startswith("A and B are tied"), "three tasks cannot tell"
    other = str(tmp_path / "other")
    assert agentkit(*RUN, "--split", "test", "--agent", "noop", "--out", other).status == 0
    foreign = agentkit("eval", "compare", gold, other)
    assert foreign.status == 2
    assert "no task in common" in foreign.err
    replayed = agentkit("eval", "replay", noop)
    assert (replayed.status, replayed.out) == (0, "6 of 6 trials came to the same again.\n")
    assert agentkit("eval", "report", noop).out.split() == [
        f"{noop}/report.json",
        f"{noop}/report.html",
    ]


def test_a_replay_that_comes_to_something_else_says_what(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    agentkit(*RUN, "--tasks", "renew-1", "--agent", "gold", "--out", str(out))
    file = out / "results.jsonl"
    file.write_text(file.read_text("utf-8").replace("2026-02-07", "2026-02-08"), "utf-8")

    done = agentkit("eval", "replay", str(out), "renew-1")
    assert done.status == 1
    assert "it passed, and now it failed" in done.out
    assert "0 of 1 trials came to the same again." in done.out


def test_resuming_runs_the_rest_and_json_is_one_object_a_line(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    out = ("--out", str(tmp_path / "run"))
    agentkit(*RUN, "--tasks", "fees-1", "--agent", "gold", *out)
    refused = agentkit(*RUN, "--agent", "gold", *out)
    assert refused.status == 2
    assert "is not empty" in refused.err
    assert "--resume" in refused.err

    options = ("--split", "train", "--agent", "gold", "--resume", "--json")
    done = agentkit(*RUN, *options, *out)
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 0
    assert [line["event"] for line in lines] == ["trial", "trial", "score"]
    assert {line["task"] for line in lines[:2]} == {"renew-1", "refuse-1"}
    assert lines[-1]["score"]["overall"]["trials"] == 3


def test_trials_from_before_an_upgrade_are_kept_and_told_of(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    a, b = str(tmp_path / "a"), str(tmp_path / "b")
    options = ("--agent", "gold", "--tasks", "renew-1")
    agentkit(*RUN, *options, "--out", a)
    agentkit(*RUN, *options, "--out", b)
    run = Path(b, "run.json")
    run.write_text(run.read_text().replace(f'"{version("agentkit")}"', '"0.0.9"'))

    assert "versions differ: agentkit" in agentkit("eval", "compare", a, b).out
    done = agentkit(*RUN, *options, "--out", b, "--resume")
    assert done.status == 0
    assert "1 of 1 trials are there already." in done.err
    assert "may have been played with other versions: agentkit 0.0.9." in done.err
    compared = agentkit("eval", "compare", a, b).out
    assert "Of B, trials were also played with agentkit 0.0.9." in compared
    assert "The versions differ" not in compared
    assert "Earlier versions" in Path(b, "report.html").read_text("utf-8")


def test_trials_of_what_has_changed_are_told_of_and_not_counted(
    agentkit: Agentkit, tmp_path: Path
) -> None:
    out = ("--tasks", "fees-1", "--agent", "gold", "--out", str(tmp_path / "run"))
    agentkit(*RUN, *out)
    done = agentkit(*RUN, *out, "--seed", "2", "--resume")
    assert "1 other trials are there that this run does not count" in done.err
    assert "1/1 fees-1#0 passed" in done.err


@pytest.mark.parametrize("width", [60, 72, 80, 100])
def test_a_narrow_terminal_cuts_no_heading_no_number_and_no_word(width: int) -> None:
    records = [
        each.model_copy(update={"split": split, "task": f"{each.task}-{split}"})
        for split in ("test", "held out for the second edition")
        for each in made_up()
    ]
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    show_score(console, score(records))
    show_trial(console, next(each for each in records if each.outcome == "failed"))
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    said = " ".join(shown.split())
    for heading in ("tasks trials passed failed", "measured", "value 95 % interval bounds"):
        assert heading in said
    assert "Bounds: had all that was not measured failed" in shown
    assert re.search(r"pass\^1 +0\.\d{3} +0\.\d{3} to 0\.\d{3} +0\.\d{3} to 0\.\d{3} *\n", shown)
    assert "I want to cancel the thermostat in order #W4200." in said


def test_a_pipe_gets_whole_lines(agentkit: Agentkit, tmp_path: Path) -> None:
    name = "held out " * 12
    toml = (LIBRARY / "domain.toml").read_text("utf-8").replace("train =", f'"{name}" =')
    folder = copy_library(tmp_path, domain_toml=toml)
    done = agentkit("eval", "run", str(folder), "--agent", "noop", "--split", "all",
                    "--out", str(tmp_path / "out"))  # fmt: skip
    assert re.search(rf"{name.strip()} +3 +3 +1 +2 +0", done.out)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--model", "tiny"), "Nobody would use --model tiny: --agent gold plays without it"),
        (("--tools", "python"), "--tools is for --agent model"),
    ],
)
def test_options_that_nobody_would_use_are_refused(
    agentkit: Agentkit, tmp_path: Path, options: tuple[str, str], why: str
) -> None:
    out = tmp_path / "run"
    done = agentkit(*RUN, "--agent", "gold", *options, "--out", str(out))
    assert done.status == 2
    assert why in done.err
    assert not out.exists()


def test_what_is_not_measured_gives_status_3(agentkit: Agentkit, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "run"))
    done = agentkit(*RUN, "--agent", f"{HERE}:unwell", *out)
    assert done.status == 3
    assert "not measured: model: The engine is gone." in done.err
    assert "Why trials were not measured" in done.out
    assert agentkit("eval", "score", out[1]).status == 3


def test_what_agents_say_cannot_take_over_the_terminal(agentkit: Agentkit, tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    run = agentkit(*RUN, "--tasks", "renew-1", "--agent", f"{HERE}:rude", "--out", out)
    shown = agentkit("eval", "show", out, "renew-1")
    assert shown.status == 0
    assert "Done ." in shown.out
    for text in (run.out, run.err, shown.out, shown.err):
        assert not set(text) & set("\x1b\x07\u202e")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "no/such"), "There is no domain 'no/such'"),
        (("run", str(LIBRARY), "--agent", "golden"), "Use model, gold, noop, or module:factory"),
        (("run", str(LIBRARY), "--agent", "gold", "--user", "robot"), "Use scripted, model"),
        (("run", str(LIBRARY), "--agent", "gold", "--split", "dev"), "there are: train, test"),
        (("run", str(LIBRARY), "--agent", "gold", "--tasks", "x"), "There is no task 'x'"),
        (("run", str(LIBRARY), "--agent", "gold", "--resume"), "name it with --out DIR"),
        (("run", str(LIBRARY), "--agent", "gold", "--workers", "3"), "--executor processes"),
        (("run", str(LIBRARY), "--agent", "gold", "--user", "human"), "needs a terminal"),
        (("run", str(LIBRARY), "--agent", "gold", "--judge", "no/such/judge"), "no/such/judge"),
        (("score", "no/such"), "no/such is no folder of a run"),
        (("show", "no/such", "x"), "no/such is no folder of a run"),
        (("lint", "no/such"), "There is no domain 'no/such'"),
        (("import", "tau3", "no/such"), "there are tau1 and tau2"),
        (("import", "tau2:airline", "no/such"), "no/such is no checkout of tau2-bench"),
    ],
)
def test_a_mistake_is_told_in_words(
    agentkit: Agentkit, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    out = (
        ("--out", str(tmp_path / "run"))
        if arguments[0] == "run" and "--resume" not in arguments
        else ()
    )
    done = agentkit("eval", *arguments, *out)
    assert done.status in {1, 2}, done.out
    assert told in done.err
    assert "Traceback" not in done.err


def test_lint_tells_errors_by_its_status(agentkit: Agentkit) -> None:
    done = agentkit("eval", "lint", str(LIBRARY), "--split", "train")
    assert "library: 3 tasks" in done.out
    assert done.status == (1 if "error: " in done.out else 0)


def test_processes_play_what_the_options_say(tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = ("--agent", "gold", "--executor", "processes", "--out", str(out), "--split", "all")
    done = in_a_process(*RUN, *options)
    assert done.status == 0, done.err
    assert len(RunFolder(out).records()) == 5


def test_ctrl_c_lets_running_trials_finish_and_resume_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = (*RUN, "--split", "all", "--agent", f"{HERE}:slow", "--out", str(out))
    with Terminal(*options, "--concurrency", "2", state=tmp_path) as terminal:
        terminal.expect("0/5")
        time.sleep(1)
        terminal.press("\x03")
        terminal.expect("Stopping: trials that run may finish")
        assert terminal.wait() == 130
        assert "Stopped. Go on with: agentkit eval run" in terminal.text
        assert "Traceback" not in terminal.text
    assert len(RunFolder(out).records()) == 2

    done = in_a_process(*options, "--resume")
    assert "2 of 5 trials are there already" in done.err
    assert len(RunFolder(out).records()) == 5


def test_a_second_ctrl_c_cancels_what_runs(tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = (*RUN, "--agent", f"{HERE}:slow", "--out", str(out), "--concurrency", "1")
    with Terminal(*options, state=tmp_path) as terminal:
        terminal.expect("1/2")
        terminal.press("\x03")
        terminal.expect("Stopping: ")
        terminal.press("\x03")
        assert terminal.wait() == 130
        assert "Traceback" not in terminal.text
    assert len(RunFolder(out).records()) == 1


def test_a_person_plays_the_user(tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = ("--tasks", "fees-1", "--agent", "gold", "--user", "human", "--out", str(out))
    with Terminal(*RUN, *options, state=tmp_path) as terminal:
        terminal.expect("You want: Pay your fees")
        terminal.expect("> ")
        terminal.press("I am C-13 and pay.\n")
        terminal.expect("1,204.50")
        terminal.press("/stop\n")
        terminal.expect("pass^1")
        assert terminal.wait() == 0
