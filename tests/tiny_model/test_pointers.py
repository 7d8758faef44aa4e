"""The heads that read declarations stay as they were set while the rest trains."""

from __future__ import annotations

import torch

from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.tiny.codes import VOCABULARY_SIZE, Layout
from examples.tiny_model import pointers
from examples.tiny_model.network import HEAD_WIDTH, Layer, Network


def installed() -> Network:
    tokenizer = load_tokenizer()
    active = torch.tensor(sorted(pointers.marked_tokens(tokenizer)))
    network = Network(torch.zeros(VOCABULARY_SIZE, Layout.WIDTH), active)
    pointers.install(network, tokenizer)
    return network


def test_every_mark_is_one_token_with_a_row_of_its_own() -> None:
    tokenizer = load_tokenizer()
    network = installed()
    for token, marks in pointers.marked_tokens(tokenizer).items():
        row = network.delta[network.place[token], Layout.MARKS]
        expected = [pointers.MARK if mark in marks else 0.0 for mark in range(len(row))]
        assert row.tolist() == expected, tokenizer.decode([token])


def test_pinned_weights_survive_a_step_and_the_others_do_not() -> None:
    network = installed()
    pinned = pointers.Pinned(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1.0)
    pinned.restore()
    after = network.state_dict()
    for index, layer in enumerate(network.layers):
        assert isinstance(layer, Layer)
        for kept in pointers.KEPT:
            name = f"layers.{index}.output.weight"
            assert torch.equal(after[name][kept], before[name][kept])
        name = f"layers.{index}.query.weight"
        assert not torch.equal(after[name][:HEAD_WIDTH], before[name][:HEAD_WIDTH])
    own = slice(pointers.FIRST * HEAD_WIDTH, pointers.SECOND * HEAD_WIDTH)
    for index in (0, 1, 2, 5):
        name = f"layers.{index}.query.weight"
        assert torch.equal(after[name][own], before[name][own])
    assert torch.equal(after["delta"][:, Layout.MARKS], before["delta"][:, Layout.MARKS])
