"""One generation under a grammar, in this process: what may come next, and what must.

Knows llguidance and the vocabulary; the engine asks for masks and forced ids and feeds back what
was sampled. Not thread-safe but for `prepare`. Not covered: going back.
"""

from __future__ import annotations

import functools
from concurrent.futures import Executor, Future

import torch
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

from agentkit.errors import BackendError, UserError
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.lark import to_lark
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import ORDINARY_TOKENS, VOCABULARY_SIZE
from agentkit.models.guarantee import first_line


class Constraint:
    """What a grammar allows, id by id.

    Args:
        grammar: what the reply may be.
        tokenizer: the vocabulary.
        threads: where masks are computed while the model runs; None to compute them when asked.

    Raises:
        UserError: the grammar has a schema that cannot be held; the message names what.
    """

    def __init__(
        self, grammar: Grammar, tokenizer: HarmonyTokenizer, threads: Executor | None = None
    ) -> None:
        self._matcher = _compiled(to_lark(grammar), tokenizer).deep_copy()
        self._threads = threads
        self._mask: Future[bytes] | None = None
        if self._matcher.is_error():
            raise UserError(f"No grammar holds this: {first_line(self._matcher.get_error())}.")

    @property
    def complete(self) -> bool:
        """Whether nothing can follow any more."""
        return bool(self._matcher.is_stopped())

    def forced(self) -> list[int]:
        """The ids that must come next, if there is no choice; they count as accepted."""
        ids: list[int] = self._matcher.compute_ff_tokens()
        if ids and not self._matcher.consume_tokens(ids):
            raise self._failure()
        return ids

    def prepare(self) -> None:
        """Begin to compute what may come next, while something else is done."""
        if self._threads is not None and self._mask is None:
            self._mask = self._threads.submit(self._matcher.compute_logit_bias)

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        """Rule out what may not come next.

        Args:
            logits: [vocabulary].

        Returns:
            A copy, with minus infinity for the ids that the grammar does not allow.
        """
        mask = self._matcher.compute_logit_bias() if self._mask is None else self._mask.result()
        self._mask = None
        if self._matcher.is_error():
            raise self._failure()
        allowed = torch.frombuffer(bytearray(mask), dtype=torch.uint8)[: logits.shape[-1]]
        return logits.masked_fill(allowed.to(logits.device) == 0, -torch.inf)

    def accept(self, token: int) -> None:
        """Take the id that was sampled.

        Raises:
            BackendError: the grammar does not allow it, or became too large to follow.
        """
        if not self._matcher.consume_token(token):
            raise self._failure()

    def _failure(self) -> BackendError:
        detail = first_line(self._matcher.get_error())
        return BackendError(
            f"The grammar could not be followed any further: {detail}. A simpler schema, with fewer"
            " patterns and bounds, may help."
        )


@functools.lru_cache(maxsize=32)
def _compiled(lark: str, tokenizer: HarmonyTokenizer) -> LLMatcher:
    """A matcher that has seen nothing: the calls of a run have the same grammar again and again."""
    return LLMatcher(_vocabulary(tokenizer), lark, log_level=0)


@functools.lru_cache(maxsize=2)
def _vocabulary(tokenizer: HarmonyTokenizer) -> LLTokenizer:
    """llguidance's view of the vocabulary, built once: a second or two.

    Its end-of-sequence token is one that means nothing: a grammar ends by its own tokens, and
    llguidance takes the end of a sequence even where the grammar does not.
    """
    return LLTokenizer(TokenizerWrapper(_Vocabulary(tokenizer)), n_vocab=VOCABULARY_SIZE)


class _Vocabulary:
    """The attributes that llguidance asks a tokenizer for."""

    eos_token_id = VOCABULARY_SIZE - 1
    bos_token_id = None
    special_token_ids = tuple(range(ORDINARY_TOKENS, VOCABULARY_SIZE))

    def __init__(self, tokenizer: HarmonyTokenizer) -> None:
        self.tokens = [
            *tokenizer.table,
            *(tokenizer.token_bytes(token) for token in self.special_token_ids),
        ]
        self._encode = tokenizer.encode

    def __call__(self, text: str) -> list[int]:
        """The ids of ordinary text; llguidance learns here that it may not give bytes."""
        if not isinstance(text, str):
            raise TypeError("text, not bytes")
        return self._encode(text)
