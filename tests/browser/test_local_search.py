"""The local index: what is found, what is opened, and how it keeps in line with files."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit.browser import database
from agentkit.browser.document import BrowserError, Document, Refused
from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.parts import Parts
from agentkit.browser.search import find_provider, indexing
from agentkit.browser.search.indexing import update
from agentkit.browser.search.local import LocalIndex, _write
from agentkit.browser.settings import Settings
from agentkit.browser.tool import BrowserTool
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, ToolOutput

PAGES = {
    "index.html": "<title>Town</title><h1>Town</h1><a href='guide/tides.html#noon'>Tides</a>"
    "<a href='/guide/'>Guide</a> <a href='https://example.org/x'>Elsewhere</a>",
    "guide/index.html": "<title>Guide</title><p>All about the harbour.</p>",
    "guide/tides.html": "<title>Tides</title><h1>Tides</h1><p>High water comes at nine."
    "</p><a href='../index.html'>Back</a>",
    "notes/röck pools.md": "# Rock pools\n\nCrabs hide under the seaweed.",
    "plain.txt": "A lighthouse keeper wrote this.",
    "data.json": '{"ferry": {"departs": "seven"}}',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "town"
    for name, text in PAGES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def page(name: str, text: str, title: str = "") -> Document:
    return Document(f"https://a.example/{name}", title or name, text)


def found(index: LocalIndex, query: str, count: int = 20) -> list[str]:
    return [result.url.rpartition("/")[2] for result in index.find(query, count)]


# Finding


def test_a_title_counts_more_than_the_text() -> None:
    index = LocalIndex()
    index.add(page("b", "A wall of the harbour, to the west of the harbour light.", "Walls"))
    index.add(page("a", "It lies in the north of the town by the old wall.", "The harbour"))

    assert found(index, "harbour") == ["a", "b"]


def test_stems_and_accents_do_not_matter() -> None:
    index = LocalIndex()
    index.add(page("a", "The ferries to the Île leave from the jetties."))

    assert found(index, "ferry ile jetty leaving") == ["a"]


def test_stop_words_neither_find_nor_hide() -> None:
    index = LocalIndex()
    index.add(page("a", "High water: nine."))
    index.add(page("b", "What is the time of this and that?"))

    assert found(index, "where is the high water?") == ["a"]
    assert found(index, "what is that") == ["b"]


def test_what_has_all_words_comes_first_and_the_rest_fills_up() -> None:
    index = LocalIndex()
    index.add(page("one", "crab " * 20))
    index.add(page("both", "One crab was seen far out, long after noon, below a lighthouse."))
    index.add(page("none", "Nothing of the kind."))

    assert found(index, "crab lighthouse") == ["both", "one"]
    assert found(index, "crab lighthouse", 1) == ["both"]


def test_among_many_documents_with_a_common_word_the_rare_one_decides() -> None:
    index = LocalIndex()
    for number in range(1_100):
        index.add(page(str(number), "harbour " + ("crab" if number == 77 else "wall")))

    results = found(index, "harbour crab lighthouse", 2)
    assert results[0] == "77"


def test_a_snippet_shows_the_place_without_links_in_it() -> None:
    index = LocalIndex()
    index.add(page("a", "word " * 500 + "the 【3†red crab†b.example】 walks" + " word" * 500))

    [result] = index.find("crab", 5)
    assert "the red crab walks" in result.snippet
    assert "【" not in result.snippet
    assert len(result.snippet) < 400


@pytest.mark.parametrize(
    "query",
    ["", "  ", '"', '""', "'; DROP TABLE words; --", "AND x", "NOT", "(", "NEAR(a b)", "title:crab",
     "crab*", "^crab", "-crab", "crab\0x", "\ud800", "🦀", "سرطان", "北京", "a" * 10_000,
     "crab " * 5_000, "{crab}", "x:y:z", "%", "_", "\\", "crab OR 1=1"],
)  # fmt: skip
def test_any_text_is_a_safe_query(query: str) -> None:
    index = LocalIndex()
    index.add(page("a", "A crab."))

    assert found(index, query) in ([], ["a"])
    assert ("a" in found(index, query)) == ("crab" in query)


@given(st.text())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_can_be_kept_asked_and_opened(text: str) -> None:
    index = LocalIndex()
    url = "https://a.example/x"
    index.add(Document(url, text, f"crab {text}", (text,), source=text))

    assert [each.url for each in index.find("crab", 3)] == [url]
    index.find(text, 3)
    document = index.document(url)
    assert document is not None
    assert (document.title, document.text, document.source) == (text, f"crab {text}", text)
    index.shut()


def test_a_document_opened_again_replaces_the_old_one() -> None:
    index = LocalIndex()
    index.add(page("a", "old crab"))
    index.add(page("a#part", "new lobster"))

    assert len(index) == 1
    assert found(index, "crab") == []
    assert found(index, "lobster") == ["a"]
    index.remove("https://A.example/a")
    assert len(index) == 0
    assert found(index, "lobster") == []


def test_pages_made_here_and_empty_ones_are_not_kept() -> None:
    index = LocalIndex()
    index.add(Document("", "results", "# Search Results"))
    index.add(page("a", " \n"))

    assert len(index) == 0


# Opening


def test_links_among_the_files_of_a_folder_lead_to_documents(folder: Path) -> None:
    index = LocalIndex()
    update(index, folder)

    town = index.document((folder / "index.html").as_uri())
    assert town is not None
    targets = [index.document(url) for url in town.links]
    assert [target and target.title for target in targets] == ["Tides", "Guide", None]
    assert town.links[2] == "https://example.org/x"
    tides = targets[0]
    assert tides is not None
    assert [index.document(url) for url in tides.links] == [town]


def test_a_result_has_the_address_of_the_file(folder: Path) -> None:
    index = LocalIndex()
    update(index, folder)

    [result] = index.find("crabs seaweed", 1)
    assert result.url == (folder / "notes" / "röck pools.md").as_uri()
    assert index.document(result.url) == index.document(f"file://{folder}/notes/röck pools.md")
    titles = {document.title for document in index}
    assert {"Town", "Guide", "Tides", "plain.txt", "data.json"} <= titles
    assert not any("local.invalid" in document.url + document.text for document in index)


def test_only_what_was_indexed_can_be_opened(folder: Path) -> None:
    index = LocalIndex()
    update(index, folder)
    secret = folder.parent / "secret.txt"
    secret.write_text("secret")

    for url in (
        secret.as_uri(),
        "file:///etc/hostname",
        f"{folder.as_uri()}/../secret.txt",
        "",
        "x",
    ):
        assert index.document(url) is None


# Keeping in line


def test_only_what_changed_is_read_again(folder: Path, tmp_path: Path) -> None:
    index = LocalIndex(tmp_path / "index.sqlite")
    first = update(index, folder)
    assert (first.added, first.unchanged, first.removed, first.problems) == (6, 0, 0, {})

    (folder / "plain.txt").write_text("A smuggler wrote this instead.")
    (folder / "data.json").unlink()
    (folder / "new.txt").write_text("A new lobster.")
    second = update(index, folder)
    assert (second.added, second.unchanged, second.removed) == (2, 4, 1)
    assert found(index, "lighthouse keeper ferry") == []
    assert found(index, "smuggler") == ["plain.txt"]
    assert found(index, "lobster") == ["new.txt"]
    index.shut()


def test_what_cannot_be_read_is_told_each_time(folder: Path) -> None:
    (folder / "photo.png").write_bytes(b"\x89PNG")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (folder / "empty.txt").write_text("")
    (folder / ".hidden.txt").write_text("hidden crab")
    (folder / "link.txt").symlink_to("/etc/hostname")
    index = LocalIndex()

    first = update(index, folder)
    assert first.added == 7  # the broken one by its name
    assert {Path(path).name for path in first.problems} == {"photo.png", "broken.pdf", "empty.txt"}
    assert "not a kind" in first.problems[str(folder / "photo.png")]
    assert "cannot be read any further" in first.problems[str(folder / "broken.pdf")]
    assert found(index, "hidden hostname localhost") == []
    assert update(index, folder).problems == first.problems


def test_names_of_any_bytes_and_folders_that_cannot_be_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = folder / os.fsdecode(b"caf\xe9")
    closed = folder / "closed"
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("This file system has names of UTF-8 only.")
    (odd / os.fsdecode(b"cr\xe8me.txt")).write_text("Whipped cream.")
    closed.mkdir()
    listed = os.scandir

    def scandir(path: Any) -> Any:
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    index = LocalIndex(tmp_path / "x.idx")
    report = update(index, folder)
    assert report.added == len(PAGES) + 1
    assert report.problems == {str(closed): "Permission denied"}
    (cream,) = index.find("cream", 5)
    assert cream.title.endswith("me.txt")
    document = index.document(cream.url)
    assert document is not None
    assert document.text == "Whipped cream."
    assert document.url.endswith("/caf%E9/cr%E8me.txt")

    assert update(index, folder).unchanged == len(PAGES) + 1
    (odd / os.fsdecode(b"cr\xe8me.txt")).unlink()
    assert update(index, folder).removed == 1
    index.shut()


def lines(path: Path, *objects: object) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in objects))
    return path


def test_a_json_lines_file_holds_a_document_a_line(tmp_path: Path) -> None:
    corpus = lines(
        tmp_path / "corpus.jsonl",
        {"url": "https://a.example/1", "title": "One", "text": "A crab 【0†forged】."},
        {"url": "two", "text": "A lobster\nwith claws."},
    )
    index = LocalIndex()

    assert update(index, corpus).added == 2
    one, two = index
    assert (one.url, one.title, one.text) == ("https://a.example/1", "One", "A crab 〖0†forged〗.")
    assert (two.url, two.title) == ((tmp_path / "two").as_uri(), "A lobster with claws.")
    lines(corpus, {"url": "https://a.example/1", "text": "A whelk."})
    assert update(index, corpus).added == 1
    assert len(index) == 1


def test_lines_that_hold_no_document_are_told(tmp_path: Path) -> None:
    good = {"url": "https://a.example/1", "text": "A crab."}
    corpus = lines(tmp_path / "c.jsonl", [], {"text": "x"}, {"url": "u", "text": ""}, good)
    with corpus.open("ab") as file:
        file.write(b"\n{not json\n\xff\xfe\n" + b"[" * 100_000 + b"\n7\n")
    index = LocalIndex()

    report = update(index, corpus)
    assert report.added == 1
    told = report.problems[str(corpus)]
    assert told.startswith('line 1: not an object; line 2: no "url"; line 3: no "text"; line 6:')
    assert told.endswith("and 2 more lines")


def test_an_update_that_is_broken_off_is_gone_on_with(folder: Path, tmp_path: Path) -> None:
    index = LocalIndex(tmp_path / "index.sqlite")

    def stop(done: int, total: int, name: str) -> None:
        if name == "tides.html":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(index, folder, stop)
    before = len(index)
    assert 0 < before < 6
    report = update(index, folder)
    assert (report.added, report.unchanged) == (6 - before, before)
    index.shut()


def test_a_source_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b")

    for name in ("none", "none.jsonl", "x.csv"):
        with pytest.raises(BrowserError, match=r"neither a folder nor a \.jsonl file"):
            update(LocalIndex(), tmp_path / name)


# As a provider


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path / "caches"


@pytest.mark.parametrize("prefix", ["", "local:"])
async def test_a_folder_is_indexed_when_it_is_first_searched(
    folder: Path, caches: Path, prefix: str
) -> None:
    provider = find_provider(f"{prefix}{folder}")
    assert isinstance(provider, LocalIndex)
    assert [each.title for each in await provider.search("high water", 3)] == ["Tides"]
    await provider.close()

    (folder / "new.txt").write_text("A lobster.")
    again = find_provider(folder)
    assert isinstance(again, LocalIndex)
    assert found(again, "lobster") == ["new.txt"]
    await again.close()
    assert again.path == provider.path
    assert again.path is not None
    assert again.path.is_relative_to(caches)


async def test_a_damaged_index_of_a_folder_is_made_anew(folder: Path, caches: Path) -> None:
    provider = find_provider(folder)
    assert isinstance(provider, LocalIndex)
    assert provider.path is not None
    await provider.close()
    provider.path.write_bytes(b"nonsense" * 1000)

    again = find_provider(folder)
    assert isinstance(again, LocalIndex)
    assert found(again, "seaweed") == ["r%C3%B6ck%20pools.md"]
    await again.close()


async def test_an_index_that_another_process_writes_is_not_made_anew(
    folder: Path, caches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = find_provider(folder)
    assert isinstance(first, LocalIndex)
    assert first.path is not None
    before = first.path.stat().st_ino
    monkeypatch.setattr(database, "_WAIT", 0.05)
    with first._writing() as held:
        held.execute("PRAGMA cache_size = 1")
        for number in range(200):
            _write(held, page(str(number), f"{number} " * 2_000), None)
        with pytest.raises(BrowserError, match="is locked"):
            find_provider(folder)
    assert first.path.stat().st_ino == before
    await first.close()


def test_a_cache_that_cannot_be_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    with pytest.raises(BrowserError, match=r"Not a directory\.$"):
        find_provider(folder)


async def test_an_index_is_searched_wherever_it_lies(folder: Path, tmp_path: Path) -> None:
    index = LocalIndex(tmp_path / "town.idx")
    update(index, folder)
    await index.close()

    provider = find_provider(tmp_path / "town.idx")
    assert isinstance(provider, LocalIndex)
    assert found(provider, "seaweed") == ["r%C3%B6ck%20pools.md"]
    assert provider.path == tmp_path / "town.idx"
    await provider.close()


def foreign(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine (x)")
    other.commit()
    other.close()


def text_file(path: Path) -> None:
    path.write_text("This is not a database. " * 100)


def newer(path: Path) -> None:
    LocalIndex(path).shut()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.commit()
    other.close()


@pytest.mark.parametrize(
    ("make", "said"),
    [(foreign, "another program"), (text_file, "not a database"), (newer, "another version")],
)
def test_a_file_that_is_no_index_is_told_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    path = tmp_path / "x.idx"
    make(path)
    before = path.read_bytes()

    with pytest.raises(BrowserError, match=said):
        find_provider(path)
    assert path.read_bytes() == before


def test_an_index_that_breaks_later_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.idx"
    index = LocalIndex(path)
    for number in range(500):
        index.add(page(str(number), f"crab {number} " + os.urandom(100).hex()))
    index.shut()
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)

    broken = LocalIndex(path)
    with pytest.raises(BrowserError, match=r"x\.idx cannot be used as an index.*delete it"):
        broken.find("crab", 5)
    broken.shut()


async def test_a_browser_reads_a_folder_without_a_network(folder: Path, caches: Path) -> None:
    tool = BrowserTool(search=folder, render="never", policy=AddressPolicy(ports=frozenset()))

    async def shown(name: str, **arguments: object) -> str:
        call = ToolCall("1", f"browser.{name}", "", name=f"browser.{name}", arguments=arguments)
        outputs = [each async for each in tool.call(call, RunContext(None, call))]
        assert isinstance(outputs[-1], ToolOutput)
        return outputs[-1].text

    assert "【0†Tides†tides.html】 Tides High water comes" in await shown("search", query="water")
    tides = await shown("open", id=0)
    assert tides.startswith(f"[1] Tides ({(folder / 'guide/tides.html').as_uri()})\n")
    assert "【0†Back】" in tides
    assert (await shown("open", id=0)).startswith("[2] Town (file://")
    assert (await shown("open", id=f"file://{folder}/notes/röck pools.md")).startswith("[3] Rock")
    for url in ("file:///etc/hostname", "https://example.org/"):
        with pytest.raises(Refused):
            await shown("open", id=url)
    await tool.close()


# Shared use


async def test_threads_may_search_while_one_adds() -> None:
    index = LocalIndex()
    index.add(page("first", "A crab."))
    failed: list[BaseException] = []

    def add() -> None:
        try:
            for number in range(100):
                index.add(page(str(number), "A crab in the net."))
        except BaseException as error:
            failed.append(error)

    writer = threading.Thread(target=add)
    writer.start()
    for found_now in await asyncio.gather(*(index.search("crab", 5) for _ in range(100))):
        assert found_now
    writer.join()
    assert not failed
    assert len(index) == 101


_READER = """
import sys
from agentkit.browser.search.local import LocalIndex
from agentkit.browser.tool import BrowserTool
from agentkit.messages import ToolCall
from agentkit.tools.base import RunContext, ToolOutput
index = LocalIndex(sys.argv[1])
print("ready", flush=True)
counts = [len(index.find("crab", 500)) for _ in range(50)]
assert counts == sorted(counts) and counts[0] >= 1, counts
print(index.find("crab", 500) and "fine")
"""


def test_a_file_that_takes_too_long_costs_its_time_and_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_MOST_SECONDS", 2.0)
    (folder / "bomb.json").write_text("[" * 400 + "[1]," * 2_000_000 + "0" + "]" * 400)
    index = LocalIndex()

    report = update(index, folder)

    (problem,) = report.problems.items()
    assert problem[0].endswith("/bomb.json")
    assert problem[1].startswith("it takes more than 2 seconds to convert")
    assert report.added == len(index) == len(PAGES)
    assert update(index, folder).unchanged == len(PAGES) + 1


def test_files_are_not_blamed_where_no_worker_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = LocalIndex()
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "/bin/false")
        with pytest.raises(BrowserError, match="did not start"):
            update(index, folder)

    assert update(index, folder).added == len(PAGES)


async def test_an_update_ends_when_the_index_is_closed(
    folder: Path, caches: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    read: list[Path] = []

    def slowly(document: Document, path: Path, *_: object) -> Document:
        read.append(path)
        begun.set()
        go_on.wait(10)
        return page(path.name, "A crab.")

    monkeypatch.setattr(indexing, "_placed", slowly)
    monkeypatch.setattr(indexing, "_BATCH_DOCUMENTS", 1)
    index = find_provider(folder)
    assert isinstance(index, LocalIndex)
    search = asyncio.create_task(index.search("crab", 5))
    assert await asyncio.to_thread(begun.wait, 60)
    closing = asyncio.create_task(index.close())
    for _ in range(1_000):  # the event loop is not held up
        await asyncio.sleep(0.01)
        if index._closed:
            break
    assert not closing.done()
    go_on.set()
    await closing
    with pytest.raises(BrowserError, match="was closed"):
        await search
    assert len(read) == 1


async def test_pages_opened_at_once_go_into_one_index(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[LocalIndex] = []
    make = LocalIndex.__init__

    def slowly(self: LocalIndex, *arguments: Any) -> None:
        made.append(self)
        time.sleep(0.1)
        make(self, *arguments)

    monkeypatch.setattr(LocalIndex, "__init__", slowly)
    parts = Parts(Settings("local", "never", AddressPolicy.public(), None, False, 4))
    await asyncio.gather(
        *(asyncio.to_thread(parts._at_hand, "https://a.example/") for _ in range(4))
    )
    await parts.close()
    assert len(made) == 1


def test_processes_may_write_the_same_page_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.idx"
    index, other = LocalIndex(path), LocalIndex(path)
    waiting = threading.Event()
    failed: list[BaseException] = []

    def add() -> None:
        waiting.set()
        try:
            other.add(page("a", "A crab, as the other saw it."))
        except BrowserError as error:
            failed.append(error)

    writer = threading.Thread(target=add)
    with index._writing() as database:
        writer.start()
        waiting.wait()
        time.sleep(0.2)  # the other has begun and waits for the file
        _write(database, page("a", "A crab."), None)
    writer.join()
    assert not failed
    assert len(index) == 1
    index.shut()
    other.shut()


def test_another_process_may_read_while_one_writes(tmp_path: Path) -> None:
    path = tmp_path / "x.idx"
    index = LocalIndex(path)
    index.add(page("first", "A crab."))
    with subprocess.Popen(
        [sys.executable, "-c", _READER, str(path)], stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        for number in range(50):
            index.add(page(str(number), "A crab in the net."))
        assert reader.stdout.read() == "fine\n"  # `communicate` would lose what `readline` read
    assert reader.returncode == 0
    index.shut()
