"""Values as JSON text, whatever strings are in them.

pydantic's encoder is fast and knows dataclasses and models, but refuses lone surrogates, which
come in with file names, the command line and careless tools. They are then written as escapes, so
that reading the JSON gives them back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pydantic_core


def to_json(value: Any, *, serialize_unknown: bool = False) -> str:
    """`value` on one line of JSON.

    Args:
        value: JSON values, dataclasses, pydantic models and what they hold.
        serialize_unknown: write what has no form in JSON as its `str`, instead of raising.

    Raises:
        PydanticSerializationError: the value has no form in JSON.
    """
    try:
        return pydantic_core.to_json(value, serialize_unknown=serialize_unknown).decode()
    except pydantic_core.PydanticSerializationError:
        return json.dumps(_plain(value, serialize_unknown), separators=(",", ":"))


def _plain(value: Any, serialize_unknown: bool) -> Any:
    """`value` as JSON values. pydantic leaves lone surrogates in strings but not in keys."""
    try:
        return pydantic_core.to_jsonable_python(value, serialize_unknown=serialize_unknown)
    except UnicodeEncodeError:
        from pydantic import BaseModel  # half of what `import agentkit` would take

        if isinstance(value, BaseModel):
            value = value.model_dump()
        elif is_dataclass(value) and not isinstance(value, type):
            value = {each.name: getattr(value, each.name) for each in fields(value)}
        if isinstance(value, Mapping):
            return {str(key): _plain(each, serialize_unknown) for key, each in value.items()}
        return [_plain(each, serialize_unknown) for each in value]
