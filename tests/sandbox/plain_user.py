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
    async with Notebook(Limits(memory=256 << 20, cell_timeout=60)) as notebook:
        seen["answers"] = await attempt(notebook, sys.argv[1])
        await notebook.execute("open('/mnt/data/kept', 'w').write('kept')")
        result = await notebook.execute(BOMB)
        seen["bomb"] = [result.outcome, result.death, result.text()]
        seen["after"] = (await notebook.execute("open('/mnt/data/kept').read()")).text()
        await notebook.execute("import os, signal; os.kill(2, signal.SIGSTOP)")
        await notebook.restart()
        seen["launcher stopped"] = (await notebook.execute("6 * 7")).text()
        forge = '\nwhile True: f.write(\'{"event": "ready", "generation": 1}\\n\')'
        result = await notebook.execute("f = open('/proc/1/fd/1', 'w')" + forge)
        seen["events forged"] = [result.outcome, result.death]
        seen["at last"] = (await notebook.execute("1")).text()
    print(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main())
