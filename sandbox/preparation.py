"""What is run in a fresh kernel before its first cell: imports, and seeds for random generators."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from .cell import Cell
from .errors import StartError
from .kernel import Kernel
from .limits import Limits

__all__ = ["importing", "prepare", "seeding"]

_SEEDING = Path(__file__).parent / "guest" / "seeding.py"


def importing(modules: Sequence[str]) -> str:
    """Code that imports modules and leaves no name behind."""
    return f"exec('import {', '.join(modules)}', {{}})"


def seeding(seed: int) -> str:
    """Code that seeds the random generators and leaves no name behind."""
    source = f"{_SEEDING.read_text('utf-8')}\nsow({seed})"
    return f"exec({source!r}, {{'__name__': 'seeding'}})"


async def prepare(kernel: Kernel, code: str, limits: Limits) -> None:
    """Run code that is no cell of the notebook.

    Raises:
        StartError: it failed, or took longer than `Limits.start_timeout`; or the kernel ended.
    """
    cell = Cell(limits)
    cell.begin(kernel.execute(code, silent=True))
    try:
        async with asyncio.timeout(limits.start_timeout):
            while not cell.over:
                messages, more = kernel.receive()
                for message in messages:
                    cell.feed(message)
                if kernel.ended is not None:
                    raise StartError("the kernel ended while it was prepared", kernel.ended.log)
                if not cell.over and not more:
                    await kernel.wait()
    except TimeoutError:
        seconds = f"{limits.start_timeout:g} seconds"
        raise StartError(f"the kernel could not be prepared within {seconds}") from None
    if not cell.result().ok:
        raise StartError("the kernel could not be prepared:", cell.result().text())
