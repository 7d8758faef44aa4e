"""Run as a script by a plain user: everything of `abuse`, three cycles, and the death of an owner.

Prints one JSON object with what was seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.sandbox.abuse import abuse, cycles
from tests.sandbox.support import alive, descendants


def kill_owner() -> list[int]:
    """Kill the owner of a running notebook; returns its processes: how many there were, and how
    many are left after at most 20 seconds."""
    command = [sys.executable, str(Path(__file__).with_name("owner.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"running\n"
        sandboxed = descendants(owner.pid)
        owner.kill()
    deadline = time.monotonic() + 20
    while any(map(alive, sandboxed)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return [len(sandboxed), sum(map(alive, sandboxed))]


async def main() -> None:
    seen = {"uid": os.getuid(), **await abuse(sys.argv[1])}
    with tempfile.TemporaryDirectory() as folder:
        before, after = await cycles(3, folder)
    seen["left by cycles"] = [str(thing) for thing in after if thing not in before]
    seen["owner killed"] = kill_owner()
    print(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main())
