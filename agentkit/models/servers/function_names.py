"""Harmony's recipients as the function names of an HTTP API, and back.

APIs of OpenAI's shape take names of letters, digits, `_` and `-`, up to 64 characters, and have no
namespaces; every tool is a function of JSON arguments to them. So `functions.get_order` becomes
`get_order`, `browser.search` becomes `browser__search`, and code, as `python` takes it, the one
string of an object. A name that a model made up passes through, for the loop to answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from agentkit.errors import ToolRetry
from agentkit.harmony.grammar import Recipient
from agentkit.harmony.repair import FUNCTIONS, parse_arguments

CODE = "code"
"""The one argument of a tool that takes raw text."""
RAW_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {CODE: {"type": "string", "description": "The source text, as it is."}},
    "required": [CODE],
    "additionalProperties": False,
}
NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}

_LONGEST = 64
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
_NOT_IN_RECIPIENTS = re.compile(r"[^\w.:/-]+")
_UNNAMED = f"{FUNCTIONS}unknown"


class FunctionNames:
    """The names of one conversation's tools.

    Args:
        recipients: those that may be called.
    """

    def __init__(self, recipients: Iterable[Recipient]) -> None:
        self._names: dict[str, str] = {}
        self._recipients: dict[str, Recipient] = {}
        # A built-in tool keeps its own name where a function has the same one.
        for recipient in sorted(recipients, key=lambda each: each.name.startswith(FUNCTIONS)):
            name = self._free(recipient.name)
            self._names[recipient.name] = name
            self._recipients[name] = recipient

    def encode(self, recipient: str) -> str:
        """The API's name of a recipient, also of one that is not known."""
        return self._names.get(recipient) or _plain(recipient)

    def decode(self, name: str) -> str:
        """The recipient that a name stands for."""
        if found := self._recipients.get(name):
            return found.name
        name = _NOT_IN_RECIPIENTS.sub("_", name)[: 2 * _LONGEST].strip("._")
        space, _, rest = name.partition("__")
        if rest and any(each.startswith(f"{space}.") for each in self._names):
            name = f"{space}.{rest}"
        if not name:
            return _UNNAMED
        return name if "." in name or name in self._names else FUNCTIONS + name

    def takes_code(self, recipient: str) -> bool:
        """True when the body of a call to `recipient` is raw text, not JSON."""
        found = self._recipients.get(self._names.get(recipient, ""))
        return found.parameters is None if found else recipient == "python"

    def arguments(self, recipient: str, body: str) -> str:
        """The body of a call that was made, as the JSON object that an API takes.

        Servers parse what they are sent, so a body that is no JSON is mended or wrapped.
        """
        if self.takes_code(recipient):
            return json.dumps({CODE: body}, ensure_ascii=False)
        try:
            if isinstance(json.loads(body), dict):
                return body
        except (ValueError, RecursionError):
            pass
        try:
            return json.dumps(parse_arguments(body).value, ensure_ascii=False)
        except ToolRetry:
            return json.dumps({"arguments": body}, ensure_ascii=False)

    def _free(self, recipient: str) -> str:
        """A name for `recipient` that no other has."""
        name = _plain(recipient)
        if name in self._recipients:
            name = _NOT_IN_NAMES.sub("_", recipient.replace(".", "__"))[:_LONGEST]
        number = 2
        while name in self._recipients:
            name = f"{name[: _LONGEST - 4]}_{number}"
            number += 1
        return name


def _plain(recipient: str) -> str:
    short = recipient.removeprefix(FUNCTIONS).replace(".", "__")
    return _NOT_IN_NAMES.sub("_", short)[:_LONGEST] or "unknown"
