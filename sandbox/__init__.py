"""A stateful Python notebook that untrusted code cannot leave: ipykernel inside bubblewrap, no
root, no daemon.

Independent of everything else in this distribution. `errors`, `limits` and `results` are at the
ground, the session (`Notebook`) on top; importing this package loads neither ZeroMQ nor Jupyter,
using a notebook does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import (
    FileTransferError,
    IsolationUnavailable,
    NotebookBusy,
    PackagesUnavailable,
    ProbeReport,
    SandboxClosed,
    SandboxError,
    StartError,
)
from .limits import Limits
from .results import Display, Error, ExecutionResult, Image, Notice, Output, Result, Stream

if TYPE_CHECKING:
    from .notebook import CellStream, Notebook

__all__ = [
    "CellStream",
    "Display",
    "Error",
    "ExecutionResult",
    "FileTransferError",
    "Image",
    "IsolationUnavailable",
    "Limits",
    "Notebook",
    "NotebookBusy",
    "Notice",
    "Output",
    "PackagesUnavailable",
    "ProbeReport",
    "Result",
    "SandboxClosed",
    "SandboxError",
    "StartError",
    "Stream",
]


def __getattr__(name: str) -> Any:
    if name in ("CellStream", "Notebook"):
        from . import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
