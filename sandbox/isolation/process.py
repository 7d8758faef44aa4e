"""The owner's handle on one sandbox: a supervisor process, commands to it and events from it.

It carries out a `Plan`, checks that what came up is isolated as planned, and closes it without
leaving anything. It knows processes and pipes, nothing of Jupyter. Nothing here is tied to an
event loop between two calls, so a sandbox may be used from one loop after another.

Not defended: an owner that is stopped (SIGSTOP) keeps its sandbox alive, limits included.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from ..limits import Limits
from .base import (
    DATA,
    SOCKETS,
    Channels,
    Event,
    Isolation,
    Libraries,
    Plan,
    RemoteFiles,
    SandboxFailed,
    Usage,
)
from .cgroups import make_cgroups, memory_in
from .private import make_private, remove_abandoned
from .trees import contents_of, memory_of_tree, tree

__all__ = ["PlannedBackend", "ProcessSandbox", "start_supervisor", "wait_readable"]

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_OF_A_FORK = Path(__file__).with_name("forked.py")
_PROCESS_NAMESPACE = "/proc/self/ns/pid"
_COME_UP = 20.0  # seconds for bubblewrap and the launcher to start
_GO_DOWN = 10.0  # seconds for the supervisor to kill everything

_ADVICE = ("Run '", "See '")  # how an engine's client ends its messages

_FAULTS = {
    "seccomp": "the system call filter is not in force",
    "no_new_privs": "programs may gain privileges",
    "interfaces": "it has other network interfaces",
    "root": "its root directory holds something else",
    "parent": "it has no process namespace of its own",
    "files": "it can read other files",
    "network": "it can open network sockets",
    "connections": "it can connect to sockets of the host",
    "signals": "it can signal processes of the host",
    "writable": "it cannot write to its own directories",
    "tracing": "it can read the memory of processes of the host",
}


class PlannedBackend(ABC):
    """A backend that makes plans; this is how they are carried out."""

    __slots__ = ()

    @property
    @abstractmethod
    def name(self) -> str:
        """What it is called, with the path of the program it runs."""

    @property
    @abstractmethod
    def isolation(self) -> Isolation:
        """How strong it is."""

    @abstractmethod
    def plan(self, limits: Limits, libraries: Libraries | None = None) -> Plan:
        """How a sandbox with these limits is started. Raises `StartError` when it cannot be."""

    @abstractmethod
    def explain(self, failure: str) -> str:
        """What a person can do about a failed start, given what the program said."""

    async def open(self, limits: Limits, libraries: Libraries | None = None) -> ProcessSandbox:
        """A sandbox as planned, seen to be one. Raises as `Backend.open`."""
        return await ProcessSandbox.open(self, self.plan(limits, libraries), limits)


class ProcessSandbox:
    """One isolated tree of processes, empty but for its launcher until a kernel is started in
    it."""

    def __init__(
        self,
        backend: PlannedBackend,
        plan: Plan,
        limits: Limits,
        supervisor: subprocess.Popen[bytes] | None = None,
    ) -> None:
        self._backend = backend
        self._plan = plan
        self._buffer = b""
        self._init: int | None = None
        self.gone: Event | None = None
        remove_abandoned()
        if plan.private is not None:
            make_private(plan.private, plan.setup.get("uid"), plan.setup.get("gid"))
        cgroups: list[str] = []
        if plan.style != "engine":
            cgroups = make_cgroups(limits, files_in_memory=plan.private is None)
        self.cgroups = tuple(cgroups)
        self._process = supervisor or start_supervisor(forked=plan.zygote is not None)
        os.set_blocking(self.fileno(), False)
        self._write(_configuration(self._plan, cgroups, limits))
        self.send({**self._plan.setup, "outside": os.readlink(_PROCESS_NAMESPACE)})

    @classmethod
    async def open(
        cls,
        backend: PlannedBackend,
        plan: Plan,
        limits: Limits,
        supervisor: subprocess.Popen[bytes] | None = None,
    ) -> ProcessSandbox:
        """Start a sandbox and see that it is one.

        Args:
            backend: whose sandbox it is.
            plan: how to start it.
            limits: what code in it may use.
            supervisor: one that was started before, to be used for this sandbox.

        Raises:
            SandboxFailed: it did not start, or does not isolate; nothing is left of it.
        """
        sandbox = cls(backend, plan, limits, supervisor)
        try:
            await asyncio.wait_for(sandbox._come_up(), _COME_UP)
        except TimeoutError:
            await sandbox.close()
            raise SandboxFailed(f"did not come up within {_COME_UP:.0f} seconds") from None
        except BaseException:
            await sandbox.close()
            raise
        return sandbox

    @property
    def backend(self) -> PlannedBackend:
        return self._backend

    @property
    def files_root(self) -> str:
        return self._plan.private or f"/proc/{self._init}/root"

    @property
    def files_owner(self) -> int | None:
        uid = self._plan.setup.get("uid", os.geteuid())
        if self._plan.zygote:
            uid = self._plan.zygote["owner"]
        return None if uid == os.geteuid() else int(uid)

    @property
    def remote_files(self) -> RemoteFiles | None:
        return None

    def usage(self) -> Usage:
        if self._init is None or self.gone is not None:
            return Usage()
        memory = memory_in(self.cgroups)
        return Usage(
            memory=memory_of_tree(self._init, 0) if memory is None else memory,
            processes=len(tree(self._init)),
            disk=self._disk(),
        )

    def _disk(self) -> int:
        data = f"{self.files_root}{DATA}"
        if self._plan.private is not None:
            return contents_of([data], sys.maxsize, sys.maxsize)[1]
        stat = os.statvfs(data)
        return (stat.f_blocks - stat.f_bfree) * stat.f_frsize

    def channels(self, address: str, key: str, limits: Limits) -> Channels:
        from ..channels import SocketChannels

        return SocketChannels(f"{self.files_root}{SOCKETS}", address, key, limits.message)

    def fileno(self) -> int:
        """A descriptor that is readable when `events` has something."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def send(self, command: Event) -> None:
        """Give the launcher a command; without effect when the sandbox is gone."""
        self._write(json.dumps(command).encode() + b"\n")

    def events(self) -> list[Event]:
        """The events that have come since the last call, without waiting. `gone` is set by the
        last one."""
        if self.gone is not None:
            return []
        events: list[Event] = []
        while True:
            try:
                data = os.read(self.fileno(), 65536)
            except BlockingIOError:
                break
            *lines, self._buffer = (self._buffer + data).split(b"\n")
            events += [json.loads(line) for line in lines]
            if not data:
                if not events or events[-1]["event"] != "gone":
                    events.append({"event": "gone", "reason": None, "status": None, "log": ""})
                break
        for event in events:
            if event["event"] == "up":
                self._init = event["init"]
            elif event["event"] == "gone":
                self.gone = event
        return events

    def hang_up(self) -> None:
        """Tell the supervisor to end everything. Does not wait."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    async def close(self) -> None:
        """End every process of the sandbox and remove what it had. Safe to call twice."""
        assert self._process.stdout is not None
        if self._process.stdout.closed:
            return
        self.hang_up()
        try:
            async with asyncio.timeout(_GO_DOWN):
                while self.gone is None:
                    if not self.events():
                        await wait_readable([self.fileno()])
        except TimeoutError:
            pass
        finally:
            self._process.stdout.close()
            if self.gone is None:
                self._process.kill()  # bubblewrap and all below it die with it
            self._process.wait()
            self.gone = self.gone or {"event": "gone", "reason": None, "status": None, "log": ""}

    async def _come_up(self) -> None:
        while True:
            for event in self.events():
                if event["event"] == "gone":
                    raise SandboxFailed(_failure(event))
                if event["event"] == "hello":
                    self._inspect(event)
                    return
            await wait_readable([self.fileno()])

    def _inspect(self, hello: Event) -> None:
        """Refuse a sandbox whose launcher does not see the isolation that was planned."""
        faults = [
            f"{_FAULTS.get(name, name)} ({hello.get(name)!r})"
            for name, wanted in self._plan.expected.items()
            if hello.get(name) != wanted
        ]
        if self._init is None or not self._within_reach():
            faults.append("its files cannot be reached through /proc")
        if faults:
            raise SandboxFailed("it ran, but does not isolate: " + "; ".join(faults))

    def _within_reach(self) -> bool:
        """Whether the owner can get at sockets and files."""
        return os.path.isdir(f"{self.files_root}{SOCKETS}")

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # gone or closed; events() says so


def start_supervisor(*, forked: bool) -> subprocess.Popen[bytes]:
    """A supervisor that waits to be told what to supervise: a sandbox it starts, or one that a
    zygote forks. It ends when its stdin is closed."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", str(_OF_A_FORK if forked else _SUPERVISOR)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        env={},
    )


