"""Run as a script: an owner that starts a notebook, prints a line when it runs, and then hangs.

With the argument `thread` the notebook is started by a thread that ends at once, and a second cell
is run after that.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time

from sandbox import Notebook


async def first_cell(notebook: Notebook) -> None:
    await notebook.execute("import subprocess; p = subprocess.Popen(['setsid', 'sleep', '1000'])")


def main() -> None:
    notebook = Notebook()
    if sys.argv[1:] == ["thread"]:
        thread = threading.Thread(target=lambda: asyncio.run(first_cell(notebook)))
        thread.start()
        thread.join()
        time.sleep(0.3)
        print(asyncio.run(notebook.execute("p.poll() is None")).text(), flush=True)
        asyncio.run(notebook.close())
        return
    asyncio.run(first_cell(notebook))
    print("running", flush=True)
    time.sleep(1000)


main()
