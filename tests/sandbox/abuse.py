"""What hostile or careless code does to a notebook: cells, and attempts beyond those of `escapes`.

Knows only notebooks, so that the same runs as root and as a plain user; what must come of it is
said by `test_abuse`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path

from sandbox import Limits, Notebook
from tests.sandbox.escapes import attempt
from tests.sandbox.support import cgroups, descendants

MIB = 1 << 20
ROOMY = Limits(memory=256 * MIB, disk=24 * MIB, processes=64, cell_timeout=60, interrupt_grace=2)
HASTY = Limits(memory=256 * MIB, cell_timeout=1.5, interrupt_grace=1.5)

# Needed by the attempts; runs before them.
DEFINITIONS = """
def number(x86_64, aarch64): return x86_64 if machine == 'x86_64' else aarch64
piece = ctypes.create_string_buffer(8)
vector = (ctypes.c_size_t * 2)(ctypes.addressof(piece), 8)
where = ctypes.addressof(vector)
"""

REFUSED = {"EPERM", "ENOSYS"}

# As in `escapes`, by the row they belong to.
ATTEMPTS: dict[int, dict[str, tuple[str, set[str]]]] = {
    13: {
        "read the memory of the init process": (
            "call(number(310, 270), 1, where, 1, where, 1, 0)",
            REFUSED,
        ),
        "write to the memory of the launcher": (
            "call(number(311, 271), 2, where, 1, where, 1, 0)",
            REFUSED,
        ),
        "trace the init process": ("call(number(101, 117), 16, 1, 0, 0)", REFUSED),
    },
    14: {
        "open a file system": ("call(430, 0, 0)", REFUSED),
        "open a tree of mounts": ("call(428, -100, 0, 1)", REFUSED),
        "move a mount": ("call(429, 0, 0, 0, 0, 0)", REFUSED),
        "unmount": ("call(number(166, 39), 0, 0)", REFUSED),
        "change the root": ("call(number(155, 41), 0, 0)", REFUSED),
    },
    16: {
        "open a car's bus": ("opened(29, 3, 1)", {"EAFNOSUPPORT"}),
        "open the express path": ("opened(44, 3)", {"EAFNOSUPPORT"}),
        "open a cluster's socket": ("opened(30)", {"EAFNOSUPPORT"}),
        "look at routes": ("opened(16, 3, 0)", {"done"}),
    },
    17: {
        "add a key": ("call(number(248, 217), 0, 0, 0, 0, -3)", REFUSED),
        "count events of the processor": ("call(number(298, 241), 0, 0, -1, -1, 0)", REFUSED),
        "change the personality": ("call(number(135, 92), 0x0040000)", REFUSED),
        "take another's descriptor": ("call(438, 0, 0, 0)", REFUSED),
    },
}

ROOMY_CELLS = {
    "fork bomb": """
import os, signal, time
children = []
try:
    while True:
        pid = os.fork()
        if pid == 0:
            time.sleep(100)
            os._exit(0)
        children.append(pid)
except OSError as error:
    print(type(error).__name__, 20 < len(children) < 64)
for pid in children:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
""",
    "many greedy processes": """
import os, time
for _ in range(8):
    if os.fork() == 0:
        block = bytearray(80 << 20)
        for i in range(0, len(block), 4096): block[i] = 1
        time.sleep(5)
        os._exit(0)
print([os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(8)])
""",
    "fill every place": """
import errno, os
def fill(place):
    try:
        with open(place + '/fill', 'wb', buffering=0) as f:
            while True: f.write(bytes(1 << 16))
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        os.unlink(place + '/fill')
print({fill(p) for p in ('/mnt/data', '/tmp', '/dev/shm', '/run/sandbox')} <= {'ENOSPC', 'EFBIG'})
""",
    "kill everybody": """
import os, signal, time
for pid in (1, 2, os.getppid(), -1):
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
time.sleep(3)
""",
    "open the init process": """
try: open('/proc/1/mem', 'rb')
except OSError as error: print(type(error).__name__)
environment = b''
try: environment = open('/proc/1/environ', 'rb').read()
except OSError: pass
print(b'SECRET_OF_OWNER' in environment)
""",
    "zip bomb": """
import errno, os, zipfile
with zipfile.ZipFile('bomb.zip', 'w', zipfile.ZIP_DEFLATED) as z:
    with z.open('zeros', 'w') as f:
        for _ in range(100): f.write(bytes(1 << 20))
print(os.path.getsize('bomb.zip') < 1 << 20)
try:
    zipfile.ZipFile('bomb.zip').extractall()
except OSError as error:
    print(errno.errorcode[error.errno] in ('ENOSPC', 'EFBIG'))
os.remove('zeros')
""",
    "children that read": """
import subprocess, sys
print(subprocess.run(['cat'], capture_output=True, timeout=30).stdout, repr(sys.__stdin__.read()))
""",
    "forged result": """
import time
kernel = get_ipython().kernel
s, io, p = kernel.session, kernel.iopub_socket, kernel.get_parent()['header']
forged = {'execution_count': 1, 'data': {'text/plain': 'forged'}, 'metadata': {}}
for _ in range(3):
    s.send(io, 'execute_result', forged, parent=p)
    s.send(io, 'status', {'execution_state': 'idle'}, parent=p)
