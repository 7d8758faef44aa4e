"""The first process inside the sandbox: starts one kernel at a time in it and ends it again.

Because the launcher outlives its kernels, a killed kernel does not take the sandbox down: the next
one is forked in the same namespaces and finds the files of the last. The kernel's modules are
imported before the first fork, so only the first start is slow. Commands come as JSON lines
on stdin, events leave as JSON lines on stdout; the kernel has neither descriptor.

    in   {"do": "setup", "uid", "gid", "rlimits", "path", ...}   once, first
         {"do": "start", "generation", "config"}                 end what runs, fork a kernel
         {"do": "interrupt"}   SIGINT to the kernel's process group
         {"do": "kill"}        SIGKILL to everything in the sandbox but this process
    out  {"event": "hello", ...}  {"event": "forked" | "ready" | "exit", "generation", ...}

Without a process namespace around it (`setup` then has `host`) the launcher adopts what its kernels
leave behind, and each kernel confines itself as `confinement.py` does, if `setup` says so. What
that amounts to is tried out by a child before the first kernel. When the host closes stdin the
launcher ends what is left.

As root on the host the launcher keeps the capabilities to change its user and to kill, and each
kernel is another, unprivileged user. For a plain user both have the same uid: code in the kernel
can then stop or kill the launcher, which ends its own sandbox, but can neither trace it nor read
its memory or descriptors.

It knows nothing of Jupyter beyond the module it runs in the child. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER = 1, 4, 24, 36
_EVERY_PROCESS = -1
_STUBBORN = 3.0  # seconds that processes may evade being killed one by one
_TIDY = 1.0  # seconds between two looks at processes that ended and belong to nobody else


class Launcher:
    """State of the loop: the setup, and the kernel that runs now, if one does."""

    def __init__(self) -> None:
        self._setup: dict[str, Any] = {}
        self._generation = 0
        self._kernel = 0
        self._pidfd = -1
        self._ready = -1
        self._input = b""
        self._code: Any = None
        self._confinement: Any = None
        self._tidy: float | None = None
        self._alone = False  # whether a signal to every process reaches only the sandbox's
        self._libc = ctypes.CDLL(None, use_errno=True)

    def run(self) -> None:
        """Serve commands until the host closes them."""
        self._libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        while True:
            watched = [fd for fd in (0, self._pidfd, self._ready) if fd >= 0]
            readable, _, _ = select.select(watched, [], [], self._tidy)
            if not readable:
                self._reap()
            if self._ready in readable:
                self._on_ready()
            if self._pidfd in readable:
                self._on_exit()
            if 0 in readable and not self._on_commands():
                if self._setup:
                    self._kill()
                return

    def _on_commands(self) -> bool:
        data = os.read(0, 65536)
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))
        return bool(data)

    def _obey(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "setup":
                self._set_up(command)
            case "start":
                self._start(command)
            case "interrupt":
                self._interrupt()
            case "kill":
                self._kill()

    def _set_up(self, setup: dict[str, Any]) -> None:
        self._setup = setup
        if "confine" in setup:
            self._confinement = load(setup["confine"]["code"], "notebook_confinement")
        self._alone = has_own_processes(setup["outside"])
        if "host" in setup:
            self._libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            self._alone = "confine" in setup and self._confinement.signal_only_descendants()
        self._tidy = _TIDY if "host" in setup or os.getpid() == 1 else None
        places = (setup["directory"], setup["sockets"])
        writable = all(os.access(place, os.W_OK) for place in places)
        found = self._trial() if "host" in setup else self_portrait()
        emit({"event": "hello", "writable": writable, **found})
        sys.path.extend(setup["path"])

    def _trial(self) -> dict[str, Any]:
        """What a child finds that is limited and confined as a kernel will be."""
        launcher = os.getpid()
        answer, said = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self._confine()
                if self._confinement is not None:
                    os.write(said, json.dumps(self._confinement.portrait(launcher)).encode())
                status = 0
            except BaseException as error:
                os.write(2, f"{error}\n".encode())
            finally:
                os._exit(status)
        os.close(said)
        with open(answer, "rb") as pipe:
            found = pipe.read()
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit(1)
        return json.loads(found or b"{}")  # type: ignore[no-any-return]

    def _interrupt(self) -> None:
        if not self._kernel:
            return
        try:
            os.killpg(self._kernel, signal.SIGINT)
        except ProcessLookupError:  # it left its process group
            os.kill(self._kernel, signal.SIGINT)

    def _kill(self) -> None:
        if self._alone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(_EVERY_PROCESS, signal.SIGKILL)
            return
        if self._kernel:
            os.kill(self._kernel, signal.SIGKILL)
            select.select([self._pidfd], [], [])
        until = time.monotonic() + _STUBBORN
        while time.monotonic() < until and (left := children()) not in ([], [self._kernel]):
            for pid in left:  # what loses its parent becomes a child of this process
                if pid != self._kernel:
                    end(pid)

    def _reap(self) -> None:
        for pid in children():
            if pid != self._kernel:
                os.waitpid(pid, os.WNOHANG)

    def _start(self, command: dict[str, Any]) -> None:
        self._kill()
        if self._kernel:
            self._on_exit()
        remove_sockets(self._setup["sockets"])
        self._generation = command["generation"]
        self._code = self._code or load(self._setup["code"], "notebook_kernel")
        self._ready, ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._become_kernel(command, ready)
        os.close(ready)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)  # in the child, too: whoever comes first
        self._kernel, self._pidfd = pid, os.pidfd_open(pid)
        emit({"event": "forked", "generation": self._generation})

    def _on_ready(self) -> None:
        said = os.read(self._ready, 1)
        os.close(self._ready)
        self._ready = -1
        if said:
            emit({"event": "ready", "generation": self._generation})

    def _on_exit(self) -> None:
        _, status = os.waitpid(self._kernel, 0)
        os.close(self._pidfd)
        if self._ready >= 0:
            os.close(self._ready)
        self._kernel, self._pidfd, self._ready = 0, -1, -1
        code = os.waitstatus_to_exitcode(status)
        emit({"event": "exit", "generation": self._generation, "status": code})

    def _become_kernel(self, command: dict[str, Any], ready: int) -> NoReturn:
        """In the child: take the limits and the user of the kernel, then run it."""
        status = 1
        try:
            os.setpgid(0, 0)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            ready = os.dup2(ready, 3, inheritable=False)
            os.closerange(4, 1024)
            self._confine()
            os.chdir(self._setup["directory"])
            sys.argv = ["kernel"]
            heed_signals()
            config = {**command["config"], **self._setup.get("config", {})}
            config["address"] = os.path.join(self._setup["sockets"], config["address"])
            self._code.main(config, ready)
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _confine(self) -> None:
        """Take the limits, the user and the confinement of a kernel."""
        launcher = os.getppid()
        rules: dict[str, Any] = self._setup.get("confine", {})
        ruleset = self._confinement.Ruleset(rules["landlock"]) if "landlock" in rules else None
        self._limit()
        if "uid" in self._setup:
            self._drop_privileges()
        if "host" in self._setup:
            self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != launcher:
                os._exit(1)
        if rules:
            self._confinement.confine(ruleset, bytes.fromhex(rules["seccomp"]))

    def _limit(self) -> None:
        self._libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
        Path("/proc/self/oom_score_adj").write_text("500")  # before launcher and bwrap
        for name, value in self._setup["rlimits"].items():
            number = getattr(resource, name)
            _, most = resource.getrlimit(number)
            if most != resource.RLIM_INFINITY:
                value = min(value, most)
            resource.setrlimit(number, (value, value))

    def _drop_privileges(self) -> None:
        """Become the kernel's user for good. A plain user has no privileges here, and nothing to
        drop."""
        uid, gid = self._setup["uid"], self._setup["gid"]
        if os.getuid() != uid:
            for capability in range(64):
                if self._libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                    break
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # capability format version 3, this process
        nothing = (ctypes.c_uint32 * 6)()
        if self._libc.capset(header, nothing) != 0:
            raise OSError(ctypes.get_errno(), "capset")
        self._libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def has_own_processes(outside: str) -> bool:
    """Whether this process namespace is not the owner's, as it would be below a program that only
    pretends to isolate.

    Args:
        outside: what the owner's namespace is called.
    """
    with contextlib.suppress(OSError):
        return os.getpid() == 1 or os.readlink("/proc/self/ns/pid") != outside
    return False


def heed_signals() -> None:
    """Handle signals as a Python started from a shell does, whatever the host's process ignores
    (SIGHUP below `nohup`) or blocks."""
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def self_portrait() -> dict[str, Any]:
    """What isolation looks like from in here; the host refuses a sandbox that does not look
    right."""
    wanted = ("Seccomp", "NoNewPrivs")
    fields = (line.partition(":") for line in Path("/proc/self/status").read_text().splitlines())
    status = {name: int(value) for name, _, value in fields if name in wanted}
    devices = Path("/proc/net/dev").read_text().splitlines()[2:]
    return {
        "seccomp": status.get("Seccomp", 0),
        "no_new_privs": status.get("NoNewPrivs", 0),
        "interfaces": [line.partition(":")[0].strip() for line in devices],
        "root": sorted(os.listdir("/")),
        "parent": os.getppid(),
    }


def remove_sockets(directory: str) -> None:
    """Delete what the last kernel left in the directory of sockets, so that paths can be bound
    again."""
    with os.scandir(directory) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # a directory left there is in nobody's way
                os.unlink(entry.path)


def end(pid: int) -> None:
    """Kill a child and wait for it; one of another user, made by a setuid program, is left."""
    with contextlib.suppress(PermissionError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def children() -> list[int]:
    """Process ids of this process's children, ended ones that nobody waited for included."""
    return [int(pid) for pid in Path("/proc/thread-self/children").read_text().split()]


def load(path: str, name: str | None = None) -> Any:
    """The module at `path`, registered by `name`, or that of its file, so that its classes can be
    found by it."""
    name = name or Path(path).stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def emit(event: dict[str, Any]) -> None:
    """Send one event to the host."""
    os.write(1, json.dumps(event).encode() + b"\n")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Launcher().run()
