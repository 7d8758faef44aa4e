"""Whether an engine keeps the contract of `Model`: checks that any of them can be put through.

Each check asks the model for a few ids and says what it found. Knows Harmony prompts and the
protocol, and nothing of engines; a check for what the model's capabilities do not claim is left
out. The model must be a gpt-oss, which the checks on special tokens and grammars see. `agentkit
doctor --model ...` runs them for users. Greedy replies are compared id by id, so an engine whose
numbers depend on what else it computes may fail a check by a near tie.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal

from agentkit.errors import AgentKitError, BackendError, ContextOverflow, ModelLoadError
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.vocabulary import CHANNEL, MESSAGE, STOP_IDS, VOCABULARY_SIZE
from agentkit.models.base import Finish, Model, Sampling
from agentkit.models.prefix import common_prefix

SECONDS = 300.0
"""For one check."""
_LONGEST_PROMPT = 2_000_000

State = Literal["ok", "failed", "skipped"]

_GREEDY = Sampling(temperature=0.0)
_LONG = " ".join(f"Order {number} was sent on day {number % 28 + 1}." for number in range(40))
_SCHEMA = {
    "type": "object",
    "properties": {
        "colour": {"enum": ["red", "green", "blue"]},
        "count": {"type": "integer", "minimum": 0, "maximum": 99},
    },
    "required": ["colour", "count"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Args:
        check: its name.
        state: `skipped` when the model does not claim to do this.
        detail: a sentence.
        seconds: it took.
        ends_it: the model cannot be loaded or reached, so no further check is made.
    """

    check: str
    state: State
    detail: str
    seconds: float
    ends_it: bool = False


class _Failed(Exception):
    """The contract is not kept."""


class _Skipped(Exception):
    """There is nothing to check."""


@dataclass(frozen=True, slots=True)
class _Sampled:
    ids: list[int]
    logprobs: list[float]
    finish: Finish


class _Bench:
    """A model under test, and how to ask it."""

    def __init__(self, model: Model, tokenizer: HarmonyTokenizer) -> None:
        self.model = model
        self.tokenizer = tokenizer

    def prompt(self, question: str, opened: str = "") -> list[int]:
        """Ids of a conversation that waits for the model; `opened` goes on with its header."""
        return self.tokenizer.encode_with_specials(
            "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI."
            "\n\nReasoning: low\n\n# Valid channels: analysis, commentary, final. Channel must be"
            f" included for every message.<|end|><|start|>user<|message|>{question}<|end|>"
            f"<|start|>assistant{opened}"
        )

    async def sample(
        self,
        prompt: Sequence[int],
        most: int,
        *,
        sampling: Sampling = _GREEDY,
        stop: frozenset[int] = STOP_IDS,
        grammar: Grammar | None = None,
        session: str | None = None,
    ) -> _Sampled:
        """One generation, its chunks checked and put together."""
        ids: list[int] = []
        logprobs: list[float] = []
        finish = None
        arguments: dict[str, Any] = {"sampling": sampling, "stop": stop, "max_tokens": most}
        stream = self.model.stream(prompt, **arguments, grammar=grammar, session=session)
        async with aclosing(stream) as chunks:
            async for chunk in chunks:
                _expect(finish is None, "a chunk came after the one that said it was the last")
                ids += chunk.ids
                logprobs += chunk.logprobs or ()
                finish = chunk.finish
        if finish is None:
            raise _Failed("no chunk said why the reply ended")
        _expect(len(ids) <= most, f"{len(ids)} ids came where {most} were the most")
        _expect(
            all(0 <= token < VOCABULARY_SIZE for token in ids), "an id is outside the vocabulary"
        )
        _expect(
            finish.prompt_tokens == len(prompt),
            f"of a prompt of {len(prompt)} ids {finish.prompt_tokens} are told",
        )
        return _Sampled(ids, logprobs, finish)


def _expect(kept: bool, otherwise: str) -> None:
    if not kept:
        raise _Failed(otherwise)


# The checks


async def _same_ids(bench: _Bench) -> str:
    """Ids that came out and go in again are the same to the model."""
    prompt = bench.prompt("Hello!")
    whole = (await bench.sample(prompt, 16)).ids
    _expect(len(whole) > 5, f"the reply {whole} is too short to go on from its fifth id")
    rest = (await bench.sample([*prompt, *whole[:5]], len(whole) - 5)).ids
    _expect(
        rest == whole[5:],
        f"the reply {whole} went on differently after its own first five ids: {rest}",
    )
    return f"{len(whole)} ids, continued from the fifth alike"


async def _special_tokens(bench: _Bench) -> str:
    """The special tokens of Harmony come as ids of their own."""
    ids = (await bench.sample(bench.prompt("Hello!"), 32)).ids
    _expect(
        CHANNEL in ids and MESSAGE in ids,
        f"the reply has no <|channel|> and <|message|>: {bench.tokenizer.decode(ids)!r}; either"
        " they are stripped, or this is no gpt-oss",
    )
    return bench.tokenizer.decode(ids[: ids.index(MESSAGE) + 1])


