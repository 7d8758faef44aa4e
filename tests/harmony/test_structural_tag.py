"""A structural tag lets through what gpt-oss writes properly, id by id: xgrammar itself judges."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.header import ODD_SPELLING
from agentkit.harmony.structural_tag import to_structural_tag
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import CALL, END, END_OF_TEXT, RETURN, VOCABULARY_SIZE
from agentkit.harmony.writer import reply_header
from tests.harmony.conversations import GOLDENS, Golden
from tests.harmony.golden_replies import ORDER, TOOLS, replies
from tests.harmony.reading import read_ids
from tests.harmony.schemas import SCHEMAS
from tests.harmony.test_gbnf import HEADERS

XGRAMMAR = Path(sys.prefix) / "xgrammar"
BODY = '{"id":"#W1234","quantity":7}'
THOUGHT = "<|channel|>analysis<|message|>So.\n\n<|end|> is <| a name.<|end|><|start|>assistant"


class Judge:
    """xgrammar over the Harmony vocabulary, as vLLM sets it up: `<|return|>` is its own end."""

    def __init__(self, tokenizer: HarmonyTokenizer, ends: frozenset[int]) -> None:
        import numpy
        import xgrammar

        self._numpy, self._xgrammar = numpy, xgrammar
        self.tokenizer = tokenizer
        self._ends = ends
        words = [tokenizer.token_bytes(token) for token in range(VOCABULARY_SIZE)]
        about = xgrammar.TokenizerInfo(words, stop_token_ids=sorted(ends))
        self._compiler = xgrammar.GrammarCompiler(about, max_threads=1)
        self._mask = xgrammar.allocate_token_bitmask(1, VOCABULARY_SIZE)

    def matcher(self, grammar: Grammar, ends: list[int] | None = None) -> Any:
        """A matcher that, as vLLM does it, is told of more `ends` than the tokenizer has."""
        tag = json.dumps(to_structural_tag(grammar, ends=frozenset(ends or self._ends)))
        compiled = self._compiler.compile_structural_tag(tag)
        return self._xgrammar.GrammarMatcher(compiled, override_stop_tokens=ends)

    def accepts(self, grammar: Grammar, text: str) -> bool:
        """Whether a reply, with its special tokens by name, is let through to its end."""
        return self.accepts_ids(grammar, self.tokenizer.encode_with_specials(text))

    def accepts_ids(self, grammar: Grammar, ids: Sequence[int]) -> bool:
        """The same of ids."""
        matcher = self.matcher(grammar)
        return all(map(matcher.accept_token, ids)) and (
            matcher.is_terminated() or matcher.accept_token(RETURN)
        )

    def allowed(self, matcher: Any) -> list[int]:
        """What may come next."""
        matcher.fill_next_token_bitmask(self._mask)
        bits = self._numpy.unpackbits(self._mask.numpy().view("uint8")[0], bitorder="little")
        return [int(token) for token in bits.nonzero()[0]]

    def walk(self, grammar: Grammar, seed: int, most: int = 400) -> list[int] | None:
        """Ids drawn evenly from those allowed, ends first; None when there is no end in `most`."""
        matcher, rng, ids = self.matcher(grammar), random.Random(seed), list[int]()
        while len(ids) < most:
            allowed = self.allowed(matcher)
            ending = sorted({*allowed} & (self._ends | {CALL}))
            ids.append(rng.choice(ending or allowed))
            assert matcher.accept_token(ids[-1])
            if ids[-1] in self._ends | {CALL}:
                return ids
        return None


@pytest.fixture(scope="module")
def xgrammar() -> Iterator[None]:
    if not XGRAMMAR.is_dir():
        pytest.skip("xgrammar is not installed; `make` does it.")
    sys.path.append(str(XGRAMMAR))
    yield
    sys.path.remove(str(XGRAMMAR))


@pytest.fixture(scope="module")
def judge(xgrammar: None, tokenizer: HarmonyTokenizer) -> Judge:
    return Judge(tokenizer, frozenset({RETURN}))


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_every_reply_of_the_golden_files_is_let_through(
    golden: Golden, judge: Judge, tokenizer: HarmonyTokenizer
) -> None:
    for grammar, ids in replies(golden, tokenizer):
        assert judge.accepts_ids(grammar, ids)


@pytest.mark.parametrize("header", HEADERS)
def test_every_header_that_gpt_oss_writes_is_let_through(judge: Judge, header: str) -> None:
    assert judge.accepts(TOOLS, header + BODY + "<|call|>")
    assert judge.accepts(TOOLS, THOUGHT.replace("<|end|> is ", "") + header + BODY + "<|call|>")


@pytest.mark.parametrize(
    "reply",
    [
        " to=functions.other<|channel|>commentary json<|message|>{}<|call|>",
        "<|channel|>commentary to=functions.order json<|message|>{}<|call|>",
        "<|channel|>commentary to=functions.order json<|message|>" + BODY + " <|call|>",
        "<|channel|>commentary to=functions.order json<|message|>" + BODY + "<|return|>",
        "<|channel|>final<|message|>Done.<|call|>",
        "<|channel|>final<|message|>Do<|channel|>ne.<|return|>",
        "<|channel|>analysis<|message|>So.<|return|>",
        "<|channel|>analysis<|message|>So.<|end|><|start|>user<|message|>Hi<|return|>",
        "Done.<|return|>",
    ],
)
def test_what_is_no_reply_is_not(judge: Judge, reply: str) -> None:
    assert not judge.accepts(TOOLS, reply)


def test_answers_python_and_opened_headers_are_let_through(judge: Judge) -> None:
    assert judge.accepts(TOOLS, "<|channel|>final<|message|>Done.<|return|>")
    assert judge.accepts(TOOLS, "<|channel|>analysis to=python code<|message|>1 + 1<|call|>")
    assert judge.accepts(
        Grammar(answer=ORDER), "<|channel|>final <|constrain|>json<|message|>" + BODY
    )
    assert not judge.accepts(Grammar(answer=ORDER), "<|channel|>final<|message|>Done.")
    assert judge.accepts(Grammar(answer=ORDER, opened="final"), BODY)
    opened = Grammar(TOOLS.recipients, opened="analysis", must_call=True)
    assert judge.accepts(opened, "So.<|end|><|start|>assistant" + HEADERS[0] + BODY + "<|call|>")
    assert not judge.accepts(opened, "So.<|end|><|start|>assistant<|channel|>final<|message|>No.")


def test_reasoning_ends_after_its_tokens(judge: Judge) -> None:
    limited = judge.matcher(Grammar(reasoning_tokens=3))
    for token in judge.tokenizer.encode_with_specials("<|channel|>analysis<|message|>one two"):
        assert limited.accept_token(token)
    assert len(judge.allowed(limited)) > 199_000
    assert limited.accept_token(judge.tokenizer.encode(" three")[0])
    assert judge.allowed(limited) == [END]


def test_an_engine_that_ends_with_call_itself_is_left_to_do_so(
    xgrammar: None, tokenizer: HarmonyTokenizer
) -> None:
    sglang = Judge(tokenizer, frozenset({RETURN, CALL, END_OF_TEXT}))
    assert sglang.accepts(TOOLS, HEADERS[0] + BODY + "<|call|>")
    assert sglang.accepts(TOOLS, "<|channel|>final<|message|>Done.<|return|>")
    assert not sglang.accepts(TOOLS, HEADERS[0] + "{}<|call|>")


def test_an_end_that_a_matcher_is_told_of_is_let_through_at_ends_only(
    judge: Judge, tokenizer: HarmonyTokenizer
) -> None:
    ends = [RETURN, CALL, END_OF_TEXT]
    matcher = judge.matcher(TOOLS, ends=ends)
    for token in tokenizer.encode_with_specials(HEADERS[0] + BODY):
        assert not {*judge.allowed(matcher)} & {*ends}
        assert matcher.accept_token(token)
    assert {*judge.allowed(matcher)} == {*ends}


def test_tags_compiled_after_others_keep_their_own_special_tokens(
    xgrammar: None, tokenizer: HarmonyTokenizer
) -> None:
    # xgrammar 0.2.8 shares masks between grammars whose rules differ in ids only.
    schema = {"type": "boolean"}
    f = Recipient("functions.f", schema)
    grammars = [Grammar(), Grammar((f,)), Grammar((f,), answer=schema, reasoning_tokens=3)]
    grammars += [Grammar(opened="final"), Grammar((f,), must_call=True), Grammar(answer=schema)]
    for order in (grammars, grammars[::-1]):
        judge = Judge(tokenizer, frozenset({RETURN}))
        for number, grammar in enumerate(order):
            judge.walk(grammar, number, most=12)


def test_a_web_address_is_compiled_in_a_moment(judge: Judge) -> None:
    grammar = Grammar(answer={"type": "string", "format": "uri"}, opened="final")
    before = time.process_time()
    matcher = judge.matcher(grammar)
    assert time.process_time() - before < 1.5
    for token in judge.tokenizer.encode('"https://example.org:8000/a/b.html?c=1"'):
        assert matcher.accept_token(token)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schema=SCHEMAS, seed=st.integers(0, 2**32))
def test_replies_drawn_at_random_are_clean_and_fit_their_schemas(
    judge: Judge, tokenizer: HarmonyTokenizer, schema: dict[str, Any], seed: int
) -> None:
    grammar = Grammar((Recipient("functions.f", schema),), answer=schema, reasoning_tokens=3)
    ids = judge.walk(grammar, seed)
    assert ids is not None
    reading = read_ids(tokenizer, ids, reply_header(tokenizer))
    *_, last = reading.messages
    assert last.complete
    assert set(last.notes) <= {ODD_SPELLING}
    assert last.recipient == "functions.f" if ids[-1] == CALL else last.channel == "final"
    jsonschema.validate(json.loads(last.text), schema)
