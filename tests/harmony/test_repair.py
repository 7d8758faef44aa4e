"""Recipients and arguments: what is mended, what is refused, and that nothing else is raised."""

from __future__ import annotations

import json
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.errors import ToolRetry
from agentkit.harmony import repair
from agentkit.harmony.repair import BadArguments, parse_arguments, resolve, suggest, unwrap_code

QUICK = settings(deadline=None, max_examples=120)
NAMES = ["functions.get_order", "functions.get_weather", "functions.f", "python", "browser.search"]


@pytest.mark.parametrize("name", NAMES)
def test_a_registered_name_is_itself(name: str) -> None:
    assert resolve(name, NAMES) == name


@pytest.mark.parametrize(
    ("recipient", "name"),
    [
        ("get_order", "functions.get_order"),
        ("Functions.Get_Order", "functions.get_order"),
        ("functions.getOrder", "functions.get_order"),
        ("functions.get-order", "functions.get_order"),
        ("functions get_order", "functions.get_order"),
        ("functions::get_order", "functions.get_order"),
        ("function.get_order", "functions.get_order"),
        ("to=functions.get_order", "functions.get_order"),
        ("`functions.get_order`", "functions.get_order"),
        ("functions.get_order()", "functions.get_order"),
        ("functions.get_order,", "functions.get_order"),
        ("functions.get_order code", "functions.get_order"),
        ("functions.get_order commentary json", "functions.get_order"),
        ("functions.get_ordercommentary", "functions.get_order"),
        ("functions.get_order<|constrain|>json", "functions.get_order"),
        ("functions.fjson", "functions.f"),
        ("functions.python", "python"),
        ("Python", "python"),
        ("python.run", "python"),
        ("functions.python.exec", "python"),
        ("browser_search", "browser.search"),
    ],
)
def test_a_near_name_is_resolved(recipient: str, name: str) -> None:
    assert resolve(recipient, NAMES) == name


@pytest.mark.parametrize(
    "recipient",
    [
        "functions.get_orders",
        "functions.get",
        "functions.cancel_order",
        "functions.search",
        "search",
        "browser",
        "browser.open",
        "container.exec",
        "repo_browser.python",
        "pythonic",
        "functions.",
        "functions",
        "json",
        "?",
        "",
        " ",
        "<|channel|>",
        "functions.get_order functions.get_weather",
    ],
)
def test_another_name_is_never_resolved(recipient: str) -> None:
    assert resolve(recipient, NAMES) is None


@pytest.mark.parametrize(
    ("recipient", "names"),
    [
        ("functions.get order", ["functions.get_order", "functions.getorder"]),
        ("GETORDER", ["functions.get_order", "functions.get-order"]),
        ("functions.decode", ["functions.de"]),
        ("functions.export_json", ["functions.export"]),
        ("functions.barcode", ["functions.bar"]),
        ("functions.python", ["functions.f"]),
        ("python.run", ["functions.run"]),
    ],
)
def test_a_choice_is_never_made_for_the_model(recipient: str, names: list[str]) -> None:
    assert resolve(recipient, names) is None


def test_a_full_name_is_nearer_than_a_bare_one() -> None:
    assert resolve("Python", ["python", "functions.python"]) == "python"
    assert resolve("Functions.Python", ["python", "functions.python"]) == "functions.python"


def test_suggestions_are_the_likest_names() -> None:
    assert suggest("functions.get_ordr", NAMES)[0] == "functions.get_order"
    assert suggest("get_wether", NAMES)[0] == "functions.get_weather"
    assert suggest("browser.find", ["browser.open", "functions.zzz"]) == ["browser.open"]
    assert suggest("container.exec", NAMES) == []
    assert suggest("", NAMES) == []


