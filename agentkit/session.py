"""One step at a time: the model speaks, and the step says what came of it.

A `Session` puts messages into the conversation, has the model sample a reply, reads it and hands
out `Final`, `Calls` or `Stopped`. It never runs a tool and does no I/O but the model's, so a
program that owns its loop can drive it. It guards what one reply may do: tokens a message, loops
in reasoning, empty answers; limits over a whole run are the agent's.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from agentkit.conversation import Conversation
from agentkit.errors import ModelError, ModelLoadError
from agentkit.events import (
    PreambleDelta,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.reader import Delta, Discarded, Finished, Reader
from agentkit.harmony.vocabulary import STOP_IDS
from agentkit.messages import Channel, Message, ToolCall, last_answer
from agentkit.models.base import Finish, Model, Sampling, TokenChunk
from agentkit.usage import Usage

SpokenDelta = ReasoningDelta | PreambleDelta | TextDelta | ToolCallStarted | ToolCallDelta

LOOP_WINDOW = 384
LOOP_PERIOD = 96
LOOP_STRIDE = 64


@dataclass(frozen=True, slots=True)
class Final:
    """The model has answered.

    Args:
        text: the answer.
        messages: all it said in this step.
        usage: of this step.
    """

    text: str
    messages: tuple[Message, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Calls:
    """The model wants tools to be run; answer each call, in order, then step on.

    Args:
        calls: at least one.
        messages: all it said in this step.
        usage: of this step.
    """

    calls: tuple[ToolCall, ...]
    messages: tuple[Message, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Stopped:
    """The reply ended without an answer or a call.

    Args:
        reason: `limit`, `empty` or `error`.
        detail: a sentence.
        messages: all it said in this step; the last may be cut.
        usage: of this step.
        limit: the limit's name, for reason `limit`.
    """

    reason: str
    detail: str
    messages: tuple[Message, ...]
    usage: Usage
    limit: str = ""


Step = Final | Calls | Stopped


@dataclass(frozen=True, slots=True)
class Budget:
    """What one step may sample.

    Args:
        message_tokens: tokens of one message; None for no bound but the context.
        tokens: tokens of the whole step; None for no bound but the context.
    """

    message_tokens: int | None = None
    tokens: int | None = None


class Session:
    """A conversation with a model, step by step.

    Args:
        model: ids in, ids out.
        conversation: the ledger.
        sampling: how ids are drawn; None for the checkpoint's own defaults.
        grammar: what replies may be; only for models that obey grammars.

    Attributes:
        usage: of all steps so far, those that were cancelled included.
    """

    def __init__(
        self,
        model: Model,
        conversation: Conversation,
        sampling: Sampling | None = None,
        grammar: Grammar | None = None,
    ) -> None:
        self.model = model
        self.conversation = conversation
        self.sampling = sampling or model.capabilities.sampling
        self.grammar = grammar
        self.usage = Usage()

    async def send(self, messages: Iterable[Message] = (), budget: Budget | None = None) -> Step:
        """Add `messages`, let the model speak and say what came of it.

        Raises:
            ModelLoadError: the model, asked for the first time, cannot be loaded.
        """
        async with aclosing(self.stream(messages, budget)) as items:
            async for item in items:
                if isinstance(item, Final | Calls | Stopped):
                    return item
        raise AssertionError("a step always ends in a Step")

    async def stream(
        self,
        messages: Iterable[Message] = (),
        budget: Budget | None = None,
        *,
        answer_now: bool = False,
    ) -> AsyncGenerator[SpokenDelta | Step, None]:
        """As `send`, giving deltas as they come and the `Step` last.

        Args:
            messages: added to the conversation first: tool results, a user's message.
            budget: what this step may sample.
            answer_now: the model gets no choice but to answer.
        """
        for message in messages:
            self.conversation.add(message)
        budget = budget or Budget()
        reply = _Reply(self, budget, "final" if answer_now else None)
        async with aclosing(reply.read()) as deltas:
            async for delta in deltas:
                yield delta
        if reply.says_nothing and not answer_now:
            first, reply = reply, _Reply(self, budget, "final")
            reply.follow(first)
            async with aclosing(reply.read()) as deltas:
                async for delta in deltas:
                    yield delta
        yield reply.step()


class _Reply:
    """One generation, read as it comes. With a channel given, the model must speak on it."""

    def __init__(self, session: Session, budget: Budget, channel: Channel | None) -> None:
        self._session = session
        self._model = session.model
        self._sampling = session.sampling
        self._conversation = session.conversation
        self._budget = budget
        self._channel = channel
        self._grammar = session.grammar and replace(session.grammar, opened=channel)
        self._guard = _LoopGuard()
        self._in_call = False
        self._output_tokens = 0
        self._finish: Finish | None = None
        self._room = 0
        self._cut: tuple[str, str] | None = None
        self._failure = ""
        self.messages: list[Message] = []
        self.calls: list[ToolCall] = []
        self.usage = Usage()

    @property
    def says_nothing(self) -> bool:
        """True when there is neither answer nor call, and asking for an answer may help."""
        if self._failure or self.calls or last_answer(self.messages) is not None:
            return False
        return self._cut is None or self._cut[0] == "loop"

    def follow(self, earlier: _Reply) -> None:
        """Go on where an earlier reply of the same step ended."""
        self.messages = earlier.messages
        self.usage = earlier.usage

    def step(self) -> Step:
        """What came of it."""
        messages, usage = tuple(self.messages), self.usage
        if self.calls:
            return Calls(tuple(self.calls), messages, usage)
        if self._failure:
            return Stopped("error", self._failure, messages, usage)
        if self._cut is not None:
            return Stopped("limit", self._cut[1], messages, usage, self._cut[0])
        if (answer := last_answer(messages)) is not None:
            return Final(answer, messages, usage)
        return Stopped("empty", "The model ended its turn without an answer.", messages, usage)

    async def read(self) -> AsyncGenerator[SpokenDelta, None]:
        """Sample and read until the reply ends; never raises for what the model writes.

        A reply that is cancelled leaves what was said so far in the conversation, marked as cut.
        """
        header = self._conversation.open_reply(self._channel)
        reader = Reader(self._conversation.tokenizer, header)
        started = time.perf_counter()
        try:
            async with aclosing(self._model_stream()) as chunks:
                async for chunk in chunks:
                    for delta in self._take(reader, chunk):
                        yield delta
                    if reader.stopped or self._cut is not None:
                        break
        except ModelLoadError:
            raise
        except ModelError as error:
            self._failure = f"{type(error).__name__}: {error}"
        finally:
            rest = list(self._pieces(reader.finish()))
            self._conversation.close_reply()
            spent = self._spent(time.perf_counter() - started)
            self.usage += spent
            self._session.usage += spent
        for delta in rest:
            yield delta

    def _model_stream(self) -> AsyncGenerator[TokenChunk, None]:
        prompt = self._conversation.ids
        self._room = self._model.capabilities.context_length - len(prompt)
        tokens = self._budget.tokens
        most = self._room if tokens is None else min(self._room, tokens)
        if most <= 0:
            self._out_of_room()
            return _nothing()
        return self._model.stream(
            prompt,
            sampling=self._sampling,
            stop=STOP_IDS,
            max_tokens=most,
            grammar=self._grammar,
            session=self._conversation.name,
        )

    def _out_of_room(self) -> None:
        tokens, room = self._budget.tokens, self._room
        if tokens is not None and tokens < room:
            self._stop("tokens", f"The run's limit left {tokens} tokens for this step.")
        else:
            self._stop("context", f"The model's context had room for {max(room, 0)} more tokens.")

    def _stop(self, limit: str, detail: str) -> None:
        self._cut = self._cut or (limit, detail)

    def _spent(self, seconds: float) -> Usage:
        return Usage(
            turns=1,
            prompt_tokens=self._finish.prompt_tokens if self._finish else 0,
            cached_tokens=self._finish.cached_tokens if self._finish else 0,
            output_tokens=self._output_tokens,
            model_seconds=seconds,
        )

    def _take(self, reader: Reader, chunk: TokenChunk) -> Sequence[SpokenDelta]:
        """Runs once an id: most ids of a header bring nothing."""
        guard, cap = self._guard, self._budget.message_tokens
        self._output_tokens += len(chunk.ids)
        guard.add(chunk.ids)
        pieces = reader.feed(chunk.ids)
        deltas = list(self._pieces(pieces)) if pieces else ()
        if cap is not None and guard.length >= cap:
            self._stop("message_tokens", f"One message reached the limit of {cap} tokens.")
        if guard.loops:
            self._stop("loop", "The model repeated itself over and over.")
        if chunk.finish is not None:
            self._finish = chunk.finish
            if chunk.finish.reason == "length" and not reader.stopped:
                self._out_of_room()
        return deltas

    def _pieces(self, pieces: Iterable[Delta | Finished | Discarded]) -> Iterable[SpokenDelta]:
        for piece in pieces:
            if isinstance(piece, Delta):
                if not self.calls or piece.kind == "call":
                    yield from self._spoken(piece)
                continue
            self._guard.reset()
            self._in_call = False
            if isinstance(piece, Finished) and not self._speaks_for_the_tool(piece):
                self._accept(piece)
            else:
                self._conversation.accept(Discarded(piece.ids, "not part of the conversation"))

    def _speaks_for_the_tool(self, piece: Finished) -> bool:
        """After a call only further calls count: any text there is written without its result."""
        return bool(self.calls) and not (piece.message.is_call and piece.message.complete)

    def _accept(self, piece: Finished) -> None:
        call = self._conversation.accept(piece)
        if piece.message.says_something:
            self.messages.append(piece.message)
        if call is not None:
            self.calls.append(call)

    def _spoken(self, delta: Delta) -> Iterable[SpokenDelta]:
        match delta.kind:
            case "reasoning":
                yield ReasoningDelta(delta.text)
            case "preamble":
                yield PreambleDelta(delta.text)
            case "text":
                yield TextDelta(delta.text)
            case "call":
                if not self._in_call:
                    self._in_call = True
                    yield ToolCallStarted(delta.recipient or "")
                if delta.text:
                    yield ToolCallDelta(delta.text)


async def _nothing() -> AsyncGenerator[TokenChunk, None]:
    return
    yield


class _LoopGuard:
    """Sees when the tail of a message is one short piece repeated over and over."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """A new message begins."""
        self.length = 0
        self.loops = False
        self._tail: list[int] = []
        self._next_look = LOOP_WINDOW

    def add(self, ids: Sequence[int]) -> None:
        """Count ids of the message and look at its tail now and then."""
        self.length += len(ids)
        self._tail += ids
        if self.length < self._next_look:
            return
        self._next_look = self.length + LOOP_STRIDE
        del self._tail[:-LOOP_WINDOW]
        tail = self._tail
        self.loops = any(tail[:-period] == tail[period:] for period in range(1, LOOP_PERIOD + 1))