time.sleep(.3)
print('the true end')
""",
    "request with a wrong key": """
import contextlib, glob, time, zmq
from jupyter_client.session import Session
def send(key, code):
    request = {'code': code, 'silent': False, 'store_history': False, 'user_expressions': {},
               'allow_stdin': False, 'stop_on_error': False}
    for path in glob.glob('/run/sandbox/*'):
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.linger = dealer.sndtimeo = 200
            dealer.connect('ipc://' + path)
            with contextlib.suppress(zmq.Again):  # not all of them take requests
                Session(key=key).send(dealer, 'execute_request', request)
send(b'wrong', 'intruded = 1')
send(b'', 'intruded = 2')
send(get_ipython().kernel.session.key, 'controlled = 1')
time.sleep(.3)
""",
}

HASTY_CELLS = {
    "endless loop": "while True: pass",
    "swallow every exception": """
while True:
    try:
        while True: pass
    except BaseException:
        pass
""",
    "a regular expression without end": "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    "a shell that floods": "!yes | head -c 3000000000",
}


async def run_cells(notebook: Notebook, cells: dict[str, str]) -> dict[str, dict[str, object]]:
    """Run each of `cells`, and a harmless one after it; returns what became of both."""
    seen: dict[str, dict[str, object]] = {}
    for name, code in cells.items():
        await notebook.execute("kept = 'kept'")
        result = await notebook.execute(code)
        after = await notebook.execute(
            "print(*{'kept', 'intruded', 'controlled'} & {*globals()})\n6 * 7"
        )
        seen[name] = {
            "outcome": result.outcome,
            "death": result.death,
            "text": result.text(300),
            "notices": " ".join([*result.notices, *after.notices]),
            "names": sorted(after.stdout.split()),
            "after": after.value,
        }
    return seen


async def neighbours() -> dict[str, object]:
    """Have two notebooks look for each other; returns what the second sees of the first."""
    async with Notebook() as one, Notebook() as two:
        await one.execute(
            "import os, socket, subprocess\n"
            "for folder in ('/mnt/data', '/tmp', '/dev/shm', '/run/sandbox'):\n"
            "    open(folder + '/of_one', 'w').close()\n"
            "child = subprocess.Popen(['sleep', '4321'])\n"
            "tcp = socket.create_server(('127.0.0.1', 4321))\n"
            "local = socket.socket(socket.AF_UNIX); local.bind('\\0of_one'); local.listen()\n"
        )
        look = (
            "import glob, os, socket\n"
            "def reach(family, address):\n"
            "    try: socket.socket(family).connect(address)\n"
            "    except OSError as error: return type(error).__name__\n"
            "    return 'reached'\n"
            "files = [p for f in ('/mnt/data', '/tmp', '/dev/shm', '/run/sandbox')"
            " for p in os.listdir(f) if p == 'of_one']\n"
            "lines = [open(p, 'rb').read() for p in glob.glob('/proc/[0-9]*/cmdline')]\n"
            "print(len(files), sum(b'4321' in line for line in lines),"
            " reach(socket.AF_INET, ('127.0.0.1', 4321)), reach(socket.AF_UNIX, '\\0of_one'))"
        )
        own = (await one.execute(look)).stdout.split()
        other = (await two.execute(look)).stdout.split()
        uids = [(await n.execute("os.getuid()")).value for n in (one, two)]
    return {"own": own, "other": other, "uids": uids}


def belongings(folder: str) -> list[object]:
    """What this process holds of the machine: processes, control groups, descriptors, mounts, and
    what lies in `folder`."""
    fds = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the one that lists them
            fds.append(os.readlink(f"/proc/self/fd/{fd}"))
    me = os.getpid()
    mounts = Path("/proc/self/mountinfo").read_text()
    return [descendants(me), cgroups(me), sorted(fds), mounts, os.listdir(folder)]


async def cycles(count: int, folder: str) -> tuple[list[object], list[object]]:
    """Start and stop a notebook `count` times, each with a daemon left behind.

    Args:
        folder: where temporary files are made meanwhile.

    Returns:
        The belongings of this process before and after.
    """
    usual, tempfile.tempdir = tempfile.tempdir, folder
    try:
        async with Notebook() as notebook:  # what is loaded once and stays
            await notebook.execute("1")
        before = belongings(folder)
        for _ in range(count):
            async with Notebook() as notebook:
                await notebook.execute("import subprocess as s; s.Popen(['setsid', 'sleep', '99'])")
        return before, belongings(folder)
    finally:
        tempfile.tempdir = usual


async def abuse(outside: str) -> dict[str, object]:
    """All of it but the cycles, on one notebook for what takes no time and one for what does."""
    attempts = {name: what for row in ATTEMPTS.values() for name, what in row.items()}
    async with Notebook(ROOMY) as roomy, Notebook(HASTY) as hasty:
        answers = await attempt(roomy, outside + DEFINITIONS, attempts)
        cells, slow = await asyncio.gather(
            run_cells(roomy, ROOMY_CELLS), run_cells(hasty, HASTY_CELLS)
        )
    return {"answers": answers, "cells": {**cells, **slow}, "neighbours": await neighbours()}
