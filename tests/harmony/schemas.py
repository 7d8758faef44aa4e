"""Random JSON Schemas, small and bounded, so that a value drawn at random comes to an end."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "name", "order id", "zwei", 'qu"ote', "ключ"])
SCALARS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from([{"type": "boolean"}, {"type": "null"}]),
    st.builds(
        lambda low, size: {"type": "integer", "minimum": low, "maximum": low + size},
        st.integers(-50, 50),
        st.integers(0, 2000),
    ),
    st.builds(
        lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
        st.integers(0, 3),
        st.integers(0, 4),
    ),
    st.sampled_from([r"^[a-c]{2,4}$", r"^#W\d{4}$", r"^(?:yes|no)$"]).map(
        lambda pattern: {"type": "string", "pattern": pattern}
    ),
    st.sampled_from(["date", "time", "uuid", "ipv4"]).map(
        lambda name: {"type": "string", "format": name}
    ),
    st.lists(
        st.one_of(st.booleans(), st.integers(-9, 9), st.text(max_size=3), st.none()),
        min_size=1,
        max_size=4,
        unique_by=repr,
    ).map(lambda values: {"enum": values}),
)


def _objects(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def made(properties: dict[str, Any], required: set[int]) -> dict[str, Any]:
        names = [name for place, name in enumerate(properties) if place in required]
        return {"type": "object", "properties": properties, "required": names}

    fields = st.dictionaries(NAMES, values, max_size=4)
    return st.builds(made, fields, st.sets(st.integers(0, 3)))


def _lists(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda items, least, more: {
            "type": "array",
            "items": items,
            "minItems": least,
            "maxItems": least + more,
        },
        values,
        st.integers(0, 2),
        st.integers(0, 2),
    )


def _joined(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Two objects at once, each with names of its own."""

    def made(one: dict[str, Any], two: dict[str, Any], beside: bool) -> dict[str, Any]:
        other = {f"{name} too": value for name, value in two["properties"].items()}
        needed = [f"{name} too" for name in two["required"]]
        two = {"type": "object", "properties": other, "required": needed}
        return {**one, "allOf": [two]} if beside else {"allOf": [one, two]}

    return st.builds(made, _objects(values), _objects(values), st.booleans())


def _tagged(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of which exactly one fits, told apart by a constant."""

    def made(variants: list[dict[str, Any]]) -> dict[str, Any]:
        found = []
        for number, variant in enumerate(variants):
            properties = {"kind": {"const": f"k{number}"}, **variant["properties"]}
            found.append({**variant, "properties": properties})
            found[-1]["required"] = ["kind", *variant["required"]]
        return {"oneOf": found}

    return st.lists(_objects(values), min_size=1, max_size=3).map(made)


_SCHEMAS = st.recursive(
    st.one_of(SCALARS, st.just({"$ref": "#/$defs/shared"})),
    lambda values: st.one_of(
        _objects(values),
        _lists(values),
        _joined(values),
        _tagged(values),
        st.lists(values, min_size=1, max_size=3).map(lambda variants: {"anyOf": variants}),
    ),
    max_leaves=6,
)
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda schema, shared: {**schema, "$defs": {"shared": shared}},
    _SCHEMAS,
    st.one_of(SCALARS, _objects(SCALARS)),
)
