"""The system call filter: classic BPF for `seccomp(2)`, generated here without a C library.

The filter lets everything through that a Python process with native libraries needs, and refuses
what reaches past the namespaces around it: other kinds of socket (a network namespace does not
cover AF_VSOCK), new namespaces and mounts, tracing, kernel keyrings, BPF, io_uring, modules,
clocks, terminal injection, and memory that no accounting sees (memfd, System V segments). A call
newer than the last one known here does not exist for the sandbox.

Where no namespaces are around the process (`host`) it refuses more: sockets of the internet, every
connection, System V and POSIX objects of the same user, the priorities and limits of other
processes, and changes to files by their path alone, which Landlock does not know.

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
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["MACHINES", "build_filter"]

# struct seccomp_data, little endian: nr, arch, instruction pointer, then six 64-bit arguments.
_NR, _ARCH = 0, 4
_ARG_LOW = tuple(16 + 8 * i for i in range(6))

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JEQ = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JGE = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_AND = 0x54  # BPF_ALU | BPF_AND | BPF_K
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
_SCHED_OTHER = 0
_SOCK_STREAM, _SOCK_SEQPACKET, _SOCK_TYPE_MASK = 1, 5, 0xF
_SET_OWNER = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals by way of a descriptor
_SET_OWNER_OF_SOCKET = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP
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
    sched_setscheduler: int
    memfd_create: int
    fcntl: int
    on_host: dict[str, int]
    signals: dict[str, int]
    only_oneself: dict[str, tuple[tuple[int, ...], int]]


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

# Refused besides where the process shares the host's namespaces.
_DENIED_ON_HOST: dict[str, tuple[int | None, int | None]] = {
    "connect": (42, 203),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_unlink": (241, 181),
    "ioprio_set": (251, 30),
    "process_mrelease": (448, 448),
    "inotify_add_watch": (254, 27),
    "chmod": (90, None),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
}
# Where these name a process (or, utimensat, a path) by an argument that is not 0. Number: argument.
_ONLY_ONESELF: dict[str, tuple[tuple[int, ...], int, int]] = {
    "prlimit64": ((0,), 302, 261),
    "setpriority": ((0, 1), 141, 140),
    "sched_setaffinity": ((0,), 203, 122),
    "sched_setparam": ((0,), 142, 118),
    "sched_setattr": ((0,), 314, 274),
    "utimensat": ((1,), 280, 88),
}
_SIGNALS: dict[str, tuple[int | None, int | None]] = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
}


def _column(table: dict[str, tuple[int | None, int | None]], column: int) -> dict[str, int]:
    numbers = {name: row[column] for name, row in table.items()}
    return {name: number for name, number in numbers.items() if number is not None}


def _denied(column: int) -> dict[str, int]:
    return {**_column(_DENIED, column), **_DENIED_EVERYWHERE}


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
        sched_setscheduler=144,
        memfd_create=319,
        fcntl=72,
        on_host=_column(_DENIED_ON_HOST, 0),
        signals=_column(_SIGNALS, 0),
        only_oneself={n: (row[0], row[1]) for n, row in _ONLY_ONESELF.items()},
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
        sched_setscheduler=119,
        memfd_create=279,
        fcntl=25,
        on_host=_column(_DENIED_ON_HOST, 1),
        signals=_column(_SIGNALS, 1),
        only_oneself={n: (row[0], row[2]) for n, row in _ONLY_ONESELF.items()},
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


def _only_local_streams(number: int) -> list[_Instruction]:
    """A socket call limited to local sockets whose peer is fixed: with any other kind a message can
    name one of the host's."""
    body = [_op(_LOAD, _ARG_LOW[0]), _op(_JEQ, _AF_UNIX, 1, 0), _return(_EAFNOSUPPORT)]
    body += [_op(_LOAD, _ARG_LOW[1]), _op(_AND, _SOCK_TYPE_MASK)]
    for kind in (_SOCK_STREAM, _SOCK_SEQPACKET):
        body += [_op(_JEQ, kind, 0, 1), _return(ALLOW)]
    return _for_call(number, [*body, _return(_EPERM)])


def _only_zero(number: int, arguments: tuple[int, ...], *, wide: bool) -> list[_Instruction]:
    """A call whose `arguments` must all be 0; `wide` ones in all of their 64 bits."""
    offsets = [_ARG_LOW[argument] + 4 * half for argument in arguments for half in range(1 + wide)]
    body: list[_Instruction] = []
    for offset in offsets:
        body += [_op(_LOAD, offset), _op(_JEQ, 0, 1, 0), _return(_EPERM)]
    return _for_call(number, [*body, _return(ALLOW)])


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


def build_filter(
    machine: str | None = None,
    *,
    host: bool = False,
    signals: bool = True,
    allow: Collection[str] = (),
) -> bytes:
    """The filter as an array of `struct sock_filter`, as `bwrap --seccomp` and `seccomp(2)` take
    it.

    Args:
        machine: `x86_64` or `aarch64`; the running machine's when None.
        host: whether the process is in the host's own namespaces.
        signals: whether it may send signals; without, not even to its own children.
        allow: names of calls that are let through although they are refused otherwise.

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
    program += _sockets(m, host)
    program += _without_bits(m.clone, 0, _CLONE_NAMESPACES)
    terminal = (_TIOCSTI, _TIOCLINUX)
    program += _unless_values(m.ioctl, 1, terminal if signals else terminal + _SET_OWNER_OF_SOCKET)
    program += _only_values(m.personality, 0, (0, _PERSONALITY_QUERY))
    denied = {number for name, number in m.denied.items() if name not in allow}
    if host:
        denied |= set(m.on_host.values())
        # libzmq asks for the usual policy by the thread's number, which could be anybody's.
        program += _only_values(m.sched_setscheduler, 1, (_SCHED_OTHER,))
        for name, (arguments, number) in m.only_oneself.items():
            program += _only_zero(number, arguments, wide=name == "utimensat")
    if not signals:
        denied |= set(m.signals.values())
        program += _unless_values(m.fcntl, 1, _SET_OWNER)
    for number in sorted(denied):
        program += _for_call(number, [_return(_EPERM)])
    program.append(_return(ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def _sockets(machine: _Machine, host: bool) -> list[_Instruction]:
    if host:
        return _only_local_streams(machine.socket) + _only_local_streams(machine.socketpair)
    internet = _only_sockets(machine.socket, (_AF_UNIX, _AF_INET, _AF_INET6), route=True)
    return internet + _only_sockets(machine.socketpair, (_AF_UNIX,), route=False)
