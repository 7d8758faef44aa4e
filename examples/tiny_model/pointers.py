"""Circuits that read function declarations: which function, and which parameter comes next.

The developer message declares `type get_weather = (_: {\\ncity: string,\\n}) => any;`, and the
model's analysis repeats it in its own way: `I call get_weather with city: Paris, unit: C.` In both
a name is followed by a mark (` =`, ` with`, `:`), so one rule serves both. Layer 1 tells each token
the last name before it (`POINTER`) and the function it belongs to (`OWNER`); layer 2 hands the
pointer on to the next token (`POINTED`). In layer 5 a place where a parameter is due looks for the
parameter whose `POINTED` is its own `POINTER`. For the choice of a function layer 3 lets the words
of a request find the same words in the declarations and take their owner (`VOTE`), and layer 4
gathers the votes; what to make of them is left to training.

All of it uses the third group of heads (queries 4 and 5, key 2), which the copying circuits leave
free. The pointing heads and the blocks they fill stay as they are (`Pinned`): training at first has
nothing to gain from them and would wash them out. The votes, and what the rest of the network makes
of pointers and of the clean code of each token (`OWN`), are learned. The clean code of a word's
first piece (`OWN_PIECE`) is read in one place alone, by the heads of layer 5 that spell: elsewhere
it would cost bytes.
"""

import torch
from torch import Tensor

from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.models.tiny.codes import Layout
from examples.tiny_model.network import HEAD_WIDTH, Layer, Network

NAME_ENDS, NAME_STARTS, DECLARES, EXPECTS, NO_NAME = range(5)
MARKED = {
    NAME_ENDS: (" =", " with", ":", "?:"),
    NAME_STARTS: ("type", " call", "Call"),
    DECLARES: (" {\n", ",\n", "\n"),
    EXPECTS: (" with", ","),
    NO_NAME: (" (_", "ing", " cutoff", " channels"),
}
"""Tokens after a name; before a function's name; before a declared parameter; before a parameter of
a call; and those whose `:` ends no name.
"""
PREVIOUS_MARKED = (NAME_STARTS, DECLARES, NO_NAME)
MARK = 0.5

HALF = HEAD_WIDTH // 2
GROUP = 2
KEY = slice(GROUP * HEAD_WIDTH, (GROUP + 1) * HEAD_WIDTH)
FIRST, SECOND = 4, 5
"""The query heads of the group."""

FAST = 12
"""RoPE pairs that tell neighbours apart."""
RECENT = 20
"""RoPE pairs whose sum falls with the logarithm of the distance."""


KEPT = (slice(Layout.BACK.start, Layout.VOTE.start), slice(Layout.MARKS.start, Layout.WIDTH))
"""The dimensions that nothing but the embedding and this module's heads write."""


class Pinned:
    """The weights that training leaves alone.

    Args:
        network: with its circuits installed.
    """

    def __init__(self, network: Network) -> None:
        layers = [layer for layer in network.layers if isinstance(layer, Layer)]
        everything = slice(None)
        self._places: list[tuple[Tensor, tuple[slice, ...]]] = []
        for kept in KEPT:
            self._places.append((network.delta, (everything, kept)))
            for layer in layers:
                self._places += [
                    (layer.output.weight, (kept,)),
                    (layer.output.bias, (kept,)),
                    (layer.down, (everything, everything, kept)),
                    (layer.down_bias, (everything, kept)),
                    (layer.input_norm, (kept,)),
                ]
        self._places += _readers_of_pieces(layers)
        for layer in layers[:3]:
            self._places.append((layer.sinks, (slice(FIRST, None),)))
            for linear, rows in ((layer.key, KEY), (layer.value, KEY), (layer.query, _both())):
                self._places += [(linear.weight, (rows,)), (linear.bias, (rows,))]
        last, first = layers[5], slice(FIRST * HEAD_WIDTH, SECOND * HEAD_WIDTH)
        for linear, rows in ((last.key, KEY), (last.value, KEY), (last.query, first)):
            self._places += [(linear.weight, (rows,)), (linear.bias, (rows,))]
        self._values = [tensor.detach()[place].clone() for tensor, place in self._places]

    def restore(self) -> None:
        """Undo what an optimiser's step did to them."""
        with torch.no_grad():
            for (tensor, place), value in zip(self._places, self._values, strict=True):
                tensor[place] = value


