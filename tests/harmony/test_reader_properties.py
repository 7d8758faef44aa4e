"""Whatever the ids are: the reader neither raises nor loses one, and well-formed ones come back."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentkit.harmony.reader import Reader, read_text
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import SPECIAL_NAMES, START
from agentkit.harmony.writer import render, render_all, reply_header
from agentkit.messages import Message
from tests.harmony.conversations import completions
from tests.harmony.reading import check_deltas, check_ids, feed_all, read_ids
from tests.harmony.test_reader import fold

TOKENIZER = load_tokenizer()
QUICK = settings(deadline=None, max_examples=120)
REAL = [ids for _, _, ids in completions(TOKENIZER)]
PREFIXES = [[], reply_header(TOKENIZER), reply_header(TOKENIZER, "final"), [START]]

HEADER_WORDS = [
    token
    for text in (
        "assistant",
        "analysis",
        "commentary",
        "final",
        " to=functions.get_order",
        " to=assistant",
        " to=",
        " json",
        "code",
        "user",
        "functions.f",
        "??",
        "é😀",
        " ",
        "<|end|>",
        '{"a":1}',
    )
    for token in TOKENIZER.encode(text)
]
UNKNOWN = [-(10**6), -1, 200013, 200014, 201087, 201088, 10**12]

special_ids = st.sampled_from(sorted(SPECIAL_NAMES))
any_id = st.one_of(
    special_ids,
    special_ids,
    st.sampled_from(HEADER_WORDS),
    st.sampled_from(HEADER_WORDS),
    st.sampled_from(UNKNOWN),
    st.integers(0, 199_997),
)
random_ids = st.lists(any_id, max_size=120)


@st.composite
def mutated_ids(draw: st.DrawFn) -> list[int]:
    """Real completions, one behind another, with ids taken out, put in, repeated or moved."""
    ids = [token for real in draw(st.lists(st.sampled_from(REAL), max_size=3)) for token in real]
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(ids)))
        until = draw(st.integers(at, min(len(ids), at + 6)))
        match draw(st.sampled_from(["drop", "insert", "repeat", "move", "cut"])):
            case "drop":
                del ids[at:until]
            case "insert":
                ids[at:at] = [draw(any_id)]
            case "repeat":
                ids[at:at] = ids[at:until]
            case "move":
                ids = ids[:at] + ids[until:] + ids[at:until]
            case _:
                ids = ids[:at]
    return ids


@QUICK
@given(st.one_of(random_ids, mutated_ids()), st.sampled_from(PREFIXES))
def test_no_ids_are_lost_and_nothing_raises(ids: list[int], prefix: list[int]) -> None:
    read_ids(TOKENIZER, ids, prefix)


@QUICK
@given(st.one_of(random_ids, mutated_ids()), st.sampled_from(PREFIXES), st.data())
def test_chunks_make_no_difference(ids: list[int], prefix: list[int], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(ids)), max_size=6)))
    chunks = [ids[a:b] for a, b in zip([0, *cuts], [*cuts, len(ids)], strict=True)]
    chunked = feed_all(Reader(TOKENIZER, prefix), chunks)
    single = feed_all(Reader(TOKENIZER, prefix), ([token] for token in ids))
    assert fold(chunked) == fold(single)


@QUICK
@given(st.sampled_from(REAL), st.data())
def test_every_prefix_is_a_beginning(ids: list[int], data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(ids)))
    whole = read_ids(TOKENIZER, ids, [])
    cut = read_ids(TOKENIZER, ids[:length], [])
    complete = [message for message in cut.messages if message.complete]
    assert complete == whole.messages[: len(complete)]


names = st.from_regex(
    r"functions\.[a-z][a-z0-9_]{0,15}|python|browser\.(search|open)", fullmatch=True
)
types = st.sampled_from([None, "json", "code", "<|constrain|>json"])
texts = st.one_of(st.text(max_size=60), st.sampled_from([*SPECIAL_NAMES.values(), "\ufffd", "to="]))
assistants = st.one_of(
    st.builds(
        Message,
        st.just("assistant"),
        texts,
        channel=st.sampled_from(["analysis", "commentary", "final"]),
        content_type=types,
    ),
    st.builds(
        Message,
        st.just("assistant"),
        texts,
        channel=st.sampled_from(["analysis", "commentary"]),
        recipient=names,
        content_type=types,
        layout=st.sampled_from(["role", "channel"]),
    ),
)


@QUICK
@given(st.lists(assistants, max_size=4))
@example([Message("assistant", "<|channel|>", channel="analysis")])
def test_what_the_writer_writes_is_read_back(messages: list[Message]) -> None:
    ids = render_all(messages, TOKENIZER)
    reading = read_ids(TOKENIZER, ids, [])
    assert reading.messages == messages
    assert [token for each in reading.messages for token in render(each, TOKENIZER)] == ids
    assert not reading.discarded


spelled_out = st.lists(
    st.one_of(st.sampled_from([*SPECIAL_NAMES.values(), " to=f", "final"]), st.text(max_size=8)),
    max_size=12,
)


@QUICK
@given(spelled_out.map("".join))
def test_any_text_with_special_tokens_is_read(text: str) -> None:
    if "assistant" not in text:
        events = read_text(text, TOKENIZER)
        check_ids(events, TOKENIZER.encode_with_specials(text))
        check_deltas(events)
