"""JSON Schemas as rules of the EBNF that llama.cpp and xgrammar read.

JSON is compact, objects hold their properties in the schema's order, strings and numbers follow
automata. What is written fits the schema; a condition that rules cannot hold is refused by name,
or dropped where the caller is lenient. `closed` prepares the schema. Not covered: conditions over
several values (`uniqueItems`, `if`, `not`, `dependentRequired`), `multipleOf`, overlapping unions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from agentkit.errors import UserError
from agentkit.harmony.automaton import Expression, automaton, none_of
from agentkit.harmony.closed import JsonSchema, close, uncounted
from agentkit.harmony.ebnf import Rules
from agentkit.harmony.numerals import Bounds, integers, numbers
from agentkit.harmony.pattern import ANY, parse
from agentkit.harmony.reference import referred

_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "object": (
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames",
        "minProperties", "maxProperties",
    ),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "additionalItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": _NUMBER,
    "integer": _NUMBER,
}  # fmt: skip
_NEVER = (
    "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies",
    "contains", "minContains", "maxContains", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_MOST_OPTIONAL = 1_500
_NUMBERS = ("integer", "number")
_ELSEWHERE = frozenset(("$defs", "definitions", "x-guidance"))
_SAID = {
    "$ref",
    "anyOf",
    "allOf",
    "const",
    "enum",
    "type",
    *(key for k in _KEYS.values() for key in k),
}
_IS: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def add_json(rules: Rules, schema: JsonSchema, *, lenient: bool = False) -> str:
    """Add what JSON of `schema` may be.

    Args:
        rules: where to.
        schema: JSON Schema of any value; not changed.
        lenient: drop the conditions that rules cannot hold instead of refusing them.

    Returns:
        The expression to refer to it by.

    Raises:
        UserError: a condition that cannot be held, or conditions that no value fits; it is named.
    """
    return _Schema(rules, close(schema, lenient=lenient), lenient).whole()


class _Member(NamedTuple):
    """A property: its name as it is spelled, what its value may be, whether it must be there."""

    name: str
    value: str
    needed: bool


class _Schema:
    """The rules of one document. `where` is the path to the part at hand, for errors; `owner` the
    reference that would be met again at once if the part led back to it, which has no end."""

    def __init__(self, rules: Rules, document: JsonSchema, lenient: bool) -> None:
        self._rules = rules
        self._document = document
        self._lenient = lenient
        self._references: dict[str, str] = {}
        self._waiting: list[str] = []
        self._leads: dict[str, set[str]] = {}
        self._known: dict[tuple[object, ...], str] = {}

    def whole(self) -> str:
        """The expression of the document, with the rules of all it refers to."""
        expression = self._refer("#")
        while self._waiting:
            reference = self._waiting.pop()
            body = self._value(referred(self._document, reference), reference, reference)
            self._rules.define(self._references[reference], body)
        try:
            TopologicalSorter(self._leads).prepare()
        except CycleError as error:
            raise UserError(f"{error.args[1][0]} refers to itself without an end") from None
        return expression

    def _drop(self, what: str, where: str) -> None:
        """Go on without a condition, if that may be."""
        if not self._lenient:
            raise UserError(f"{what} at {where} is more than this server's grammar can hold")

    def _refer(self, reference: str, owner: str | None = None) -> str:
        if owner is not None:
            self._leads.setdefault(owner, set()).add(reference)
        if reference not in self._references:
            self._references[reference] = self._rules.reserve("value")
            self._waiting.append(reference)
        return self._references[reference]

    def _value(self, schema: Any, where: str, owner: str | None = None) -> str:
        """An expression for the values of `schema`."""
        if schema is False or schema == {"not": {}}:
            raise UserError(f"no value fits the schema at {where}")
        if not isinstance(schema, Mapping) or not schema.keys() - _ELSEWHERE:
            return self._anything()
        for key in _NEVER:
            if key in schema:
                self._drop(key, where)
        if "$ref" in schema:
            self._alone("$ref", schema, where)
            return self._refer(str(schema["$ref"]), owner)
        for key in ("anyOf", "allOf"):
            if key in schema:
                return self._variants(key, schema, where, owner)
        if "const" in schema or "enum" in schema:
            return self._enumeration(schema, where)
        kinds = _kinds(schema)
        if not kinds:
            return self._anything()
        return _either([self._typed(kind, schema, where) for kind in kinds])

    def _alone(self, key: str, schema: JsonSchema, where: str) -> bool:
        """Whether `key` says all there is to say; where it does not, what else is said may win."""
        beside = sorted(schema.keys() & _SAID - {key, *_NEVER})
        if beside:
            self._drop(f"{key} beside {beside[0]}", where)
        return not beside

    def _variants(self, key: str, schema: JsonSchema, where: str, owner: str | None) -> str:
        if not self._alone(key, schema, where) and _kinds(schema):
            rest = {name: value for name, value in schema.items() if name != key}
            return self._value(rest, where, owner)
        variants = [each for each in schema[key] if each is not False]
        if key == "allOf" and len(variants) > 1:
            self._drop("allOf of several schemas", where)
            del variants[1:]
        if not variants:
            raise UserError(f"no value fits the schema at {where}")
        paths = [f"{where}/{key}/{index}" for index in range(len(variants))]
        return _either(
            [self._value(each, path, owner) for each, path in zip(variants, paths, strict=True)]
        )

    def _enumeration(self, schema: JsonSchema, where: str) -> str:
        key = "const" if "const" in schema else "enum"
        values = [schema[key]] if key == "const" else schema[key]
        kinds = _kinds({"type": schema.get("type")})
        self._alone(key, {name: each for name, each in schema.items() if name != "type"}, where)
        fitting = [value for value in values if not kinds or any(_IS[k](value) for k in kinds)]
        if not fitting:
            raise UserError(f"no value fits the {key} at {where}")
        return self._rules.tree({_spelled(value, where): "" for value in fitting})

    def _anything(self) -> str:
        kinds = ("object", "array", "string", "number", "boolean", "null")
        if ("json",) not in self._known:
            name = self._known["json",] = self._rules.reserve("json")
            self._rules.define(name, _either([self._typed(kind, {}, "#") for kind in kinds]))
        return self._known["json",]

    def _typed(self, kind: str, schema: JsonSchema, where: str) -> str:
        match kind:
            case "null":
                return '"null"'
            case "boolean":
                return '("true" | "false")'
            case "string":
                return self._string(schema, where)
            case "integer" | "number":
                return self._number(kind, schema, where)
            case "array":
                return self._array(schema, where)
            case _:
                return self._object(schema, where)

    def _string(self, schema: JsonSchema, where: str) -> str:
        least, most = _range(schema, "minLength", "maxLength", where)
        pattern = schema.get("pattern")
        if "format" in schema:
            self._drop(f"format {schema['format']!r} beside a pattern", where)
        if isinstance(pattern, str):
            pattern = pattern if self._rules.deterministic else uncounted(pattern)
            held = self._automaton(
                ("string", pattern, least, most), lambda: parse(pattern), where, least, most
            )
            if held:
                return held
        return self._rules.string_within(least, most)

    def _number(self, kind: str, schema: JsonSchema, where: str) -> str:
        places = _places(schema.get("multipleOf"))
        if places is None and "multipleOf" in schema:
            self._drop(f"multipleOf {schema['multipleOf']}", where)
        elif places == 0:
            kind = "integer"
        bounds = _bounds(schema)
        if kind == "number" and places is not None:
            bounds = replace(bounds, places=min(places, bounds.places))
        make = integers if kind == "integer" else numbers
        held = self._automaton((kind, bounds), lambda: make(bounds), where)
        return held or self._automaton((kind,), lambda: make(Bounds()), where)

    def _automaton(
        self,
        key: tuple[object, ...],
        make: Callable[[], Expression],
        where: str,
        least: int = 0,
        most: int | None = None,
    ) -> str:
        """The rules of an expression, made once; none where it may be dropped."""
        if key not in self._known:
            try:
                expression = make()
                words = automaton(expression, least, most)
            except UserError as error:
                if not self._lenient:
                    raise UserError(f"{error}, at {where}") from None
                return ""
            if key[0] in _NUMBERS:
                self._known[key] = self._rules.digits_of(words, expression)
            else:
                same = expression if least == 0 and most is None else None
                self._known[key] = self._rules.string_of(words, same)
        return self._known[key]

    def _array(self, schema: JsonSchema, where: str) -> str:
        if schema.get("uniqueItems"):
            self._drop("uniqueItems", where)
        least, most = _range(schema, "minItems", "maxItems", where)
        first, rest = schema.get("prefixItems", []), schema.get("items", True)
        if isinstance(rest, list):
            first, rest = rest, schema.get("additionalItems", True)
        if rest is False:
            most = len(first) if most is None else min(most, len(first))
        if most is not None and most < least:
            raise UserError(f"no array is long enough at {where}")
        items = [
            self._value(each, f"{where}/prefixItems/{index}")
            for index, each in enumerate(first[:most])
        ]
        tail = ""
        if most is None or most > len(items):
            item = self._rules.add("item", self._value(rest, f"{where}/items"))
            if not items:
                return self._list(item, least, most)
            following = self._rules.add("next", f'"," {item}')
            more = None if most is None else most - len(items)
            tail = self._rules.repeat(following, max(0, least - len(items)), more)
        for index, item in reversed(list(enumerate(items))):
            tail = f'"," {item} {tail}' if index else f"{item} {tail}"
            if index >= least:
                tail = self._rules.add("rest", f'{tail} | ""')
        return self._rules.add("array", f'"[" {tail} "]"')

    def _list(self, item: str, least: int, most: int | None) -> str:
        following = self._rules.add("next", f'"," {item}')
        more = self._rules.repeat(following, max(0, least - 1), None if most is None else most - 1)
        body = f"{item} {more}" if least else f'({item} {more} | "")'
        return self._rules.add("array", f'"[" {body} "]"')

    def _object(self, schema: JsonSchema, where: str) -> str:
        required = schema.get("required", [])
        members = []
        for name, each in schema.get("properties", {}).items():
            if each is False and name not in required:
                continue
            value = self._value(each, f"{where}/properties/{name}")
            members.append(_Member(f"{_spelled(name, where)}:", value, name in required))
        missing = [name for name in required if name not in schema.get("properties", {})]
        if missing:
            self._drop(f"required {missing[0]!r}, which is no property,", where)
        least, most = _range(schema, "minProperties", "maxProperties", where)
        if least > max(1, sum(member.needed for member in members)):
            self._drop("minProperties", where)
        if members and most is not None and most < len(members):
            self._drop("maxProperties", where)
        other = self._other(schema, where, bool(members))
        if not members:
            return self._free_object(other, least, most)
        # Names that come twice would count once, so where they are counted, no more are allowed.
        ways = self._members(members, other if most is None else "", least)
        return self._rules.add("object", f'"{{" ({ways}) "}}"')

    def _free_object(self, other: str, least: int, most: int | None) -> str:
        if not other or most == 0:
            return '"{}"'
        following = self._rules.add("next", f'"," {other}')
        more = self._rules.repeat(following, 0, None if most is None else most - 1)
        body = f"{other} {more}" if least else f'({other} {more} | "")'
        return self._rules.add("object", f'"{{" {body} "}}"')

    def _members(self, members: list[_Member], other: str, least: int) -> str:
        """Members in order: after each, one of those up to the next that must be there."""
        if sum(not member.needed for member in members) > _MOST_OPTIONAL:
            raise UserError(
                f"more than {_MOST_OPTIONAL} properties that may be left out are too many for a"
                " grammar; require them, or group them in objects of their own"
            )
        others = self._rules.add("next", f'"," {other}') + "*" if other else '""'
        following: dict[str, str] = {}
        may_end = True
        for member in reversed(members):
            ways = [f'"," {self._rules.tree(following)}'] if following else []
            rest = self._rules.add("rest", " | ".join([*ways, *[others] * may_end]))
            if member.needed:
                following, may_end = {}, False
            following[member.name] = f"{member.value} {rest}"
        ways = [self._rules.tree(following)]
        if may_end:
            ways += [f"{other} {others}"] * bool(other) + ['""'] * (least == 0)
        return " | ".join(ways)

    def _other(self, schema: JsonSchema, where: str, named: bool) -> str:
        """A member whose name is no property's; nothing where there is none."""
        patterns = schema.get("patternProperties")
        value = schema.get("additionalProperties", not named)
        key = ""
        if patterns:
            if named or len(patterns) > 1:
                self._drop("patternProperties beside others", where)
                return ""
            ((pattern, value),) = patterns.items()
            key = self._string({"pattern": pattern}, where)
        elif value is False:
            return ""
        if "propertyNames" in schema:
            if named or patterns:
                self._drop("propertyNames beside properties", where)
            elif isinstance(schema["propertyNames"], Mapping):
                key = self._value({"type": "string", **schema["propertyNames"]}, where)
        if not key and named:
            names = [name for name in schema["properties"] if isinstance(name, str)]
            key = self._rules.string_of(none_of(names, ANY))
        path = f"{where}/additionalProperties"
        return self._rules.add(
            "member", f'{key or self._rules.string()} ":" {self._value(value, path)}'
        )


