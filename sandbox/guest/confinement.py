"""Confinement that a process puts on itself: Landlock for files and signals, a system call filter
for the rest.

For machines where namespaces cannot be had. The launcher calls `confine` in the child that becomes
the kernel, so that the launcher itself stays out of the kernel's reach, and once before in a child
that only reports what it can still do (`portrait`).

It knows the kernel's interfaces and gets its lists of paths from the host. Standard library only.

Format: `struct landlock_ruleset_attr` and `struct landlock_path_beneath_attr` of
<linux/landlock.h>, `struct sock_fprog` of <linux/filter.h>.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

# The same numbers on every machine.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1  # flag of landlock_create_ruleset that asks for the version of the interface
_PATH_BENEATH = 1
_PR_GET_SECCOMP, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 21, 22, 2
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many rights each version knows
_NET = 0b11  # bind and connect of TCP, from version 4 on
_SIGNALS = 0b10  # from version 6 on, like the next
_SCOPED = _SIGNALS | 0b01  # abstract sockets, too

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def landlock_version() -> int:
    """The version of Landlock this kernel has; 0 when it has none."""
    return max(int(_libc.syscall(_CREATE_RULESET, None, 0, _VERSION)), 0)


def signal_only_descendants() -> bool:
    """Keep this process, and all it starts, from signalling others. Returns whether that worked;
    it needs Linux 6.12."""
    if landlock_version() < 6:
        return False
    forbid_new_privileges()
    attributes = struct.pack("<QQQ", 0, 0, _SIGNALS)
    fd = _checked(_CREATE_RULESET, attributes, len(attributes), 0)
    _checked(_RESTRICT_SELF, fd, 0)
    os.close(fd)
    return _said(lambda: os.kill(os.getppid(), 0)) == "EPERM"


class Ruleset:
    """What a process may do with files, everything else being forbidden.

    Opened before privileges are dropped, so that each path is found.

    Args:
        rules: `read`: trees to read and execute from. `write`: trees to do anything in but make
            devices. `devices`: files to read and write. Paths that do not exist are passed over.
    """

    def __init__(self, rules: dict[str, list[str]]) -> None:
        version = landlock_version()
        handled = (1 << _RIGHTS[min(version, 5)]) - 1
        attributes = struct.pack("<Q", handled)
        if version >= 4:
            attributes += struct.pack("<Q", _NET)
        if version >= 6:
            attributes += struct.pack("<Q", _SCOPED)
        self._fd = _checked(_CREATE_RULESET, attributes, len(attributes), 0)
        reading = _EXECUTE | _READ_FILE | _READ_DIR
        self._allow(rules["read"], reading)
        self._allow(rules["write"], handled & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEVICE))
        self._allow(rules["devices"], handled & (_READ_FILE | _WRITE_FILE | _TRUNCATE))

    def restrict_self(self) -> None:
        """Put this process and all it starts under the rules, for good."""
        _checked(_RESTRICT_SELF, self._fd, 0)
        os.close(self._fd)

    def _allow(self, paths: list[str], rights: int) -> None:
        for path in paths:
            try:
                fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                wanted = rights if os.path.isdir(path) else rights & _OF_FILES
                _checked(_ADD_RULE, self._fd, _PATH_BENEATH, struct.pack("<Qi", wanted, fd), 0)
            finally:
                os.close(fd)


def forbid_new_privileges() -> None:
    """No program started from here on gains anything by its owner or its capabilities."""
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs cannot be set")


def filter_calls(program: bytes) -> None:
    """Put this process under a filter of system calls, given as an array of `sock_filter`."""
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    if _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"the system call filter was refused: {os.strerror(error)}")


def portrait(launcher: int) -> dict[str, Any]:
    """What isolation looks like from in here.

    Args:
        launcher: process id of the launcher, which must be out of reach.

    Raises:
        OSError: this Python cannot be read.
    """
    with open(sys.executable, "rb"):
        os.listdir(os.path.dirname(os.__file__))
    return {
        "seccomp": _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0),
        "no_new_privs": _libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
        "files": _said(lambda: os.listdir("/")),
        "network": _said(lambda: socket.socket(socket.AF_INET).close()),
        "connections": _said(lambda: socket.socket(socket.AF_UNIX).connect("/nobody")),
        "signals": _said(lambda: os.kill(launcher, 0)),
        "tracing": _said(lambda: open(f"/proc/{launcher}/mem", "rb").close()),
    }


def _said(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


def _checked(number: int, *arguments: Any) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result


def confine(ruleset: Ruleset | None, program: bytes) -> None:
    """Put this process under the rules, if there are any, and then under the filter."""
    forbid_new_privileges()
    if ruleset is not None:
        ruleset.restrict_self()
    filter_calls(program)
