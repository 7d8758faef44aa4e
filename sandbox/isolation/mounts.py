"""The allow-list of host files that are readable inside: the system's programs and libraries, and
this Python.

Only what is named here exists in the sandbox; the host's root, home directories, `/etc` as a
whole, `/sys` and `/run` do not. Of a Python prefix only the directories an installation consists
of are taken, so that a project with a virtual environment in its root does not become readable,
nor a `pip.conf` with a token in it.

It knows file layouts and nothing of bubblewrap's options; `Mount` is what backends translate.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import StartError

__all__ = ["Mount", "guest_path", "python_mounts", "system_mounts"]


@dataclass(frozen=True, slots=True)
class Mount:
    """One entry of the sandbox's file tree at `path`.

    `bind`: the host's `source`, read-only. `symlink`: a link to `source`. `file`: a file with
    `source` as its text.
    """

    kind: Literal["bind", "symlink", "file"]
    path: str
    source: str


_TOP = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/mime.types", "/etc/fonts")
_STORES = ("/nix/store", "/gnu/store")
_PREFIX_PARTS = ("bin", "lib", "lib32", "lib64", "libexec", "share", "pyvenv.cfg")


def system_mounts(uid: int, gid: int) -> list[Mount]:
    """The system's files, with accounts for nobody but the sandbox's own user.

    Args:
        uid: user id inside; `gid` the same for its group.
    """
    mounts = [Mount("bind", "/usr", "/usr")]
    for path in _TOP:
        mounts += _as_on_host(path)
    for path in (*_ETC, *(store for store in _STORES if sys.base_prefix.startswith(store))):
        if os.path.exists(path):
            mounts.append(Mount("bind", path, os.path.realpath(path)))
    accounts = {
        "/etc/passwd": f"root:x:0:0::/:/bin/false\nsandbox:x:{uid}:{gid}::/tmp:/bin/sh\n",
        "/etc/group": f"root:x:0:\nsandbox:x:{gid}:\n",
        "/etc/hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }
    return mounts + [Mount("file", path, text) for path, text in accounts.items()]


def python_mounts() -> tuple[list[Mount], list[str]]:
    """The running Python with its virtual environment, wherever they are installed.

    Returns: The mounts, and directories to add to the module path because ipykernel lies outside
        of all prefixes.

    Raises: StartError: ipykernel is not installed, or Python's prefix is a directory that must not
        be shown.
    """
    prefixes: list[str] = []
    for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix):
        prefixes += [prefix, os.path.realpath(prefix)]
    prefixes.append(str(Path(os.path.realpath(sys.executable)).parent.parent))
    mounts: list[Mount] = []
    for prefix in dict.fromkeys(prefixes):
        if not _below("/usr", prefix):
            _refuse_broad(prefix)
            mounts += _prefix_mounts(prefix)
    site = _site_of_ipykernel()
    if any(_below(prefix, site) for prefix in (*prefixes, "/usr")):
        return mounts, []
    return [*mounts, Mount("bind", site, os.path.realpath(site))], [site]


def guest_path() -> str:
    """The `PATH` inside."""
    own = os.path.join(sys.prefix, "bin")
    return ":".join(dict.fromkeys([own, "/usr/local/bin", "/usr/bin", "/bin"]))


def _prefix_mounts(prefix: str) -> list[Mount]:
    mounts: list[Mount] = []
    for part in _PREFIX_PARTS:
        mounts += _as_on_host(os.path.join(prefix, part))
    return mounts


def _as_on_host(path: str) -> list[Mount]:
    """`path` as the host has it: a link stays a link when it points beside itself."""
    if os.path.islink(path):
        target = os.readlink(path)
        if not os.path.isabs(target) and ".." not in Path(target).parts:
            return [Mount("symlink", path, target)]
    if os.path.exists(path):
        return [Mount("bind", path, os.path.realpath(path))]
    return []


def _refuse_broad(prefix: str) -> None:
    home = os.path.expanduser("~")
    if prefix == "/" or _below(prefix, home):
        raise StartError(
            f"this Python's prefix is {prefix}, which holds more than a Python installation and is "
            "not shown to untrusted code. Use a Python in a directory of its own, for example one "
            "made with `python -m venv`."
        )


def _site_of_ipykernel() -> str:
    spec = importlib.util.find_spec("ipykernel")
    if spec is None or spec.origin is None:
        raise StartError("ipykernel is not installed for this Python. Fix: pip install ipykernel")
    return str(Path(spec.origin).parent.parent)


def _below(directory: str, path: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")
