"""Closed schemas allow less than the schemas given, and nothing that a validator would refuse."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from agentkit.errors import UserError
from agentkit.harmony.closed import close

TAGGED = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"kind": {"const": kind}, "size": {"type": "number"}},
            "required": ["kind"],
        }
        for kind in ("cat", "dog")
    ]
}


def pattern(name: str) -> re.Pattern[str]:
    return re.compile(close({"type": "string", "format": name})["pattern"])


def test_objects_take_no_properties_but_their_own() -> None:
    inner = {"type": "object", "properties": {"a": {"type": "string", "title": "A"}}}
    closed = close({"type": "array", "items": inner, "description": "some"})
    assert closed == {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "additionalProperties": False,
        },
    }


@pytest.mark.parametrize("own", [True, {"type": "integer"}])
def test_an_object_that_takes_others_stays_open(own: Any) -> None:
    closed = close({"type": "object", "properties": {}, "additionalProperties": own})
    assert closed["additionalProperties"] is not False


def test_a_property_may_be_called_like_a_keyword() -> None:
    source = {"type": "object", "properties": {"title": {"type": "string"}, "format": {}}}
    assert set(close(source)["properties"]) == {"title", "format"}


def test_integers_stay_where_every_reader_of_json_agrees_on_them() -> None:
    assert close({"type": "integer"}) == {
        "type": "integer",
        "minimum": -(2**53) + 1,
        "maximum": 2**53 - 1,
    }
    assert close({"type": "integer", "minimum": 2**60})["maximum"] == 2**61
    assert close({"type": "integer", "exclusiveMaximum": -(2**60)})["minimum"] == -(2**61)
    assert close({"type": "integer", "enum": [1, 2]}) == {"type": "integer", "enum": [1, 2]}


def test_variants_with_constants_of_their_own_are_a_plain_choice() -> None:
    assert [each["properties"]["kind"] for each in close(TAGGED)["anyOf"]] == [
        {"const": "cat"},
        {"const": "dog"},
    ]


def test_a_constant_that_tells_variants_apart_is_always_written() -> None:
    source = {"oneOf": [{**each, "required": []} for each in TAGGED["oneOf"]]}
    assert [each["required"] for each in close(source)["anyOf"]] == [["kind"], ["kind"]]


def test_variants_that_are_themselves_a_choice_are_told_apart() -> None:
    size = [
        {"properties": {"kind": {"const": "bird"}, "size": {"const": size}}} for size in ("s", "l")
    ]
    assert len(close({"oneOf": [{"oneOf": size}, *TAGGED["oneOf"]]})["anyOf"]) == 3


def test_constants_are_a_plain_choice() -> None:
    variants = [{"const": "a", "title": "A"}, {"const": "b"}, {"enum": ["c", 1]}]
    assert close({"oneOf": variants})["anyOf"][0] == {"const": "a"}


@pytest.mark.parametrize(
    "source",
    [
        {"allOf": [{"$ref": "#/$defs/named"}, {"properties": {"age": {}}, "required": ["age"]}]},
        {"$ref": "#/$defs/named", "properties": {"age": {}}, "required": ["age"]},
        {"properties": {"age": {}}, "required": ["age"], "allOf": [{"$ref": "#/$defs/named"}]},
        {"allOf": [{"$ref": "#/$defs/aged"}, {"required": ["age"]}]},
    ],
)
def test_objects_that_a_value_is_at_once_become_one(source: dict[str, Any]) -> None:
    named = {"type": "object", "properties": {"name": {"const": 1}}, "required": ["name"]}
    aged = {"allOf": [{"$ref": "#/$defs/named"}, {"properties": {"age": {}}}]}
    closed = close({"$defs": {"named": named, "aged": aged}, **source})
    assert closed["properties"].keys() == {"name", "age"}
    assert set(closed["required"]) == {"name", "age"}
    assert closed["additionalProperties"] is False


def test_each_variant_has_the_properties_beside_the_choice() -> None:
    variants = [{"properties": {name: {}}, "required": [name]} for name in "xy"]
    closed = close({"type": "object", "properties": {"a": {}}, "anyOf": variants})
    assert [set(each["properties"]) for each in closed["anyOf"]] == [{"a", "x"}, {"a", "y"}]


def test_a_required_property_that_nothing_describes_can_be_written() -> None:
    assert close({"properties": {}, "required": ["a"]})["properties"] == {"a": {}}


def test_names_of_properties_fit_their_patterns() -> None:
    assert close({"patternProperties": {"^x": {}}})["additionalProperties"] is False


def test_references_may_be_escaped() -> None:
    source = {
        "$defs": {"a b": {"type": "null"}, "c/d": {"type": "string"}},
        "oneOf": [{"$ref": "#/$defs/a%20b"}, {"$ref": "#/$defs/c~1d"}],
    }
    assert close(source)["anyOf"] == source["oneOf"]


def test_a_schema_that_grows_by_its_references_is_refused() -> None:
    inner = {f"p{n}": {"$ref": "#/$defs/a", "properties": {"b": {}}} for n in range(3)}
    with pytest.raises(UserError, match=r"too (large|deep)"):
        close({"$defs": {"a": {"properties": inner}}, "$ref": "#/$defs/a"})
    doubled = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(60)}
    close({"$defs": {**doubled, "a60": {"properties": {"b": {}}}}, "$ref": "#/$defs/a0"})


def test_rules_for_names_become_are_told_apart_too() -> None:
    source = {
        "$defs": {"cat": TAGGED["oneOf"][0], "dog": TAGGED["oneOf"][1]},
        "oneOf": [{"$ref": "#/$defs/cat"}, {"$ref": "#/$defs/dog"}],
    }
    assert close(source)["anyOf"] == source["oneOf"]


def test_rules_for_names_become_properties() -> None:
    number = {"type": "number"}
    named = {"$ref": "#/$defs/size"}
    source = {
        "type": "object",
        "propertyNames": named,
        "additionalProperties": number,
        "$defs": {"size": {"enum": ["s", "l"]}},
    }
    closed = close(source)
    assert closed["properties"] == {"s": number, "l": number}
    assert closed["additionalProperties"] is False
    pattern = close({**source, "propertyNames": {"pattern": "^x"}})
    assert pattern["patternProperties"] == {"^x": number}
    assert "propertyNames" in close({**source, "propertyNames": {"maxLength": 3}})
    assert close({**source, "propertyNames": False})["properties"] == {}


@pytest.mark.parametrize(
    "variants",
    [
        [{"type": "integer"}, {"type": "number"}],
        [{"type": "string"}, {"type": "string", "maxLength": 3}],
        [{"properties": {"kind": {"enum": [kind, "both"]}}} for kind in ("cat", "dog")],
        [{"const": 1}, {"enum": [True]}],
        [True, {"type": "string"}],
        [{"$ref": 5}, {"type": "null"}],
        [{"properties": {"kind": None}}, {"properties": []}],
    ],
)
def test_variants_that_may_overlap_are_refused_unless_asked_for(variants: list[Any]) -> None:
    source = {"type": "object", "properties": {"pet": {"oneOf": variants}}}
    with pytest.raises(UserError, match="oneOf at #/properties/pet: its variants may overlap"):
        close(source)
    assert "anyOf" in close(source, lenient=True)["properties"]["pet"]


def test_an_unknown_format_is_refused_by_name_unless_asked_for() -> None:
    source = {"type": "array", "items": {"type": "string", "format": "isbn"}}
    with pytest.raises(UserError, match="format 'isbn' at #/items"):
        close(source)
    with pytest.raises(UserError, match="format 'isbn'"):
        close({"type": ["string", "null"], "format": "isbn"})
    assert close(source, lenient=True)["items"] == {"type": "string"}


def test_an_address_has_the_schemes_that_stand_beside_it() -> None:
    def addresses(scheme: str) -> re.Pattern[str]:
        return re.compile(close({"format": "uri", "pattern": scheme})["pattern"])

    assert addresses("^ftp://").search("ftp://example.org/a")
    assert not addresses("^ftp://").search("https://example.org/a")
    assert not addresses("^ftp://").search("ftp://a b")
    assert addresses("^https?://").search("https://example.org/a")
    several = addresses(r"^(?:redis|mysql\+pymysql)://")
    assert several.search("mysql+pymysql://db.example.org:3306/a")
    assert not several.search("redis")
    assert addresses("^file://").search("file:///etc/hosts")
    assert "format" in close({"type": "string", "format": "uri", "pattern": "a|^b://"})


@pytest.mark.parametrize(
    ("condition", "rest"),
    [
        ({"type": "string", "formatMinimum": "2020-01-01"}, {"type": "string"}),
        ({"type": "number", "maxDigits": 5}, {"type": "number"}),
        ({"type": "string", "format": "file-path"}, {"type": "string"}),
        ({"type": "integer", "minimum": 10**20, "maximum": 10**21}, close({"type": "integer"})),
    ],
)
def test_what_engines_would_overlook_is_refused_by_name_unless_asked_for(
    condition: dict[str, Any], rest: dict[str, Any]
) -> None:
    named = next(key for key in condition if key != "type")
    with pytest.raises(UserError, match=rf"{named} .* at #/items"):
        close({"type": "array", "items": condition})
    assert close(condition, lenient=True) == rest


def test_formats_that_any_string_has_say_nothing() -> None:
    assert close({"type": "string", "format": "password"}) == {"type": "string"}


def test_a_schema_without_end_is_refused() -> None:
    source: dict[str, Any] = {"type": "string"}
    for _ in range(200):
        source = {"type": "array", "items": source}
    with pytest.raises(UserError, match="nested too deep"):
        close(source)


def test_dates_are_those_of_the_calendar() -> None:
    dates = pattern("date")
    for year in (0, 1, 4, 100, 400, 1900, 2000, 2023, 2024, 9999):
        for month in range(14):
            for day in range(33):
                text = f"{year:04}-{month:02}-{day:02}"
                assert bool(dates.search(text)) == _is_date(text), text


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("time", "23:59:59.5Z", "24:00:00Z"),
        ("date-time", "2024-02-29T00:00:00+01:00", "2023-02-29T00:00:00Z"),
        ("duration", "P3DT4H", "P"),
        ("uuid", "12345678-1234-1234-1234-123456789abc", "12345678"),
        ("uuid4", "12345678-1234-4234-9234-123456789abc", "12345678-1234-1234-1234-123456789abc"),
        ("date-time-local", "2024-02-29T00:00:00", "2024-02-29T00:00:00Z"),
        ("ipvanyaddress", "1.2.3.4", "1.2.3"),
        ("email", "ada.l@example.org", "ada@@example.org"),
        ("uri", "https://example.org/a?b=1", "https://256.1"),
        ("ipv4", "255.0.10.9", "256.0.0.1"),
        ("ipv6", "0:0:0:0:0:0:0:1", "0:0:0:0:0:0:0"),
        ("hostname", "a-b.example", "-a.example"),
    ],
)
def test_formats_are_patterns(name: str, good: str, bad: str) -> None:
    assert pattern(name).search(good)
    assert not pattern(name).search(bad)
