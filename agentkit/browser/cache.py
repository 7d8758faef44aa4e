"""What was fetched and found, kept in one SQLite file: so that it is quick, or can be replayed.

Responses are kept by address, apart for plain and for rendered pages, and search results by
provider, query and count; only what succeeded is kept. The same file is an index of the pages made
readable, see `documents`. Several processes and threads may use one file. It is not encrypted: who
can read the file can read what was browsed.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agentkit.browser.database import broken, open_database
from agentkit.browser.document import BrowserError, Response
from agentkit.browser.search.base import Result, SearchProvider
from agentkit.browser.search.local import LocalIndex
from agentkit.browser.urls import normal_url

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["Cache", "CachedSearch"]

_WHAT = "the browser's cache"
_OLDEST = """
DELETE FROM responses WHERE (url, rendered) IN (
    SELECT url, rendered FROM (
        SELECT url, rendered, sum(length(body)) OVER (ORDER BY fetched DESC, url, rendered) AS size
        FROM responses
    ) WHERE size > ?
) RETURNING url, final
"""


class Cache:
    """Responses and search results in a file.

    Args:
        path: the file, made with its folder when it is missing.
        max_bytes: most bytes of stored bodies, compressed; beyond it the oldest go.
        max_age: seconds after which an entry no longer counts; None for never. A replay knows no
            age.
        replay: serve only from the file, change nothing, and raise for what is not in it.

    Raises:
        BrowserError: the file is not a cache, is damaged, or cannot be opened; or it is to be
            replayed and is not there.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        max_bytes: int = 256 << 20,
        max_age: float | None = None,
        replay: bool = False,
    ) -> None:
        self.path = Path(path)
        self.replay = replay
        self._max_bytes = max_bytes
        self._max_age = None if replay else max_age
        self._lock = threading.Lock()
        self._index: LocalIndex | None = None
        if replay and not self.path.exists():
            raise BrowserError(
                f"{self.path} cannot be replayed: there is no such file. Record it first: run once"
                " with this cache and without replay."
            )
        self._database = open_database(self.path, _WHAT)
        if not replay:
            with self._using() as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")

    # Pages

    def get(self, url: str, *, rendered: bool | None = None) -> Response | None:
        """The response kept for `url`, asked for or arrived at under this address.

        Args:
            url: in any spelling.
            rendered: whether it must come from Chromium, or must not; None for the newest.

        Raises:
            BrowserError: this is a replay and there is none, or the file is damaged.
        """
        normal = normal_url(url)
        kinds = (0, 1) if rendered is None else (int(rendered),) * 2
        with self._using() as database:
            row = database.execute(
                "SELECT head, body FROM responses WHERE (url = ?1 OR final = ?1)"
                " AND rendered IN (?2, ?3) AND fetched >= ?4"
                " ORDER BY url = ?1 DESC, fetched DESC LIMIT 1",
                (normal, *kinds, self._since()),
            ).fetchone()
            if row is not None:
                return Response(**json.loads(row[0]), body=zlib.decompress(row[1]))
        if self.replay:
            raise BrowserError(
                f"{url} is not in {self.path}, and this run replays that file: nothing is fetched."
            )
        return None

    def put(self, url: str, response: Response) -> None:
        """Keep a response, unless it tells of a failure or this is a replay.

        Args:
            url: as it was asked for, before redirects.
            response: what came.
        """
        body = zlib.compress(response.body, 6)
        if self.replay or not 200 <= response.status < 300 or len(body) > self._max_bytes:
            return
        head = {
            name: getattr(response, name)
            for name in ("url", "status", "media_type", "charset", "note", "rendered")
        } | {"headers": dict(response.headers)}
        with self._using() as database, database:
            database.execute(
                "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?)",
                (
                    normal_url(url),
                    int(response.rendered),
                    time.time(),
                    normal_url(response.url),
                    json.dumps(head),
                    body,
                ),
            )
            gone = database.execute(_OLDEST, (self._max_bytes,)).fetchall()
        for address in {address for row in gone for address in row}:
            self.documents().remove(address)

    def documents(self) -> LocalIndex:
        """The index of pages made readable, in the same file: to add to, and to search.

        What leaves the cache for want of room leaves the index too.
        """
        with self._lock:
            if self._index is None:
                self._index = LocalIndex(self.path)
            return self._index

    # Searches

    def results(self, provider: str, query: str, count: int) -> list[Result] | None:
        """The results kept for a search.

        Raises:
            BrowserError: this is a replay and there are none, or the file is damaged.
        """
        with self._using() as database:
            row = database.execute(
                "SELECT results FROM searches WHERE provider = ? AND query = ? AND count = ?"
                " AND fetched >= ?",
                (provider, _normal_query(query), count, self._since()),
            ).fetchone()
            if row is not None:
                return [Result(*fields) for fields in json.loads(row[0])]
        if self.replay:
            raise BrowserError(
                f"A search for {query!r} with {provider} is not in {self.path}, and this run"
                " replays that file: nothing is asked."
            )
        return None

    def put_results(self, provider: str, query: str, count: int, results: list[Result]) -> None:
        """Keep what a search found, if it found anything and this is no replay."""
        if self.replay or not results:
            return
        rows = json.dumps([[each.url, each.title, each.snippet, each.date] for each in results])
        with self._using() as database, database:
            database.execute(
                "INSERT OR REPLACE INTO searches VALUES (?, ?, ?, ?, ?)",
                (provider, _normal_query(query), count, time.time(), rows),
            )

    def provider(self) -> str:
        """The provider whose results were kept last; empty when there are none."""
        with self._using() as database:
            row = database.execute(
                "SELECT provider FROM searches ORDER BY fetched DESC LIMIT 1"
            ).fetchone()
        return row[0] if row else ""

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            self._database.close()
            if self._index is not None:
                self._index.shut()

    def _since(self) -> float:
        return 0.0 if self._max_age is None else time.time() - self._max_age

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """The database for one thread."""
        with self._lock:
            try:
                yield self._database
            except (sqlite3.Error, zlib.error, ValueError, TypeError) as error:
                raise broken(self.path, _WHAT, error) from None


class CachedSearch:
    """A provider whose results are kept in a cache and served from it.

    Args:
        name: the provider's.
        cache: where.
        provider: asked for what the cache does not hold; None for a replay.
    """

    def __init__(self, name: str, cache: Cache, provider: SearchProvider | None = None) -> None:
        self.name = name
        self._cache = cache
        self._provider = provider

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        """At most `count` results; see `SearchProvider`."""
        results = self._cache.results(self.name, query, count)
        if results is None and self._provider is not None:
            results = await self._provider.search(query, count, fetcher)
            self._cache.put_results(self.name, query, count, results)
        return results or []

    async def close(self) -> None:
        """Close the provider; the cache stays open."""
        if self._provider is not None:
            await self._provider.close()


def _normal_query(query: str) -> str:
    return " ".join(query.split()).encode("utf-8", "replace").decode()
