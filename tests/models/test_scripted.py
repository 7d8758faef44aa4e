"""`ScriptedModel` hands out its script as a real model would, and logs what it saw."""

from __future__ import annotations

import asyncio

import pytest

from agentkit.errors import BackendError, ContextOverflow, UserError
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import CALL, CHANNEL, RETURN, STOP_IDS
from agentkit.messages import Message
from agentkit.models.base import Finish, Model, Sampling, TokenChunk
from agentkit.models.prefix import common_prefix
from agentkit.models.scripted import Generation, ScriptedModel

HI = "<|channel|>final<|message|>hi<|return|>"


async def collect(
    model: Model,
    prompt: list[int],
    *,
    max_tokens: int = 100,
    session: str | None = None,
) -> tuple[list[int], Finish]:
    chunks: list[TokenChunk] = [
        chunk
        async for chunk in model.stream(
            prompt, sampling=Sampling(), stop=STOP_IDS, max_tokens=max_tokens, session=session
        )
    ]
    assert all(chunk.finish is None for chunk in chunks[:-1])
    assert chunks[-1].finish is not None
    return [token for chunk in chunks for token in chunk.ids], chunks[-1].finish


def written(text: str) -> list[int]:
    return load_tokenizer().encode_with_specials(text)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (HI, HI),
        (Message("assistant", "hi", "final"), HI),
        (written(HI), HI),
        (
            [
                Message("assistant", "hm", "analysis"),
                Message("assistant", "{}", "commentary", "functions.f", content_type="json"),
            ],
            "<|channel|>analysis<|message|>hm<|end|>"
            "<|start|>assistant to=functions.f<|channel|>commentary json<|message|>{}<|call|>",
        ),
        (
            Message("assistant", "{}", "commentary", "functions.f", complete=False),
            " to=functions.f<|channel|>commentary<|message|>{}",
        ),
    ],
)
async def test_every_kind_of_item_becomes_the_ids_a_model_writes(
    item: Generation, text: str
) -> None:
    with ScriptedModel([item]) as model:
        ids, finish = await collect(model, [1, 2])
    assert load_tokenizer().decode(ids) == text
    assert finish == Finish("stop" if ids[-1] in STOP_IDS else "length", 2)


async def test_ids_come_one_by_one_and_none_after_a_stop_id() -> None:
    model = ScriptedModel([[5, CALL, 6, RETURN]])
    stream = model.stream([1], sampling=Sampling(), stop=STOP_IDS, max_tokens=9)
    chunks = [chunk async for chunk in stream]
    assert [chunk.ids for chunk in chunks] == [(5,), (CALL,)]


async def test_max_tokens_and_the_context_cut_a_generation() -> None:
    model = ScriptedModel([[5, 6, 7, RETURN]] * 2, context_length=4)
    assert await collect(model, [1], max_tokens=2) == ([5, 6], Finish("length", 1))
    assert await collect(model, [1]) == ([5, 6, 7], Finish("length", 1))
    with pytest.raises(ContextOverflow, match="4 tokens"):
        await collect(model, [1, 2, 3, 4])


async def test_prompts_are_logged_as_ids_and_as_text() -> None:
    model = ScriptedModel([HI, HI])
    prompt = written("<|start|>user<|message|>hello<|end|><|start|>assistant")
    await collect(model, prompt)
    await collect(model, [CHANNEL])
    assert model.prompts == [prompt, [CHANNEL]]
    assert model.prompt_text(0) == "<|start|>user<|message|>hello<|end|><|start|>assistant"
    assert model.requests[0].max_tokens == 100


async def test_a_session_counts_cached_tokens_like_a_perfect_prefix_cache() -> None:
    model = ScriptedModel([[5, 6, RETURN]] * 5)
    first = await collect(model, [1, 2, 3], session="a")
    grown = await collect(model, [1, 2, 3, 5, 6, RETURN, 9], session="a")
    rewound = await collect(model, [1, 2, 8, 8], session="a")
    other = await collect(model, [1, 2, 8, 8], session="b")
    without = await collect(model, [1, 2, 8, 8])
    cached = [finish.cached_tokens for _, finish in (first, grown, rewound, other, without)]
    assert cached == [0, 6, 2, 0, 0]


async def test_a_closed_stream_leaves_the_model_usable() -> None:
    model = ScriptedModel([[5, 6, RETURN]] * 2)
    stream = model.stream([1], sampling=Sampling(), stop=STOP_IDS, max_tokens=9, session="a")
    async for _ in stream:
        break
    await stream.aclose()
    _, finish = await collect(model, [1, 5, 6], session="a")
    assert finish.cached_tokens == 2


async def test_a_slow_script_can_be_cancelled() -> None:
    model = ScriptedModel([HI], seconds_per_id=60)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await collect(model, [1])


async def test_asking_for_more_than_the_script_has_errs() -> None:
    model = ScriptedModel([HI])
    await collect(model, [1])
    with pytest.raises(BackendError, match="has 1 generations"):
        await collect(model, [1])


def test_a_script_that_is_not_used_up_errs() -> None:
    model = ScriptedModel([HI, HI])
    with pytest.raises(AssertionError, match="2 of the script's 2 generations"):
        model.assert_finished()
    with pytest.raises(AssertionError), model:
        pass
    with pytest.raises(KeyError), model:
        raise KeyError("the body's own error is not hidden")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (HI, "list of generations"),
        ([""], "Item 0 of the script is empty"),
        ([HI, []], "Item 1 of the script is empty"),
        ([[1, "x"]], "mixes"),
        ([Message("user", "hi")], "assistant messages"),
    ],
)
def test_a_bad_script_is_refused_at_once(script: list[Generation], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        ScriptedModel(script)


def test_common_prefix_agrees_with_counting() -> None:
    base = list(range(50))
    for changed in range(51):
        other = [*base[:changed], -1, *base[changed + 1 :]]
        assert common_prefix(base, other) == changed
        assert common_prefix(base, base[:changed]) == changed
    assert common_prefix([], base) == 0