def _configuration(plan: Plan, cgroups: list[str], limits: Limits) -> bytes:
    directories = [] if plan.style == "engine" else [DATA, "/tmp", "/dev/shm"]
    configuration = {
        "style": plan.style,
        "program": plan.program,
        "arguments": plan.arguments,
        "command": plan.command,
        "environment": dict(plan.environment),
        "seccomp": plan.seccomp.hex(),
        "cgroups": cgroups,
        "private": plan.private,
        "zygote": plan.zygote,
        "remove": list(plan.remove),
        "directories": [plan.private] if plan.private else directories,
        "max_files": limits.files,
        "max_size": limits.disk,
        "watch_memory": 0 if cgroups or plan.style == "engine" else limits.memory,
    }
    return json.dumps(configuration).encode() + b"\n"


def _failure(gone: Event) -> str:
    lines: list[str] = [line for line in gone["log"].splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(_ADVICE)]
    if lines:
        return lines[-1]
    return f"ended at once with status {gone['status']} and said nothing"


async def wait_readable(
    descriptors: list[int], timeout: float | None = None, woken: asyncio.Event | None = None
) -> None:
    """Return when a descriptor is readable or `woken` is set, or after `timeout` seconds."""
    loop = asyncio.get_running_loop()
    woken = woken or asyncio.Event()
    for descriptor in descriptors:
        loop.add_reader(descriptor, woken.set)
    try:
        async with asyncio.timeout(timeout):
            await woken.wait()
    except TimeoutError:
        pass
    finally:
        for descriptor in descriptors:
            loop.remove_reader(descriptor)
