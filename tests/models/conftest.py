"""A small random gpt-oss: the real architecture, numbers without meaning."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentkit.models.transformers import TransformersModel

VOCABULARY = 2048
WINDOW = 16
STOP = 7
"""The one id that ends a generation here."""


def save_random_gpt_oss(folder: Path, **changes: Any) -> Path:
    """Write a checkpoint of a random gpt-oss: 4 layers, sliding and full in turn."""
    import torch
    import transformers

    config = transformers.GptOssConfig(
        **{
            "vocab_size": VOCABULARY,
            "hidden_size": 64,
            "intermediate_size": 64,
            "num_hidden_layers": 4,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "head_dim": 16,
            "num_attention_heads": 8,
            "num_key_value_heads": 2,
            "sliding_window": WINDOW,
            "max_position_embeddings": 4096,
            "initializer_range": 0.1,
        }
        | changes
    )
    torch.manual_seed(0)
    transformers.GptOssForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a random gpt-oss with a context of 4,096 tokens."""
    with warnings.catch_warnings():
        # transformers' own, on import and while saving.
        warnings.simplefilter("ignore", DeprecationWarning)
        return save_random_gpt_oss(tmp_path_factory.mktemp("random") / "gpt-oss-random")


@pytest.fixture(scope="session")
def model(checkpoint: Path) -> Iterator[TransformersModel]:
    """A model all tests share; they must use sessions of their own."""
    model = TransformersModel(checkpoint, device_map="cpu")
    yield model
    asyncio.run(model.close())


@pytest.fixture
def own_model(checkpoint: Path) -> Iterator[Callable[..., TransformersModel]]:
    """Makes models for one test, which are closed after it."""
    made: list[TransformersModel] = []

    def make(**arguments: Any) -> TransformersModel:
        made.append(TransformersModel(checkpoint, device_map="cpu", **arguments))
        return made[-1]

    yield make
    for model in made:
        asyncio.run(model.close())
