"""`sampling` agrees with transformers' own logits processors, and draws what it should."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from agentkit.errors import UserError
from agentkit.models.base import Sampling
from agentkit.models.sampling import SHORTLIST, Sampler, candidates

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *itertools.product(("temperature", "top_p", "min_p"), (math.nan, -0.1, math.inf)),
        ("top_k", -1),
    ],
)
def test_numbers_out_of_their_range_are_refused(name: str, number: float) -> None:
    with pytest.raises(UserError, match=rf"^{name} is {number}; it must be a "):
        Sampling(**{name: number})  # type: ignore[arg-type]


def reference(logits: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """The distribution transformers would draw from, [vocabulary]."""
    scores = logits.unsqueeze(0)
    warpers = [TemperatureLogitsWarper(sampling.temperature)]
    if sampling.top_k:
        warpers.append(TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        warpers.append(TopPLogitsWarper(max(sampling.top_p, 1e-9)))
    if sampling.min_p:
        warpers.append(MinPLogitsWarper(sampling.min_p))
    for warper in warpers:
        scores = warper(torch.zeros(1, 1, dtype=torch.long), scores)
    return scores.softmax(-1)[0]


def distribution(logits: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """The distribution of `candidates`, [vocabulary]."""
    weights, ids = candidates(logits, sampling)
    whole = torch.zeros_like(logits)
    whole[torch.arange(logits.numel()) if ids is None else ids] = weights
    return whole / whole.sum()


@pytest.mark.parametrize("spread", [0.01, 1.0, 6.0], ids=["flat", "normal", "peaked"])
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(temperature=0.3),
        Sampling(temperature=1.7, top_k=40),
        Sampling(top_k=10**6),
        Sampling(top_p=0.9),
        Sampling(top_p=0.0),
        Sampling(top_p=0.999),
        Sampling(min_p=0.1),
        Sampling(temperature=0.8, top_k=100, top_p=0.7),
        Sampling(temperature=1.2, top_k=100, top_p=0.95, min_p=0.05),
        Sampling(top_p=0.8, min_p=0.3),
    ],
    ids=str,
)
def test_cuts_agree_with_transformers(sampling: Sampling, spread: float) -> None:
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(4 * SHORTLIST, generator=generator) * spread
    expected, ours = reference(logits, sampling), distribution(logits, sampling)
    # Where the cumulated probability meets top_p, rounding may keep one id more or less.
    differ = (expected > 0) != (ours > 0)
    assert int(differ.sum()) <= (1 if sampling.top_p < 1 else 0)
    assert torch.allclose(expected, ours, atol=2e-3 if differ.any() else 1e-6)


def test_greedy_takes_the_most_probable_id() -> None:
    logits = torch.tensor([0.0, 3.0, 1.0])
    token, logprob = Sampler(Sampling(temperature=0.0, logprobs=True), CPU).draw(logits)
    assert token == 1
    assert logprob == pytest.approx(float(logits.log_softmax(-1)[1]))


def test_a_tiny_temperature_is_greedy_and_finite() -> None:
    sampler = Sampler(Sampling(temperature=1e-6, top_p=0.9), CPU)
    assert {sampler.draw(torch.tensor([50.0, 51.0, -50.0]))[0] for _ in range(20)} == {1}


def test_draws_follow_the_probabilities_and_logprobs_are_the_models_own() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    sampler = Sampler(Sampling(seed=1, logprobs=True, top_k=3), CPU)
    drawn = [sampler.draw(logits) for _ in range(1500)]
    for token, share in enumerate([0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0.0]):
        found = sum(1 for one, _ in drawn if one == token) / len(drawn)
        assert found == pytest.approx(share, abs=0.05)
    assert all(logprob == pytest.approx(float(logits[one]), abs=1e-5) for one, logprob in drawn)


def test_a_seed_repeats_and_none_does_not() -> None:
    logits = torch.zeros(10_000, dtype=torch.bfloat16)

    def draw(seed: int | None) -> list[int]:
        sampler = Sampler(Sampling(seed=seed), CPU)
        return [sampler.draw(logits)[0] for _ in range(5)]

    assert draw(5) == draw(5)
    assert draw(5) != draw(6)
    assert draw(None) != draw(None)
