"""No isolation at all: a kernel that may do what its owner may, under a supervisor.

For machines whose owner is the only author of the code, and as what other backends are measured
against. It is never chosen by itself: `backend="unconfined"` together with
`min_isolation="unconfined"` asks for it.

Limits hold off accidents only. Resource limits bound each process and file, memory, files and
disk are watched; code that means to can get out of every one of them. The working directory is a
private one, with relative paths, and goes when the notebook is closed; all other files are the
owner's own.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from ..limits import Limits
from .base import DATA, SOCKETS, Isolation, Libraries, Plan
from .guest import GUEST, environment, rlimits
from .mounts import python_mounts
from .private import private_directory
from .process import PlannedBackend

__all__ = ["Unconfined"]


@dataclass(frozen=True, slots=True)
class Unconfined(PlannedBackend):
    """A plain process of the owner's."""

    @property
    def name(self) -> str:
        return "unconfined"

    @property
    def isolation(self) -> Isolation:
        return "unconfined"

    def plan(self, limits: Limits, libraries: Libraries | None = None) -> Plan:
        private = private_directory()
        _, module_path = python_mounts()
        variables = environment(f"{private}/tmp", libraries)
        if "HOME" in os.environ:
            variables["HOME"] = os.environ["HOME"]
        return Plan(
            program=sys.executable,
            arguments=(),
            command=("-I", "-B", str(GUEST / "launcher.py")),
            seccomp=b"",
            setup={
                "do": "setup",
                "host": True,
                "rlimits": rlimits(limits, alone=False),
                "path": module_path,
                "code": str(GUEST / "kernel.py"),
                "directory": private + DATA,
                "sockets": private + SOCKETS,
            },
            style="plain",
            environment=variables,
            private=private,
        )

    def explain(self, failure: str) -> str:
        return "look for the cause in the message; nothing has to be installed for this"
