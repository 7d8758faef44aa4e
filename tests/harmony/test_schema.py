"""Schemas to TypeScript: golden signatures, the library as oracle, random models and schemas."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import os
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Optional, Union

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, create_model

from agentkit.errors import UserError
from agentkit.harmony.schema import declaration, normalise
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.tools.function import FunctionTool
from tests.harmony.signature_functions import FUNCTIONS, Customer, Node
from tests.harmony.typescript_grammar import NotTypeScript, parse_declaration

SIGNATURES = Path(__file__).parent / "signatures"
UPDATE = "AGENTKIT_UPDATE_SIGNATURES"  # set to write the golden files anew
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# --- golden signatures ---------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_function_is_declared_as_its_golden_file_says(function: Callable[..., Any]) -> None:
    (shown,) = FunctionTool(function).describe().functions
    text = declaration(shown.name, shown.description, shown.parameters)
    golden = SIGNATURES / f"{shown.name}.ts"
    if os.environ.get(UPDATE):
        golden.write_text(f"{text}\n", "utf-8")
    assert f"{text}\n" == golden.read_text("utf-8")
    assert not parse_declaration(text) & {"any", "unknown", "never"}


def test_every_golden_file_belongs_to_a_function() -> None:
    names = {function.__name__ for function in FUNCTIONS}
    assert {path.stem for path in SIGNATURES.glob("*.ts")} == names
    assert len(names) >= 30


@pytest.mark.parametrize(
    "text",
    ["type f = (_: {a: }) => any;", "type f = (_: string | | null) => any;", "type f = (_: {"],
)
def test_the_grammar_refuses_what_is_not_typescript(text: str) -> None:
    with pytest.raises(NotTypeScript):
        parse_declaration(text)


# --- openai-harmony as oracle --------------------------------------------------------------------


def library_declaration(name: str, description: str, parameters: dict[str, Any] | None) -> str:
    """What openai-harmony 0.0.8 renders."""
    from openai_harmony import DeveloperContent, Message, Role, ToolDescription

    tool = ToolDescription.new(name, description, parameters=parameters)
    content = DeveloperContent.new().with_function_tools([tool])
    tokenizer = load_tokenizer()
    message = Message.from_role_and_content(Role.DEVELOPER, content)
    text = tokenizer.decode(tokenizer.encoding.render(message))
    opening, closing = "namespace functions {\n\n", "\n\n} // namespace functions"
    return text[text.index(opening) + len(opening) : text.rindex(closing)]


def an_object(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), **more}


KITCHEN_SINK = an_object(
    {
        "location": {"type": "string", "description": "The city and state"},
        "format": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
        "pages": {"type": "array", "items": {"type": "integer"}},
        "either": {"type": ["number", "string"], "default": 2},
        "maybe": {"type": ["null", "string"], "default": None},
        "nullable": {"type": "string", "nullable": True, "description": "Or null"},
        "choice": {
            "description": "What to do",
            "default": "x",
            "examples": ["p", "q"],
            "oneOf": [
                {"type": "string"},
                {"type": "number", "description": "a count", "default": 1},
                an_object({"k": {"type": "integer"}}, "k", description="an object"),
            ],
        },
        "titled": {"type": "string", "title": "Something else", "examples": ["one", "two"]},
        "nested": an_object(
            {
                "id": {"type": "string", "description": "inner"},
                "deep": an_object({"x": {"type": "number", "default": 1e-05}}, "x"),
            },
            "id",
            description="An object",
            default={"id": "é", "deep": {"x": 1.0}},
        ),
        "rows": {"type": "array", "items": an_object({"flag": {"type": "boolean"}}, "flag")},
        "bare": {"type": "array"},
        "empty": {"type": "object"},
    },
    "location",
    "nested",
)


@pytest.mark.parametrize(
    ("description", "parameters"),
    [
        ("Everything at once.\n\nIn two paragraphs.", KITCHEN_SINK),
        ("No parameters.", None),
        ("Empty parameters.", {"type": "object", "properties": {}}),
        ("", an_object({"a": {"type": "string"}}, description="The arguments")),
    ],
)
def test_declarations_are_the_librarys_where_it_keeps_the_types(
    description: str, parameters: dict[str, Any] | None
) -> None:
    expected = library_declaration("f", description, parameters)
    assert declaration("f", description, parameters) == expected


WORDS = st.text("abcdefgh é-:'", min_size=1, max_size=12).map(str.strip).filter(bool)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.builds(
    lambda digits, exponent: float(f"{digits}e{exponent}"),  # the library rounds longer ones
    st.integers(-99_999, 99_999),
    st.integers(-12, 20),
)


def _schema_in_the_librarys_reach(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    arrays = inner.filter(_is_one_type).map(lambda items: {"type": "array", "items": items})
    objects = st.dictionaries(NAMES, inner, max_size=3).flatmap(
        lambda properties: st.builds(
            lambda required: an_object(properties, *required),
            st.sets(st.sampled_from(sorted(properties))) if properties else st.just(set()),
        )
    )
    unions = st.lists(inner.filter(lambda each: "oneOf" not in each), min_size=2, max_size=3)
    return arrays | objects | unions.map(lambda variants: {"oneOf": variants})


def _is_one_type(schema: dict[str, Any]) -> bool:
    return not {"enum", "oneOf", "nullable"} & schema.keys() and isinstance(schema["type"], str)


LEAVES = st.one_of(
    st.sampled_from(["string", "number", "integer", "boolean"]).map(lambda kind: {"type": kind}),
    st.lists(WORDS, min_size=1, max_size=3, unique=True).map(
        lambda values: {"type": "string", "enum": values}
    ),
    st.lists(
        st.sampled_from(["string", "number", "boolean", "null"]),
        min_size=2,
        max_size=3,
        unique=True,
    ).map(lambda kinds: {"type": kinds}),
    st.just({"type": "array"}),
    st.just({"type": "integer", "nullable": True}),
    st.builds(lambda value: {"type": "number", "default": value}, NUMBERS),
    st.builds(lambda value: {"type": "string", "default": value, "description": "d"}, WORDS),
)


@QUICK
@given(
    st.dictionaries(
        NAMES, st.recursive(LEAVES, _schema_in_the_librarys_reach, max_leaves=8), max_size=4
    ),
    WORDS,
)
def test_random_declarations_are_the_librarys(properties: dict[str, Any], text: str) -> None:
    parameters = an_object(properties, *list(properties)[:1])
    assert declaration("f", text, parameters) == library_declaration("f", text, parameters)


# --- what the library loses ----------------------------------------------------------------------


def type_of(schema: dict[str, Any], **definitions: Any) -> str:
    """The TypeScript of one property."""
    parameters = an_object({"x": schema}, "x", **{"$defs": definitions} if definitions else {})
    text = declaration("f", "", parameters)
    parse_declaration(text)
    return text.removeprefix("type f = (_: {\n").removesuffix("\n}) => any;")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "x: string | null,"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "x: null | string,"),
        ({"anyOf": [{"type": "string"}]}, "x: string,"),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, "x: string | null,"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "x: number,"),
        ({"const": 3}, "x: 3,"),
        ({"const": None}, "x: null,"),
        ({"type": "string", "const": "a"}, 'x: "a",'),
        ({"enum": [1, 2.5, "a", True, None]}, 'x: 1 | 2.5 | "a" | true | null,'),
        ({"type": ["string", "null"], "enum": ["a", None]}, 'x: "a" | null,'),
        ({"type": "string", "enum": ["a", 1]}, 'x: "a",'),
        ({"type": "null"}, "x: null,"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, 'x: ("a" | "b")[],'),
        (
            {"type": "array", "items": {"type": "string", "nullable": True}},
            "x: (string | null)[],",
        ),
        ({"type": ["array", "null"], "items": {"type": "string"}}, "x: string[] | null,"),
        (
            {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}},
            "x: [string, ...number[]],",
        ),
        ({"type": "array", "items": [{"type": "string"}, {"type": "null"}]}, "x: [string, null],"),
        ({"additionalProperties": {"type": "integer"}}, "x: { [key: string]: number },"),
        ({"patternProperties": {"^a": {"type": "integer"}}}, "x: { [key: string]: number },"),
        (
            an_object({"a": {"type": "string"}}, additionalProperties={"type": "integer"}),
            "x: {\n    a?: string,\n    } & { [key: string]: number },",
        ),
        ({"properties": {"a": {"type": "string"}}}, "x: {\n    a?: string,\n    },"),
        (
            an_object({"content-type": {"type": "string"}}),
            'x: {\n    "content-type"?: string,\n    },',
        ),
        ({"type": "str"}, "x: string,"),
        ({"type": "string", "format": "date"}, "// format: date\nx: string,"),
        ({"minimum": 1}, "// minimum: 1\nx: number,"),
        ({"type": "string", "description": "a\nb"}, "// a\n// b\nx: string,"),
        (False, "x: never,"),
    ],
    ids=str,
)
def test_types_that_the_library_loses_are_kept(schema: Any, expected: str) -> None:
    assert type_of(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"$ref": "#/$defs/A"}, "// an A\nx: string,"),
        ({"$ref": "#/$defs/A", "description": "mine"}, "// mine\nx: string,"),
        ({"allOf": [{"$ref": "#/$defs/A"}], "default": "q"}, '// an A\nx: string, // default: "q"'),
        ({"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}, "// an A\nx: string | null,"),
        ({"$ref": "#/$defs/a~1b%20c"}, "x: number,"),
    ],
    ids=str,
)
def test_references_are_inlined(schema: dict[str, Any], expected: str) -> None:
    definitions = {
        "A": {"type": "string", "title": "A", "description": "an A"},
        "a/b c": {"type": "integer"},
    }
    assert type_of(schema, **definitions) == expected


def test_several_all_of_are_merged() -> None:
    both = {"allOf": [an_object({"a": {"type": "string"}}, "a"), an_object({"b": {"const": 1}})]}
    assert type_of(both) == "x: {\n    a: string,\n    b?: 1,\n    },"


def test_conditions_without_a_type_do_not_hide_the_type() -> None:
    schema = an_object({"a": {"type": "string"}}, anyOf=[{"required": ["a"]}, {"required": ["b"]}])
    assert type_of(schema) == "x: {\n    a?: string,\n    },"


def test_a_type_beside_a_union_holds_for_each_member() -> None:
    schema = {
        "type": "string",
        "oneOf": [{"const": "a", "description": "first"}, {"const": "b", "description": "second"}],
    }
    assert type_of(schema) == 'x:\n | "a" // first\n | "b" // second\n,'


def test_titles_that_repeat_the_name_are_dropped_and_others_kept() -> None:
    assert type_of({"type": "string", "title": "X"}) == "x: string,"
    assert type_of({"type": "string", "title": "Why"}) == "// Why\n//\nx: string,"


def test_a_property_may_be_called_title_or_ref() -> None:
    inner = an_object({"title": {"type": "string", "title": "Title"}, "$ref": {"type": "integer"}})
    assert type_of(inner) == "x: {\n    title?: string,\n    $ref?: number,\n    },"


def test_recursion_is_refused_with_the_models_name_and_advice() -> None:
    with pytest.raises(UserError, match=r"Node contains itself.*JSON string"):
        normalise(Node.model_json_schema())
    with pytest.raises(UserError, match="the schema contains itself"):
        normalise({"type": "array", "items": {"$ref": "#"}})


def test_a_model_used_twice_is_no_recursion() -> None:
    assert "$ref" not in repr(normalise(Customer.model_json_schema()))


def test_models_nest_deep_enough_for_anyone() -> None:
    kind: Any = int
    for level in range(15):
        kind = create_model(f"Level{level}", x=(kind | None, None))
    assert parse_declaration(declaration("f", "", kind.model_json_schema())) == {"number", "null"}


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("#/$defs/B", "does not define"),
        ("http://x/y", "another document"),
        ("#b", "by an anchor; give its path"),
    ],
)
def test_references_to_nowhere_are_refused(reference: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        normalise({"$ref": reference})


def test_schemas_that_would_fill_the_prompt_are_refused_quickly() -> None:
    definitions: dict[str, Any] = {"d0": {"type": "string"}}
    for level in range(1, 30):
        inner = {"$ref": f"#/$defs/d{level - 1}"}
        definitions[f"d{level}"] = an_object({"a": inner, "b": inner})
    with pytest.raises(UserError, match="too large"):
        normalise({"$ref": "#/$defs/d29", "$defs": definitions})
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(5000):
        deep = {"type": "array", "items": deep}
    with pytest.raises(UserError, match="too deep"):
        normalise(deep)


# --- random types and schemas --------------------------------------------------------------------


class Suit(enum.Enum):
    """A suit."""

    HEARTS = "h"
    SPADES = 2


PLAIN_TYPES: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(int, str, float, bool, bytes, None, Decimal, Path, Suit),
        *(datetime.date, datetime.timedelta, uuid.UUID),
        *(Literal["a", "b"], Literal[1, None], Literal[True]),
    ]
)


def _class_of(fields: dict[str, Any], style: str, optional: bool) -> Any:
    if style == "dataclass":
        return dataclasses.make_dataclass("Record", list(fields.items()))
    default = None if optional else ...
    definitions: dict[str, Any] = {name: (kind, default) for name, kind in fields.items()}
    return create_model("Model", __doc__="A model.", **definitions)


def _types_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    fields = st.dictionaries(st.sampled_from(["a", "b", "title"]), inner, min_size=1)
    return st.one_of(
        inner.map(lambda kind: list.__class_getitem__(kind)),
        inner.map(lambda kind: dict.__class_getitem__((str, kind))),
        inner.map(lambda kind: tuple.__class_getitem__((kind, ...))),
        inner.map(lambda kind: Optional.__getitem__(kind)),
        several.map(lambda kinds: Union.__getitem__(tuple(kinds))),
        several.map(lambda kinds: tuple.__class_getitem__(tuple(kinds))),
        st.builds(_class_of, fields, st.sampled_from(["model", "dataclass"]), st.booleans()),
    )


@QUICK
@given(st.recursive(PLAIN_TYPES, _types_of, max_leaves=8))
@example(int | list[Suit] | None)
def test_no_typed_field_becomes_any(kind: Any) -> None:
    schema = TypeAdapter(kind).json_schema()
    parameters = normalise(an_object({"x": schema}, "x", **{"$defs": schema.pop("$defs", {})}))
    text = declaration("f", "", parameters)
    assert not parse_declaration(text) & {"any", "unknown", "never"}, text
    assert normalise(parameters) == parameters


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
KEYWORDS = st.sampled_from(
    [
        *("type", "enum", "const", "properties", "required", "additionalProperties", "items"),
        *("patternProperties", "propertyNames", "prefixItems", "anyOf", "oneOf", "allOf", "not"),
        *("nullable", "title", "description", "default", "examples", "format", "minimum"),
        *("maxItems", "uniqueItems", "$ref"),
    ]
)


def _nonsense(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    kinds = st.sampled_from(["string", "object", "array", "null", "integer", "strange", ["null"]])
    values = (
        inner | kinds | ANYTHING | st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
    )
    return st.dictionaries(KEYWORDS, values, max_size=4)


@QUICK
@given(st.recursive(st.just({}) | st.just({"type": "string"}), _nonsense, max_leaves=8))
def test_no_schema_however_wrong_breaks_the_declaration(schema: dict[str, Any]) -> None:
    try:
        text = declaration("f", "", schema)
    except UserError:
        return
    parse_declaration(text)
