"""JSON Schema made fit for Harmony, whose functions are declared in TypeScript.

`normalise` rewrites a schema, such as pydantic's, into the plain dialect that `typescript` renders:
no references, one `type` each, unions in `anyOf` or `oneOf`, constants as enums, no automatic
titles. The result is still JSON Schema and says the same to a reader, but conditions that no type
can express (`not`, `if`, `dependentRequired`) are gone and unions are flattened: validate arguments
with the original.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agentkit.errors import UserError
from agentkit.harmony.reference import referred
from agentkit.harmony.typescript import render

JsonSchema = Mapping[str, Any]

_MAX_NODES = 20_000
_MAX_DEPTH = 80
_ALIASES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
    "tuple": "array",
    "dict": "object",
}
_NUMBER_KEYS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "maxDigits"),
)
_STRING_KEYS = (
    *("pattern", "format", "minLength", "maxLength"),
    *("formatMinimum", "formatExclusiveMinimum", "formatMaximum", "formatExclusiveMaximum"),
)
_KEYS = {
    "object": ("properties", "required", "additionalProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "string": _STRING_KEYS,
    "number": _NUMBER_KEYS,
    "integer": _NUMBER_KEYS,
}
_ANNOTATIONS = ("title", "description", "default", "examples", "nullable")
_CHECKS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "null": lambda value: value is None,
}


def declaration(name: str, description: str, parameters: JsonSchema | None) -> str:
    """The TypeScript declaration of one function.

    Args:
        name: without namespace.
        description: may span lines; each becomes a comment line.
        parameters: JSON Schema of an object, or None.

    Raises:
        UserError: see `normalise`.
    """
    comment = "".join(f"// {line}\n" for line in description.splitlines())
    argument = "" if parameters is None else f"_: {render(normalise(parameters))}"
    return f"{comment}type {name} = ({argument}) => any;"


def normalise(schema: JsonSchema) -> dict[str, Any]:
    """The schema without references and in plain words; doing it twice changes nothing more.

    Args:
        schema: JSON Schema, as pydantic or an MCP server gives it; not changed.

    Raises:
        UserError: a model that contains itself, a reference that leads nowhere, or a schema too
            large for a prompt.
    """
    return _Normaliser(schema).schema(schema, ())


class _Normaliser:
    """One pass over one document.

    Every method takes `path`, the references being followed: meeting one of them again is
    recursion. Its length is no measure of depth, which is counted apart.
    """

    def __init__(self, document: JsonSchema) -> None:
        self._document = document
        self._nodes = 0
        self._depth = 0

    def schema(self, source: object, path: tuple[str, ...], name: str = "") -> dict[str, Any]:
        """The normalised form of a schema within the document; `name` is its property's."""
        self._nodes += 1
        self._depth += 1
        if self._nodes > _MAX_NODES or self._depth > _MAX_DEPTH:
            raise UserError("the schema is too large or too deep to be shown to a model")
        try:
            if source is False:
                return {"not": {}}
            return self._mapping(source, path, name) if isinstance(source, Mapping) else {}
        finally:
            self._depth -= 1

    def _mapping(self, source: JsonSchema, path: tuple[str, ...], name: str) -> dict[str, Any]:
        notes = _annotations(source, name)
        whole = self._single(source, path)
        if isinstance(reference := source.get("$ref"), str):
            whole = _both(self._referred(reference, path), whole)
        for part in _schemas(source.get("allOf")):
            whole = _both(whole, self.schema(part, path))
        for key in ("anyOf", "oneOf"):
            if variants := _schemas(source.get(key)):
                whole = self._union(key, variants, whole, path)
        return _tidy_union({**whole, **notes})

    def _referred(self, reference: str, path: tuple[str, ...]) -> dict[str, Any]:
        if reference in path:
            raise UserError(_recursion(reference))
        return self.schema(referred(self._document, reference), (*path, reference))

    def _union(
        self, key: str, variants: Sequence[object], base: dict[str, Any], path: tuple[str, ...]
    ) -> dict[str, Any]:
        """`base` joined with a union; variants that only add conditions to `base` say no type."""
        found = [self.schema(variant, path) for variant in variants]
        if _says_type(base):
            typed = [
                variant
                for raw, variant in zip(variants, found, strict=True)
                if isinstance(raw, Mapping) and (raw.keys() - {"required"}) and _says_type(variant)
            ]
            found = [_both(base, variant) for variant in typed]
            if not found or base in found:
                return base
        notes = {key: base[key] for key in _ANNOTATIONS if key in base}
        return {key: found, **notes}

    def _single(self, source: JsonSchema, path: tuple[str, ...]) -> dict[str, Any]:
        """What `source` says by itself: its type or enum and what belongs to that type."""
        values = [source["const"]] if "const" in source else source.get("enum")
        kinds = _types(source)
        if isinstance(values, list) and values:
            return _enumeration(values, kinds)
        if len(kinds) == 1:
            return self._typed(kinds[0], source, path)
        if kinds:
            return {"anyOf": [self._typed(kind, source, path) for kind in kinds]}
        return {"not": {}} if source.get("not") == {} else {}

    def _typed(self, kind: str, source: JsonSchema, path: tuple[str, ...]) -> dict[str, Any]:
        own = {key: source[key] for key in _KEYS.get(kind, ()) if key in source}
        if kind == "object":
            own = self._object(own, source.get("patternProperties"), path)
        elif kind == "array":
            own = self._array(own, source.get("additionalItems"), path)
        return {"type": kind, **own}

    def _object(
        self, own: dict[str, Any], patterns: object, path: tuple[str, ...]
    ) -> dict[str, Any]:
        if isinstance(own.get("properties"), Mapping):
            own["properties"] = {
                str(key): self.schema(value, path, str(key))
                for key, value in own["properties"].items()
            }
        else:
            own.pop("properties", None)
        required = own.pop("required", None)
        if isinstance(required, list) and required:
            own["required"] = [key for key in required if isinstance(key, str)]
        others = list(patterns.values()) if isinstance(patterns, Mapping) else []
        if own.get("additionalProperties") or not others:
            others += [own[key] for key in ("additionalProperties",) if key in own]
        if others:
            values = {"anyOf": others} if len(others) > 1 else others[0]
            own["additionalProperties"] = values is not False and self.schema(values, path)
        if "propertyNames" in own:
            own["propertyNames"] = self.schema(own["propertyNames"], path)
        return own

    def _array(self, own: dict[str, Any], rest: object, path: tuple[str, ...]) -> dict[str, Any]:
        first, items = own.pop("prefixItems", None), own.pop("items", None)
        if isinstance(items, list):  # tuples before JSON Schema 2020-12
            first, items = items, rest
        if own.get("maxItems") == 0:
            first, items = [], None
        if isinstance(first, list):
            own["prefixItems"] = [self.schema(each, path) for each in first]
        if items is not None and items is not False:
            own["items"] = self.schema(items, path)
        return own


