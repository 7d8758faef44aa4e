"""The bundled weights: small enough, unpacked the same every time, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models import tiny
from agentkit.models.tiny.codes import base_rows, split_word
from agentkit.models.tiny.expand import LEVELS, expand, pack, unpack


def digests(folder: Path) -> dict[str, str]:
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    load_tokenizer()
    monkeypatch.setattr(tiny, "cache_folder", lambda: tmp_path / "models")
    return tmp_path / "models"


def test_the_shipped_weights_are_at_most_four_megabytes() -> None:
    assert tiny.WEIGHTS.stat().st_size <= 4_000_000


def test_first_use_by_two_at_once_leaves_one_whole_folder_and_a_second_use_none(
    cache: Path,
) -> None:
    with ThreadPoolExecutor(2) as pool:
        folders = set(pool.map(lambda _: tiny.checkpoint(), range(2)))
    assert list(cache.iterdir()) == list(folders)
    folder = tiny.checkpoint()
    assert folders == {folder}
    files = {"config.json", "generation_config.json", "model.safetensors"}
    assert {each.name for each in folder.iterdir()} == files


def test_only_folders_that_nobody_asks_for_any_more_are_removed(cache: Path) -> None:
    forgotten, used = cache / "tiny-forgotten", cache / "tiny-used"
    for folder in (forgotten, used):
        folder.mkdir(parents=True)
    os.utime(forgotten, (0, 0))
    folder = tiny.checkpoint()
    assert set(cache.iterdir()) == {folder, used}


def test_unpacking_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    expand(tiny.WEIGHTS, load_tokenizer().table, tmp_path)
    assert digests(tmp_path) == digests(tiny.checkpoint())


def test_generation_is_greedy_and_stops_where_harmony_does() -> None:
    settings = json.loads((tiny.checkpoint() / "generation_config.json").read_text())
    assert settings == {
        "do_sample": False,
        "eos_token_id": [200_002, 199_999, 200_012],
        "pad_token_id": 199_999,
    }


def test_what_is_packed_comes_back_within_a_quantum(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(3, 8, 16)).astype(np.float32)
    vector = random.normal(size=16).astype(np.float32)
    delta = random.normal(size=(4, 16)).astype(np.float32)
    pack(tmp_path / "w.npz", {"a": 1}, {"m": matrix, "v": vector}, np.arange(4), delta)
    configuration, tensors, active, rows = unpack(tmp_path / "w.npz")
    assert configuration == {"a": 1}
    assert active.tolist() == [0, 1, 2, 3]
    quantum = np.abs(matrix).max(-1, keepdims=True) / LEVELS
    assert (np.abs(tensors["m"] - matrix) <= 0.6 * quantum).all()
    assert np.allclose(tensors["v"], vector, rtol=1e-3)
    assert (np.abs(rows - delta) <= 0.6 * np.abs(delta).max(-1, keepdims=True) / LEVELS).all()


def test_words_that_differ_in_prefix_and_case_only_share_a_code() -> None:
    tokens = [b" Paris", b"Paris", b"_paris", b" Rome", b"7", b'("']
    rows = base_rows(tokens)[: len(tokens), :48]
    assert (rows[0] == rows[1]).all()
    assert (rows[0] == rows[2]).all()
    assert (rows[0] != rows[3]).any()


def test_a_word_without_a_spaceless_token_is_spelled_by_two() -> None:
    table = load_tokenizer().table
    ids = {token: index for index, token in enumerate(table)}
    assert b"Zurich" not in ids
    assert split_word(b"Zurich", ids) == (b"Zur", b"ich")