def _either(expressions: list[str]) -> str:
    ways = list(dict.fromkeys(expressions))
    return ways[0] if len(ways) == 1 else f"({' | '.join(ways)})"


def _kinds(schema: JsonSchema) -> list[str]:
    """The types a schema names or, naming none, speaks of: other values fit it too, unsaid."""
    named = schema.get("type")
    kinds = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    if not kinds:
        kinds = [kind for kind, keys in _KEYS.items() if schema.keys() & set(keys)][:1]
    unknown = [kind for kind in kinds if kind not in _IS]
    if unknown:
        raise UserError(f"{unknown[0]!r} is no type of JSON Schema")
    return list(dict.fromkeys(kinds))


def _range(schema: JsonSchema, low: str, high: str, where: str) -> tuple[int, int | None]:
    least, most = schema.get(low, 0), schema.get(high)
    if most is not None and most < least:
        raise UserError(f"{low} is more than {high} at {where}")
    return int(least), None if most is None else int(most)


def _bounds(schema: JsonSchema) -> Bounds:
    """The bounds of a number, whichever of the two ways of exclusion is used."""
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum", False), schema.get("exclusiveMaximum", False)
    if not isinstance(above, bool):
        low, above = (above, True) if low is None or above >= low else (low, False)
    if not isinstance(below, bool):
        high, below = (below, True) if high is None or below <= high else (high, False)
    return Bounds(_decimal(low), _decimal(high), above, below)


def _places(multiple: float | None) -> int | None:
    """How many digits after the point make a multiple of a power of ten; None for others."""
    digits = None if multiple is None else Decimal(str(multiple)).normalize().as_tuple()
    if digits is None or digits.digits != (1,) or not isinstance(digits.exponent, int):
        return None
    return -digits.exponent if digits.exponent <= 0 else None


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _spelled(value: Any, where: str) -> str:
    """`value` as compact JSON that holds no special token's name."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, separators=(",", ":"))
    except (ValueError, TypeError) as error:
        raise UserError(f"a constant at {where} is no JSON: {error}") from None
    return text.replace("<|", "<\\u007c")
