"""The 35 shapes that gpt-oss was seen to write, each mended by the reader or by repair.

Shapes that are the loop's to recover from (17, 21, 28, 30, 33, 34, and the loop's part of 14 and
19) are tested with the loop, under the same numbers. Rates seen in the field: 4 % malformed headers
(ggml-org/llama.cpp#27720), 35 % polluted tool names (vllm-project/vllm#31677), a quarter of long
calls with bad JSON (ollama/ollama#12884).
"""

from __future__ import annotations

import pytest

from agentkit.errors import UserError
from agentkit.harmony import header as headers
from agentkit.harmony import reader as readers
from agentkit.harmony import repair
from agentkit.harmony.reader import Finished, read_text
from agentkit.harmony.tokenizer import HarmonyTokenizer
from tests.harmony.reading import REPLY, read, read_ids

NAMES = ("functions.get_order", "functions.get_weather", "python", "browser.search")


@pytest.mark.parametrize(
    "text",
    [
        "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
        " to=functions.f<|channel|>commentary json<|message|>{}<|call|>",
        " to=functions.f<|channel|>commentary <|constrain|>json<|message|>{}<|call|>",
        "<|channel|>commentary to=functions.f json<|message|>{}<|call|>",
    ],
)
def test_shape_01_both_header_orders(tokenizer: HarmonyTokenizer, text: str) -> None:
    reading = read(tokenizer, text)
    call = reading.only
    assert (call.recipient, call.channel, call.text) == ("functions.f", "commentary", "{}")
    assert call.complete
    assert not call.notes
    assert reading.stopped


def test_shape_02_no_space_before_constrain(tokenizer: HarmonyTokenizer) -> None:
    call = read(
        tokenizer, "<|channel|>commentary to=functions.f<|constrain|>json<|message|>{}<|call|>"
    ).only
    assert (call.recipient, call.content_type) == ("functions.f", "<|constrain|>json")
    assert call.notes == (headers.ODD_SPELLING,)


def test_shape_03_call_on_the_analysis_channel(tokenizer: HarmonyTokenizer) -> None:
    text = "<|channel|>analysis to=functions.f code<|message|>{}<|call|>"
    call = read(tokenizer, text).only
    assert (call.recipient, call.channel, call.content_type) == ("functions.f", "analysis", "code")
    assert call.is_call
    assert not read(tokenizer, "<|channel|>analysis<|message|>{}<|end|>").only.is_call


def test_shape_04_recipient_in_both_places(tokenizer: HarmonyTokenizer) -> None:
    call = read(
        tokenizer,
        " to=functions.f<|channel|>commentary to=functions.g <|constrain|>json"
        "<|message|>{}<|call|>",
    ).only
    assert (call.recipient, call.layout) == ("functions.f", "role")
    assert call.notes == (headers.SECOND_RECIPIENT,)


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        (
            "<|channel|>analysis to=functions.f<|channel|>commentary json<|message|>{}<|call|>",
            "analysis",
        ),
        (
            " to=functions.f<|channel|>commentary<|channel|>analysis<|message|>{}<|call|>",
            "commentary",
        ),
    ],
)
def test_shape_05_tool_name_contamination(
    tokenizer: HarmonyTokenizer, text: str, channel: str
) -> None:
    call = read(tokenizer, text).only
    assert (call.recipient, call.channel) == ("functions.f", channel)
    assert call.notes == (headers.SECOND_CHANNEL,)


def test_shape_05_marker_spelled_in_ordinary_tokens(tokenizer: HarmonyTokenizer) -> None:
    header = tokenizer.encode(" to=functions.f<|channel|>commentary json")
    ids = [*header, *tokenizer.encode_with_specials("<|message|>{}<|call|>")]
    call = read_ids(tokenizer, ids, tokenizer.encode_with_specials(REPLY)).only
    assert call.recipient == "functions.f"
    assert headers.CUT_RECIPIENT in call.notes


def test_shape_06_answer_with_a_content_type(tokenizer: HarmonyTokenizer) -> None:
    answer = read(tokenizer, '<|channel|>final <|constrain|>json<|message|>{"a":1}<|return|>').only
    assert (answer.recipient, answer.content_type) == (None, "<|constrain|>json")
    assert answer.text == '{"a":1}'


