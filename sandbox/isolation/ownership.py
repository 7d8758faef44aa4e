"""Names that tell who made a thing, so that what a killed owner left can be told from what is in
use.

A name carries its owner's process id and start time, which together are never used twice between
two boots. Control groups, private directories and containers are named so.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["PREFIX", "is_abandoned", "new_name"]

PREFIX = "pysandbox"


def new_name() -> str:
    """A name for something of this process."""
    return f"{PREFIX}-{_identity(os.getpid())}-{secrets.token_hex(4)}"


def is_abandoned(name: str) -> bool:
    """Whether `name` was given by `new_name` in a process of this machine that is gone."""
    parts = name.split("-")
    if len(parts) != 4 or parts[0] != PREFIX or not parts[1].isdigit():
        return False
    try:
        return _identity(int(parts[1])) != f"{parts[1]}-{parts[2]}"
    except OSError:
        return True


def _identity(pid: int) -> str:
    """Process id and start time in clock ticks."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    return f"{pid}-{stat.rpartition(')')[2].split()[19]}"
