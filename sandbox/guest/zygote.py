"""A process that has imported everything, and forks a launcher of its own for each new sandbox.

It runs inside bubblewrap like a launcher, as a user without rights, and never runs a notebook's
code. For each connection to its socket it forks a child that makes itself a sandbox around the
same read-only tree: user, mount, process, network, IPC, host name and cgroup namespaces of its
own, empty file systems of their own size over every writable place, a `/proc` and terminals of its
own. Within these the child becomes the init process, forks a launcher (`launcher.py`), and both
take the system call filter and give their capabilities up, as in a sandbox started from scratch.

    zygote -- child: joins its namespaces, ends
                `-- init (1): lives as long as the connection and the launcher
                       `-- launcher (2) -- kernel

The other end of the connection is the sandbox's supervisor (`isolation/forked.py`). It puts the
child into its cgroup, maps its user ids, and hands it the launcher's pipes; when it goes away the
init process ends, and everything in the sandbox with it.

All copies share what was decided before the fork: the seed of string hashes and the layout of the
address space. Random generators are seeded anew for each kernel. Not shared: keys and sockets,
which a kernel makes itself. Not covered: a module of `preload` that is hostile. It cannot leave
the zygote's sandbox, but is part of every copy.

Commands and events are the launcher's; `start` imports `config["preload"]`, `ready` says that
copies can be made. Standard library only.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import gc
import importlib
import importlib.util
import json
import os
import random
import re
import select
import signal
import socket
import stat
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

_SOCKET = "zygote"
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 4, 22, 24
_FILTER = 2
_LAST_CAPABILITY = 63
# Mount namespace, cgroup, host name, IPC, user, process ids, network.
_NAMESPACES = (
    0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
)
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND = 1, 2, 4, 8, 32, 4096
_REC = 0x4000
_REC_PRIVATE = _REC | 0x40000
_NO_PROGRAMS = _NOSUID | _NODEV | _NOEXEC
_KERNEL_SETTINGS = ("sys", "sysrq-trigger", "irq", "bus")  # below /proc; bubblewrap's list
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1 | 0x40
_OFTEN_USED = (  # what a kernel imports while it starts, beyond what its module imports
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "ipykernel.comm",
    "ipykernel.debugger",
    "psutil",
    "tornado.platform.asyncio",
    "tornado.queues",
)

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    """Raise the C library's last error unless `result` is 0."""
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


