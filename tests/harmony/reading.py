"""Reads completions in tests, holding the reader to its invariants each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentkit.harmony.reader import Delta, Discarded, Finished, Reader, ReaderEvent
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import RETURN, SPECIAL_NAMES
from agentkit.harmony.writer import render
from agentkit.messages import Message

REPLY = "<|start|>assistant"


@dataclass(frozen=True)
class Reading:
    """What came of a completion."""

    messages: list[Message]
    discarded: list[tuple[str, str]]
    deltas: list[Delta]
    stopped: bool

    @property
    def only(self) -> Message:
        """The one message there is."""
        assert len(self.messages) == 1, self.messages
        return self.messages[0]


def read(tokenizer: HarmonyTokenizer, text: str, prefix: str = REPLY) -> Reading:
    """Read a completion whose special tokens are spelled out."""
    encode = tokenizer.encode_with_specials
    return read_ids(tokenizer, encode(text), encode(prefix))


def read_ids(tokenizer: HarmonyTokenizer, ids: Sequence[int], prefix: Sequence[int]) -> Reading:
    """Read ids one by one, checking every invariant of the reader."""
    reader = Reader(tokenizer, prefix)
    events = feed_all(reader, ([token] for token in ids))
    finished = [event for event in events if isinstance(event, Finished)]
    discarded = [event for event in events if isinstance(event, Discarded)]
    check_ids(events, [*prefix, *ids])
    check_deltas(events)
    for each in finished:
        check_message(each, tokenizer)
    return Reading(
        [each.message for each in finished],
        [(tokenizer.decode(each.ids), each.why) for each in discarded],
        [event for event in events if isinstance(event, Delta)],
        reader.stopped,
    )


def feed_all(reader: Reader, chunks: Iterable[Sequence[int]]) -> list[ReaderEvent]:
    """All events of a stream, to its end."""
    events = [event for chunk in chunks for event in reader.feed(chunk)]
    return [*events, *reader.finish()]


def check_ids(events: Sequence[ReaderEvent], fed: Sequence[int]) -> None:
    """Each id stands in one message or one discard, in order."""
    kept = [event for event in events if not isinstance(event, Delta)]
    assert [token for event in kept for token in event.ids] == list(fed)


def check_deltas(events: Sequence[ReaderEvent]) -> None:
    """The deltas before each message add up to it, are of its kind, and belong to no discard."""
    waiting: list[Delta] = []
    for event in events:
        match event:
            case Delta():
                waiting.append(event)
            case Finished(message=message):
                assert "".join(delta.text for delta in waiting) == message.text
                assert {(d.kind, d.recipient) for d in waiting} <= {
                    (kind_of(message), message.recipient)
                }
                assert not message.is_call or waiting
                waiting = []
            case Discarded():
                assert not waiting
    assert not waiting


def check_message(finished: Finished, tokenizer: HarmonyTokenizer) -> None:
    """A message without notes is spelled as the writer spells it; an answer holds no marker."""
    message, ids = finished.message, list(finished.ids)
    assert message.role == "assistant"
    assert message.channel is not None
    if message.complete and not message.notes:
        written = render(message, tokenizer)
        ending = written[-1] if ids[-1] == RETURN else ids[-1]
        assert tokenizer.decode(written) == tokenizer.decode([*ids[:-1], ending])
    if message.channel == "final" and not message.is_call:
        spelled = tokenizer.decode(i for i in ids if 0 <= i < len(tokenizer.table))
        for name in SPECIAL_NAMES.values():
            assert message.text.count(name) <= spelled.count(name)


def kind_of(message: Message) -> str:
    if message.is_call:
        return "call"
    return {"analysis": "reasoning", "commentary": "preamble", "final": "text"}[
        message.channel or ""
    ]
