"""Control groups for one sandbox, on version 1 or 2, where this process may make them.

Where it may not (most plain users, most containers) there are none, and the supervisor watches
memory instead. Every directory's name tells its owner, so that `make_cgroups` can remove what an
owner left that was killed together with its supervisor.

Not covered: CPU shares, and asking systemd for a delegated scope.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from ..limits import Limits
from .ownership import PREFIX, is_abandoned, new_name

__all__ = ["make_cgroups", "memory_in"]

_V1_ROOT = Path("/sys/fs/cgroup")


def make_cgroups(limits: Limits, *, files_in_memory: bool = True) -> list[str]:
    """Make groups that bound memory and processes.

    Args:
        limits: what they are bounded to.
        files_in_memory: whether files in `/mnt/data` are memory, too, and have room besides.

    Returns: Directories to put the first process of the sandbox into; empty when memory cannot be
        bounded.
    """
    name = new_name()
    membership = _membership()
    memory = limits.memory + (limits.disk if files_in_memory else 0)
    if "memory" in membership:
        return _make_v1(name, membership, memory, limits.processes)
    return _make_v2(name, membership.get("", "/"), memory, limits.processes)


def memory_in(directories: Iterable[str]) -> int | None:
    """Bytes charged to the group among `directories` that bounds memory; None when none does."""
    for directory in directories:
        for file in ("memory.current", "memory.usage_in_bytes"):
            with contextlib.suppress(OSError):
                return int(Path(directory, file).read_text())
    return None


def _membership() -> dict[str, str]:
    """This process's group under each controller; version 2 has the name ''."""
    groups: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            groups[controller] = path
    return groups


def _make_v1(name: str, membership: dict[str, str], memory: int, processes: int) -> list[str]:
    wanted = {
        "memory": {"memory.limit_in_bytes": memory},
        "pids": {"pids.max": processes + 8},
    }
    made: list[str] = []
    for controller, settings in wanted.items():
        if controller not in membership:
            continue
        parent = _V1_ROOT / controller / membership[controller].lstrip("/")
        directory = _make(parent, name, settings)
        if directory is None:
            if controller == "memory":
                return made
            continue
        made.append(directory)
    return made


def _make_v2(name: str, path: str, memory: int, processes: int) -> list[str]:
    own = _V1_ROOT / path.lstrip("/")
    settings = {
        "memory.max": memory,
        "memory.swap.max": 0,
        "pids.max": processes + 8,
    }
    for parent in (own, own.parent):
        if not parent.is_relative_to(_V1_ROOT):
            continue
        directory = _make(parent, name, settings)
        if directory is not None:
            return [directory]
    return []


def _make(parent: Path, name: str, settings: dict[str, int]) -> str | None:
    """A group below `parent` with all of its settings, or None when that is not allowed."""
    directory = parent / name
    try:
        _remove_abandoned(parent)
        directory.mkdir()
    except OSError:
        return None
    try:
        for file, value in settings.items():
            if file == "memory.swap.max" and not (directory / file).exists():
                continue  # a kernel without swap accounting
            if not (directory / file).exists():
                raise FileNotFoundError(file)
            (directory / file).write_text(str(value))
        if not os.access(directory / "cgroup.procs", os.W_OK):
            raise PermissionError(directory)
    except OSError:
        directory.rmdir()
        return None
    return str(directory)


def _remove_abandoned(parent: Path) -> None:
    """Remove groups whose owner is gone. One still in use by a dying sandbox cannot be removed and
    stays."""
    for directory in parent.glob(f"{PREFIX}-*"):
        if is_abandoned(directory.name):
            with contextlib.suppress(OSError):
                directory.rmdir()
