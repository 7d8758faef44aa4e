"""Sampled ids to messages, as they come.

Knows how Harmony messages follow one another, id by id; `header` reads one header. It reads what
an assistant sampled, never a prompt. Whatever the ids are, it neither raises nor loses one: each
id it was fed stands in exactly one `Finished` or `Discarded`, in order. Each mend is a note on
the message. Whether a recipient exists and whether arguments are right is not known here.

Rules beyond the format guide:

- A special token inside a body is no text. It is left out of what people read (answers and
  preambles) and kept by name in reasoning and calls; either way it is noted, and `ids` keep it.
  Text that merely spells a marker in ordinary tokens is text.
- `<|start|>` inside a body closes the message and opens the next one.
- A body whose channel cannot be told is held back until its end tells: an answer if `<|return|>` or
  nothing more follows, a call without recipient if `<|call|>`, reasoning otherwise.
- Someone else's turn (a user's message, a tool's reply) is the model's fabrication: reading ends.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from agentkit.errors import UserError
from agentkit.harmony import header as headers
from agentkit.harmony.header import Header
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import (
    CALL,
    CHANNEL,
    END,
    END_OF_TEXT,
    MESSAGE,
    RETURN,
    SPECIAL_NAMES,
    START,
    STOP_IDS,
)
from agentkit.messages import Channel, Message

DeltaKind = Literal["reasoning", "preamble", "text", "call"]

CLOSED_BY_START = "The message was not closed before the next one began."
CLOSED_BY_END_OF_TEXT = "The message was closed by <|endoftext|>."
CALL_CLOSED_BY_END = "The call was not closed by <|call|>."
CALL_TO_NOBODY = "The message was closed by <|call|> but names no recipient."
RETURN_WITHOUT_ANSWER = "The turn was ended by <|return|> in a message that is no answer."
MARKER_DROPPED = "A special token inside the text was left out."
MARKER_KEPT = "A special token inside the text was kept by its name."
NOT_UTF8 = "Bytes that are not UTF-8 were replaced."

EMPTY_HEADER = "a header without a message"
STRAY = "a token between messages"
AFTER_STOP = "ids after the end of the turn"
FABRICATED = "a turn of somebody else, made up by the model"

_KINDS: dict[Channel, DeltaKind] = {
    "analysis": "reasoning",
    "commentary": "preamble",
    "final": "text",
}
_CLOSERS = frozenset({END, RETURN, CALL, END_OF_TEXT})
# Real headers take up to about 40 ids; what goes on for longer is a body without <|message|>.
_LONGEST_HEADER = 128


@dataclass(frozen=True, slots=True)
class Delta:
    """A part of a message as it comes.

    Args:
        kind: `reasoning` (analysis), `preamble` (commentary), `text` (final), or `call` for
            whatever names a recipient.
        text: the next part of the body; the first part of a call is empty and tells its header.
        recipient: as written, for a call.
    """

    kind: DeltaKind
    text: str
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A message that is whole, or was cut (`message.complete` is False).

    Args:
        message: with a note for each mend. Without notes, the writer renders it as it was read,
            but for `<|return|>`, which it writes as `<|end|>`.
        ids: all ids it was read from: header, body and end token.
    """

    message: Message
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Discarded:
    """Ids that are no message.

    Args:
        ids: as fed.
        why: one of this module's reasons.
    """

    ids: tuple[int, ...]
    why: str


ReaderEvent = Delta | Finished | Discarded


class _State(Enum):
    BETWEEN = auto()
    HEADER = auto()
    BODY = auto()
    OVER = auto()


