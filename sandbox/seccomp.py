"""The system call filter: classic BPF for `seccomp(2)`, generated here without a C library.

The filter lets everything through that a Python process with native libraries needs, and refuses
what reaches past the namespaces around it: other kinds of socket (a network namespace does not
cover AF_VSOCK), new namespaces and mounts, tracing, kernel keyrings, BPF, io_uring, modules,
clocks, terminal injection, and memory that no accounting sees (memfd, System V segments). A call
newer than the last one known here does not exist for the sandbox.

It knows system call numbers of x86_64 and aarch64 and nothing about processes. Not covered:
arguments behind pointers, which a filter cannot read; `clone3` is therefore reported as missing
and libc uses `clone`.

Format: `struct sock_filter` of <linux/filter.h>, reading `struct seccomp_data` of
<linux/seccomp.h>; numbers from <asm/unistd.h>.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

__all__ = ["MACHINES", "build_filter"]

# struct seccomp_data, little endian: nr, arch, instruction pointer, then six 64-bit arguments.
_NR, _ARCH = 0, 4
_ARG_LOW = tuple(16 + 8 * i for i in range(6))

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JEQ = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JGE = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_JSET = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

ALLOW = 0x7FFF0000
KILL = 0x80000000


def deny(error: int) -> int:
    """The filter's answer that makes a call fail with `error` (an errno)."""
    return 0x00050000 | error


_EPERM, _ENOSYS = deny(errno.EPERM), deny(errno.ENOSYS)
_EAFNOSUPPORT = deny(errno.EAFNOSUPPORT)

_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
# cgroup, uts, ipc, user, pid, net, mount; a time namespace cannot be asked for through clone().
_CLONE_NAMESPACES = (
    0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000 | 0x00020000
)
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_PERSONALITY_QUERY = 0xFFFFFFFF
_LAST_KNOWN = 462  # mseal, Linux 6.10; the numbers are shared by all machines from 424 on


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    denied: dict[str, int]
    clone: int
    clone3: int
    socket: int
    socketpair: int
    ioctl: int
    personality: int
    memfd_create: int


# The same number on every machine.
_DENIED_EVERYWHERE = {
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "open_tree": 428,
    "move_mount": 429,
    "mount_setattr": 442,
    "statmount": 457,
    "listmount": 458,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "quotactl_fd": 443,
    "memfd_secret": 447,
}

# Name: (x86_64, aarch64); None where the machine does not have it.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "create_module": (174, None),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
}


def _denied(column: int) -> dict[str, int]:
    own = {name: numbers[column] for name, numbers in _DENIED.items()}
    return {**{n: nr for n, nr in own.items() if nr is not None}, **_DENIED_EVERYWHERE}


MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        denied=_denied(0),
        clone=56,
        clone3=435,
        socket=41,
        socketpair=53,
        ioctl=16,
        personality=135,
        memfd_create=319,
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        denied=_denied(1),
        clone=220,
        clone3=435,
        socket=198,
        socketpair=199,
        ioctl=29,
        personality=92,
        memfd_create=279,
    ),
}

_Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def _op(code: int, k: int, true: int = 0, false: int = 0) -> _Instruction:
    return (code, true, false, k)


def _return(value: int) -> _Instruction:
    return _op(_RETURN, value)


def _for_call(number: int, body: list[_Instruction]) -> list[_Instruction]:
    """`body` for one system call; with any other the filter goes on behind it, the number still
    loaded."""
    return [_op(_JEQ, number, 0, len(body)), *body]


def _only_sockets(number: int, families: tuple[int, ...], *, route: bool) -> list[_Instruction]:
    """A socket call limited to `families`, and to NETLINK_ROUTE (libzmq lists interfaces with it)
    if asked."""
    body = [_op(_LOAD, _ARG_LOW[0])]
    for family in families:
        body += [_op(_JEQ, family, 0, 1), _return(ALLOW)]
    if route:
        body += [_op(_JEQ, _AF_NETLINK, 0, 3), _op(_LOAD, _ARG_LOW[2])]
        body += [_op(_JEQ, 0, 0, 1), _return(ALLOW)]
    return _for_call(number, [*body, _return(_EAFNOSUPPORT)])


def _without_bits(number: int, argument: int, bits: int) -> list[_Instruction]:
    body = [_op(_LOAD, _ARG_LOW[argument]), _op(_JSET, bits, 0, 1)]
    return _for_call(number, [*body, _return(_EPERM), _return(ALLOW)])


def _unless_values(number: int, argument: int, values: tuple[int, ...]) -> list[_Instruction]:
    body = [_op(_LOAD, _ARG_LOW[argument])]
    for value in values:
        body += [_op(_JEQ, value, 0, 1), _return(_EPERM)]
    return _for_call(number, [*body, _return(ALLOW)])


def _only_values(number: int, argument: int, values: tuple[int, ...]) -> list[_Instruction]:
    body = [_op(_LOAD, _ARG_LOW[argument])]
    for value in values:
        body += [_op(_JEQ, value, 0, 1), _return(ALLOW)]
    return _for_call(number, [*body, _return(_EPERM)])


def build_filter(machine: str | None = None) -> bytes:
    """The filter as an array of `struct sock_filter`, as `bwrap --seccomp` and `seccomp(2)` take
    it.

    Args:
        machine: `x86_64` or `aarch64`; the running machine's when None.

    Raises:
        ValueError: a machine this module has no numbers for.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        known = ", ".join(sorted(MACHINES))
        raise ValueError(f"no system call numbers for machine {machine!r}; known: {known}")
    m = MACHINES[machine]
    program = [_op(_LOAD, _ARCH), _op(_JEQ, m.audit, 1, 0), _return(KILL), _op(_LOAD, _NR)]
    program += [_op(_JGE, _LAST_KNOWN + 1, 0, 1), _return(_ENOSYS)]  # x32 numbers lie above, too
    program += _for_call(m.clone3, [_return(_ENOSYS)])
    program += _for_call(m.memfd_create, [_return(_ENOSYS)])
    program += _only_sockets(m.socket, (_AF_UNIX, _AF_INET, _AF_INET6), route=True)
    program += _only_sockets(m.socketpair, (_AF_UNIX,), route=False)
    program += _without_bits(m.clone, 0, _CLONE_NAMESPACES)
    program += _unless_values(m.ioctl, 1, (_TIOCSTI, _TIOCLINUX))
    program += _only_values(m.personality, 0, (0, _PERSONALITY_QUERY))
    for number in sorted(m.denied.values()):
        program += _for_call(number, [_return(_EPERM)])
    program.append(_return(ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
