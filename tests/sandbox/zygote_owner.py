"""Run as a script: an owner with a zygote and a copy of it, that prints a line and then hangs."""

from __future__ import annotations

import asyncio

from sandbox import Notebook
from sandbox.zygote import Zygote


async def main() -> None:
    async with Zygote() as zygote, Notebook(backend=zygote) as notebook:
        cell = "import subprocess; p = subprocess.Popen(['setsid', 'sleep', '1000'])"
        assert (await notebook.execute(cell)).ok
        assert notebook.status().backend == zygote.name
        print("running", flush=True)
        await asyncio.sleep(1000)


asyncio.run(main())
