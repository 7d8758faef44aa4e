"""Run as a script by a plain user: the escapes, a cell, and the memory limit without a cgroup.

Prints one JSON object with what was seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from sandbox import Limits, Notebook
from tests.sandbox.escapes import attempt

BOMB = """
import mmap, os, time
for _ in range(4):
    if os.fork() == 0:
        block = bytearray(80 << 20)
        time.sleep(30)
        os._exit(0)
time.sleep(30)
"""


async def main() -> None:
    seen: dict[str, object] = {"uid": os.getuid()}
    async with Notebook(Limits(memory=256 << 20, cell_timeout=20)) as notebook:
        seen["answers"] = await attempt(notebook, sys.argv[1])
        await notebook.execute("open('/mnt/data/kept', 'w').write('kept')")
        result = await notebook.execute(BOMB)
        seen["bomb"] = [result.outcome, result.death, result.text()]
        seen["after"] = (await notebook.execute("open('/mnt/data/kept').read()")).text()
    print(json.dumps(seen))


asyncio.run(main())
