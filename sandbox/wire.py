"""Jupyter's messages on the wire, for the side that must not trust the other.

Requests are built and signed; what the kernel sends is taken apart with every field checked.
`decode` gives a `Message` whose content has exactly the shape its kind promises, or None: it never
raises, whatever the bytes. Only JSON is read, metadata and buffers are not read at all.

It knows the messaging protocol (version 5.4,
jupyter-client.readthedocs.io/en/stable/messaging.html) as far as running cells needs it, and no
sockets. The signature proves only that a message came from inside the sandbox: code in the kernel
can read the key, so a valid message may still be forged by it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

__all__ = ["Message", "Wire", "checked"]

_DELIMITER = b"<IDS|MSG>"
_MOST_FRAMES = 32


@dataclass(frozen=True, slots=True)
class Message:
    """A checked message from the kernel.

    Args:
        kind: its `msg_type`.
        parent: id of the request it answers; empty when it answers none.
        content: fields checked for this kind, and no others.
    """

    kind: str
    parent: str
    content: dict[str, Any]


class Wire:
    """One conversation with one kernel.

    Args:
        key: secret both sides sign with.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self.session = uuid.uuid4().hex
        self._count = 0
        self.dropped = 0

    def encode(self, kind: str, content: dict[str, Any]) -> tuple[str, list[bytes]]:
        """A signed request.

        Returns:
            Its id, which answers carry as `parent`, and the frames to send.
        """
        header = self.header(kind)
        parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        return header["msg_id"], [_DELIMITER, self._sign(parts), *parts]

    def header(self, kind: str) -> dict[str, str]:
        """The header of a new request."""
        self._count += 1
        return {
            "msg_id": f"{self.session}_{self._count}",
            "msg_type": kind,
            "session": self.session,
            "username": "sandbox",
            "date": datetime.now(UTC).isoformat(),
            "version": "5.4",
        }

    def decode(self, frames: Sequence[bytes]) -> Message | None:
        """The message in `frames`; None, counted in `dropped`, when it is malformed, unsigned or
        of no interest."""
        message = self._decode(frames)
        if message is None:
            self.dropped += 1
        return message

    def _decode(self, frames: Sequence[bytes]) -> Message | None:
        frames = list(frames)
        if len(frames) > _MOST_FRAMES or _DELIMITER not in frames:
            return None
        start = frames.index(_DELIMITER) + 1
        signature, parts = frames[start : start + 1], frames[start + 1 : start + 5]
        if len(parts) != 4 or not hmac.compare_digest(signature[0], self._sign(parts)):
            return None
        return checked(*(_read(parts[index]) for index in (0, 1, 3)))

    def _sign(self, parts: Sequence[bytes]) -> bytes:
        digest = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in parts:
            digest.update(part)
        return digest.hexdigest().encode()


def checked(header: object, parent: object, content: object) -> Message | None:
    """The message of these parts of one, or None when they are not as its kind promises."""
    if (
        not isinstance(header, dict)
        or not isinstance(parent, dict)
        or not isinstance(content, dict)
    ):
        return None
    kind, answered = header.get("msg_type"), parent.get("msg_id", "")
    if not isinstance(kind, str) or not isinstance(answered, str) or kind not in _SCHEMAS:
        return None
    fields = {name: content.get(name) for name in _SCHEMAS[kind]}
    if not all(check(fields[name]) for name, check in _SCHEMAS[kind].items()):
        return None
    return Message(kind, answered, fields)


def _read(frame: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(value: object) -> bool:
    return isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _bundle(value: object) -> bool:
    """Representations by media type. Structured ones (application/json) are allowed and later
    ignored."""
    return isinstance(value, dict)


def _stream_name(value: object) -> bool:
    return value in ("stdout", "stderr") if isinstance(value, str) else False


_SCHEMAS: dict[str, dict[str, Callable[[object], bool]]] = {
    "stream": {"name": _stream_name, "text": _text},
    "execute_result": {"data": _bundle},
    "display_data": {"data": _bundle},
    "update_display_data": {"data": _bundle},
    "error": {"ename": _text, "evalue": _text, "traceback": _texts},
    "status": {"execution_state": _text},
    "execute_reply": {"status": _text},
    "kernel_info_reply": {"status": _text},
}
