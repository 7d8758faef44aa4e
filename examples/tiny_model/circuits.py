"""What the network knows before training: attention heads set by hand.

Copying is the bulk of this model's work, and gradient descent is slow to find it on a CPU budget.
So the first weights hold: heads that look one and two tokens back (through query and key biases
alone, turned by RoPE), induction heads that find the token after an earlier occurrence of the
current one (or of the current two), and heads that spell a word whose space-less form is two
tokens. Everything trains on from there. Heads left free start at random.
"""

import torch
from torch import Tensor

from agentkit.models.tiny.codes import Layout
from examples.tiny_model.network import HEAD_WIDTH, Layer, Network

FAST = 12
"""RoPE pairs below this one turn fast enough to tell neighbours apart; those from it on carry
content.
"""

HALF = HEAD_WIDTH // 2
CONTENT = [*range(FAST, HALF), *range(HALF + FAST, HEAD_WIDTH)]
SINGLE = 26
"""How many of the 40 content dimensions compare one token; the rest compare the token before."""


def install(network: Network) -> None:
    """Set the first weights of `network` in place."""
    with torch.no_grad():
        for layer in _layers(network):
            _start_small(layer)
        layers = _layers(network)
        _look_back(layers[0], network.inverse_frequency)
        _induction(layers[1], Layout.FIRST_PIECE, 0.6)
        _induction(layers[3], Layout.STEM, 0.7)
        _spell_second_piece(layers[3])
        _induction(layers[5], Layout.STEM, 1.2)
        _spell_first_piece(layers[5])
        network.norm.zero_()
        network.norm[Layout.STEM] = 1.5
        network.norm[Layout.FEATURES] = 1.0
        network.norm[Layout.FEATURES.stop :] = 1.0


def _layers(network: Network) -> list[Layer]:
    return [layer for layer in network.layers if isinstance(layer, Layer)]


def _start_small(layer: Layer) -> None:
    for linear in (layer.query, layer.key, layer.value):
        torch.nn.init.normal_(linear.weight, std=0.04)
        torch.nn.init.zeros_(linear.bias)
    torch.nn.init.normal_(layer.output.weight, std=0.02)
    torch.nn.init.zeros_(layer.output.bias)
    torch.nn.init.normal_(layer.router.weight, std=0.04)
    torch.nn.init.zeros_(layer.router.bias)


def _look_back(layer: Layer, inverse_frequency: Tensor, strength: float = 6.0) -> None:
    """Head 0 attends one token back, head 1 two; both write codes into the `PREVIOUS` blocks."""
    layer.key.weight[:HEAD_WIDTH] = 0
    layer.key.bias[:FAST] = strength
    for head, distance in enumerate((1, 2)):
        start = head * HEAD_WIDTH
        angle = -distance * inverse_frequency[:FAST]
        layer.query.weight[start : start + HEAD_WIDTH] = 0
        layer.query.bias[start : start + FAST] = strength * angle.cos()
        layer.query.bias[start + HALF : start + HALF + FAST] = strength * angle.sin()
        layer.sinks[head] = -10.0
    _carry(layer, 0, [Layout.STEM], 1.0)
    width = Layout.SECOND_PIECE.stop - Layout.SECOND_PIECE.start
    layer.value.weight[range(width), range(Layout.SECOND_PIECE.start, Layout.SECOND_PIECE.stop)] = (
        1.0
    )
    _write(layer, 0, Layout.PREVIOUS, 0.25)
    _write(layer, 1, Layout.BEFORE_PREVIOUS, 0.25)


def _induction(layer: Layer, target: slice, gain: float, sharpness: float = 1.4) -> None:
    """Heads 0 and 1 attend after an earlier occurrence of the current token (of the current two)
    and copy what stands there.
    """
    layer.key.weight[:HEAD_WIDTH] = 0
    _match(layer.key.weight, 0, Layout.PREVIOUS, Layout.BEFORE_PREVIOUS, sharpness)
    for head in (0, 1):
        start = head * HEAD_WIDTH
        layer.query.weight[start : start + HEAD_WIDTH] = 0
        _match(layer.query.weight, start, Layout.STEM, Layout.PREVIOUS if head else None, sharpness)
        layer.sinks[head] = 4.0
        _write(layer, head, target, gain * 0.2)
    _carry(layer, 0, [Layout.STEM], 1.0)


def _match(weight: Tensor, start: int, current: slice, before: slice | None, gain: float) -> None:
    for place, dimension in zip(CONTENT[:SINGLE], range(current.start, current.stop), strict=False):
        weight[start + place, dimension] = gain
    if before is not None:
        for place, dimension in zip(
            CONTENT[SINGLE:], range(before.start, before.stop), strict=False
        ):
            weight[start + place, dimension] = gain


def _spell_second_piece(layer: Layer) -> None:
    """Head 2: the current token is the first piece of an earlier word; write that word's second
    piece.
    """
    layer.key.weight[HEAD_WIDTH : 2 * HEAD_WIDTH] = 0
    layer.query.weight[2 * HEAD_WIDTH : 3 * HEAD_WIDTH] = 0
    for place, code, piece in zip(
        CONTENT,
        range(Layout.STEM.start, Layout.STEM.stop),
        range(Layout.FIRST_PIECE.start, Layout.FIRST_PIECE.stop),
        strict=False,
    ):
        layer.query.weight[2 * HEAD_WIDTH + place, code] = 1.2
        layer.key.weight[HEAD_WIDTH + place, piece] = 1.2
    layer.sinks[2] = 5.0
    _carry(layer, 1, [Layout.SECOND_PIECE], 1.0)
    _write(layer, 2, Layout.STEM, 0.2)


def _spell_first_piece(layer: Layer) -> None:
    """Heads 2 and 3 carry first pieces to the output; where they look is left to training."""
    _carry(layer, 1, [Layout.OWN_PIECE], 1.0)
    for head in (2, 3):
        layer.sinks[head] = 4.0
        _write(layer, head, Layout.STEM, 0.2)


def _carry(layer: Layer, key_head: int, blocks: list[slice], gain: float) -> None:
    start = key_head * HEAD_WIDTH
    layer.value.weight[start : start + HEAD_WIDTH] = 0
    for block in blocks:
        for offset, dimension in enumerate(range(block.start, block.stop)):
            layer.value.weight[start + offset, dimension] = gain


def _write(layer: Layer, head: int, target: slice, gain: float) -> None:
    layer.output.weight[:, head * HEAD_WIDTH : (head + 1) * HEAD_WIDTH] = 0
    for offset, dimension in enumerate(range(target.start, target.stop)):
        layer.output.weight[dimension, head * HEAD_WIDTH + offset] = gain
