"""JSON Schema as TypeScript, in the manner gpt-oss was trained to read function signatures.

Takes schemas as `schema.normalise` leaves them: references inlined, one type each, unions in
`anyOf` or `oneOf`. Where openai-harmony's renderer keeps the types, the text is the same byte for
byte, its quirks included: a described object repeats its description, `oneOf` stands on lines of
its own, the default of an enum has no quotes. Where it loses them (integer enums, `anyOf`,
dictionaries, tuples, arrays of unions) or a part of a description, the closest TypeScript stands
instead, and what TypeScript cannot say, such as a minimum or a date's format, is a comment.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

Schema = Mapping[str, Any]

_INDENT = "    "
_PRIMITIVES = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "null": "null",
}
_CONSTRAINTS = (
    "format",
    "pattern",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
)
_DECIMAL_PATTERN = "^(?!^[-+.]*$)"  # how pydantic's pattern of a Decimal begins: says nothing


def render(schema: Schema, indent: str = "") -> str:
    """The TypeScript type of a normalised schema.

    Args:
        schema: as `schema.normalise` gives it.
        indent: put before the lines that follow the first.
    """
    if _is_listed(schema):
        return "\n".join(["(", *_listing(schema, indent), f"{indent})"])
    return " | ".join(_alternatives(schema, indent))


def _alternatives(schema: Schema, indent: str) -> list[str]:
    """The members of a schema's union, each once; a single one for most schemas."""
    if values := schema.get("enum"):
        members = [_literal(value) for value in values]
    elif variants := _variants(schema):
        members = [render(variant, indent) for variant in variants]
    else:
        members = [_single(schema, indent)]
    if schema.get("nullable") is True:
        members.append("null")
    return list(dict.fromkeys(members))


def _single(schema: Schema, indent: str) -> str:
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, indent)
    if kind == "array":
        return _array(schema, indent)
    if kind is None:
        return "never" if schema.get("not") == {} else "any"
    return _PRIMITIVES.get(kind, "unknown")


def _operand(schema: Schema, indent: str) -> str:
    """A type that something binds to, such as `[]`: unions in parentheses."""
    if _is_listed(schema):
        return render(schema, indent)
    members = _alternatives(schema, indent)
    text = " | ".join(members)
    return f"({text})" if len(members) > 1 else text


def _array(schema: Schema, indent: str) -> str:
    rest = schema.get("items")
    if (first := schema.get("prefixItems")) is not None:
        members = [render(each, indent) for each in first]
        if rest:
            members.append(f"...{_operand(rest, indent)}[]")
        return f"[{', '.join(members)}]"
    return "Array<any>" if rest is None else f"{_operand(rest, indent)}[]"


def _object(schema: Schema, indent: str) -> str:
    properties = schema.get("properties") or {}
    index = _index_signature(schema, indent)
    if index and not properties:
        return index
    required = schema.get("required") or ()
    lines = _comment(schema.get("description"), indent)
    lines.append("{")
    for key, value in properties.items():
        lines += _property(key, value, key in required, indent)
    lines.append(f"{indent}}}" + (f" & {index}" if index else ""))
    return "\n".join(lines)


def _index_signature(schema: Schema, indent: str) -> str:
    """`{ [key: string]: T }` for a dictionary, "" for an object without further keys.

    Values of any type are not mentioned beside named properties: that is JSON Schema's default.
    """
    values = schema.get("additionalProperties", False)
    if values is False or (not values and schema.get("properties")):
        return ""
    value_type = render(values, indent)
    names = schema.get("propertyNames") or {}
    if names.get("enum"):
        return f"{{ [key in {render({'enum': names['enum']})}]?: {value_type} }}"
    return f"{{ [key: string]: {value_type} }}"


def _property(key: str, schema: Schema, required: bool, indent: str) -> list[str]:
    name = key if key.replace("$", "_").isidentifier() else _literal(key)
    mark = "" if required else "?"
    head = _comment(schema.get("title"), indent)
    if head:
        head.append(f"{indent}//")
    description = _comment(schema.get("description"), indent)
    examples = _examples(schema, indent)
    limits = _comment(_constraints(schema), indent)
    default = f"default: {_default(schema)}" if "default" in schema else ""
    if _is_listed(schema):
        return [
            *(*head, *examples, *description, *limits, *_comment(default, indent)),
            f"{indent}{name}{mark}:",
            *_listing(schema, indent),
            f"{indent},",
        ]
    text = render(schema, indent + _INDENT)
    tail = f" // {default}" if default else ""
    return [
        *(*head, *description, *examples, *limits),
        f"{indent}{name}{mark}: {text},{tail}",
    ]


