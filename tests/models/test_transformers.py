"""`TransformersModel` on a real event loop: streams, queues, cancels and closes."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import BackendError, ContextOverflow, UserError
from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import CALL, RETURN
from agentkit.models.base import Finish, Sampling
from agentkit.models.transformers import TransformersModel
from tests.models.conftest import VOCABULARY, WINDOW

GREEDY = Sampling(temperature=0.0)
Make = Callable[..., TransformersModel]


def prompt_of(seed: int, length: int = 3 * WINDOW) -> list[int]:
    return random.Random(seed).choices(range(VOCABULARY), k=length)


async def sample(
    model: TransformersModel,
    prompt: list[int],
    count: int = 8,
    *,
    sampling: Sampling = GREEDY,
    stop: frozenset[int] = frozenset(),
    session: str | None = None,
) -> tuple[list[int], list[float], Finish]:
    """Sampled ids, their log-probabilities and how it ended."""
    chunks = [
        chunk
        async for chunk in model.stream(
            prompt, sampling=sampling, stop=stop, max_tokens=count, session=session
        )
    ]
    assert all(chunk.finish is None for chunk in chunks[:-1])
    finish = chunks[-1].finish
    assert finish is not None
    logprobs = [one for chunk in chunks for one in chunk.logprobs or ()]
    return [token for chunk in chunks for token in chunk.ids], logprobs, finish


class Steps:
    """Counts the model's steps from now on."""

    def __init__(self, model: TransformersModel) -> None:
        assert model._batch is not None
        self.count = 0
        self._hook = model._batch.engine.model.model.register_forward_pre_hook(self._counted)

    def _counted(self, *_: object) -> None:
        self.count += 1

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


async def test_a_stream_ends_at_a_stop_id_or_at_max_tokens(model: TransformersModel) -> None:
    prompt = prompt_of(1)
    ids, logprobs, finish = await sample(model, prompt)
    assert (len(ids), finish, logprobs) == (8, Finish("length", len(prompt)), [])
    first = next(index for index, token in enumerate(ids) if token not in ids[:index] and index)
    cut, _, finish = await sample(model, prompt, stop=frozenset({ids[first]}))
    assert cut == ids[: first + 1]
    assert finish == Finish("stop", len(prompt))


async def test_logprobs_are_those_of_the_model(model: TransformersModel) -> None:
    import torch

    prompt = prompt_of(2)
    ids, logprobs, _ = await sample(
        model, prompt, sampling=Sampling(temperature=0.7, top_k=50, seed=1, logprobs=True)
    )
    assert model._batch is not None
    with torch.inference_mode():
        logits = model._batch.engine.model(torch.tensor([prompt + ids])).logits[
            0, len(prompt) - 1 : -1
        ]
    expected = logits.log_softmax(-1)[range(len(ids)), ids]
    assert logprobs == pytest.approx(expected.tolist(), abs=1e-4)


async def test_a_seed_makes_sampling_repeatable(model: TransformersModel) -> None:
    prompt = prompt_of(3)
    one, _, _ = await sample(model, prompt, sampling=Sampling(seed=5))
    same, _, _ = await sample(model, prompt, sampling=Sampling(seed=5))
    other, _, _ = await sample(model, prompt, sampling=Sampling(seed=6))
    assert one == same != other


async def test_a_session_computes_only_what_is_new(model: TransformersModel) -> None:
    prompt = prompt_of(4)
    ids, _, first = await sample(model, prompt, session="new")
    _, _, second = await sample(model, [*prompt, *ids, 5, 6, 7], session="new")
    _, _, rewound = await sample(model, [*prompt[:20], 9, 9], session="new")
    _, _, without = await sample(model, prompt)
    cached = [finish.cached_tokens for finish in (first, second, rewound, without)]
    # The last sampled id was delivered but never computed.
    assert cached == [0, len(prompt) + len(ids) - 1, 20, 0]


