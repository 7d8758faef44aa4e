"""The reader on whole and cut completions, beside openai-harmony's parser."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import openai_harmony
import pytest

from agentkit.harmony import reader as readers
from agentkit.harmony.reader import Delta, Discarded, Finished, Reader, ReaderEvent
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.vocabulary import CALL, CHANNEL, CONSTRAIN, END, MESSAGE, RETURN, START
from agentkit.harmony.writer import render, render_all, reply_header
from agentkit.messages import Message
from tests.harmony.conversations import completions
from tests.harmony.reading import feed_all, kind_of, read, read_ids

Completion = tuple[str, list[Message], list[int]]


def each_completion(*but: str) -> pytest.MarkDecorator:
    """Every run of assistant messages in the goldens, an answer ended as the model ends it."""
    cases: list[Any] = []
    for name, messages, ids in completions(load_tokenizer()):
        if name in but:
            continue
        if messages[-1].channel == "final":
            ids[-1] = RETURN
        cases.append(pytest.param((name, messages, ids), id=f"{name}-{len(cases)}"))
    return pytest.mark.parametrize("completion", cases)


@each_completion()
def test_well_formed_messages_are_read_as_written(
    completion: Completion, tokenizer: HarmonyTokenizer
) -> None:
    _, messages, ids = completion
    prefix = reply_header(tokenizer)
    assert ids[: len(prefix)] == prefix
    reading = read_ids(tokenizer, ids[len(prefix) :], prefix)
    assert reading.messages == messages
    assert reading.stopped == (ids[-1] in (CALL, RETURN))
    rendered = render_all(reading.messages, tokenizer)
    assert rendered[:-1] == ids[:-1]
    assert rendered[-1] == (END if ids[-1] == RETURN else ids[-1])


@each_completion()
def test_cut_anywhere_a_message_is_the_beginning_of_itself(
    completion: Completion, tokenizer: HarmonyTokenizer
) -> None:
    _, messages, ids = completion
    prefix = reply_header(tokenizer)
    for length in range(len(prefix), len(ids)):
        reading = read_ids(tokenizer, ids[len(prefix) : length], prefix)
        whole = [message for message in reading.messages if message.complete]
        assert whole == messages[: len(whole)]
        for cut in reading.messages[len(whole) :]:
            full = messages[len(whole)]
            assert full.text.startswith(cut.text.rstrip("\ufffd"))
            assert cut.recipient is None or (full.recipient or "").startswith(cut.recipient)
        assert len(reading.messages) <= len(whole) + 1
        assert all(why == readers.EMPTY_HEADER for _, why in reading.discarded)


@each_completion()
def test_chunks_make_no_difference(completion: Completion, tokenizer: HarmonyTokenizer) -> None:
    _, _, ids = completion
    one_by_one = fold(feed_all(Reader(tokenizer), ([token] for token in ids)))
    for size in (2, 3, 7, len(ids)):
        chunks = [ids[start : start + size] for start in range(0, len(ids), size)]
        assert fold(feed_all(Reader(tokenizer), chunks)) == one_by_one


# The library takes an answer's content type for a recipient (openai/harmony#144).
@each_completion("developer_response_format")
def test_deltas_and_messages_are_those_of_openai_harmony(
    completion: Completion, tokenizer: HarmonyTokenizer, library: Any
) -> None:
    _, _, ids = completion
    parser = openai_harmony.StreamableParser(library, openai_harmony.Role.ASSISTANT)
    reader = Reader(tokenizer, reply_header(tokenizer))
    for token in ids[2:]:
        parser.process(token)
        texts = [event.text for event in reader.feed([token]) if isinstance(event, Delta)]
        if token not in (MESSAGE, END, CALL, RETURN):
            assert "".join(texts) == (parser.last_content_delta or "")
    parser.process_eos()
    assert library_messages(parser) == [
        (message.channel, message.recipient, message.content_type, message.text)
        for message in read_ids(tokenizer, ids[2:], reply_header(tokenizer)).messages
    ]


WRONG_IN_THE_LIBRARY = {
    "<|channel|>final <|constrain|>json<|message|>{}<|return|>": (
        "final",
        "<|constrain|>json",
        None,
        "{}",
    ),
    "<|channel|>final json<|message|>{}<|return|>": ("final", "json", None, "{}"),
    "<|channel|>analysis code<|message|>x<|end|>": ("analysis", "code", None, "x"),
    "<|channel|>commentary 2?<|message|>x<|end|>": ("commentary", "2?", None, "x"),
    "<|channel|>commentary?<|message|>x<|end|>": ("commentary?", None, None, "x"),
    "<|channel|>commentary to=assistant<|message|>x<|end|>": ("commentary", "assistant", None, "x"),
    " to=f<|channel|>commentary<|channel|>analysis<|message|>{}<|call|>": (
        "commentary",
        "f<|channel|>analysis",
        None,
        "{}",
    ),
    "<|start|>assistant<|channel|>final<|message|>x<|return|>": (
        "final",
        "<|start|>assistant",
        None,
        "x",
    ),
    "<|channel|>analysis<|message|>a<|start|>assistant<|channel|>final<|message|>b<|return|>": (
        "analysis",
        None,
        None,
        "a<|start|>assistant<|channel|>final<|message|>b",
    ),
    "<|channel|>final<|message|>x<|endoftext|>": ("final", None, None, "x<|endoftext|>"),
    "<|start|>user<|message|>x<|end|>": (None, "<|start|>user", None, "x"),
}
REFUSED_BY_THE_LIBRARY = [
    " to=f<|channel|>commentary to=f json<|message|>{}<|call|>",
    "<|channel|>commentary to=f ––commentary json<|message|>{}<|call|>",
    "<|channel|>commentary to=f <|constrain|>write: edit.<|message|>{}<|call|>",
    "<|channel|>analysis<|message|>a<|end|>assistant<|channel|>final<|message|>b<|return|>",
    "<|channel|>analysis We think.<|end|>",
    "No header.<|return|>",
    "<|channel|>comm",
]
UNUSUAL_BUT_RIGHT = [
    "<|channel|>commentary to=f<|constrain|>json<|message|>{}<|call|>",
    "<|channel|>analysis to=f code<|message|>{}<|call|>",
    " to=f<|channel|>commentary <|constrain|>json<|message|>{}<|call|>",
    "<|channel|>commentary to=f<|message|>{}<|end|>",
    "<|channel|>analysis<|message|>a<|return|>",
    "<|channel|>analysis<|message|>a<|channel|>b<|message|>c<|end|>",
    " to=browser.search<|channel|>analysis code<|message|>{}<|call|>",
]


@pytest.mark.parametrize("text", UNUSUAL_BUT_RIGHT)
def test_openai_harmony_agrees(text: str, tokenizer: HarmonyTokenizer, library: Any) -> None:
    ours = read(tokenizer, text).only
    assert parse_with_library(text, library) == [
        (ours.channel, ours.recipient, ours.content_type, ours.text)
    ]


@pytest.mark.parametrize("text", REFUSED_BY_THE_LIBRARY)
def test_what_openai_harmony_refuses_is_read(
    text: str, tokenizer: HarmonyTokenizer, library: Any
) -> None:
    with pytest.raises(openai_harmony.HarmonyError):
        parse_with_library(text, library)
    assert read(tokenizer, text).messages


@pytest.mark.parametrize(("text", "theirs"), WRONG_IN_THE_LIBRARY.items())
def test_what_openai_harmony_reads_wrongly_is_read_rightly(
    text: str, theirs: tuple[str | None, ...], tokenizer: HarmonyTokenizer, library: Any
) -> None:
    """When a case fails because the library got better, move it to the list of agreement."""
    ours = [
        (m.channel, m.recipient, m.content_type, m.text) for m in read(tokenizer, text).messages
    ]
    assert parse_with_library(text, library) == [theirs] != ours


def test_the_prefix_is_counted_in_the_first_message(tokenizer: HarmonyTokenizer) -> None:
    prefix = reply_header(tokenizer, "final")
    reader = Reader(tokenizer, prefix)
    body = tokenizer.encode("Hi.")
    events = feed_all(reader, [body, [RETURN]])
    finished = [event for event in events if isinstance(event, Finished)]
    assert [each.ids for each in finished] == [(*prefix, *body, RETURN)]


def test_a_call_is_announced_as_soon_as_its_header_is_read(tokenizer: HarmonyTokenizer) -> None:
    reader = Reader(tokenizer, reply_header(tokenizer))
    header = tokenizer.encode_with_specials(" to=functions.f<|channel|>commentary json<|message|>")
    assert reader.feed(header[:-1]) == []
    assert reader.feed(header[-1:]) == [Delta("call", "", "functions.f")]


def test_a_call_stops_sampling_but_reading_goes_on(tokenizer: HarmonyTokenizer) -> None:
    text = " to=f<|channel|>commentary<|message|>{}<|call|><|start|>assistant<|channel|>final"
    reading = read(tokenizer, text + "<|message|>Done.<|return|>")
    assert [message.text for message in reading.messages] == ["{}", "Done."]
    assert not reading.discarded


def test_end_does_not_stop_sampling(tokenizer: HarmonyTokenizer) -> None:
    assert not read(tokenizer, "<|channel|>analysis<|message|>Hm.<|end|>").stopped


def test_a_closed_stream_takes_more_and_stays_closed(tokenizer: HarmonyTokenizer) -> None:
    reader = Reader(tokenizer, reply_header(tokenizer, "final"))
    assert [type(event) for event in reader.finish()] == [Finished]
    assert reader.feed([START, 5]) == []
    assert reader.finish() == [Discarded((START, 5), readers.AFTER_STOP)]
    assert reader.finish() == []


def test_nothing_fed_gives_nothing(tokenizer: HarmonyTokenizer) -> None:
    assert Reader(tokenizer).finish() == []


def test_a_body_without_message_token_begins_in_the_end(tokenizer: HarmonyTokenizer) -> None:
    """What is too long for a header is a body, so its parts come before its end does."""
    essay = " ".join(["word"] * 500)
    reading = read(tokenizer, f"<|channel|>analysis {essay}<|end|>")
    assert reading.only.text == essay
    assert len(reading.deltas) > 100


def test_a_body_whose_channel_is_unknown_is_held_back(tokenizer: HarmonyTokenizer) -> None:
    essay = " ".join(["word"] * 500)
    for ending, kind in (("<|return|>", "text"), ("<|end|>", "reasoning"), ("", "text")):
        reading = read(tokenizer, essay + ending)
        assert [(delta.kind, delta.text) for delta in reading.deltas] == [(kind, essay)]


@pytest.mark.parametrize("cut", ["<|channel|>final js", "<|channel|>final <|constrain|>js"])
def test_a_cut_header_leaves_no_text(tokenizer: HarmonyTokenizer, cut: str) -> None:
    assert read(tokenizer, cut).only.text == ""


@pytest.mark.parametrize(
    ("text", "channel", "recipient", "content_type"),
    [
        ("<|channel|>commentaryto=f json<|message|>{}<|call|>", "commentary", "f", "json"),
        ("commentary to=f json<|message|>{}<|call|>", "commentary", "f", "json"),
        ("final<|message|>{}<|return|>", "final", None, None),
        (" to=f<|message|>{}<|call|>", "commentary", "f", None),
        ("<|message|>{}<|return|>", "final", None, None),
        ("<|channel|><|message|>{}<|return|>", "final", None, None),
        ("<|constrain|>json<|message|>{}<|return|>", "final", None, "<|constrain|>json"),
        ("<|channel|>commentary auto=5<|message|>{}<|end|>", "commentary", None, None),
        ("<|channel|>analysis code to=python<|message|>{}<|call|>", "analysis", "python", "code"),
        ("<|channel|>commentary to=f json code<|message|>{}<|call|>", "commentary", "f", "json"),
        ("assistant<|channel|>final<|message|>{}<|return|>", "final", None, None),
        ("<|channel|>commentary to=f json{}<|call|>", "commentary", "f", "json"),
        (
            "<|channel|>commentary to=f <|constrain|>json{}<|call|>",
            "commentary",
            "f",
            "<|constrain|>json",
        ),
        ("<|startoftext|><|channel|>final<|message|>{}<|return|>", "final", None, None),
    ],
)
def test_odd_headers(
    text: str,
    channel: str,
    recipient: str | None,
    content_type: str | None,
    tokenizer: HarmonyTokenizer,
) -> None:
    message = read(tokenizer, text).only
    assert (message.channel, message.recipient) == (channel, recipient)
    assert (message.content_type, message.text) == (content_type, "{}")


HOSTILE: dict[str, Callable[[int], list[int]]] = {
    "starts": lambda n: [START] * n,
    "channels": lambda n: [CHANNEL] * n,
    "messages": lambda n: [MESSAGE] * n,
    "constrains": lambda n: [CONSTRAIN] * n,
    "ends": lambda n: [END] * n,
    "open and shut": lambda n: [START, MESSAGE, CHANNEL] * (n // 3),
    "unknown": lambda n: [-1, 10**12] * (n // 2),
    "spaces": lambda n: load_tokenizer().encode(" " * 120) * n,
    "half characters": lambda n: [load_tokenizer().table.index(b"\xe2")] * n,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_time_is_linear(make: Callable[[int], list[int]], tokenizer: HarmonyTokenizer) -> None:
    def seconds(ids: Sequence[int]) -> float:
        began = time.thread_time()
        feed_all(Reader(tokenizer, reply_header(tokenizer)), ([token] for token in ids))
        return time.thread_time() - began

    few, many = make(3_000), make(12_000)
    assert min(seconds(many) for _ in range(3)) < 20 * min(seconds(few) for _ in range(3)) + 0.2


def test_the_kind_of_a_delta_is_that_of_its_channel(tokenizer: HarmonyTokenizer) -> None:
    for channel, kind in (("analysis", "reasoning"), ("commentary", "preamble"), ("final", "text")):
        reading = read(tokenizer, f"<|channel|>{channel}<|message|>x<|end|>")
        assert {delta.kind for delta in reading.deltas} == {kind}
        assert kind_of(reading.only) == kind


def test_rendering_of_a_read_message_is_stable(tokenizer: HarmonyTokenizer) -> None:
    """Even of mended ones: what the writer makes of them is read back without a mend."""
    for text in (*WRONG_IN_THE_LIBRARY, *REFUSED_BY_THE_LIBRARY):
        for message in read(tokenizer, text).messages:
            ids = render(message, tokenizer)
            again = read_ids(tokenizer, ids, []).only
            assert (again.channel, again.recipient) == (message.channel, message.recipient)
            assert again.text == message.text
            assert render(again, tokenizer) == ids


def fold(events: Sequence[ReaderEvent]) -> list[object]:
    """Events with neighbouring deltas joined."""
    folded: list[Any] = []
    for event in events:
        last = folded[-1] if folded else None
        if isinstance(event, Delta) and isinstance(last, Delta):
            assert (last.kind, last.recipient) == (event.kind, event.recipient)
            folded[-1] = Delta(last.kind, last.text + event.text, last.recipient)
        else:
            folded.append(event)
    assert all(not (isinstance(a, Delta) and isinstance(b, Delta)) for a, b in pairwise(folded))
    return folded


def parse_with_library(text: str, library: Any) -> list[tuple[Any, ...]]:
    parser = openai_harmony.StreamableParser(library, openai_harmony.Role.ASSISTANT)
    for token in library.encode(text, allowed_special="all"):
        parser.process(token)
    parser.process_eos()
    return library_messages(parser)


def library_messages(parser: Any) -> list[tuple[Any, ...]]:
    return [
        (each.channel, each.recipient, each.content_type, each.content[0].text)
        for each in parser.messages
    ]
