"""All benchmarks, one after the other: `python -m tests.benchmarks [--write]`.

Each runs in a process of its own. Those that compare agentkit with other frameworks run in the
environment that has them, `.venv-bench`, which `make bench` makes. With `--write` the tables go
into `docs/performance.md`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.report import machine

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "performance.md"
OTHERS = ROOT / ".venv-bench" / "bin" / "python"
HERE = Path(sys.executable)

BENCHMARKS = {
    "The loop": ("bench_loop", OTHERS),
    "KV reuse": ("bench_kv", HERE),
    "Calls together": ("bench_batching", HERE),
    "The reader": ("bench_reader", HERE),
    "Import": ("bench_import", OTHERS),
    "The sandbox": ("bench_sandbox", HERE),
    "Conversion": ("bench_conversion", HERE),
    "Local search": ("bench_search", HERE),
    "Servers": ("bench_servers", HERE),
    "The browser": ("bench_browser", HERE),
    "Grammars": ("bench_grammar", HERE),
    "The task runner": ("bench_evals", HERE),
}
_RESULTS = re.compile(r"(<!-- results -->\n).*(<!-- end of results -->)", re.DOTALL)


def measured(module: str, python: Path) -> str:
    """What one benchmark prints."""
    command = [str(python), "-m", f"tests.benchmarks.{module}"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def main() -> None:
    """Run all and print their tables as they come."""
    sections = [f"Measured on: {machine()}."]
    print(sections[0], flush=True)
    for title, (module, python) in BENCHMARKS.items():
        sections.append(f"## {title}\n\n{measured(module, python)}")
        print(f"\n{sections[-1]}", flush=True)
    if "--write" in sys.argv[1:]:
        results = "\n" + "\n\n".join(sections) + "\n\n"
        text = DOCUMENT.read_text("utf-8")
        DOCUMENT.write_text(
            _RESULTS.sub(lambda found: found[1] + results + found[2], text), "utf-8"
        )


if __name__ == "__main__":
    main()
