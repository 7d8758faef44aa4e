"""A model over two processes that share its experts computes what one process computes."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentkit.errors import BackendError, UserError
from agentkit.models.base import Finish, Sampling
from agentkit.models.engine import Engine
from agentkit.models.parallel import Followers
from agentkit.models.transformers import TransformersModel
from tests.models.conftest import VOCABULARY, WINDOW, save_random_gpt_oss

Reply = tuple[list[int], Finish]


async def reply(model: TransformersModel, prompt: list[int], session: str | None) -> Reply:
    ids = list[int]()
    finish = None
    async for chunk in model.stream(
        prompt,
        sampling=Sampling(temperature=0.0),
        stop=frozenset(),
        max_tokens=6,
        session=session,
    ):
        ids += chunk.ids
        finish = chunk.finish
    assert finish is not None
    return ids, finish


async def conversation(model: TransformersModel, seed: int) -> list[Reply]:
    """Turns that append to what was said, and that take some of it back."""
    chance = random.Random(seed)
    ids, replies = list[int](), list[Reply]()
    for turn in range(4):
        ids += chance.choices(range(VOCABULARY), k=chance.randrange(1, 3 * WINDOW))
        replies.append(await reply(model, ids, f"conversation {seed}" if seed else None))
        ids += replies[-1][0]
        if turn % 2:
            del ids[-chance.randrange(1, len(ids) - 1) :]
    return replies


def engine_of(model: TransformersModel) -> Engine:
    assert model._batch is not None
    return model._batch.engine


def followers_of(model: TransformersModel) -> Followers:
    followers = engine_of(model)._followers
    assert followers is not None
    return followers


@pytest.fixture
async def shared(checkpoint: Path) -> AsyncIterator[TransformersModel]:
    model = TransformersModel(checkpoint, processes=2)
    yield model
    await model.close()


async def test_two_processes_compute_what_one_does(
    shared: TransformersModel, model: TransformersModel, checkpoint: Path
) -> None:
    seeds = range(4)
    found = await asyncio.gather(*(conversation(shared, seed) for seed in seeds))
    assert found == [await conversation(model, seed) for seed in seeds]
    experts = engine_of(shared).model.model.layers[0].mlp.experts.gate_up_proj
    assert experts.to_local().shape[0] == experts.shape[0] // 2
    another = TransformersModel(checkpoint, processes=2)
    with pytest.raises(UserError, match="one at a time"):
        await another.load()
    await another.close()


async def test_a_tied_output_layer_stays_whole(tmp_path: Path) -> None:
    folder = save_random_gpt_oss(tmp_path / "tied", tie_word_embeddings=True)
    found = []
    for processes in (1, 2):
        model = TransformersModel(folder, processes=processes)
        found.append(await reply(model, [1, 2, 3], None))
        await model.close()
    assert found[0] == found[1]


async def test_caches_that_are_gone_are_forgotten_by_the_followers(
    shared: TransformersModel,
) -> None:
    for seed in range(3):
        await reply(shared, [seed, 1, 2], None)
    followers = followers_of(shared)
    assert len(followers._keys) <= 1
    assert len(followers._forgotten) <= 1


async def test_an_interrupt_from_the_keyboard_does_not_reach_them(
    shared: TransformersModel,
) -> None:
    await shared.load()
    assert all(os.getsid(each.pid) == each.pid for each in followers_of(shared)._processes)


async def test_a_process_that_dies_ends_the_model_with_a_sentence(
    shared: TransformersModel,
) -> None:
    await reply(shared, [1, 2, 3], "one")
    (process,) = followers_of(shared)._processes
    process.kill()
    process.wait()
    for _ in range(2):
        with pytest.raises(BackendError, match=r"cannot go on.*load it anew"):
            await asyncio.wait_for(reply(shared, [1, 2, 3, 4], "one"), 60)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"processes": 0}, "4 experts can only be shared equally"),
        ({"processes": 3}, "4 experts can only be shared equally"),
        ({"processes": 2, "device_map": "cpu"}, "not both"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    checkpoint: Path, arguments: dict[str, object], reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        TransformersModel(checkpoint, **arguments)  # type: ignore[arg-type]


async def test_options_that_another_process_cannot_be_told_are_refused(checkpoint: Path) -> None:
    model = TransformersModel(checkpoint, processes=2, options={"config": object()})
    with pytest.raises(UserError, match="JSON"):
        await model.load()
    await model.close()
