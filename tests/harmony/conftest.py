"""What all Harmony tests share: the tokenizer and, as their oracle, openai-harmony's encoding."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> HarmonyTokenizer:
    return load_tokenizer()


@pytest.fixture(scope="session")
def library(tokenizer: HarmonyTokenizer) -> Any:
    """openai-harmony's own encoding, over the same vocabulary file."""
    return tokenizer.encoding
