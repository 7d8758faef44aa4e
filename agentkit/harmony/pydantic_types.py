"""Python types as JSON Schemas that say what pydantic takes, no more and no less.

pydantic's own schemas leave out what a reader may find out for itself: the scheme of an address,
the bounds of a date, the digits of a decimal. Under a grammar nothing else is written than what the
schema allows, so here all of that is said, in keywords that `closed` holds or refuses by name. Not
covered: what only code can check, such as validators; and patterns of strings that are stripped.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from agentkit.errors import UserError

_WEB = {"http", "https"}
_WHOLE = "(?:0|-?[1-9][0-9]{0,14})"
_NAMES = {"int": f"^{_WHOLE}$", "bool": "^(?:true|false)$"}
_NAMES |= dict.fromkeys(("float", "decimal"), rf"^{_WHOLE}(?:\.[0-9]{{1,9}})?$")
"""How names of properties spell keys that are no text; JSON knows no others."""
_NO_KEYS = ("tuple", "list", "set", "frozenset")

_LONGEST_STRIPPED = 1_000
"""More are too many states for some engines: whether anything is left once stripped goes unsaid."""

_BOUNDS = {
    "ge": "formatMinimum",
    "gt": "formatExclusiveMinimum",
    "le": "formatMaximum",
    "lt": "formatExclusiveMaximum",
}
_NOW = {"past": "formatExclusiveMaximum", "future": "formatExclusiveMinimum"}


class ExactSchema(GenerateJsonSchema):
    """The generator to give to pydantic."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def str_schema(self, schema: Any) -> dict[str, Any]:
        """With something besides space within, as long as the rest after stripping has to be."""
        found = super().str_schema(schema)
        stripped = schema.get("strip_whitespace", self._config.str_strip_whitespace)
        least, most = found.get("minLength", 0), found.get("maxLength", 0)
        if stripped and least and most <= _LONGEST_STRIPPED and "pattern" not in found:
            found["pattern"] = rf"\S[\s\S]{{{least - 2},}}\S" if least > 1 else r"\S"
        return found

    def decimal_schema(self, schema: Any) -> dict[str, Any]:
        """A number: of strings, pydantic's schema allows any, and its validator does not."""
        variants: list[dict[str, Any]] = super().decimal_schema(schema).get("anyOf", [])
        found = next((each for each in variants if each["type"] == "number"), variants[0])
        digits, places = schema.get("max_digits"), schema.get("decimal_places")
        if places is not None:
            found.setdefault("multipleOf", float(Decimal(1).scaleb(-places)))
        elif digits is not None:
            found["maxDigits"] = digits
        if places is not None and digits is not None:
            most = float(Decimal(10) ** (digits - places) - Decimal(1).scaleb(-places))
            if not found.keys() & {"minimum", "exclusiveMinimum"}:
                found["minimum"] = -most
            if not found.keys() & {"maximum", "exclusiveMaximum"}:
                found["maximum"] = most
        return found

    def date_schema(self, schema: Any) -> dict[str, Any]:
        """With its bounds."""
        return {**super().date_schema(schema), **_bounds(schema)}

    def time_schema(self, schema: Any) -> dict[str, Any]:
        """With its bounds."""
        return {**super().time_schema(schema), **_bounds(schema)}

    def timedelta_schema(self, schema: Any) -> dict[str, Any]:
        """With its bounds."""
        return {**super().timedelta_schema(schema), **_bounds(schema)}

    def datetime_schema(self, schema: Any) -> dict[str, Any]:
        """With its bounds; without a time zone where pydantic takes none, by OpenAPI's name."""
        found = {**super().datetime_schema(schema), **_bounds(schema)}
        if schema.get("tz_constraint") == "naive":
            found["format"] = "date-time-local"
        return found

    def url_schema(self, schema: Any) -> dict[str, Any]:
        """With its schemes, unless they are those of the web."""
        found, schemes = super().url_schema(schema), schema.get("allowed_schemes")
        if schemes and not set(schemes) >= _WEB:
            names = "|".join(map(re.escape, schemes))
            found["pattern"] = f"^(?:{names})://" if len(schemes) > 1 else f"^{names}://"
        return found

    def json_schema(self, schema: Any) -> dict[str, Any]:
        """Text of a format: what is within it, no grammar of JSON can hold."""
        return {**super().json_schema(schema), "format": "json"}

    def complex_schema(self, schema: Any) -> dict[str, Any]:
        """Text of a format."""
        return {**super().complex_schema(schema), "format": "complex"}

    def is_subclass_schema(self, schema: Any) -> dict[str, Any]:
        """Nothing that JSON could name."""
        return self.handle_invalid_for_json_schema(schema, f"a class: {schema['cls'].__name__}")

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        """With names that pydantic reads as keys, where those are no text."""
        found, keys = super().dict_schema(schema), schema.get("keys_schema", {})
        while keys.get("type") in ("function-after", "nullable"):
            keys = keys["schema"]
        kind = keys.get("type")
        if kind in _NAMES:
            bounded = keys.keys() & {*_BOUNDS, "multiple_of", "max_digits", "decimal_places"}
            limits = self.generate_inner(keys) if bounded else {}
            limits.pop("type", None)
            found["propertyNames"] = {**limits, "pattern": _NAMES[kind]}
        elif kind in _NO_KEYS or not all(
            isinstance(each, str) for each in keys.get("expected", ())
        ):
            return self.handle_invalid_for_json_schema(schema, f"a dict with keys of type {kind}")
        return found

    def set_schema(self, schema: Any) -> dict[str, Any]:
        """Without `uniqueItems`, unless they are counted: else what comes twice is there once."""
        counted = schema.get("min_length", 0) > 1
        return {**super().set_schema(schema), "uniqueItems": counted}

    def frozenset_schema(self, schema: Any) -> dict[str, Any]:
        """As `set_schema`."""
        counted = schema.get("min_length", 0) > 1
        return {**super().frozenset_schema(schema), "uniqueItems": counted}

    def _get_alias_name(self, field: Any, name: str) -> str:
        """The name to write a field under.

        Raises:
            UserError: pydantic looks for it inside other fields only, where no schema can put it.
        """
        alias = field.get("validation_alias", name)
        paths = alias if isinstance(alias, list) and isinstance(alias[0], list) else [alias]
        by_name = self._config.validate_by_name or self._config.populate_by_name
        if not by_name and all(isinstance(path, list) and len(path) > 1 for path in paths):
            raise UserError(
                f"{name!r} is read from inside other fields (AliasPath), which no JSON Schema can"
                " say; give it a plain alias, or a type for what is around it"
            )
        return super()._get_alias_name(field, name)


def _bounds(schema: Any) -> dict[str, str]:
    """What dates and times lie between, in the keywords that JSON Schema once had for it."""
    found = {_BOUNDS[key]: str(schema[key]) for key in _BOUNDS if schema.get(key) is not None}
    return found | ({_NOW[schema["now_op"]]: "now"} if "now_op" in schema else {})