class Reader:
    """Reads one completion.

    Args:
        tokenizer: the vocabulary.
        prefix: ids of the reply header that already stand at the prompt's end, such as
            `<|start|>assistant`; they are read as if sampled.

    Attributes:
        stopped: True once the caller should stop sampling: after `<|return|>`, `<|call|>` or
            `<|endoftext|>`, and when the model begins somebody else's turn. After `<|call|>`
            reading goes on, for engines that overshoot; after the others all is `Discarded`.
    """

    def __init__(self, tokenizer: HarmonyTokenizer, prefix: Sequence[int] = ()) -> None:
        self.stopped = False
        self._tokenizer = tokenizer
        self._table = tokenizer.table
        self._state = _State.BETWEEN
        self._why = STRAY
        self._ids: list[int] = []
        self._reset_body(Header())
        self._early: list[ReaderEvent] = []
        if prefix:
            self._early = self.feed(prefix)

    def feed(self, ids: Iterable[int]) -> list[ReaderEvent]:
        """Read the next ids; what they bring, in order."""
        events, self._early = self._early, []
        table, ordinary = self._table, len(self._table)
        for token in ids:
            if self._in_body and 0 <= token < ordinary:
                self._ids.append(token)
                self._fresh.append(table[token])
            else:
                if self._fresh:
                    self._flush(events)
                self._step(token, events)
        if self._fresh:
            self._flush(events)
        return events

    def finish(self) -> list[ReaderEvent]:
        """End of the stream: what is still open, as a message that is not complete."""
        events = self.feed(())
        if self._state is _State.HEADER:
            self._close_header(None, events)
        elif self._state is _State.BODY:
            self._close_body(None, events)
        self._discard(self._why, events)
        self._state = _State.OVER
        self._why = AFTER_STOP
        return events

    def _step(self, token: int, events: list[ReaderEvent]) -> None:
        """Read one id that is not ordinary text of a body."""
        if self._state is _State.BODY:
            self._in_body_step(token, events)
        elif self._state is _State.HEADER:
            self._header_step(token, events)
        elif self._state is _State.BETWEEN:
            self._between_step(token, events)
        else:
            self._ids.append(token)

    def _between_step(self, token: int, events: list[ReaderEvent]) -> None:
        if token in _CLOSERS:
            self._ids.append(token)
            self._discard(STRAY, events)
            self._stop(token)
            return
        self._state = _State.HEADER
        if token == START:
            self._ids.append(token)
        else:
            self._header_step(token, events)

    def _header_step(self, token: int, events: list[ReaderEvent]) -> None:
        if token == START:
            self._close_header(token, events)
            self._open_header(token)
            return
        self._ids.append(token)
        if token in _CLOSERS:
            self._close_header(token, events)
        elif token == MESSAGE or len(self._ids) > _LONGEST_HEADER:
            self._open_body(headers.parse(self._ids, self._tokenizer), events)

    def _in_body_step(self, token: int, events: list[ReaderEvent]) -> None:
        if token == START:
            if self._body_is_untouched():
                self._discard(EMPTY_HEADER, events)
            else:
                self._close_body(token, events)
            self._open_header(token)
        elif token in _CLOSERS:
            self._ids.append(token)
            self._close_body(token, events)
        elif token == CHANNEL and self._body_is_untouched():
            self._discard(EMPTY_HEADER, events)
            self._open_header(token)
        else:
            self._ids.append(token)
            self._marker(token)
            self._flush(events)

    def _open_header(self, token: int) -> None:
        """Begin a header with `token`, unless reading is over."""
        self._in_body = False
        self._ids.append(token)
        if self._state is not _State.OVER:
            self._state = _State.HEADER

    def _body_is_untouched(self) -> bool:
        """True while nobody has been told of this message: its header may have been an echo."""
        return self._header.recipient is None and len(self._ids) == self._header_length

    def _open_body(self, header: Header, events: list[ReaderEvent]) -> None:
        """Go on behind the header, unless the turn is somebody else's."""
        if header.foreign:
            self._state = _State.OVER
            self._why = FABRICATED
            self.stopped = True
            return
        self._state = _State.BODY
        self._reset_body(header)
        self._in_body = True
        if header.recipient is not None:
            events.append(Delta("call", "", header.recipient))
        for marker, text in header.rest:
            if marker is not None:
                self._marker(marker)
            self._fresh.append(text.encode("utf-8", "surrogateescape"))
        self._flush(events)

    def _reset_body(self, header: Header) -> None:
        self._header = header
        self._header_length = len(self._ids)
        self._kind = _kind(header.channel, header.recipient)
        self._in_body = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._fresh: list[bytes] = []
        self._text: list[str] = []

    def _marker(self, token: int) -> None:
        """A special or unknown id inside a body."""
        if self._kind in ("text", "preamble", None):
            self._header.note(MARKER_DROPPED)
        else:
            self._header.note(MARKER_KEPT)
            self._fresh.append(self._tokenizer.token_bytes(token))

    def _flush(self, events: list[ReaderEvent], last: bool = False) -> None:
        """Decode what came since the last call; a character still in parts is held back."""
        if not self._fresh and not last:
            return
        raw = self._fresh[0] if len(self._fresh) == 1 else b"".join(self._fresh)
        self._fresh.clear()
        text = self._decoder.decode(raw, last)
        if not text:
            return
        self._text.append(text)
        if self._kind is not None:
            events.append(Delta(self._kind, text, self._header.recipient))

    def _close_header(self, closer: int | None, events: list[ReaderEvent]) -> None:
        """A header that ends without `<|message|>`: its last words are the body."""
        ids = self._ids[:-1] if closer in _CLOSERS else self._ids
        header = headers.parse(ids, self._tokenizer, cut=closer is None)
        said = any(text.strip() for _, text in header.rest)
        meant = header.channel is not None or header.recipient is not None
        if not header.foreign and not said and (closer == START or not meant):
            self._discard(EMPTY_HEADER, events)
            self._state = _State.BETWEEN
            self._stop(closer)
            return
        self._open_body(header, events)
        if self._state is _State.BODY:
            self._close_body(closer, events)

    def _close_body(self, closer: int | None, events: list[ReaderEvent]) -> None:
        self._in_body = False
        held = self._kind is None
        if self._header.channel is None:
            self._header.channel = _channel_by_end(closer)
            self._kind = _kind(self._header.channel, self._header.recipient)
        if held and self._kind is not None:
            self._flush([], last=True)
            if text := "".join(self._text):
                events.append(Delta(self._kind, text))
        else:
            self._flush(events, last=True)
        events.append(Finished(self._message(closer), tuple(self._ids)))
        self._ids.clear()
        self._state = _State.BETWEEN
        self._stop(closer)

    def _message(self, closer: int | None) -> Message:
        header = self._header
        text = "".join(self._text)
        if "\ufffd" in text and not self._is_utf8(text):
            header.note(NOT_UTF8)
        if note := _closing_note(header, closer):
            header.note(note)
        return Message(
            "assistant",
            text,
            channel=header.channel,
            recipient=header.recipient,
            content_type=header.content_type,
            layout=header.layout,
            complete=closer is not None,
            notes=tuple(header.notes),
        )

    def _is_utf8(self, text: str) -> bool:
        """False when a U+FFFD of `text` stands for bytes that could not be decoded."""
        said = self._tokenizer.decode_bytes(
            token for token in self._ids if 0 <= token < len(self._table)
        )
        return said.count("\ufffd".encode()) >= text.count("\ufffd")

    def _discard(self, why: str, events: list[ReaderEvent]) -> None:
        if self._ids:
            events.append(Discarded(tuple(self._ids), why))
        self._ids.clear()

    def _stop(self, closer: int | None) -> None:
        if closer in STOP_IDS:
            self.stopped = True
        if closer in (RETURN, END_OF_TEXT):
            self._state = _State.OVER
            self._why = AFTER_STOP


