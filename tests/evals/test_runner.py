"""Runs: many trials at once, kept, stopped, killed and gone on with."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import UserError
from agentkit.evals.agents import Briefing, Toolbox
from agentkit.evals.domain import load_domain
from agentkit.evals.folder import RunFolder
from agentkit.evals.records import TrialRecord
from agentkit.evals.results import ResultsError, ResultsFile
from agentkit.evals.runner import Plan, Progress, run
from tests.evals.recipes import HELLO, look
from tests.evals.support import FunctionAgent, FunctionPlayer, LineUser, copy_library, library

ROOT = Path(__file__).parents[2]
KILLS = 8


def plan(out: Path, **fields: Any) -> Plan:
    given: dict[str, Any] = {
        "domain": library(),
        "agent": FunctionAgent(look, "looking"),
        "user": LineUser([HELLO]),
        "trials": 3,
        **fields,
    }
    return Plan(out=out / "run", **given)


def heads(folder: Path) -> list[tuple[str, int]]:
    """Tasks and trials in the order of the file."""
    return [(each.task, each.trial) for each in ResultsFile(folder / "run/results.jsonl").read()]


def timeless(records: Iterator[TrialRecord] | Any) -> list[dict[str, Any]]:
    """What is told of trials, without how long anything took."""

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            times = {"seconds", "started", "at", "model_seconds"}
            return {key: told(each) for key, each in value.items() if key not in times}
        return [told(each) for each in value] if isinstance(value, list) else value

    return [told(record.model_dump(mode="json")) for record in records]


async def test_trials_begin_task_by_task(tmp_path: Path) -> None:
    agent = FunctionAgent(look)
    summary = await run(plan(tmp_path, agent=agent, trials=2, concurrency=1))

    tasks = [task.id for task in library().tasks()]
    assert [each.task for each in agent.briefings] == [task for task in tasks for _ in range(2)]
    assert len({each.seed for each in agent.briefings}) == len(agent.briefings)
    assert (summary.total, summary.kept, summary.missing) == (2 * len(tasks), 0, 0)


async def test_results_are_the_same_at_any_concurrency_and_in_any_order(tmp_path: Path) -> None:
    async def drawing(toolbox: Toolbox, heard: str) -> str:
        await asyncio.sleep(random.random() / 50)
        return await look(toolbox, heard)

    for concurrency in (1, 64):
        out = tmp_path / str(concurrency)
        await run(plan(out, agent=FunctionAgent(drawing), trials=8, concurrency=concurrency))

    one, many = (RunFolder(tmp_path / each / "run").records() for each in ("1", "64"))
    assert timeless(one) == timeless(many)
    assert heads(tmp_path / "1") != heads(tmp_path / "64"), "they ended in another order"


async def test_only_some_tasks_of_a_split_are_run(tmp_path: Path) -> None:
    await run(plan(tmp_path, split="train", tasks=["refuse-1", "fees-1"], trials=1, concurrency=1))

    assert heads(tmp_path) == [("refuse-1", 0), ("fees-1", 0)]
    with pytest.raises(UserError, match=r"no task 'renew-9' in the split 'train' of library"):
        await run(plan(tmp_path / "other", split="train", tasks=["renew-9"]))
    with pytest.raises(UserError, match="has no split 'prod'; there are: train, test"):
        await run(plan(tmp_path / "other", split="prod"))


async def test_resuming_runs_only_what_is_missing(tmp_path: Path) -> None:
    await run(plan(tmp_path, trials=1))
    agent = FunctionAgent(look, "looking")
    told: list[Progress] = []
    await run(plan(tmp_path, agent=agent, trials=2, resume=True), progress=told.append)

    tasks = len(library().tasks())
    assert len(agent.briefings) == tasks
    assert (told[0].kept, told[0].done, told[0].total) == (tasks, tasks, 2 * tasks)
    assert (told[-1].done, len(told)) == (2 * tasks, tasks + 1)
    assert len(set(heads(tmp_path))) == 2 * tasks

    agent.briefings.clear()
    summary = await run(plan(tmp_path, agent=agent, trials=2, resume=True))
    assert not agent.briefings
    assert (summary.kept, summary.missing) == (2 * tasks, 0)


async def test_a_changed_task_is_run_again_alone(tmp_path: Path) -> None:
    folder = copy_library(tmp_path)
    await run(plan(tmp_path, domain=load_domain(folder), trials=1))
    text = (folder / "train.jsonl").read_text("utf-8")
    (folder / "train.jsonl").write_text(text.replace('"2026-02-07"', '"2026-02-08"'), "utf-8")
    agent = FunctionAgent(look, "looking")
    await run(plan(tmp_path, domain=load_domain(folder), agent=agent, trials=1, resume=True))

    assert [each.task for each in agent.briefings] == ["renew-1"]
    records = list(RunFolder(tmp_path / "run").records())
    assert len(records) == len(library().tasks()), "the old trial does not count any more"
    assert len(heads(tmp_path)) == len(records) + 1, "and is still there"


async def test_another_agent_has_results_of_its_own(tmp_path: Path) -> None:
    await run(plan(tmp_path, trials=1))
    other = FunctionAgent(look, "another")
    summary = await run(plan(tmp_path, agent=other, trials=1, resume=True))

    assert len(other.briefings) == summary.total
    assert summary.kept == 0
    assert len(RunFolder(tmp_path / "run").records()) == summary.total


async def test_what_was_not_measured_is_run_again(tmp_path: Path) -> None:
    fails = LineUser([RuntimeError("the user's model is gone")])
    first = await run(plan(tmp_path, user=fails, trials=1))
    assert first.outcomes == {"not_measured": first.total}

    works = replace(fails, lines=[HELLO])
    same = type("Same", (), {"settings": fails.settings, "start": works.start})()
    second = await run(plan(tmp_path, user=same, trials=1, resume=True))
    assert second.kept == 0
    assert "not_measured" not in second.outcomes
    assert all(each.outcome != "not_measured" for each in RunFolder(tmp_path / "run").records())


async def test_a_folder_with_results_is_not_begun_anew(tmp_path: Path) -> None:
    await run(plan(tmp_path, trials=1))
    before = heads(tmp_path)
    with pytest.raises(UserError, match=r"is not empty .*--resume"):
        await run(plan(tmp_path, trials=1))
    assert heads(tmp_path) == before


async def test_a_damaged_line_stops_resuming_and_says_where(tmp_path: Path) -> None:
    await run(plan(tmp_path, trials=1))
    file = tmp_path / "run/results.jsonl"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([lines[0], "garbage", *lines[1:]]) + "\n", "utf-8")

    with pytest.raises(ResultsError, match=r"results\.jsonl:2: "):
        await run(plan(tmp_path, trials=1, resume=True))


def stopping(after: int, do: Callable[[], None]) -> Callable[[Progress], None]:
    """Does something when so many trials are done."""

    def progress(now: Progress) -> None:
        if now.done == after and now.record is not None:
            do()

    return progress


async def test_stopping_lets_running_trials_finish_and_begins_none(tmp_path: Path) -> None:
    stop = asyncio.Event()
    agent = FunctionAgent(look, "looking")
    progress = stopping(1, stop.set)
    summary = await run(plan(tmp_path, agent=agent, concurrency=2), progress, stop)

    assert 0 < summary.missing < summary.total
    assert len(agent.briefings) == summary.total - summary.missing == len(heads(tmp_path))
    rest = await run(plan(tmp_path, resume=True))
    assert (rest.kept, rest.missing) == (summary.total - summary.missing, 0)


async def test_cancelling_keeps_what_ended_and_records_nothing_else(tmp_path: Path) -> None:
    three, six = asyncio.Event(), asyncio.Event()

    async def first_only(toolbox: Toolbox, heard: str) -> str:
        if len(agent.briefings) == 6:
            six.set()
        if len(agent.briefings) > 3:
            await asyncio.sleep(3_600)
        return await look(toolbox, heard)

    agent = FunctionAgent(first_only)
    running = asyncio.create_task(
        run(plan(tmp_path, agent=agent, concurrency=3), stopping(3, three.set))
    )
    await three.wait()
    await six.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert len(heads(tmp_path)) == 3
    assert agent.closed == 6, "those that were cancelled were closed too"


async def test_a_full_disk_ends_the_run_and_keeps_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = FunctionAgent(look)
    append = ResultsFile.append

    def on_a_full_disk(self: ResultsFile, *records: TrialRecord) -> None:
        if agent.closed >= 4:
            import os

            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, self._descriptor)
            os.close(full)
        append(self, *records)

    monkeypatch.setattr(ResultsFile, "append", on_a_full_disk)
    told: list[Progress] = []
    with pytest.raises(ResultsError, match="No space left on device"):
        await run(plan(tmp_path, agent=agent, trials=20, concurrency=2), told.append)

    assert len(heads(tmp_path)) == told[-1].done < 100
    assert agent.closed == len(agent.briefings)


class Faulty(FunctionAgent):
    """An agent that cannot be started for one task."""

    def start(self, briefing: Briefing) -> FunctionPlayer:
        if briefing.task == "fees-1":
            raise RuntimeError("no fees today")
        return super().start(briefing)


async def test_one_trial_that_breaks_leaves_the_others_alone(tmp_path: Path) -> None:
    await run(plan(tmp_path, agent=Faulty(look), trials=1))

    endings = {each.task: each.ending for each in RunFolder(tmp_path / "run").records()}
    assert endings.pop("fees-1") in {"agent", "harness"}
    assert set(endings.values()) == {"finished"}


_RUN = """
import asyncio, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from agentkit.evals.runner import Plan, run
from tests.evals.recipes import waiting
cast = waiting(0.05)
def began(briefing, start=cast.agent.start):
    with open({begun!r}, "a") as out:
        out.write(f"{{briefing.task}} {{briefing.seed}}\\n")
    return start(briefing)
