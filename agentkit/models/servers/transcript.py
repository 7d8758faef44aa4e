"""A prompt's ids read back as a conversation: who said what, who called whom, with which result.

For servers that take messages instead of ids. Knows Harmony's prompts as agentkit writes them, and
nothing of any server's API. Harmony has no call ids: results belong to the calls before them in
their order, and calls are numbered anew from the start of the prompt; a result stands right behind
its call, since gpt-oss's own template knows one call to a message. What the tools look like and
what form the answer has is not read from here: a `Grammar` says it better.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from agentkit.harmony.reader import Finished, Reader
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import CALL, CHANNEL, END, END_OF_TEXT, MESSAGE, RETURN, START
from agentkit.messages import Channel, Message

_CLOSERS = frozenset({END, CALL, RETURN, END_OF_TEXT})
_EFFORT = re.compile(r"^Reasoning: (\w+)$", re.MULTILINE)
_INSTRUCTIONS = "# Instructions\n\n"
_TOOLS = re.compile(r"(?:\A|\n\n)# Tools\n\n## (\S+)\n\n")
_GUIDE = re.compile(r"^## (\S+)\n\n((?://[^\n]*\n)+)namespace \1 \{", re.MULTILINE)
_DECLARED = re.compile(r"(?://[^\n]*\n)*namespace (\S+) \{\n")
_FORMATS = re.compile(r"(?:\A|\n\n)(?=# Response Formats\n\n## )")
_NOBODY = "functions"
NO_RESULT = "Error: this call was never answered."


@dataclass(frozen=True, slots=True)
class Said:
    """Text that somebody said.

    Args:
        role: who; a developer's message is one that came after the conversation had begun.
        text: what.
    """

    role: Literal["user", "assistant", "developer"]
    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """Reasoning of the model that still counts."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """A call that the model made.

    Args:
        id: `call_1`, `call_2`, ..., unique within the transcript.
        recipient: as the model wrote it.
        text: the body as the model wrote it: JSON, or code.
    """

    id: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What a tool answered to the call with this id."""

    id: str
    text: str


Item = Said | Thought | Called | Returned


@dataclass(slots=True)
class Transcript:
    """A conversation up to the point where the assistant is to speak.

    Args:
        effort: the reasoning effort asked for; None when the prompt does not say.
        instructions: the developer's, with the form of the answer if it is told there, without the
            description of tools.
        guides: what the prompt says of whole namespaces of tools, by their names.
        items: everything after the system and developer messages, each call with its result.
        opened: the channel on which the prompt makes the assistant speak.
        header_open: the prompt ends with `<|start|>assistant`, or with a whole header.
    """

    effort: str | None = None
    instructions: str = ""
    guides: dict[str, str] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    opened: Channel | None = None
    header_open: bool = False


def read_prompt(
    ids: Sequence[int], tokenizer: HarmonyTokenizer, namespaces: Collection[str] = ()
) -> Transcript:
    """Read a whole prompt; what cannot be read is left out, nothing is raised.

    Args:
        ids: as `Conversation.ids`, the reply's header at the end.
        tokenizer: the vocabulary.
        namespaces: those of tools that take raw text, whose description looks like any other text.
    """
    reading = _Reading(tokenizer, frozenset(namespaces))
    for segment in _segments(ids):
        reading.add(segment)
    return reading.transcript


