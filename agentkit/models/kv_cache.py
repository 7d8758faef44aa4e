"""The KV caches of sessions: what a model has computed for ids it saw, and may see again.

Every layer keeps the keys and values of all ids, so a cache can be rewound to any length, exactly;
a sliding layer hands only its window to the attention. (transformers' own sliding layers forget
what left the window, and then cannot be rewound.) Knows nothing of sampling or queues, and is not
thread-safe: one thread owns a model's caches. Not covered: sharing a prefix between sessions.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
from transformers.cache_utils import Cache, CacheLayerMixin

from agentkit.models.prefix import common_prefix

GROWTH = 256
"""Layers grow by so many positions at a time, so that a step rarely copies what is there."""


class RewindableLayer(CacheLayerMixin):  # type: ignore[misc]  # transformers is untyped here
    """Keys and values of one layer, of all positions.

    Args:
        window: how many positions a sliding layer attends to, its own included; None for all.
    """

    is_croppable = True

    def __init__(self, window: int | None = None) -> None:
        super().__init__()
        self.window = window
        self.is_sliding = window is not None
        self.length = 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Take the shapes of `key_states` and `value_states`: [batch, heads, positions, size]."""
        self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append positions, and give those the new ones may attend to: views, not copies.

        Args:
            key_states: [batch, heads, new positions, head size].
            value_states: likewise.
            args: not used by attention layers.
            kwargs: not used by attention layers.
        """
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        new = key_states.shape[-2]
        _, start = self.get_mask_sizes(new)
        end = self.length + new
        self.keys = _write(self.keys, key_states, self.length)
        self.values = _write(self.values, value_states, self.length)
        self.length = end
        return self.keys[:, :, start:end], self.values[:, :, start:end]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """How many positions `update` gives for `query_length` new ones, and the first of them."""
        start = 0 if self.window is None else max(0, self.length - self.window + 1)
        return self.length + query_length - start, start

    def get_seq_length(self) -> int:
        """How many positions are kept."""
        return self.length

    def get_max_length(self) -> int:
        """-1: there is no limit."""
        return -1

    def reset(self) -> None:
        """Forget all positions."""
        self.length = 0

    def keep(self, length: int) -> None:
        """Forget all positions from `length` on."""
        self.length = min(self.length, length)

    @property
    def bytes_held(self) -> int:
        """The memory that keys and values take."""
        if not self.is_initialized:
            return 0
        return int(self.keys.nbytes + self.values.nbytes)


def _write(buffer: torch.Tensor, new: torch.Tensor, at: int) -> torch.Tensor:
    """`new` written into `buffer` from position `at`, in a larger buffer where it is too small."""
    end = at + new.shape[-2]
    if end > buffer.shape[-2]:
        shape = (*new.shape[:-2], -(-end // GROWTH) * GROWTH, new.shape[-1])
        grown = new.new_empty(shape)
        grown[:, :, :at] = buffer[:, :, :at]
        buffer = grown
    buffer[:, :, at:end] = new
    return buffer


class KVCache:
    """What a model has computed for one sequence of ids.

    Args:
        windows: for each layer its sliding window in positions, None for full attention.
    """

    def __init__(self, windows: Sequence[int | None]) -> None:
        self.ids: list[int] = []
        """The ids whose keys and values are held."""
        self._layers = [RewindableLayer(window) for window in windows]
        self.states = Cache(layers=list(self._layers))
        """The same, as transformers' models take and fill it."""

    def rewind(self, length: int) -> None:
        """Forget all ids from `length` on; also mends layers a failed step left uneven."""
        del self.ids[length:]
        for layer in self._layers:
            layer.keep(length)

    @property
    def bytes_held(self) -> int:
        """The memory that keys and values take."""
        return sum(layer.bytes_held for layer in self._layers)


class SessionCaches:
    """The caches of sessions between their calls, the least recently used first to go.

    Args:
        windows: see `KVCache`.
        budget: most bytes that the caches of idle sessions hold together; calls being computed
            take their share of it through `make_room`.
    """

    def __init__(self, windows: Sequence[int | None], budget: int) -> None:
        self.budget = budget
        self._windows = tuple(windows)
        self._idle: OrderedDict[str, KVCache] = OrderedDict()
        self.bytes_held = 0
        """The memory of all idle caches."""

    def take(self, session: str | None, prompt: Sequence[int]) -> KVCache:
        """The session's cache, rewound to what it shares with `prompt`; give it back after use.

        The last id of `prompt` is never in it: computing it gives the logits of the next one.

        Args:
            session: None takes a cache that is thrown away after use.
            prompt: ids, as a list.
        """
        cache = self._idle.pop(session, None) if session is not None else None
        if cache is None:
            return KVCache(self._windows)
        self.bytes_held -= cache.bytes_held
        cache.rewind(common_prefix(cache.ids, prompt[:-1]))
        return cache

    def give_back(self, session: str | None, cache: KVCache) -> None:
        """Keep `cache` for the session's next call, as far as the budget allows.

        A session whose cache alone is over the budget is not kept. Where the session has a cache
        already, from another call at the same time, the later one stays.
        """
        if session is None:
            return
        self._drop(session)
        self._idle[session] = cache
        self.bytes_held += cache.bytes_held
        self.make_room(0)

    def make_room(self, needed: int) -> None:
        """Evict idle sessions until `needed` bytes more are within the budget, or none is left."""
        while self._idle and self.bytes_held + needed > self.budget:
            self._drop(next(iter(self._idle)))

    def clear(self) -> None:
        """Forget all sessions."""
        self._idle.clear()
        self.bytes_held = 0

    def _drop(self, session: str) -> None:
        if cache := self._idle.pop(session, None):
            self.bytes_held -= cache.bytes_held

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions held, the least recently used first."""
        return tuple(self._idle)
