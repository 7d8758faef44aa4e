"""gpt-oss-20b with random bfloat16 weights on one GPU, in under 9 minutes and without a download.

Prefill, decoding with several calls at once beside transformers' `generate()`, tool conversations
with and without KV reuse, and a grammar on and off. Shapes and costs are real, only the words are
not. Beside decoding stands the bound: the bytes that a step must read, at the bandwidth that a copy
reaches here. Without a GPU it says so and ends; `--try` runs a model of 2 layers on the CPU, which
shows that the script works and measures nothing. What the time does not suffice for is left out.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import torch
import transformers

from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.models.base import Sampling
from agentkit.models.batching import Batch, Generation
from agentkit.models.constraint import Constraint
from agentkit.models.engine import Engine
from agentkit.models.graphs import DecodeGraphs
from agentkit.models.ragged import install
from tests.benchmarks.report import table

SECONDS = 500.0
"""After so many no further measurement begins."""
CALL = Grammar(
    (
        Recipient(
            "functions.find",
            {
                "type": "object",
                "properties": {"words": {"type": "array", "items": {"type": "string"}}},
                "required": ["words"],
            },
        ),
    ),
    must_call=True,
    reasoning_tokens=20,
)


@dataclass(frozen=True)
class Plan:
    """How much is measured: ids of prompts, calls at once, and ids sampled by each."""

    prefill: tuple[int, ...] = (1_000, 8_000, 32_000)
    calls: tuple[int, ...] = (1, 8, 32)
    prompt: int = 1_000
    sampled: int = 32
    turns: tuple[tuple[int, int], ...] = ((20, 750), (100, 300))
    """Turns of a conversation, and ids of each."""


TRIAL = Plan((100, 200), (1, 2), 50, 4, ((5, 30), (20, 10)))


def random_engine(config: transformers.GptOssConfig, device: str) -> tuple[Engine, Engine]:
    """An engine whose weights were never trained, and one that records its steps."""
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model = transformers.GptOssForCausalLM(config).eval()
    finally:
        torch.set_default_dtype(before)
    windows = [
        config.sliding_window if kind == "sliding_attention" else None
        for kind in config.layer_types
    ]
    install(model)
    # Without a GPU the pieces of a step are computed as they are.
    recorder = None if device == "cuda" else lambda piece: piece
    graphs = DecodeGraphs(model, max(Plan.calls), recorder)
    return Engine(model, windows), Engine(model, windows, graphs=graphs)


def ids_of(engine: Engine, seed: int, length: int) -> list[int]:
    """Ordinary ids, the same for the same seed."""
    return random.Random(seed).choices(range(engine.model.config.vocab_size - 1100), k=length)


def call_of(
    prompt: list[int],
    count: int,
    session: str | None = None,
    constraint: Constraint | None = None,
) -> Generation:
    """A greedy call that only its length or its grammar ends."""
    return Generation(
        prompt,
        sampling=Sampling(temperature=0.0),
        stop=frozenset(),
        max_tokens=count,
        session=session,
        constraint=constraint,
    )


def steps(engine: Engine, calls: Sequence[Generation]) -> Iterator[float]:
    """The seconds of each step of the model until all calls have ended."""
    batch = Batch(engine, max_batch=len(calls))
    for call in calls:
        batch.add(call)
    while batch:
        yield timed(engine, lambda: list(batch.step()))


def timed(engine: Engine, work: Callable[[], object]) -> float:
    """Seconds, the device's work included."""
    start = time.perf_counter()
    found = work()
    for _, outcome in found if isinstance(found, list) else ():
        if isinstance(outcome, Exception):
            raise outcome
    if engine.device.type == "cuda":
        torch.cuda.synchronize(engine.device)
    return time.perf_counter() - start


def prefill(engine: Engine, length: int) -> list[list[str]]:
    """One prompt with nothing cached."""
    seconds = sum(steps(engine, [call_of(ids_of(engine, length, length), 1)]))
    return [[f"prefill of {length:,} ids", f"{length / seconds:,.0f} ids/s", "", ""]]