def _readers_of_pieces(layers: list[Layer]) -> list[tuple[Tensor, tuple[slice, ...]]]:
    """Every weight on `OWN_PIECE` but those of layer 5's second group of values."""
    everything, piece = slice(None), Layout.OWN_PIECE
    places: list[tuple[Tensor, tuple[slice, ...]]] = []
    for layer in layers:
        places.append((layer.gate_up, (everything, piece)))
        for linear in (layer.query, layer.key, layer.router):
            places.append((linear.weight, (everything, piece)))
        spelling = slice(HEAD_WIDTH, 2 * HEAD_WIDTH)
        for rows in (slice(spelling.start), spelling, slice(spelling.stop, None)):
            if layer is not layers[5] or rows != spelling:
                places.append((layer.value.weight, (rows, piece)))
    return places


def marked_tokens(tokenizer: HarmonyTokenizer) -> dict[int, list[int]]:
    """Ids of the marked tokens and their marks."""
    marks: dict[int, list[int]] = {}
    for mark, texts in MARKED.items():
        for text in texts:
            (token,) = tokenizer.encode(text)
            marks.setdefault(token, []).append(mark)
    return marks


def install(network: Network, tokenizer: HarmonyTokenizer) -> None:
    """Set the third group of heads and the marks in the embedding, in place."""
    layers = [layer for layer in network.layers if isinstance(layer, Layer)]
    with torch.no_grad():
        for token, marks in marked_tokens(tokenizer).items():
            network.delta[network.place[token], [Layout.MARKS.start + mark for mark in marks]] = (
                MARK
            )
        for layer in layers:
            _clear(layer)
            for kept in KEPT:
                layer.output.weight[kept] = 0
                layer.output.bias[kept] = 0
                layer.down[:, :, kept] = 0
                layer.down_bias[:, kept] = 0
        for weight, place in _readers_of_pieces(layers):
            weight[place] = 0
        _look_back(layers[0], network.inverse_frequency)
        _point(layers[1])
        _hand_on(layers[2], network.inverse_frequency)
        _vote(layers[3])
        _count(layers[4])
        _jump(layers[5])


def _clear(layer: Layer) -> None:
    for linear, rows in ((layer.key, KEY), (layer.value, KEY), (layer.query, _both())):
        linear.weight[rows] = torch.randn_like(linear.weight[rows]) * 0.02
        linear.bias[rows] = 0
    layer.output.weight[:, _both()] = 0


def _both() -> slice:
    return slice(FIRST * HEAD_WIDTH, (SECOND + 1) * HEAD_WIDTH)


def _look_back(layer: Layer, inverse_frequency: Tensor) -> None:
    """Tell each token the previous one's code and marks."""
    _attend_back(layer, inverse_frequency)
    width = _carry(layer, 0, Layout.STEM, Layout.BACK)
    _write(layer, FIRST, 0, Layout.BACK, 0.65)
    for offset, mark in enumerate(PREVIOUS_MARKED):
        layer.value.weight[KEY.start + width + offset, Layout.MARKS.start + mark] = 1.0
    _write(layer, FIRST, width, Layout.PREVIOUS_MARKS, 0.16)


def _attend_back(layer: Layer, inverse_frequency: Tensor, strength: float = 6.0) -> None:
    """The first head looks exactly one token back, by position alone."""
    layer.key.weight[KEY] = 0
    layer.key.bias[KEY.start : KEY.start + FAST] = strength
    start = FIRST * HEAD_WIDTH
    angle = -inverse_frequency[:FAST]
    layer.query.weight[start : start + HEAD_WIDTH] = 0
    layer.query.bias[start : start + FAST] = strength * angle.cos()
    layer.query.bias[start + HALF : start + HALF + FAST] = strength * angle.sin()
    layer.sinks[FIRST] = -10.0


def _point(layer: Layer) -> None:
    """First head: the name before the last mark. Second: the first piece of the last function's
    name.
    """
    layer.key.weight[KEY] = 0
    layer.key.bias[KEY.start : KEY.start + RECENT] = 6.0
    ends, starts = range(26, HALF), range(HALF + 26, HEAD_WIDTH)
    for place in ends:
        layer.key.weight[KEY.start + place, Layout.MARKS.start + NAME_ENDS] = 3.1
        layer.key.weight[KEY.start + place, _previous(NO_NAME)] = -3.1
    for place in starts:
        layer.key.weight[KEY.start + place, _previous(NAME_STARTS)] = 3.1
    for head, places in ((FIRST, ends), (SECOND, starts)):
        start = head * HEAD_WIDTH
        layer.query.weight[start : start + HEAD_WIDTH] = 0
        layer.query.bias[start : start + RECENT] = 6.0
        layer.query.bias[start + places.start : start + places.stop] = 40.0
        layer.sinks[head] = 88.0
    width = _carry(layer, 0, Layout.BACK, Layout.BACK)
    _write(layer, FIRST, 0, Layout.POINTER, 0.9)
    _carry(layer, width, Layout.STEM, Layout.OWNER)
    _write(layer, SECOND, width, Layout.OWNER, 1.0)


