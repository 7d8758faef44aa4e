"""A gpt-oss behind a server, whichever it is: ids out of events, and proof that they are ids.

Knows what holds for every server: the check at first use, stop ids, the room in the context, what
a stream may and may not bring. What a request and an event look like, each engine's own module
says by filling in `ServerModel`. Knows nothing of HTTP beyond `Connection`.
"""

from __future__ import annotations

import asyncio
import math
import weakref
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from agentkit.errors import BackendError, ContextOverflow, ModelLoadError, UserError
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.vocabulary import CHANNEL, SPECIAL_NAMES, START, VOCABULARY_SIZE
from agentkit.models.base import Capabilities, Finish, GrammarForm, Sampling, TokenChunk
from agentkit.models.servers.http import Connection
from agentkit.models.servers.refusals import Refused

_CONTEXT = 131_072
"""Of gpt-oss, until the server has said how much of it there is."""
_PROBE = [START, 173781]  # "<|start|>assistant"

Reason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Served:
    """What a server says of its model.

    Args:
        name: as the server calls it.
        context_length: most tokens of prompt and output, as it says; what is no length counts as
            not said.
    """

    name: str
    context_length: object


@dataclass(frozen=True, slots=True)
class Call:
    """One generation to ask for.

    Args:
        prompt: ids, at least one.
        sampling: how ids are drawn.
        stop: ids that end it.
        max_tokens: most ids; the context has room for them.
        grammar: what the engine's `_spell` made of it; merged into the request.
        bias: added to the logits of some ids.
    """

    prompt: list[int]
    sampling: Sampling
    stop: frozenset[int]
    max_tokens: int
    grammar: Mapping[str, Any]
    bias: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event brings.

    Args:
        ids: sampled since the event before.
        logprobs: of each of them, when asked for.
        reason: why the server has ended; None while it has not.
        cached_tokens: how much of the prompt was in its cache; None when this event does not say.
        prompt_tokens: how many the server saw; None when this event does not say.
        text: what the server takes the ids for; None when it does not say.
    """

    ids: Sequence[int] = ()
    logprobs: Sequence[float] | None = None
    reason: Reason | None = None
    cached_tokens: int | None = None
    prompt_tokens: int | None = None
    text: str | None = None


class ServerModel(ABC):
    """What `VLLMModel`, `SGLangModel` and `LlamaCppModel` have in common.

    The constructor connects to nothing. The first `stream`, or `load`, asks the server what it
    runs and has it sample one id, to see that ids go in and come out as they are; after any error
    that is done again.

    Args:
        model: for people, and for servers that run several; None for what the server runs.
        context_length: most tokens of prompt and output; None for what the server says.
        sampling: the default; gpt-oss's own when None.
        grammar: the form of grammars; None for none.
    """

    fix: ClassVar[str]
    """What to start, as a sentence."""
    grammar_fix: ClassVar[str] = ""
    """What to do when the server refuses a request with a grammar."""

    def __init__(
        self,
        model: str | None,
        context_length: int | None,
        sampling: Sampling | None,
        grammar: GrammarForm | None,
    ) -> None:
        if context_length is not None and context_length < 2:
            raise UserError(f"context_length is {context_length}; it must be at least 2.")
        self._name, self._context_length = model, context_length
        self._capabilities = Capabilities(
            name=model or type(self).__name__,
            context_length=context_length or _CONTEXT,
            sampling=sampling or Sampling(),
            grammar=grammar is not None,
            grammar_form=grammar or "lark",
            logprobs=True,
            prefix_cache=True,
        )
        self._checked = self._closed = False
        self._locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]
        self._locks = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._capabilities.name}>"

    @property
    def capabilities(self) -> Capabilities:
        """What this model can do; its name and context are the server's once it was asked."""
        return self._capabilities

    async def load(self) -> None:
        """Ask the server what it runs and check it now; without it, the first `stream` does.

        Raises:
            ModelLoadError: it is no server of this kind, or none that keeps ids.
            BackendError: it cannot be reached.
        """
        await self._ready()

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
        """Sample ids after `prompt`; see `Model.stream`.

        Closing it closes the connection, which ends the work on the server. `session` is not
        needed: servers find by themselves how much of a prompt they have seen.

        Raises:
            UserError: the prompt is empty or has ids no gpt-oss knows, `max_tokens` is not
                positive, the grammar cannot be said to this server, or the model is closed.
            ContextOverflow: `prompt` and one more id do not fit the context.
            ModelLoadError: see `load`.
            BackendError: the server is down, silent, or sends what no gpt-oss says.
        """
        self._check_arguments(prompt, max_tokens)
        spelt = {} if grammar is None else self._spell(grammar)
        connection = await self._ready()
        most = min(max_tokens, self._room(len(prompt)))
        call = Call(list(prompt), sampling, stop, most, spelt, {})
        try:
            async with aclosing(_Reply(self, connection, call).chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except BackendError as error:
            self._checked = False  # Whatever runs there next may be something else.
            if isinstance(error, Refused) and grammar is not None and self.grammar_fix:
                raise Refused(f"{error} {self.grammar_fix}", error.status) from None
            raise

    async def close(self) -> None:
        """Close the connections; may be called twice."""
        self._closed = True
        connection = self._connection()
        if connection is not None:
            await connection.close()

    # What an engine fills in

    @abstractmethod
    def _connection(self) -> Connection | None:
        """The connection, if it is open."""

    async def _connected(self) -> Connection:
        """The connection, opened if it was not."""
        connection = self._connection()
        assert connection is not None
        return connection

    @abstractmethod
    async def _ask(self, connection: Connection) -> Served:
        """What the server says it runs.

        Raises:
            Refused: it is no server of this kind.
        """

    @abstractmethod
    def _request(self, call: Call) -> tuple[str, dict[str, Any]]:
        """Path and body of a streamed generation."""

    @abstractmethod
    def _piece(self, event: Mapping[str, Any], sampled: int) -> Piece:
        """What an event brings, `sampled` ids having come before it.

        Raises:
            KeyError, TypeError, ValueError: it has not the form of this engine's events.
        """

    @abstractmethod
    def _spell(self, grammar: Grammar) -> Mapping[str, Any]:
        """What to merge into a request's body, so that the reply obeys `grammar`.

        Raises:
            UserError: the server's form of grammars cannot say it.
        """

    # Checks

    def _check_arguments(self, prompt: Sequence[int], max_tokens: int) -> None:
        if self._closed:
            raise UserError(f"The model {self._capabilities.name} is closed.")
        if max_tokens < 1:
            raise UserError(f"max_tokens is {max_tokens}; it must be at least 1.")
        if not prompt:
            raise UserError("The prompt is empty; a model continues at least one id.")
        if min(prompt) < 0 or max(prompt) >= VOCABULARY_SIZE:
            raise UserError(f"The prompt has ids outside the vocabulary of {VOCABULARY_SIZE:,}.")

    def _room(self, length: int) -> int:
        context = self._capabilities.context_length
        if length >= context:
            raise ContextOverflow(
                f"The prompt has {length:,} tokens and the context of {self._capabilities.name} is"
                f" {context:,}, output included. Shorten the conversation or its tools' results,"
                " or start the server with a longer context."
            )
        return context - length

    async def _ready(self) -> Connection:
        """The connection to a server that was checked."""
        lock = self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with lock:
            connection = await self._connected()
            if not self._checked:
                try:
                    served = await self._ask(connection)
                    await self._probe(connection)
                except Refused as error:
                    raise ModelLoadError(str(error)) from None
                self._take(served, connection)
                self._checked = True
        return connection

    def _take(self, served: Served, connection: Connection) -> None:
        name = connection.refusals.shown(served.name)
        own, given = _count(served.context_length), self._context_length
        if own is not None and given is not None and given > own:
            raise ModelLoadError(
                f"context_length is {given:,}, but {name} was started with {own:,}."
            )
        self._capabilities = replace(
            self._capabilities,
            name=self._name or name,
            context_length=given or own or _CONTEXT,
        )

    async def _probe(self, connection: Connection) -> None:
        """Have one special id sampled, and see that it comes back as it is."""
        greedy = Sampling(temperature=0.0)
        call = Call(_PROBE, greedy, frozenset(), 1, {}, {CHANNEL: 100.0})
        reply = _Reply(self, connection, call)
        ids = [token async for chunk in reply.chunks() for token in chunk.ids]
        name, where = SPECIAL_NAMES[CHANNEL], connection.base_url
        if ids != [CHANNEL]:
            raise Refused(
                f"{where} gave the ids {ids} where it had to sample {CHANNEL}. {self.fix}"
            )
        if reply.text.strip() not in ("", name):
            raise Refused(
                f"{where} takes the id {CHANNEL} for {reply.text!r}, which is {name} in gpt-oss:"
                f" another model runs there. {self.fix}"
            )
        if reply.prompt_tokens not in (None, len(_PROBE)):
            raise Refused(
                f"{where} was sent {len(_PROBE)} ids and saw {reply.prompt_tokens}: it does not"
                f" take prompts as they are. {self.fix}"
            )


class _Reply:
    """One generation: events in, chunks out.

    Attributes:
        text: what the server took the ids for, as far as it said.
        prompt_tokens: how many it saw; None when it did not say.
    """

    def __init__(self, model: ServerModel, connection: Connection, call: Call) -> None:
        self.text = ""
        self.prompt_tokens: int | None = None
        self._model, self._connection, self._call = model, connection, call
        self._sampled = self._cached = 0
        self._reason: Reason | None = None

    async def chunks(self) -> AsyncGenerator[TokenChunk]:
        """The sampled ids, and why it ended.

        Raises:
            BackendError: the server fell silent, broke off or sent what cannot be.
        """
        last: TokenChunk | None = None
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                if last is not None and piece.ids and piece.reason is None:
                    break  # It goes on after what was its end here: closing stops it.
                if last is not None or not (piece.ids or piece.reason):
                    continue
                chunk = self._chunk(piece)
                if self._reason is not None:
                    last = chunk  # Kept until its cost is told: who reads it may leave then.
                else:
                    yield chunk
        if last is None or self._reason is None:
            raise BackendError(
                f"{self._connection.base_url} broke off after {self._sampled} ids without an end."
            )
        finish = Finish(self._reason, len(self._call.prompt), self._cached)
        yield replace(last, finish=finish)

    async def _pieces(self) -> AsyncGenerator[Piece]:
        listening = self._connection.listen(*self._model._request(self._call))
        async with aclosing(listening.events()) as events:
            async for event in events:
                piece = self._read(event)
                yield piece
                if self._reason is not None:
                    listening.over()
                elif piece.ids:
                    listening.heard()

    def _read(self, event: Mapping[str, Any]) -> Piece:
        try:
            piece = self._model._piece(event, self._sampled)
            if not isinstance(piece.ids or (), Sequence):
                raise TypeError("ids are no array")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            said = self._connection.refusals.quoted(event)
            raise Refused(
                f"{self._connection.base_url} streams events without ids: {said}. {self._model.fix}"
            ) from None
        self._note(piece)
        return piece

    def _note(self, piece: Piece) -> None:
        """Keep what the server says beside the ids, as far as it is of use."""
        if (cached := _count(piece.cached_tokens)) is not None:
            self._cached = min(cached, len(self._call.prompt))
        if (seen := _count(piece.prompt_tokens)) is not None:
            self.prompt_tokens = seen
        if isinstance(piece.text, str) and piece.text:
            self.text = piece.text[:80]

    def _chunk(self, piece: Piece) -> TokenChunk:
        """The ids up to the end, checked."""
        call = self._call
        ids = tuple((piece.ids or ())[: call.max_tokens - self._sampled])
        reason = piece.reason
        for at, token in enumerate(ids):
            if type(token) is not int or not 0 <= token < VOCABULARY_SIZE:
                said = self._connection.refusals.quoted(token)
                raise Refused(
                    f"{self._connection.base_url} sampled {said}, which is no id of gpt-oss's"
                    f" {VOCABULARY_SIZE:,}: another model runs there. {self._model.fix}"
                )
            if token in call.stop:
                ids, reason = ids[: at + 1], "stop"
                break
        else:
            if self._sampled + len(ids) == call.max_tokens:
                reason = "length"
        self._sampled += len(ids)
        self._reason = reason
        return TokenChunk(ids, self._logprobs(piece, len(ids)))

    def _logprobs(self, piece: Piece, count: int) -> tuple[float, ...] | None:
        if not self._call.sampling.logprobs:
            return None
        try:
            values = [float(value) for value in piece.logprobs or ()]
        except (TypeError, ValueError, OverflowError):
            values = []
        if len(values) != len(piece.ids or ()) or any(map(math.isnan, values)):
            raise Refused(
                f"{self._connection.base_url} did not send the log-probability of each id."
                f" {self._model.fix}"
            )
        return tuple(values[:count])


def _count(told: object) -> int | None:
    """A number of tokens, if what a server told is one."""
    return told if isinstance(told, int) and told is not True and told > 0 else None
