"""Decoding in pieces that are replayed over fixed buffers gives what the model gives."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import transformers

from agentkit.errors import ModelLoadError, UserError
from agentkit.models.engine import Engine
from agentkit.models.graphs import DecodeGraphs, Piece
from agentkit.models.kv_cache import KVCache
from agentkit.models.ragged import Segment, forward, install
from agentkit.models.transformers import TransformersModel
from tests.models.conftest import VOCABULARY, WINDOW


def over_fixed_tensors(piece: Piece) -> Piece:
    """As a CUDA graph: each replay fills the tensors of the recording anew."""
    recorded = tuple(each.clone() for each in piece())

    def replay() -> tuple[torch.Tensor, ...]:
        for mine, found in zip(recorded, piece(), strict=True):
            mine.copy_(found)
        return recorded

    return replay


def unwilling(piece: Piece) -> Piece:
    raise RuntimeError("operation not permitted when stream is capturing")


@pytest.fixture(scope="module")
def weights(checkpoint: Path) -> Iterator[transformers.GptOssForCausalLM]:
    model = transformers.GptOssForCausalLM.from_pretrained(checkpoint).eval()
    install(model)
    with torch.inference_mode():
        yield model


def caches(weights: transformers.GptOssForCausalLM, lengths: list[int]) -> list[KVCache]:
    windows = [
        WINDOW if kind == "sliding_attention" else None for kind in weights.config.layer_types
    ]
    chance = random.Random(0)
    made = [KVCache(windows) for _ in lengths]
    for cache, length in zip(made, lengths, strict=True):
        forward(weights, [Segment(cache, chance.choices(range(VOCABULARY), k=length))])
    return made


def test_pieces_give_the_logits_of_the_model(weights: transformers.GptOssForCausalLM) -> None:
    lengths = [1, WINDOW, 3 * WINDOW, 5, 70]
    graphs = DecodeGraphs(weights, 8, over_fixed_tensors)
    ours, theirs = caches(weights, lengths), caches(weights, lengths)
    for step, count in enumerate((1, 3, 5, 2, 5, 1, 4)):
        ids = [[(7 * step + place) % VOCABULARY] for place in range(count)]
        mine = [Segment(*each) for each in zip(ours, ids, strict=False)]
        expected = forward(weights, [Segment(*each) for each in zip(theirs, ids, strict=False)])
        assert graphs.takes(mine)
        graphs.prepare(count)
        torch.testing.assert_close(graphs.forward(mine), expected, rtol=1e-4, atol=1e-5)
    assert [cache.ids for cache in ours] == [cache.ids for cache in theirs]


def test_only_steps_of_one_id_each_and_few_calls_are_taken(
    weights: transformers.GptOssForCausalLM,
) -> None:
    graphs = DecodeGraphs(weights, 2, over_fixed_tensors)
    first, second, third = caches(weights, [3, 3, 3])
    assert graphs.takes([Segment(first, [1]), Segment(second, [1])])
    assert not graphs.takes([Segment(first, [1, 2])])
    assert not graphs.takes([Segment(each, [1]) for each in (first, second, third)])


def test_a_model_that_cannot_be_recorded_decodes_as_ever(
    weights: transformers.GptOssForCausalLM, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine(weights, [None] * 4, graphs=DecodeGraphs(weights, 8, unwilling))
    (ours,), (theirs,) = caches(weights, [20]), caches(weights, [20])
    with caplog.at_level(logging.WARNING, "agentkit"):
        for token in (5, 6):
            (found,) = engine.compute([Segment(ours, [token])])
            assert isinstance(found, torch.Tensor)
            torch.testing.assert_close(found, forward(weights, [Segment(theirs, [token])])[0])
    (record,) = caplog.records
    assert "without CUDA graphs: operation not permitted" in record.getMessage()


async def test_without_a_gpu_they_are_refused(checkpoint: Path) -> None:
    model = TransformersModel(checkpoint, device_map="cpu", cuda_graphs=True)
    with pytest.raises(ModelLoadError, match="needs the whole model on one CUDA GPU; it is on cpu"):
        await model.load()
    await model.close()
    with pytest.raises(UserError, match="one process"):
        TransformersModel(checkpoint, processes=2, cuda_graphs=True)
