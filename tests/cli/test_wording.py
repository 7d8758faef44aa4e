"""What models and tools say is harmless on a terminal, however it comes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentkit import ToolCall, Usage
from agentkit.cli.wording import Cleaner, call_text, clean, one_line, usage_line

SPELLED = st.sampled_from(
    ["\x1b", "\x1b[", "\x1b]0;", "\x1b\\", "\x07", "\x9b", "[31m", "31", "m", ";", "\r", "\n", "a"]
)
TEXTS = st.lists(st.one_of(SPELLED, st.text(max_size=3))).map("".join)


@settings(deadline=None)
@given(TEXTS)
def test_nothing_that_controls_a_terminal_is_left(text: str) -> None:
    left = {each for each in clean(text) if unicodedata.category(each) in ("Cc", "Cs")}

    assert left <= {"\n", "\t"}
    assert not set("\u202a\u202e\u2066\u2069") & set(clean(text))


@settings(deadline=None)
@given(st.lists(TEXTS))
@example(["\r\x1b0", "\n"])
def test_text_in_parts_is_cleaned_like_the_whole(parts: list[str]) -> None:
    cleaner = Cleaner()
    shown = "".join(cleaner.feed(part) for part in parts) + cleaner.finish()

    assert shown == clean("".join(parts))


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"])))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0;2\x1b\\picture", "picture"),
        ("\x1bcreset \x1b(Bset \x1b7saved", "reset set saved"),
        ("10%\r20%\r\ndone", "10%\n20%\ndone"),
        ("\x1b]never ended", "]never ended"),
        ("a\tb", "a\tb"),
    ],
)
def test_sequences_go_as_a_whole(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_sequence_without_end_is_not_held_for_ever() -> None:
    cleaner = Cleaner()

    assert cleaner.feed("\x1b]") == ""
    assert cleaner.feed("x" * 5_000) == "]" + "x" * 5_000


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (ToolCall("call_1", "python", "\nx = 1\nx\n", name="python"), "x = 1\nx"),
        (
            ToolCall(
                "call_1", "functions.f", "{}", name="functions.f", arguments={"a": "ü", "b": [1]}
            ),
            'f(a="ü", b=[1])',
        ),
        (ToolCall("call_1", "functions.f", "{}", name="functions.f"), "f()"),
        (ToolCall("call_1", "functions.g", "{broken"), "{broken"),
    ],
)
def test_a_call_reads_like_code(call: ToolCall, shown: str) -> None:
    assert call_text(call) == shown


def test_long_text_is_cut_to_one_line() -> None:
    assert one_line("a\n b\tc") == "a b c"
    assert one_line("word " * 100, 20) == "word word word word…"


def test_the_usage_line_counts() -> None:
    usage = Usage(1, 100, 40, 50, 2, 2.0)

    assert usage_line(usage) == (
        "1 turn · 2 calls · 50 tokens · 25.0 tokens/s · 40 of 100 prompt tokens cached"
    )
    assert usage_line(Usage()) == "0 turns · 0 tokens"
