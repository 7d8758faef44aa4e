"""How much the task runner itself costs: CPU a task, memory, and what waiting in parallel saves.

Everything plays in this process: the gold agent and the scripted user on the domain in
`examples/domains/retail`, and the same agent at a model's pace: ten milliseconds for every call and
every answer.
tau2-bench's own runner needs 325 CPU ms for one of its retail tasks; that was measured on another
day and other tasks, so its ratio is a rough one.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentkit.evals.agents import Briefing, EvalAgent, Player, Reply, Toolbox
from agentkit.evals.domain import Domain, load_domain
from agentkit.evals.players import GoldAgent
from agentkit.evals.records import CallRecord
from agentkit.evals.runner import Plan, run
from agentkit.evals.users import ScriptedUser
from agentkit.harmony.prompt import FunctionSchema
from agentkit.usage import Usage
from tests.benchmarks.report import table

RETAIL = Path(__file__).parents[2] / "examples" / "domains" / "retail"
TAU2_MS = 325.0
ANSWER_SECONDS = 0.01
FEW, MANY = 100, 1_000


class Waiting:
    """The gold agent with a model: ten milliseconds for every call and every answer.

    Args:
        domain: whose tasks it plays.
    """

    def __init__(self, domain: Domain) -> None:
        self._gold = GoldAgent(domain)

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"name": "waiting"}

    def start(self, briefing: Briefing) -> WaitingPlayer:
        toolbox = WaitingToolbox(briefing.toolbox)
        return WaitingPlayer(self._gold.start(replace(briefing, toolbox=toolbox)))

    async def close(self) -> None:
        """Nothing to free."""


class WaitingPlayer:
    """It in one trial."""

    def __init__(self, gold: Player) -> None:
        self._gold = gold

    async def reply(self, text: str) -> Reply:
        await asyncio.sleep(ANSWER_SECONDS)
        return await self._gold.reply(text)

    async def close(self) -> None:
        await self._gold.close()


class WaitingToolbox:
    """A toolbox whose calls are sampled first."""

    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox = toolbox

    @property
    def schemas(self) -> Sequence[FunctionSchema]:
        return self._toolbox.schemas

    async def call(self, tool: str, arguments: Mapping[str, Any] | str) -> CallRecord:
        await asyncio.sleep(ANSWER_SECONDS)
        return await self._toolbox.call(tool, arguments)

    def note(self, kind: str, text: str, malformed: str = "") -> None:
        self._toolbox.note(kind, text, malformed)

    def spent(self, usage: Usage) -> None:
        self._toolbox.spent(usage)


def played(
    domain: Domain, agent: EvalAgent, least: int, concurrency: int
) -> tuple[int, float, float]:
    """Play at least so many trials.

    Returns:
        How many, the seconds it took, and the CPU seconds.
    """
    trials = -(-least // len(domain.tasks()))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        user = ScriptedUser()
        plan = Plan(domain, agent, user, out, trials=trials, concurrency=concurrency)
        wall, cpu = time.perf_counter(), time.process_time()
        summary = asyncio.run(run(plan))
        took = time.perf_counter() - wall, time.process_time() - cpu
    if summary.missing or (isinstance(agent, GoldAgent) and len(summary.outcomes) != 1):
        raise AssertionError(f"the run came to {summary}")
    return summary.total, *took


def most_memory(trials: int) -> float:
    """MiB that a process of its own needs at most for so many trials."""
    code = f"from tests.benchmarks.bench_evals import memory; print(memory({trials}))"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def memory(trials: int) -> float:
    """MiB that this process needed at most, when it has played so many trials."""
    domain = load_domain(RETAIL)
    played(domain, GoldAgent(domain), trials, 8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report() -> str:
    """What was measured as a Markdown table."""
    domain = load_domain(RETAIL)
    played(domain, GoldAgent(domain), 1, 8)
    count, _, cpu = played(domain, GoldAgent(domain), FEW, 8)
    each = 1_000 * cpu / count
    rows = [
        ["CPU ms a task, gold agent and scripted user", f"{each:.1f}"],
        [f"ratio to tau2-bench's {TAU2_MS:.0f} CPU ms a task", f"{TAU2_MS / each:.0f}"],
        *([f"MiB at most, {n:,} trials", f"{most_memory(n):.0f}"] for n in (FEW, MANY)),
    ]
    many, parallel, _ = played(domain, Waiting(domain), MANY, 64)
    few, serial, _ = played(domain, Waiting(domain), FEW, 1)
    ratio = (serial / few) / (parallel / many)
    rows += [
        [f"{many:,} trials with answers in 10 ms, 64 at once: seconds", f"{parallel:.1f}"],
        ["as many one after another: seconds, of a tenth of them", f"{serial / few * many:.1f}"],
        ["ratio", f"{ratio:.0f}"],
    ]
    return table(["The task runner", ""], rows)


def main() -> None:
    """Print the table."""
    print(report())


if __name__ == "__main__":
    main()
