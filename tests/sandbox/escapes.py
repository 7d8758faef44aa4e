"""Attempts to get out, or to reach what is outside: each is an expression and the answers that are
acceptable. They run within `PRELUDE`; `said(f)` is what became of calling `f`.
"""

from __future__ import annotations

import json

from sandbox import Notebook

PRELUDE = """
import ctypes, errno, os, signal, socket, stat, subprocess, urllib.request
libc = ctypes.CDLL(None, use_errno=True)

def said(f, *arguments):
    try:
        result = f(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return "done"

def tried(expression):
    try:
        return str(expression())
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))

def call(number, *arguments):
    ctypes.set_errno(0)
    if libc.syscall(number, *map(ctypes.c_long, arguments)) == -1:
        return errno.errorcode[ctypes.get_errno()]
    return "done"

def opened(family, kind=1, protocol=0):
    return said(socket.socket, family, kind, protocol)

def exists(path):
    return os.path.lexists(path)

machine = os.uname().machine
"""

# name: (expression, acceptable answers); numbers of calls as (x86_64, aarch64).
ESCAPES: dict[str, tuple[str, set[str]]] = {
    # files of the host
    "read the password file": ("said(open, '/etc/shadow')", {"ENOENT"}),
    "read the home of root": ("exists('/root/.bashrc') or exists('/root/.ssh')", {"False"}),
    "read the owner's file": ("said(open, OWNERS_FILE)", {"ENOENT"}),
    "list homes": ("said(os.listdir, '/home')", {"ENOENT"}),
    "see other accounts": ("len(open('/etc/passwd').readlines())", {"2"}),
    "read kernel settings": ("said(os.listdir, '/sys')", {"ENOENT"}),
    "reach the docker socket": ("exists('/var/run/docker.sock')", {"False"}),
    "write to the system": ("said(open, '/usr/x', 'w')", {"EROFS", "EACCES"}),
    "write to the configuration": ("said(open, '/etc/x', 'w')", {"EROFS", "EACCES"}),
    "write to the root": ("said(os.mkdir, '/x')", {"EROFS", "EACCES"}),
    "write among devices": ("said(open, '/dev/x', 'w')", {"EROFS", "EACCES"}),
    "write to Python": (
        "said(open, os.path.join(os.__file__ + '.x'), 'w')",
        {"EROFS", "EACCES"},
    ),
    "change the launcher": (
        "said(open, '/opt/sandbox/notebook_launcher.py', 'a')",
        {"EROFS", "EACCES"},
    ),
    "change the kernel's settings": (
        "said(open, '/proc/sys/kernel/core_pattern', 'w')",
        {"EROFS", "EACCES"},
    ),
    "trigger sysrq": ("said(open, '/proc/sysrq-trigger', 'w')", {"EROFS", "EACCES", "ENOENT"}),
    "make a device": ("said(os.mknod, '/tmp/sda', 0o60600, 0x800)", {"EPERM"}),
    # secrets
    "read the owner's environment": ("'SECRET_OF_OWNER' in os.environ", {"False"}),
    "read environments of all processes": (
        "any(b'SECRET_OF_OWNER' in open(f'/proc/{p}/environ', 'rb').read() for p in os.listdir"
        "('/proc') if p.isdigit() and os.access(f'/proc/{p}/environ', os.R_OK))",
        {"False"},
    ),
    "read the command line of the init process": (
        "any(w in open('/proc/1/cmdline').read() for w in ('setenv', 'key', 'ro-bind'))",
        {"False"},
    ),
    "read the launcher's memory": ("said(open, '/proc/2/mem', 'rb')", {"EACCES", "EPERM"}),
    "read the launcher's descriptors": ("said(os.listdir, '/proc/2/fd')", {"EACCES", "EPERM"}),
    "keep a descriptor of the host": (
        "[l for l in (os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd') "
        "if exists(f'/proc/self/fd/{fd}')) if l.startswith('/') and not l.startswith("
        "('/dev/', '/proc/'))]",
        {"[]"},
    ),
    # processes
    "see processes of the host": (
        "len([p for p in os.listdir('/proc') if p.isdigit()]) < 8",
        {"True"},
    ),
    "kill the init process": ("[said(os.kill, 1, 9), os.path.exists('/proc/1')][1]", {"True"}),
    "trace the launcher": ("call(101 if machine == 'x86_64' else 117, 16, 2, 0, 0)", {"EPERM"}),
    "have a capability": (
        "{l.split()[1] for l in open('/proc/self/status') if l.startswith('Cap')}",
        {"{'0000000000000000'}"},
    ),
    "become root": ("said(os.setuid, 0)", {"EPERM", "EINVAL"}),
    "gain by a setuid program": (
        "[l for l in open('/proc/self/status') if l.startswith('NoNewPrivs')][0].split()[1]",
        {"1"},
    ),
    # network
    "reach the internet": ("said(socket.create_connection, ('1.1.1.1', 53), 2)", {"ENETUNREACH"}),
    "resolve a name": ("said(socket.gethostbyname, 'example.com') != 'done'", {"True"}),
    "reach a server of the host": (
        "said(socket.create_connection, ('127.0.0.1', OWNERS_PORT), 2)",
        {"ECONNREFUSED"},
    ),
    "reach an abstract socket of the host": (
        "said(socket.socket(socket.AF_UNIX).connect, OWNERS_SOCKET)",
        {"ECONNREFUSED"},
    ),
    "open a vsock": ("opened(40)", {"EAFNOSUPPORT"}),
    "open a packet socket": ("opened(17, 3)", {"EAFNOSUPPORT"}),
    "open a raw socket": ("opened(2, 3, 1)", {"EPERM", "EACCES"}),
    "open the crypto interface": ("opened(38, 5)", {"EAFNOSUPPORT"}),
    "open bluetooth": ("opened(31, 3)", {"EAFNOSUPPORT"}),
    "open another netlink": ("opened(16, 3, 9)", {"EAFNOSUPPORT"}),
    # the kernel's interfaces
    "make a user namespace": ("call(272 if machine == 'x86_64' else 97, 0x10000000)", {"EPERM"}),
    "clone into a namespace": ("call(56 if machine == 'x86_64' else 220, 0x10000011)", {"EPERM"}),
    "clone3": ("call(435, 0, 0)", {"ENOSYS"}),
    "enter a namespace": ("call(308 if machine == 'x86_64' else 268, 0, 0)", {"EPERM"}),
    "mount": ("call(165 if machine == 'x86_64' else 40, 0, 0, 0, 0)", {"EPERM"}),
    "chroot": ("said(os.chroot, '/tmp')", {"EPERM"}),
    "read a keyring": ("call(250 if machine == 'x86_64' else 219, 0, -3)", {"EPERM"}),
    "load a BPF program": ("call(321 if machine == 'x86_64' else 280, 0, 0, 0)", {"EPERM"}),
    "set up io_uring": ("call(425, 1, 0)", {"EPERM"}),
    "handle page faults": ("call(323 if machine == 'x86_64' else 282, 0)", {"EPERM"}),
    "open by handle": ("call(304 if machine == 'x86_64' else 265, 0, 0, 0)", {"EPERM"}),
    "make memory that is not counted": ("said(os.memfd_create, 'x')", {"ENOSYS"}),
    "make a shared segment": (
        "call(29 if machine == 'x86_64' else 194, 0, 4096, 0o1600)",
        {"EPERM"},
    ),
    "use the x32 convention": ("call(0x40000000 + 39)", {"ENOSYS"}),
    "type into a terminal": (
        "said(lambda: __import__('fcntl').ioctl(0, 0x5412, b'x'))",
        {"EPERM"},
    ),
    "change the host's name": ("said(socket.sethostname, 'x')", {"EPERM"}),
    "set the clock": ("said(__import__('time').clock_settime, 0, 0)", {"EPERM"}),
}