async def _stop_ids(bench: _Bench) -> str:
    """A reply ends with the first stop id, which is delivered."""
    prompt = bench.prompt("Hello!")
    whole = (await bench.sample(prompt, 16)).ids
    fresh = [n for n, token in enumerate(whole) if token not in whole[:n] and n >= 2]
    if not fresh:
        raise _Failed(f"the reply {whole} has no id, past its second, to stop at")
    at = fresh[0]
    cut = await bench.sample(prompt, 16, stop=frozenset({whole[at]}))
    _expect(
        cut.ids == whole[: at + 1] and cut.finish.reason == "stop",
        f"stopping at {whole[at]} of {whole} gave {cut.ids} and the reason {cut.finish.reason}",
    )
    return f"stopped at id {whole[at]}"


async def _max_tokens(bench: _Bench) -> str:
    """A reply that is not over after `max_tokens` ids ends there."""
    cut = await bench.sample(bench.prompt("Hello!"), 4, stop=frozenset())
    _expect(
        len(cut.ids) == 4 and cut.finish.reason == "length",
        f"4 ids at most gave {len(cut.ids)} and the reason {cut.finish.reason}",
    )
    return "4 of 4 ids, reason length"


async def _seed(bench: _Bench) -> str:
    """The same seed gives the same ids, other seeds give others."""
    prompt = bench.prompt("Tell me something.")

    async def drawn(seed: int) -> list[int]:
        sampling = Sampling(temperature=2.0, top_k=50, seed=seed)
        return (await bench.sample(prompt, 16, sampling=sampling)).ids

    # From a prompt that is cached the logits are other ones in their last digits.
    await drawn(0)
    first = await drawn(1)
    _expect(await drawn(1) == first, "one seed gave two different replies")
    # A small model may be sure of most ids.
    others = [await drawn(seed) for seed in range(2, 6)]
    _expect(any(other != first for other in others), "five seeds gave one reply")
    return "repeatable"


async def _logprobs(bench: _Bench) -> str:
    """Each id comes with its log-probability."""
    if not bench.model.capabilities.logprobs:
        raise _Skipped("reports none")
    sampled = await bench.sample(
        bench.prompt("Hello!"), 8, sampling=Sampling(temperature=0.0, logprobs=True)
    )
    values = sampled.logprobs
    _expect(0 < len(values) == len(sampled.ids), f"{len(sampled.ids)} ids, {len(values)} log-probs")
    _expect(
        all(-math.log(VOCABULARY_SIZE) <= value <= 1e-3 for value in values),
        f"of the most probable ids: {values}",
    )
    return f"of {len(values)} ids, the lowest {min(values):.3f}"


async def _prefix(bench: _Bench) -> str:
    """A prompt that begins as an earlier one did is not computed anew, rewound or longer."""
    if not bench.model.capabilities.prefix_cache:
        raise _Skipped("keeps no cache")
    start = bench.prompt(_LONG)[:-4]
    first, second = ([*start, *bench.tokenizer.encode(end)] for end in (" Yes?", " No?"))
    session = f"conformance-{time.time_ns()}"
    await bench.sample(first, 2, session=session)
    reused = (await bench.sample(second, 2, session=session)).finish.cached_tokens
    shared = common_prefix(first, second)
    _expect(
        shared // 2 <= reused <= shared,
        f"{reused} ids of {shared} in common were told to be reused",
    )
    return f"{reused} of {shared} ids reused"