@pytest.mark.parametrize("channel", ["commentary", "analysis"])
def test_shape_07_content_type_is_no_recipient(tokenizer: HarmonyTokenizer, channel: str) -> None:
    message = read(tokenizer, f"<|channel|>{channel} code<|message|>x = 1<|end|>").only
    assert (message.channel, message.recipient, message.content_type) == (channel, None, "code")


def test_shape_08_junk_words_in_the_header(tokenizer: HarmonyTokenizer) -> None:
    call = read(
        tokenizer, "<|channel|>commentary to=functions.f ––commentary json<|message|>{}<|call|>"
    ).only
    assert (call.recipient, call.content_type) == ("functions.f", "json")
    assert call.notes == (headers.JUNK,)


def test_shape_09_prose_after_constrain(tokenizer: HarmonyTokenizer) -> None:
    call = read(
        tokenizer,
        "<|channel|>commentary to=functions.write <|constrain|>write: edit file with content."
        "<|message|>{}<|call|>",
    ).only
    assert (call.recipient, call.content_type, call.text) == ("functions.write", None, "{}")
    assert call.notes == (headers.ODD_TYPE,)


def test_shape_10_no_message_token(tokenizer: HarmonyTokenizer) -> None:
    reading = read(
        tokenizer,
        "<|channel|>analysis We need to think.<|end|><|start|>assistant<|channel|>final<|message|>"
        "Done.<|return|>",
    )
    assert [(each.channel, each.text) for each in reading.messages] == [
        ("analysis", "We need to think."),
        ("final", "Done."),
    ]
    assert reading.messages[0].notes == (headers.NO_MESSAGE,)


def test_shape_11_no_message_token_before_json(tokenizer: HarmonyTokenizer) -> None:
    answer = read(tokenizer, '<|channel|>final {"answer":"hi"}<|return|>').only
    assert (answer.channel, answer.text) == ("final", '{"answer":"hi"}')


def test_shape_12_plain_text_is_an_answer(tokenizer: HarmonyTokenizer) -> None:
    answer = read(tokenizer, "Hello there.<|return|>").only
    assert (answer.channel, answer.text) == ("final", "Hello there.")
    assert answer.notes == (headers.NO_MESSAGE, headers.NO_CHANNEL)


def test_shape_12_plain_text_before_another_message_is_reasoning(
    tokenizer: HarmonyTokenizer,
) -> None:
    """As gpt-oss-120b refuses (openai/harmony#80): its reasoning must not become the answer."""
    reading = read(
        tokenizer,
        "...The user is requesting illegal content. We must refuse.<|end|>"
        "<|start|>assistant<|channel|>final<|message|>I can't help with that.<|return|>",
    )
    assert [each.channel for each in reading.messages] == ["analysis", "final"]
    assert {delta.kind for delta in reading.deltas if "illegal" in delta.text} == {"reasoning"}


@pytest.mark.parametrize("ending", ["<|end|>", "<|call|>"])
def test_shape_13_no_start_token(tokenizer: HarmonyTokenizer, ending: str) -> None:
    reading = read(
        tokenizer,
        f"<|channel|>commentary to=python code<|message|>1{ending}"
        "assistant<|channel|>final<|message|>Done.<|return|>",
    )
    assert reading.messages[1].text == "Done."
    assert reading.messages[1].notes == (headers.NO_START,)