class Zygote:
    """State of the zygote's loop: its setup, the modules that copies use, the socket."""

    def __init__(self, launcher: Any) -> None:
        self._launcher = launcher
        self._setup: dict[str, Any] = {}
        self._kernel: Any = None
        self._listener: socket.socket | None = None
        self._input = b""

    def run(self) -> None:
        """Serve commands and connections until the host closes the commands."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by themselves
        while True:
            watched = [0] if self._listener is None else [0, self._listener.fileno()]
            readable, _, _ = select.select(watched, [], [])
            if 0 in readable and not self._on_commands():
                return
            if readable != [0]:
                self._on_connection()

    def _on_commands(self) -> bool:
        data = os.read(0, 65536)
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            command = json.loads(line)
            if command["do"] == "setup":
                self._prepare(command)
            elif command["do"] == "start":
                self._warm_up(command["config"]["preload"])
                self._launcher.emit({"event": "ready", "generation": command["generation"]})
        return bool(data)

    def _prepare(self, setup: dict[str, Any]) -> None:
        """Become a user without rights, before anything is imported."""
        self._setup = setup
        if os.getuid() != setup["uid"]:
            # Copies may mount a /proc only where one is to be seen that has nothing covered.
            mount("proc", "/proc", "proc", _NO_PROGRAMS)
            drop_bounding_set(keep=())
            os.setgroups([])
            os.setresgid(setup["gid"], setup["gid"], setup["gid"])
            os.setresuid(setup["uid"], setup["uid"], setup["uid"])
        keep_capabilities(())
        self._launcher.emit({"event": "hello", **self._launcher.self_portrait()})
        sys.path.extend(setup["path"])

    def _warm_up(self, modules: list[str]) -> None:
        self._kernel = self._launcher.load(self._setup["code"], "notebook_kernel")
        for name in _OFTEN_USED:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        path, fonts = sys.path.copy(), os.environ.get("SANDBOX_MATPLOTLIB", "")
        self._kernel.prefer_libraries()
        self._kernel.prepare_plots()
        for name in modules:
            importlib.import_module(name)
        sys.path[:], os.environ["SANDBOX_MATPLOTLIB"] = path, fonts  # each kernel sees to it itself
        gc.collect()
        gc.freeze()  # the collector would write to pages that copies share
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(os.path.join(self._setup["sockets"], _SOCKET))
        self._listener.listen(128)

    def _on_connection(self) -> None:
        assert self._listener is not None
        connection, _ = self._listener.accept()
        with connection:
            if os.fork() == 0:
                self._become_copy(connection)

    def _become_copy(self, connection: socket.socket) -> NoReturn:
        """In the child: make the sandbox; in its init process and its launcher: serve."""
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            os.close(1)
            assert self._listener is not None
            self._listener.close()
            plan, pipes = enter_namespaces(connection)
            if os.fork() == 0:
                furnish(plan)
                self._launch(connection, pipes)
        except BaseException as error:
            with contextlib.suppress(OSError):
                connection.send(json.dumps({"at": "error", "error": repr(error)}).encode())
        os._exit(0)

    def _launch(self, connection: socket.socket, pipes: list[int]) -> None:
        """In the init process: report, then fork the launcher and watch over it."""
        ask(connection, {"at": "up"})
        launcher = os.fork()
        if launcher == 0:
            try:
                self._become_launcher(pipes)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                sys.stderr.flush()
            os._exit(1)
        watch_over(launcher, connection)

    def _become_launcher(self, pipes: list[int]) -> None:
        for number, pipe in enumerate(pipes):
            os.dup2(pipe, number)
        os.closerange(3, 65536)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        launcher = self._launcher.Launcher()
        launcher._code = FreshKernel(self._kernel)
        launcher.run()
        os._exit(0)


class FreshKernel:
    """The kernel's module with a start that forgets what all copies have in common."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel

    def main(self, config: dict[str, Any], ready: int) -> None:
        reseed()
        self._kernel.main(config, ready)


def reseed() -> None:
    """Seed every random generator of the process anew."""
    random.seed()
    libc.srandom(int.from_bytes(os.urandom(4), "little"))
    tempfile._name_sequence = None  # type: ignore[attr-defined]
    for name in ("numpy.random", "torch"):
        module = sys.modules.get(name)
        if module is not None:
            module.seed()


# The sandbox.


def ask(connection: socket.socket, message: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """Tell the supervisor where this process is, and wait for what it says.

    Returns: Its answer and descriptors that came with it.

    Raises: EOFError: the supervisor is gone.
    """
    connection.send(json.dumps(message).encode())
    space = socket.CMSG_SPACE(3 * array.array("i").itemsize)
    data, extra, _, _ = connection.recvmsg(1 << 17, space)
    if not data:
        raise EOFError("the supervisor is gone")
    descriptors = array.array("i")
    for kind, what, content in extra:
        if (kind, what) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content)
    return json.loads(data), descriptors.tolist()


