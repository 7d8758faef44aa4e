"""`agentkit index`: documents made searchable from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentkit.browser.search import find_provider
from agentkit.browser.search.local import LocalIndex
from tests.cli.conftest import Agentkit
from tests.cli.support import Terminal


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    root = tmp_path / "my town"
    root.mkdir()
    (root / "tides.html").write_text("<title>Tides</title><p>High water comes at nine.</p>")
    (root / "crabs.md").write_text("# Crabs\n\nThey hide under the seaweed.")
    for number in range(3):
        (root / f"photo{number}.png").write_bytes(b"\x89PNG")
    (root / "em\x1b[31mpty.txt").write_text("")
    return root


def titles(index: object, query: str) -> list[str]:
    assert isinstance(index, LocalIndex)
    try:
        return [result.title for result in index.find(query, 5)]
    finally:
        index.shut()


def test_a_folder_is_indexed_into_a_file(agentkit: Agentkit, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "town.idx"
    done = agentkit("index", str(folder), "--out", str(out))

    assert done.status == 0, done.err
    first, problems, *rest = done.out.splitlines()
    assert first.startswith("2 read in ")
    assert problems == "Not read, or not whole: 4"
    assert "  3 files: .png: not a kind that is indexed" in rest
    assert any(line.endswith("empty.txt: it holds no text") for line in rest)
    assert rest[-2].startswith("2 documents, ")
    assert rest[-1] == f'Use it: agentkit run --tools browser:{out} "..."'
    assert done.err == ""
    assert "\x1b" not in done.out
    assert titles(find_provider(out), "when is high water?") == ["Tides"]

    again = agentkit("index", str(folder), "--out", str(out))
    assert again.out.startswith("0 read, 6 unchanged in ")


def test_without_out_the_folder_itself_is_named(agentkit: Agentkit, folder: Path) -> None:
    done = agentkit("index", str(folder))

    assert done.status == 0
    assert done.out.splitlines()[-1] == f"Use it: agentkit run --tools 'browser:{folder}' \"...\""
    assert titles(find_provider(folder), "seaweed") == ["Crabs"]
    assert sorted(path.suffix for path in folder.iterdir()) == sorted(
        [".html", ".md", ".png", ".png", ".png", ".txt"]
    )


def test_an_index_within_its_folder_does_not_index_itself(agentkit: Agentkit, folder: Path) -> None:
    out = folder / "town.md"
    for expected in ("2 read", "0 read"):
        done = agentkit("index", str(folder), "--out", str(out))
        assert done.out.startswith(expected)
        assert "2 documents, " in done.out


def test_a_json_lines_file_tells_its_bad_lines(agentkit: Agentkit, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    good = {"url": "https://a.example/", "title": "Crab", "text": "All about crabs."}
    corpus.write_text(json.dumps(good) + "\n{\n")
    done = agentkit("index", str(corpus), "--out", str(tmp_path / "c.idx"))

    assert done.status == 0
    assert f"  {corpus}: line 2: not JSON" in done.out.splitlines()


@pytest.mark.parametrize("name", ["missing", "table.csv"])
def test_what_is_no_source_is_told(agentkit: Agentkit, tmp_path: Path, name: str) -> None:
    (tmp_path / "table.csv").write_text("a,b")
    out = tmp_path / "x.idx"
    done = agentkit("index", str(tmp_path / name), "--out", str(out))

    assert done.status == 2
    assert name in done.err
    assert not out.exists()


@pytest.mark.parametrize("source", ["", "x" * 5_000, "~no.one/x"])
def test_a_path_that_cannot_be_is_told(agentkit: Agentkit, source: str) -> None:
    done = agentkit("index", source)

    assert done.status == 2
    assert "is neither a folder nor a .jsonl file" in done.err


def test_a_file_that_is_no_index_is_not_written_over(
    agentkit: Agentkit, folder: Path, tmp_path: Path
) -> None:
    precious = tmp_path / "thesis.txt"
    precious.write_text("Years of work. " * 100)
    done = agentkit("index", str(folder), "--out", str(precious))

    assert done.status == 1
    assert "cannot be used as an index" in done.err
    assert precious.read_text().startswith("Years of work.")


def test_ctrl_c_leaves_an_index_that_can_be_used(tmp_path: Path) -> None:
    corpus, out = tmp_path / "corpus.jsonl", tmp_path / "c.idx"
    with corpus.open("w") as file:
        for number in range(200_000):
            text = f"crab {number} " + "sand " * 40
            file.write(json.dumps({"url": f"https://a.example/{number}", "text": text}) + "\n")

    with Terminal("index", str(corpus), "--out", str(out), state=tmp_path) as terminal:
        terminal.expect(" 1%")
        terminal.press("\x03")
        terminal.expect("goes on from here")
        assert terminal.wait() == 130
    index = LocalIndex(out)
    assert 0 < len(index) < 200_000
    assert len(index.find("crab", 5)) == 5
    index.shut()
