"""`python -m sandbox doctor` tells what isolates here; `python -m sandbox run CODE` runs a cell.

`python -m sandbox image` builds what the container backend runs.

Exit status: 0 when it worked, 1 when the code failed or nothing isolates, 2 for wrong usage.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from .errors import SandboxError
from .limits import GIB, MIB, Limits

_BASE = f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"


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
    image = commands.add_parser("image", help="build the image that containers run")
    image.add_argument("--base", default=_BASE, help=f"image to build on ({_BASE})")
    image.add_argument("--engine", default="", help="docker or podman; the first that is there")
    image.add_argument("--show", action="store_true", help="print the Dockerfile instead")
    run = commands.add_parser("run", help="run code in a fresh notebook")
    run.add_argument("code", help="Python source; - reads it from stdin")
    run.add_argument("--timeout", type=float, default=120.0, help="seconds for the cell")
    run.add_argument("--memory", type=int, default=GIB // MIB, help="MiB of memory")
    options = parser.parse_args(arguments)
    try:
        if options.command == "doctor":
            from .doctor import examine

            return asyncio.run(examine())
        if options.command == "image":
            return _image(options.engine, options.base, show=options.show)
        code = sys.stdin.read() if options.code == "-" else options.code
        limits = Limits(memory=options.memory * MIB, cell_timeout=options.timeout)
        return asyncio.run(_run(code, limits))
    except (SandboxError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _image(engine: str, base: str, *, show: bool) -> int:
    from .isolation.container import build_image, find_containers, recipe

    if show:
        print(recipe(base), end="")
        return 0
    engine = engine or find_containers()[0].engine
    if not engine:
        print("neither docker nor podman is installed", file=sys.stderr)
        return 1
    return build_image(engine, base)


async def _run(code: str, limits: Limits) -> int:
    from .notebook import Notebook

    async with Notebook(limits) as notebook:
        result = await notebook.execute(code)
    print(result.text())
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
