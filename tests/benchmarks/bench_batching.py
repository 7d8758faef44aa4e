"""Calls computed together against calls one after another, on the bundled model.

Both ways run in one process through `TransformersModel`: prompts of a few hundred ids are computed
before, in sessions, and what is timed is sampling after them. One call alone is measured twice:
with transformers' attention and masks, and with ours, which takes several calls at a time. Ratios
are what counts, those of CPU seconds where other work holds the machine.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from agentkit.models import tiny
from agentkit.models.base import Sampling
from agentkit.models.transformers import TransformersModel
from tests.benchmarks.report import machine, table

PROMPT, SAMPLED = 300, 16
"""Ids of each call."""
TOGETHER = (2, 4, 8)
ROUNDS = 2


@dataclass(frozen=True)
class Cost:
    """Of one sampled id, in seconds; those of the CPU are of all cores."""

    seconds: float
    cpu: float


async def sample(model: TransformersModel, number: int) -> None:
    """One call: its prompt is always the same, and computed already but in the first round."""
    prompt = random.Random(number).choices(range(200_000), k=PROMPT + 10 * number)
    async for _ in model.stream(
        prompt,
        sampling=Sampling(temperature=0.0),
        stop=frozenset(),
        max_tokens=SAMPLED,
        session=str(number),
    ):
        pass


async def one_after_another(model: TransformersModel, calls: int) -> None:
    """So many calls, each when the one before has ended."""
    for number in range(calls):
        await sample(model, number)


async def together(model: TransformersModel, calls: int) -> None:
    """So many calls at the same time."""
    await asyncio.gather(*(sample(model, number) for number in range(calls)))


async def fastest(work: Callable[[], Awaitable[None]], ids: int) -> Cost:
    """What one id costs in the fastest of the rounds."""
    found = []
    for _ in range(ROUNDS):
        start, cpu = time.perf_counter(), time.process_time()
        await work()
        found.append((time.perf_counter() - start, time.process_time() - cpu))
    seconds, cpus = zip(*found, strict=True)
    return Cost(min(seconds) / ids, min(cpus) / ids)


async def measure() -> list[list[str]]:
    """The rows of the table."""
    model = TransformersModel(tiny.checkpoint(), name="tiny", device_map="cpu")
    try:
        await together(model, max(TOGETHER))
        plain = await _with_plain_attention(model)
        alone = await fastest(partial(one_after_another, model, 2), 2 * SAMPLED)
        costs = {"1, transformers' attention": plain, "1": alone}
        for calls in TOGETHER:
            costs[str(calls)] = await fastest(partial(together, model, calls), calls * SAMPLED)
        rows = [
            [
                name,
                f"{1 / cost.seconds:.0f}",
                f"{alone.seconds / cost.seconds:.2f}x",
                f"{1000 * cost.cpu:.1f}",
                f"{alone.cpu / cost.cpu:.2f}x",
            ]
            for name, cost in costs.items()
        ]
        return rows
    finally:
        await model.close()


async def _with_plain_attention(model: TransformersModel) -> Cost:
    assert model._batch is not None
    inner = model._batch.engine.model
    ours = inner.config._attn_implementation
    inner.set_attn_implementation("eager")
    try:
        return await fastest(partial(one_after_another, model, 2), 2 * SAMPLED)
    finally:
        inner.set_attn_implementation(ours)


def main() -> None:
    """Print the table."""
    rows = asyncio.run(measure())
    print(f"The bundled model, {PROMPT} ids and more in each call; {machine()}\n")
    print(table(["calls together", "ids/s", "to one after another", "CPU ms an id", "less"], rows))


if __name__ == "__main__":
    main()
