"""JSON Schemas made narrow enough for a grammar to hold: closed objects, real dates.

A grammar writes what a schema allows, to the letter, so `close` takes away what a weak model could
lose itself in and what a validator would not take after all: properties nobody asked for, numbers
of a thousand digits, the 30th of February. What it gives allows only values that the schema given
to it allows too. Knows JSON Schema only; whether a grammar engine can hold the rest is the engine's
to say. Not covered: what only code can check, such as a pydantic validator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentkit.errors import UserError

JsonSchema = Mapping[str, Any]

_MAX_DEPTH = 80
_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
    | {"discriminator", "nullable", "$schema", "$id", "$comment"}
    | {"contentMediaType", "contentEncoding", "contentSchema"}
)
_MAPS = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"))
_LISTS = frozenset(("anyOf", "allOf", "oneOf", "prefixItems"))
_VALUES = frozenset(("items", "additionalProperties", "propertyNames", "additionalItems"))

_LARGEST = 2**53 - 1
"""Beyond it a number is not the same in every program that reads JSON (RFC 8259, section 6)."""

_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DATE = (
    rf"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    rf"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])"
_HEX = "[0-9a-f]"
_HOST = r"(?:[a-z0-9]{1,20}(?:-[a-z0-9]{1,20}){0,2}\.){1,3}[a-z]{2,24}"
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_PATTERNS = {
    "date": _DATE,
    "date-time": f"{_DATE}T{_CLOCK}{_ZONE}",
    "time": _CLOCK + _ZONE,
    "duration": (
        r"P(?:[0-9]{1,4}D(?:T[0-9]{1,4}H)?|T(?:[0-9]{1,4}H)?[0-9]{1,4}M(?:[0-9]{1,4}S)?"
        r"|T[0-9]{1,4}[HS])"
    ),
    "uuid": "-".join([rf"{_HEX}{{8}}", *[rf"{_HEX}{{4}}"] * 3, rf"{_HEX}{{12}}"]),
    "email": rf"[A-Za-z0-9]{{1,20}}(?:[._+-][A-Za-z0-9]{{1,20}}){{0,2}}@{_HOST}",
    "uri": rf"https?://{_HOST}(?::[1-9][0-9]{{1,3}})?(?:/[A-Za-z0-9._~-]{{0,64}}){{0,9}}(?:\?[A-Za-z0-9=&_-]{{0,256}})?",
    "ipv4": rf"{_BYTE}(?:\.{_BYTE}){{3}}",
    "ipv6": rf"(?:{_HEX}{{1,4}}:){{7}}{_HEX}{{1,4}}",
    "hostname": _HOST,
}
"""Formats as patterns. They are narrower than their RFCs where readers of the format disagree:
no leap seconds, whole IPv6 addresses, web addresses of a plain spelling and a bounded length."""
_SAYS_NOTHING = frozenset(("password", "binary", "path", "file-path", "directory-path", "byte"))
"""Formats that any string has."""


def close(schema: JsonSchema, *, lenient: bool = False) -> dict[str, Any]:
    """The narrow form of `schema`, with its references kept.

    Objects with `properties` take no others, unless they say so themselves; integers stay within
    53 bits; known formats become patterns, rules for names properties, and `oneOf` `anyOf`; what
    only describes is dropped.

    Args:
        schema: JSON Schema; not changed.
        lenient: drop formats that are not known, and take a `oneOf` whose variants overlap for an
            `anyOf`, instead of refusing them.

    Raises:
        UserError: an unknown format or such a `oneOf`; a schema nested more than 80 deep.
    """
    return _Closer(schema, lenient).schema(schema, "#")


class _Closer:
    """One pass over one document; `where` is the path to the part at hand, for errors."""

    def __init__(self, document: JsonSchema, lenient: bool) -> None:
        self._document = document
        self._lenient = lenient

    def schema(self, source: JsonSchema, where: str) -> dict[str, Any]:
        if where.count("/") > 2 * _MAX_DEPTH:
            raise UserError(f"the schema is nested too deep at {where[:200]}…")
        closed = {
            key: self._part(key, value, f"{where}/{key}")
            for key, value in source.items()
            if key not in _ANNOTATIONS
        }
        self._one_of(closed, source, where)
        self._format(closed, where)
        self._named(closed)
        if closed.get("uniqueItems") is False:
            del closed["uniqueItems"]
        if "properties" in closed and "patternProperties" not in closed:
            closed.setdefault("additionalProperties", False)
        if closed.get("type") == "integer" and "enum" not in closed and "const" not in closed:
            _bound(closed)
        return closed

    def _part(self, key: str, value: Any, where: str) -> Any:
        if key in _MAPS and isinstance(value, Mapping):
            return {name: self._any(each, f"{where}/{name}") for name, each in value.items()}
        if key in _LISTS or (key == "items" and isinstance(value, list)):
            return [self._any(each, f"{where}/{index}") for index, each in enumerate(value)]
        if key in _VALUES:
            return self._any(value, where)
        return value

    def _any(self, value: Any, where: str) -> Any:
        return self.schema(value, where) if isinstance(value, Mapping) else value

    def _one_of(self, closed: dict[str, Any], source: JsonSchema, where: str) -> None:
        if "oneOf" not in closed:
            return
        variants = closed.pop("oneOf")
        if "anyOf" in closed or not (self._lenient or self._exclusive(source["oneOf"])):
            raise UserError(
                f"oneOf at {where}: its variants may overlap, and no grammar can hold that"
                " exactly one fits; use anyOf, or give each variant a property that tells it apart"
            )
        closed["anyOf"] = variants

    def _exclusive(self, variants: list[Any]) -> bool:
        """Whether no value fits two of `variants`: by type, or by a constant each requires."""
        resolved = [self._resolved(variant) for variant in variants]
        kinds = [each.get("type") for each in resolved]
        if all(isinstance(kind, str) for kind in kinds) and len(set(kinds)) == len(kinds):
            return {"integer", "number"} - set(kinds) != set()
        return any(_tells_apart(name, resolved) for name in resolved[0].get("properties", {}))

    def _resolved(self, variant: Any) -> JsonSchema:
        reference = variant.get("$ref", "") if isinstance(variant, Mapping) else ""
        target: Any = self._document if reference else variant
        for step in reference.removeprefix("#").split("/")[1:]:
            target = target.get(step, {}) if isinstance(target, Mapping) else {}
        return target if isinstance(target, Mapping) else {}

    def _named(self, closed: dict[str, Any]) -> None:
        """Turn rules for the names of properties into properties of those names, where it can."""
        if "propertyNames" not in closed or closed.get("properties"):
            return
        names = self._resolved(closed["propertyNames"])
        values = [names["const"]] if "const" in names else names.get("enum")
        others = closed.get("additionalProperties", {})
        if values is not None:
            closed["properties"] = {str(name): others for name in values}
        elif names.keys() <= {"type", "pattern"}:
            closed["patternProperties"] = {names.get("pattern", ""): others}
        else:
            return
        closed["additionalProperties"] = False
        del closed["propertyNames"]

    def _format(self, closed: dict[str, Any], where: str) -> None:
        name = closed.get("format")
        if not isinstance(name, str):
            return
        if name in _PATTERNS and "pattern" not in closed:
            del closed["format"]
            closed["pattern"] = f"^(?:{_PATTERNS[name]})$"
            for bound, reachable in (("minLength", 1), ("maxLength", 2083)):
                if closed.get(bound) == reachable:  # pydantic's addresses have both
                    del closed[bound]
        elif name in _SAYS_NOTHING or closed.get("type") != "string" or self._lenient:
            del closed["format"]
        elif name not in _PATTERNS:
            raise UserError(f"format {name!r} at {where} is not one that a grammar can hold")


def _tells_apart(name: str, variants: list[JsonSchema]) -> bool:
    """Whether each variant requires property `name` to be a constant of its own."""
    seen: list[Any] = []
    for variant in variants:
        own = variant.get("properties", {}).get(name, {})
        values = [own["const"]] if "const" in own else own.get("enum", [])
        if not values or name not in variant.get("required", ()) or any(v in seen for v in values):
            return False
        seen += values
    return True


def _bound(closed: dict[str, Any]) -> None:
    """Keep an integer within 53 bits, where the schema itself does not."""
    if "minimum" not in closed and "exclusiveMinimum" not in closed:
        closed["minimum"] = min(-_LARGEST, closed.get("maximum", 0))
    if "maximum" not in closed and "exclusiveMaximum" not in closed:
        closed["maximum"] = max(_LARGEST, closed.get("minimum", 0))
