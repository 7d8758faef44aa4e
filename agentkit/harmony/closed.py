"""JSON Schemas made narrow enough for a grammar to hold: closed objects, real dates.

A grammar writes what a schema allows, to the letter, so `close` takes away what a weak model could
lose itself in and what a validator would not take after all: properties nobody asked for, numbers
of a thousand digits, the 30th of February. What it gives allows only values that the schema given
to it allows too. Knows JSON Schema only; whether a grammar engine can hold the rest is the engine's
to say. Not covered: what only code can check, such as a pydantic validator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from agentkit.errors import UserError
from agentkit.harmony.reference import referred

JsonSchema = Mapping[str, Any]

_MAX_DEPTH = 80
_MAX_PARTS = 20_000
_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
    | {"discriminator", "nullable", "$schema", "$id", "$comment"}
    | {"contentMediaType", "contentEncoding", "contentSchema"}
)
_MAPS = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"))
_DEFINITIONS = frozenset(("$defs", "definitions"))
_OF_OBJECTS = frozenset(("type", "properties", "required", "additionalProperties"))
_LISTS = frozenset(("anyOf", "allOf", "oneOf", "prefixItems"))
_VALUES = frozenset(("items", "additionalProperties", "propertyNames", "additionalItems"))

_LARGEST = 2**53 - 1
"""Beyond it a number is not the same in every program that reads JSON (RFC 8259, section 6)."""
_OUT_OF_REACH = 2**63
"""Engines count that far, and silently hold other bounds than those beyond."""

_NEVER_HELD = (
    "formatMinimum", "formatExclusiveMinimum", "formatMaximum", "formatExclusiveMaximum",
    "maxDigits",
)  # fmt: skip
"""Conditions that engines do not know, and so would not hold."""
_INTEGER_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")

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
_PATH = "(?:/[A-Za-z0-9._~-]{0,64})"
_PATH_AND_QUERY = rf"{_PATH}{{0,9}}(?:\?[A-Za-z0-9=&_-]{{0,256}})?"
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_PATTERNS = {
    "date": _DATE,
    "date-time": f"{_DATE}T{_CLOCK}{_ZONE}",
    "time": _CLOCK + _ZONE,
    "duration": (
        r"P(?:[0-9]{1,4}D(?:T[0-9]{1,4}H)?|T(?:[0-9]{1,4}H)?[0-9]{1,4}M(?:[0-9]{1,4}S)?"
        r"|T[0-9]{1,4}[HS])"
    ),
    "date-time-local": f"{_DATE}T{_CLOCK}",
    "uuid": "-".join([rf"{_HEX}{{8}}", *[rf"{_HEX}{{4}}"] * 3, rf"{_HEX}{{12}}"]),
    "email": rf"[A-Za-z0-9]{{1,20}}(?:[._+-][A-Za-z0-9]{{1,20}}){{0,2}}@{_HOST}",
    "uri": rf"https?://{_HOST}(?::[1-9][0-9]{{1,3}})?{_PATH_AND_QUERY}",
    "ipv4": rf"{_BYTE}(?:\.{_BYTE}){{3}}",
    "ipv6": rf"(?:{_HEX}{{1,4}}:){{7}}{_HEX}{{1,4}}",
    "hostname": _HOST,
}
_PATTERNS |= {
    f"uuid{version}": _PATTERNS["uuid"].replace(
        f"{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}",
        f"{version}{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{12}}",
    )
    for version in range(1, 9)
}
_PATTERNS["ipvanyaddress"] = f"(?:{_PATTERNS['ipv4']}|{_PATTERNS['ipv6']})"
"""Formats as patterns. They are narrower than their RFCs where readers of the format disagree:
no leap seconds, whole IPv6 addresses, web addresses of a plain spelling and a bounded length."""
_SAYS_NOTHING = frozenset(("password", "binary", "path", "byte"))
"""Formats that any string has."""
_SCHEME = re.compile(r"\^(\((?:\?:)?[a-z0-9|\\+.-]+\)|[a-z0-9\\+.-]+\??)://")
"""The pattern of an address that says which schemes it may have."""


def close(schema: JsonSchema, *, lenient: bool = False) -> dict[str, Any]:
    """The narrow form of `schema`, with its references kept.

    Objects with `properties` take no others, unless they say so themselves, and have all that are
    constants; several objects that a value is at once become one; integers stay within 53 bits;
    known formats become patterns, rules for names properties, and `oneOf` `anyOf`; what only
    describes is dropped.

    Args:
        schema: JSON Schema; not changed.
        lenient: drop formats that are not known, and take a `oneOf` whose variants overlap for an
            `anyOf`, instead of refusing them.

    Raises:
        UserError: an unknown format or such a `oneOf`; a schema nested more than 80 deep.
    """
    return _Closer(schema, lenient).schema(schema, "#")


def uncounted(pattern: str) -> str:
    """A pattern that `close` gave, without the limits to the length of a web address: to count that
    far in loops within loops takes xgrammar ten times as long as all the rest."""
    return pattern.replace(_PATH_AND_QUERY, r"(?:/[A-Za-z0-9._~-]*)*(?:\?[A-Za-z0-9=&_-]*)?")


class _Closer:
    """One pass over one document; `where` is the path to the part at hand, for errors."""

    def __init__(self, document: JsonSchema, lenient: bool) -> None:
        self._document = document
        self._lenient = lenient
        self._count = 0
        self._plain_ones: dict[str, JsonSchema | None] = {}

    def schema(self, source: JsonSchema, where: str) -> dict[str, Any]:
        self._count += 1
        if where.count("/") > 2 * _MAX_DEPTH or self._count > _MAX_PARTS:
            how = "nested too deep" if self._count <= _MAX_PARTS else "too large"
            raise UserError(f"the schema is {how} at {where[:200]}…")
        source = self._joined(source)
        closed = {
            key: self._part(key, value, f"{where}/{key}")
            for key, value in source.items()
            if key not in _ANNOTATIONS
        }
        self._one_of(closed, source, where)
        self._format(closed, where)
        self._never_held(closed, where)
        self._named(closed)
        if closed.get("uniqueItems") is False:
            del closed["uniqueItems"]
        if "properties" in closed or "patternProperties" in closed:
            _close_object(closed)
        if closed.get("type") == "integer" and "enum" not in closed and "const" not in closed:
            _bound(closed)
        return closed

    def _joined(self, source: JsonSchema) -> JsonSchema:
        """One object for the several that `source` says a value is at once, where that is possible.

        Closed one by one they would rule out each other's properties.
        """
        for key in ("anyOf", "oneOf"):
            variants = source.get(key)
            if "properties" in source and isinstance(variants, list):
                rest = {name: value for name, value in source.items() if name != key}
                whole = [self._plain({"allOf": [rest, variant]}) for variant in variants]
                return source if None in whole else {**_definitions(source), key: whole}
        parts = _parts(source)
        objects = [self._plain(part) for part in parts] if len(parts) > 1 else []
        found = [each for each in objects if each is not None]
        if not found or len(found) < len(parts):
            return source
        return {**_definitions(source), **_merged(found)}

    def _plain(self, part: Any) -> JsonSchema | None:
        """`part` as one object that only says which properties it has; None where it says more."""
        parts = _parts(part) if isinstance(part, Mapping) else []
        if len(parts) == 1 and "$ref" in parts[0]:
            reference = str(parts[0]["$ref"])
            if reference not in self._plain_ones:
                self._plain_ones[reference] = None  # What it is while it refers to itself.
                self._plain_ones[reference] = self._plain(self._resolved(parts[0]))
            return self._plain_ones[reference]
        if len(parts) == 1 and "allOf" in part:
            return self._plain(parts[0])
        joined = self._joined(part) if parts else {}
        return joined if _is_plain(joined) else None

    def _part(self, key: str, value: Any, where: str) -> Any:
        if key in _MAPS and isinstance(value, Mapping):
            return {name: self._any(each, f"{where}/{name}") for name, each in value.items()}
        if key in (*_LISTS, "items") and isinstance(value, list):
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
        exclusive = isinstance(variants, list) and self._exclusive(source["oneOf"])
        if "anyOf" in closed or not (self._lenient or exclusive):
            raise UserError(
                f"oneOf at {where}: its variants may overlap, and no grammar can hold that"
                " exactly one fits; use anyOf, or give each variant a property that tells it apart"
            )
        closed["anyOf"] = variants

    def _exclusive(self, variants: list[Any]) -> bool:
        """Whether no value fits two of `variants`: by type, by value, or by a constant property."""
        resolved = [self._resolved(variant) for variant in variants]
        if _differ([_values(each) for each in resolved]):
            return True
        kinds = [each.get("type") for each in resolved]
        if all(isinstance(kind, str) for kind in kinds) and len(set(kinds)) == len(kinds):
            return {"integer", "number"} - set(kinds) != set()
        return any(
            _differ([self._tags(name, each) for each in resolved])
            for name in dict.fromkeys(name for each in resolved for name in self._names(each))
        )

    def _names(self, variant: JsonSchema) -> Iterable[str]:
        """The properties that `variant` names; those of its first variant where it is a choice."""
        choice = variant.get("oneOf")
        if isinstance(choice, list) and choice:
            return self._names(self._resolved(choice[0])) if choice[0] is not variant else ()
        return _mapping(variant.get("properties"))

    def _tags(self, name: str, variant: JsonSchema) -> list[Any]:
        """The values that property `name` has in `variant`, which has it; empty when unknown."""
        choice = variant.get("oneOf")
        if isinstance(choice, list):
            found = [self._tags(name, self._resolved(each)) for each in choice]
            return [value for values in found for value in values] if all(found) else []
        own = _mapping(_mapping(variant.get("properties")).get(name))
        required = variant.get("required")
        written = "const" in own or (isinstance(required, list) and name in required)
        return _values(own) if written else []

    def _resolved(self, variant: Any) -> JsonSchema:
        reference = _mapping(variant).get("$ref")
        if not isinstance(reference, str):
            return _mapping(variant)
        try:
            return _mapping(referred(self._document, reference))
        except UserError:
            return {}

    def _named(self, closed: dict[str, Any]) -> None:
        """Turn rules for the names of properties into properties of those names, where it can."""
        if "propertyNames" not in closed or closed.get("properties"):
            return
        names = self._resolved(closed["propertyNames"])
        values = [names["const"]] if "const" in names else names.get("enum")
        values = [] if closed["propertyNames"] is False else values
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
        if (pattern := _format_pattern(name, closed)) is not None:
            del closed["format"]
            closed["pattern"] = f"^(?:{pattern})$"
            for bound, reachable in (("minLength", 1), ("maxLength", 2083)):
                if closed.get(bound) == reachable:  # pydantic's addresses have both
                    del closed[bound]
        elif name in _SAYS_NOTHING or not _is_string(closed) or self._lenient:
            del closed["format"]
        elif name not in _PATTERNS:
            raise UserError(f"format {name!r} at {where} is not one that a grammar can hold")

    def _never_held(self, closed: dict[str, Any], where: str) -> None:
        large = [key for key in _INTEGER_BOUNDS if _is_number(closed.get(key))]
        large = [key for key in large if abs(closed[key]) >= _OUT_OF_REACH]
        for key in (*_NEVER_HELD, *(large if closed.get("type") == "integer" else ())):
            if key in closed and not self._lenient:
                raise UserError(f"{key} {closed[key]} at {where} is not what a grammar can hold")
            closed.pop(key, None)


def _format_pattern(name: str, closed: dict[str, Any]) -> str | None:
    """What a format, and the schemes that an address is said to have, allow; None if unknown."""
    if "pattern" not in closed:
        return _PATTERNS.get(name)
    scheme = _SCHEME.fullmatch(str(closed["pattern"])) if name == "uri" else None
    if scheme is None:
        return None
    if scheme[1] == "file":
        return f"file://{_PATH}{{1,9}}"
    return _PATTERNS["uri"].replace("https?", scheme[1], 1)


def _is_string(closed: dict[str, Any]) -> bool:
    kinds = closed.get("type")
    return "string" in (kinds if isinstance(kinds, list) else [kinds])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _values(schema: JsonSchema) -> list[Any]:
    """All that a constant or an enumeration allows; empty for other schemas."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return values if isinstance(values, list) else []


