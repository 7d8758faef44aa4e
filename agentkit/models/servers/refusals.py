"""What a model server says when it will not, and the error that becomes of it.

Knows the bodies that vLLM, SGLang, llama.cpp and what stands in front of them send with a status,
or within a stream; makes them short, printable and free of the key. Knows nothing of connections.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from agentkit.errors import BackendError, ContextOverflow, ModelError

_SHOWN = 300
"""Characters of a server's own words in an error."""

_OVERFLOW = re.compile(
    r"exceed_context_size|context (length|size|window)|max(imum)?[_ ]model[_ ]len"
    r"|longer than the (model|maximum)",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class Refused(BackendError):
    """The server will not do this, however often it is asked.

    Args:
        message: a sentence.
        status: of HTTP; 200 for an error within a stream.
    """

    def __init__(self, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Refusals:
    """Errors about one server.

    Args:
        address: how to name it.
        api_key: what must not be told.
        fix: what to start in its place.
    """

    address: str
    api_key: str | None = field(default=None, repr=False)
    fix: str = ""

    def shown(self, text: str) -> str:
        """A server's own words, short, printable and without the key."""
        if self.api_key:
            text = text.replace(self.api_key, "***").replace(json.dumps(self.api_key)[1:-1], "***")
        text = _UNPRINTABLE.sub(" ", text).strip()
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

    def quoted(self, value: object) -> str:
        """A value that a server sent, short, printable and without the key."""
        try:
            return self.shown(repr(value))
        except RecursionError:
            return "something nested too deeply"

    def of_status(self, status: int, body: str, location: str = "") -> ModelError:
        """The error of an answer with a status other than 200."""
        if status in (401, 403):
            lack = "give another one" if self.api_key else "none was given: pass api_key=..."
            return Refused(f"{self.address} refuses the API key (status {status}); {lack}.", status)
        if 300 <= status < 400:
            target = self.shown(location)
            return Refused(f"{self.address} points elsewhere, to {target}: name that.", status)
        words = _words(body)
        if _OVERFLOW.search(words):
            return ContextOverflow(
                f"{self.address}: {self.shown(words)}. Shorten the conversation or its tools'"
                " results."
            )
        if status == 404:
            said = self.shown(words)
            return Refused(f"{self.address} does not know this request: {said}. {self.fix}", 404)
        return Refused(f"{self.address} refuses (status {status}): {self.shown(words)}", status)

    def no_stream(self, kind: str, body: str) -> ModelError:
        """The error of an answer of content type `kind` where events were expected."""
        if "html" in kind or body.lstrip()[:1] == "<":
            return Refused(
                f"{self.address} answers with a web page: this is not the address of the model"
                f" server itself. {self.fix}"
            )
        return Refused(
            f"{self.address} answers with {self.shown(kind) or 'something unnamed'} in place of"
            f" a stream of events: {self.shown(body)}. {self.fix}"
        )

    def parsed(self, text: str) -> Any:
        """The JSON that `text` is.

        Raises:
            Refused: it is none.
        """
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            said = self.shown(_words(text))
            raise Refused(f"{self.address} does not answer in JSON: {said}. {self.fix}") from None

    def event(self, text: str) -> dict[str, Any]:
        """The JSON object within an event of a stream.

        Raises:
            ContextOverflow: it says that the prompt is too long.
            Refused: it tells of an error, or is no object.
        """
        event = self.parsed(text)
        if not isinstance(event, dict):
            raise Refused(f"{self.address} streams JSON that is no object: {self.shown(text)}")
        if event.get("error"):
            raise self.of_status(200, text)
        return event


def _words(body: str) -> str:
    """The sentence in an error's body, whichever server wrote it, or else the body itself."""
    if body.lstrip()[:1] == "<":
        return "a web page; this may be a proxy or another program"
    with suppress(ValueError, RecursionError):
        return _said(json.loads(body)) or body
    return body


def _said(body: Any) -> str:
    """The message within `{"error": {"message": ...}}` and its relatives, with its type."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(_said, body)))
    if not isinstance(body, dict):
        return ""
    for name in ("message", "msg", "detail", "error"):
        if said := _said(body.get(name)):
            kind = body.get("type")
            return f"{said} ({kind})" if isinstance(kind, str) and name == "message" else said
    return ""