# The same on a sandbox that shares the host's namespaces: expressions that need other means there.
# Any refusal will do; files of the host are seen to be there.
REFUSALS = {"EACCES", "EPERM", "EAFNOSUPPORT"}
ON_HOST: dict[str, tuple[str, set[str]]] = {
    "reach the docker socket": (
        "said(socket.socket(socket.AF_UNIX).connect, '/var/run/docker.sock')",
        {"EPERM"},
    ),
    "read the home of root": ("said(os.listdir, '/root')", {"EACCES"}),
    "change the launcher": ("said(open, LAUNCHER, 'a')", {"EACCES"}),
    "read the launcher's memory": ("said(open, f'/proc/{os.getppid()}/mem', 'rb')", {"EACCES"}),
    "read the launcher's descriptors": (
        "said(os.listdir, f'/proc/{os.getppid()}/fd')",
        {"EACCES"},
    ),
    "trace the launcher": (
        "call(101 if machine == 'x86_64' else 117, 16, os.getppid(), 0, 0)",
        {"EPERM"},
    ),
    "kill the init process": ("said(os.kill, os.getppid(), 9)", {"EPERM"}),
    "see processes of the host": ("said(os.listdir, '/proc')", {"EACCES"}),
    "have a capability": (
        "libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), caps := (ctypes.c_uint32 * 6)()) or "
        "any(caps)",
        {"False"},
    ),
    "gain by a setuid program": ("libc.prctl(39, 0, 0, 0, 0)", {"1"}),
    "keep a descriptor of the host": (
        "[fd for fd in range(3, 1024) if said(os.fstat, fd) == 'done' and "
        "stat.S_IFMT(os.fstat(fd).st_mode) in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFBLK)]",
        {"[]"},
    ),
    "kill the owner": ("said(os.kill, OWNERS_PID, 9)", {"EPERM"}),
    "kill everybody": ("[said(os.kill, -1, 0), said(os.kill, OWNERS_PID, 0)][1]", {"EPERM"}),
    "limit the owner": (
        "said(__import__('resource').prlimit, OWNERS_PID, 0, (1, 1))",
        {"EPERM"},
    ),
    "slow the owner down": ("said(os.setpriority, 0, OWNERS_PID, 19)", {"EPERM"}),
    "have the owner's descriptor signal it": (
        "[said(__import__('fcntl').fcntl, os.pipe()[0], 8, OWNERS_PID), 'tried'][1]",
        {"tried"},
    ),
    "change the mode of the owner's file": (
        "said(__import__('posix').chmod, OWNERS_FILE, 0o777)",
        {"EPERM"},
    ),
    "change the times of the owner's file": (
        "said(__import__('posix').utime, OWNERS_FILE, (0, 0))",
        {"EPERM"},
    ),
    "cut the owner's file": ("said(os.truncate, OWNERS_FILE, 0)", {"EACCES"}),
    "remove the owner's file": ("said(os.unlink, OWNERS_FILE)", {"EACCES"}),
    "link the owner's file": ("said(os.link, OWNERS_FILE, 'mine')", {"EACCES", "EXDEV", "EPERM"}),
    "connect to the owner's socket": (
        "said(socket.socket(socket.AF_UNIX).connect, OWNERS_PLACE)",
        {"EPERM"},
    ),
    "send to any socket": ("opened(1, 2)", {"EPERM"}),
    "see other notebooks": ("said(os.listdir, '/tmp')", {"EACCES"}),
    "write to shared memory": ("said(open, '/dev/shm/x', 'w')", {"EACCES"}),
    "move the place for sockets": (
        "said(os.rename, os.path.dirname(os.getcwd()) + '/../run/sandbox', 'mine')",
        {"EACCES", "EXDEV", "EPERM"},
    ),
}


def escapes_on_host() -> dict[str, tuple[str, set[str]]]:
    """All escapes, for a sandbox in the host's own namespaces."""
    shared = {name: (code, answers | REFUSALS) for name, (code, answers) in ESCAPES.items()}
    return {**shared, **ON_HOST}


async def attempt(
    notebook: Notebook, outside: str, escapes: dict[str, tuple[str, set[str]]] | None = None
) -> dict[str, str]:
    """Try all escapes in one cell; returns what became of each.

    Args:
        outside: definitions of what there is to look for.
        escapes: what to try; `ESCAPES` when None.
    """
    lines = [PRELUDE, outside, "answers = {}", "import json"]
    for name, (expression, _) in (ESCAPES if escapes is None else escapes).items():
        lines.append(f"answers[{name!r}] = tried(lambda: {expression})")
    lines.append("print(json.dumps(answers))")
    result = await notebook.execute("\n".join(lines))
    assert result.ok, result.text()
    answers: dict[str, str] = json.loads(result.stdout)
    return answers
