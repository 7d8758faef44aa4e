"""Run as a script by a plain user: what a notebook forked off a zygote can do and see.

Prints one JSON object with what was seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from sandbox import Limits, Notebook
from sandbox.zygote import Zygote
from tests.sandbox.escapes import attempt
from tests.sandbox.plain_user import BOMB
from tests.sandbox.portrait import look_around

FORKS = """
import os, time
forked = 0
try:
    while os.fork() or time.sleep(20) or os._exit(0):
        forked += 1
except BlockingIOError:
    pass
forked
"""


async def look(outside: str) -> dict[str, object]:
    """The escapes, a portrait beside one of a notebook from scratch, and limits that are kept."""
    seen: dict[str, object] = {"uid": os.getuid()}
    limits = Limits(memory=384 << 20, processes=32, cell_timeout=60)
    async with Zygote(["numpy"]) as zygote, Notebook(limits, backend=zygote) as other:
        seen["numpy"] = (await other.execute("import sys; 'numpy' in sys.modules")).text()
        async with Notebook(limits, backend=zygote) as notebook:
            seen["answers"] = await attempt(notebook, outside)
            seen["portrait"] = await look_around(notebook)
            async with Notebook(limits) as scratch:
                seen["from scratch"] = await look_around(scratch)
            await notebook.upload("kept", "kept")
            seen["forks"] = (await notebook.execute(FORKS)).text()
            start = "import subprocess; subprocess.call('true')"
            seen["others"] = (await other.execute(start)).text()
            await notebook.restart()
            result = await notebook.execute(BOMB.replace("80", "110"))
            seen["bomb"] = [result.outcome, result.death]
            seen["after"] = (await notebook.execute("open('/mnt/data/kept').read()")).text()
            await notebook.execute("import os, signal; os.kill(2, signal.SIGSTOP)")
            await notebook.restart()
            seen["launcher stopped"] = (await notebook.execute("6 * 7")).text()
        seen["at last"] = (await other.execute("'there'")).text()
        seen["trouble"] = zygote.trouble
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(look(sys.argv[1]))))