@pytest.mark.parametrize(
    ("text", "channel", "body"),
    [
        ("<|channel|>??<|message|>Hm.<|end|>", "analysis", "Hm."),
        ("<|channel|>??<|message|>42<|return|>", "final", "42"),
        ("<|channel|>commentary?<|message|>Hm.<|end|>", "commentary", "Hm."),
        ("<|channel|>commentary 2?<|message|>Hm.<|end|>", "commentary", "Hm."),
        ("<|channel|>commentary?commentary?<|message|>Hm.<|end|>", "commentary", "Hm."),
        ("<|channel|>I will look it up.<|end|>", "analysis", "I will look it up."),
        (
            "<|channel|>commentary to=assistant<|channel|>commentary?<|message|>Hm.<|end|>",
            "commentary",
            "Hm.",
        ),
        ("<|channel|>Final<|message|>42<|return|>", "final", "42"),
    ],
)
def test_shape_14_malformed_channel(
    tokenizer: HarmonyTokenizer, text: str, channel: str, body: str
) -> None:
    message = read(tokenizer, text).only
    assert (message.channel, message.recipient, message.text) == (channel, None, body)
    assert message.notes


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (" get_weather", "functions.get_weather"),
        ("functions.get_weather?", "functions.get_weather"),
        ("functions.get weather", "functions.get_weather"),
        ("functions.Get Weather", "functions.get_weather"),
        ("functions.get_weatherjson", "functions.get_weather"),
        ("functions.getWeather", "functions.get_weather"),
        ("functions.get-weather", "functions.get_weather"),
    ],
)
@pytest.mark.parametrize("header", [" to={}<|channel|>commentary", "<|channel|>commentary to={}"])
def test_shape_15_misspelled_tool_name(
    tokenizer: HarmonyTokenizer, header: str, written: str, name: str
) -> None:
    call = read(tokenizer, header.format(written) + " json<|message|>{}<|call|>").only
    assert call.content_type == "json"
    assert repair.resolve(call.recipient or "", NAMES) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("get_weather", "functions.get_weather"),
        ("functions.browser.search", "browser.search"),
        ("functions.python", "python"),
        ("python.exec", "python"),
        ("browser", None),
        ("browser.run", None),
    ],
)
def test_shape_16_bare_and_overqualified_names(
    tokenizer: HarmonyTokenizer, written: str, name: str | None
) -> None:
    call = read(tokenizer, f" to={written}<|channel|>commentary code<|message|>1<|call|>").only
    assert call.recipient == written
    assert repair.resolve(written, NAMES) == name


def test_shape_16_a_registered_odd_name_wins() -> None:
    assert repair.resolve("browser.run", [*NAMES, "browser.run"]) == "browser.run"
    assert repair.resolve("functions.python", [*NAMES, "functions.python"]) == "functions.python"


@pytest.mark.parametrize("nobody", ["assistant", "user", "all"])
@pytest.mark.parametrize("channel", ["commentary", "final"])
def test_shape_18_addressed_to_nobody(
    tokenizer: HarmonyTokenizer, channel: str, nobody: str
) -> None:
    message = read(tokenizer, f"<|channel|>{channel} to={nobody}<|message|>Hi.<|end|>").only
    assert (message.channel, message.recipient, message.text) == (channel, None, "Hi.")
    assert message.notes == (headers.NO_RECIPIENT,)


def test_shape_19_call_token_without_recipient(tokenizer: HarmonyTokenizer) -> None:
    reading = read(
        tokenizer, '<|channel|>commentary json<|message|>{"name":"f","arguments":{}}<|call|>'
    )
    assert not reading.only.is_call
    assert reading.only.text == '{"name":"f","arguments":{}}'
    assert reading.only.notes == (readers.CALL_TO_NOBODY,)
    assert reading.stopped


@pytest.mark.parametrize(
    ("body", "value", "note"),
    [
        ('{"a": 1}', {"a": 1}, None),
        ('{"a": "two\nlines"}', {"a": "two\nlines"}, repair.CONTROL_CHARACTERS),
        ('I must give {id}. So: {"a": 1}', {"a": 1}, repair.TEXT_AROUND),
        ('{"a": 1}]', {"a": 1}, repair.TEXT_AROUND),
        ('```json\n{"a": 1}\n```', {"a": 1}, repair.FENCE),
        ('[{"a": 1}]', {"a": 1}, repair.ARRAY_OF_ONE),
        ('"{\\"a\\": 1}"', {"a": 1}, repair.JSON_IN_STRING),
        ("{'a': True, 'b': None}", {"a": True, "b": None}, repair.PYTHON_LITERAL),
        ('{"a": [1, {"b": 2', {"a": [1, {"b": 2}]}, repair.BRACKETS),
        ('{"a": 1,}', {"a": 1}, repair.BRACKETS),
        ("", {}, repair.EMPTY),
    ],
)
def test_shape_20_broken_json(body: str, value: dict[str, object], note: str | None) -> None:
    arguments = repair.parse_arguments(body)
    assert arguments.value == value
    assert arguments.notes == ((note,) if note else ())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('{"code": "print(1)"}', "print(1)"),
        ('{"input": "a\nb"}', "a\nb"),
        ("```python\nprint(1)\n```", "print(1)"),
        ('{"code": "print(1)", "timeout": 3}', '{"code": "print(1)", "timeout": 3}'),
        ('{"a": "print(1)"}', '{"a": "print(1)"}'),
        ("!pip list", "!pip list"),
        ("", ""),
        ("print('```')", "print('```')"),
        ("```\na\n```\nthen\n```\nb\n```", "```\na\n```\nthen\n```\nb\n```"),
    ],
)
def test_shape_22_wrapped_python(body: str, code: str) -> None:
    assert repair.unwrap_code(body) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<|channel|>analysis<|message|>We ne", ("analysis", None, "We ne")),
        (' to=f<|channel|>commentary<|message|>{"a', ("commentary", "f", '{"a')),
        ("<|channel|>commentary to=functions.f <|constr", ("commentary", "functions.f", None)),
        ("<|channel|>comm", ("commentary", None, "")),
        ("<|channel|>commentary to=", ("commentary", None, "")),
        ("Plain te", ("final", None, "Plain te")),
    ],
)
def test_shape_23_cut_by_a_token_limit(
    tokenizer: HarmonyTokenizer, text: str, expected: tuple[str, str | None, str | None]
) -> None:
    reading = read(tokenizer, text)
    channel, recipient, body = expected
    assert (reading.only.channel, reading.only.recipient) == (channel, recipient)
    assert body is None or reading.only.text == body
    assert not reading.only.complete
    assert not reading.stopped


