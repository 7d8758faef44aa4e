"""Sampling under a grammar against sampling freely, on the bundled model.

Free text costs a mask for each id, computed while the model runs. In JSON the grammar leaves no
choice about many ids, which are then computed in one pass: the same call with log-probabilities,
where each id is a step of its own, shows what that saves. Rounds of the ways take turns.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass

from agentkit.harmony.grammar import Grammar
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import STOP_IDS
from agentkit.models import tiny
from agentkit.models.base import Sampling
from agentkit.models.transformers import TransformersModel
from tests.benchmarks.report import machine, table

ROUNDS = 15
ORDER = {
    "type": "object",
    "properties": {
        "order_number": {"type": "string", "pattern": "^#W[0-9]{4}$"},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 99},
        "delivery_address": {
            "type": "object",
            "properties": {
                "postal_code": {"type": "string", "pattern": "^[0-9]{5}$"},
                "country": {"enum": ["Germany", "France"]},
            },
            "required": ["postal_code", "country"],
        },
    },
    "required": ["order_number", "quantity", "delivery_address"],
}


@dataclass(frozen=True)
class Way:
    """One way to sample.

    Args:
        name: for the table.
        after: what the prompt ends with.
        grammar: None to sample freely.
        most: ids to sample.
        one_by_one: no ids are forced.
    """

    name: str
    after: str
    grammar: Grammar | None
    most: int
    one_by_one: bool = False


THOUGHT = "<|start|>assistant<|channel|>analysis<|message|>"
ANSWER = "<|start|>assistant<|channel|>final<|message|>"
OBJECT = Grammar(answer=ORDER, opened="final")
WAYS = (
    Way("text, free", THOUGHT, None, 48),
    Way("text, under a grammar", THOUGHT, Grammar(answer=ORDER, opened="analysis"), 48),
    Way("JSON, each id sampled", ANSWER, OBJECT, 200, one_by_one=True),
    Way("JSON, forced ids in one pass", ANSWER, OBJECT, 200),
)


async def sampled(model: TransformersModel, way: Way, seed: int) -> tuple[float, int]:
    """Seconds and ids of one call, from its first id on."""
    prompt = load_tokenizer().encode_with_specials(
        f"<|start|>user<|message|>{'An order, please. ' * 60}<|end|>{way.after}"
    )
    stop = STOP_IDS if way.grammar is OBJECT else frozenset[int]()
    first, count = 0.0, 0
    async for chunk in model.stream(
        prompt,
        sampling=Sampling(temperature=1.0, seed=seed, logprobs=way.one_by_one),
        stop=stop,
        max_tokens=way.most,
        grammar=way.grammar,
        session=way.name,
    ):
        first = first or time.perf_counter()
        count += len(chunk.ids)
    return time.perf_counter() - first, count


async def measure() -> list[list[str]]:
    """The rows of the table."""
    model = TransformersModel(tiny.checkpoint(), name="tiny", device_map="cpu")
    found: dict[str, list[tuple[float, int]]] = {way.name: [] for way in WAYS}
    try:
        for way in WAYS:
            await sampled(model, way, seed=0)
        for number in range(ROUNDS):
            for way in WAYS:
                found[way.name].append(await sampled(model, way, number))
    finally:
        await model.close()
    rows, base = [], 0.0
    for way in WAYS:
        of_id = statistics.median(seconds / ids for seconds, ids in found[way.name]) * 1e3
        ids = statistics.median(ids for _, ids in found[way.name])
        base = base if way.grammar is not None and not way.one_by_one else of_id
        rows.append([way.name, f"{ids:g}", f"{of_id:.1f} ms", f"{of_id / base:.2f}"])
    return rows


def main() -> None:
    """Print the table."""
    print(f"{machine()}; medians of {ROUNDS} calls, the prompt computed before.\n")
    print(table(["sampled", "ids", "an id", "ratio"], asyncio.run(measure())))


if __name__ == "__main__":
    main()
