"""The supervisor of a sandbox that was not started but forked off a zygote (`guest/zygote.py`).

It does all that the supervisor of a bubblewrap does, being one; only the beginning and the end
differ. Instead of running a program it connects to the zygote, puts the child that answers into
the sandbox's cgroup, maps its ids if this process may, and gives it the launcher's pipes. The
connection is what the sandbox's life hangs on: its init process ends when this process does.

What the child says about itself is taken from the kernel (SCM_CREDENTIALS), not from its words.

Run as a script with `python -I -S`; standard library only.
"""

from __future__ import annotations

import array
import contextlib
import importlib.util
import json
import os
import select
import signal
import socket
import stat
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import supervisor
else:
    _spec = importlib.util.spec_from_file_location(
        "supervisor", Path(__file__).with_name("supervisor.py")
    )
    supervisor = importlib.util.module_from_spec(_spec)
    sys.modules["supervisor"] = supervisor
    _spec.loader.exec_module(supervisor)

_PATIENCE = 20.0  # seconds the zygote has for one step
_CREDENTIALS = struct.Struct("3i")  # struct ucred: process, user, group


class ForkedSupervisor(supervisor.Supervisor):
    """One sandbox made by a zygote."""

    def _launch(self) -> None:
        command_fd, self._command_fd = os.pipe()
        self._event_fd, event_fd = os.pipe()
        self._log_fd, log_fd = os.pipe()
        os.set_blocking(self._command_fd, False)
        try:
            self._connection = connect(self._config["zygote"]["socket"])
            init = self._found(command_fd, event_fd, log_fd)
        finally:
            for fd in (command_fd, event_fd, log_fd):
                os.close(fd)
        self._status_fd = self._connection.fileno()  # nothing more is said there
        self._process = Init(init)  # type: ignore[assignment]
        self._process_fd = self._process.pidfd  # type: ignore[attr-defined]
        self._is_up(init)
        self._say({})

    def _found(self, *pipes: int) -> int:
        """Help the child to make the sandbox. Returns the process id of its init process."""
        plan = self._config["zygote"]
        child = self._hear("forked")
        for directory in self._config["cgroups"]:
            Path(directory, "cgroup.procs").write_text(str(child))
        self._say(plan["plan"], *pipes)
        if plan["plan"]["map"]:
            child = self._hear("unshared")
            for kind in ("uid", "gid"):
                Path(f"/proc/{child}/{kind}_map").write_text(plan[kind])
            self._say({})
        return self._hear("up")

    def _hear(self, expected: str) -> int:
        """Wait for the child to be somewhere. Returns the process that says so."""
        space = socket.CMSG_SPACE(_CREDENTIALS.size)
        data, extra, _, _ = self._connection.recvmsg(65536, space)
        message = json.loads(data or b'{"at": "end"}')
        if message["at"] != expected:
            reason = message.get("error", "it ended")
            raise OSError(f"the zygote did not make a sandbox ({expected}): {reason}")
        for level, kind, content in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                return int(_CREDENTIALS.unpack(content[: _CREDENTIALS.size])[0])
        raise OSError("the zygote's child does not say who it is")

    def _say(self, message: dict[str, Any], *descriptors: int) -> None:
        extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        self._connection.sendmsg([json.dumps(message).encode()], extra if descriptors else [])


class Init:
    """The init process of a sandbox: not a child of this process, but to be ended and awaited like
    one."""

    def __init__(self, pid: int) -> None:
        self.pidfd = os.pidfd_open(pid)
        self.returncode = None  # is its parent's to know

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> None:
        """Until it is gone, which is after all that it is the init process of."""
        select.select([self.pidfd], [], [], timeout)


def connect(path: str) -> socket.socket:
    """A connection to the zygote by the inode of its socket, so that no link leads elsewhere."""
    inode = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        if not stat.S_ISSOCK(os.fstat(inode).st_mode):
            raise OSError(f"{path} is not a socket")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.settimeout(_PATIENCE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        connection.connect(f"/proc/self/fd/{inode}")
        return connection
    finally:
        os.close(inode)


if __name__ == "__main__":
    supervisor.main(ForkedSupervisor)