def enter_namespaces(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Leave all of the zygote's namespaces; children are in the new process namespace.

    Returns: The supervisor's plan, and the launcher's stdin, stdout and stderr.
    """
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)  # so that its maps of ids are its own
    plan, pipes = ask(connection, {"at": "forked"})
    os.dup2(pipes[2], 2)
    uid, gid = os.getuid(), os.getgid()
    check(libc.unshare(_NAMESPACES), "unshare")
    if plan["map"]:
        ask(connection, {"at": "unshared"})  # the supervisor, being root, maps other ids
        os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
    else:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    return plan, pipes


def furnish(plan: dict[str, Any]) -> None:
    """In the init process: own file systems over everything that can be written or tells of
    processes, then no way back."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # which for an init process is to ignore it
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.setsid()
    check(libc.mount(None, b"/", None, _REC_PRIVATE, None), "make mounts private")
    for path, size in plan["sizes"].items():
        covered = {point: os.open(point, os.O_PATH) for point in mounts_below(path)}
        mount("tmpfs", path, "tmpfs", _NOSUID | _NODEV, f"mode=1777,size={size}")
        for point, found in covered.items():
            show_again(point, found)
    terminals = "newinstance,ptmxmode=0666,mode=620"
    mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, terminals)
    mount("proc", "/proc", "proc", _NO_PROGRAMS)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    for name in _KERNEL_SETTINGS:
        if os.path.exists(path := f"/proc/{name}"):
            mount(path, path, "", _BIND)
            mount("", path, "", _BIND | _REMOUNT | _RDONLY | _NO_PROGRAMS)
    loopback_up()
    os.chdir(plan["directory"])
    drop_bounding_set(keep=plan["capabilities"])
    keep_capabilities(plan["capabilities"])
    install_filter(bytes.fromhex(plan["seccomp"]))


def mounts_below(path: str) -> list[str]:
    """Where something is mounted below `path`, such as a Python that is installed in `/tmp`; not
    what is mounted below that again."""
    points: list[str] = []
    for line in sorted(Path("/proc/self/mountinfo").read_text().splitlines(), key=_mount_point):
        point = _mount_point(line)
        if point.startswith(f"{path}/") and not any(point.startswith(f"{p}/") for p in points):
            points.append(point)
    return points


def _mount_point(line: str) -> str:
    """The fifth field of a line of mountinfo; blanks and backslashes are written in octal."""
    return re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), line.split()[4])


def show_again(point: str, found: int) -> None:
    """Mount what `found` names at `point`, where something else covers it now. It stays
    read-only: a mount of a namespace with more rights cannot be made writable."""
    usual = os.umask(0o022)
    os.makedirs(os.path.dirname(point), exist_ok=True)
    if stat.S_ISDIR(os.fstat(found).st_mode):
        os.mkdir(point, 0o755)
    else:
        os.close(os.open(point, os.O_WRONLY | os.O_CREAT, 0o444))
    os.umask(usual)
    mount(f"/proc/self/fd/{found}", point, "", _BIND | _REC)
    os.close(found)


def watch_over(launcher: int, connection: socket.socket) -> NoReturn:
    """In the init process: end, and with it the sandbox, when launcher or supervisor do."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # orphans are reaped by themselves
    ended = os.pidfd_open(launcher)
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    keep_only({ended, connection.fileno()})
    keep_capabilities(())
    select.select([ended, connection.fileno()], [], [])
    os._exit(0)


def keep_only(descriptors: set[int]) -> None:
    """Close every descriptor above 2 but these."""
    last = 2
    for descriptor in sorted(descriptors):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, 65536)


def mount(source: str, path: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    arguments = (text.encode() or None for text in (source, path, kind))
    check(libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None), f"mount {path}")


def loopback_up() -> None:
    """Bring `lo` up, which a new network namespace has and nothing else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH22x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(any_socket, _GET_FLAGS, request), 16)
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH22x", b"lo", flags | _UP))


def drop_bounding_set(keep: Any) -> None:
    """No program and no user change can ever bring other capabilities than `keep`."""
    for capability in range(_LAST_CAPABILITY + 1):
        if capability not in keep and libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # the last that this kernel knows


def keep_capabilities(keep: Any) -> None:
    """Give all capabilities but `keep` up."""
    mask = sum(1 << capability for capability in keep)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # format version 3, this process
    low, high = mask & 0xFFFFFFFF, mask >> 32
    sets = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    check(libc.capset(header, sets), "capset")


def install_filter(program: bytes) -> None:
    """Have every system call of this process and its children pass `program` from now on."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))

    given = Program(len(program) // 8, program)
    check(
        libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(given), 0, 0),
        "set the system call filter",
    )


def load_launcher() -> Any:
    """The launcher's module, which lies beside this one."""
    path = Path(__file__).with_name("notebook_launcher.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Zygote(load_launcher()).run()
