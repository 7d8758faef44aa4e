"""Search without a network: an index of documents in one SQLite file, or in memory.

What is indexed is kept whole, so that a result can be opened where nothing else is reachable. A
document from a file has that file's own address, `file:///home/me/guide/tides.html`, which a person
can open; a browser's policy forbids such addresses, and the index alone answers for them: what was
not indexed cannot be read.

Ranking is SQLite's BM25 over word stems, in which a title counts four times as much as the text,
and what stands above the main content, such as a menu that all pages of a site have, a tenth.
Documents that have all words come first; those that have some fill up what is left: where that
would be many, only those that have one of the rarer words. Scripts that
are written without blanks between words, such as Chinese, are found only by whole runs.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.browser.database import broken, open_database
from agentkit.browser.document import BrowserError, Document
from agentkit.browser.pages.notation import unlinked
from agentkit.browser.search.base import Result
from agentkit.browser.search.words import all_of, any_of, some_of, words
from agentkit.browser.urls import normal_url

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["Change", "LocalIndex", "ranked"]

_WHAT = "an index to search"
_SNIPPET_WORDS = 40
_MOST_RANKED = 1_000
_SHORT_FRAME = 400  # characters above the first heading of a short page
_HEADING = re.compile(r"^#+ ", re.MULTILINE)
_FIND = f"""
SELECT documents.url, words.title,
       snippet(words, 1, '', '', ' … ', {_SNIPPET_WORDS})
FROM words JOIN documents ON documents.id = words.rowid
WHERE words MATCH ? ORDER BY words.rank LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What a file holds now, or a part of it.

    Args:
        origin: the file's path.
        documents: to be added.
        begins: whether what came from this file before goes; False for further parts.
        state: with the last part: size in bytes, time of change in nanoseconds, what was wrong.
    """

    origin: str
    documents: tuple[Document, ...] = ()
    begins: bool = True
    state: tuple[int, int, str] | None = None


class LocalIndex:
    """Documents that can be searched and opened without a network.

    Threads may share it. Other processes may use the same file: one writes at a time.

    Args:
        path: the file, made when it is missing; None for an index in memory.
        refresh: called once before the index is first used, to bring it up to date.

    Raises:
        BrowserError: the file is not an index, is damaged, or cannot be opened.
    """

    name = "local"

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        refresh: Callable[[LocalIndex], object] | None = None,
    ) -> None:
        self.path = None if path is None else Path(path)
        self._refresh = refresh
        self._closed = False
        self._lock = threading.RLock()
        self._database = open_database(self.path, _WHAT)

    def __len__(self) -> int:
        with self._using() as database:
            count: int = database.execute("SELECT count(*) FROM documents").fetchone()[0]
            return count

    def __iter__(self) -> Iterator[Document]:
        """The documents, oldest first."""
        with self._using() as database:
            urls = [url for (url,) in database.execute("SELECT url FROM documents ORDER BY id")]
        for url in urls:
            if found := self.document(url):
                yield found

    async def search(self, query: str, count: int, fetcher: Fetcher | None = None) -> list[Result]:
        """At most `count` results; nothing is sent anywhere. See `SearchProvider`."""
        return await asyncio.to_thread(self.find, query, count)

    def find(self, query: str, count: int) -> list[Result]:
        """Search.

        Args:
            query: any text.
            count: most results to return.

        Raises:
            BrowserError: the index is damaged.
        """
        wanted = words(query)
        if not wanted:
            return []
        with self._using() as database:
            results = ranked(database, all_of(wanted), count)
            if len(results) < count and len(wanted) > 1:
                more = ranked(database, _relaxed(database, wanted, count), count)
                results += [each for each in more if each not in results]
        return results[:count]

    def document(self, url: str) -> Document | None:
        """The document at `url`, which may name a folder's `index.html` as servers allow it."""
        normal = normal_url(url)
        names = [normal]
        if normal.startswith("file:"):
            names += [f"{normal.rstrip('/')}/index.html", f"{normal}.html"]
        with self._using() as database:
            for name in names:
                row = database.execute("SELECT body FROM documents WHERE url = ?", (name,))
                if found := row.fetchone():
                    return _unpacked(found[0])
        return None

    def add(self, document: Document) -> None:
        """Add a document, in place of one with the same address. One without address or text is
        not kept.
        """
        if document.url and document.text.strip():
            with self._writing() as database:
                _write(database, document, None)

    def remove(self, url: str) -> None:
        """Take out the document at `url`, if it is here."""
        with self._writing() as database:
            _delete(database, "url = ?", normal_url(url))

    async def close(self) -> None:
        """Close the file, once what is being read or written is; may be called twice."""
        await asyncio.to_thread(self.shut)

    def shut(self) -> None:
        """`close`, where there is no event loop."""
        self._closed = True  # which also ends an update in another thread
        with self._lock:
            self._database.close()

    # For `indexing`, which keeps an index in line with files

    def files(self) -> dict[str, tuple[int, int, str]]:
        """Size in bytes, time of change in nanoseconds, and what was wrong, of each file seen."""
        with self._using() as database:
            rows = database.execute("SELECT path, size, modified, problem FROM files")
            return {path: (size, modified, problem) for path, size, modified, problem in rows}

    def take(self, changes: Sequence[Change]) -> None:
        """Take what files hold, in one step: all of it, or nothing."""
        with self._writing() as database:
            for change in changes:
                if change.begins:
                    _delete(database, "origin = ?", change.origin)
                    database.execute("DELETE FROM files WHERE path = ?", (change.origin,))
                for document in change.documents:
                    _write(database, document, change.origin)
                if change.state is not None:
                    row = (change.origin, *change.state)
                    database.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """The database for one thread, up to date."""
        with self._lock:
            if self._closed:
                raise BrowserError(f"{self.path or 'The index'} was closed.")
            if (refresh := self._refresh) is not None:
                self._refresh = None
                refresh(self)
            try:
                yield self._database
            except (sqlite3.Error, zlib.error) as error:
                raise broken(self.path, _WHAT, error) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """The database for one thread, in a transaction that no other process writes beside."""
        with self._using() as database, database:
            database.execute("BEGIN IMMEDIATE")
            yield database


