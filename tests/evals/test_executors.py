"""Executors: the same results wherever trials are played, and what becomes of a worker's death."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import AgentKitError, UserError
from agentkit.evals.executors import Executor, Recipe, open_executor
from agentkit.evals.executors.processes import ProcessExecutor
from agentkit.evals.folder import RunFolder
from agentkit.evals.runner import Plan, run
from tests.evals import recipes
from tests.evals.recipes import recipe
from tests.evals.support import library
from tests.evals.test_runner import timeless

ROOT = Path(__file__).parents[2]
TASKS = len(library().tasks())


def plan(out: Path, make: Recipe, executor: Executor | None = None, **fields: Any) -> Plan:
    cast = recipes.looking() if make.func.__name__ in {"broken", "dying"} else make()  # type: ignore[attr-defined]
    given: dict[str, Any] = {"trials": 2, "executor": executor, **fields}
    return Plan(cast.domain, cast.agent, cast.user, out, **given)


async def test_processes_give_the_results_of_this_process(tmp_path: Path) -> None:
    make = recipe("looking")
    await run(plan(tmp_path / "here", make))
    await run(plan(tmp_path / "there", make, ProcessExecutor(make, workers=2, concurrency=5)))

    here, there = (RunFolder(tmp_path / each).records() for each in ("here", "there"))
    assert len(here) == 2 * TASKS
    assert timeless(here) == timeless(there)


@pytest.mark.parametrize(
    ("how", "told"), [("exit", "ended with status 3"), ("kill", "SIGKILL; perhaps .* memory")]
)
async def test_a_worker_that_dies_takes_only_its_running_trials_along(
    tmp_path: Path, how: str, told: str
) -> None:
    make = recipe("deadly", "fees-1", how)
    await run(plan(tmp_path / "run", make, ProcessExecutor(make, workers=2, concurrency=2)))

    records = list(RunFolder(tmp_path / "run").records())
    lost = [each for each in records if each.task == "fees-1"]
    assert len(records) == 2 * TASKS
    assert {each.outcome for each in lost} == {"not_measured"}
    assert {each.ending for each in lost} == {"harness"}
    assert all(each.attribution and each.attribution.cause == "harness" for each in lost)
    assert all(re.search(told, each.detail) for each in lost), lost[0].detail
    assert all(each.ending == "finished" for each in records if each.task != "fees-1")


async def test_what_cannot_be_written_down_hangs_no_worker(tmp_path: Path) -> None:
    make = recipe("holding")
    for name, executor in (("here", None), ("there", ProcessExecutor(make))):
        async with asyncio.timeout(60):
            await run(plan(tmp_path / name, make, executor))
    here, there = (list(RunFolder(tmp_path / each).records()) for each in ("here", "there"))
    assert len(here) == 2 * TASKS
    assert timeless(here) == timeless(there)


async def test_a_worker_that_cannot_start_ends_the_run_with_its_reason(tmp_path: Path) -> None:
    for name, told in (
        ("broken", "could not start: ValueError: no such thing"),
        ("dying", "could not start: the worker process ended with status 7"),
    ):
        make = recipe(name)
        with pytest.raises(AgentKitError, match=told):
            await run(plan(tmp_path / name, make, ProcessExecutor(make)))


def test_a_recipe_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(UserError, match="a recipe that can be pickled: a function of a module"):
        ProcessExecutor(lambda: recipes.looking())


async def test_cancelling_ends_the_workers(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    make = recipe("talkative", marks)
    executor = open_executor("processes", make, workers=2, concurrency=2)
    running = asyncio.create_task(run(plan(tmp_path / "run", make, executor)))
    numbers = await asyncio.to_thread(some, marks, 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert not [number for number in numbers if alive(number)]
    assert not RunFolder(tmp_path / "run").records()


_PARENT = """
import asyncio, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.evals.test_executors import plan
from tests.evals.recipes import recipe
from agentkit.evals.executors import open_executor
from agentkit.evals.runner import run
make = recipe("talkative", Path({marks!r}))
asyncio.run(run(plan(Path({out!r}), make, open_executor("processes", make, 2, 2))))
"""


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    code = _PARENT.format(root=str(ROOT), marks=str(marks), out=str(tmp_path / "run"))
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        numbers = some(marks, 2)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while any(map(alive, numbers)):
        assert time.monotonic() < until, "a worker goes on without its parent"
        time.sleep(0.05)


def some(marks: Path, wanted: int) -> list[int]:
    """The numbers of processes, when so many have left theirs."""
    until = time.monotonic() + 60
    while len(found := [int(each.name) for each in marks.iterdir()]) < wanted:
        assert time.monotonic() < until, "the workers do not begin"
        time.sleep(0.05)
    return found


def alive(number: int) -> bool:
    """Whether a process runs (and not only waits to be asked how it ended)."""
    with suppress(OSError):
        state = Path(f"/proc/{number}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
        return state != "Z"
    return False


_RAY = """
import asyncio, sys
sys.path.insert(0, {root!r})
from pathlib import Path
import ray
from agentkit.errors import AgentKitError
from agentkit.evals.executors import open_executor
from agentkit.evals.executors.ray import start_ray
from agentkit.evals.runner import run
from tests.evals.recipes import recipe
from tests.evals.test_executors import plan
out = Path({out!r})
try:
    start_ray(num_cpus=2)
except AgentKitError as error:
    print(error)
    sys.exit(77)
async def play(name, make, trials):
    executor = open_executor("ray", make, workers=2, concurrency=4)
    await run(plan(out / name, make, executor, trials=trials))
asyncio.run(play("ray", recipe("looking"), 8))
asyncio.run(play("deadly", recipe("deadly", "fees-1", "kill"), 1))
try:
    asyncio.run(play("broken", recipe("broken"), 1))
except AgentKitError as error:
    print(error)
ray.shutdown()
"""


@pytest.mark.timeout(600)
def test_a_real_ray_gives_the_same_results_and_replaces_actors(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    code = _RAY.format(root=str(ROOT), out=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=540
    )
    if done.returncode == 77:
        pytest.skip(f"Ray does not start here and now: {done.stdout.strip()}")
    assert done.returncode == 0, done.stderr
    assert "A worker could not start: ValueError: no such thing" in done.stdout

    asyncio.run(run(plan(tmp_path / "here", recipe("looking"), trials=8)))
    here, there = (RunFolder(tmp_path / each).records() for each in ("here", "ray"))
    assert len(here) == 8 * TASKS
    assert timeless(here) == timeless(there)

    deadly = {each.task: each for each in RunFolder(tmp_path / "deadly").records()}
    assert len(deadly) == TASKS
    assert deadly["fees-1"].ending == "harness"
    assert "the Ray actor is gone" in deadly["fees-1"].detail
    assert "finished" in {each.ending for each in deadly.values()}


def test_without_ray_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'agentkit\[ray\]'.*--executor processes"):
        open_executor("ray", recipe("looking"))
