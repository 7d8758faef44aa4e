"""The inside of a worker process: units come in on stdin, records go out on stdout.

Knows the other end's way of talking (`processes`): units are pickles, each with its length before
it, from a parent that is trusted as this process is its own; what goes back is JSON, since an agent
may leave in a record what only its own process can read. What agents and tools print goes to
stderr. When stdin ends, so does the process, also when the parent was killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import struct
import threading
from typing import IO

from agentkit.evals.executors.base import Cast, Recipe, Unit, lost, play_here
from agentkit.evals.records import TrialRecord
from agentkit.serialise import to_json

LENGTH = struct.Struct(">Q")
_PATIENCE = 5.0


def framed(data: bytes) -> bytes:
    """A message with its length before it."""
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
        _send(answers, "failed", f"{type(error).__name__}: {error}")
        return
    _send(answers, "ready")
    asyncio.run(_serve(cast, asked, answers))


def _send(answers: IO[bytes], kind: str, content: str = "") -> None:
    answers.write(framed(json.dumps([kind, content]).encode()))
    answers.flush()


def _written(record: TrialRecord, cast: Cast, unit: Unit) -> str:
    try:
        return to_json(record)
    except Exception as error:  # whatever stands in it, the others must get theirs
        return to_json(lost(cast.domain, unit, f"its record cannot be written: {error}"))


async def _serve(cast: Cast, asked: IO[bytes], answers: IO[bytes]) -> None:
    units: asyncio.Queue[Unit | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read, args=(asked, loop, units), daemon=True).start()
    running: set[asyncio.Task[None]] = set()

    async def play(unit: Unit) -> None:
        _send(answers, "record", _written(await play_here(cast, unit), cast, unit))

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
