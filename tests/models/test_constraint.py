"""A grammar lets through all that gpt-oss writes properly, and nothing else, id by id."""

from __future__ import annotations

import contextlib
import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.errors import BackendError, UserError
from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.header import ODD_SPELLING
from agentkit.harmony.reader import Finished, Reader
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.harmony.vocabulary import CALL, END_OF_TEXT, RETURN
from agentkit.harmony.writer import reply_header
from agentkit.messages import Message
from agentkit.models.constraint import Constraint
from tests.harmony.conversations import GOLDENS, Golden
from tests.harmony.golden_replies import ORDER, TOOLS, replies
from tests.harmony.schemas import SCHEMAS

ANY = {"type": "object"}


@pytest.fixture(scope="module")
def tokenizer() -> HarmonyTokenizer:
    return load_tokenizer()


def accepted(grammar: Grammar, text: str, tokenizer: HarmonyTokenizer) -> bool:
    """Whether a reply, with its special tokens spelled out, is let through to its end."""
    constraint = Constraint(grammar, tokenizer)
    try:
        for token in tokenizer.encode_with_specials(text):
            constraint.accept(token)
    except BackendError:
        return False
    return constraint.complete


def walk(grammar: Grammar, tokenizer: HarmonyTokenizer, seed: int, most: int = 400) -> list[int]:
    """Ids drawn evenly from those allowed, forced ones included; up to `most`."""
    constraint, rng, ids = Constraint(grammar, tokenizer), random.Random(seed), list[int]()
    while len(ids) < most:
        ids += constraint.forced()
        if constraint.complete:
            return ids
        allowed = (constraint.apply(torch.zeros(201_088)) == 0).nonzero()[:, 0]
        ids.append(int(allowed[rng.randrange(len(allowed))]))
        constraint.accept(ids[-1])
    return ids


def spoken(ids: list[int], tokenizer: HarmonyTokenizer) -> list[Message]:
    reader = Reader(tokenizer, reply_header(tokenizer))
    pieces = [*reader.feed(ids), *reader.finish()]
    return [piece.message for piece in pieces if isinstance(piece, Finished)]


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_every_reply_of_the_golden_files_is_let_through(
    golden: Golden, tokenizer: HarmonyTokenizer
) -> None:
    for grammar, ids in replies(golden, tokenizer):
        constraint = Constraint(grammar, tokenizer)
        for token in ids:
            constraint.accept(token)
        assert constraint.complete


@pytest.mark.parametrize(
    "header",
    [
        " to=functions.order<|channel|>commentary json<|message|>",
        " to=functions.order<|channel|>commentary <|constrain|>json<|message|>",
        " to=functions.order<|channel|>analysis code<|message|>",
        "<|channel|>commentary to=functions.order <|constrain|>json<|message|>",
        "<|channel|>commentary to=functions.order<|constrain|>json<|message|>",
        "<|channel|>commentary to=functions.order json<|message|>",
        "<|channel|>commentary to=functions.order<|message|>",
        "<|channel|>analysis to=functions.order code<|message|>",
    ],
)
def test_every_header_that_gpt_oss_writes_is_let_through(
    header: str, tokenizer: HarmonyTokenizer
) -> None:
    body = '{"id":"#W1234","quantity":7}<|call|>'
    assert accepted(TOOLS, header + body, tokenizer)
    thought = "<|channel|>analysis<|message|>So.\n\nYes.<|end|><|start|>assistant"
    assert accepted(TOOLS, thought + header + body, tokenizer)


@pytest.mark.parametrize(
    "reply",
    [
        "<|channel|>commentary to=functions.other json<|message|>{}<|call|>",
        "<|channel|>final to=python code<|message|>1<|call|>",
        "<|channel|>commentary to=functions.order json<|message|>{}<|call|>",
        '<|channel|>commentary to=functions.order json<|message|>{"id":"W","quantity":7}<|call|>',
        "<|channel|>commentary to=python code<|message|>1<|call|> ",
        ' to=functions.order<|channel|>commentary<|message|>{ "id":"#W1234","quantity":7}<|call|>',
        "<|channel|>analysis to=python code<|message|>1<|return|>",
        "<|channel|>analysis<|message|>hm<|return|>",
        "<|channel|>analysis<|message|>hm<|call|>",
        "<|channel|>final<|message|>so<|end|>",
        "<|channel|>final<|message|>so<|endoftext|>",
        "<|channel|>other<|message|>so<|return|>",
        "<|start|>assistant<|channel|>final<|message|>so<|return|>",
        "so<|return|>",
    ],
)
def test_nothing_else_is_let_through(reply: str, tokenizer: HarmonyTokenizer) -> None:
    assert not accepted(TOOLS, reply, tokenizer)


def test_a_call_is_demanded_or_ruled_out(tokenizer: HarmonyTokenizer) -> None:
    answer = "<|channel|>final<|message|>so<|return|>"
    call = "<|channel|>analysis to=python code<|message|>1<|call|>"
    must = Grammar((Recipient("python"),), must_call=True)
    assert (accepted(must, answer, tokenizer), accepted(must, call, tokenizer)) == (False, True)
    none = Grammar()
    assert (accepted(none, answer, tokenizer), accepted(none, call, tokenizer)) == (True, False)


@pytest.mark.parametrize("kind", ["", " json", " <|constrain|>json", "<|constrain|>json"])
def test_the_answer_is_of_its_schema(kind: str, tokenizer: HarmonyTokenizer) -> None:
    grammar = Grammar(answer=ORDER)
    head = f"<|channel|>final{kind}<|message|>"
    assert accepted(grammar, head + '{"id":"#W0000","quantity":1,"gift":null}<|return|>', tokenizer)
    assert not accepted(grammar, head + "Sure!<|return|>", tokenizer)
    assert not accepted(
        grammar, head + '{"id":"#W0000","quantity":1,"more":2}<|return|>', tokenizer
    )


