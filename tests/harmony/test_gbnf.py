"""A grammar in GBNF lets through what gpt-oss writes properly and JSON that fits, no more."""

from __future__ import annotations

import itertools
import json
import math
import random
import time
from collections.abc import Sequence
from typing import Any

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agentkit.errors import UserError
from agentkit.harmony.ebnf import Rules
from agentkit.harmony.gbnf import to_gbnf
from agentkit.harmony.grammar import Grammar
from agentkit.harmony.json_ebnf import add_json
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import SPECIAL_NAMES
from tests.harmony.conversations import GOLDENS, Golden
from tests.harmony.gbnf_reader import Gbnf, symbols
from tests.harmony.golden_replies import ORDER, TOOLS, replies
from tests.harmony.schemas import SCHEMAS

SPECIALS = {name: token for token, name in SPECIAL_NAMES.items()}
CALL = '{"id":"#W1234","quantity":7}'
THOUGHT = "<|channel|>analysis<|message|>So.\n\n<| Yes <b> <<<|end|><|start|>assistant"
HEADERS = [
    " to=functions.order<|channel|>commentary json<|message|>",
    " to=functions.order<|channel|>commentary <|constrain|>json<|message|>",
    " to=functions.order<|channel|>analysis code<|message|>",
    "<|channel|>commentary to=functions.order <|constrain|>json<|message|>",
    "<|channel|>commentary to=functions.order<|constrain|>json<|message|>",
    "<|channel|>commentary to=functions.order json<|message|>",
    "<|channel|>commentary to=functions.order<|message|>",
    "<|channel|>analysis to=functions.order code<|message|>",
]


def accepts(grammar: Grammar, text: str) -> bool:
    return Gbnf(to_gbnf(grammar)).accepts(symbols(text, SPECIALS))


def _symbols(ids: Sequence[int], tokenizer: HarmonyTokenizer) -> list[int]:
    """Special ids by themselves, all others by their characters."""
    runs = itertools.groupby(ids, key=lambda token: token in SPECIAL_NAMES)
    return [
        symbol
        for special, run in runs
        for symbol in ([-token for token in run] if special else map(ord, tokenizer.decode(run)))
    ]


def json_grammar(schema: Any, *, lenient: bool = False) -> Gbnf:
    rules = Rules()
    root = rules.reserve("root")
    rules.define(root, add_json(rules, schema, lenient=lenient))
    return Gbnf(str(rules))


