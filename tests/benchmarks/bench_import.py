"""What `import` costs, beside other frameworks: CPU seconds in a fresh process.

The best of some rounds, less what an empty Python costs; files are in memory by then.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

from tests.benchmarks.report import table

ROUNDS = 5
NAMES = {
    "agentkit": "agentkit",
    "smolagents": "smolagents",
    "pydantic-ai": "pydantic_ai",
    "openai-agents": "agents",
}
_CODE = "import time, {0}; print(time.process_time())"


def seconds(module: str) -> float:
    """CPU seconds of a process that imports `module`."""
    command = [sys.executable, "-c", _CODE.format(module)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Print the table."""
    modules = {name: module for name, module in NAMES.items() if find_spec(module)}
    modules["nothing"] = "sys"
    best = dict.fromkeys(modules, float("inf"))
    for _ in range(ROUNDS):
        for name, module in modules.items():
            best[name] = min(best[name], seconds(module))
    empty = best.pop("nothing")
    own = best["agentkit"] - empty
    rows = [
        [name, f"{cost - empty:.2f}", f"{(cost - empty) / own:.1f}x"] for name, cost in best.items()
    ]
    print(table(["CPU seconds of", "import", "to ours"], rows))


if __name__ == "__main__":
    main()
