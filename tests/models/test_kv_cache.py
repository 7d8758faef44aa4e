"""Reusing a session's KV cache gives what computing everything anew would give."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from agentkit.errors import AgentKitError, BackendError
from agentkit.models.base import Sampling, TokenChunk
from agentkit.models.batching import Batch, Generation
from agentkit.models.checkpoint import find_checkpoint
from agentkit.models.engine import Engine, load_engine
from agentkit.models.hardware import Placement
from agentkit.models.kv_cache import GROWTH, KVCache, SessionCaches
from tests.models.conftest import VOCABULARY, WINDOW

GREEDY = Sampling(temperature=0.0)
TOLERANCE = 1e-5


def make_engine(checkpoint: Path, prefill_chunk: int = 512, cache_bytes: int = 2**30) -> Engine:
    return load_engine(
        find_checkpoint(checkpoint),
        Placement(device_map="cpu"),
        cache_bytes=cache_bytes,
        prefill_chunk=prefill_chunk,
        options={},
        on_progress=None,
    )


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> Engine:
    return make_engine(checkpoint)


def generate(
    engine: Engine, prompt: list[int], count: int, session: str | None
) -> Generator[TokenChunk | None]:
    """One call, step by step; closing it early removes it."""
    batch = Batch(engine)
    call = Generation(prompt, sampling=GREEDY, stop=frozenset(), max_tokens=count, session=session)
    batch.add(call)
    try:
        while batch:
            for _, outcome in batch.step():
                if isinstance(outcome, AgentKitError):
                    raise outcome
                yield outcome
    finally:
        batch.remove(call)


def sample(
    engine: Engine, prompt: list[int], count: int, session: str | None
) -> tuple[list[int], torch.Tensor, int]:
    """Sampled ids, the logits of each, [count, vocabulary], and how many ids were cached."""
    rows: list[torch.Tensor] = []
    hook = engine.model.lm_head.register_forward_hook(
        lambda module, inputs, output: rows.append(output[0, -1].clone())
    )
    try:
        sampled = [chunk for chunk in generate(engine, prompt, count, session) if chunk is not None]
    finally:
        hook.remove()
    finish = sampled[-1].finish
    assert finish is not None
    return (
        [token for chunk in sampled for token in chunk.ids],
        torch.stack(rows[-count:]),
        (finish.cached_tokens),
    )


@torch.inference_mode()
def without_cache(engine: Engine, ids: list[int], count: int) -> torch.Tensor:
    """The logits of the last `count` of `ids`, from one pass over all of them."""
    output = engine.model(input_ids=torch.tensor([ids[:-1]]), use_cache=False)
    logits: torch.Tensor = output.logits[0, -count:]
    return logits


@pytest.mark.parametrize("prefill_chunk", [13, 512])
def test_reuse_equals_full_prefill_over_30_turns_of_append_and_rewind(
    checkpoint: Path, prefill_chunk: int
) -> None:
    engine = make_engine(checkpoint, prefill_chunk)
    chance = random.Random(prefill_chunk)
    ids: list[int] = []
    reused = computed = deepest = 0
    for _ in range(30):
        keep = chance.randint(0, len(ids)) if chance.random() < 0.5 else len(ids)
        deepest = max(deepest, len(ids) - keep)
        ids = ids[:keep] + chance.choices(range(VOCABULARY), k=chance.randint(1, 3 * WINDOW))
        count = chance.randint(1, 6)
        sampled, logits, cached = sample(engine, ids, count, "session")
        reused, computed = reused + cached, computed + len(ids) - cached
        ids = ids + sampled
        expected = without_cache(engine, ids, count)
        assert (logits - expected).abs().max() < TOLERANCE
        assert logits.argmax(-1).tolist() == expected.argmax(-1).tolist() == sampled
    assert reused > computed
    assert deepest > 4 * WINDOW


def test_greedy_output_equals_generate(engine: Engine) -> None:
    prompt = random.Random(0).choices(range(VOCABULARY), k=4 * WINDOW)
    ours, _, _ = sample(engine, prompt, 30, "first")
    again, _, cached = sample(engine, prompt, 30, "first")
    output = engine.model.generate(
        torch.tensor([prompt]), max_new_tokens=30, do_sample=False, pad_token_id=0
    )
    assert ours == again == output[0, len(prompt) :].tolist()
    assert cached == len(prompt) - 1


def test_two_sessions_interleaved_equal_each_alone(engine: Engine) -> None:
    chance = random.Random(1)

    def run(sessions: list[str]) -> dict[str, list[int]]:
        chance.seed(2)
        prompts = {name: chance.choices(range(VOCABULARY), k=2 * WINDOW) for name in "xy"}
        additions = {name: chance.choices(range(VOCABULARY), k=20) for name in "xy"}
        for _ in range(4):
            for name in sessions:
                sampled, _, _ = sample(engine, prompts[name], 8, f"{name} of {sessions}")
                prompts[name] = prompts[name] + sampled + additions[name]
        return {name: prompts[name] for name in sessions}

    together = run(["x", "y"])
    assert together == run(["x"]) | run(["y"])


def test_a_generation_closed_at_any_step_leaves_the_session_consistent(engine: Engine) -> None:
    prompt = random.Random(4).choices(range(VOCABULARY), k=3 * WINDOW)
    expected, _, _ = sample(engine, prompt, 10, None)
    for steps in range(1, 8):
        work = generate(engine, prompt, 10, "cut")
        for _ in range(steps):
            next(work)
        work.close()
        assert sample(engine, prompt, 10, "cut")[0] == expected


def test_a_failed_step_leaves_the_session_consistent(engine: Engine) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("the third layer broke")

    prompt = random.Random(5).choices(range(VOCABULARY), k=3 * WINDOW)
    expected, _, _ = sample(engine, prompt, 5, "failing")
    hook = engine.model.model.layers[2].register_forward_hook(fail)
    with pytest.raises(BackendError, match="the third layer broke"):
        sample(engine, [*prompt, 3, 4], 5, "failing")
    hook.remove()
    assert sample(engine, prompt, 5, "failing")[0] == expected


def test_an_unchanged_prompt_leaves_one_id_to_compute(engine: Engine) -> None:
    prompt = list(range(10, 30))
    assert sample(engine, prompt, 1, "same")[2] == 0
    assert sample(engine, prompt, 1, "same")[2] == len(prompt) - 1
    assert sample(engine, prompt[:5], 1, "same")[2] == 4
    assert sample(engine, prompt, 1, None)[2] == 0


def fill(length: int) -> Callable[[KVCache], KVCache]:
    """Fills a cache of two layers with numbers that tell their position."""

    def filled(cache: KVCache) -> KVCache:
        states = torch.arange(length, dtype=torch.float32).expand(1, 1, 1, length).mT
        for layer in range(2):
            cache.states.update(states, states, layer)
        cache.ids.extend(range(length))
        return cache

    return filled


def test_layers_hand_out_the_window_and_keep_everything() -> None:
    cache = fill(10)(KVCache([4, None]))
    new = torch.full((1, 1, 2, 1), 99.0)
    sliding, _ = cache.states.update(new, new, 0)
    full, _ = cache.states.update(new, new, 1)
    assert sliding.flatten().tolist() == [7, 8, 9, 99, 99]
    assert full.flatten().tolist() == [*range(10), 99, 99]
    cache.rewind(3)
    assert cache.states.get_mask_sizes(1, 0) == (4, 0)
    sliding, _ = cache.states.update(new[:, :, :1], new[:, :, :1], 0)
    assert sliding.flatten().tolist() == [0, 1, 2, 99]


def test_eviction_keeps_the_budget_and_the_most_recent_sessions() -> None:
    one = 2 * 2 * GROWTH * 4
    caches = SessionCaches([4, None], budget=2 * one)
    for name in "abc":
        caches.give_back(name, fill(5)(caches.take(name, [])))
        assert caches.bytes_held <= caches.budget
    assert caches.sessions == ("b", "c")
    caches.give_back("b", caches.take("b", [0, 1, 2]))
    caches.give_back("d", fill(5)(caches.take("d", [])))
    assert caches.sessions == ("b", "d")
    assert caches.take("b", [0, 1, 2]).ids == [0, 1]
    caches.give_back("huge", fill(10 * GROWTH)(caches.take("huge", [])))
    assert not caches.sessions


def test_room_is_made_before_a_long_prompt_is_computed() -> None:
    one = 2 * 2 * GROWTH * 4
    caches = SessionCaches([4, None], budget=2 * one)
    for name in "ab":
        caches.give_back(name, fill(5)(caches.take(name, [])))
    caches.make_room(one)
    assert caches.sessions == ("b",)


def test_an_engine_stays_within_its_budget(checkpoint: Path) -> None:
    config = transformers.AutoConfig.from_pretrained(checkpoint)
    per_token = 4 * 2 * config.num_key_value_heads * config.head_dim * config.num_hidden_layers
    engine = make_engine(checkpoint, cache_bytes=3 * GROWTH * per_token)
    for session in range(8):
        sample(engine, list(range(8 + session, 40)), 2, f"session {session}")
        assert 0 < engine.caches.bytes_held <= engine.caches.budget
    assert engine.caches.sessions == ("session 5", "session 6", "session 7")
