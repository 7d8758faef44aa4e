"""Continuous batching: which ids of which calls a model computes in its next step.

Calls join and leave between any two steps. Each step computes one id for every call that is
sampling, and in the same pass a part of the prompts of those that are not so far; short prompts go
first, so that neither a long prompt nor many sampling calls hold others up. Knows calls, sessions
and the memory their KV caches take; passes are `engine`'s. It is synchronous and belongs to one
thread. Not covered: priorities, and sharing a prefix between sessions.

Memory: the KV caches of all calls and idle sessions stay within `SessionCaches.budget`, or are
those of one single call. Where the calls outgrow it, idle sessions are evicted first; then the call
that came last gives up its cache, waits, and is computed anew once there is room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal

import torch

from agentkit.errors import AgentKitError, BackendError
from agentkit.models.base import Finish, Sampling, TokenChunk
from agentkit.models.constraint import Constraint
from agentkit.models.engine import Engine
from agentkit.models.kv_cache import GROWTH, KVCache
from agentkit.models.ragged import Segment
from agentkit.models.sampling import Sampler


class Generation:
    """One call: its ids so far, how the next is drawn, and its KV cache while it is computed.

    Args:
        prompt: ids, at least one.
        sampling: how ids are drawn; a seeded call draws the same whoever else is computed.
        stop: ids that end the generation.
        max_tokens: most ids to sample, at least one; the context has room for them.
        session: whose KV cache to use; None for a throw-away one. Of calls of one session at the
            same time the first has the cache.
        constraint: what may be sampled; ids that it forces are not sampled but computed together,
            unless log-probabilities are asked for.
    """

    def __init__(
        self,
        prompt: Sequence[int],
        *,
        sampling: Sampling,
        stop: frozenset[int],
        max_tokens: int,
        session: str | None,
        constraint: Constraint | None = None,
    ) -> None:
        self.ids = list(prompt)
        """The prompt and what was sampled."""
        self.session = session
        self.cache: KVCache | None = None
        """None before the call is computed, and while it waits for memory."""
        self.least_bytes = 0
        """What the cache took when the call began: a rewound one may be larger than its ids."""
        self._constraint = constraint
        self._stop = stop
        self._prompt_tokens = len(prompt)
        self._end = len(prompt) + max_tokens
        self._cached: int | None = None
        self._sampling = sampling
        self._sampler: Sampler | None = None

    def begin(self, engine: Engine) -> None:
        """Take the session's cache."""
        self.cache = engine.caches.take(self.session, self.ids)
        self.least_bytes = self.cache.bytes_held
        if self._cached is None:
            self._cached = len(self.cache.ids)

    def prepare(self) -> None:
        """The next logits are being computed: compute meanwhile what may be drawn from them."""
        if self._constraint is not None:
            self._constraint.prepare()

    def advance(self, logits: torch.Tensor) -> TokenChunk:
        """Draw the next id, and take those that must follow it.

        Args:
            logits: those after the last of `ids`, [vocabulary].

        Raises:
            BackendError: see `Sampler.draw` and `Constraint`.
        """
        if self._sampler is None:
            self._sampler = Sampler(self._sampling, logits.device)
        constraint = self._constraint
        if constraint is not None:
            logits = constraint.apply(logits)
        token, logprob = self._sampler.draw(logits)
        ids = [token]
        if constraint is not None:
            constraint.accept(token)
            if logprob is None and token not in self._stop:
                ids += constraint.forced()
        taken, reason = self._take(ids)
        if reason is None and constraint is not None and constraint.complete:
            reason = "stop"
        finish = Finish(reason, self._prompt_tokens, self._cached or 0) if reason else None
        return TokenChunk(taken, None if logprob is None else (logprob,), finish)

    def _take(self, ids: Sequence[int]) -> tuple[tuple[int, ...], Literal["stop", "length"] | None]:
        """Append `ids` up to a stop id or to the end, and tell which of the two it was."""
        for count, token in enumerate(ids, 1):
            self.ids.append(token)
            if token in self._stop:
                return tuple(ids[:count]), "stop"
            if len(self.ids) == self._end:
                return tuple(ids[:count]), "length"
        return tuple(ids), None


