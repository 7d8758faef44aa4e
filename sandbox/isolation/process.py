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
from pathlib import Path
from typing import Any

from ..errors import SandboxError
from ..limits import Limits
from .base import DATA, SOCKETS, Backend, Plan
from .cgroups import make_cgroups

__all__ = ["Sandbox", "SandboxFailed", "wait_readable"]

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_COME_UP = 20.0  # seconds for bubblewrap and the launcher to start
_GO_DOWN = 10.0  # seconds for the supervisor to kill everything

Event = dict[str, Any]


class SandboxFailed(SandboxError):
    """The isolation did not come up, or not as planned. The message is what was said about it."""


class Sandbox:
    """One isolated tree of processes, empty but for its launcher until a kernel is started in
    it."""

    def __init__(self, backend: Backend, limits: Limits) -> None:
        self._backend = backend
        self._plan = backend.plan(limits)
        self._buffer = b""
        self._init: int | None = None
        self.gone: Event | None = None
        cgroups = make_cgroups(limits)
        self.cgroups = tuple(cgroups)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(_SUPERVISOR)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env={},
        )
        os.set_blocking(self.fileno(), False)
        self._write(_configuration(self._plan, cgroups, limits))
        self.send(dict(self._plan.setup))

    @classmethod
    async def open(cls, backend: Backend, limits: Limits) -> Sandbox:
        """Start a sandbox and see that it is one.

        Raises:
            SandboxFailed: it did not start, or does not isolate; nothing is left of it.
            StartError: this Python cannot be used in a sandbox.
        """
        sandbox = cls(backend, limits)
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
    def backend(self) -> Backend:
        return self._backend

    @property
    def sockets(self) -> str:
        """The directory of the kernel's sockets as the owner sees it."""
        return f"/proc/{self._init}/root{SOCKETS}"

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
        faults = []
        if hello.get("seccomp") != 2 or hello.get("no_new_privs") != 1:
            faults.append("the system call filter is not in force")
        if hello.get("interfaces") != ["lo"]:
            faults.append(f"it has network interfaces {hello.get('interfaces')}")
        if hello.get("root") != sorted(self._plan.root):
            faults.append(f"its root directory holds {hello.get('root')}")
        if hello.get("parent") != 1:
            faults.append("it has no process namespace of its own")
        if self._init is None or not os.path.isdir(self.sockets):
            faults.append("its files cannot be reached through /proc")
        if faults:
            raise SandboxFailed("it ran, but does not isolate: " + "; ".join(faults))

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # gone or closed; events() says so


def _configuration(plan: Plan, cgroups: list[str], limits: Limits) -> bytes:
    configuration = {
        "program": plan.program,
        "arguments": plan.arguments,
        "command": plan.command,
        "seccomp": plan.seccomp.hex(),
        "cgroups": cgroups,
        "directories": [DATA, "/tmp", "/dev/shm"],
        "max_files": limits.files,
        "watch_memory": 0 if cgroups else limits.memory,
    }
    return json.dumps(configuration).encode() + b"\n"


def _failure(gone: Event) -> str:
    lines: list[str] = [line for line in gone["log"].splitlines() if line.strip()]
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
