"""Ways of isolating untrusted code, and the choice among them.

A backend is taken when a sandbox really came up with it, started exactly as it will be used; there
is no separate probe whose answer could differ. When none comes up nothing is run: there is no
fallback without isolation.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import IsolationUnavailable, ProbeReport
from ..limits import Limits
from .base import Backend
from .bubblewrap import Bubblewrap, find_bubblewrap
from .process import Sandbox, SandboxFailed

__all__ = ["Backend", "Bubblewrap", "Sandbox", "default_backends", "open_sandbox", "probe"]


def default_backends() -> list[Backend]:
    """What this machine offers, in the order in which it is tried."""
    return list(find_bubblewrap())


async def open_sandbox(limits: Limits, backends: Sequence[Backend] | None = None) -> Sandbox:
    """A running sandbox by the first backend that works.

    Args:
        backends: what to try, in order; `default_backends()` when None.

    Raises:
        IsolationUnavailable: none works; says what each of them said, and how to mend it.
        StartError: this Python cannot be used in a sandbox.
    """
    reports: list[ProbeReport] = []
    for backend in default_backends() if backends is None else backends:
        try:
            return await Sandbox.open(backend, limits)
        except SandboxFailed as failure:
            reports.append(_report(backend, failure))
    raise IsolationUnavailable(reports)


async def probe(limits: Limits, backends: Sequence[Backend] | None = None) -> list[ProbeReport]:
    """Start a sandbox with each backend, close it, and tell how it went."""
    reports: list[ProbeReport] = []
    for backend in default_backends() if backends is None else backends:
        try:
            sandbox = await Sandbox.open(backend, limits)
        except SandboxFailed as failure:
            reports.append(_report(backend, failure))
            continue
        memory = "by cgroup" if sandbox.cgroups else "by watching"
        await sandbox.close()
        reports.append(ProbeReport(backend.name, True, f"works; memory limited {memory}"))
    return reports


def _report(backend: Backend, failure: SandboxFailed) -> ProbeReport:
    return ProbeReport(backend.name, False, str(failure), backend.explain(str(failure)))