async def test_8_concurrent_streams_equal_each_alone(model: TransformersModel) -> None:
    prompts = [prompt_of(10 + index) for index in range(8)]

    async def two_turns(index: int, session: str) -> list[int]:
        ids, _, _ = await sample(model, prompts[index], 4, session=session)
        more, _, _ = await sample(model, [*prompts[index], *ids, 3], 4, session=session)
        return ids + more

    alone = [await two_turns(index, f"alone {index}") for index in range(8)]
    together = await asyncio.gather(*(two_turns(index, f"together {index}") for index in range(8)))
    shared = await asyncio.gather(*(sample(model, prompt, 4, session="x") for prompt in prompts))
    assert together == alone
    assert [ids for ids, _, _ in shared] == [ids[:4] for ids in alone]


async def test_each_of_several_calls_together_keeps_to_its_own_grammar(
    tiny_model: TransformersModel,
) -> None:
    tokenizer = load_tokenizer()
    prompt = tokenizer.encode_with_specials("<|start|>user<|message|>Hi<|end|><|start|>assistant")
    names = ("a", "b")
    grammars = [
        Grammar((Recipient(f"functions.{name}", {"type": "object"}),), must_call=True)
        for name in names
    ]

    async def text(grammar: Grammar | None) -> str:
        ids = [
            token
            async for chunk in tiny_model.stream(
                prompt,
                sampling=GREEDY,
                stop=frozenset({RETURN, CALL}),
                max_tokens=40,
                grammar=grammar,
            )
            for token in chunk.ids
        ]
        return tokenizer.decode(ids)

    wanted = [*grammars, None]
    together = await asyncio.gather(*map(text, wanted))
    assert together == [await text(grammar) for grammar in wanted]
    for name, found in zip(names, together, strict=False):
        assert f"to=functions.{name}" in found


async def test_a_grammar_that_takes_long_to_compile_holds_up_no_call(
    tiny_model: TransformersModel,
) -> None:
    prompt = load_tokenizer().encode_with_specials("<|start|>assistant")
    stream = tiny_model.stream(
        prompt, sampling=GREEDY, stop=frozenset({RETURN}), max_tokens=6, grammar=Grammar()
    )
    await anext(stream)
    compiled = threading.Event()
    for _ in range(3):
        tiny_model._compiler.submit(compiled.wait, 30)
    try:
        async with asyncio.timeout(10):
            assert [chunk async for chunk in stream][-1].finish is not None
    finally:
        compiled.set()


async def test_two_streams_read_in_turn_do_not_mix(model: TransformersModel) -> None:
    expected = [(await sample(model, prompt_of(seed)))[0] for seed in (21, 22)]
    streams = [
        model.stream(
            prompt_of(seed), sampling=GREEDY, stop=frozenset(), max_tokens=8, session=f"s{seed}"
        )
        for seed in (21, 22)
    ]
    found: list[list[int]] = [[], []]
    for _ in range(8):
        for ids, stream in zip(found, streams, strict=True):
            ids += (await anext(stream)).ids
    assert found == expected


async def closed_early(model: TransformersModel, prompt: list[int], session: str) -> None:
    stream = model.stream(
        prompt, sampling=GREEDY, stop=frozenset(), max_tokens=3000, session=session
    )
    async for _ in stream:
        break
    await stream.aclose()


async def cancelled_task(model: TransformersModel, prompt: list[int], session: str) -> None:
    task = asyncio.create_task(sample(model, prompt, 3000, session=session))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def cancelled_in_the_queue(model: TransformersModel, prompt: list[int], session: str) -> None:
    running = asyncio.create_task(sample(model, prompt_of(99), 30))
    queued = asyncio.create_task(sample(model, prompt, 3000, session=session))
    await asyncio.sleep(0)
    queued.cancel()
    with pytest.raises(asyncio.CancelledError):
        await queued
    await running


@pytest.mark.parametrize("cancel", [closed_early, cancelled_task, cancelled_in_the_queue])
async def test_a_cancelled_stream_leaves_model_and_session_usable(
    model: TransformersModel,
    cancel: Callable[[TransformersModel, list[int], str], Coroutine[Any, Any, None]],
) -> None:
    await model.load()
    prompt = prompt_of(30)
    expected, _, _ = await sample(model, prompt)
    with Steps(model) as steps:
        await cancel(model, prompt, cancel.__name__)
        done = steps.count
        await model.load()  # Queues up behind whatever still runs.
        assert steps.count <= done + 1
    found, _, _ = await sample(model, prompt, session=cancel.__name__)
    assert found == expected


