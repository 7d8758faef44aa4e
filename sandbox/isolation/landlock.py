"""Isolation without namespaces, for machines that refuse them: Landlock, a system call filter, and
a watcher.

The kernel may read the system's programs and this Python, write in a private directory, and talk
to nobody: no internet, no connection to any socket, no signal to a process outside. As root each
kernel is a user of its own besides. This is less than namespaces give, and must be asked for with
`min_isolation="reduced"`. What it does not hold off:

- Names, sizes and times of files anywhere can be seen by whoever guesses the path (`stat`), though
  nothing can be opened or listed.
- Disk space is only watched: between two looks more than the limit can be written, and files that
  are deleted while still open are not seen. One file is bounded by a resource limit.
- Memory is only watched unless a cgroup can be made, and so is the number of files.
- A plain user's processes are counted together, the notebook's and others.
- Process ids, load, and the host's name are the host's.

What does not work inside: `/mnt/data` (the working directory is elsewhere, use relative paths),
the internet even within the notebook, `/dev/shm` and so `multiprocessing`'s queues and pools,
`chmod` by path; before Linux 6.12, for a plain user, also sending signals. Linux 6.2 is needed.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from ..guest.confinement import landlock_version
from ..limits import Limits
from ..seccomp import build_filter
from .base import DATA, SOCKETS, Isolation, Libraries, Plan, SandboxFailed
from .guest import GUEST, environment, rlimits, unused_id
from .mounts import python_mounts, system_mounts
from .private import private_directory
from .process import PlannedBackend

__all__ = ["Landlock"]

_LEAST_VERSION = 3  # Linux 6.2: from here on files cannot be cut short by their path
_SCOPES = 6  # Linux 6.12: from here on signals are kept in
_DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom"))
_OF_THE_MACHINE = ("/proc/cpuinfo", "/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Landlock(PlannedBackend):
    """A kernel that confined itself before it ran the first cell."""

    @property
    def name(self) -> str:
        return "landlock"

    @property
    def isolation(self) -> Isolation:
        return "reduced"

    def plan(self, limits: Limits, libraries: Libraries | None = None) -> Plan:
        version = landlock_version()
        if version < _LEAST_VERSION:
            raise SandboxFailed(f"this Linux has Landlock version {version}, 3 is needed")
        root = os.geteuid() == 0
        uid = unused_id() if root else os.getuid()
        private = private_directory()
        mounts, module_path = python_mounts()
        mounts += [*system_mounts(uid, uid), *(libraries.mounts() if libraries else ())]
        readable = dict.fromkeys(mount.source for mount in mounts if mount.kind == "bind")
        setup = {
            "do": "setup",
            "host": True,
            "uid": uid,
            "gid": uid if root else os.getgid(),
            "rlimits": rlimits(limits, alone=root),
            "path": module_path,
            "code": str(GUEST / "kernel.py"),
            "directory": private + DATA,
            "sockets": private + SOCKETS,
            "config": {"offline": True},
            "confine": {
                "code": str(GUEST / "confinement.py"),
                "landlock": {
                    "read": [*readable, *_OF_THE_MACHINE],
                    "write": [private + place for place in (DATA, "/tmp", SOCKETS)],
                    "devices": list(_DEVICES),
                },
                "seccomp": build_filter(host=True, signals=root or version >= _SCOPES).hex(),
            },
        }
        return Plan(
            program=sys.executable,
            arguments=(),
            command=("-I", "-B", str(GUEST / "launcher.py")),
            seccomp=b"",
            setup=setup,
            expected=_EXPECTED,
            style="plain",
            environment=environment(f"{private}/tmp", libraries),
            private=private,
        )

    def explain(self, failure: str) -> str:
        return next((fix for sign, fix in _FIXES if sign in failure), _LAST_FIX)


_EXPECTED = {
    "seccomp": 2,
    "no_new_privs": 1,
    "files": "EACCES",
    "network": "EAFNOSUPPORT",
    "connections": "EPERM",
    "signals": "EPERM",
    "tracing": "EACCES",
}
_FIXES = (
    (
        "Permission denied",
        "the sandbox's user cannot read this Python: give others read access to its directory "
        "(`chmod -R o+rX`), or install it elsewhere",
    ),
    ("Landlock version", "boot Linux 6.2 or later with `landlock` among its `lsm=` modules"),
    ("Landlock:", "boot Linux 6.2 or later with `landlock` among its `lsm=` modules"),
    ("call filter was refused", "a container around this process forbids further filters"),
    ("did not come up", "the machine is too busy: try again"),
)
_LAST_FIX = "look for the cause in the message; Landlock needs no installation"
