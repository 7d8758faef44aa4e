"""Messages from the kernel are taken apart without trust, and only well-formed ones come
through."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_client.session import Session

from sandbox.wire import Message, Wire

KEY = "0123456789abcdef"


def signed(header: object, parent: object, content: object) -> list[bytes]:
    parts = [
        p if isinstance(p, bytes) else json.dumps(p).encode() for p in (header, parent, {}, content)
    ]
    digest = hmac.new(KEY.encode(), digestmod=hashlib.sha256)
    for part in parts:
        digest.update(part)
    return [b"topic", b"<IDS|MSG>", digest.hexdigest().encode(), *parts]


def stream(content: object) -> list[bytes]:
    return signed({"msg_type": "stream"}, {"msg_id": "a"}, content)


def test_a_message_from_jupyters_own_session_is_read() -> None:
    session = Session(key=KEY.encode())
    parent = session.msg_header("execute_request")
    message = session.msg("stream", {"name": "stdout", "text": "hé"}, parent=parent)
    frames = session.serialize(message, ident=b"stream.stdout")
    read = Wire(KEY).decode(frames)
    assert read == Message("stream", parent["msg_id"], {"name": "stdout", "text": "hé"})


def test_jupyters_own_session_reads_our_requests() -> None:
    identity, frames = Wire(KEY).encode("execute_request", {"code": "1"})
    session = Session(key=KEY.encode())
    _, parts = session.feed_identities(frames)
    message = session.deserialize(parts)
    assert message["msg_id"] == identity
    assert message["content"] == {"code": "1"}


MALFORMED: dict[str, list[bytes]] = {
    "nothing": [],
    "no delimiter": [b"a", b"b"],
    "cut short": stream({"name": "stdout", "text": "x"})[:5],
    "wrong signature": [
        *stream({"name": "stdout", "text": "x"})[:2],
        b"0" * 64,
        b"{}",
        b"{}",
        b"{}",
        b"{}",
    ],
    "content is a list": stream([1]),
    "content is not JSON": stream(b"{"),
    "content is too deep": stream(b'{"a":' * 200_000),
    "a number of a million digits": stream(b'{"name": ' + b"9" * 1_000_000 + b"}"),
    "text is missing": stream({"name": "stdout"}),
    "text is a number": stream({"name": "stdout", "text": 5}),
    "unknown stream": stream({"name": "stdin", "text": "x"}),
    "stream name is a list": stream({"name": ["stdout"], "text": "x"}),
    "traceback of numbers": signed(
        {"msg_type": "error"}, {}, {"ename": "E", "evalue": "", "traceback": [1]}
    ),
    "parent without text": signed(
        {"msg_type": "stream"}, {"msg_id": 5}, {"name": "stdout", "text": ""}
    ),
    "header is null": signed(None, {}, {}),
    "unknown kind": signed({"msg_type": "comm_open"}, {}, {}),
    "kind is a dict": signed({"msg_type": {}}, {}, {}),
    "invalid UTF-8": stream(b'{"name": "stdout", "text": "\xff"}'),
    "a thousand frames": stream({"name": "stdout", "text": "x"}) + [b""] * 1000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message_is_dropped_and_counted(name: str) -> None:
    wire = Wire(KEY)
    assert wire.decode(MALFORMED[name]) is None
    assert wire.dropped == 1


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_bytes_raise(frames: list[bytes]) -> None:
    assert Wire(KEY).decode([b"<IDS|MSG>", *frames]) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from(["stream", "error", "status", "display_data", "execute_reply"]), JSON, JSON)
def test_no_content_raises_and_what_passes_has_its_fields(
    kind: str, parent: Any, content: Any
) -> None:
    message = Wire(KEY).decode(signed({"msg_type": kind}, parent, content))
    assert message is None or (message.kind == kind and isinstance(message.parent, str))
