"""Run as a script: the escapes and some ordinary work under Landlock alone, and what it limits.

Prints one JSON object with what was seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
from pathlib import Path

import sandbox
from sandbox import Limits, Notebook
from tests.sandbox.escapes import attempt, escapes_on_host

WORK = """
import os, shutil, subprocess, sys, tempfile, time
open("a", "w").write("x")
shutil.copy2("a", "b")
done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True)
if os.fork() == 0:
    sys.stdout.write("a child\\n")
    os._exit(0)
os.wait()
time.sleep(0.5)
print(done.stdout, sorted(os.listdir()), os.path.basename(tempfile.mkstemp()[1]) != "")
"""
DAEMON = "import subprocess; subprocess.Popen(['setsid', 'sleep', '4711'])"
FILL = """
import time
for i in range(100):
    open(str(i), "wb").write(bytes(1 << 20))
    time.sleep(0.05)
"""


def sleepers() -> int:
    """Processes of the daemon above."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += b"sleep\x004711" in path.read_bytes()
        except OSError:
            continue
    return found


async def look(outside: str) -> dict[str, object]:
    seen: dict[str, object] = {"uid": os.getuid()}
    limits = Limits(memory=256 << 20, disk=16 << 20, files=2000, cell_timeout=60)
    async with Notebook(limits, backend="landlock", min_isolation="reduced") as notebook:
        seen["answers"] = await attempt(notebook, outside, escapes_on_host())
        seen["work"] = (await notebook.execute(WORK)).text()
        await notebook.execute(DAEMON)
        seen["daemons"] = [sleepers()]
        await notebook.restart()
        seen["daemons"] = [seen["daemons"], sleepers()]
        seen["kept"] = (await notebook.execute("open('a').read()")).text()
        seen["downloaded"] = (await notebook.download("/mnt/data/a")).decode()
        result = await notebook.execute(FILL)
        seen["filled"] = [result.outcome, result.death]
        seen["at last"] = (await notebook.execute("1")).text()
    return seen


def main() -> None:
    launcher = Path(sandbox.__file__).with_name("guest") / "launcher.py"
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        file = Path(folder, "file")
        file.write_text("secret")
        server.bind(f"{folder}/socket")
        server.listen()
        outside = f"OWNERS_PID, OWNERS_PLACE, LAUNCHER = {os.getpid()}, {folder + '/socket'!r}, "
        outside += f"{str(launcher)!r}\nOWNERS_FILE = {str(file)!r}\n"
        seen = asyncio.run(look(sys.argv[1] + outside))
        seen["file"] = [file.read_text(), file.stat().st_mode & 0o777, file.stat().st_mtime > 0]
        seen["left"] = [path.name for path in Path(tempfile.gettempdir()).glob("pysandbox-*")]
    print(json.dumps(seen))


main()