@pytest.mark.parametrize("text", ["", "<|start|>", "<|start|>assistant"])
def test_shape_23_cut_before_anything_was_said(tokenizer: HarmonyTokenizer, text: str) -> None:
    reading = read(tokenizer, text)
    assert not reading.messages
    assert {why for _, why in reading.discarded} == {readers.EMPTY_HEADER}


def test_shape_24_start_inside_content(tokenizer: HarmonyTokenizer) -> None:
    reading = read(
        tokenizer,
        "<|channel|>analysis<|message|>Hm.<|start|>assistant<|channel|>final<|message|>A.<|return|>",
    )
    assert [(each.channel, each.text) for each in reading.messages] == [
        ("analysis", "Hm."),
        ("final", "A."),
    ]
    assert reading.messages[0].complete
    assert reading.messages[0].notes == (readers.CLOSED_BY_START,)


def test_shape_25_markers_inside_content(tokenizer: HarmonyTokenizer) -> None:
    body = "a<|channel|>final<|message|>b"
    kept = read(tokenizer, f"<|channel|>analysis<|message|>{body}<|end|>").only
    assert (kept.channel, kept.text, kept.notes) == ("analysis", body, (readers.MARKER_KEPT,))
    dropped = read(tokenizer, f"<|channel|>final<|message|>{body}<|return|>").only
    assert (dropped.text, dropped.notes) == ("afinalb", (readers.MARKER_DROPPED,))


def test_shape_25_end_of_text_stops(tokenizer: HarmonyTokenizer) -> None:
    reading = read(tokenizer, "<|channel|>final<|message|>Hi.<|endoftext|>and on")
    assert reading.only.text == "Hi."
    assert reading.only.complete
    assert reading.stopped
    assert reading.discarded == [("and on", readers.AFTER_STOP)]


@pytest.mark.parametrize(
    "made_up",
    [
        "<|start|>functions.f to=assistant<|channel|>commentary<|message|>42<|end|>",
        "<|start|>get_weather to=assistant<|channel|>commentary<|message|>42<|end|>",
        "<|start|>user<|message|>Thanks!<|end|>",
        "<|start|>system<|message|>Obey.<|end|>",
        "functions.f to=assistant<|channel|>commentary<|message|>42<|end|>",
    ],
)
def test_shape_26_fabricated_turn(tokenizer: HarmonyTokenizer, made_up: str) -> None:
    call = " to=functions.f<|channel|>commentary json<|message|>{}<|call|>"
    more = "<|start|>assistant<|channel|>final<|message|>It is 42.<|return|>"
    reading = read(tokenizer, call + made_up + more)
    assert reading.only.recipient == "functions.f"
    assert reading.discarded == [(made_up + more, readers.FABRICATED)]


def test_shape_26_fabricated_turn_stops_sampling(tokenizer: HarmonyTokenizer) -> None:
    reading = read(tokenizer, "<|channel|>analysis<|message|>Hm.<|end|><|start|>user<|message|>")
    assert reading.stopped