cast.agent.start = began
out = Path({out!r})
plan = Plan(cast.domain, cast.agent, cast.user, out, trials=40, concurrency=4, resume=True)
print("begun", flush=True)
asyncio.run(run(plan))
"""


def test_a_run_killed_at_any_moment_loses_only_running_trials_and_repeats_none(
    tmp_path: Path,
) -> None:
    out, begun = tmp_path / "run", tmp_path / "begun"
    code = _RUN.format(root=str(ROOT), out=str(out), begun=str(begun))
    total = 40 * len(library().tasks())
    draw = random.Random(5)
    kept: dict[str, TrialRecord] = {}
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            time.sleep(draw.uniform(0.0, 0.25))
            process.send_signal(signal.SIGKILL)
        file = ResultsFile(out / "results.jsonl")
        if file.path.exists():
            now = {record.key: record for record in file.read()}
            assert kept == {key: now[key] for key in kept}, "nothing that was kept is lost"
            kept = now
    assert 0 < len(kept) < total, "it was killed in the middle"

    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    keys = [record.key for record in ResultsFile(out / "results.jsonl").read()]
    assert len(keys) == len(set(keys)) == total, "none is there twice"
    again = len(begun.read_text("utf-8").splitlines()) - total
    assert again <= KILLS * 4, "only running trials were begun a second time"