def _segments(ids: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The prompt cut before each `<|start|>`."""
    starts = [index for index, token in enumerate(ids) if token == START]
    for start, end in zip(starts, [*starts[1:], len(ids)], strict=True):
        yield tuple(ids[start:end])


@dataclass(frozen=True, slots=True)
class _Segment:
    """What one `<|start|>` begins.

    Args:
        author: a role, or a tool's name.
        text: what anybody but the assistant says.
        spoken: what the assistant says.
        is_header: nothing but `<|start|>assistant`.
    """

    author: str
    text: str = ""
    spoken: tuple[Finished, ...] = ()
    is_header: bool = False


def _read(segment: tuple[int, ...], tokenizer: HarmonyTokenizer) -> _Segment:
    """Read one segment."""
    header_end = segment.index(MESSAGE) if MESSAGE in segment else len(segment)
    header = tokenizer.decode(segment[1:header_end])
    if header.startswith("assistant"):
        if header_end == len(segment) and CHANNEL not in segment and segment[-1] not in _CLOSERS:
            return _Segment("assistant", is_header=True)
        reader = Reader(tokenizer)
        events = [*reader.feed(segment), *reader.finish()]
        return _Segment("assistant", spoken=tuple(e for e in events if isinstance(e, Finished)))
    body = segment[header_end + 1 :]
    text = tokenizer.decode(body[:-1] if body and body[-1] in _CLOSERS else body)
    return _Segment(re.split(r"[ <]", header, maxsplit=1)[0], text)


class _Reading:
    """One pass over a prompt's messages.

    Attributes:
        transcript: of those so far.
    """

    def __init__(self, tokenizer: HarmonyTokenizer, namespaces: frozenset[str]) -> None:
        self._tokenizer = tokenizer
        self._namespaces = namespaces
        self.transcript = Transcript()
        self._waiting: deque[int] = deque()
        self._calls = 0

    def add(self, segment: tuple[int, ...]) -> None:
        """Take one message, from its `<|start|>` to the next one's."""
        read = _read(segment, self._tokenizer)
        match read.author:
            case "assistant":
                self.transcript.header_open |= read.is_header
                for finished in read.spoken:
                    self._spoken(finished)
            case "system":
                if found := _EFFORT.search(read.text):
                    self.transcript.effort = found[1]
                self._guides(read.text)
            case "developer":
                self._developer(read.text)
            case "user":
                self._append(Said("user", read.text))
            case author:
                self._result(author, read.text)

    def _spoken(self, finished: Finished) -> None:
        message = finished.message
        if not message.complete:
            self.transcript.header_open = True
            self.transcript.opened = message.channel
            if not message.text or message.is_call:
                return
        if finished.ids[-1] == CALL or message.is_call:
            self._calls += 1
            call_id = f"call_{self._calls}"
            self._waiting.append(len(self.transcript.items) + 1)
            call = Called(call_id, message.recipient or _NOBODY, message.text)
            self.transcript.items += [call, Returned(call_id, NO_RESULT)]
        elif message.text:
            self._append(_spoken_item(message))

    def _developer(self, text: str) -> None:
        if self.transcript.items:
            self._append(Said("developer", text))
        else:
            self._guides(text)
            self.transcript.instructions = self._without_tools(text)

    def _guides(self, text: str) -> None:
        for name, comment in _GUIDE.findall(text):
            lines = [line.removeprefix("//").strip() for line in comment.splitlines()]
            self.transcript.guides[name] = "\n".join(lines)

    def _without_tools(self, text: str) -> str:
        """The developer message without its `# Tools` section and without the first heading."""
        formats = [found.start() for found in _FORMATS.finditer(text)]
        end = formats[-1] if formats else len(text)
        tools = [each for each in _TOOLS.finditer(text, 0, end) if self._are_tools(each)]
        if tools:
            text = text[: tools[-1].start()] + text[end:]
        return text.strip("\n").removeprefix(_INSTRUCTIONS)

    def _are_tools(self, heading: re.Match[str]) -> bool:
        declared = _DECLARED.match(heading.string, heading.end())
        name = heading[1]
        return name in self._namespaces or (declared is not None and declared[1] == name)

    def _result(self, author: str, text: str) -> None:
        items = self.transcript.items
        if self._waiting:
            place = self._waiting.popleft()
            items[place] = replace(items[place], text=text)
            return
        self._calls += 1
        call_id = f"call_{self._calls}"
        items += [Called(call_id, author, "{}"), Returned(call_id, text)]

    def _append(self, item: Item) -> None:
        # Who goes on over an open call leaves it open for good.
        self._waiting.clear()
        self.transcript.items.append(item)


def _spoken_item(message: Message) -> Item:
    if message.channel == "analysis":
        return Thought(message.text)
    return Said("assistant", message.text)
