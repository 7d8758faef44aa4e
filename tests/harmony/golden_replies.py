"""What the tests of grammars share: the golden conversations' replies, and two tools to call."""

from __future__ import annotations

import json
from collections.abc import Iterator

from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.harmony.tokenizer import HarmonyTokenizer
from agentkit.harmony.vocabulary import CALL, RETURN
from agentkit.harmony.writer import render, reply_header
from agentkit.messages import Message
from tests.harmony.conversations import Golden

ANY = {"type": "object"}
ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^#W[0-9]{4}$"},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 99},
        "gift": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
    },
    "required": ["id", "quantity"],
}
TOOLS = Grammar((Recipient("functions.order", ORDER), Recipient("python")))
"""One that is called with JSON and one with code."""


def replies(golden: Golden, tokenizer: HarmonyTokenizer) -> Iterator[tuple[Grammar, list[int]]]:
    """A grammar that knows who is called in the conversation, and the ids of each reply."""
    names = {each.recipient for each in golden.messages if each.is_call and each.recipient}
    grammar = Grammar(
        tuple(Recipient(name, None if name == "python" else ANY) for name in sorted(names))
    )
    for reply in _spoken(golden):
        ends = reply[-1].is_call or reply[-1].channel == "final"
        said = reply if ends else [*reply, Message("assistant", "so", channel="final")]
        if _is_json_where_due(said):
            ids = [token for each in said for token in render(each, tokenizer)]
            if ids[-1] != CALL:
                ids[-1] = RETURN
            yield grammar, ids[len(reply_header(tokenizer)) :]


def _spoken(golden: Golden) -> Iterator[list[Message]]:
    """What the assistant says between two messages of others."""
    reply: list[Message] = []
    for message in [*golden.messages, Message("user", "")]:
        if message.role == "assistant":
            reply.append(message)
        elif reply:
            yield reply
            reply = []


def _is_json_where_due(reply: list[Message]) -> bool:
    """Compact JSON: what a grammar's calls are made of."""
    try:
        return all(
            json.dumps(json.loads(each.text), ensure_ascii=False, separators=(",", ":"))
            == each.text
            for each in reply
            if each.is_call and each.recipient != "python"
        )
    except ValueError:
        return False
