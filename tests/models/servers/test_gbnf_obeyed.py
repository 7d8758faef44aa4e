"""llama.cpp obeys a grammar in GBNF at any temperature: each reply is clean and fits its schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from agentkit import LlamaCppModel
from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.header import ODD_SPELLING
from agentkit.harmony.reader import (
    CALL_CLOSED_BY_END,
    CALL_TO_NOBODY,
    CLOSED_BY_END_OF_TEXT,
    Finished,
    Reader,
)
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.harmony.vocabulary import STOP_IDS
from agentkit.harmony.writer import reply_header
from agentkit.models.base import Sampling
from tests.models.servers.conftest import sample

OTHER_ENDS = {CALL_CLOSED_BY_END, CALL_TO_NOBODY, CLOSED_BY_END_OF_TEXT}
BOOKING: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^#W[0-9]{4}$"},
        "day": {"type": "string", "format": "date"},
        "guests": {"type": "array", "items": {"enum": ["adult", "child"]}, "maxItems": 2},
        "price": {"type": "number", "minimum": 0.5, "exclusiveMaximum": 100},
        "note": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]},
    },
    "required": ["id", "day", "price"],
}


@pytest.mark.parametrize(
    "grammar",
    [
        Grammar(answer=BOOKING, reasoning_tokens=2),
        Grammar((Recipient("functions.book", BOOKING),), must_call=True, reasoning_tokens=2),
    ],
    ids=["answer", "call"],
)
async def test_hot_replies_are_clean_and_fit(
    grammar: Grammar, llamacpp: LlamaCppModel, hello: list[int]
) -> None:
    tokenizer = load_tokenizer()
    for seed in range(2):
        hot = Sampling(temperature=1.5, seed=seed)
        ids, _, finish = await sample(llamacpp, hello, 300, grammar=grammar, sampling=hot)
        assert finish.reason == "stop"
        assert ids[-1] in STOP_IDS
        reader = Reader(tokenizer, reply_header(tokenizer))
        pieces = [*reader.feed(ids), *reader.finish()]
        *_, last = [piece.message for piece in pieces if isinstance(piece, Finished)]
        assert last.complete
        # Which of its end tokens comes is nothing that llama.cpp lets a grammar say.
        assert set(last.notes) <= {ODD_SPELLING, *OTHER_ENDS}
        assert last.is_call == bool(grammar.recipients)
        jsonschema.validate(json.loads(last.text), BOOKING)
