"""One pass of a gpt-oss over several sequences at once, laid end to end without padding.

Everything but the attention works on single positions, so the new ids of all sequences form one
long row (a "ragged batch"); each sequence's attention then looks at its own KV cache only, with its
own number of new ids, one or many. Nothing is copied when a sequence joins or leaves. Knows
transformers' gpt-oss and KV caches; nothing of sampling, sessions or queues. Not covered: attention
kernels other than the plain one ("eager", transformers' choice for gpt-oss); with those each
sequence takes a pass of its own.

The attention is gpt-oss's: grouped queries, and for each head a learned sink, one more logit in the
softmax that takes weight and gives nothing (arXiv 2508.10925, section 2.3). In contrast to
transformers' own it does not repeat the keys and values for each query of a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.cache_utils import Cache
from transformers.masking_utils import eager_mask
from transformers.models.gpt_oss.modeling_gpt_oss import eager_attention_forward

from agentkit.models.kv_cache import KVCache

ATTENTION = "agentkit_ragged"
"""The name under which transformers knows this attention."""


FEW = 8
"""So many rows take less by weights times rows than by rows times weights, which packs the weights
anew each time: measured with MKL, float32 and 201,088 ids, 2 rows 24 to 56 ms, 8 rows 42 to 63."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a pass that belongs to one sequence.

    Args:
        cache: what is computed already; no two segments of a pass share one.
        ids: what to compute after it, at least one.
    """

    cache: KVCache
    ids: list[int]


def install(model: Any) -> None:
    """Make `model`, a `GptOssForCausalLM`, take ragged batches; plain calls of it work as before.

    A model with another attention kernel than the plain one keeps its kernel.
    """
    if model.config._attn_implementation == "eager":
        AttentionInterface.register(ATTENTION, attention)
        AttentionMaskInterface.register(ATTENTION, eager_mask)
        model.set_attn_implementation(ATTENTION)
    head = model.lm_head
    plain = type(head) is torch.nn.Linear and head.bias is None and "forward" not in vars(head)
    if plain and head.weight.device.type == "cpu" and head.weight.dtype == torch.float32:
        head.forward = partial(_head, head)


def forward(model: Any, segments: Sequence[Segment]) -> torch.Tensor:
    """Compute the ids of all segments and append them to their caches.

    When it raises, the layers of the caches may be uneven: rewind each to the length it had.

    Args:
        model: as `install` left it.
        segments: at least one.

    Returns:
        The logits of the id after the last of each segment, [segments, vocabulary].
    """
    device = model.get_input_embeddings().weight.device
    if model.config._attn_implementation == ATTENTION:
        logits = _together(model, segments, device)
    else:
        logits = torch.cat([_alone(model, segment, device) for segment in segments])
    for segment in segments:
        segment.cache.ids.extend(segment.ids)
    return logits


def _together(model: Any, segments: Sequence[Segment], device: torch.device) -> torch.Tensor:
    lengths = [len(segment.ids) for segment in segments]
    ids = [token for segment in segments for token in segment.ids]
    positions = [
        position
        for segment in segments
        for position in range(len(segment.cache.ids), len(segment.cache.ids) + len(segment.ids))
    ]
    windows = {"full_attention": None, "sliding_attention": model.config.sliding_window}
    # Not by the whole model's `forward`, which takes rows out on the device of the embeddings: the
    # last layer of a model that is split over several is on another one.
    hidden = model.model(
        input_ids=torch.tensor([ids]).to(device),
        position_ids=torch.tensor([positions]).to(device),
        attention_mask={
            kind: [_mask(segment, window, device) for segment in segments]
            for kind, window in windows.items()
        },
        past_key_values=Caches(segments, lengths),
        use_cache=True,
        lengths=lengths,
    ).last_hidden_state
    ends = torch.tensor(lengths).cumsum(0) - 1
    logits: torch.Tensor = model.lm_head(hidden.index_select(1, ends.to(hidden.device)))[0]
    return logits


def _head(head: torch.nn.Linear, hidden: torch.Tensor) -> torch.Tensor:
    """The output layer on a CPU, [..., vocabulary]; its weights are most of a small model."""
    rows = hidden.reshape(-1, hidden.shape[-1])
    if not 1 < len(rows) <= FEW:
        return torch.nn.functional.linear(hidden, head.weight)
    logits = torch.mm(head.weight, rows.mT).mT.contiguous()
    return logits.view(*hidden.shape[:-1], -1)


def _alone(model: Any, segment: Segment, device: torch.device) -> torch.Tensor:
    past, total = len(segment.cache.ids), len(segment.cache.ids) + len(segment.ids)
    output = model(
        input_ids=torch.tensor([segment.ids], device=device),
        attention_mask=torch.ones((1, total), dtype=torch.bool, device=device),
        position_ids=torch.arange(past, total, device=device).unsqueeze(0),
        past_key_values=segment.cache.states,
        use_cache=True,
        logits_to_keep=1,
    )
    logits: torch.Tensor = output.logits[:, -1]
    return logits


def _mask(segment: Segment, window: int | None, device: torch.device) -> torch.Tensor | None:
    """Which of the keys that a layer hands out are hidden from which new id, [new ids, keys].

    None where nothing is: a layer hands a single new id just what it may see.
    """
    new, past = len(segment.ids), len(segment.cache.ids)
    if new == 1:
        return None
    start = 0 if window is None else max(0, past - window + 1)
    keys = torch.arange(start, past + new, device=device)
    queries = torch.arange(past, past + new, device=device).unsqueeze(1)
    hidden = keys > queries
    return hidden if window is None else hidden | (keys <= queries - window)


class Caches(Cache):  # type: ignore[misc]  # transformers is untyped here
    """The caches of all segments, as attention layers fill and read them."""

    def __init__(self, segments: Sequence[Segment], lengths: list[int]) -> None:
        super().__init__(layers=[])
        self._caches = [segment.cache.states for segment in segments]
        self._lengths = lengths

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *_: object
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Append each segment's positions, and give what they may attend to, for each segment."""
        parts = zip(
            self._caches,
            torch.split(key_states, self._lengths, 2),
            torch.split(value_states, self._lengths, 2),
            strict=True,
        )
        kept = [cache.layers[layer_idx].update(keys, values) for cache, keys, values in parts]
        return [keys for keys, _ in kept], [values for _, values in kept]


def attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor | list[torch.Tensor],
    value: torch.Tensor | list[torch.Tensor],
    attention_mask: Any,
    scaling: float,
    lengths: list[int] | None = None,
    **options: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Attention as `AttentionInterface` wants it: [1, positions, heads, head size].

    Args:
        module: a `GptOssAttention`.
        query: [1, heads, new ids of all segments, head size].
        key: for each segment [1, key heads, positions, head size].
        value: likewise.
        attention_mask: for each segment what `_mask` gives.
        scaling: of the logits.
        lengths: the number of new ids of each segment; None for a call that is not ragged.
        options: of attention kernels; not used.
    """
    if lengths is None:
        found: tuple[torch.Tensor, torch.Tensor] = eager_attention_forward(
            module, query, key, value, attention_mask, scaling, **options
        )
        return found
    heads, size = query.shape[1], query.shape[-1]
    queries = (query[0] * scaling).view(-1, module.num_key_value_groups, query.shape[2], size)
    sinks = module.sinks.view(-1, module.num_key_value_groups, 1, 1)
    parts = zip(torch.split(queries, lengths, 2), key, value, attention_mask, strict=True)
    rows = [
        _attend(own, keys[0], values[0], mask, sinks).view(heads, -1, size)
        for own, keys, values, mask in parts
    ]
    joined = rows[0] if len(rows) == 1 else torch.cat(rows, 1)
    return joined.transpose(0, 1).unsqueeze(0), None


def _attend(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None,
    sinks: torch.Tensor,
) -> torch.Tensor:
    """One segment's attention.

    Args:
        queries: [key heads, group, new ids, head size], scaled.
        keys: [key heads, positions, head size].
        values: likewise.
        mask: [new ids, positions], true where hidden.
        sinks: [key heads, group, 1, 1].

    Returns:
        [key heads, group * new ids, head size].
    """
    count, group, new, size = queries.shape
    # All queries of a group in one product with the keys they share.
    weights = torch.matmul(queries.reshape(count, group * new, size), keys.mT)
    weights = weights.view(count, group, new, -1)
    if mask is not None:
        weights = weights.masked_fill_(mask, -torch.inf)
    weights = torch.cat([weights, sinks.expand(-1, -1, new, -1)], -1).softmax(-1)
    return torch.matmul(weights[..., :-1].reshape(count, group * new, -1), values)
