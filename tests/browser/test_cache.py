"""The cache: what it keeps, what it replays, and that no file breaks it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agentkit.browser.cache import Cache, CachedSearch
from agentkit.browser.document import BrowserError, Document, Response
from agentkit.browser.net.fetch import Fetcher
from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.search import Result, find_provider
from agentkit.browser.search.local import LocalIndex

if TYPE_CHECKING:
    from agentkit.browser.search import SearchProvider

URL = "https://a.example/page"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "cache.sqlite"


@pytest.fixture
def cache(path: Path) -> Iterator[Cache]:
    made = Cache(path)
    yield made
    made.close()


def response(body: bytes = b"<p>crab</p>", url: str = URL, *, rendered: bool = False) -> Response:
    headers = {"content-type": "text/html", "x": "ü"}
    return Response(url, 200, "text/html", body, "utf-8", headers, "A note.", rendered)


# Pages


def test_a_response_comes_back_as_it_was(cache: Cache, path: Path) -> None:
    cache.put(URL, response(bytes(range(256)) * 1000))
    cache.close()

    again = Cache(path)
    assert again.get(URL) == response(bytes(range(256)) * 1000)
    assert again.get("HTTPS://A.example:443/page#part") is not None
    assert again.get("https://a.example/other") is None
    again.close()


def test_bodies_are_compressed(cache: Cache, path: Path) -> None:
    cache.put(URL, response(b"crab " * 2_000_000))
    cache.close()

    assert path.stat().st_size < 1_000_000


def test_a_page_is_found_under_the_address_it_was_redirected_to(cache: Cache) -> None:
    cache.put("https://a.example/old", response(b"new place"))
    assert cache.get(URL) == response(b"new place")

    cache.put(URL, response(b"asked for itself"))
    assert cache.get(URL) == response(b"asked for itself")
    assert cache.get("https://a.example/old") == response(b"new place")


def test_plain_and_rendered_pages_are_kept_apart(cache: Cache) -> None:
    cache.put(URL, response(b"plain"))
    cache.put(URL, response(b"rendered", rendered=True))

    kept = [cache.get(URL, rendered=rendered) for rendered in (False, True, None)]
    assert [each and each.body for each in kept] == [b"plain", b"rendered", b"rendered"]


@pytest.mark.parametrize("status", [204 + 100, 404, 429, 500, 503])
def test_failures_are_not_kept(cache: Cache, status: int) -> None:
    cache.put(URL, Response(URL, status, "text/html", b"sorry"))

    assert cache.get(URL) is None


def test_the_oldest_go_when_there_is_no_room(path: Path) -> None:
    import os

    cache = Cache(path, max_bytes=10_000)
    for number in range(4):
        url = f"{URL}/{number}"
        cache.put(url, response(os.urandom(3_000), url))
        cache.documents().add(Document(url, str(number), "A crab."))
    cache.put(f"{URL}/huge", response(os.urandom(20_000)))

    assert [cache.get(f"{URL}/{number}") is not None for number in range(4)] == [
        False, True, True, True,
    ]  # fmt: skip
    assert cache.get(f"{URL}/huge") is None
    assert sorted(each.title for each in cache.documents()) == ["1", "2", "3"]
    cache.close()


def test_what_is_too_old_does_not_count_but_for_a_replay(path: Path) -> None:
    first = Cache(path)
    first.put(URL, response())
    first.put_results("exa", "crab", 20, [Result(URL, "t")])
    first.close()

    strict = Cache(path, max_age=0.0)
    assert strict.get(URL) is None
    assert strict.results("exa", "crab", 20) is None
    strict.close()
    replay = Cache(path, max_age=0.0, replay=True)
    assert replay.get(URL) == response()
    replay.close()


# Replay


def test_a_replay_serves_only_what_is_there_and_changes_nothing(cache: Cache, path: Path) -> None:
    cache.put(URL, response())
    cache.close()

    replay = Cache(path, replay=True)
    assert replay.get(URL) == response()
    replay.put("https://a.example/new", response())
    replay.put_results("exa", "crab", 20, [Result(URL, "t")])
    with pytest.raises(BrowserError, match=r"https://a\.example/new is not in .*replays"):
        replay.get("https://a.example/new")
    with pytest.raises(BrowserError, match="'crab' with exa is not in"):
        replay.results("exa", "crab", 20)
    replay.close()


def test_a_replay_of_nothing_is_told(path: Path) -> None:
    with pytest.raises(BrowserError, match="no such file"):
        Cache(path, replay=True)
    assert not path.exists()


# Searches


class Counting:
    """A provider that counts how often it is asked."""

    name = "counting"

    def __init__(self) -> None:
        self.asked = 0

    async def search(self, query: str, count: int, fetcher: Fetcher) -> list[Result]:
        self.asked += 1
        if query == "nothing":
            return []
        if query == "trouble":
            raise BrowserError("trouble")
        return [Result(URL, query, "snippet", "2026")] * 2

    async def close(self) -> None:
        pass


async def test_a_search_is_asked_once(cache: Cache) -> None:
    counting = Counting()
    provider: SearchProvider = find_provider(counting, cache=cache)
    async with Fetcher(AddressPolicy.public()) as fetcher:
        first = await provider.search("red  crab", 20, fetcher)
        assert await provider.search("red crab", 20, fetcher) == first
        assert counting.asked == 1
        await provider.search("red crab", 10, fetcher)
        assert counting.asked == 2
        for _ in range(2):
            assert await provider.search("nothing", 20, fetcher) == []
            with pytest.raises(BrowserError, match="trouble"):
                await provider.search("trouble", 20, fetcher)
        assert counting.asked == 6
    assert cache.results("counting", "red crab", 20) == first
    assert cache.results("other", "red crab", 20) is None


async def test_a_search_is_replayed_without_a_key(
    cache: Cache, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EXA_API_KEY", raising=False)
    monkeypatch.setenv("BRAVE_API_KEY", "there")
    cache.put_results("exa", "crab", 20, [Result(URL, "t")])
    cache.close()
    replay = Cache(path, replay=True)

    async with Fetcher(AddressPolicy.public()) as fetcher:
        for choice in ("exa", "auto"):
            provider = find_provider(choice, cache=replay)
            assert await provider.search("crab", 20, fetcher) == [Result(URL, "t")]
            await provider.close()
        with pytest.raises(BrowserError, match="replays"):
            await CachedSearch("exa", replay).search("whelk", 20, fetcher)
    replay.close()


async def test_pages_of_the_cache_are_found_by_a_local_search(cache: Cache) -> None:
    cache.documents().add(Document(URL, "Crabs", "All about crabs."))
    provider = find_provider("local", cache=cache)

    async with Fetcher(AddressPolicy.public()) as fetcher:
        assert [each.url for each in await provider.search("crab", 5, fetcher)] == [URL]
    await provider.close()
    assert len(cache.documents()) == 1


# Files and sharing


@pytest.mark.parametrize("content", [b"nonsense " * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cache.sqlite"
    path.write_bytes(content)

    with pytest.raises(BrowserError, match=r"cache\.sqlite cannot be used as the browser's cache"):
        Cache(path)


def test_a_file_that_is_damaged_inside_is_told(cache: Cache, path: Path) -> None:
    for number in range(50):
        cache.put(f"{URL}/{number}", response(b"crab" * 1000))
    cache.close()
    other = sqlite3.connect(path)
    other.execute("UPDATE responses SET body = x'00'")
    other.commit()
    other.close()

    again = Cache(path)
    with pytest.raises(BrowserError, match="delete it and have it made anew"):
        again.get(f"{URL}/7")
    again.close()


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match="cannot be used"):
        Cache(tmp_path)


def test_the_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine (x)")
    other.commit()
    other.close()
    before = path.read_bytes()

    with pytest.raises(BrowserError, match="another program"):
        Cache(path)
    assert path.read_bytes() == before


def test_an_index_can_be_a_cache_and_the_other_way_round(tmp_path: Path) -> None:
    index = LocalIndex(tmp_path / "both")
    index.add(Document(URL, "Crabs", "All about crabs."))
    index.shut()
    cache = Cache(tmp_path / "both")

    assert [each.url for each in cache.documents()] == [URL]
    cache.close()


_WRITER = """
import sys
from agentkit.browser.cache import Cache
from agentkit.browser.document import Response
cache = Cache(sys.argv[1])
for number in range(40):
    url = f"https://{sys.argv[2]}.example/{number}"
    cache.put(url, Response(url, 200, "text/html", sys.argv[2].encode() * 1000))
    assert cache.get(url).body == sys.argv[2].encode() * 1000
cache.close()
"""


def test_processes_and_threads_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    processes = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(path), name]) for name in "ab"
    ]
    cache = Cache(path)

    def write(name: str) -> None:
        for number in range(40):
            url = f"https://{name}.example/{number}"
            cache.put(url, response(name.encode(), url))

    threads = [threading.Thread(target=write, args=(name,)) for name in "cd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    for name in "abcd":
        for number in range(40):
            kept = cache.get(f"https://{name}.example/{number}")
            assert kept is not None
            assert kept.body[:1] == name.encode()
    cache.close()