def _hand_on(layer: Layer, inverse_frequency: Tensor) -> None:
    """Tell each token the previous one's pointer."""
    _attend_back(layer, inverse_frequency)
    _carry(layer, 0, Layout.POINTER, Layout.POINTER)
    _write(layer, FIRST, 0, Layout.POINTED, 0.8)


def _vote(layer: Layer) -> None:
    """A word finds the place after the same word and takes the owner there."""
    start = FIRST * HEAD_WIDTH
    layer.key.weight[KEY] = 0
    layer.query.weight[start : start + HEAD_WIDTH] = 0
    places = _content()
    _match(layer, FIRST, places[:11], Layout.OWN, Layout.BACK, 8.0, 3.0)
    _match(layer, FIRST, places[11:], Layout.OWN, Layout.PREVIOUS, 6.0, 2.0, skip=11)
    layer.sinks[FIRST] = 6.0
    _carry(layer, 0, Layout.OWNER, Layout.OWNER)
    _write(layer, FIRST, 0, Layout.VOTE, 0.8)


def _count(layer: Layer) -> None:
    """Where a function's name is due, gather the votes around."""
    layer.key.weight[KEY] = 0
    layer.key.bias[KEY.start : KEY.start + RECENT] = 2.0
    layer.key.bias[KEY.start + 26 : KEY.start + HALF] = 4.0
    start = FIRST * HEAD_WIDTH
    layer.query.weight[start : start + HEAD_WIDTH] = 0
    layer.query.bias[start : start + RECENT] = 2.0
    layer.query.weight[start + 26 : start + HALF, Layout.MARKS.start + NAME_STARTS] = 8.0
    layer.sinks[FIRST] = 10.0
    _carry(layer, 0, Layout.VOTE, Layout.VOTE)
    _write(layer, FIRST, 0, Layout.VOTE, 1.5)


def _jump(layer: Layer) -> None:
    """Where a parameter is due, attend to its declaration and copy its name."""
    layer.key.weight[KEY] = 0
    layer.query.weight[_both()] = 0
    layer.sinks[FIRST], layer.sinks[SECOND] = 30.0, 10.0
    slow = [*range(18, HALF), *range(HALF + 18, HEAD_WIDTH)]
    pointed, owner, declared = slow[3:14], [*slow[:3], *slow[14:16]], slow[22:]
    _match(layer, FIRST, pointed, Layout.POINTER, Layout.POINTED, 7.0, 4.2)
    _match(layer, FIRST, owner, Layout.OWNER, Layout.OWNER, 8.0, 5.0)
    _gate(layer, FIRST, declared, EXPECTS, DECLARES)
    _carry(layer, 0, Layout.OWN, Layout.OWN, 3.0)
    for head in (FIRST, SECOND):
        _write(layer, head, 0, Layout.STEM, 2.3)


def _gate(layer: Layer, head: int, places: list[int], here: int, there: int) -> None:
    """A token with the one mark attends behind tokens with the other; one without it nowhere."""
    for place in places:
        layer.query.weight[head * HEAD_WIDTH + place, Layout.MARKS.start + here] = 28.0
        layer.query.bias[head * HEAD_WIDTH + place] = -6.0
        layer.key.weight[KEY.start + place, _previous(there)] = 14.0
        layer.key.bias[KEY.start + place] = 3.7


def _previous(mark: int) -> int:
    return Layout.PREVIOUS_MARKS.start + PREVIOUS_MARKED.index(mark)


def _content() -> list[int]:
    """Dimensions whose RoPE pairs turn slowly enough to carry content."""
    return [*range(FAST, HALF), *range(HALF + FAST, HEAD_WIDTH)]


def _match(
    layer: Layer,
    head: int,
    places: list[int],
    mine: slice,
    theirs: slice,
    gain: float,
    key_gain: float,
    skip: int = 0,
) -> None:
    for offset, place in enumerate(places, skip):
        layer.query.weight[head * HEAD_WIDTH + place, mine.start + offset] = gain
        layer.key.weight[KEY.start + place, theirs.start + offset] = key_gain


def _carry(layer: Layer, place: int, block: slice, like: slice, gain: float = 1.0) -> int:
    """Value dimensions from `place` on take as much of `block` as `like` is wide."""
    width: int = like.stop - like.start
    rows = slice(KEY.start + place, KEY.start + place + width)
    layer.value.weight[rows] = 0
    layer.value.weight[range(rows.start, rows.stop), range(block.start, block.start + width)] = gain
    return width


def _write(layer: Layer, head: int, place: int, target: slice, gain: float) -> None:
    start = head * HEAD_WIDTH + place
    for offset, dimension in enumerate(range(target.start, target.stop)):
        layer.output.weight[dimension, start + offset] = gain
