"""What agentkit asks of a model: prompt ids in, sampled ids out.

Knows nothing of text, messages or tools. Everything that samples for agentkit stands behind
`Model`; what one can and cannot do is data (`Capabilities`), never an `isinstance`.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from agentkit.errors import UserError
from agentkit.harmony.grammar import Grammar

GrammarForm = Literal["lark", "gbnf", "structural_tag"]
"""llguidance's, llama.cpp's and xgrammar's; what they can hold differs."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next id is drawn.

    Args:
        temperature: 0 takes the most probable id.
        top_p: nucleus; 1 keeps all.
        top_k: the k most probable ids; 0 keeps all.
        min_p: drops ids less probable than this share of the most probable one; 0 keeps all.
        seed: makes a run repeatable on one machine; None draws a fresh one.
        logprobs: also report the log-probability of each sampled id, before temperature and cuts.
            Under a grammar it is that among the ids allowed, or the model's own, as the engine has
            it.

    Raises:
        UserError: a number is out of its range.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None
    logprobs: bool = False

    def __post_init__(self) -> None:
        # Each is written so that NaN, which is not in any range, is refused, too.
        ranges = {
            "temperature": ("a finite number from 0", 0 <= self.temperature < math.inf),
            "top_p": ("a number from 0 to 1", 0 <= self.top_p <= 1),
            "top_k": ("a number from 0", self.top_k >= 0),
            "min_p": ("a number from 0 to 1", 0 <= self.min_p <= 1),
        }
        for name, (wanted, fits) in ranges.items():
            if not fits:
                raise UserError(f"{name} is {getattr(self, name)}; it must be {wanted}.")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can do, and its own defaults.

    Args:
        name: for people: `tiny`, `openai/gpt-oss-20b`.
        context_length: most tokens of prompt and output together.
        sampling: the checkpoint's recommended sampling.
        grammar: obeys a `Grammar`.
        grammar_form: how grammars are told to it; what that form cannot hold is refused by `Agent`.
        token_exact: sees the prompt's very ids and gives the very ids it sampled. A model that
            speaks messages instead is given a `Grammar` with every prompt, to know its tools.
        logprobs: reports log-probabilities.
        prefix_cache: keeps the KV cache of a session between calls.
        checkpoint: the model's folder, when it has one on this machine.
    """

    name: str
    context_length: int = 131_072
    sampling: Sampling = Sampling()
    grammar: bool = False
    grammar_form: GrammarForm = "lark"
    token_exact: bool = True
    logprobs: bool = False
    prefix_cache: bool = False
    checkpoint: Path | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """Why and at what cost a generation ended.

    Args:
        reason: `stop` when the last id is a stop id, `length` when `max_tokens` were sampled.
        prompt_tokens: length of the prompt.
        cached_tokens: how many of them the KV cache already held.
    """

    reason: Literal["stop", "length"]
    prompt_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class TokenChunk:
    """Some sampled ids.

    Args:
        ids: in order; the stop id is among them.
        logprobs: natural-log probabilities, one for each id, when asked for.
        finish: set on the last chunk only, whose `ids` may be empty.
    """

    ids: tuple[int, ...]
    logprobs: tuple[float, ...] | None = None
    finish: Finish | None = None


class Model(Protocol):
    """Anything that continues a sequence of ids."""

    @property
    def capabilities(self) -> Capabilities:
        """What this model can do."""
        ...

    async def load(self) -> None:
        """Do now what the first `stream` would do before it samples; does nothing once done.

        Raises:
            ModelLoadError: the model cannot be loaded, or is none that agentkit can speak to.
            BackendError: the engine cannot be reached.
        """
        ...

    def stream(
        self,
        prompt: Sequence[int],
        *,
        sampling: Sampling,
        stop: frozenset[int],
        max_tokens: int,
        grammar: Grammar | None = None,
        session: str | None = None,
    ) -> AsyncGenerator[TokenChunk, None]:
        """Sample ids after `prompt` until a stop id or `max_tokens`.

        Closing the iterator early (`aclose`) cancels the generation within one step and leaves
        the model usable.

        Args:
            prompt: all ids the model shall see; must not be kept or changed.
            sampling: how ids are drawn.
            stop: ids that end the generation; the one that did is delivered.
            max_tokens: most ids to sample.
            grammar: what may be sampled; only for models whose capabilities have it.
            session: calls with the same name share a KV cache.

        Raises:
            ContextOverflow: `prompt` and one more id do not fit the context.
            BackendError: the engine failed.
        """
        ...

    async def close(self) -> None:
        """Free the model's resources; may be called twice."""
        ...