@QUICK
@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=5))
def test_resolving_never_raises_and_gives_a_registered_name(
    recipient: str, names: list[str]
) -> None:
    assert resolve(recipient, names) in {None, *names}
    assert set(suggest(recipient, names)) <= set(names)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (' {"a": 1} ', {"a": 1}),
        ("\ufeff{}", {}),
        ('{"a": "{"}', {"a": "{"}),
        ('<|message|>{"a": 1}', {"a": 1}),
        ('json{"a": 1}', {"a": 1}),
        ('{"a": 1} That should do.', {"a": 1}),
        ('```\n{"a": "x\ty"}\n```', {"a": "x\ty"}),
        ('```json\n[{"a": 1}]\n```', {"a": 1}),
        ('{"a": [1, 2}', {"a": [1, 2]}),
        ('{"a": {"b": 1}', {"a": {"b": 1}}),
        ('{"a": [1, 2, ], }', {"a": [1, 2]}),
        ("{'a': 'it\\'s', 'b': (1, 2)}", {"a": "it's", "b": [1, 2]}),
        ('{"path": "C:\\dir"}', {"path": "C:\\dir"}),
        ('{"a": "\\/x", "b": "\\d"}', {"a": "/x", "b": "\\d"}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a": 1, "a": 1}', {"a": 1}),
    ],
)
def test_arguments_are_mended(body: str, value: dict[str, object]) -> None:
    assert parse_arguments(body).value == value


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("null", "null, not an object"),
        ("7", "a number, not an object"),
        ('"text"', "a string, not an object"),
        ("[]", "an array of 0, not an object"),
        ('[{"a": 1}, {"a": 2}]', "an array of 2, not an object"),
        ("just words", "expecting value at line 1 column 1"),
        ('{"a": NaN}', "NaN is not a JSON value"),
        ('{"a": -Infinity}', "-Infinity is not a JSON value"),
        ('{"a": 1e999}', "1e999 is too large"),
        ('{"a": ' + "1" * 5000 + "}", "too long"),
        ('{"a": 1, "a": 2}', "'a' stands in them twice"),
        ("{'a': 1, 'a': 2}", "property name"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": 1}{"a": 2}', "extra data at line 1 column 9"),
        ('{"a": 1}, "b": 2}', "extra data"),
        ('"a": {"b": 1}}', "extra data"),
        ('{"a": 1, "b": tru', "line 1 column 15"),
        ('{"a": 1,', "double quotes"),
        ('{"a": "no end', "unterminated string"),
        ("{'a': {1, 2}}", "property name"),
        ("{'a': b'x'}", "property name"),
        ("{'a': open('/etc/passwd')}", "property name"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_arguments_that_leave_a_choice_are_refused(body: str, why: str) -> None:
    with pytest.raises(BadArguments) as caught:
        parse_arguments(body)
    assert why in str(caught.value)
    assert "Make the call again" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_the_error_names_the_position_in_the_text_as_written() -> None:
    with pytest.raises(ToolRetry) as caught:
        parse_arguments('{\n  "a": oops\n}')
    assert isinstance(caught.value, BadArguments)
    assert caught.value.position == 9
    assert "line 2 column 8" in str(caught.value)
    assert "oops" in str(caught.value)


words = st.text(max_size=6)
finite = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), finite, words)
values = st.one_of(leaves, st.lists(leaves, max_size=3), st.dictionaries(words, leaves, max_size=3))
objects = st.dictionaries(words, values, max_size=3)


@QUICK
@given(objects, st.booleans())
def test_valid_json_comes_back_without_a_note(value: dict[str, object], ascii_only: bool) -> None:
    arguments = parse_arguments(json.dumps(value, ensure_ascii=ascii_only))
    assert (arguments.value, arguments.notes) == (value, ())


JSON_PIECES = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "'",
    "\\",
    "a",
    "1",
    "e9",
    "-",
    "NaN",
    "True",
    "null",
]
JSON_PIECES += [
    "```",
    "```json\n",
    "\n",
    " ",
    "\x00",
    "\ud800",
    "{}",
    '"a":',
    "'a':",
    "\\u",
    "\\N",
    "0x",
]


@QUICK
@given(st.one_of(st.lists(st.sampled_from(JSON_PIECES), max_size=25).map("".join), st.text()))
def test_nothing_but_bad_arguments_is_raised(body: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            value = parse_arguments(body).value
        except BadArguments:
            return
        json.dumps(value, allow_nan=False).encode()
        unwrap_code(body)


@QUICK
@given(objects, st.data())
def test_a_damaged_object_is_mended_or_refused(
    value: dict[str, object], data: st.DataObject
) -> None:
    body = json.dumps(value)
    at = data.draw(st.integers(0, len(body)))
    piece = data.draw(st.sampled_from(["", *JSON_PIECES]))
    try:
        parse_arguments(body[:at] + piece + body[at + data.draw(st.integers(0, 2)) :])
    except BadArguments:
        return


@pytest.mark.parametrize(
    "body",
    [
        "{x}" * 60_000,
        "{" * 100_000,
        "```" + " " * 200_000,
        '{"a":1,' + " " * 200_000 + "x",
        '{"' + '\\"' * 100_000,
        '{"' + '"' * 100_000,
        "{'a':" + "-" * 100_000 + "1}",
        "{'a':" + "1+" * 60_000 + "1}",
        "{" + "[{" * 50_000 + "]" * 50_000,
        "json " * 40_000,
    ],
    ids=lambda body: body[:8],
)
def test_hostile_bodies_take_no_time(body: str) -> None:
    began = time.process_time()
    with pytest.raises(BadArguments):
        parse_arguments(body)
    assert unwrap_code(body)
    assert resolve(body, NAMES) is None
    suggest(body, NAMES)
    assert time.process_time() - began < 6


@pytest.mark.parametrize("key", ["code", "input", "script"])
def test_code_is_taken_from_an_object_of_one_key(key: str) -> None:
    assert unwrap_code(json.dumps({key: "x = 1\nx"})) == "x = 1\nx"


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        '{"code": 1}',
        '{"cells": "x"}',
        '{"code": "x", "input": "y"}',
        '[{"code": "x"}]',
        '{"code": "x"}["code"]',
        "{'code': 'x'}",
        "```python\nx\n``` and more",
        "x\n```\n",
        "``````python",
        '{"code":' * 5000,
    ],
)
def test_anything_else_is_source_already(source: str) -> None:
    assert unwrap_code(source) == source


def test_a_fence_keeps_indentation_and_blank_lines() -> None:
    assert unwrap_code("```py\n    x = 1\n\n```\n") == "    x = 1\n"


def test_notes_are_sentences() -> None:
    names = ("CONTROL_CHARACTERS", "FENCE", "TEXT_AROUND", "ARRAY_OF_ONE", "JSON_IN_STRING")
    notes = [getattr(repair, name) for name in (*names, "PYTHON_LITERAL", "BRACKETS", "EMPTY")]
    assert all(note[0].isupper() and note.endswith(".") for note in notes)
    assert len(set(notes)) == len(notes)
