"""Runs written down: every event as a line of a JSON Lines file.

A line is what `events.to_json` gives, with the time before it. Lines are written as the events
come, so that the trace of a process that died ends where the process did. Knows nothing of how a
run is driven: give `write` its events.
"""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType

from agentkit.errors import UserError
from agentkit.events import Event, to_json


class TraceWriter:
    """Appends events to a file.

    Args:
        path: the file; made with its folder when missing.

    Raises:
        UserError: the file cannot be written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise UserError(f"No trace can be written to {self.path}: {error.strerror}.") from None

    def write(self, event: Event) -> None:
        """Add one line: the event's JSON, with `time` in seconds since 1970 as its first key."""
        fields = to_json(event).removeprefix("{")
        self._file.write(f'{{"time":{time.time():.6f},{fields}\n')

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def __enter__(self) -> TraceWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()