def test_a_header_that_the_prompt_opened_is_not_written_again(tokenizer: HarmonyTokenizer) -> None:
    final = Grammar(answer={"type": "boolean"}, opened="final")
    assert accepted(final, "true<|return|>", tokenizer)
    thought = "hm<|end|><|start|>assistant<|channel|>final<|message|>true<|return|>"
    assert accepted(Grammar(opened="analysis"), thought, tokenizer)


def test_after_so_many_tokens_of_reasoning_the_model_must_act(tokenizer: HarmonyTokenizer) -> None:
    constraint = Constraint(Grammar(reasoning_tokens=5), tokenizer)
    for token in tokenizer.encode_with_specials("<|channel|>analysis<|message|>"):
        constraint.accept(token)
    for token in tokenizer.encode(" a b c d e"):
        assert constraint.forced() == []
        constraint.accept(token)
    assert tokenizer.decode(constraint.forced()).startswith("<|end|><|start|>assistant")


def test_text_never_becomes_a_special_token_and_names_are_forced(
    tokenizer: HarmonyTokenizer,
) -> None:
    constraint = Constraint(Grammar((Recipient("functions.f"),), must_call=True), tokenizer)
    for token in tokenizer.encode_with_specials("<|channel|>analysis<|message|>"):
        constraint.accept(token)
    mask = constraint.apply(torch.zeros(201_088))
    special = [token for token in range(199_998, 201_088) if mask[token] == 0]
    assert [tokenizer.decode([token]) for token in special] == ["<|end|>"]
    for token in tokenizer.encode_with_specials("so<|end|><|start|>assistant to"):
        constraint.accept(token)
    assert tokenizer.decode(constraint.forced()) == "=functions.f<|channel|>"


def test_a_mask_computed_in_the_background_is_the_same(tokenizer: HarmonyTokenizer) -> None:
    logits = torch.randn(201_088)
    with ThreadPoolExecutor(1) as threads:
        behind, here = Constraint(TOOLS, tokenizer, threads), Constraint(TOOLS, tokenizer)
        behind.prepare()
        assert torch.equal(behind.apply(logits), here.apply(logits))


def test_a_smaller_vocabulary_gets_as_much_of_the_mask(tokenizer: HarmonyTokenizer) -> None:
    assert Constraint(TOOLS, tokenizer).apply(torch.zeros(2048)).shape == (2048,)


@pytest.mark.parametrize(
    "schema",
    [
        ORDER,
        {"type": "array", "items": {"enum": ["a", 1, None]}, "minItems": 1, "maxItems": 3},
        {"type": "object", "properties": {"when": {"type": "string", "format": "date-time"}}},
        {"type": "number", "minimum": -2.5, "maximum": 2.5, "multipleOf": 0.25},
        {
            "$defs": {
                "leaf": {
                    "type": "object",
                    "properties": {"next": {"anyOf": [{"$ref": "#/$defs/leaf"}, {"type": "null"}]}},
                    "required": ["next"],
                }
            },
            "$ref": "#/$defs/leaf",
        },
    ],
)
def test_whatever_is_drawn_under_a_grammar_is_proper_harmony_and_fits(
    schema: dict[str, Any], tokenizer: HarmonyTokenizer
) -> None:
    grammar = Grammar((Recipient("functions.f", schema),), schema, reasoning_tokens=4)
    finished = 0
    for seed in range(8):
        ids = walk(grammar, tokenizer, seed)
        messages = spoken(ids, tokenizer)
        assert {note for each in messages for note in each.notes} <= {ODD_SPELLING}
        if ids[-1] in (CALL, RETURN):
            finished += 1
            jsonschema.validate(json.loads(messages[-1].text), schema)
    assert finished >= 6


@given(SCHEMAS, st.integers(0, 2**32))
@settings(max_examples=60)
def test_whatever_the_schema_what_is_drawn_fits_it(schema: dict[str, Any], seed: int) -> None:
    tokenizer = load_tokenizer()
    ids = walk(Grammar(answer=schema, opened="final"), tokenizer, seed)
    if ids[-1] == RETURN:
        value = json.loads(tokenizer.decode(ids[:-1]))
        known = jsonschema.Draft202012Validator.FORMAT_CHECKER
        jsonschema.validate(value, schema, format_checker=known)


def test_a_schema_that_cannot_be_held_is_refused_by_its_feature(
    tokenizer: HarmonyTokenizer,
) -> None:
    with pytest.raises(UserError, match="uniqueItems"):
        Constraint(Grammar(answer={"type": "array", "uniqueItems": True}), tokenizer)


def test_an_id_that_is_not_allowed_is_an_error_and_stays_one(tokenizer: HarmonyTokenizer) -> None:
    constraint = Constraint(Grammar(), tokenizer)
    for _ in range(2):
        with pytest.raises(BackendError, match="could not be followed"):
            constraint.accept(END_OF_TEXT)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(1000)}},
        {"type": "string", "pattern": "^(a+)+$"},
        {"type": "string", "pattern": "^(a|a?)+b{1,200}(x*x*)*$"},
        {"type": "string", "maxLength": 100_000},
    ],
    ids=["1,000 properties", "nested repeats", "more of them", "a long string"],
)
@pytest.mark.timeout(60)
def test_large_and_nasty_schemas_take_bounded_time(
    schema: dict[str, Any], tokenizer: HarmonyTokenizer
) -> None:
    with contextlib.suppress(UserError, BackendError):
        walk(Grammar(answer=schema, opened="final"), tokenizer, seed=0, most=50)