async def test_prefill_is_cancelled_between_chunks(own_model: Make) -> None:
    model = own_model(prefill_chunk=8)
    await model.load()
    with Steps(model) as steps:
        task = asyncio.create_task(sample(model, prompt_of(31, 4000)))
        while steps.count < 3:  # noqa: ASYNC110  # counted in the worker thread
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await model.load()
        assert steps.count < 100


async def test_the_event_loop_stays_live_while_the_model_computes(own_model: Make) -> None:
    model = own_model()
    await model.load()
    task = asyncio.create_task(sample(model, prompt_of(32, 800), 1))
    ticks = 0
    while not task.done():
        await asyncio.sleep(0.001)
        ticks += 1
    assert ticks > 5


async def test_a_prompt_too_long_is_refused_with_numbers(own_model: Make) -> None:
    model = own_model(max_context=100)
    assert model.capabilities.context_length == 100
    with pytest.raises(ContextOverflow, match=r"has 100 tokens and the context of .* is 100"):
        await sample(model, prompt_of(33, 100))
    assert model._batch is None
    ids, _, finish = await sample(model, prompt_of(33, 97))
    assert (len(ids), finish.reason) == (3, "length")


@pytest.mark.parametrize(
    ("prompt", "arguments", "reason"),
    [
        ([], {}, "prompt is empty"),
        ([VOCABULARY], {}, "outside the vocabulary of 2,048"),
        ([-1], {}, "outside the vocabulary"),
        ([1], {"max_tokens": 0}, "at least 1"),
        ([1], {"grammar": Grammar(answer={"not": {}})}, "No grammar holds this"),
    ],
)
async def test_calls_that_cannot_be_right_are_refused(
    model: TransformersModel, prompt: list[int], arguments: dict[str, Any], reason: str
) -> None:
    valid: dict[str, Any] = {"sampling": GREEDY, "stop": frozenset(), "max_tokens": 5}
    with pytest.raises(UserError, match=reason):
        await anext(model.stream(prompt, **(valid | arguments)))


async def test_loading_reports_its_progress(own_model: Make) -> None:
    seen: list[tuple[int, int]] = []
    await own_model(on_progress=lambda done, total: seen.append((done, total))).load()
    assert seen == [(done, len(seen) - 1) for done in range(len(seen))]
    assert len(seen) > 10


async def test_close_ends_thread_and_streams_and_may_be_called_twice(own_model: Make) -> None:
    before = threading.active_count()
    model = own_model()
    await sample(model, prompt_of(34), 2)
    tasks = [asyncio.create_task(sample(model, prompt_of(35), 3000)) for _ in range(2)]
    await asyncio.sleep(0.05)
    await model.close()
    for task in tasks:
        with pytest.raises(BackendError, match="closed during this call"):
            await task
    await model.close()
    assert threading.active_count() == before
    with pytest.raises(UserError, match="is closed"):
        await sample(model, [1])


def test_one_model_serves_several_event_loops(own_model: Make) -> None:
    model = own_model()
    runs = [asyncio.run(sample(model, prompt_of(36), session="loops")) for _ in range(2)]
    assert runs[0][0] == runs[1][0]
    assert runs[1][2].cached_tokens == 3 * WINDOW - 1


def test_a_loop_that_ends_mid_stream_leaves_the_model_usable(own_model: Make) -> None:
    model = own_model()

    async def abandon() -> None:
        async for _ in model.stream(
            prompt_of(37), sampling=GREEDY, stop=frozenset(), max_tokens=3000, session="left"
        ):
            return

    asyncio.run(abandon())
    ids, _, _ = asyncio.run(sample(model, prompt_of(37), session="left"))
    assert ids == asyncio.run(sample(model, prompt_of(37)))[0]


async def test_capabilities_come_from_the_checkpoint(
    model: TransformersModel, checkpoint: Path
) -> None:
    capabilities = model.capabilities
    assert capabilities.name == str(checkpoint)
    assert capabilities.context_length == 4096
    assert capabilities.checkpoint == checkpoint
    assert capabilities.prefix_cache
    assert capabilities.logprobs
    assert capabilities.grammar
