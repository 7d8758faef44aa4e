"""Traps that code lays for whoever brings files in or out. Each is a preparation by the code, the
transfer that walks into it, and the answers that are acceptable: the kind of the error, or `done`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sandbox import FileTransferError, Notebook

PREPARATION = """
import fcntl, os, signal, socket, threading, time
os.makedirs('real', exist_ok=True)
open('real/file', 'w').write('inside')
os.symlink('real/file', 'link')
os.symlink('/etc/passwd', 'link_out')
os.symlink('/etc', 'folder_out')
os.symlink('real', 'folder_link')
os.symlink('/proc/self/root', 'root')
os.symlink('loop', 'loop')
os.symlink('missing', 'dangling')
os.mkfifo('pipe')
listener = socket.socket(socket.AF_UNIX); listener.bind('socket')
with open('sparse', 'wb') as f: f.truncate(200 << 20)
signal.signal(signal.SIGIO, signal.SIG_IGN)
leased = open('leased', 'w'); leased.write('x'); leased.flush()
fcntl.fcntl(leased, fcntl.F_SETLEASE, fcntl.F_WRLCK)
open('growing', 'w').write('x' * 100_000)
def grow():
    with open('growing', 'a') as f:
        while f.write('x' * 1000): f.flush(); time.sleep(.0005)
threading.Thread(target=grow, daemon=True).start()
"""

Transfer = Callable[[Notebook], Awaitable[object]]


def out(path: str, **bounds: int) -> Transfer:
    return lambda notebook: notebook.download(path, **bounds)


def into(path: str) -> Transfer:
    return lambda notebook: notebook.upload(path, b"from outside")


TRAPS: dict[str, tuple[Transfer, set[str]]] = {
    "read a link": (out("link"), {"link"}),
    "read a link to the system": (out("link_out"), {"link"}),
    "read through a link to a folder": (out("folder_link/file"), {"link"}),
    "read through a link to a folder outside": (out("folder_out/passwd"), {"link"}),
    "read through the root of a process": (out("root/etc/passwd"), {"link"}),
    "read a link to itself": (out("loop"), {"link"}),
    "read upwards": (out("../../etc/passwd"), {"outside"}),
    "read upwards in the middle": (out("real/../../../etc/passwd"), {"outside"}),
    "read elsewhere": (out("/etc/passwd"), {"outside"}),
    "read a neighbour": (out("/mnt/database"), {"outside"}),
    "read a pipe": (out("pipe"), {"not_regular"}),
    "read a socket": (out("socket"), {"not_regular"}),
    "read a folder": (out("real"), {"not_regular"}),
    "read the folder itself": (out("/mnt/data"), {"not_regular"}),
    "read below a file": (out("real/file/x"), {"not_regular"}),
    "read what is not there": (out("nothing"), {"not_found"}),
    "read holes": (out("sparse"), {"too_big"}),
    "read more than was asked for": (out("real/file", max_bytes=5), {"too_big"}),
    "read a file that grows": (out("growing", max_bytes=100_000), {"too_big"}),
    "read a file that is held": (out("leased"), {"denied"}),
    "read a name with a null": (out("a\0b"), {"bad_name"}),
    "read a name that is too long": (out("x" * 300), {"bad_name"}),
    "read no name": (out(""), {"bad_name"}),
    "write onto a link": (into("link"), {"link"}),
    "write onto a dangling link": (into("dangling"), {"link"}),
    "write onto a link to the system": (into("link_out"), {"link"}),
    "write through a link to a folder": (into("folder_link/new"), {"link"}),
    "write through a link to a folder outside": (into("folder_out/new"), {"link"}),
    "write through the root of a process": (into("root/tmp/new"), {"link"}),
    "write upwards": (into("../new"), {"outside"}),
    "write onto a pipe": (into("pipe"), {"not_regular"}),
    "write onto a socket": (into("socket"), {"not_regular"}),
    "write onto a folder": (into("real"), {"not_regular"}),
    "write below a file": (into("real/file/new"), {"not_regular"}),
    "write in the usual way": (into("real/new/deep/file"), {"done"}),
}

SWAPPING = """
import ctypes, os, time
libc = ctypes.CDLL(None)
os.makedirs('place', exist_ok=True)
open('place/file', 'w').write('inside')
os.symlink({outside!r}, 'other')
swaps, until = 0, time.monotonic() + {seconds}
while time.monotonic() < until:
    swaps += libc.renameat2(-100, b'place', -100, b'other', 2) == 0
swaps > 100
"""


async def attempt(notebook: Notebook) -> dict[str, str]:
    """Walk into every trap; returns what became of it, with the seconds it took if those were
    many."""
    result = await notebook.execute(PREPARATION)
    assert result.ok, result.text()
    answers: dict[str, str] = {}
    for name, (transfer, _) in TRAPS.items():
        began = time.monotonic()
        try:
            await transfer(notebook)
            answers[name] = "done"
        except FileTransferError as error:
            answers[name] = error.kind
        if time.monotonic() - began > 10:
            answers[name] += f" after {time.monotonic() - began:.0f} seconds"
    return answers


async def race(notebook: Notebook, outside: Path, seconds: float = 3) -> dict[str, object]:
    """Transfer files while the folder they lie in is swapped for a link to `outside` and back.

    Returns:
        What was read, how the transfers failed, what lies in `outside` afterwards, and what the
        cell that swapped says of it.
    """
    (outside / "file").write_text("secret")
    os.chmod(outside, 0o777)
    cell = asyncio.create_task(
        notebook.execute(SWAPPING.format(outside=str(outside), seconds=seconds))
    )
    read: set[str] = set()
    failures: set[str] = set()
    while not cell.done():
        try:
            read.add((await notebook.download("place/file")).decode())
            await notebook.upload("place/new", b"from outside")
            await notebook.upload("place/file", b"inside")
            await notebook.upload("place/deep/new", b"from outside")
        except FileTransferError as error:
            failures.add(error.kind)
    return {
        "read": sorted(read),
        "failures": sorted(failures),
        "outside": sorted(os.listdir(outside)),
        "secret": (outside / "file").read_text(),
        "cell": (await cell).text(),
    }