def _differ(choices: list[list[Any]]) -> bool:
    """Whether there are values in each of `choices` and none is in two."""
    seen: list[Any] = []
    for values in choices:
        if not values or any(value in seen for value in values):
            return False
        seen += values
    return True


def _close_object(closed: dict[str, Any]) -> None:
    """Rule out other properties; those of one possible value are always written."""
    properties = closed.get("properties", {})
    required = closed.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return  # The engine says what is wrong with it.
    constant = [name for name, each in properties.items() if "const" in _mapping(each)]
    added = [name for name in constant if name not in required]
    if added and "maxProperties" not in closed:
        closed["required"] = [*required, *added]
    if "additionalProperties" not in closed:
        closed["additionalProperties"] = False
        if "patternProperties" not in closed:
            free: dict[str, Any] = {name: {} for name in required if name not in properties}
            closed["properties"] = {**properties, **free}


def _bound(closed: dict[str, Any]) -> None:
    """Keep an integer within 53 bits, where the schema itself does not."""
    least = [closed[key] for key in ("minimum", "exclusiveMinimum") if _is_number(closed.get(key))]
    most = [closed[key] for key in ("maximum", "exclusiveMaximum") if _is_number(closed.get(key))]
    if not least:
        closed.setdefault(
            "minimum", min([-_LARGEST, *(2 * end for end in most if end < -_LARGEST)])
        )
    if not most:
        closed.setdefault("maximum", max([_LARGEST, *(2 * end for end in least if end > _LARGEST)]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _merged(objects: list[JsonSchema]) -> dict[str, Any]:
    """The object that has the properties of several plain ones."""
    properties: dict[str, Any] = {}
    for each in objects:
        for name, value in each.get("properties", {}).items():
            known = properties.get(name, value)
            properties[name] = value if known == value else {"allOf": [known, value]}
    required = dict.fromkeys(name for each in objects for name in each.get("required", ()))
    return {"type": "object", "properties": properties, "required": [*required]}


def _is_plain(source: JsonSchema) -> bool:
    """Whether it says of an object which properties it has, and nothing else."""
    return (
        source.keys() <= _OF_OBJECTS | _ANNOTATIONS | _DEFINITIONS
        and source.get("type", "object") == "object"
        and source.get("additionalProperties", True) is True
        and isinstance(source.get("properties", {}), Mapping)
        and isinstance(source.get("required", []), list)
        and bool(source)
    )


def _parts(source: JsonSchema) -> list[Any]:
    """All the schemas that a value of `source` has to fit, its own keywords as one of them."""
    said_apart = {"allOf", "$ref"} | _ANNOTATIONS | _DEFINITIONS
    own = {key: value for key, value in source.items() if key not in said_apart}
    referred = [{"$ref": source["$ref"]}] if "$ref" in source else []
    all_of = source.get("allOf")
    return [*([own] if own else []), *referred, *(all_of if isinstance(all_of, list) else [])]


def _definitions(source: JsonSchema) -> dict[str, Any]:
    return {key: value for key, value in source.items() if key in _DEFINITIONS}
