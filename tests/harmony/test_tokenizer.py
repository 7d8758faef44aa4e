"""Text to ids and back: ordinary text stays ordinary, and no text takes long."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.vocabulary import ORDINARY_TOKENS, SPECIAL_NAMES

TOKENIZER = load_tokenizer()


@settings(deadline=None, max_examples=100)
@given(st.text())
def test_text_comes_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


@pytest.mark.parametrize("name", SPECIAL_NAMES.values())
def test_a_marker_in_text_is_no_special_token(name: str, tokenizer: HarmonyTokenizer) -> None:
    ids = tokenizer.encode(f"a{name}b")
    assert max(ids) < ORDINARY_TOKENS
    assert tokenizer.decode(ids) == f"a{name}b"


@pytest.mark.parametrize(("token", "name"), SPECIAL_NAMES.items())
def test_a_marker_in_a_script_is_one(token: int, name: str, tokenizer: HarmonyTokenizer) -> None:
    assert tokenizer.encode_with_specials(name) == [token]
    assert tokenizer.decode([token]) == name


@pytest.mark.parametrize("token", [-1, 200013, 201088, 10**12])
def test_unknown_ids_have_a_name(token: int, tokenizer: HarmonyTokenizer) -> None:
    assert tokenizer.decode([token]) == f"<|reserved_{token}|>"


def test_lone_surrogates_become_replacement_characters(tokenizer: HarmonyTokenizer) -> None:
    assert tokenizer.decode(tokenizer.encode("a\ud800b\udc00")) == "a\ufffdb\ufffd"
    assert tokenizer.decode(tokenizer.encode("\ud83d\ude00")) == "😀"


@pytest.mark.parametrize(
    "text", [" " * 100_000, "a" * 100_000, "的" * 20_000, "\n " * 50_000, "=" * 100_000]
)
def test_no_text_takes_long_to_encode(text: str, tokenizer: HarmonyTokenizer) -> None:
    """Byte-pair merging is quadratic in a run's length: 200,000 spaces once took 20 seconds."""
    began = time.process_time()
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert time.process_time() - began < 4


def test_long_texts_are_encoded_as_openai_harmony_does(
    tokenizer: HarmonyTokenizer, library: Any
) -> None:
    text = "The quick brown fox, 1234567 times.\n\n\tover und über 的 " * 200 + "x" * 1999
    assert tokenizer.encode(text) == library.encode(text, disallowed_special=())
