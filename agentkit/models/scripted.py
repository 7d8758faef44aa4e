"""A model that writes what a script says: the test double agentkit ships for its users.

Knows how to turn a script into ids and how a real model would hand them out: one by one, up to a
stop id or `max_tokens`. It samples nothing, so sampling settings and grammars are only logged.
Its prefix cache is pretended and perfect: it forgets nothing and has no size.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import cast

from agentkit.errors import BackendError, ContextOverflow, UserError
from agentkit.harmony import writer
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.vocabulary import END, RETURN
from agentkit.messages import Message
from agentkit.models.base import Capabilities, Finish, Sampling, TokenChunk
from agentkit.models.prefix import common_prefix

Generation = str | Message | Sequence[Message] | Sequence[int]


@dataclass(frozen=True, slots=True)
class Request:
    """How `ScriptedModel.stream` was called, but for the prompt."""

    sampling: Sampling
    stop: frozenset[int]
    max_tokens: int
    grammar: Grammar | None
    session: str | None


class ScriptedModel:
    """Streams one item of the script for each call, in order.

    Args:
        script: what the model writes, one item for each generation, after `<|start|>assistant`:
            Harmony text with its special tokens spelled out, such as
            `<|channel|>final<|message|>hi<|return|>`; or one message or several, the last of
            which ends with `<|return|>` unless it is a call (or incomplete: then it just breaks
            off); or ids. Ids after a stop id are never delivered; an item without one ends as if
            cut off, with the finish reason `length`.
        context_length: most tokens of prompt and output together.
        seconds_per_id: waits before each id, for tests of time limits and cancellation.
        grammar: say that it obeys grammars; they are only logged.
        log: keep every prompt and count cached tokens; False makes a long run's cost per id flat.

    Raises:
        UserError: an item of the script is empty or of no known kind.

    Use it as a context manager to check that the script was used up:

        with ScriptedModel(["<|channel|>final<|message|>hi<|return|>"]) as model: ...
    """

    def __init__(
        self,
        script: Sequence[Generation],
        *,
        context_length: int = 131_072,
        seconds_per_id: float = 0.0,
        grammar: bool = False,
        log: bool = True,
    ) -> None:
        if isinstance(script, str):
            raise UserError("A script is a list of generations; write ScriptedModel([text]).")
        self.prompts: list[list[int]] = []
        """The ids of every prompt the model saw."""
        self.requests: list[Request] = []
        """How each of those calls was made."""
        self._script = [_generation_ids(item, index) for index, item in enumerate(script)]
        self._used = 0
        self._seconds_per_id = seconds_per_id
        self._log = log
        self._seen: dict[str, list[int]] = {}
        self._capabilities = Capabilities(
            name="scripted",
            context_length=context_length,
            grammar=grammar,
            prefix_cache=log,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What this model can do."""
        return self._capabilities

    async def load(self) -> None:
        """Nothing to load."""

    async def stream(
        self,
        prompt: Sequence[int],
        *,
        sampling: Sampling,
        stop: frozenset[int],
        max_tokens: int,
        grammar: Grammar | None = None,
        session: str | None = None,
    ) -> AsyncGenerator[TokenChunk]:
        """The next item of the script, one id for each chunk; see `Model.stream`.

        Raises:
            ContextOverflow: `prompt` and one more id do not fit `context_length`.
            BackendError: the script has no more items.
        """
        cached = self._begin(prompt, Request(sampling, stop, max_tokens, grammar, session))
        ids = self._next_generation(stop, min(max_tokens, self._room(prompt)))
        finish = Finish("stop" if ids[-1] in stop else "length", len(prompt), cached)
        delivered = 0
        # Even a model that costs nothing lets other tasks run, and itself be cancelled.
        await asyncio.sleep(0)
        try:
            for token in ids:
                if self._seconds_per_id:
                    await asyncio.sleep(self._seconds_per_id)
                delivered += 1
                yield TokenChunk((token,), None, finish if delivered == len(ids) else None)
        finally:
            if self._log and session is not None:
                self._seen[session] = [*prompt, *ids[:delivered]]

    async def close(self) -> None:
        """Nothing to free."""

    def prompt_text(self, index: int) -> str:
        """The prompt of call `index` as text, its special tokens by name."""
        return load_tokenizer().decode(self.prompts[index])

    def assert_finished(self) -> None:
        """Check that every item of the script was asked for.

        Raises:
            AssertionError: items are left.
        """
        left = len(self._script) - self._used
        if left:
            raise AssertionError(
                f"{left} of the script's {len(self._script)} generations were never asked for."
            )

    def __enter__(self) -> ScriptedModel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.assert_finished()

    def _begin(self, prompt: Sequence[int], request: Request) -> int:
        """Log the call; how many of the prompt's ids the session's last call had in common."""
        if not self._log:
            return 0
        self.prompts.append(list(prompt))
        self.requests.append(request)
        seen = self._seen.get(request.session) if request.session is not None else None
        return common_prefix(seen, self.prompts[-1]) if seen else 0

    def _room(self, prompt: Sequence[int]) -> int:
        room = self._capabilities.context_length - len(prompt)
        if room < 1:
            raise ContextOverflow(
                f"The prompt has {len(prompt):,} tokens and the context of this scripted model is"
                f" {self._capabilities.context_length:,}."
            )
        return room

    def _next_generation(self, stop: frozenset[int], most: int) -> list[int]:
        if self._used == len(self._script):
            raise BackendError(
                f"The script has {len(self._script)} generations and the model was asked for one"
                " more; add it to the script, or see why the run went on (`prompt_text(-1)`)."
            )
        ids = self._script[self._used]
        self._used += 1
        end = next((index + 1 for index, token in enumerate(ids) if token in stop), len(ids))
        return ids[: max(1, min(end, most))]


def _generation_ids(item: Generation, index: int) -> list[int]:
    """The ids a model would write for one item, after `<|start|>assistant`."""
    if isinstance(item, str):
        ids = load_tokenizer().encode_with_specials(item)
    elif isinstance(item, Message):
        ids = _message_ids([item], load_tokenizer())
    elif item and all(isinstance(part, Message) for part in item):
        ids = _message_ids(cast("Sequence[Message]", item), load_tokenizer())
    elif all(isinstance(part, int) for part in item):
        ids = list(cast("Sequence[int]", item))
    else:
        raise UserError(f"Item {index} of the script mixes messages, ids or other things.")
    if not ids:
        raise UserError(f"Item {index} of the script is empty; a model writes one id at least.")
    return ids


def _message_ids(messages: Sequence[Message], tokenizer: HarmonyTokenizer) -> list[int]:
    wrong = next((message.role for message in messages if message.role != "assistant"), None)
    if wrong is not None:
        raise UserError(f"A model writes assistant messages; the script has one of the {wrong}.")
    ids = writer.render_all(messages, tokenizer)[len(writer.reply_header(tokenizer)) :]
    if not messages[-1].complete:
        return ids[:-1]
    return [*ids[:-1], RETURN] if ids[-1] == END else ids
