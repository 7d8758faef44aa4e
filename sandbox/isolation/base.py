"""What every way of isolating has in common: it turns limits into a plan, and explains its
failures.

A plan is data; `process.Sandbox` carries it out. A backend therefore starts nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..limits import Limits

__all__ = ["DATA", "Backend", "Plan"]

DATA = "/mnt/data"  # the working directory inside; models are trained to expect it
SOCKETS = "/run/sandbox"  # the kernel's sockets, in a file system of their own
PROGRAMS = "/opt/sandbox"  # launcher and kernel


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start one sandbox.

    Args:
        program: absolute path of the isolating program.
        arguments: its arguments; `{"file": text}` stands for a descriptor with that text.
        command: the first process inside, with its arguments.
        seccomp: the system call filter.
        setup: the launcher's first command.
        root: names that must exist in the sandbox's root directory, and no others.
    """

    program: str
    arguments: Sequence[str | dict[str, str]]
    command: Sequence[str]
    seccomp: bytes
    setup: Mapping[str, Any]
    root: frozenset[str]


class Backend(Protocol):
    """One way of isolating a kernel."""

    @property
    def name(self) -> str: ...

    def plan(self, limits: Limits) -> Plan:
        """How a sandbox with these limits is started. Raises `StartError` when it cannot be."""

    def explain(self, failure: str) -> str:
        """What a person can do about a failed start, given what the program said."""