Outcome = TokenChunk | AgentKitError | None
"""What a step was for a call: a sampled id, its failure, or None for a part of its prompt."""


class Batch:
    """The calls that are computed, and those that wait for it, first come, first served.

    Args:
        engine: the loaded model.
        max_batch: most calls computed at the same time.
    """

    def __init__(self, engine: Engine, max_batch: int = 32) -> None:
        self.engine = engine
        self._max_batch = max_batch
        self._live: list[Generation] = []
        self._waiting: deque[Generation] = deque()

    def __len__(self) -> int:
        """How many calls are not finished."""
        return len(self._live) + len(self._waiting)

    @property
    def bytes_held(self) -> int:
        """The memory of the KV caches of the calls being computed."""
        return sum(call.cache.bytes_held for call in self._live if call.cache is not None)

    def add(self, call: Generation) -> None:
        """Let `call` join as soon as there is a place and memory."""
        self._waiting.append(call)

    def remove(self, call: Generation) -> None:
        """Let `call` leave; its session keeps what was computed."""
        if call in self._live:
            self._live.remove(call)
            if call.cache is not None:
                self.engine.caches.give_back(call.session, call.cache)
                call.cache = None
                self._make_room()
        elif call in self._waiting:
            self._waiting.remove(call)

    def step(self) -> Iterator[tuple[Generation, Outcome]]:
        """One pass of the model: what it gave each call that took part.

        A call has left when its outcome is an error or has a `finish`. A call may be removed
        between two items; closing the iterator early loses the outcomes not yet taken.
        """
        self._make_room()
        self._admit()
        segments = self._plan()
        for call, segment in segments.items():
            if len(segment.cache.ids) + len(segment.ids) == len(call.ids):
                call.prepare()
        results = self.engine.compute(list(segments.values()))
        for call, result in zip(segments, results, strict=True):
            outcome = self._outcome(call, result)
            if isinstance(outcome, AgentKitError) or (outcome is not None and outcome.finish):
                self.remove(call)
            yield call, outcome

    def _plan(self) -> dict[Generation, Segment]:
        """What each call computes: all it lacks, or an equal share of the ids that others leave."""
        segments: dict[Generation, Segment] = {}
        room = self.engine.prefill_chunk
        missing = [
            (call, call.cache, len(call.ids) - len(call.cache.ids))
            for call in self._live
            if call.cache is not None
        ]
        missing.sort(key=lambda one: one[2])
        for place, (call, cache, count) in enumerate(missing):
            count = min(count, max(1, room // (len(missing) - place)))
            room -= count
            done = len(cache.ids)
            segments[call] = Segment(cache, call.ids[done : done + count])
        return segments

    @staticmethod
    def _outcome(call: Generation, result: torch.Tensor | BackendError) -> Outcome:
        if isinstance(result, BackendError):
            return result
        if call.cache is None or len(call.cache.ids) < len(call.ids):
            return None
        try:
            return call.advance(result)
        except AgentKitError as error:
            return error
        except Exception as error:  # The others in the batch must not end with this one.
            failure = BackendError(f"The next id could not be drawn: {error}")
            failure.__cause__ = error
            return failure

    def _admit(self) -> None:
        """Let waiting calls join while there are places and memory; a call alone always may."""
        while self._waiting and len(self._live) < self._max_batch:
            call = self._waiting[0]
            if self._live and self._needed([*self._live, call]) > self.engine.caches.budget:
                return
            self._waiting.popleft()
            call.begin(self.engine)
            self._live.append(call)
            self._make_room()

    def _make_room(self) -> None:
        """Keep all caches, with what the next step adds, within the budget."""
        needed = self._needed(self._live)
        self.engine.caches.make_room(needed)
        while needed > self.engine.caches.budget and len(self._live) > 1:
            call = self._live.pop()
            call.cache, call.least_bytes = None, 0
            self._waiting.appendleft(call)
            needed = self._needed(self._live)

    def _needed(self, calls: Sequence[Generation]) -> int:
        """What the caches of `calls` take once all their ids are in it, and one more."""
        one = self.engine.bytes_per_token
        return sum(
            max(one * GROWTH * (len(call.ids) // GROWTH + 1), call.least_bytes) for call in calls
        )
