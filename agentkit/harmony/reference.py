"""References within a JSON Schema (RFC 6901: JSON pointers in a URI's fragment)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from agentkit.errors import UserError


def referred(document: Any, reference: str) -> Any:
    """What a `$ref` leads to.

    Args:
        document: the whole schema.
        reference: `#`, or `#/` and a path of keys and places.

    Raises:
        UserError: it leads nowhere, to another document, or by an anchor.
    """
    if not reference.startswith("#"):
        raise UserError(f"the schema refers to another document: {reference}; put it inline")
    if reference[1:2] not in ("", "/"):
        raise UserError(f"the schema refers to {reference} by an anchor; give its path instead")
    target = document
    for step in reference.split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(target, Mapping) and key in target:
            target = target[key]
        elif isinstance(target, list) and key.isdecimal() and int(key) < len(target):
            target = target[int(key)]
        else:
            raise UserError(f"the schema refers to {reference}, which it does not define")
    return target
