"""Headers of sampled messages: who speaks, on which channel, to whom, in which content type.

Knows one header at a time, given as ids, and reads it whatever it looks like; `reader` knows how
headers and bodies follow one another. Both trained orders are read, and so are those that gpt-oss
really writes: a recipient named twice, a channel glued to a tool's name, prose where a content
type belongs. What had to be mended is told in notes, one constant sentence a mend. Words that are
no part of a header are skipped where a `<|message|>` follows; where none does, they are the body.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import CHANNEL, CONSTRAIN, MESSAGE, START
from agentkit.harmony.writer import CONSTRAIN_NAME
from agentkit.messages import Channel, Layout

NO_START = "The header did not begin with <|start|>."
NO_MESSAGE = "The header was not closed by <|message|>."
NO_ROLE = "The header did not name the assistant cleanly."
NO_CHANNEL = "The header named no channel."
ODD_CHANNEL = "The channel could not be read."
SECOND_CHANNEL = "The header named a channel twice; the first was kept."
CUT_CHANNEL = "The channel's name was cut short."
SECOND_RECIPIENT = "The header named a recipient twice; the first was kept."
NO_RECIPIENT = "The header held to= without a tool's name, which means nobody."
CUT_RECIPIENT = "The recipient's name ran into a marker and was cut there."
JUNK = "The header held words that mean nothing there; they were skipped."
ODD_TYPE = "What followed <|constrain|> was no content type; it was skipped."
SECOND_TYPE = "The header named a content type twice; the first was kept."
ODD_TOKEN = "The header held a special token that does not belong there; it was skipped."
ODD_SPELLING = "The header was spelled in an unusual way."

ASSISTANT = "assistant"
NOBODY = frozenset({"assistant", "user", "all", "commentary", "analysis", "final"})
CHANNELS: tuple[Channel, ...] = ("analysis", "commentary", "final")

_TYPE_NAMES = ("json", "code", "text", "python", "javascript", "markdown", "html", "xml", "yaml")
_TYPES = f"(?:{'|'.join(_TYPE_NAMES)})"
_CHANNEL_NAME = re.compile(r"\s*(analysis|commentary|final(?!ly))", re.IGNORECASE)
_ROLE = re.compile(rf"\s*{ASSISTANT}", re.IGNORECASE)
_ROLE_ALONE = re.compile(
    rf"\s*{ASSISTANT}(?=\s*$|\s+to\s*=|to=|analysis|commentary|final)", re.IGNORECASE
)
_FOREIGN = re.compile(
    r"\s*(?:(?:user|system|developer|tool|python|browser)\b|functions\.|browser\.|container\.)"
)
_TO = re.compile(r"\s*\bto\s*=\s*")
_TO_GLUED = re.compile(r"\s*to=(?=functions|python|browser|container|assistant)")
_TYPE = re.compile(rf"\s*({_TYPES})(?![\w.])", re.IGNORECASE)
_TYPE_BEFORE_BODY = re.compile(rf"\s*({_TYPES})(?=\s|[{{\[]|$)", re.IGNORECASE)
_WORD = re.compile(r"\s*\S+?(?=\s|to=(?:functions|python|browser|container|assistant)|$)")
_RUN_END = re.compile(r"<\|| to ?=")
_BARE_NAME = re.compile(r"\s*([^\s{\[(<]*)")
_PLAIN_WORD = re.compile(r"[\w.:/-]+")
_HEADER_WORD = re.compile(rf"(?:{_TYPES}|analysis|commentary|final|{ASSISTANT})", re.IGNORECASE)
_MOST_WORDS = 3

Segment = tuple[int | None, str]


@dataclass(slots=True)
class Header:
    """What a header says.

    Args:
        foreign: somebody else's: a user's message or a tool's reply made up by the model.
        channel: None when it cannot be read.
        recipient: as written, up to the first marker; None for everyone.
        content_type: as the writer spells it.
        layout: where the recipient stands.
        rest: without `<|message|>`: the segments after the last field, which are the body.
        notes: the mends.
    """

    foreign: bool = False
    channel: Channel | None = None
    recipient: str | None = None
    content_type: str | None = None
    layout: Layout = "role"
    rest: list[Segment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Remember a mend, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


def parse(ids: Sequence[int], tokenizer: HarmonyTokenizer, cut: bool = False) -> Header:
    """Read one header.

    Args:
        ids: from `<|start|>`, if there is one, up to and including `<|message|>`, if there is one.
        tokenizer: the vocabulary.
        cut: the stream ended here, so that the last word may be a part of one.
    """
    closed = bool(ids) and ids[-1] == MESSAGE
    segments = _segments(ids[:-1] if closed else ids, tokenizer)
    header = _Parser(segments, closed, cut).header
    if closed and not header.notes and _spelling(header) != tokenizer.decode(ids):
        header.note(ODD_SPELLING)
    return header


def _segments(ids: Sequence[int], tokenizer: HarmonyTokenizer) -> list[Segment]:
    """The header cut at its special tokens; bytes that are no UTF-8 survive as surrogates."""
    segments: list[tuple[int | None, bytearray]] = [(None, bytearray())]
    for token in ids:
        if 0 <= token < len(tokenizer.table):
            segments[-1][1].extend(tokenizer.table[token])
        else:
            segments.append((token, bytearray()))
    return [(marker, bytes(text).decode("utf-8", "surrogateescape")) for marker, text in segments]


def _spelling(header: Header) -> str:
    """The header as the writer would spell it."""
    recipient = f" to={header.recipient}" if header.recipient else ""
    content_type = f" {header.content_type}" if header.content_type else ""
    by_role, by_channel = (recipient, "") if header.layout == "role" else ("", recipient)
    return (
        f"<|start|>{ASSISTANT}{by_role}<|channel|>{header.channel}{by_channel}{content_type}"
        "<|message|>"
    )


class _Parser:
    """One pass over the segments of a header; `header` holds the result."""

    def __init__(self, segments: list[Segment], closed: bool, cut: bool) -> None:
        self.header = Header()
        self.closed = closed
        self.cut = cut
        self._channel_seen = False
        self._read(segments)
        if not closed:
            self.header.note(NO_MESSAGE)
        if not self._channel_seen and not self.header.foreign:
            self._without_channel()

    def _without_channel(self) -> None:
        self.header.note(NO_CHANNEL)
        if self.header.recipient is not None:
            self.header.channel = "commentary"
        elif self.closed:
            self.header.channel = "final"

    def _read(self, segments: list[Segment]) -> None:
        started = len(segments) > 1 and segments[1][0] == START
        if started and not segments[0][1]:
            segments = segments[1:]
        text = self._role(segments, started)
        if text is None:
            self.header.foreign = True
            return
        segments = [(None, text), *segments[1:]]
        for index, (marker, text) in enumerate(segments):
            rest = self._segment(marker, text, index == 0)
            if rest is not None:
                self.header.rest = [(None, rest.lstrip()), *segments[index + 1 :]]
                return

    def _role(self, segments: list[Segment], started: bool) -> str | None:
        """What follows the role in its segment; None for a message that is not the assistant's."""
        header, text = self.header, segments[0][1]
        if not started:
            header.note(NO_START)
        fields_follow = self.closed or len(segments) > 1
        spoken = _ROLE if started or fields_follow else _ROLE_ALONE
        if match := spoken.match(text):
            rest = text[match.end() :]
            while again := _ROLE_ALONE.match(rest) or (fields_follow and _ROLE.match(rest)):
                header.note(NO_ROLE)
                rest = rest[again.end() :]
            return self._glued_channel(rest)
        if (started or fields_follow) and self._is_foreign(segments, started):
            return None
        if started or fields_follow:
            header.note(NO_ROLE)
        return self._glued_channel(text)

    def _is_foreign(self, segments: list[Segment], started: bool) -> bool:
        name = segments[0][1].strip()
        if not name or _CHANNEL_NAME.match(name) or _TO_GLUED.match(name):
            return False
        if _FOREIGN.match(name) or any(" to=assistant" in each for _, each in segments):
            return True
        return started and self.closed and not ASSISTANT.startswith(name.lower())

    def _glued_channel(self, text: str) -> str:
        """Read `assistantfinal<|message|>`, whose `<|channel|>` is missing."""
        match = _CHANNEL_NAME.match(text)
        if match is None or not self.closed:
            return text
        self.header.note(ODD_CHANNEL if self._channel_seen else NO_CHANNEL)
        self._take_channel(match)
        return text[match.end() :]

    def _segment(self, marker: int | None, text: str, in_role: bool) -> str | None:
        """Read the fields of one segment; without `<|message|>`, what is left is the body."""
        if marker == CHANNEL:
            text = self._channel(text)
        elif marker == CONSTRAIN:
            text = self._constrain(text)
        elif marker is not None:
            self.header.note(ODD_TOKEN)
        if self.closed:
            self._closed_fields(" ".join(text.split()), in_role)
            return None
        return self._open_fields(text, in_role)

    def _channel(self, text: str) -> str:
        header = self.header
        match = _CHANNEL_NAME.match(text)
        if self._channel_seen:
            header.note(SECOND_CHANNEL)
            return text[match.end() :] if match else text
        if match:
            self._take_channel(match)
            return text[match.end() :]
        self._channel_seen = True
        name = text.strip().lower()
        cut = [each for each in CHANNELS if name and each.startswith(name)]
        if cut:
            header.channel = cut[0]
            header.note(CUT_CHANNEL)
            return ""
        header.note(ODD_CHANNEL)
        return text

    def _take_channel(self, match: re.Match[str]) -> None:
        if self._channel_seen:
            return
        self._channel_seen = True
        name = match[1].lower()
        self.header.channel = next(each for each in CHANNELS if each == name)

    def _constrain(self, text: str) -> str:
        match = (_TYPE if self.closed else _TYPE_BEFORE_BODY).match(text)
        if match:
            self._take_type(CONSTRAIN_NAME + match[1].lower())
            return text[match.end() :]
        if text.strip() or self.closed:
            self.header.note(ODD_TYPE)
        return "" if self.closed else text

    def _take_type(self, name: str) -> None:
        if self.header.content_type is not None:
            self.header.note(SECOND_TYPE)
        else:
            self.header.content_type = name

    def _closed_fields(self, text: str, in_role: bool) -> None:
        """Read the fields of a segment whose white space has been made single."""
        position = 0
        while position < len(text):
            if match := _TO.match(text, position) or _TO_GLUED.match(text, position):
                position = self._recipient(text, match.end(), in_role)
            elif match := _TYPE.match(text, position):
                self._take_type(match[1].lower())
                position = match.end()
            else:
                match = _WORD.match(text, position)
                self.header.note(JUNK)
                position = match.end() if match else len(text)

    def _recipient(self, text: str, position: int, in_role: bool) -> int:
        """Take the name after `to=`: a word, or a few plain words as in `functions.get order`."""
        end = _RUN_END.search(text, position)
        run = text[position : end.start() if end else len(text)]
        words = run.split(" ")
        plain = []
        for word in words[1:]:
            if _HEADER_WORD.fullmatch(word):
                break
            plain.append(word)
        if len(plain) >= _MOST_WORDS or not all(map(_PLAIN_WORD.fullmatch, plain)):
            plain = []
        name = " ".join([words[0], *plain])
        if end and end[0] == "<|" and len(name) == len(run):
            self.header.note(CUT_RECIPIENT)
            self._take_recipient(name, in_role)
            marker = text.find("|>", end.end())
            return marker + 2 if marker >= 0 else len(text)
        self._take_recipient(name, in_role)
        return position + len(name)

    def _take_recipient(self, name: str, in_role: bool) -> None:
        header = self.header
        if not name.strip() or name.lower() in NOBODY:
            header.note(NO_RECIPIENT)
        elif header.recipient is not None:
            header.note(SECOND_RECIPIENT)
        else:
            header.recipient = name
            header.layout = "role" if in_role else "channel"

    def _open_fields(self, text: str, in_role: bool) -> str | None:
        """Read the fields at the front of a segment; None when nothing else is in it."""
        while text.strip():
            if match := _TO.match(text) or _TO_GLUED.match(text):
                name = _BARE_NAME.match(text, match.end())
                assert name is not None
                self._take_recipient(name[1], in_role)
                text = text[name.end() :]
            elif self.header.recipient and (match := _TYPE_BEFORE_BODY.match(text)):
                self._take_type(match[1].lower())
                text = text[match.end() :]
            elif self._is_cut_field(text):
                return None
            else:
                return text
        return None

    def _is_cut_field(self, text: str) -> bool:
        """True for the first letters of ` to=` or of a content type, where the stream ends."""
        if not self.cut:
            return False
        fields_seen = self._channel_seen or self.header.recipient is not None
        type_begins = any(each.startswith(text.strip()) for each in _TYPE_NAMES)
        return " to=".startswith(text) or (fields_seen and type_begins)
