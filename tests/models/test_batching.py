"""Calls computed together give what each gives alone, whoever joins, leaves or fails meanwhile."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from agentkit.errors import AgentKitError, BackendError
from agentkit.models.base import Sampling
from agentkit.models.batching import Batch, Generation
from agentkit.models.checkpoint import find_checkpoint
from agentkit.models.engine import Engine, load_engine
from agentkit.models.hardware import Placement
from agentkit.models.kv_cache import GROWTH, KVCache
from agentkit.models.ragged import ATTENTION, Segment, forward
from tests.models.conftest import VOCABULARY, WINDOW

GREEDY = Sampling(temperature=0.0)
ROUNDING = {"float32": 1e-5, "bfloat16": 0.05}
"""How far logits of the same ids differ between passes of other shapes; theirs is about 1."""
COUNT = 12

Sampled = dict[Generation, list[int] | AgentKitError]


def make_engine(checkpoint: Path, dtype: str = "float32", cache_bytes: int = 2**30) -> Engine:
    return load_engine(
        find_checkpoint(checkpoint),
        Placement(device_map="cpu", dtype=dtype),
        cache_bytes=cache_bytes,
        prefill_chunk=64,
        options={},
        on_progress=None,
    )


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> Engine:
    return make_engine(checkpoint)


def prompt_of(seed: int, length: int) -> list[int]:
    return random.Random(seed).choices(range(1, VOCABULARY), k=length)


def call_of(
    prompt: Sequence[int],
    count: int = COUNT,
    sampling: Sampling = GREEDY,
    session: str | None = None,
) -> Generation:
    return Generation(
        prompt, sampling=sampling, stop=frozenset(), max_tokens=count, session=session
    )


def take_step(batch: Batch, sampled: Sampled) -> None:
    for call, outcome in batch.step():
        if isinstance(outcome, AgentKitError):
            sampled[call] = outcome
        elif outcome is not None:
            ids = sampled.setdefault(call, [])
            assert isinstance(ids, list)
            ids.extend(outcome.ids)


def run(engine: Engine, calls: Sequence[Generation], max_batch: int = 32) -> Sampled:
    """What each call sampled, or why it failed, when all begin together."""
    batch, sampled = Batch(engine, max_batch), Sampled()
    for call in calls:
        batch.add(call)
    while batch:
        take_step(batch, sampled)
    return sampled


def alone(engine: Engine, prompt: Sequence[int], sampling: Sampling = GREEDY) -> list[int]:
    call = call_of(prompt, sampling=sampling)
    ids = run(engine, [call])[call]
    assert isinstance(ids, list)
    return ids


@torch.inference_mode()
def logits_after(engine: Engine, ids: list[int]) -> torch.Tensor:
    """From one plain pass of transformers over all ids, [vocabulary]."""
    logits: torch.Tensor = engine.model(torch.tensor([ids]), use_cache=False).logits[0, -1]
    return logits.float()


@contextmanager
def broken_where(
    engine: Engine, fault: Callable[[torch.Tensor], Exception | None]
) -> Iterator[None]:
    """Make passes fail inside the third layer when `fault`, given all their ids, says so."""
    ids = torch.empty(0)

    def look(module: object, inputs: tuple[torch.Tensor]) -> None:
        nonlocal ids
        ids = inputs[0]

    def fail(*_: object) -> None:
        if (error := fault(ids)) is not None:
            raise error

    hooks = [
        engine.model.model.embed_tokens.register_forward_pre_hook(look),
        engine.model.model.layers[2].register_forward_hook(fail),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@pytest.mark.parametrize("seed", range(3))
def test_a_pass_over_segments_of_any_length_gives_the_logits_of_a_plain_pass(
    engine: Engine, seed: int
) -> None:
    chance = random.Random(seed)
    caches = [KVCache([WINDOW, None] * 2) for _ in range(4)]
    for _ in range(6):
        taking_part = chance.sample(caches, chance.randint(1, 4))
        for cache in taking_part:
            cache.rewind(chance.choice([len(cache.ids), chance.randint(0, len(cache.ids))]))
        news = [
            prompt_of(chance.randrange(2**32), chance.choice([1, 1, 2, WINDOW, 3 * WINDOW]))
            for _ in taking_part
        ]
        with torch.inference_mode():
            rows = forward(engine.model, [*map(Segment, taking_part, news)])
        for cache, row in zip(taking_part, rows, strict=True):
            assert (row - logits_after(engine, cache.ids)).abs().max() < ROUNDING["float32"]


@pytest.mark.parametrize("dtype", ROUNDING)
def test_greedy_output_of_8_together_is_that_of_each_alone_up_to_near_ties(
    checkpoint: Path, dtype: str
) -> None:
    engine = make_engine(checkpoint, dtype)
    prompts = [prompt_of(seed, 10 + 23 * seed) for seed in range(8)]
    calls = [call_of(prompt, count=16) for prompt in prompts]
    found = run(engine, calls)
    same = 0
    for prompt, call in zip(prompts, calls, strict=True):
        single = call_of(prompt, count=16)
        pairs = [*zip(run(engine, [single])[single], found[call], strict=True)]  # type: ignore[arg-type]
        parting = next((at for at, (one, other) in enumerate(pairs) if one != other), None)
        if parting is None:
            same += 1
            continue
        shared = [token for token, _ in pairs[:parting]]
        logits = logits_after(engine, prompt + shared)
        assert abs(logits[pairs[parting][0]] - logits[pairs[parting][1]]) < ROUNDING[dtype]
    assert same >= (8 if dtype == "float32" else 4)


@pytest.mark.parametrize("seed", range(2))
def test_calls_that_join_and_leave_at_any_step_do_not_touch_the_others(
    engine: Engine, seed: int
) -> None:
    chance = random.Random(seed)
    prompts = {index: prompt_of(100 * seed + index, chance.randint(1, 150)) for index in range(8)}
    batch, sampled = Batch(engine, max_batch=4), Sampled()
    calls: dict[int, Generation] = {}
    left: set[int] = set()
    while len(calls) < len(prompts) or batch:
        if len(calls) < len(prompts) and chance.random() < 0.4:
            index = len(calls)
            calls[index] = call_of(prompts[index], session=f"{seed} {index}")
            batch.add(calls[index])
        if calls and chance.random() < 0.1:
            leaving = chance.choice([*calls])
            batch.remove(calls[leaving])
            left.add(leaving)
        if batch:
            take_step(batch, sampled)
    for index, call in calls.items():
        expected = alone(engine, prompts[index])
        ids = sampled.get(call, [])
        assert isinstance(ids, list)
        assert ids == expected[: len(ids)]
        assert len(ids) == COUNT or index in left
        # Also one that left early is well in its session's cache.
        again = call_of(prompts[index], session=f"{seed} {index}")
        assert run(engine, [again])[again] == expected


def test_all_calls_take_one_pass_for_a_step(engine: Engine) -> None:
    passes: list[int] = []
    hook = engine.model.model.register_forward_pre_hook(lambda *_: passes.append(1))
    run(engine, [call_of(prompt_of(seed, 8)) for seed in range(8)])
    hook.remove()
    assert len(passes) == COUNT  # The prompts' 64 ids are one step, and give the first ids.


def test_a_long_prompt_neither_stops_sampling_nor_keeps_short_prompts_waiting(
    engine: Engine,
) -> None:
    batch, sampled = Batch(engine), Sampled()
    sampling, long, short = (call_of(prompt_of(size, size), 40) for size in (5, 1000, 50))
    for call in (sampling, long):
        batch.add(call)
    for _ in range(6):
        take_step(batch, sampled)
    assert len(sampled[sampling]) == 6  # type: ignore[arg-type]
    batch.add(short)
    for _ in range(2):
        take_step(batch, sampled)
    assert len(sampled[sampling]) == 8  # type: ignore[arg-type]
    assert short in sampled
    assert long not in sampled
    while batch:
        take_step(batch, sampled)
    assert sampled[long] == run(engine, [again := call_of(prompt_of(1000, 1000), 40)])[again]


def test_a_seeded_call_draws_the_same_alone_and_among_others(engine: Engine) -> None:
    prompt, sampling = prompt_of(1, 40), Sampling(temperature=1.0, top_p=0.95, seed=3)
    call = call_of(prompt, sampling=sampling)
    others = [call_of(prompt_of(seed, 30), sampling=Sampling()) for seed in range(5)]
    assert run(engine, [*others, call])[call] == alone(engine, prompt, sampling)


def test_a_call_that_fails_takes_no_other_with_it(engine: Engine) -> None:
    poison = 7
    good = [prompt_of(seed, 30 + seed) for seed in range(40, 44)]
    good = [[token if token != poison else 8 for token in prompt] for prompt in good]
    expected = [alone(engine, prompt) for prompt in good]
    calls = [call_of(prompt, session=f"good {len(prompt)}") for prompt in good]
    bad = call_of([*prompt_of(50, 40), poison], session="bad")
    with broken_where(
        engine, lambda ids: RuntimeError("it is poisoned") if poison in ids else None
    ):
        found = run(engine, [*calls[:2], bad, *calls[2:]])
    with pytest.raises(BackendError, match="failed at token 41: it is poisoned"):
        raise found[bad]  # type: ignore[misc]
    assert [found[call] for call in calls] == expected
    assert {"good 70", "bad"} <= set(engine.caches.sessions)


def test_short_memory_frees_idle_sessions_then_computes_one_by_one(checkpoint: Path) -> None:
    engine = make_engine(checkpoint)
    prompts = [prompt_of(seed, 20) for seed in range(3)]
    expected = [alone(engine, prompt) for prompt in prompts]
    run(engine, [call_of(prompts[0], session="idle")])
    calls = [call_of(prompt) for prompt in prompts]
    long = call_of(prompt_of(9, 60))

    def short_of_memory(ids: torch.Tensor) -> Exception | None:
        return torch.OutOfMemoryError("CUDA out of memory") if ids.shape[1] > 30 else None

    with broken_where(engine, short_of_memory):
        found = run(engine, [*calls, long])
    assert not engine.caches.sessions
    assert [found[call] for call in calls] == expected
    # Alone it may compute 64 ids at a time, which is too much.
    with pytest.raises(BackendError, match="Out of memory at 60 tokens"):
        raise found[long]  # type: ignore[misc]


def test_a_model_that_gives_no_numbers_is_a_typed_error(engine: Engine) -> None:
    hook = engine.model.lm_head.register_forward_hook(lambda *found: found[-1] * torch.nan)
    for sampling in (GREEDY, Sampling()):
        call = call_of([1, 2, 3], sampling=sampling)
        error = run(engine, [call])[call]
        assert isinstance(error, BackendError)
        assert "highest of the logits is nan" in str(error)
    hook.remove()


def test_a_call_whose_ids_cannot_be_drawn_ends_alone(engine: Engine) -> None:
    prompt = prompt_of(9, 20)
    odd, other = call_of(prompt, sampling=Sampling(seed=2**80)), call_of(prompt)
    found = run(engine, [odd, other])
    assert isinstance(found[odd], BackendError)
    assert "could not be drawn" in str(found[odd])
    assert found[other] == alone(engine, prompt)


def test_more_calls_than_max_batch_wait_first_come_first_served(engine: Engine) -> None:
    calls = [call_of(prompt_of(seed, 5), count=4) for seed in range(5)]
    batch, sampled = Batch(engine, max_batch=2), Sampled()
    for call in calls:
        batch.add(call)
    begun: list[int] = []
    while batch:
        take_step(batch, sampled)
        begun.append(len(sampled))
    assert begun == [2, 2, 2, 2, 4, 4, 4, 4, 5, 5, 5, 5]
    assert [*sampled] == calls


def test_caches_stay_within_their_bytes_by_making_late_calls_wait(checkpoint: Path) -> None:
    engine = make_engine(checkpoint)
    one = engine.bytes_per_token * GROWTH
    engine.caches.budget = 3 * one
    run(engine, [call_of(prompt_of(1, 5), session="idle")])
    # Each fits at first and none once it has outgrown its first 256 positions.
    prompts = [prompt_of(seed, GROWTH - 6) for seed in range(3)]
    calls = [call_of(prompt, session=str(index)) for index, prompt in enumerate(prompts)]
    batch, sampled = Batch(engine), Sampled()
    for call in calls:
        batch.add(call)
    together, largest = set(), 0
    while batch:
        take_step(batch, sampled)
        together.add(sum(call.cache is not None for call in calls))
        largest = max(largest, batch.bytes_held + engine.caches.bytes_held)
    assert one < largest <= engine.caches.budget
    assert together >= {3, 1}
    for prompt, call in zip(prompts, calls, strict=True):
        assert sampled[call] == alone(engine, prompt)


def test_one_call_alone_may_outgrow_the_bytes(checkpoint: Path) -> None:
    engine = make_engine(checkpoint, cache_bytes=1)
    calls = [call_of(prompt_of(seed, 20), session=str(seed)) for seed in range(3)]
    found = run(engine, calls)
    assert [found[call] for call in calls] == [
        alone(engine, prompt_of(seed, 20)) for seed in range(3)
    ]
    assert not engine.caches.bytes_held


def test_two_calls_of_a_session_at_the_same_time_do_not_share_a_cache(engine: Engine) -> None:
    prompts = [prompt_of(70, 40), prompt_of(70, 40)[:20] + prompt_of(71, 20)]
    run(engine, [call_of(prompts[0], session="shared")])
    calls = [call_of(prompt, session="shared") for prompt in prompts]
    found = run(engine, calls)
    assert [found[call] for call in calls] == [alone(engine, prompt) for prompt in prompts]


def test_with_another_attention_kernel_each_call_takes_a_pass_of_its_own(
    checkpoint: Path,
) -> None:
    engine = make_engine(checkpoint)
    prompts = [prompt_of(seed, 50) for seed in range(2)]
    expected = [alone(engine, prompt) for prompt in prompts]
    assert engine.model.config._attn_implementation == ATTENTION
    engine.model.set_attn_implementation("eager")
    calls = [call_of(prompt) for prompt in prompts]
    found = run(engine, calls)
    assert [found[call] for call in calls] == expected


def test_a_model_split_over_two_devices_brings_no_tensors_of_both_together() -> None:
    script = [sys.executable, "-m", "tests.models.two_gpus"]
    done = subprocess.run(script, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["(2, 128) standin:1"] * 2
