"""What the notebook sandbox costs: starts, round trips, files, memory, and a flood of output.

Wall time, medians over `--count` rounds; what is compared is measured in turns. A busy machine
delays long work more than short work, so beside each ratio of medians stands that of the fastest
rounds: where the two differ much, only the second means something. A zygote's spare supervisor is
started between two forks and not in the time of either.

The last table asks smolagents' local executor, where it is installed, the same questions; a kernel
on the host without a sandbox stands for tools that drive Jupyter directly, as the reference tool of
gpt-oss can.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

from sandbox import Limits, Notebook, NotebookPool
from sandbox.isolation.trees import proportional_memory, tree
from sandbox.zygote import Zygote
from tests.benchmarks.report import machine, table

LIBRARIES = ("numpy", "pandas")
IMPORT = f"import {', '.join(LIBRARIES)}"
FILE = os.urandom(64 << 20)
KERNELS = 20
FLOOD = "for _ in range(1 << 10): print('x' * (1 << 20))"
OTHERS = Path(__file__).parents[2] / ".venv-bench" / "bin" / "python"


async def seconds(work: Callable[[], Awaitable[Any]]) -> float:
    """Wall seconds that `work` takes."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def first_result(code: str, **options: Any) -> float:
    """Seconds from nothing to the first result of a notebook, which is closed again."""
    began = time.perf_counter()
    async with Notebook(**options) as notebook:
        result = await notebook.execute(code)
        assert result.ok, result.text()
        return time.perf_counter() - began


async def from_warm_pool(count: int) -> float:
    """Seconds from asking a warm pool for a notebook to its first result."""
    taken = []
    async with NotebookPool(2) as pool:
        for _ in range(count):
            await pool.ready()
            began = time.perf_counter()
            async with pool.acquire() as notebook:
                await notebook.execute("1 + 1")
                taken.append(time.perf_counter() - began)
    return median(taken)


async def forked_and_from_scratch(count: int) -> tuple[list[float], list[float]]:
    """Seconds to the first result with numpy and pandas imported: forked, and from scratch."""
    forked, scratch = [], []
    async with Zygote(LIBRARIES) as zygote:
        for _ in range(count):
            forked.append(await first_result(IMPORT, backend=zygote))
            assert zygote.trouble == "", zygote.trouble  # otherwise it was not a fork
            scratch.append(await first_result(IMPORT))
    return forked, scratch


async def isolated_and_not(count: int) -> tuple[list[float], list[float]]:
    """Seconds to the first result from scratch: isolated, and on the host as it is."""
    isolated, not_isolated = [], []
    for _ in range(count):
        isolated.append(await first_result("1"))
        not_isolated.append(
            await first_result("1", backend="unconfined", min_isolation="unconfined")
        )
    return isolated, not_isolated


async def round_trips(count: int) -> tuple[float, float, float]:
    """Seconds for `1 + 1`, for 64 MB in, and for 64 MB out."""
    async with Notebook() as notebook:
        await notebook.execute("1")
        cells = [await seconds(lambda: notebook.execute("1 + 1")) for _ in range(count)]
        into = [await seconds(lambda: notebook.upload("f", FILE)) for _ in range(5)]
        out = [await seconds(lambda: notebook.download("f")) for _ in range(5)]
        assert await notebook.download("f") == FILE
    return median(cells), median(into), median(out)


async def memory_of_warm_kernels() -> list[float]:
    """MB that each of many forked notebooks holds: its init process, launcher and kernel."""
    async with Zygote(LIBRARIES) as zygote, AsyncExitStack() as stack:
        notebooks = [await stack.enter_async_context(_forked(zygote)) for _ in range(KERNELS)]
        for notebook in notebooks:
            assert (await notebook.execute(IMPORT)).ok
        roots = [_root(notebook) for notebook in notebooks]
        return [sum(map(proportional_memory, tree(root))) / 1e6 for root in roots]


def _forked(zygote: Zygote) -> Notebook:
    return Notebook(backend=zygote)


def _root(notebook: Notebook) -> int:
    init: int = notebook._sandbox._init  # type: ignore[union-attr]
    return init


async def flood() -> tuple[float, float, bool]:
    """1 GB printed: seconds, MB that this process grew at most, and whether variables survived."""
    async with Notebook() as notebook:
        await notebook.execute("x = 1")
        Path("/proc/self/clear_refs").write_text("5")  # noqa: ASYNC240  the peak from now on
        before = _peak()
        took = await seconds(lambda: notebook.execute(FLOOD))
        return took, _peak() - before, (await notebook.execute("x")).text() == "1"


