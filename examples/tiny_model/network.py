"""A gpt-oss forward pass made for training on a CPU.

The same function as transformers' `GptOssForCausalLM` (a test holds them equal), with what training
needs: one shared prefix (the system message) computed once for a batch of episodes, the last
layer's queries and experts only at supervised positions, a softmax over candidate tokens only.
Knows tensors and ids, nothing of Harmony or of data.
"""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from agentkit.models.tiny.codes import VOCABULARY_SIZE, Layout

HEAD_WIDTH = 64
HEADS = 6
KEY_HEADS = 3
LAYERS = 6
EXPERTS = 4
EXPERTS_PER_TOKEN = 2
EXPERT_WIDTH = 128
WINDOW = 128
NORM_EPSILON = 1e-5


def configuration() -> Any:
    """The model's `GptOssConfig`."""
    from transformers import GptOssConfig

    return GptOssConfig(
        num_hidden_layers=LAYERS,
        num_local_experts=EXPERTS,
        vocab_size=VOCABULARY_SIZE,
        hidden_size=Layout.WIDTH,
        intermediate_size=EXPERT_WIDTH,
        head_dim=HEAD_WIDTH,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_HEADS,
        sliding_window=WINDOW,
        tie_word_embeddings=True,
        num_experts_per_tok=EXPERTS_PER_TOKEN,
        pad_token_id=199_999,
        eos_token_id=[200_002, 199_999, 200_012],
        bos_token_id=199_998,
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Episodes behind one shared prefix.

    Args:
        prefix: ids `[P]`.
        suffix: ids `[B, S]`, padded at the end.
        rows: positions in the flattened suffix `[N]` whose next token is supervised.
        targets: the next tokens `[N]`.
    """

    prefix: Tensor
    suffix: Tensor
    rows: Tensor
    targets: Tensor


class Product(torch.autograd.Function):
    """`states [N, in] @ weight [in, out] + bias [out]`, whose gradients are products of bfloat16.

    They are noise by nature and lose nothing by it, in a third of the time; what the network says
    stays exact.
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(states, weight)
        return torch.addmm(bias, states, weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        states, weight = (_rough(each) for each in ctx.saved_tensors)
        (full,) = gradients
        gradient = _rough(full)
        return (gradient @ weight.T).to(full), (states.T @ gradient).to(full), full.sum(0)


def _rough(tensor: Tensor) -> Tensor:
    """In bfloat16, if there was nothing finer than float32."""
    return tensor.bfloat16() if tensor.dtype == torch.float32 else tensor


def product(states: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """`Product`, typed."""
    result = Product.apply(states, weight, bias)  # type: ignore[no-untyped-call]
    assert isinstance(result, Tensor)
    return result


class Attention(torch.autograd.Function):
    """Softmax attention with a sink; backward written out, its products in bfloat16 as `Product`'s.

    Shapes: query `[B*K, G*Q, 64]`, key and value `[B*K, T, 64]`, mask `[B or 1, Q, T]` (0 or -inf),
        sink `[B*K, G*Q, 1]`.
    """

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor, sink: Tensor
    ) -> Tensor:
        scale = HEAD_WIDTH**-0.5
        scores = torch.bmm(query * scale, key.transpose(1, 2))
        scores.view(-1 if len(mask) == 1 else len(mask), HEADS, *mask.shape[1:]).add_(mask[:, None])
        top = torch.maximum(scores.amax(-1, keepdim=True), sink)
        scores.sub_(top).exp_()
        sink_weight = (sink - top).exp_()
        total = scores.sum(-1, keepdim=True).add_(sink_weight)
        scores.div_(total)
        output = torch.bmm(scores, value)
        ctx.save_for_backward(query, key, value, scores, sink_weight / total, output)
        return output

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        query, key, value, weights, sink_weight, output = ctx.saved_tensors
        (full,) = gradients
        scale = HEAD_WIDTH**-0.5
        gradient = _rough(full)
        value_gradient = torch.bmm(_rough(weights).transpose(1, 2), gradient)
        inner = (full * output).sum(-1, keepdim=True)
        score_gradient = torch.bmm(gradient, _rough(value).transpose(1, 2)).to(full)
        scores = _rough(score_gradient.sub_(inner).mul_(weights).mul_(scale))
        query_gradient = torch.bmm(scores, _rough(key)).to(full)
        key_gradient = torch.bmm(scores.transpose(1, 2), _rough(query)).to(full)
        return query_gradient, key_gradient, value_gradient.to(full), None, -sink_weight * inner


class Layer(nn.Module):
    """One decoder layer, its parameters named as in transformers' state dict (dots as
    underscores).
    """

    def __init__(self, sliding: bool) -> None:
        super().__init__()
        width = Layout.WIDTH
        self.sliding = sliding
        self.input_norm = nn.Parameter(torch.ones(width))
        self.query = nn.Linear(width, HEADS * HEAD_WIDTH)
        self.key = nn.Linear(width, KEY_HEADS * HEAD_WIDTH)
        self.value = nn.Linear(width, KEY_HEADS * HEAD_WIDTH)
        self.output = nn.Linear(HEADS * HEAD_WIDTH, width)
        self.sinks = nn.Parameter(torch.zeros(HEADS))
        self.expert_norm = nn.Parameter(torch.ones(width))
        self.router = nn.Linear(width, EXPERTS)
        self.gate_up = nn.Parameter(torch.randn(EXPERTS, width, 2 * EXPERT_WIDTH) * 0.04)
        self.gate_up_bias = nn.Parameter(torch.zeros(EXPERTS, 2 * EXPERT_WIDTH))
        self.down = nn.Parameter(torch.randn(EXPERTS, EXPERT_WIDTH, width) * 0.02)
        self.down_bias = nn.Parameter(torch.zeros(EXPERTS, width))

    def experts(self, states: Tensor) -> Tensor:
        """The mixture of experts for `[N, width]`."""
        top, chosen = torch.topk(self.router(states), EXPERTS_PER_TOKEN, dim=-1)
        shares = torch.softmax(top, dim=-1)
        result = torch.zeros_like(states)
        for expert in range(EXPERTS):
            rows, place = torch.where(chosen == expert)
            hidden = product(
                states.index_select(0, rows), self.gate_up[expert], self.gate_up_bias[expert]
            )
            gate = hidden[:, ::2].clamp(max=7.0)
            up = hidden[:, 1::2].clamp(-7.0, 7.0)
            inner = (up + 1) * gate * torch.sigmoid(gate * 1.702)
            out = product(inner, self.down[expert], self.down_bias[expert])
            result = result.index_add(0, rows, out * shares[rows, place, None])
        return result


class Network(nn.Module):
    """The whole model.

    Args:
        table: base embedding rows `[V, width]`, fixed.
        active: ids whose rows have a trained difference.
    """

    table: Tensor
    active: Tensor
    place: Tensor
    inverse_frequency: Tensor

    def __init__(self, table: Tensor, active: Tensor) -> None:
        super().__init__()
        from transformers.models.gpt_oss.modeling_gpt_oss import GptOssRotaryEmbedding

        self.register_buffer("table", table, persistent=False)
        self.register_buffer("active", active)
        place = torch.full((len(table),), len(active))
        place[active] = torch.arange(len(active))
        self.register_buffer("place", place, persistent=False)
        self.delta = nn.Parameter(torch.zeros(len(active) + 1, table.shape[1]))
        self.layers = nn.ModuleList(Layer(index % 2 == 0) for index in range(LAYERS))
        self.norm = nn.Parameter(torch.ones(table.shape[1]))
        rotary = GptOssRotaryEmbedding(configuration())
        self.register_buffer("inverse_frequency", rotary.inv_freq, persistent=False)
        self.rotary_scale = float(rotary.attention_scaling)

    def embed(self, ids: Tensor) -> Tensor:
        """Rows of the embedding table; the last row of `delta` stands for "none" and is kept zero
        by `masked`.
        """
        places = self.place[ids]
        known = (places < len(self.active)).unsqueeze(-1)
        return self.table[ids] + F.embedding(places, self.delta) * known

    def hidden(self, batch: Batch) -> Tensor:
        """Final hidden states `[N, width]` at the supervised rows, after the last norm."""
        flow = _Flow(batch, self.inverse_frequency, self.rotary_scale)
        states = self.embed(torch.cat([batch.prefix, batch.suffix.reshape(-1)]))
        for index, layer in enumerate(self.layers):
            assert isinstance(layer, Layer)
            states = flow.layer(layer, states, last=index == LAYERS - 1)
        return _norm(states, self.norm)

    def loss(self, batch: Batch, candidates: Tensor) -> tuple[Tensor, Tensor]:
        """Summed cross entropy over `candidates` (ids `[C]`, sorted, with all targets) and which
        rows were right `[N]`.
        """
        rows = self.embed(candidates).T
        logits = product(self.hidden(batch), rows, rows.new_zeros(rows.shape[1]))
        targets = torch.searchsorted(candidates, batch.targets)
        return F.cross_entropy(logits, targets, reduction="sum"), logits.detach().argmax(
            -1
        ) == targets


class _Flow:
    """One batch on its way through the layers: positions, masks and the split into prefix and
    suffix.
    """

    def __init__(self, batch: Batch, inverse_frequency: Tensor, rotary_scale: float) -> None:
        self.prefix = len(batch.prefix)
        self.batch, self.length = batch.suffix.shape
        self.rows = batch.rows
        positions = torch.arange(self.prefix + self.length)
        angles = positions[:, None].float() * inverse_frequency
        self.cos, self.sin = angles.cos() * rotary_scale, angles.sin() * rotary_scale
        distance = positions[:, None] - positions[None, :]
        self.masks = {
            sliding: torch.where(
                (distance < 0) | (distance >= (WINDOW if sliding else 1 << 30)), -torch.inf, 0.0
            )
            for sliding in (False, True)
        }

        owners = self.rows // self.length
        counts = torch.bincount(owners, minlength=self.batch)
        order = torch.arange(len(owners)) - (counts.cumsum(0) - counts)[owners]
        most = int(counts.max())
        self.places = owners * most + order
        self.chosen = torch.zeros(self.batch, most, dtype=torch.long)
        self.chosen[owners, order] = self.rows % self.length

    def _supervised(self, queries: Tensor) -> Tensor:
        """The queries `[B, H, S, 64]` at supervised positions only, padded to the longest row."""
        index = self.chosen[:, None, :, None].expand(-1, HEADS, -1, HEAD_WIDTH)
        return queries.gather(2, index)

    def layer(self, layer: Layer, states: Tensor, last: bool) -> Tensor:
        """Apply one layer to `[P + B*S, width]`; the last one returns the supervised rows only."""
        normed = _norm(states, layer.input_norm)
        mixed = self._attention(layer, normed, last=last)
        if last:
            rows = self.rows + self.prefix
            states = states.index_select(0, rows)
        states = states + _applied(layer.output, mixed)
        return states + layer.experts(_norm(states, layer.expert_norm))

    def _attention(self, layer: Layer, normed: Tensor, last: bool) -> Tensor:
        queries, keys, values = (
            _applied(each, normed) for each in (layer.query, layer.key, layer.value)
        )
        head = self.prefix
        prefix_keys = self._rotate(self._split(keys[:head], 1, KEY_HEADS), 0)
        prefix_values = self._split(values[:head], 1, KEY_HEADS)
        mask = self.masks[layer.sliding]
        first = max(0, head - WINDOW) if layer.sliding else 0
        suffix_keys = self._rotate(self._split(keys[head:], self.batch, KEY_HEADS), head)
        suffix_values = self._split(values[head:], self.batch, KEY_HEADS)
        all_keys = torch.cat(
            [prefix_keys[:, :, first:].expand(self.batch, -1, -1, -1), suffix_keys], 2
        )
        all_values = torch.cat(
            [prefix_values[:, :, first:].expand(self.batch, -1, -1, -1), suffix_values], 2
        )
        suffix_queries = self._rotate(self._split(queries[head:], self.batch, HEADS), head)
        suffix_mask = mask[None, head:, first:]
        if last:
            mixed = self._attend(
                self._supervised(suffix_queries),
                all_keys,
                all_values,
                suffix_mask[0][self.chosen],
                layer.sinks,
            )
            return mixed.view(-1, HEADS * HEAD_WIDTH).index_select(0, self.places)
        suffix = self._attend(suffix_queries, all_keys, all_values, suffix_mask, layer.sinks)
        prefix_queries = self._rotate(self._split(queries[:head], 1, HEADS), 0)
        prefix = self._attend(
            prefix_queries, prefix_keys, prefix_values, mask[None, :head, :head], layer.sinks
        )
        return torch.cat([prefix, suffix])

    @staticmethod
    def _split(states: Tensor, batch: int, heads: int) -> Tensor:
        return states.view(batch, -1, heads, HEAD_WIDTH).transpose(1, 2)

    def _rotate(self, states: Tensor, start: int) -> Tensor:
        stop = start + states.shape[2]
        cos, sin = self.cos[start:stop], self.sin[start:stop]
        first, second = states.chunk(2, -1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)

    @staticmethod
    def _attend(
        queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor, sinks: Tensor
    ) -> Tensor:
        batch, _, length, _ = queries.shape
        group = HEADS // KEY_HEADS
        sink = (
            sinks.view(1, HEADS, 1)
            .expand(batch, HEADS, length)
            .reshape(batch * KEY_HEADS, group * length, 1)
        )
        result = Attention.apply(  # type: ignore[no-untyped-call]
            queries.reshape(batch * KEY_HEADS, group * length, HEAD_WIDTH),
            keys.reshape(batch * KEY_HEADS, -1, HEAD_WIDTH),
            values.reshape(batch * KEY_HEADS, -1, HEAD_WIDTH),
            mask,
            sink,
        )
        assert isinstance(result, Tensor)
        return (
            result.view(batch, HEADS, length, HEAD_WIDTH)
            .transpose(1, 2)
            .reshape(batch * length, -1)
        )


def _applied(linear: nn.Linear, states: Tensor) -> Tensor:
    return product(states, linear.weight.T, linear.bias)


def _norm(states: Tensor, weight: Tensor) -> Tensor:
    return F.rms_norm(states, weight.shape, weight, NORM_EPSILON)
