"""The filter, run by an interpreter of classic BPF, gives the answer meant for each call."""

from __future__ import annotations

import errno
import struct

import pytest

from sandbox.seccomp import ALLOW, KILL, MACHINES, build_filter, deny

AUDIT_I386 = 0x40000003
NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


def answer(program: bytes, audit: int, number: int, *arguments: int) -> int:
    """What the kernel would do: run the filter over one `struct seccomp_data`."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, audit, 0, *padded)
    code = [struct.unpack_from("<HBBI", program, at) for at in range(0, len(program), 8)]
    accumulator, at = 0, 0
    while True:
        operation, true, false, k = code[at]
        at += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, k)
            case 0x15:
                at += true if accumulator == k else false
            case 0x35:
                at += true if accumulator >= k else false
            case 0x45:
                at += true if accumulator & k else false
            case 0x54:
                accumulator &= k
            case 0x06:
                return int(k)
            case _:
                raise AssertionError(f"unknown operation {operation:#x}")


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(machine: str, number: int, *arguments: int) -> int:
    return answer(build_filter(machine), MACHINES[machine].audit, number, *arguments)


def ask_on_host(machine: str, number: int, *arguments: int, signals: bool = True) -> int:
    program = build_filter(machine, host=True, signals=signals)
    return answer(program, MACHINES[machine].audit, number, *arguments)


def test_every_denied_call_is_refused(machine: str) -> None:
    for name, number in MACHINES[machine].denied.items():
        assert ask(machine, number) == deny(errno.EPERM), name


def test_everything_else_that_is_known_passes(machine: str) -> None:
    m = MACHINES[machine]
    special = {m.clone3, m.memfd_create, m.socket, m.socketpair}
    others = set(range(463)) - set(m.denied.values()) - special
    answers = {number: ask(machine, number) for number in others}
    assert {number for number, said in answers.items() if said != ALLOW} == set()


def test_calls_newer_than_the_table_do_not_exist(machine: str) -> None:
    for number in (463, 467, 1000, 0x40000000, 0x40000029, 0xFFFFFFFF):
        assert ask(machine, number) == deny(errno.ENOSYS)


def test_another_instruction_set_is_killed(machine: str) -> None:
    assert answer(build_filter(machine), AUDIT_I386, 11) == KILL


@pytest.mark.parametrize("family", [1, 2, 10])
def test_local_and_internet_sockets_open(machine: str, family: int) -> None:
    assert ask(machine, MACHINES[machine].socket, family, 1, 0) == ALLOW


@pytest.mark.parametrize("family", [0, 3, 9, 17, 29, 30, 31, 38, 40, 44])
def test_other_sockets_do_not(machine: str, family: int) -> None:
    refused = deny(errno.EAFNOSUPPORT)
    assert ask(machine, MACHINES[machine].socket, family, 1, 0) == refused
    assert ask(machine, MACHINES[machine].socketpair, family, 1, 0) == refused


def test_netlink_is_for_routes_only(machine: str) -> None:
    number = MACHINES[machine].socket
    assert ask(machine, number, 16, 3, 0) == ALLOW
    assert ask(machine, number, 16, 3, 9) == deny(errno.EAFNOSUPPORT)


@pytest.mark.parametrize("flag", NAMESPACES)
def test_clone_makes_threads_but_no_namespaces(machine: str, flag: int) -> None:
    number = MACHINES[machine].clone
    threads = 0x3D0F00
    assert ask(machine, number, threads) == ALLOW
    assert ask(machine, number, threads | flag) == deny(errno.EPERM)
    assert ask(machine, MACHINES[machine].clone3, 0) == deny(errno.ENOSYS)


def test_terminals_cannot_be_typed_into(machine: str) -> None:
    number = MACHINES[machine].ioctl
    assert ask(machine, number, 0, 0x5401) == ALLOW
    assert ask(machine, number, 0, 0x5412) == deny(errno.EPERM)
    assert ask(machine, number, 0, 0x5412 | 1 << 32) == deny(errno.EPERM)


def test_personality_can_be_read_but_not_changed(machine: str) -> None:
    number = MACHINES[machine].personality
    assert ask(machine, number, 0xFFFFFFFF) == ALLOW
    assert ask(machine, number, 0x0040000) == deny(errno.EPERM)


def test_a_machine_without_numbers_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="riscv64"):
        build_filter("riscv64")


def test_on_the_host_every_call_denied_in_namespaces_is_denied_too(machine: str) -> None:
    m = MACHINES[machine]
    for name, number in {**m.denied, **m.on_host}.items():
        assert ask_on_host(machine, number) == deny(errno.EPERM), name
    for name, number in m.on_host.items():
        assert ask(machine, number) == ALLOW, name


@pytest.mark.parametrize("family", [2, 10, 16, 17, 40])
def test_on_the_host_there_is_no_internet(machine: str, family: int) -> None:
    number = MACHINES[machine].socket
    assert ask_on_host(machine, number, family, 1, 0) == deny(errno.EAFNOSUPPORT)


@pytest.mark.parametrize("flags", [0, 0o4000, 0o2000000])
def test_on_the_host_local_sockets_have_one_peer(machine: str, flags: int) -> None:
    for number in (MACHINES[machine].socket, MACHINES[machine].socketpair):
        assert ask_on_host(machine, number, 1, 1 | flags, 0) == ALLOW
        assert ask_on_host(machine, number, 1, 5 | flags, 0) == ALLOW
        for kind in (2, 3):
            assert ask_on_host(machine, number, 1, kind | flags, 0) == deny(errno.EPERM)


def test_on_the_host_other_processes_keep_their_limits_and_priorities(machine: str) -> None:
    for name, (arguments, number) in MACHINES[machine].only_oneself.items():
        assert ask_on_host(machine, number) == ALLOW, name
        for argument in arguments:
            other = [0] * argument + [4711]
            assert ask_on_host(machine, number, *other) == deny(errno.EPERM), name
            assert ask(machine, number, *other) == ALLOW, name


def test_on_the_host_no_process_gets_an_unusual_scheduling_policy(machine: str) -> None:
    number = MACHINES[machine].sched_setscheduler
    assert ask_on_host(machine, number, 4711, 0) == ALLOW
    for policy in (1, 3, 5, 6):
        assert ask_on_host(machine, number, 0, policy) == deny(errno.EPERM)


def test_on_the_host_a_path_whose_address_ends_in_zeros_is_still_a_path(machine: str) -> None:
    number = MACHINES[machine].only_oneself["utimensat"][1]
    assert ask_on_host(machine, number, 0, 0x7F00_0000_0000) == deny(errno.EPERM)


def test_without_signals_none_can_be_sent_nor_arranged(machine: str) -> None:
    m = MACHINES[machine]
    refused = deny(errno.EPERM)
    for name, number in m.signals.items():
        assert ask_on_host(machine, number, signals=False) == refused, name
        assert ask_on_host(machine, number) == ALLOW, name
    for command in (8, 10, 15):
        assert ask_on_host(machine, m.fcntl, 3, command, signals=False) == refused
    assert ask_on_host(machine, m.fcntl, 3, 2, signals=False) == ALLOW
    assert ask_on_host(machine, m.ioctl, 3, 0x8901, signals=False) == refused
