"""Sandboxes made by forking a process that has imported everything already.

A `Zygote` is a backend: a notebook opened with it starts in a fraction of the time, and shares the
memory of the modules with its siblings until it writes to it. Each copy is in a sandbox of its own
as with bubblewrap, made by the copy itself (`guest/zygote.py`) around the read-only tree that
bubblewrap made for the zygote, and seen to be one from inside and from outside before any code runs
in it. It has its own supervisor, limits and, as root, user ids. When a copy cannot be had the
backend starts from scratch.

Shared by all copies of one zygote: the seed of string hashes and the layout of the address space.
Who must keep code from knowing these of another notebook starts each from scratch. A zygote's end
is the end of its copies. Not covered: machines where a user without rights cannot make namespaces.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .errors import SandboxError, StartError
from .isolation import Backend, Isolation, Libraries, level
from .isolation.base import DATA, PROGRAMS, SOCKETS, Plan, SandboxFailed
from .isolation.bubblewrap import Bubblewrap, find_bubblewrap
from .isolation.guest import GUEST, unused_id
from .isolation.process import (
    PlannedBackend,
    ProcessSandbox,
    start_supervisor,
    wait_readable,
)
from .libraries import build_libraries
from .limits import GIB, MIB, Limits
from .seccomp import build_filter

__all__ = ["Nursery", "Zygote"]

_SOCKET = "zygote"  # in the zygote's directory of sockets
_CALLS = ("unshare", "mount")  # that a zygote makes and no notebook may
_SETGID, _SETUID, _SETPCAP, _KILL = 6, 7, 8, 5  # what a launcher keeps that is root on the host
_APART = ("mnt", "pid", "net", "ipc", "uts", "user", "cgroup")
_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds before the next zygote after one that failed
_LATER = 0.5  # seconds after a fork in which the machine has better things to do
_OWN_LIMITS = Limits(memory=4 * GIB, processes=1024)


class Zygote(PlannedBackend):
    """A process warmed up once, and the backend that forks it.

    ```python
    async with Zygote(["numpy", "pandas"]) as zygote:
        async with Notebook(backend=zygote) as notebook:
            ...
    ```

    Args:
        preload: modules to import once.
        packages: requirements to have ready, as for `Notebook`; a notebook that is to be a copy
            asks for the same ones.
        bubblewrap: what isolates the zygote, and notebooks that are not forked; the first that
            this machine has when None.
        start_timeout: seconds for the imports.
    """

    def __init__(
        self,
        preload: Sequence[str] = (),
        *,
        packages: Sequence[str] | None = None,
        bubblewrap: Bubblewrap | None = None,
        start_timeout: float = 60.0,
    ) -> None:
        self._preload = list(preload)
        self._packages = packages
        self._libraries: Libraries | None = None
        self._bubblewrap = bubblewrap
        self._start_timeout = start_timeout
        self._sandbox: ProcessSandbox | None = None
        self._setup: dict[str, Any] = {}
        self._supervisor: subprocess.Popen[bytes] | None = None  # a spare one, for the next copy
        self.trouble = ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def name(self) -> str:
        return "zygote"

    @property
    def isolation(self) -> Isolation:
        return "namespace"

    @property
    def alive(self) -> bool:
        """Whether it can be forked, as far as is known without trying."""
        if self._sandbox is not None:
            self._sandbox.events()
        return self._sandbox is not None and self._sandbox.gone is None

    def explain(self, failure: str) -> str:
        return "start from scratch instead; a zygote needs namespaces for users without rights"

    async def start(self) -> None:
        """Start the zygote and have it import the modules.

        Raises:
            SandboxFailed: it did not come up, or is not isolated itself.
            StartError: a module cannot be imported, or that took too long.
            PackagesUnavailable: `packages` could not be had.
        """
        if self._sandbox is not None:
            return
        found = [self._bubblewrap] if self._bubblewrap else [*find_bubblewrap()]
        self._libraries = await build_libraries(self._packages or (), backends=found)
        sandbox, plan = await self._isolated(found)
        try:
            config = {"preload": self._preload}
            sandbox.send({"do": "start", "generation": 1, "config": config})
            await asyncio.wait_for(_ready(sandbox), self._start_timeout)
        except BaseException as error:
            await sandbox.close()
            if isinstance(error, TimeoutError):
                what = ", ".join(self._preload)
                error = StartError(f"importing {what} took over {self._start_timeout:g} seconds")
            raise error from None
        self._sandbox, self._setup = sandbox, dict(plan.setup)
        self._keep_a_spare()

    async def _isolated(self, found: list[Bubblewrap]) -> tuple[ProcessSandbox, Plan]:
        """A sandbox for the zygote, by the first bubblewrap that works."""
        failure = SandboxFailed("there is no bubblewrap to keep a zygote in")
        for bubblewrap in found:
            plan = bubblewrap.plan(_OWN_LIMITS, self._libraries)
            try:
                sandbox = await ProcessSandbox.open(bubblewrap, _for_zygote(plan), _OWN_LIMITS)
            except SandboxFailed as error:
                failure = error
            else:
                self._bubblewrap = bubblewrap
                return sandbox, plan
        raise failure

    async def close(self) -> None:
        """End the zygote and all of its copies. Safe to call twice."""
        sandbox, self._sandbox = self._sandbox, None
        spare, self._supervisor = self._supervisor, None
        if spare is not None:
            spare.kill()
            spare.communicate()
        if sandbox is not None:
            await sandbox.close()

    async def open(self, limits: Limits, libraries: Libraries | None = None) -> ProcessSandbox:
        """A copy in a sandbox of its own, or else a sandbox started from scratch; its `backend`
        and `trouble` tell which and why. Raises as `Backend.open`."""
        self.trouble = ""
        try:
            return await self._fork(limits, libraries)
        except SandboxFailed as failure:
            self.trouble = str(failure)
        if self._bubblewrap is None:
            raise SandboxFailed(self.trouble)
        return await self._bubblewrap.open(limits, libraries)

    def plan(self, limits: Limits, libraries: Libraries | None = None) -> Plan:
        """How a copy is made. Raises `SandboxFailed` when it cannot be."""
        if self._sandbox is None or self._bubblewrap is None or not self.alive:
            raise SandboxFailed("the zygote is not there")
        if libraries not in (None, self._libraries):
            raise SandboxFailed("the zygote was started with other libraries")
        cold = self._bubblewrap.plan(limits, self._libraries)
        ids = (unused_id(), unused_id()) if os.geteuid() == 0 else None
        zygote: dict[str, Any] = {
            "socket": f"{self._sandbox.files_root}{SOCKETS}/{_SOCKET}",
            "owner": ids[1] if ids else os.geteuid(),
            "plan": {
                "map": bool(ids),
                "sizes": {
                    DATA: limits.disk,
                    "/tmp": limits.scratch,
                    "/dev/shm": limits.scratch,
                    SOCKETS: MIB,
                },
                "directory": DATA,
                "capabilities": [_SETUID, _SETGID, _SETPCAP, _KILL] if ids else [],
                "seccomp": cold.seccomp.hex(),
            },
        }
        if ids:  # the launcher is the sandbox's root, its kernels are the user of /etc/passwd
            zygote |= {
                kind: f"0 {ids[0]} 1\n{self._setup[kind]} {ids[1]} 1\n" for kind in ("uid", "gid")
            }
        setup = {**self._setup, "rlimits": cold.setup["rlimits"], "path": []}
        return dataclasses.replace(cold, setup=setup, zygote=zygote)

    async def _fork(self, limits: Limits, libraries: Libraries | None) -> ProcessSandbox:
        plan = self.plan(limits, libraries)
        supervisor, self._supervisor = self._supervisor, None
        asyncio.get_running_loop().call_later(_LATER, self._keep_a_spare)
        sandbox = await ProcessSandbox.open(self, plan, limits, supervisor)
        faults = self._faults(sandbox)
        if faults:
            await sandbox.close()
            raise SandboxFailed("it ran, but does not isolate: " + "; ".join(faults))
        return sandbox

    def _keep_a_spare(self) -> None:
        """Have a supervisor ready for the next copy: starting one takes as long as the fork."""
        if self._supervisor is None and self.alive:
            self._supervisor = start_supervisor(forked=True)

    def _faults(self, copy: ProcessSandbox) -> list[str]:
        """What a copy shares with its zygote and must not, as seen from outside."""
        if self._sandbox is None:
            return ["its zygote is gone"]
        theirs, ours = (Path(one.files_root).parent for one in (copy, self._sandbox))
        try:
            shared = [name for name in _APART if _same(theirs / "ns" / name, ours / "ns" / name)]
            writable, known = _writable(theirs), _writable(ours)
        except OSError as error:
            return [f"it cannot be looked at: {error}"]
        faults = [f"it shares the namespace {name!r} with its zygote" for name in shared]
        for path, system in writable.items():
            if system in known.values():
                faults.append(f"it shares the file system at {path} with its zygote")
            elif path not in known:
                faults.append(f"{path} can be written to")
        return faults


class Nursery:
    """Keeps one zygote going: another when it has died, and for a while none when it cannot be had.

    Args:
        backend: as for `Notebook`, as is `min_isolation`; what is not bubblewrap has no zygote.
        preload: as for `Zygote`, as are `packages` and `start_timeout`.
    """

    def __init__(
        self,
        backend: str | Backend,
        min_isolation: Isolation,
        *,
        preload: Sequence[str],
        packages: Sequence[str] | None,
        start_timeout: float,
    ) -> None:
        self._bubblewrap = backend if isinstance(backend, Bubblewrap) else None
        self._make = partial(Zygote, preload, packages=packages, start_timeout=start_timeout)
        self._zygote: Zygote | None = None
        self._lock = asyncio.Lock()
        self._pause = _PAUSE
        self._next = 0.0
        self._error = ""
        if level(min_isolation) > level("namespace") or (
            self._bubblewrap is None and backend not in ("auto", "bubblewrap")
        ):
            self._next = float("inf")
            self._error = "only bubblewrap has zygotes"

    @property
    def forking(self) -> bool:
        """Whether there is a zygote."""
        return self._zygote is not None and self._zygote.alive

    @property
    def trouble(self) -> str:
        """Why there is none, or why the last fork failed."""
        return self._zygote.trouble if self._zygote is not None else self._error

    async def zygote(self) -> Zygote | None:
        """The zygote, waited for while it starts; None when there is none for now."""
        async with self._lock:
            if not self.forking:
                await self._replace()
            return self._zygote

    async def close(self) -> None:
        """End the zygote, and with it all of its copies."""
        self._next = float("inf")
        if self._zygote is not None:
            await self._zygote.close()
        self._zygote = None

    async def _replace(self) -> None:
        if self._zygote is not None:
            await self._zygote.close()
            self._zygote = None
        if time.monotonic() < self._next:
            return
        fresh = self._make(bubblewrap=self._bubblewrap)
        try:
            await fresh.start()
        except SandboxError as error:
            self._error = str(error)
            self._next = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        else:
            self._zygote, self._error, self._pause = fresh, "", _PAUSE


def _for_zygote(plan: Plan) -> Plan:
    """`plan` with the zygote as its program, which may make namespaces."""
    path = f"{PROGRAMS}/notebook_zygote.py"
    text = (GUEST / "zygote.py").read_text(encoding="utf-8")
    arguments = [argument for argument in plan.arguments if argument != "--disable-userns"]
    closed = arguments.index("--remount-ro")
    arguments[closed:closed] = ["--perms", "0444", "--ro-bind-data", {"file": text}, path]
    if os.geteuid() == 0:
        arguments += ["--cap-add", "CAP_SYS_ADMIN"]  # until it has mounted a /proc
    return dataclasses.replace(
        plan,
        arguments=arguments,
        command=(*plan.command[:-1], path),
        seccomp=build_filter(allow=_CALLS),
    )


async def _ready(zygote: ProcessSandbox) -> None:
    while True:
        for event in zygote.events():
            if event["event"] == "gone":
                said = event["log"].strip().splitlines() or ["it said nothing"]
                raise StartError(f"no zygote could be warmed up: {said[-1]}", event["log"])
            if event["event"] == "ready":
                return
        await wait_readable([zygote.fileno()])


def _same(one: Path, other: Path) -> bool:
    return os.readlink(one) == os.readlink(other)


def _writable(process: Path) -> dict[str, str]:
    """Directories that a process sees mounted for writing, each with its file system; only the
    topmost mount of each counts, and single devices do not."""
    found: dict[str, str] = {}
    for line in (process / "mountinfo").read_text().splitlines():
        _, _, system, _, path, options, *_ = line.split()
        found.pop(path, None)
        if "rw" in options.split(",") and (process / f"root{path}").is_dir():
            found[path] = system
    return found
