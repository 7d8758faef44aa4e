"""The processes of a started Chromium: which they are, what memory they hold, how they end.

Reads `/proc`; where there is none, as on macOS, memory is not watched and a browser is ended only
by Playwright. Knows nothing of pages.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_OWNER = "agentkit-owner"


def sweep() -> None:
    """Remove profiles of browsers whose host and driver were killed together."""
    for note in Path(tempfile.gettempdir()).glob(f"playwright_*/{_OWNER}"):
        with suppress(OSError, ValueError):
            if not _alive(int(note.read_text("ascii"))):
                shutil.rmtree(note.parent, ignore_errors=True)


def find_browser(marker: str) -> int | None:
    """The id of the browser process that was started with the argument `marker`."""
    for pid in _pids():
        arguments = _command_line(pid)
        if marker in arguments and not any(each.startswith("--type=") for each in arguments):
            return pid
    return None


def claim_profile(browser: int) -> Path | None:
    """The folder of the browser's profile, in which this process is noted as its owner."""
    for argument in _command_line(browser):
        name, _, value = argument.partition("=")
        if name == "--user-data-dir":
            with suppress(OSError):
                Path(value, _OWNER).write_text(str(os.getpid()), "ascii")
            return Path(value)
    return None


def fat_renderers(browser: int, most_bytes: int) -> list[int]:
    """Renderer processes under `browser` that hold more than `most_bytes` of their own memory."""
    return [
        pid
        for pid in _family(browser)
        if _own_memory(pid) > most_bytes and "--type=renderer" in _command_line(pid)
    ]


def kill_family(browser: int) -> None:
    """End the browser with all its processes at once."""
    for pid in [browser, *_family(browser)]:
        kill(pid)


def kill(pid: int) -> None:
    """End one process at once, if it is still there."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def driver_of(browser: int) -> int | None:
    """The process that started the browser, if that was a child of this one."""
    driver = _parent(browser)
    return driver if driver is not None and _parent(driver) == os.getpid() else None


def is_child(pid: int) -> bool:
    """True for a process that this one started and that is still there."""
    return _parent(pid) == os.getpid()


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def _family(pid: int) -> list[int]:
    """All that descend from a process."""
    children: dict[int, list[int]] = {}
    for each in _pids():
        if (parent := _parent(each)) is not None:
            children.setdefault(parent, []).append(each)
    found, open_ = [], [pid]
    while open_:
        below = children.get(open_.pop(), [])
        found += below
        open_ += below
    return found


def _pids() -> Iterator[int]:
    with suppress(OSError):
        yield from [int(name) for name in os.listdir(_PROC) if name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` from the state on; the name before may hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _command_line(pid: int) -> list[str]:
    """Arguments of a process; Chromium's own processes write theirs with blanks between."""
    try:
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return raw.replace(b" --", b"\0--").decode("utf-8", "replace").split("\0")


def _own_memory(pid: int) -> int:
    """Resident bytes that a process does not share."""
    try:
        fields = (_PROC / str(pid) / "statm").read_text("ascii").split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
