"""What every way of isolating has in common: how strong it is, what it opens, how it explains its
failures.

Most backends only turn limits into a `Plan`, which is data that `process.ProcessSandbox` carries
out; such a backend starts nothing itself. Others open their sandboxes in their own way. The rest
of the package sees nothing but the protocols `Backend`, `Sandbox` and `Channels`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from ..errors import SandboxError
from ..limits import Limits
from ..wire import Message
from .mounts import Mount

__all__ = [
    "DATA",
    "Backend",
    "Channels",
    "Event",
    "Isolation",
    "Libraries",
    "Plan",
    "RemoteFile",
    "RemoteFiles",
    "Sandbox",
    "SandboxFailed",
    "Usage",
    "level",
]

DATA = "/mnt/data"  # the working directory inside; models are trained to expect it
SOCKETS = "/run/sandbox"  # the kernel's sockets, in a file system of their own
PROGRAMS = "/opt/sandbox"  # launcher and kernel

Isolation = Literal["unconfined", "reduced", "namespace", "container", "vm"]
"""How code is kept in, weakest first.

`unconfined`: not at all, or by somebody else (a gateway). `reduced`: by Landlock and a system call
filter. `namespace`: in namespaces of its own with a system call filter. `container`: by a
container engine. `vm`: with a kernel of its own.
"""

Event = dict[str, Any]


def level(isolation: Isolation) -> int:
    """The strength of `isolation` as a number: more is stronger.

    Raises:
        ValueError: there is no such level.
    """
    levels = get_args(Isolation)
    if isolation not in levels:
        raise ValueError(f"no isolation {isolation!r}; there are {', '.join(levels)}")
    return levels.index(isolation)


class SandboxFailed(SandboxError):
    """The isolation did not come up, or not as planned. The message is what was said about it."""


class Libraries(Protocol):
    """A read-only Python environment to show inside, next to the running one."""

    def mounts(self) -> Sequence[Mount]:
        """What to show, where."""

    @property
    def module_path(self) -> Sequence[str]:
        """Directories to add to the module path, as paths inside."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables to set inside."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start one sandbox.

    Args:
        program: absolute path of the isolating program.
        arguments: its arguments; `{"file": text}` stands for a descriptor with that text.
        command: the first process inside, with its arguments.
        seccomp: the system call filter.
        setup: the launcher's first command.
        expected: what the launcher must find from inside, field by field of its portrait.
        style: how the program is run: as bubblewrap, with its options by descriptor; `plain`,
            where it becomes the launcher; or `engine`, where the launcher runs elsewhere and the
            program only carries its stdio.
        environment: variables of the program; those inside a bubblewrap are among its arguments.
        remove: an engine's command that removes the sandbox should it outlive the program.
        private: a directory on this machine for this sandbox alone, made before it starts and
            removed with all that is in it when it ends. It has what would otherwise be the
            guest's root directory: the working directory and the sockets at their usual paths
            below it.
        zygote: what the supervisor needs to have the sandbox forked instead of started; nothing of
            `program`, `arguments` and `command` is used then.
    """

    program: str
    arguments: Sequence[str | dict[str, str]]
    command: Sequence[str]
    seccomp: bytes
    setup: Mapping[str, Any]
    expected: Mapping[str, Any] = field(default_factory=dict)
    style: Literal["bubblewrap", "plain", "engine"] = "bubblewrap"
    environment: Mapping[str, str] = field(default_factory=dict)
    private: str | None = None
    remove: Sequence[str] = ()
    zygote: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a sandbox holds now; None where its backend cannot tell.

    Args:
        memory: bytes of memory, by cgroup (files in `/mnt/data` included) or as the sum of
            proportional set sizes.
        processes: number of processes, the launcher's included.
        disk: bytes of files in `/mnt/data`.
    """

    memory: int | None = None
    processes: int | None = None
    disk: int | None = None


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file or directory in `/mnt/data`. `size` in bytes, `modified` in seconds since 1970."""

    path: str
    size: int
    directory: bool
    modified: float


class RemoteFiles(Protocol):
    """Files of a sandbox that has no root directory on this machine.

    Paths are relative to `/mnt/data`. Every method raises `FileTransferError`.
    """

    async def write(self, path: str, data: bytes) -> None:
        """Make or replace the file at `path`."""

    async def read(self, path: str, most: int) -> bytes:
        """The content of the file at `path`, refused when it has more than `most` bytes."""

    async def list(self) -> list[RemoteFile]:
        """All files and directories, to any depth."""


class Channels(Protocol):
    """The messages of one kernel, both ways. Made by a sandbox once the kernel is ready."""

    @property
    def descriptors(self) -> list[int]:
        """Descriptors of which one is readable when `receive` or `cut` may have news."""

    @property
    def dropped(self) -> int:
        """How many messages were malformed or of no interest."""

    def ask(self, kind: str, content: dict[str, Any]) -> str:
        """Send a request. Returns its id; a connection that does not take it is `cut`."""

    def receive(self, most: int) -> list[Message | None]:
        """What has come, at most `most` messages of each channel, without waiting; None for a
        dropped one."""

    def cut(self) -> bool:
        """Whether the connection is broken. `receive` everything first."""

    def close(self) -> None:
        """Give the connection up."""


class Sandbox(Protocol):
    """One isolated place for kernels, one at a time. What `Notebook` and `Kernel` need of it.

    Commands and events are those of `guest/launcher.py`: after `{"do": "start", "generation": n,
    "config": {...}}` come `ready` and, some day, `exit`; `gone` is the last event of all, and
    `ending` says that one of these two is sure to come. Nothing
    is tied to an event loop between two calls.
    """

    @property
    def backend(self) -> Backend: ...

    @property
    def gone(self) -> Event | None:
        """The last event, once `events` has returned it."""

    @property
    def files_root(self) -> str | None:
        """The guest's root directory as the owner sees it, with `/mnt/data` below it; untrusted,
        links and all. None when files go through `remote_files`."""

    @property
    def files_owner(self) -> int | None:
        """User and group id, as seen here, that files below `files_root` must have for the code to
        change them; None when it is this process's own."""

    @property
    def remote_files(self) -> RemoteFiles | None:
        """The way to the files where there is no `files_root`; otherwise None."""

    def usage(self) -> Usage:
        """What it holds now."""

    def fileno(self) -> int:
        """A descriptor that is readable when `events` has something."""

    def send(self, command: Event) -> None:
        """Give a command; without effect when the sandbox is gone."""

    def events(self) -> list[Event]:
        """The events that have come since the last call, without waiting."""

    def channels(self, address: str, key: str, limits: Limits) -> Channels:
        """Connect to the kernel that was started with this `address` and `key` and is ready.

        Raises:
            StartError: it does not answer.
        """

    def hang_up(self) -> None:
        """Have everything end. Does not wait."""

    async def close(self) -> None:
        """End everything and remove what is left. Safe to call twice."""


class Backend(Protocol):
    """One way of isolating a kernel."""

    @property
    def name(self) -> str: ...

    @property
    def isolation(self) -> Isolation: ...

    async def open(self, limits: Limits, libraries: Libraries | None = None) -> Sandbox:
        """Start a sandbox and see that it is one.

        Raises:
            SandboxFailed: it did not start, or does not isolate; nothing is left of it.
            StartError: this Python, or these libraries, cannot be used in it.
        """

    def explain(self, failure: str) -> str:
        """What a person can do about a failed start, given what was said about it."""
