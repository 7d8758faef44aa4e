"""The trainer's network is transformers' gpt-oss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GptOssForCausalLM

from agentkit.models.tiny import WEIGHTS
from agentkit.models.tiny.codes import VOCABULARY_SIZE, Layout
from examples.tiny_model import circuits
from examples.tiny_model.export import mean, ship, state_dict, unship
from examples.tiny_model.network import (
    KEY_HEADS,
    Attention,
    Batch,
    Network,
    configuration,
    product,
)

TOLERANCE = 1e-4
SHAPES = ((30, 40), (40, 50), (50,))
"""Of states, weight and bias."""


def random_network(table: torch.Tensor) -> Network:
    network = Network(table, torch.arange(50, 150))
    circuits.install(network)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return network


def random_batch() -> Batch:
    """Longer than the sliding window, in prefix and suffix."""
    prefix, suffix = torch.randint(0, 2000, (140,)), torch.randint(0, 2000, (3, 150))
    rows = torch.tensor([0, 1, 40, 149, 150, 200, 310, 449])
    return Batch(prefix, suffix, rows, torch.randint(0, 2000, (len(rows),)))


def test_logits_equal_those_of_transformers() -> None:
    torch.manual_seed(0)
    table = torch.randn(VOCABULARY_SIZE, Layout.WIDTH) * 0.2
    network, batch = random_network(table), random_batch()
    with torch.device("meta"):
        reference = GptOssForCausalLM(configuration())
    reference.load_state_dict(state_dict(network), assign=True)
    reference.model.rotary_emb = type(reference.model.rotary_emb)(configuration())
    whole = torch.cat([batch.prefix.expand(3, -1), batch.suffix], 1)
    some = torch.arange(0, 2000)
    with torch.no_grad():
        expected = reference.model(whole).last_hidden_state[:, len(batch.prefix) :]
        expected = expected.reshape(-1, Layout.WIDTH)[batch.rows] @ reference.lm_head.weight[some].T
        logits = network.hidden(batch) @ network.embed(some).T
    assert (logits - expected).abs().max() < TOLERANCE


def test_gradients_equal_those_of_plain_attention() -> None:
    torch.manual_seed(1)
    query, key, value = (
        torch.randn(KEY_HEADS, 4, 64, dtype=torch.double, requires_grad=True) for _ in range(3)
    )
    sink = torch.randn(KEY_HEADS, 4, 1, dtype=torch.double, requires_grad=True)
    mask = torch.full((1, 2, 4), -torch.inf, dtype=torch.double).triu(3)

    def attend(*inputs: torch.Tensor) -> Any:
        q, k, v, s = inputs
        return Attention.apply(q, k, v, mask, s)  # type: ignore[no-untyped-call]

    assert torch.autograd.gradcheck(attend, (query, key, value, sink))


def test_gradients_of_a_product_equal_those_of_a_plain_one_but_for_rounding() -> None:
    torch.manual_seed(2)
    exact = [torch.randn(*shape, dtype=torch.double, requires_grad=True) for shape in SHAPES]
    assert torch.autograd.gradcheck(product, exact)

    single = [each.detach().float().requires_grad_() for each in exact]
    for inputs in (exact, single):
        torch.autograd.backward(product(*inputs).square().sum())
    assert torch.equal(product(*single), torch.addmm(single[2], single[0], single[1]))
    for rough, fine in zip(single, exact, strict=True):
        assert rough.grad is not None
        assert fine.grad is not None
        assert (rough.grad - fine.grad).norm() < 0.01 * fine.grad.norm()


def test_the_mean_of_networks_has_the_mean_of_each_weight() -> None:
    table = torch.zeros(VOCABULARY_SIZE, Layout.WIDTH)
    networks = [random_network(table) for _ in range(3)]
    name = "layers.3.gate_up"
    wanted = torch.stack([each.get_parameter(name).detach() for each in networks]).mean(0)
    assert torch.allclose(mean(networks).get_parameter(name), wanted)


def test_networks_of_different_active_tokens_have_no_mean() -> None:
    table = torch.zeros(VOCABULARY_SIZE, Layout.WIDTH)
    with pytest.raises(ValueError, match="different active tokens"):
        mean([Network(table, torch.arange(1, 9)), Network(table, torch.arange(2, 10))])


def test_shipped_weights_become_the_network_that_ships_them(tmp_path: Path) -> None:
    table = torch.zeros(VOCABULARY_SIZE, Layout.WIDTH)
    ship(unship(WEIGHTS, table), tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == WEIGHTS.read_bytes()