def _relaxed(database: sqlite3.Connection, wanted: Sequence[str], count: int) -> str:
    """A query for documents that have some of the words.

    To rank a document takes far longer than to count it, so where words are common, only documents
    that have one of the rarer ones are ranked.
    """
    counted = "SELECT count(*) FROM words WHERE words MATCH ?"
    sizes = {word: database.execute(counted, (any_of([word]),)).fetchone()[0] for word in wanted}
    rare: list[str] = []
    total = 0
    for word in sorted(wanted, key=lambda word: sizes[word]):
        if total >= count and total + sizes[word] > _MOST_RANKED:
            break
        rare.append(word)
        total += sizes[word]
    return some_of([word for word in wanted if word not in rare], rare)


def ranked(database: sqlite3.Connection, query: str, count: int) -> list[Result]:
    """The best documents for a query in SQLite's language, at most `count`."""
    rows = database.execute(_FIND, (query, count))
    return [Result(url, title, " ".join(said.split())) for url, title, said in rows]


def _write(database: sqlite3.Connection, document: Document, origin: str | None) -> None:
    url = normal_url(document.url)
    _delete(database, "url = ?", url)
    cursor = database.execute(
        "INSERT INTO documents (url, origin, body) VALUES (?, ?, ?)",
        (url, origin, _packed(document)),
    )
    start = _content_start(document)
    parts = (document.title, document.text[start:], document.text[:start])
    database.execute(
        "INSERT INTO words (rowid, title, text, frame) VALUES (?, ?, ?, ?)",
        (cursor.lastrowid, *(_storable(_HEADING.sub("", unlinked(part))) for part in parts)),
    )


def _content_start(document: Document) -> int:
    """Where the main content starts, also that of a page so short that it is in view anyway."""
    if document.main:
        return document.main
    heading = _HEADING.search(document.text, 0, _SHORT_FRAME)
    return heading.start() if heading else 0


def _delete(database: sqlite3.Connection, which: str, value: str) -> None:
    ids = database.execute(f"SELECT id FROM documents WHERE {which}", (value,)).fetchall()
    database.executemany("DELETE FROM words WHERE rowid = ?", ids)
    database.executemany("DELETE FROM documents WHERE id = ?", ids)


def _packed(document: Document) -> bytes:
    fields = {name: getattr(document, name) for name in Document.__dataclass_fields__}
    return zlib.compress(json.dumps(fields).encode(), 1)


def _unpacked(body: bytes) -> Document:
    fields = json.loads(zlib.decompress(body))
    return Document(**(fields | {"links": tuple(fields["links"])}))


def _storable(text: str) -> str:
    """Without what SQLite cannot hold: halves of characters, and NUL, which would end the text."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