def fits(schema: Any, value: object) -> bool:
    """Whether a value, as compact JSON, is let through."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json_grammar(schema).accepts([ord(char) for char in text])


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_every_reply_of_the_golden_files_is_let_through(
    golden: Golden, tokenizer: HarmonyTokenizer
) -> None:
    for grammar, ids in replies(golden, tokenizer):
        held = Gbnf(to_gbnf(grammar)).accepts(_symbols(ids[:-1], tokenizer))
        assert held == (golden.name != "markers_in_ordinary_text")  # which llama.cpp would mistake


@pytest.mark.parametrize("header", HEADERS)
def test_every_header_that_gpt_oss_writes_is_let_through(header: str) -> None:
    # The end token is llama.cpp's own, where the grammar ends.
    assert accepts(TOOLS, header + CALL)
    assert accepts(TOOLS, THOUGHT + header + CALL)


@pytest.mark.parametrize(
    "reply",
    [
        " to=functions.other<|channel|>commentary json<|message|>{}",
        "<|channel|>commentary to=functions.order json<|message|>{}",
        "<|channel|>commentary to=functions.order json<|message|>" + CALL + " ",
        "<|channel|>final to=functions.order<|message|>" + CALL,
        "<|channel|>analysis<|message|>So.",
        "<|channel|>analysis<|message|>So.<|end|><|start|>user<|message|>Hi",
        "<|channel|>final<|message|>Done.<|call|>",
        "<|channel|>final<|message|>Do<|channel|>ne.",
        "<|channel|>final<|message|>".replace("<|", "< |") + "Done.",
        "Done.",
    ],
)
def test_what_is_no_reply_is_not(reply: str) -> None:
    assert not accepts(TOOLS, reply)


def test_text_holds_no_special_token_by_name_either() -> None:
    spelled = Gbnf(to_gbnf(Grammar(opened="final")))
    for name in SPECIALS:
        assert not spelled.accepts([ord(char) for char in f"Look: {name}"])
        assert not spelled.accepts([ord(char) for char in f"<<{name}"])
    for text in ("f <| x", "<|>", "a < b | c", "<||>", "<|", "<"):
        assert spelled.accepts([ord(char) for char in text])
    for schema in ({"type": "string"}, {"type": "string", "maxLength": 99}, {"enum": ["<|end|>"]}):
        rules = json_grammar(schema)
        assert not rules.accepts([ord(char) for char in '"<|end|>"'])
        assert rules.accepts([ord(char) for char in r'"<\u007cend|>"']) != ("maxLength" in schema)
        assert rules.accepts([ord(char) for char in r'"<\u007cend\u007c>"']) != ("enum" in schema)


def test_who_must_call_does_and_who_cannot_answers() -> None:
    answer = "<|channel|>final<|message|>Done."
    assert not accepts(Grammar(TOOLS.recipients, must_call=True), answer)
    assert accepts(Grammar(must_call=True), answer)
    assert not accepts(Grammar(), HEADERS[0] + CALL)


def test_a_header_that_the_prompt_opened_is_left_out() -> None:
    assert accepts(Grammar(answer=ORDER, opened="final"), CALL)
    assert not accepts(Grammar(answer=ORDER, opened="final"), "Done.")
    opened = Grammar(TOOLS.recipients, opened="analysis")
    assert accepts(opened, "Yes.<|end|><|start|>assistant" + HEADERS[3] + CALL)
    assert not accepts(opened, HEADERS[3] + CALL)


def test_limited_reasoning_comes_once_and_ends() -> None:
    limited, unlimited = Grammar(TOOLS.recipients, reasoning_tokens=5), TOOLS
    thought = "<|channel|>analysis<|message|>So. a <b> <| c<|end|><|start|>assistant"
    preamble, call = thought.replace("analysis", "commentary"), HEADERS[0] + CALL
    assert accepts(limited, thought + preamble + call)
    for longer in (thought * 2, preamble + thought, thought.replace("So.", "So.." * 5)):
        assert not accepts(limited, longer + call)
        assert accepts(unlimited, longer + call)


@settings(max_examples=80)
@given(SCHEMAS, st.integers(0, 2**32))
def test_json_drawn_from_a_schema_fits_it(schema: dict[str, Any], seed: int) -> None:
    try:
        grammar = json_grammar(schema)
    except UserError as error:
        assume("no value fits" not in str(error))
        raise
    rng = random.Random(seed)
    for _ in range(3):
        drawn = grammar.draw(rng)
        assert drawn is not None
        text = "".join(map(chr, drawn))
        jsonschema.validate(json.loads(text), schema)
        assert not any(name in text for name in SPECIALS)


@settings(max_examples=70)
@given(
    low=st.decimals(-5000, 5000, places=2) | st.none(),
    high=st.decimals(-5000, 5000, places=2) | st.none(),
    value=st.decimals(-6000, 6000, places=2).map(lambda number: number.normalize()),
    kind=st.sampled_from(["number", "integer"]),
    exclusive=st.booleans(),
)
def test_numbers_lie_within_their_bounds_and_all_of_them_do(
    low: Any, high: Any, value: Any, kind: str, exclusive: bool
) -> None:
    names = ("exclusiveMinimum", "exclusiveMaximum") if exclusive else ("minimum", "maximum")
    bounds = {name: float(each) for name, each in zip(names, (low, high), strict=True) if each}
    schema = {"type": kind, **bounds}
    if _is_empty(schema):
        with pytest.raises(UserError, match="its bounds leave no number"):
            json_grammar(schema)
        return
    grammar, text = json_grammar(schema), f"{value:f}"
    held = jsonschema.Draft202012Validator(schema).is_valid(json.loads(text))
    assert grammar.accepts([ord(char) for char in text]) == held
    drawn = grammar.draw(random.Random(0))
    assert drawn is not None
    jsonschema.validate(json.loads("".join(map(chr, drawn))), schema)


def _is_empty(schema: dict[str, Any]) -> bool:
    """Whether no number fits."""
    judge = jsonschema.Draft202012Validator(schema)
    ends = [value for value in schema.values() if not isinstance(value, str)]
    near = [each for end in ends for each in (end, math.floor(end), math.ceil(end))]
    tried = [sum(near[:6:3]) / 2, *(each + step for each in near for step in (-1, 0, 1))]
    return not any(judge.is_valid(number) for number in tried)


LOOSE = {"type": "object", "additionalProperties": True}
TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["value"],
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (TREE, {"value": 1, "children": [{"value": 2, "children": []}]}, {"children": []}),
        ({"type": ["string", "null"]}, None, 1),
        ({"prefixItems": [{"type": "integer"}, {"type": "null"}], "minItems": 1}, [3], []),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 2, 3], [1]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"x": 1}, {"x": "1"}),
        ({**LOOSE, "properties": {"a": {"type": "integer"}}}, {"a": 1, "ab": []}, {"a": "x"}),
        ({"patternProperties": {"^x": {"type": "null"}}}, {"xy": None}, {"y": None}),
        ({"type": "object", "propertyNames": {"enum": ["a"]}}, {"a": 1}, {"b": 1}),
        ({"enum": ["a", "ab", 1, 12, None, {"k": [1]}]}, {"k": [1]}, "abc"),
        ({"const": "zwei\u2028|"}, "zwei\u2028|", "zwei"),
        ({}, {"x": [1, -2.5e3, True, None, "\U0001f600"]}, ...),
        ({"type": "string", "minLength": 2, "maxLength": 3}, "\u00e9\U0001f600", "x"),
        ({"type": "string", "maxLength": 2345}, "x" * 2345, "x" * 2346),
        ({"type": "string", "minLength": 1500}, "x" * 1500, "x" * 1499),
        ({"type": "string", "pattern": "b+"}, "abba", "axa"),
        ({"type": "string", "pattern": "^(a+)+$", "maxLength": 5}, "aaaaa", "aaaaaa"),
        ({"type": "string", "format": "date"}, "2024-02-29", "2023-02-29"),
        ({"type": "string", "pattern": r"^\S+$"}, "ключ", "a\u00a0b"),
        ({"type": "string", "pattern": r"^[^\s,]+$"}, "ключ", "a\u2003b"),
        ({"type": "string", "pattern": r"^[^\S]$"}, " ", "\u2003"),
        ({"type": "number", "multipleOf": 0.01}, -1.25, 1.255),
        ({"type": "number", "multipleOf": 0.01, "minimum": 1.25}, 1.25, 1.2),
        ({"type": "number", "multipleOf": 0.1, "maximum": 2}, 1.9, 1e-5),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, 0.5, 0),
        ({"items": [{"type": "null"}], "additionalItems": False}, [None], [None, 1]),
        ({"type": "number", "maximum": 0.5}, 0.25, 0.75),
        ({"type": "integer", "minimum": -12, "maximum": 130}, -9, 131),
    ],
)  # fmt: skip
def test_what_schemas_say_is_held(schema: Any, good: object, bad: object) -> None:
    assert fits(schema, good)
    assert bad is ... or not fits(schema, bad)


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, "uniqueItems at #"),
        ({"type": "integer", "multipleOf": 7}, "multipleOf 7"),
        ({"not": {"type": "string"}}, "not at #"),
        ({"type": "string", "pattern": "^(?=a)"}, "lookaround"),
        ({"type": "string", "pattern": r"^\bx"}, r"\\b"),
        ({"type": "string", "pattern": "x.{20}y"}, "too many states"),
        ({"type": "string", "pattern": "((a{99}){99}){99}"}, "repeats too much"),
        (
            {
                "type": "object",
                "properties": {},
                "required": ["a"],
                "additionalProperties": False,
            },
            "required 'a'",
        ),
        ({"allOf": [{"type": "object"}, {"minProperties": 1}]}, "allOf"),
        ({"type": "object", "anyOf": [{"required": ["a"]}]}, "anyOf beside type"),
        ({"enum": [1, 5], "minimum": 3}, "enum beside minimum"),
    ],
)
def test_what_cannot_be_held_is_named_and_dropped_when_lenient(schema: Any, named: str) -> None:
    with pytest.raises(UserError) as refusal:
        json_grammar(schema)
    assert named in str(refusal.value)
    json_grammar(schema, lenient=True)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "string", "pattern": "^a$", "minLength": 3},
        {"type": "integer", "enum": ["x"]},
        {"type": "number", "exclusiveMinimum": 1, "maximum": 1},
        {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}},
        {"$ref": "#/$defs/a"},
        {"type": "object", "properties": {"a": {"$ref": "#a"}}},
        {"type": "object", "properties": {"a": {"$ref": "other.json"}}},
        {"anyOf": [False]},
        {"type": "thing"},
    ],
)
def test_schemas_that_no_value_fits_are_refused(schema: Any) -> None:
    with pytest.raises(UserError):
        json_grammar(schema)


def test_a_grammar_is_spelled_once_however_often_it_is_asked_for() -> None:
    def answer(first: str, second: str, value: object) -> Grammar:
        return Grammar(answer={"properties": {first: {"const": value}, second: {}}})

    assert to_gbnf(answer("a", "b", 1)) is to_gbnf(answer("a", "b", 1))
    others = [answer("b", "a", 1), answer("a", "b", True), answer("a", "b", 1.0)]
    assert len({to_gbnf(each) for each in (answer("a", "b", 1), *others)}) == 4


def test_a_thousand_properties_and_a_large_union_take_a_moment() -> None:
    names = [f"property_{number * 7919 % 1000}" for number in range(1000)]
    large: dict[str, Any] = {
        "type": "object",
        "properties": {name: {"type": "boolean"} for name in names},
    }
    before = time.process_time()
    optional = to_gbnf(Grammar(answer=large))
    required = to_gbnf(Grammar(answer={**large, "required": names}))
    union = to_gbnf(Grammar(answer={"enum": [f"value {number}" for number in range(5000)]}))
    assert time.process_time() - before < 5
    assert max(map(len, (optional, required, union))) < 700_000
    assert fits(
        {**large, "properties": dict.fromkeys(names[:99], True)}, {names[5]: 1, names[70]: {}}
    )
    large["properties"] |= {f"more_{number}": {"type": "null"} for number in range(1000)}
    with pytest.raises(UserError, match="too many for a grammar"):
        to_gbnf(Grammar(answer=large))
