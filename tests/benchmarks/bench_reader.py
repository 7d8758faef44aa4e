"""How fast completions are read: our reader beside openai-harmony's parser, in the same run.

Both read the same ids and give each part of a message as it comes. The machine's noise is in the
absolute rates; the ratio, of the best of several turns taken alternately, is what to compare.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import openai_harmony

from agentkit.harmony.reader import Delta, Reader
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.writer import reply_header
from tests.benchmarks.report import table

IDS = 100_000
ROUNDS = 5
LIBRARY = "openai_harmony.StreamableParser"
PROSE = (
    "We need the orders of November. The user wants a sum, so first list them:\n"
    "- #W123, shipped, 12.50 €\n- #W124, open, 7 €\n\nGrüße, 订单 and `code`. "
) * 12
COMPLETION = (
    f"<|channel|>analysis<|message|>{PROSE}<|end|><|start|>assistant<|channel|>commentary"
    ' to=functions.get_order <|constrain|>json<|message|>{"order_id":"#W123"}<|call|>'
    "<|start|>assistant"
)


def completion(tokenizer: HarmonyTokenizer) -> list[int]:
    """About `IDS` ids of reasoning and calls."""
    ids = tokenizer.encode_with_specials(COMPLETION)
    return ids * (IDS // len(ids))


def read(tokenizer: HarmonyTokenizer, ids: Sequence[int], size: int) -> int:
    """Read in chunks; the characters told, which keeps the work honest."""
    reader = Reader(tokenizer, reply_header(tokenizer))
    characters = 0
    for start in range(0, len(ids), size):
        for event in reader.feed(ids[start : start + size]):
            if isinstance(event, Delta):
                characters += len(event.text)
    return characters


def parse(encoding: Any, ids: Sequence[int]) -> int:
    """The same with openai-harmony, which takes one id at a time."""
    parser = openai_harmony.StreamableParser(encoding, openai_harmony.Role.ASSISTANT)
    characters = 0
    for token in ids:
        parser.process(token)
        characters += len(parser.last_content_delta or "")
    return characters


def measure() -> dict[str, float]:
    """Ids per second of process time, by way of reading."""
    tokenizer = load_tokenizer()
    encoding = tokenizer.encoding
    ids = completion(tokenizer)
    ways: dict[str, Callable[[], int]] = {
        LIBRARY: lambda: parse(encoding, ids),
        "agentkit Reader, one id at a time": lambda: read(tokenizer, ids, 1),
        "agentkit Reader, 16 ids at a time": lambda: read(tokenizer, ids, 16),
    }
    best = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.process_time()
            way()
            best[name] = max(best[name], len(ids) / (time.process_time() - began))
    return best


def report() -> str:
    """The rates as a Markdown table."""
    rates = measure()
    reference = rates[LIBRARY]
    rows = [[name, f"{rate:,.0f}", f"{rate / reference:.2f}"] for name, rate in rates.items()]
    return table(["Reading a completion", "ids/s", "ratio"], rows)


def main() -> None:
    """Print the table."""
    print(report())


if __name__ == "__main__":
    main()
