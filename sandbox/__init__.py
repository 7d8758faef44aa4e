"""A stateful Python notebook that untrusted code cannot leave: ipykernel inside bubblewrap, no
root, no daemon.

Independent of everything else in this distribution. `errors`, `limits` and `results` are at the
ground, the session (`Notebook`) on top; importing this package loads neither ZeroMQ nor Jupyter,
using a notebook does.
"""

from __future__ import annotations

from importlib import import_module
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
from .results import (
    Display,
    Error,
    ExecutionResult,
    Image,
    Notice,
    Output,
    Result,
    Status,
    Stream,
)

if TYPE_CHECKING:
    from .files import FileInfo
    from .isolation import Isolation
    from .libraries import SCIENTIFIC, Libraries, build_libraries
    from .notebook import Notebook
    from .pool import NotebookPool
    from .stream import CellStream

__all__ = [
    "SCIENTIFIC",
    "CellStream",
    "Display",
    "Error",
    "ExecutionResult",
    "FileInfo",
    "FileTransferError",
    "Image",
    "Isolation",
    "IsolationUnavailable",
    "Libraries",
    "Limits",
    "Notebook",
    "NotebookBusy",
    "NotebookPool",
    "Notice",
    "Output",
    "PackagesUnavailable",
    "ProbeReport",
    "Result",
    "SandboxClosed",
    "SandboxError",
    "StartError",
    "Status",
    "Stream",
    "build_libraries",
]


_LAZY = {
    "CellStream": "stream",
    "FileInfo": "files",
    "Isolation": "isolation",
    "Libraries": "libraries",
    "Notebook": "notebook",
    "NotebookPool": "pool",
    "SCIENTIFIC": "libraries",
    "build_libraries": "libraries",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
