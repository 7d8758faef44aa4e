"""What came of looking at one thing of a machine: the lines of `agentkit setup` and `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "missing", "failed", "note"]


@dataclass(frozen=True, slots=True)
class Check:
    """What came of looking at one thing.

    Args:
        subject: the thing.
        state: `note` is for what can be done without.
        detail: what was found.
        fix: what to do about it; may be empty.
    """

    subject: str
    state: State
    detail: str
    fix: str = ""
