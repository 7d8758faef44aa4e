"""Conversations kept between runs and processes: in memory, or in a SQLite file.

A store is given the state after every step. It writes only the entries it has not written, so a
step costs the same at the thousandth as at the first. What is stored is exactly a `RunState`.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from agentkit.conversation import Entry
from agentkit.errors import UserError
from agentkit.messages import Message
from agentkit.serialise import to_json
from agentkit.state import (
    EntryView,
    RunState,
    entry_fields,
    entry_from,
    from_fields,
    header,
    message_fields,
    message_from,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    conversation TEXT NOT NULL, number INTEGER NOT NULL, entry TEXT NOT NULL,
    PRIMARY KEY (conversation, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dropped (
    conversation TEXT NOT NULL, number INTEGER NOT NULL, message TEXT NOT NULL,
    PRIMARY KEY (conversation, number)
) WITHOUT ROWID;
"""

_in_use: set[int] = set()
_using = threading.Lock()


@contextmanager
def used_alone(store: object | None) -> Iterator[None]:
    """Hold a store, if there is one, for one run: of two at once each would lose what the other one
    saved.

    Raises:
        UserError: another run of this process holds it.
    """
    if store is None:
        yield
        return
    with _using:
        if id(store) in _in_use:
            raise UserError(
                "Another run is going on in this session. Wait for its end before the next one;"
                " a stream that is not read to its end is left with `async with`."
            )
        _in_use.add(id(store))
    try:
        yield
    finally:
        _in_use.discard(id(store))


class MemorySession:
    """A conversation kept in this process."""

    def __init__(self) -> None:
        self._state: RunState | None = None

    async def load(self) -> RunState | None:
        """The last state saved."""
        return self._state

    async def save(self, state: RunState) -> None:
        """Keep `state`."""
        self._state = state


class SQLiteSession:
    """A conversation kept in a SQLite file, which may hold many.

    A step is on the disk's way when `save` returns and survives the end of the process; a
    conversation belongs to one process at a time.

    Args:
        path: the file; made with its folder when missing.
        conversation: the conversation's id within the file, such as a user's number.

    Raises:
        UserError: the file cannot be opened or is no SQLite file.
    """

    def __init__(self, path: str | Path, conversation: str) -> None:
        self.path = Path(path)
        self.conversation = conversation
        self._written: Sequence[Entry] = ()
        self._dropped: tuple[Message, ...] = ()
        self._known = False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self.path, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise UserError(f"{self.path} cannot be used to keep conversations: {error}") from None

    async def load(self) -> RunState | None:
        """The last state saved, or None.

        Raises:
            UserError: it was written by another version.
        """
        row = self._database.execute(
            "SELECT state FROM conversations WHERE id = ?", (self.conversation,)
        ).fetchone()
        if row is None:
            return None
        rows = self._database.execute(
            "SELECT entry FROM entries WHERE conversation = ? ORDER BY number",
            (self.conversation,),
        )
        try:
            self._written = [entry_from(json.loads(entry)) for (entry,) in rows]
            self._dropped = self._load_dropped()
            self._known = True
            return from_fields(json.loads(row[0]), self._written, self._dropped)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{self.path} holds a state of another version: {error!r}") from None

    async def save(self, state: RunState) -> None:
        """Write what is new in `state`, in one transaction; without a `load` before, all of it."""
        same = self._unchanged(state.entries)
        rows = [
            (self.conversation, number, _line(state.entries[number]))
            for number in range(same, len(state.entries))
        ]
        with self._database:
            if not self._known:
                for table in ("entries", "dropped"):
                    self._database.execute(
                        f"DELETE FROM {table} WHERE conversation = ?", (self.conversation,)
                    )
            if same < len(self._written):
                self._database.execute(
                    "DELETE FROM entries WHERE conversation = ? AND number >= ?",
                    (self.conversation, same),
                )
            self._database.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
            self._save_dropped(state.dropped)
            self._database.execute(
                "INSERT INTO conversations VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET state = excluded.state",
                (self.conversation, to_json(header(state))),
            )
        self._written, self._dropped, self._known = state.entries, state.dropped, True

    def _load_dropped(self) -> tuple[Message, ...]:
        rows = self._database.execute(
            "SELECT message FROM dropped WHERE conversation = ? ORDER BY number",
            (self.conversation,),
        )
        return tuple(message_from(json.loads(message)) for (message,) in rows)

    def _save_dropped(self, dropped: tuple[Message, ...]) -> None:
        """Write what was dropped since the last time: nothing within an exchange."""
        if dropped is self._dropped:
            return
        same = len(self._dropped) if dropped[: len(self._dropped)] == self._dropped else 0
        self._database.execute(
            "DELETE FROM dropped WHERE conversation = ? AND number >= ?", (self.conversation, same)
        )
        self._database.executemany(
            "INSERT INTO dropped VALUES (?, ?, ?)",
            [
                (self.conversation, number, to_json(message_fields(message)))
                for number, message in enumerate(dropped[same:], same)
            ],
        )

    def _unchanged(self, entries: Sequence[Entry]) -> int:
        """How many leading entries stand in the file already.

        Within an exchange the ledger only grows; only when it was rewritten are the entries
        compared one by one.
        """
        if isinstance(entries, EntryView) and entries.grew_from(self._written):
            return min(len(self._written), len(entries))
        pairs = zip(self._written, entries, strict=False)
        shorter = min(len(self._written), len(entries))
        return next((number for number, (old, new) in enumerate(pairs) if old != new), shorter)

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._database.close()

    def __enter__(self) -> SQLiteSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def _line(entry: Entry) -> str:
    return to_json(entry_fields(entry))
