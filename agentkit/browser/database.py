"""The SQLite files of the browser: how one is recognised, opened and made.

The cache and the local index share one layout, so that a cache file is also an index of the pages
it holds. It knows nothing of what is written into the tables.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from agentkit.browser.document import BrowserError

__all__ = ["broken", "is_index", "open_database"]

_APPLICATION = 0x61676B62  # "agkb", in the file's header
_VERSION = 1
_WAIT = 30.0

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, origin TEXT, body BLOB NOT NULL
);
CREATE INDEX documents_by_origin ON documents (origin);
CREATE VIRTUAL TABLE words USING fts5 (
    title, text, frame, tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO words (words, rank) VALUES ('rank', 'bm25(4.0, 1.0, 0.1)');
CREATE TABLE files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, problem TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE responses (
    url TEXT NOT NULL, rendered INTEGER NOT NULL, fetched REAL NOT NULL, final TEXT NOT NULL,
    head TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (url, rendered)
);
CREATE INDEX responses_by_final ON responses (final);
CREATE TABLE searches (
    provider TEXT NOT NULL, query TEXT NOT NULL, count INTEGER NOT NULL, fetched REAL NOT NULL,
    results TEXT NOT NULL, PRIMARY KEY (provider, query, count)
) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {_VERSION};
COMMIT;
"""


def open_database(path: Path | None, what: str) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time.

    Args:
        path: the file, made with its folder when it is missing; None for one in memory.
        what: what the caller uses it for, for errors: `the browser's cache`.

    Raises:
        BrowserError: the file is not one of ours, is damaged, or cannot be opened.
    """
    connection: sqlite3.Connection | None = None
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path or ":memory:", timeout=_WAIT, check_same_thread=False)
        _recognise(connection, path, what)
    except (sqlite3.Error, OSError) as error:
        if connection is not None:
            connection.close()
        raise broken(path, what, error) from None
    except BrowserError:
        if connection is not None:
            connection.close()
        raise
    return connection


def is_index(path: Path) -> bool:
    """Whether a file says that it is one of ours; nothing is opened but the file itself."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError:
        return False
    return head.startswith(b"SQLite format 3\0") and head[68:] == _APPLICATION.to_bytes(4, "big")


def broken(path: Path | None, what: str, error: Exception) -> BrowserError:
    """The error for a file that SQLite cannot use."""
    why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    advice = " If agentkit made this file and it is damaged, delete it and have it made anew."
    return BrowserError(
        f"{path or 'Memory'} cannot be used as {what}: {why}."
        + ("" if isinstance(error, OSError) else advice)
    )


def _recognise(connection: sqlite3.Connection, path: Path | None, what: str) -> None:
    """Make the tables in an empty file; of any other, see that it is ours.

    Two processes may do this at once: the one that comes second finds the tables made.
    """
    if _is_empty(connection):
        try:
            connection.executescript(_SCHEMA)
        except sqlite3.OperationalError:
            connection.rollback()
            if _is_empty(connection):
                raise
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise BrowserError(f"{path} is the file of another program, not {what}. Name another file.")
    if version != _VERSION:
        raise BrowserError(
            f"{path} was made by another version of agentkit (layout {version}, not {_VERSION})."
            " Delete it and have it made anew."
        )


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
