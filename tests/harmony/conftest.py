"""What all Harmony tests share: the tokenizer and, as their oracle, openai-harmony's encoding."""

from __future__ import annotations

import os
from typing import Any

import openai_harmony
import pytest

from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> HarmonyTokenizer:
    return load_tokenizer()


@pytest.fixture(scope="session")
def library(tokenizer: HarmonyTokenizer) -> Any:
    """openai-harmony's own encoding, over the same vocabulary file."""
    before = os.environ.get("TIKTOKEN_ENCODINGS_BASE")
    os.environ["TIKTOKEN_ENCODINGS_BASE"] = str(tokenizer.path.parent)
    try:
        return openai_harmony.load_harmony_encoding("HarmonyGptOss")
    finally:
        if before is None:
            del os.environ["TIKTOKEN_ENCODINGS_BASE"]
        else:
            os.environ["TIKTOKEN_ENCODINGS_BASE"] = before