def _types(source: JsonSchema) -> list[str]:
    """The types a schema names or, naming none, implies."""
    named = source.get("type")
    kinds = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    kinds = [_ALIASES.get(kind, kind) for kind in kinds if isinstance(kind, str) and kind != "any"]
    if kinds:
        return list(dict.fromkeys(kinds))
    if "patternProperties" in source:
        return ["object"]
    return next(([kind] for kind, keys in _KEYS.items() if any(key in source for key in keys)), [])


def _enumeration(values: list[Any], kinds: list[str]) -> dict[str, Any]:
    """An enum with the values its types allow; null alone is a type."""
    checks = [_CHECKS.get(kind, lambda _: True) for kind in kinds]
    fitting = [value for value in values if any(check(value) for check in checks)] or values
    if fitting == [None]:
        return {"type": "null"}
    return {"type": kinds[0], "enum": fitting} if len(kinds) == 1 else {"enum": fitting}


def _annotations(source: JsonSchema, name: str) -> dict[str, Any]:
    """What a schema says to a reader; a title that only repeats the property's name says nothing.

    Titles elsewhere than on a property are never shown, so they are dropped.
    """
    notes = {key: source[key] for key in _ANNOTATIONS if key in source}
    title = notes.pop("title", None)
    if name and isinstance(title, str) and _letters(title) != _letters(name):
        notes["title"] = title
    if not isinstance(notes.get("description", ""), str):
        del notes["description"]
    if notes.get("nullable", True) is not True:
        del notes["nullable"]
    return notes


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _schemas(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _says_type(schema: JsonSchema) -> bool:
    return any(key in schema for key in ("type", "enum", "anyOf", "oneOf", "not"))


def _both(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """The schema of values that fit two normalised ones; the second's words win.

    Two that exclude each other give the second, for a prompt must say something.
    """
    merged = _intersection(one, two)
    return two if merged is None else merged


def _intersection(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of values that fit both; None when there are none."""
    for this, other in ((one, two), (two, one)):
        if not _says_type(this):
            return {**one, **two}
        for key in ("anyOf", "oneOf"):
            if key in this:
                return _fitting(key, this, other)
    kinds = {one.get("type"), two.get("type")} - {None}
    if len(kinds) > 1 and kinds != {"integer", "number"}:
        return None
    merged = {**one, **two, **_merged_object(one, two)}
    if len(kinds) > 1:
        merged["type"] = "integer"
    if "enum" in one and "enum" in two:
        merged["enum"] = [value for value in one["enum"] if value in two["enum"]]
        return merged if merged["enum"] else None
    return merged


def _fitting(key: str, union: dict[str, Any], other: dict[str, Any]) -> dict[str, Any] | None:
    """A union's variants as far as they fit another schema."""
    parts = [_intersection(variant, other) for variant in union[key]]
    variants = [part for part in parts if part is not None]
    notes = {note: union[note] for note in _ANNOTATIONS if note in union}
    return _tidy_union({key: variants, **notes}) if variants else None


def _merged_object(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """The keywords of an object that two schemas both have: properties of both, all required."""
    merged: dict[str, Any] = {}
    if "properties" in one and "properties" in two:
        merged["properties"] = dict(one["properties"])
        for key, value in two["properties"].items():
            known = merged["properties"].get(key)
            merged["properties"][key] = value if known is None else _both(known, value)
    if "required" in one and "required" in two:
        merged["required"] = list(dict.fromkeys([*one["required"], *two["required"]]))
    return merged


def _tidy_union(schema: dict[str, Any]) -> dict[str, Any]:
    """Unions flattened; `T | null` in `anyOf` with T's description and examples hoisted."""
    key = "oneOf" if "oneOf" in schema else "anyOf"
    if key not in schema:
        return schema
    variants = [each for variant in schema[key] for each in _flattened(variant, key)]
    if {"type": "null"} in schema[key] and len(schema[key]) == 2 and len(variants) > 2:
        key = "oneOf" if any("oneOf" in each for each in schema[key]) else key
    notes = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
    present = [place for place, each in enumerate(variants) if each.get("type") != "null"]
    if len(present) != 1 or (key == "oneOf" and len(variants) == 1):
        return {key: variants, **notes}
    only = dict(variants[present[0]])
    hoisted = {name: only.pop(name) for name in ("description", "examples") if name in only}
    notes = notes | hoisted | notes
    if len(variants) == 1:
        return {**only, **notes}
    variants[present[0]] = only
    return {"anyOf": variants, **notes}


def _flattened(variant: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """What a variant of a union adds to it: its own variants where it is nothing but a union."""
    inner = "oneOf" if key == "oneOf" or "oneOf" in variant else "anyOf"
    variants: list[dict[str, Any]] = variant[inner] if variant.keys() == {inner} else [variant]
    return variants


def _recursion(reference: str) -> str:
    name = reference.rsplit("/", 1)[-1].lstrip("#") or "the schema"
    return (
        f"{name} contains itself, which a function's declaration cannot express; take it as a JSON"
        f" string and parse it in the function, or give it a fixed depth"
    )