def _is_listed(schema: Schema) -> bool:
    """True for a union whose members stand on lines of their own."""
    if "oneOf" in schema:
        return True
    present = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return len(present) > 1 and any(_is_block(each) or _remark(each, "") for each in present)


def _is_block(schema: Schema) -> bool:
    """True when the type spans lines."""
    if schema.get("type") == "object":
        values = schema.get("additionalProperties", False)
        return bool(schema.get("properties")) or values is False or _is_block(values)
    inner = [schema.get("items") or {}, *schema.get("prefixItems", ())]
    return _is_listed(schema) or any(map(_is_block, (*_variants(schema), *filter(None, inner))))


def _listing(schema: Schema, indent: str) -> list[str]:
    """The lines of a listed union: ` | T // remark`."""
    described = schema.get("description")
    lines = []
    for variant in _variants(schema):
        remark = _remark(variant, described)
        comment = f" // {remark}" if remark else ""
        lines.append(f"{indent} | {render(variant, f'{indent}   ')}{comment}")
    if schema.get("nullable") is True:
        lines.append(f"{indent} | null")
    return lines


def _remark(variant: Schema, said_above: object) -> str:
    """What is said behind a member of a union: description, limits, default."""
    description = variant.get("description")
    parts = [_constraints(variant)]
    if description and description != said_above:
        parts.insert(0, " ".join(description.splitlines()))
    if "default" in variant:
        parts.append(f"default: {_default(variant)}")
    return " ".join(filter(None, parts))


def _variants(schema: Schema) -> Sequence[Schema]:
    variants: Sequence[Schema] = schema.get("oneOf") or schema.get("anyOf") or ()
    return variants


def _constraints(schema: Schema) -> str:
    """The limits on a value, or on the only one of its variants that is not null."""
    inner = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(inner) == 1:
        return _constraints(inner[0])
    known = [key for key in _CONSTRAINTS if key in schema and _is_telling(key, schema)]
    said = [f"{key}: {_plain(schema[key])}" for key in known]
    if (items := schema.get("items")) and (limits := _constraints(items)):
        said.append(f"items: {limits}")
    return ", ".join(said)


def _is_telling(key: str, schema: Schema) -> bool:
    if key in ("minItems", "maxItems"):
        return "prefixItems" not in schema
    if key == "format":
        return schema.get("type") == "string"
    if key == "pattern":
        return not str(schema[key]).startswith(_DECIMAL_PATTERN)
    return schema[key] is not False


def _examples(schema: Schema, indent: str) -> list[str]:
    examples = schema.get("examples")
    if not isinstance(examples, list) or not examples:
        return []
    return [f"{indent}// Examples:", *(f"{indent}// - {_literal(each)}" for each in examples)]


def _default(schema: Schema) -> str:
    """A default as a comment gives it: strings quoted, but not those of an enum."""
    value = schema["default"]
    inner = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    chosen = inner[0] if len(inner) == 1 else schema
    return _plain(value) if chosen.get("enum") else _literal(value)


def _plain(value: object) -> str:
    """A value within a comment, strings without quotes."""
    return " ".join(value.splitlines()) if isinstance(value, str) else _literal(value)


def _literal(value: object) -> str:
    """A JSON value as a TypeScript literal, spelled as serde_json does."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        pairs = (f"{_literal(str(key))}:{_literal(each)}" for key, each in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)


def _number(value: float) -> str:
    """A float in its shortest digits, positional from 1e-5 to below 1e16: Rust's spelling.

    JSON knows no infinity; as a literal it is a number too large to be anything else.
    """
    if not math.isfinite(value):
        return "null" if math.isnan(value) else f"{'-' * (value < 0)}1e999"
    number = Decimal(repr(value)).normalize()
    magnitude = number.adjusted()
    if value == 0 or -6 < magnitude < 16:
        text = f"{number:f}"
        return text if "." in text else f"{text}.0"
    sign, digits, _ = number.as_tuple()
    fraction = "".join(map(str, digits[1:]))
    mantissa = f"{'-' * sign}{digits[0]}" + (f".{fraction}" if fraction else "")
    return f"{mantissa}e{magnitude}"


def _comment(text: object, indent: str) -> list[str]:
    lines: Iterable[str] = text.splitlines() if isinstance(text, str) else ()
    return [f"{indent}// {line}" for line in lines]
