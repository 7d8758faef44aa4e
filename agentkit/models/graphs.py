"""Decoding steps as CUDA graphs: recorded once, then started with one call instead of hundreds.

A step that computes one id for each of a few calls is short on a GPU, and starting its kernels one
by one takes longer than they run. All of a step but the attention has the same shapes every time:
these pieces, one between any two attentions, are recorded for 1, 2, 4... calls together and
replayed (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs). The attention, whose
KV caches grow, is computed between them as ever. Knows the inside of transformers' gpt-oss and
ragged passes. Not covered: models over several devices or processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers.models.gpt_oss.modeling_gpt_oss import apply_rotary_pos_emb

from agentkit.models.ragged import Caches, Segment, attention

_WARM_UPS = 3
"""Runs before a recording, in which kernels are chosen and their memory is taken."""

_TOLERANCE = 0.05
"""Kernels that add up in another order each time differ by less in bfloat16."""

Piece = Callable[[], tuple[torch.Tensor, ...]]
Recorder = Callable[[Piece], Piece]


class DecodeGraphs:
    """The recorded steps of a model.

    Args:
        model: a `GptOssForCausalLM` on one device, as `ragged.install` left it.
        most: how many calls a step takes at most.
        recorder: gives what stands for a piece once it is recorded.
    """

    def __init__(self, model: Any, most: int, recorder: Recorder | None = None) -> None:
        self._model, self._most = model, most
        self._recorder = recorder or _Recorder()
        self._steps: dict[int, _Step] = {}

    def takes(self, segments: Sequence[Segment]) -> bool:
        """Whether a pass over `segments` is a step that can be recorded."""
        return len(segments) <= self._most and all(len(segment.ids) == 1 for segment in segments)

    def prepare(self, count: int) -> None:
        """Record the step of `count` calls, unless that is done.

        Raises:
            NotRecorded: something in the model cannot be recorded, or gives other numbers then.
        """
        size = _size(count)
        if size not in self._steps:
            try:
                self._steps[size] = _Step(self._model, size, self._recorder)
            except RuntimeError as error:
                raise NotRecorded(str(error)) from error

    def forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        """`ragged.forward` of segments that `takes` agrees to, after `prepare`."""
        return self._steps[_size(len(segments))].forward(segments)


class NotRecorded(Exception):
    """A step that cannot be recorded; the model computes it as ever."""


def _size(count: int) -> int:
    """The least power of two that is not below `count`."""
    return 1 << (count - 1).bit_length()


class _Step:
    """The pieces of a step for `size` calls, over buffers that stay where they are."""

    def __init__(self, model: Any, size: int, recorder: Recorder) -> None:
        self._layers = list(model.model.layers)
        weight = model.get_input_embeddings().weight
        width = model.config.num_attention_heads * self._layers[0].self_attn.head_dim
        self._ids = torch.zeros((1, size), dtype=torch.long, device=weight.device)
        self._positions = torch.zeros_like(self._ids)
        self._attended = weight.new_zeros((1, size, width)).normal_()
        begin = recorder(lambda: self._begin(model))
        residual, cos, sin, *_ = begin()
        self._pieces = [begin]
        for before, layer in zip(self._layers, self._layers[1:], strict=False):
            piece = recorder(self._between(before, layer, residual, cos, sin))
            residual, *_ = piece()
            self._pieces.append(piece)
        self._end = recorder(self._last(model, residual))

    def forward(self, segments: Sequence[Segment]) -> torch.Tensor:
        """The logits after each segment's one id, [segments, vocabulary]."""
        count = len(segments)
        device = self._ids.device
        ids = [segment.ids[0] for segment in segments]
        positions = [len(segment.cache.ids) for segment in segments]
        self._ids[0, :count] = torch.tensor(ids, device=device)
        self._positions[0, :count] = torch.tensor(positions, device=device)
        caches = Caches(segments, [1] * count)
        for index, (piece, layer) in enumerate(zip(self._pieces, self._layers, strict=True)):
            query, key, value = (each[:, :, :count] for each in piece()[-3:])
            keys, values = caches.update(key, value, index)
            module = layer.self_attn
            found, _ = attention(
                module, query, keys, values, [None] * count, module.scaling, [1] * count
            )
            self._attended[:, :count] = found.reshape(1, count, -1)
        (logits,) = self._end()
        for segment in segments:
            segment.cache.ids.extend(segment.ids)
        # The next replay writes where these lie.
        return logits[0, :count].clone()

    def _begin(self, model: Any) -> tuple[torch.Tensor, ...]:
        hidden = model.model.embed_tokens(self._ids)
        cos, sin = model.model.rotary_emb(hidden, self._positions)
        return hidden, cos, sin, *_queries_keys_values(self._layers[0], hidden, cos, sin)

    def _between(
        self, before: Any, layer: Any, residual: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor
    ) -> Piece:
        def piece() -> tuple[torch.Tensor, ...]:
            hidden = self._after_attention(before, residual)
            return hidden, *_queries_keys_values(layer, hidden, cos, sin)

        return piece

    def _last(self, model: Any, residual: torch.Tensor) -> Piece:
        def piece() -> tuple[torch.Tensor, ...]:
            hidden = self._after_attention(self._layers[-1], residual)
            return (model.lm_head(model.model.norm(hidden)),)

        return piece

    def _after_attention(self, layer: Any, residual: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = residual + layer.self_attn.o_proj(self._attended)
        mixed: torch.Tensor = layer.mlp(layer.post_attention_layernorm(hidden))[0]
        return hidden + mixed


def _queries_keys_values(
    layer: Any, hidden: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Each [1, heads, calls, head size], turned to its position."""
    module = layer.self_attn
    normed = layer.input_layernorm(hidden)
    shape = (*normed.shape[:-1], -1, module.head_dim)
    query, key, value = (
        project(normed).view(shape).transpose(1, 2)
        for project in (module.q_proj, module.k_proj, module.v_proj)
    )
    query, key = apply_rotary_pos_emb(query, key, cos, sin)
    return query, key, value


class _Recorder:
    """Records pieces as CUDA graphs that share their memory: they are replayed in their order."""

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, piece: Piece) -> Piece:
        """What replays `piece`; it gives the same tensors each time, newly filled.

        Raises:
            RuntimeError: it cannot be recorded, or a replay gives other numbers than the piece.
        """
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UPS):
                expected = piece()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        # Other threads may go on using the GPU meanwhile.
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            outputs = piece()

        def replay() -> tuple[torch.Tensor, ...]:
            graph.replay()
            return outputs

        for mine, theirs in zip(replay(), expected, strict=True):
            if not torch.allclose(mine, theirs, rtol=_TOLERANCE, atol=_TOLERANCE):
                raise RuntimeError("a recorded piece gives other numbers than the piece itself")
        return replay
