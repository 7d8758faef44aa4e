"""Under a grammar, a model whose numbers mean nothing writes proper Harmony and valid answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from agentkit import Agent, Limits, RunResult, Sampling
from agentkit.harmony.header import ODD_SPELLING
from agentkit.harmony.reader import NOT_UTF8
from agentkit.models.transformers import TransformersModel
from tests.models.answer_types import KINDS
from tests.models.conftest import save_random_gpt_oss

RUNS = 500
AT_ONCE = 16
HOT = Sampling(temperature=1.5)


@pytest.fixture(scope="module")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TransformersModel]:
    """A gpt-oss of random numbers with the whole vocabulary."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        folder = save_random_gpt_oss(
            tmp_path_factory.mktemp("random") / "gpt-oss-whole",
            vocab_size=201_088,
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=2,
        )
    model = TransformersModel(folder, device_map="cpu", max_batch=AT_ONCE)
    yield model
    asyncio.run(model.close())


async def runs(agents: list[Agent[Any, Any]]) -> list[RunResult[Any]]:
    """One run of each agent, some at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(agent: Agent[Any, Any]) -> RunResult[Any]:
        async with turn:
            return await agent.run("go")

    return await asyncio.gather(*map(one, agents))


@pytest.mark.timeout(600)
async def test_five_hundred_random_runs_end_in_valid_answers(
    random_model: TransformersModel,
) -> None:
    limits = Limits(reasoning_tokens=4, message_tokens=None, tokens=2000)
    agents = [Agent(random_model, output_type=kind, limits=limits, sampling=HOT) for kind in KINDS]
    results = await runs([agents[number % len(agents)] for number in range(RUNS)])
    assert Counter(result.stop_reason for result in results) == {"final": RUNS}, [
        (KINDS[number % len(KINDS)], result.detail)
        for number, result in enumerate(results)
        if result.stop_reason != "final"
    ]
    answers = [each.new_messages[-1] for each in results]
    assert {note for each in answers for note in each.notes} <= {ODD_SPELLING}
    thoughts = [said for each in results for said in each.new_messages[1:-1]]
    # Reasoning that had to end after so many tokens may end within a character.
    assert {note for each in thoughts for note in each.notes} <= {NOT_UTF8}
    asked_again = [each for each in results if each.usage.turns > 1]
    assert asked_again == []
