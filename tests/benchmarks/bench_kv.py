"""KV reuse against computing every prompt anew, on 20-turn tool conversations.

Both ways run the same conversation through the same random gpt-oss in one process: shapes and
costs are real, only the words are not. In every turn the model samples its analysis and a call,
and a tool's result is appended to just these ids. In the second conversation there are more
questions, and with each the earlier analysis is dropped, as Harmony wants: the cache is rewound to
the previous question. Ratios are what counts; seconds are of a machine at work.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from agentkit.models.base import Sampling
from agentkit.models.transformers import TransformersModel
from tests.benchmarks.report import machine, table

CONVERSATIONS = {"1 question, 20 calls": (1, 20), "5 questions, 4 calls each": (5, 4)}
VOCABULARY = 2048
SYSTEM, QUESTION, ANALYSIS, CALL, RESULT = 200, 20, 4, 2, 60
"""Tokens of each part; the system prompt has the tools, and every turn has the last three."""


@dataclass(frozen=True)
class Measured:
    """What a conversation cost: ids of prompts computed, and the seconds until first ids came."""

    prefilled: int
    seconds: float


async def converse(
    model: TransformersModel, session: str | None, questions: int, calls: int
) -> Measured:
    """Run one conversation, in one session or with a throw-away cache for each prompt."""
    chance = random.Random(0)
    prefilled, seconds = 0, 0.0
    settled = _part(chance, SYSTEM)
    for _ in range(questions):
        settled = settled + _part(chance, QUESTION)
        running = settled
        for _ in range(calls):
            sampled, computed, waited = await _turn(model, session, running)
            prefilled, seconds = prefilled + computed, seconds + waited
            result = _part(chance, RESULT)
            running = running + sampled + result
            settled = settled + sampled[ANALYSIS:] + result
    return Measured(prefilled, seconds)


async def measure() -> dict[str, tuple[Measured, Measured]]:
    """For each conversation what it costs with every prompt computed anew, and with reuse."""
    with tempfile.TemporaryDirectory() as folder:
        model = TransformersModel(_random_gpt_oss(Path(folder)), device_map="cpu")
        try:
            await converse(model, None, 1, 2)
            return {
                name: (
                    await converse(model, None, *shape),
                    await converse(model, name, *shape),
                )
                for name, shape in CONVERSATIONS.items()
            }
        finally:
            await model.close()


async def _turn(
    model: TransformersModel, session: str | None, prompt: list[int]
) -> tuple[list[int], int, float]:
    """Sampled ids, how many of the prompt's ids were computed, and seconds to the first id."""
    start, first = time.perf_counter(), 0.0
    sampled: list[int] = []
    computed = 0
    async for chunk in model.stream(
        prompt,
        sampling=Sampling(temperature=0.0),
        stop=frozenset(),
        max_tokens=ANALYSIS + CALL,
        session=session,
    ):
        first = first or time.perf_counter() - start
        sampled += chunk.ids
        if chunk.finish is not None:
            computed = chunk.finish.prompt_tokens - chunk.finish.cached_tokens
    return sampled, computed, first


def _part(chance: random.Random, length: int) -> list[int]:
    return chance.choices(range(VOCABULARY), k=length)


def _random_gpt_oss(folder: Path) -> Path:
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.GptOssConfig(
        vocab_size=VOCABULARY,
        hidden_size=128,
        intermediate_size=128,
        num_hidden_layers=2,
        num_local_experts=4,
        num_experts_per_tok=2,
        head_dim=32,
        num_attention_heads=8,
        num_key_value_heads=2,
    )
    transformers.GptOssForCausalLM(config).save_pretrained(folder)
    return folder


def _row(name: str, anew: Measured, reused: Measured) -> list[str]:
    return [
        name,
        f"{anew.prefilled:,}",
        f"{reused.prefilled:,}",
        f"{anew.prefilled / reused.prefilled:.1f}x fewer",
        f"{anew.seconds / reused.seconds:.1f}x sooner",
    ]


def main() -> None:
    """Print the table."""
    measured = asyncio.run(measure())
    head = ["conversation", "prefilled anew", "with reuse", "tokens", "first ids"]
    print(f"A random gpt-oss of 2 layers; {machine()}\n")
    print(table(head, [_row(name, *both) for name, both in measured.items()]))


if __name__ == "__main__":
    main()