def step_of(engine: Engine, plan: Plan, prompts: Sequence[list[int]]) -> float:
    """The median seconds of a step that samples for all prompts; what is recorded is so before."""
    for seed, prompt in enumerate(prompts):
        list(steps(engine, [call_of(prompt, 1, f"decode {seed}")]))
    for count in (2, plan.sampled + 1):
        together = [call_of(prompt, count, f"decode {seed}") for seed, prompt in enumerate(prompts)]
        seconds = sorted(steps(engine, together))
    engine.caches.clear()
    return seconds[len(seconds) // 2]


def decode(
    engine: Engine, recorded: Engine, plan: Plan, calls: int, bandwidth: float
) -> list[list[str]]:
    """So many calls at once, by `generate()` and by ours."""
    prompts = [ids_of(engine, seed, plan.prompt) for seed in range(calls)]
    ours, graphs = step_of(engine, plan, prompts), step_of(recorded, plan, prompts)
    rows = torch.tensor(prompts, device=engine.device)

    def generate(count: int) -> object:
        return engine.model.generate(
            rows,
            attention_mask=torch.ones_like(rows),
            min_new_tokens=count,
            max_new_tokens=count,
            do_sample=False,
            pad_token_id=0,
        )

    first = timed(engine, lambda: generate(1))
    theirs = (timed(engine, lambda: generate(plan.sampled + 1)) - first) / plan.sampled
    bound = step_bytes(engine, calls, plan.prompt) / bandwidth
    label = f"a step of {calls} calls"
    return [
        [f"{label}, generate()", f"{1000 * theirs:.1f} ms", "", f"{theirs / bound:.1f}x"],
        *(
            [
                f"{label}{how}",
                f"{1000 * seconds:.1f} ms",
                f"{before / seconds:.2f}x faster",
                f"{seconds / bound:.1f}x",
            ]
            for how, seconds, before in (
                ("", ours, theirs),
                (", CUDA graphs", graphs, ours),
                (", CUDA graphs to generate()", graphs, theirs),
            )
        ),
    ]


def converse(engine: Engine, turns: int, length: int) -> list[list[str]]:
    """A tool conversation; without reuse every tenth turn is measured, or each of a short one."""
    every = 10 if turns > 20 else 1
    ids, reused, anew = list[int](), 0.0, 0.0
    for turn in range(1, turns + 1):
        ids += ids_of(engine, turn, length)
        reused += sum(steps(engine, [call_of(ids, 1, f"{turns} turns")]))
        if turn % every == 0:
            anew += every * sum(steps(engine, [call_of(ids, 1)]))
    label = f"prompts of {turns} turns, {len(ids):,} ids at the end"
    return [
        [f"{label}, anew", f"{anew:.1f} s", "", ""],
        [label, f"{reused:.1f} s", f"{anew / reused:.1f}x faster", ""],
    ]


def constrained(engine: Engine, plan: Plan) -> list[list[str]]:
    """One call under a grammar and without, by the id; forced ids are computed together."""
    prompt, count = ids_of(engine, 0, plan.prompt), 2 * plan.sampled
    with ThreadPoolExecutor(1) as threads:
        seconds = []
        for grammar in (None, CALL):
            constraint = Constraint(grammar, load_tokenizer(), threads) if grammar else None
            list(steps(engine, [call_of(prompt, 1, "grammar")]))
            call = call_of(prompt, count, "grammar", constraint=constraint)
            total = sum(steps(engine, [call]))
            seconds.append(total / (len(call.ids) - len(prompt)))
    free, held = seconds
    return [
        ["an id of 1 call, no grammar", f"{1000 * free:.1f} ms", "", ""],
        ["an id of 1 call, grammar", f"{1000 * held:.1f} ms", f"{free / held:.2f}x faster", ""],
    ]


def step_bytes(engine: Engine, calls: int, context: int) -> float:
    """What one step must read: weights, only the experts it meets, and KV caches."""
    config = engine.model.config
    experts = sum(each.numel() for name, each in parameters(engine) if ".experts." in name)
    embedding = engine.model.get_input_embeddings().weight.numel()
    rest = sum(each.numel() for _, each in parameters(engine)) - experts - embedding
    share = config.num_experts_per_tok / config.num_local_experts
    met = experts * (1 - (1 - share) ** calls)
    # Half of the layers read their window only.
    kept = (context + min(context, config.sliding_window)) / 2
    return float(2 * (met + rest) + calls * kept * engine.bytes_per_token)


def parameters(engine: Engine) -> list[tuple[str, torch.Tensor]]:
    """The model's weights by name."""
    return [*engine.model.named_parameters()]


def bandwidth_of(engine: Engine, size: int) -> float:
    """Bytes read and written a second by copies of `size` bytes, the fastest of some."""
    source = torch.empty(size, dtype=torch.uint8, device=engine.device)
    target = torch.empty_like(source)
    return 2 * size / min(timed(engine, lambda: target.copy_(source)) for _ in range(5))


def measure(engine: Engine, recorded: Engine, plan: Plan, bandwidth: float) -> list[list[str]]:
    """The rows of the table, as far as time suffices."""
    end = time.monotonic() + SECONDS
    works: list[Callable[[], list[list[str]]]] = [
        *(partial(decode, engine, recorded, plan, calls, bandwidth) for calls in plan.calls),
        *(partial(prefill, engine, length) for length in plan.prefill),
        *(partial(converse, engine, *shape) for shape in plan.turns),
        partial(constrained, engine, plan),
    ]
    list(steps(engine, [call_of(ids_of(engine, 0, plan.prompt), 4)]))
    rows = []
    for place, work in enumerate(works):
        if time.monotonic() > end:
            rows.append([f"{len(works) - place} measurements left out: no time", "", "", ""])
            break
        rows += work()
        engine.caches.clear()
    return rows


def main() -> None:
    """Print the table."""
    trial = "--try" in sys.argv[1:]
    if not trial and not torch.cuda.is_available():
        print("There is no GPU here, so nothing is measured.")
        return
    config = transformers.GptOssConfig(num_hidden_layers=24, num_local_experts=32)
    if trial:
        config.update({"num_hidden_layers": 2, "num_local_experts": 4, "hidden_size": 64})
        config.update({"intermediate_size": 64, "layer_types": config.layer_types[:2]})
    with torch.inference_mode():
        engine, recorded = random_engine(config, "cpu" if trial else "cuda")
        bandwidth = bandwidth_of(engine, 2**24 if trial else 2**31)
        name = "a CPU" if trial else torch.cuda.get_device_name(engine.device)
        print(f"{name}, {bandwidth / 1e12:.2f} TB/s; torch {torch.__version__}", end="")
        print(f", transformers {transformers.__version__}\n")
        rows = measure(engine, recorded, TRIAL if trial else Plan(), bandwidth)
    print(table(["measured", "value", "to the row above", "to the bound"], rows))


if __name__ == "__main__":
    main()
