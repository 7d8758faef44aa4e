"""The inside of a worker process: units come in on stdin, records go out on stdout.

Knows the other end's way of talking (`processes`): pickles, each with its length before it, from a
parent that is trusted as this process is its own. What agents and tools print goes to stderr. When
stdin ends, so does the process, also when the parent was killed.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import struct
import threading
from typing import IO, Any

from agentkit.evals.executors.base import Cast, Recipe, Unit, play_here

LENGTH = struct.Struct(">Q")
_PATIENCE = 5.0


def framed(message: Any) -> bytes:
    """A message with its length before it."""
    data = pickle.dumps(message)
    return LENGTH.pack(len(data)) + data


def main(recipe: bytes) -> None:
    """Play what stdin asks for.

    Args:
        recipe: the pickled recipe.
    """
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    try:
        make: Recipe = pickle.loads(recipe)
        cast = make()
    except Exception as error:  # the parent tells it
        _send(answers, ("failed", f"{type(error).__name__}: {error}"))
        return
    _send(answers, "ready")
    asyncio.run(_serve(cast, asked, answers))


def _send(answers: IO[bytes], message: Any) -> None:
    answers.write(framed(message))
    answers.flush()


async def _serve(cast: Cast, asked: IO[bytes], answers: IO[bytes]) -> None:
    units: asyncio.Queue[Unit | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read, args=(asked, loop, units), daemon=True).start()
    running: set[asyncio.Task[None]] = set()

    async def play(unit: Unit) -> None:
        _send(answers, await play_here(cast, unit))

    try:
        while (unit := await units.get()) is not None:
            task = asyncio.create_task(play(unit))
            running.add(task)
            task.add_done_callback(running.discard)
    finally:
        left = list(running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await cast.close()


def _read(
    asked: IO[bytes], loop: asyncio.AbstractEventLoop, units: asyncio.Queue[Unit | None]
) -> None:
    """Hand units to the loop; a thread's work, so that the end is heard while an agent computes."""
    while len(head := asked.read(LENGTH.size)) == LENGTH.size:
        unit = pickle.loads(asked.read(LENGTH.unpack(head)[0]))
        loop.call_soon_threadsafe(units.put_nowait, unit)
    end = threading.Timer(_PATIENCE, os._exit, (1,))
    end.daemon = True
    end.start()
    loop.call_soon_threadsafe(units.put_nowait, None)