async def _deep_rewind(bench: _Bench) -> str:
    """So is one that goes back far, as when reasoning is dropped, by engines that can do it."""
    if not bench.model.capabilities.prefix_cache:
        raise _Skipped("keeps no cache")
    whole = bench.prompt(_LONG)
    start = whole[: len(whole) // 2]
    session = f"conformance-{time.time_ns()}"
    await bench.sample([*whole, 7], 2, session=session)
    back = [*start, *bench.tokenizer.encode(" Something else?")]
    reused = (await bench.sample(back, 2, session=session)).finish.cached_tokens
    _expect(reused <= len(start), f"{reused} ids of {len(start)} were told to be reused")
    if not reused:
        raise _Skipped(f"going back by {len(whole) - len(start)} ids, all is computed anew")
    return f"{reused} of {len(start)} ids reused"


async def _cancel(bench: _Bench) -> str:
    """Closing a stream early frees the model for the next."""
    prompt = bench.prompt("Count to a thousand.")
    expected = (await bench.sample(prompt, 4, stop=frozenset())).ids
    stream = bench.model.stream(
        prompt, sampling=_GREEDY, stop=frozenset(), max_tokens=2_000, session="cancelled"
    )
    async for _ in stream:
        break
    before = time.monotonic()
    await stream.aclose()
    after = await bench.sample(prompt, 4, stop=frozenset(), session="cancelled")
    _expect(after.ids == expected, f"afterwards it said {after.ids} in place of {expected}")
    return f"the next reply was there after {time.monotonic() - before:.2f} s"


async def _grammar(bench: _Bench) -> str:
    """The answer is what the grammar says."""
    if not bench.model.capabilities.grammar:
        raise _Skipped("obeys none")
    prompt = bench.prompt("Name a colour and a number.", "<|channel|>final<|message|>")
    grammar = Grammar(answer=_SCHEMA, opened="final")
    sampled = await bench.sample(
        prompt, 40, sampling=Sampling(temperature=1.5, seed=1), grammar=grammar
    )
    text = bench.tokenizer.decode(i for i in sampled.ids if i not in STOP_IDS)
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        raise _Failed(f"the answer is no JSON: {text!r}") from None
    fits = isinstance(answer, dict) and set(answer) == {"colour", "count"}
    _expect(
        fits and answer["colour"] in ("red", "green", "blue") and answer["count"] in range(100),
        f"the answer does not fit its schema: {text!r}",
    )
    _expect(sampled.finish.reason == "stop", "the reply did not end with its answer")
    return text


async def _eight_at_once(bench: _Bench) -> str:
    """Eight replies at once are each what it is alone."""
    prompts = [
        bench.prompt(f"Hello, I am {name}.", "<|channel|>final<|message|>Hello ")
        for name in ("Ada", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal")
    ]
    alone = [(await bench.sample(prompt, 6, stop=frozenset())).ids for prompt in prompts]
    together = await asyncio.gather(
        *(bench.sample(prompt, 6, stop=frozenset()) for prompt in prompts)
    )
    for number, sampled in enumerate(together):
        shared = [common_prefix(sampled.ids, ids) for ids in alone]
        _expect(
            shared[number] == max(shared),
            f"reply {number + 1} is more like that to prompt {shared.index(max(shared)) + 1}",
        )
    equal = sum(sampled.ids == ids for sampled, ids in zip(together, alone, strict=True))
    return f"{equal} of 8 replies the same to the last id"


async def _overflow(bench: _Bench) -> str:
    """A prompt that leaves no room in the context is refused as such."""
    length = bench.model.capabilities.context_length
    if length > _LONGEST_PROMPT:
        raise _Skipped(f"a prompt of {length:,} tokens is too long to be made")
    try:
        await bench.sample([220] * length, 1)
    except ContextOverflow:
        return f"refused at {length:,} tokens"
    raise _Failed(f"a prompt of {length:,} ids was taken")


_CHECKS: dict[str, Callable[[_Bench], Awaitable[str]]] = {
    "same ids": _same_ids,
    "special tokens": _special_tokens,
    "stop ids": _stop_ids,
    "max tokens": _max_tokens,
    "seed": _seed,
    "logprobs": _logprobs,
    "prefix": _prefix,
    "deep rewind": _deep_rewind,
    "cancel": _cancel,
    "grammar": _grammar,
    "8 at once": _eight_at_once,
    "overflow": _overflow,
}

_OF_MESSAGES = frozenset({"special tokens", "cancel"})
"""What also holds for a model that is no token-exact one."""

CHECKS = tuple(_CHECKS)
"""Names of all checks, in order."""


async def conformance(
    model: Model,
    checks: Collection[str] = CHECKS,
    *,
    tokenizer: HarmonyTokenizer | None = None,
    seconds: float = SECONDS,
) -> AsyncGenerator[Finding]:
    """Put `model` through the checks, giving what each found as it is done.

    A model that cannot be loaded or reached ends it, after the finding that says so.

    Args:
        model: it stays open.
        checks: those to make, of `CHECKS`.
        tokenizer: None to load it.
        seconds: after which a check has failed.
    """
    bench = _Bench(model, tokenizer or load_tokenizer())
    for name, check in _CHECKS.items():
        if name not in checks:
            continue
        before = time.monotonic()
        state: State = "failed"
        over = False
        try:
            if not model.capabilities.token_exact and name not in _OF_MESSAGES:
                raise _Skipped("speaks messages, not ids")
            async with asyncio.timeout(seconds):
                detail, state = await check(bench), "ok"
        except _Skipped as reason:
            detail, state = str(reason), "skipped"
        except _Failed as failure:
            detail = str(failure)
        except TimeoutError:
            detail = f"not done within {seconds:g} s"
        except AgentKitError as error:
            detail = f"{type(error).__name__}: {error}"
            over = isinstance(error, ModelLoadError | BackendError)
        except Exception as error:  # an engine of the user's own may raise anything
            detail = f"it raised {type(error).__name__}: {error}"
        yield Finding(name, state, detail, time.monotonic() - before, over)
        if over:
            return
