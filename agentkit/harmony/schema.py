"""JSON Schema to Harmony's TypeScript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def declaration(name: str, description: str, parameters: Mapping[str, Any] | None) -> str:
    """The TypeScript declaration of one function.

    Args:
        name: without namespace.
        description: may span lines; each becomes a comment line.
        parameters: JSON Schema of an object, or None.
    """
    comment = "".join(f"// {line}\n" for line in description.splitlines())
    if parameters is None:
        return f"{comment}type {name} = () => any;"
    required = parameters.get("required", ())
    lines = []
    for key, value in parameters.get("properties", {}).items():
        if text := value.get("description"):
            lines += [f"// {line}" for line in text.splitlines()]
        kind = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}
        mark = "" if key in required else "?"
        lines.append(f"{key}{mark}: {kind.get(value.get('type', ''), 'any')},")
    body = "".join(f"{line}\n" for line in lines)
    return f"{comment}type {name} = (_: {{\n{body}}}) => any;"


def normalise(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return schema