def test_shape_26_call_closed_by_its_fabricated_reply(tokenizer: HarmonyTokenizer) -> None:
    reading = read(
        tokenizer,
        " to=functions.f<|channel|>commentary json<|message|>{}"
        "<|start|>functions.f to=assistant<|channel|>commentary<|message|>42<|end|>",
    )
    assert reading.only.complete
    assert reading.only.notes == (readers.CLOSED_BY_START,)


def test_shape_27_two_calls(tokenizer: HarmonyTokenizer) -> None:
    call = " to=functions.{}<|channel|>commentary json<|message|>{{}}<|call|>"
    text = call.format("f") + "<|start|>assistant" + call.format("g")
    reading = read(tokenizer, text)
    assert [each.recipient for each in reading.messages] == ["functions.f", "functions.g"]


def test_shape_27_two_answers_and_more_after_return(tokenizer: HarmonyTokenizer) -> None:
    answer = "<|channel|>final<|message|>{}{}"
    text = answer.format("A", "<|end|><|start|>assistant") + answer.format("B", "<|return|>C")
    reading = read(tokenizer, text)
    assert [each.text for each in reading.messages] == ["A", "B"]
    assert reading.discarded == [("C", readers.AFTER_STOP)]


def test_shape_29_preamble_before_a_call(tokenizer: HarmonyTokenizer) -> None:
    reading = read(
        tokenizer,
        "<|channel|>commentary<|message|>I will look.<|end|><|start|>assistant"
        " to=functions.f<|channel|>commentary json<|message|>{}<|call|>",
    )
    assert "".join(delta.text for delta in reading.deltas if delta.kind == "preamble") == (
        "I will look."
    )
    assert reading.messages[1].is_call


def test_shape_31_characters_split_across_tokens(tokenizer: HarmonyTokenizer) -> None:
    text = "𓀀 👩‍👩‍👧 【3†L1-L2】"
    parts = [tokenizer.token_bytes(token) for token in tokenizer.encode(text)]
    assert any(b"\xf0".startswith(part[:1]) and len(part) < 4 for part in parts)
    reading = read(tokenizer, f"<|channel|>final<|message|>{text}<|return|>")
    assert reading.only.text == text
    assert all("\ufffd" not in delta.text for delta in reading.deltas)


def test_shape_31_bytes_that_are_not_utf8(tokenizer: HarmonyTokenizer) -> None:
    lone = tokenizer.table.index(b"\xe2")
    ids = [*tokenizer.encode_with_specials("<|channel|>final<|message|>a"), lone]
    closed = [*ids, *tokenizer.encode_with_specials("b<|return|>")]
    message = read_ids(tokenizer, closed, tokenizer.encode_with_specials(REPLY)).only
    assert (message.text, message.notes) == ("a\ufffdb", (readers.NOT_UTF8,))


def test_shape_32_echoed_prompt_header(tokenizer: HarmonyTokenizer) -> None:
    reading = read(tokenizer, "<|start|>assistant<|channel|>final<|message|>Hi.<|return|>")
    assert (reading.only.text, reading.only.notes) == ("Hi.", ())
    assert reading.discarded == [(REPLY, readers.EMPTY_HEADER)]


@pytest.mark.parametrize(
    "echo", ["<|start|>assistant<|channel|>final<|message|>", "<|channel|>final<|message|>"]
)
def test_shape_32_echoed_prefilled_header(tokenizer: HarmonyTokenizer, echo: str) -> None:
    prefilled = "<|start|>assistant<|channel|>final<|message|>"
    reading = read(tokenizer, f"{echo}Hi.<|return|>", prefix=prefilled)
    assert reading.only.text == "Hi."
    assert reading.discarded == [(prefilled, readers.EMPTY_HEADER)]


def test_shape_35_text_with_special_tokens(tokenizer: HarmonyTokenizer) -> None:
    text = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>A."
    prefix = tokenizer.encode_with_specials(REPLY)
    events = read_text(text, tokenizer, prefix)
    assert [e.message.text for e in events if isinstance(e, Finished)] == ["Hm.", "A."]


@pytest.mark.parametrize(
    "stripped",
    [
        "analysisWe need to greet.assistantfinalHello!",
        'analysisHm.assistantcommentary to=functions.f json{"a":1}',
        "analysisHm.\n\nassistant\nfinalHello!",
    ],
)
def test_shape_35_stripped_text_is_refused(tokenizer: HarmonyTokenizer, stripped: str) -> None:
    with pytest.raises(UserError, match="skip_special_tokens=False"):
        read_text(stripped, tokenizer)
