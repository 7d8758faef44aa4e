"""How long a server is waited for, and how often it is asked again.

Numbers only; apart from what uses them, so that naming them needs no HTTP library.
"""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.errors import UserError


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server and how often to ask again.

    Args:
        connect_seconds: to reach it.
        silence_seconds: for the next id, the first one included; a long prompt takes its time.
        retries: how often a request that failed in passing is made again.
        backoff_seconds: before the first of them, doubled for each further one; a server's
            Retry-After is obeyed instead, up to a minute.

    Raises:
        UserError: a number is out of range.
    """

    connect_seconds: float = 10.0
    silence_seconds: float = 600.0
    retries: int = 4
    backoff_seconds: float = 0.5

    def __post_init__(self) -> None:
        if min(self.connect_seconds, self.silence_seconds) <= 0:
            raise UserError("connect_seconds and silence_seconds must be above 0.")
        if self.retries < 0 or self.backoff_seconds < 0:
            raise UserError("retries and backoff_seconds must be 0 or more.")