def _kind(channel: Channel | None, recipient: str | None) -> DeltaKind | None:
    if recipient is not None:
        return "call"
    return _KINDS[channel] if channel is not None else None


def _channel_by_end(closer: int | None) -> Channel:
    if closer == CALL:
        return "commentary"
    return "analysis" if closer in (END, START) else "final"


def _closing_note(header: Header, closer: int | None) -> str | None:
    """What was wrong with the way the message ended."""
    if closer == START:
        return CLOSED_BY_START
    if closer == END_OF_TEXT:
        return CLOSED_BY_END_OF_TEXT
    if header.recipient is not None:
        return None if closer in (CALL, None) else CALL_CLOSED_BY_END
    if closer == CALL:
        return CALL_TO_NOBODY
    return RETURN_WITHOUT_ANSWER if closer == RETURN and header.channel != "final" else None


_STRIPPED = re.compile(
    r".*assistant(?:analysis|commentary|final)"
    r"|\s*(?:analysis|commentary).*assistant\s*(?:analysis|commentary|final)",
    re.DOTALL,
)


def read_text(
    text: str, tokenizer: HarmonyTokenizer, prefix: Sequence[int] = ()
) -> list[ReaderEvent]:
    """Read a completion that an engine gave as text with its special tokens spelled out.

    Prefer ids: in text, a marker that the model merely quoted cannot be told from a real one.

    Args:
        text: the whole completion.
        tokenizer: the vocabulary.
        prefix: as for `Reader`.

    Raises:
        UserError: the special tokens were stripped, so that the channels are gone.
    """
    if not any(name in text for name in SPECIAL_NAMES.values()) and _STRIPPED.match(text):
        raise UserError(
            "This text has lost its special tokens, so that reasoning, calls and answer run into"
            " one another (analysis...assistantfinal...). Have the engine keep them, for example"
            " with skip_special_tokens=False, or better, have it return token ids."
        )
    reader = Reader(tokenizer, prefix)
    return [*reader.feed(tokenizer.encode_with_specials(text)), *reader.finish()]