def _peak() -> float:
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


QUESTIONS = {
    "state stays from cell to cell": ("x = 20", "print(x + 1)"),
    "reads a file of the host": ("print(open('/etc/hostname').read())",),
    "`import os; os.getcwd()`": ("import os\nprint(os.getcwd())",),
    "numpy works": ("import numpy\nprint(numpy.arange(4).sum())",),
    "an endless loop is stopped, and state stays": ("y = 1", "while True: pass", "print(y)"),
}

_SMOLAGENTS = """
import json, sys, time
from smolagents.local_python_executor import LocalPythonExecutor
answers = {}
for question, cells in json.loads(sys.argv[1]).items():
    executor = LocalPythonExecutor([], timeout_seconds=2)
    executor.send_tools({})
    logs = ""
    for cell in cells:
        try:
            logs = executor(cell).logs
        except Exception as error:
            logs = ""
    answers[question] = bool(logs.strip())
began = time.perf_counter()
for _ in range(100):
    executor("1 + 1")
print(json.dumps([answers, (time.perf_counter() - began) / 100]), flush=True)
import os
os._exit(0)
"""


async def answers(**options: Any) -> dict[str, bool]:
    """For each question whether the last cell printed something."""
    found = {}
    for question, cells in QUESTIONS.items():
        async with Notebook(Limits(cell_timeout=2), **options) as notebook:
            for cell in cells:
                result = await notebook.execute(cell)
            found[question] = bool(result.stdout.strip())
    return found


def smolagents() -> tuple[dict[str, bool], float] | None:
    """The answers of smolagents' executor and its seconds for `1 + 1`; None without it."""
    if not OTHERS.exists():
        return None
    command = [str(OTHERS), "-c", _SMOLAGENTS, json.dumps(QUESTIONS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0 or not done.stdout:
        return None
    given, trip = json.loads(done.stdout.splitlines()[-1])
    return given, trip


def _ms(value: float) -> str:
    return f"{value * 1e3:,.1f} ms"


def _ratios(one: list[float], other: list[float]) -> str:
    return f"{median(one) / median(other):.2f} (fastest: {min(one) / min(other):.2f})"


async def costs(count: int) -> list[list[str]]:
    """Rows of the first table: what is measured, the value, what it is to reach."""
    pool = await from_warm_pool(count)
    forked, scratch = await forked_and_from_scratch(count)
    isolated, plain = await isolated_and_not(count)
    cell, into, out = await round_trips(count)
    memory = await memory_of_warm_kernels()
    took, growth, survived = await flood()
    return [
        ["first result from a warm pool", _ms(pool), "under 30 ms"],
        ["forked start with numpy and pandas", _ms(median(forked)), ""],
        ["... from scratch", _ms(median(scratch)), ""],
        ["... forked to from scratch", _ratios(forked, scratch), "under 0.25"],
        ["start from scratch, isolated", _ms(median(isolated)), ""],
        ["... on the host without isolation", _ms(median(plain)), ""],
        ["... isolated to not", _ratios(isolated, plain), "at most 1.25"],
        ["`1 + 1`, there and back", _ms(cell), "under 8 ms"],
        ["64 MB in", _ms(into), "under 500 ms"],
        ["64 MB out", _ms(out), "under 500 ms"],
        [f"memory of each of {KERNELS} warm kernels", f"{max(memory):.0f} MB", "under 40 MB"],
        ["1 GB printed: this process grows by", f"{growth:.0f} MB", "under 100 MB"],
        ["... takes", f"{took:.1f} s", ""],
        ["... the kernel keeps its variables", _word(survived), "yes"],
    ]


async def comparison() -> str:
    """The second table: what others answer to the same cells."""
    asked = {
        "ours": await answers(),
        "a kernel on the host": await answers(backend="unconfined", min_isolation="unconfined"),
    }
    other = smolagents()
    if other is not None:
        asked["smolagents, local"] = other[0]
    rows = [[name, *(_word(given[name]) for given in asked.values())] for name in QUESTIONS]
    return table(["", *asked], rows)


def _word(value: bool) -> str:
    return "yes" if value else "no"


def _load() -> str:
    return "/".join(f"{load:.1f}" for load in os.getloadavg())


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="rounds of what is timed")
    count = parser.parse_args().count
    before = _load()
    rows = asyncio.run(costs(count))
    print(f"Medians over {count}; {machine()}; load {before} before, {_load()} after\n")
    print(table(["", "measured", "to reach"], rows))
    print()
    print(asyncio.run(comparison()))


if __name__ == "__main__":
    main()
