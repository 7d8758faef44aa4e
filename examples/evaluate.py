"""Evaluate an agent: trials on a domain, a score with its interval, a report to open in a browser.

    python examples/evaluate.py [DOMAIN [TASK ...]]

The bundled model has a hard time with the mathematics of the default domain; set AGENTKIT_MODEL for
a real one. Run it twice: what has a result is not run again.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from agentkit import Agent, PythonTool
from agentkit.evals import load_domain
from agentkit.evals.players import AgentUnderTest
from agentkit.evals.report import write_report
from agentkit.evals.results import ResultsFile
from agentkit.evals.runner import Plan, run
from agentkit.evals.scoring import score
from agentkit.evals.users import ScriptedUser

MATH = str(Path(__file__).parent / "domains" / "math")
OUT = Path("runs") / "example"


async def main(path: str = MATH, *tasks: str) -> None:
    domain = load_domain(path)
    model = os.environ.get("AGENTKIT_MODEL", "tiny")
    agent = AgentUnderTest(Agent(model, name="mine", tools=[PythonTool()]))
    plan = Plan(domain, agent, ScriptedUser(), OUT, tasks=tasks, trials=2, resume=OUT.exists())
    try:
        await run(plan, lambda at: print(f"{at.done} of {at.total} trials", file=sys.stderr))
    finally:
        await agent.close()
    with ResultsFile(OUT / "results.jsonl") as results:
        rates = score(results.read()).overall
        first = rates.pass_hat[0]
        if first.value is not None and (of := first.interval):
            print(f"pass^1 {first.value:.2f}, {of.level:.0%} sure of [{of.low:.2f}, {of.high:.2f}]")
        print(f"{rates.passed} passed, {rates.failed} failed, {rates.not_measured} not measured")
        settings = json.loads((OUT / "run.json").read_text())
        print(f"report: {write_report(OUT, results.read(), settings, domain)[1]}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
