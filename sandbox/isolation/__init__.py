"""Ways of isolating untrusted code, and the choice among them.

A backend is taken when a sandbox really came up with it, started exactly as it will be used; there
is no separate probe whose answer could differ. `auto` means, in this order: the system's
bubblewrap, the bundled one, a container, and Landlock if that much less is explicitly enough. When
none comes up nothing is run: nothing weaker than was asked for is ever used instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import IsolationUnavailable, ProbeReport, SandboxError, StartError
from ..limits import Limits
from .base import (
    Backend,
    Channels,
    Isolation,
    Libraries,
    RemoteFile,
    RemoteFiles,
    Sandbox,
    SandboxFailed,
    Usage,
    level,
)
from .bubblewrap import Bubblewrap, find_bubblewrap
from .container import Container, find_containers
from .gateway import Gateway
from .landlock import Landlock
from .process import ProcessSandbox
from .unconfined import Unconfined

__all__ = [
    "Backend",
    "Bubblewrap",
    "Channels",
    "Container",
    "Gateway",
    "Isolation",
    "Landlock",
    "Libraries",
    "ProcessSandbox",
    "RemoteFile",
    "RemoteFiles",
    "Sandbox",
    "SandboxFailed",
    "Unconfined",
    "Usage",
    "choose",
    "level",
    "open_sandbox",
    "probe",
]


def choose(
    backend: str | Backend = "auto", min_isolation: Isolation = "namespace"
) -> list[Backend]:
    """The backends to try, in order.

    Args:
        backend: `auto`, a name (`bubblewrap`), or a backend of your own making.
        min_isolation: the weakest isolation that will do.

    Returns: What this machine may offer; empty when it has nothing of the kind.

    Raises: ValueError: an unknown name, or a named backend weaker than `min_isolation`.
    """
    least = level(min_isolation)
    if isinstance(backend, str) and backend == "auto":
        found = [one for find in _AUTOMATIC for one in find()]
        return [one for one in found if level(one.isolation) >= least]
    if isinstance(backend, str):
        if backend not in _NAMED:
            names = ", ".join(("auto", *_NAMED))
            raise ValueError(f"no backend {backend!r}; there are {names}")
        named = _NAMED[backend]()
    else:
        named = [backend]
    for one in named:
        if level(one.isolation) < least:
            raise ValueError(
                f"{one.name} isolates by {one.isolation!r}, which is weaker than "
                f"min_isolation={min_isolation!r}. Choose another backend, or say "
                f"min_isolation={one.isolation!r} if that is enough for this code."
            )
    return named


async def open_sandbox(
    limits: Limits, backends: Sequence[Backend], libraries: Libraries | None = None
) -> Sandbox:
    """A running sandbox by the first backend that works.

    Args:
        limits: what code in it may use.
        backends: what to try, in order, as `choose` returns it.
        libraries: a Python environment to show inside, next to the running one.

    Raises:
        IsolationUnavailable: none works; says what each of them said, and how to mend it.
        StartError: this Python cannot be used in a sandbox.
    """
    reports: list[ProbeReport] = []
    for backend in backends:
        try:
            return await backend.open(limits, libraries)
        except SandboxFailed as failure:
            reports.append(_report(backend, failure))
    raise IsolationUnavailable(reports)


async def probe(limits: Limits, backends: Sequence[Backend]) -> list[ProbeReport]:
    """Start a sandbox with each backend, close it, and tell how it went."""
    reports: list[ProbeReport] = []
    for backend in backends:
        try:
            sandbox = await backend.open(limits)
        except (SandboxFailed, StartError) as failure:
            reports.append(_report(backend, failure))
            continue
        words = "works" + _about_memory(backend, sandbox)
        await sandbox.close()
        reports.append(ProbeReport(backend.name, True, words))
    return reports


def _about_memory(backend: Backend, sandbox: Sandbox) -> str:
    match backend:
        case Container():
            return "; memory limited by the engine"
        case Gateway():
            return "; limits are the server's"
    how = "by cgroup" if getattr(sandbox, "cgroups", ()) else "by watching"
    return f"; memory limited {how}"


def _report(backend: Backend, failure: SandboxError) -> ProbeReport:
    return ProbeReport(backend.name, False, str(failure), backend.explain(str(failure)))


def _bubblewrap() -> list[Backend]:
    return list(find_bubblewrap())


def _container() -> list[Backend]:
    return list(find_containers())


def _landlock() -> list[Backend]:
    return [Landlock()]


def _gateway() -> list[Backend]:
    return [Gateway()]


def _unconfined() -> list[Backend]:
    return [Unconfined()]


_AUTOMATIC: tuple[Callable[[], list[Backend]], ...] = (_bubblewrap, _container, _landlock)
_NAMED: dict[str, Callable[[], list[Backend]]] = {
    "bubblewrap": _bubblewrap,
    "container": _container,
    "landlock": _landlock,
    "gateway": _gateway,
    "unconfined": _unconfined,
}
