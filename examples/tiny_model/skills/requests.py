"""Functions and requests for them: from the catalogue, and composed of verbs, nouns and parameters.

A `Case` is a function with a request that calls for it, the right arguments and a possible result.
The composed ones are there so that the model learns the habit (match the request's words with a
name, copy the values) and not a list.
"""

import functools
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.harmony.prompt import FunctionSchema
from examples.tiny_model import words as lists
from examples.tiny_model.skills.catalog import CATALOG
from examples.tiny_model.skills.request_phrases import (
    ACTION_REQUESTS,
    ATTRIBUTE_REQUESTS,
    ATTRIBUTES,
    ID_REQUESTS,
    KEYS,
    LOOKUPS,
    NOUNS,
    PARAMETERS,
    PLACE_REQUESTS,
    SYNONYMS,
    TOPICS,
    VERBS,
)
from examples.tiny_model.skills.values import WEATHER, json_type, value
from examples.tiny_model.words import Lexicon, is_held


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function: its name, kind of value, description, and whether it may be left
    out (then perhaps its default).
    """

    name: str
    kind: str
    description: str = ""
    optional: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Case:
    """A request and the call that serves it.

    Args:
        name: the function's name.
        description: its description.
        parameters: in schema order.
        request: the user's words.
        arguments: the right arguments, in schema order.
        result: what the function returns.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    request: str
    arguments: Mapping[str, Any]
    result: Any

    def schema(self) -> FunctionSchema:
        """The function as its tool describes it."""
        properties: dict[str, dict[str, Any]] = {}
        for parameter in self.parameters:
            properties[parameter.name] = {"type": json_type(parameter.kind)}
            if parameter.description:
                properties[parameter.name]["description"] = parameter.description
            if parameter.default is not None:
                properties[parameter.name]["default"] = parameter.default
        if not properties:
            return FunctionSchema(self.name, self.description)
        required = [parameter.name for parameter in self.parameters if not parameter.optional]
        return FunctionSchema(
            self.name,
            self.description,
            {"type": "object", "properties": properties, "required": required},
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A block of the catalogue."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    requests: tuple[str, ...]
    results: str


@functools.cache
def catalogue() -> tuple[Entry, ...]:
    """All entries."""
    return tuple(_entry(block) for block in CATALOG.strip().split("\n\n"))


def _entry(block: str) -> Entry:
    head, _, rest = block.partition("\n")
    listed, _, rest = rest.partition("\n? ")
    asked, _, results = rest.partition("\n= ")
    name, description = head.split(" | ")
    parameters = [_parameter(each) for each in _items(listed) if each != "-"]
    return Entry(name, description, tuple(parameters), _items(asked), results)


def _items(text: str) -> tuple[str, ...]:
    return tuple(text.replace(";\n", "; ").split("; "))


def _parameter(text: str) -> Parameter:
    head, _, description = text.partition("=")
    name, _, kind = head.partition(":")
    return Parameter(name.rstrip("?"), kind, description, name.endswith("?") or kind == "flag")


def case(words: Lexicon) -> Case:
    """A random case; held-out ones use functions that training never sees."""
    if words.chance(0.45):
        return from_catalogue(words)
    return composed(words)


def from_catalogue(words: Lexicon) -> Case:
    """A case from the catalogue."""
    entry = words.rng.choice(
        [entry for entry in catalogue() if is_held(entry.name, 8) == words.held]
    )
    values = {
        parameter.name: value(words, parameter.kind)
        for parameter in entry.parameters
        if parameter.name != "urgent"
    }
    request = words.pick(entry.requests)
    for parameter in entry.parameters:
        flag = re.search(rf"\[{parameter.name}: ?([^]]*)\]", request)
        if flag is not None:
            wanted = words.chance(0.5)
            request = request.replace(
                flag.group(0),
                (" " if flag.group(1)[0] != "," else "") + flag.group(1) if wanted else "",
            )
            if not wanted:
                del values[parameter.name]
    for name, content in values.items():
        request = request.replace(f"{{{name}}}", str(content))
    parameters = tuple(_bare(words, parameter) for parameter in entry.parameters)
    drawn = Case(
        entry.name,
        _vary_description(words, entry.description),
        parameters,
        _casual(words, request),
        values,
        _result(words, entry.results, values),
    )
    return _explicit(words, drawn) if words.chance(0.05) else drawn


def _vary_description(words: Lexicon, description: str) -> str:
    return words.rng.choice((description, description, description, description.rstrip("."), ""))


def _bare(words: Lexicon, parameter: Parameter) -> Parameter:
    description = "" if words.chance(0.35) else parameter.description
    return Parameter(parameter.name, parameter.kind, description, parameter.optional)


def _casual(words: Lexicon, request: str) -> str:
    if words.chance(0.1):
        return words.rng.choice(("Hi! ", "Hello, ", "Hey, ", "Please: ", "Quick one: ")) + request
    if words.chance(0.05) and request[-1].isalpha():
        return request + words.rng.choice((" please", " now", ", thanks"))
    return request


def _explicit(words: Lexicon, drawn: Case) -> Case:
    """The same case, asked by naming the function and its parameters."""
    glue = words.rng.choice((" ", "=", " = ", ": "))
    parts = [
        f"{name}{glue}{str(content).lower() if content is True else content}"
        for name, content in drawn.arguments.items()
    ]
    listed = f" with {words.rng.choice((', ', ' and ')).join(parts)}" if parts else ""
    opening = words.pick(
        [
            "Call {f}",
            "Use {f}",
            "Run {f}",
            "Please call {f}",
            "Invoke {f}",
            "Use the function {f}",
            "Execute {f}",
            "Use the tool {f}",
        ]
    )
    request = f"{opening.replace('{f}', drawn.name)}{listed}{words.rng.choice(('.', '', '!'))}"
    return Case(
        drawn.name, drawn.description, drawn.parameters, request, drawn.arguments, drawn.result
    )


def _result(words: Lexicon, pattern: str, values: Mapping[str, Any]) -> Any:
    if pattern.startswith("plain:"):
        return value(words, pattern.removeprefix("plain:"))
    pairs = (item.split(":") for item in pattern.split(", "))
    return {
        key: values[kind[1:]] if kind.startswith("$") else value(words, kind) for key, kind in pairs
    }


def composed(words: Lexicon) -> Case:
    """A function made up of a verb, a noun and parameters, with a request for it."""
    drawn = words.rng.choice(COMPOSERS)(words)
    while any(drawn.name == entry.name for entry in catalogue()):
        drawn = words.rng.choice(COMPOSERS)(words)
    if words.chance(0.08):
        drawn = _camel(drawn)
    return _explicit(words, drawn) if words.chance(0.06) else drawn


def _noun(words: Lexicon) -> str:
    return words.pick(NOUNS) if words.chance(0.75) else words.word()


def _lookup(words: Lexicon) -> Case:
    noun, verb = _noun(words), words.pick(LOOKUPS)
    name = words.rng.choice(
        (f"{noun}_id", "id", f"{noun}_number", "number", "code", "reference", f"{noun}")
    )
    identifier = words.code()
    request = words.pick(ID_REQUESTS).format(noun=noun, v=identifier)
    title = words.rng.choice(
        (
            f"{verb.title()} a {noun}.",
            f"{verb.title()} a {noun} by its {name.replace('_', ' ')}.",
            f"Details of a {noun}",
            f"Get the {noun} with an id",
            "",
        )
    )
    parameter = Parameter(name, "code", words.rng.choice(("", f"Id of the {noun}", f"The {noun}")))
    return _finished(words, f"{verb}_{noun}", title, [parameter], request, {name: identifier})


def _attribute(words: Lexicon) -> Case:
    noun, attribute = _noun(words), words.pick(ATTRIBUTES)
    verb = words.rng.choice(("get", "get", "find", "check", "lookup", "read"))
    name = words.rng.choice((f"{noun}_id", "id", "number", f"{noun}", "code", "name"))
    kind = words.rng.choice(("code", "code", "proper", "word"))
    identifier = value(words, kind)
    request = words.pick(ATTRIBUTE_REQUESTS).format(noun=noun, attr=attribute, v=identifier)
    title = words.rng.choice(
        (
            f"{attribute.title()} of a {noun}.",
            f"Get the {attribute} of a {noun}.",
            f"Returns the {attribute} of one {noun}",
            "",
        )
    )
    function = words.rng.choice(
        (f"{verb}_{noun}_{attribute}", f"{verb}_{attribute}", f"{noun}_{attribute}")
    )
    return _finished(
        words,
        function,
        title,
        [Parameter(name, kind, words.rng.choice(("", f"The {noun}")))],
        request,
        {name: identifier},
    )


def _place(words: Lexicon) -> Case:
    topic, city = words.pick(TOPICS), words.city()
    name = words.rng.choice(("city", "city", "location", "place", "town", "area", "where"))
    request = words.pick(PLACE_REQUESTS).format(topic=topic.replace("_", " "), v=city)
    function = (
        f"{words.rng.choice(('get', 'get', 'find', 'check', 'fetch', 'show', 'current'))}_{topic}"
    )
    title = words.rng.choice(
        (
            f"Get the {topic.replace('_', ' ')} of a city.",
            f"{topic.replace('_', ' ').capitalize()} for a place.",
            "",
        )
    )
    return _finished(
        words,
        function,
        title,
        [Parameter(name, "city", words.rng.choice(("", "Name of the city", "City")))],
        request,
        {name: city},
    )


def _action(words: Lexicon) -> Case:
    rng = words.rng
    verb, noun = words.pick(VERBS), _noun(words)
    spoken = SYNONYMS.get(verb, verb) if words.chance(0.3) else verb
    parameters: list[Parameter] = []
    arguments: dict[str, Any] = {}
    text = f"{spoken} {rng.choice(('the', 'a', 'my', 'this', 'one'))} {noun}"
    if words.chance(0.5):
        name = rng.choice((f"{noun}_id", "id", "number", f"{noun}", "code", f"{noun}_number"))
        parameters.append(
            Parameter(name, "code", rng.choice(("", f"Which {noun}", f"Id of the {noun}")))
        )
        arguments[name] = words.code()
        which, what = rng.choice(("", "", "the ", "my ")), rng.choice(("", "", "number "))
        text = f"{spoken} {which}{noun} {what}{arguments[name]}"
    wanted = rng.choice((0, 1, 1, 2)) if parameters else rng.choice((1, 1, 2, 2, 3))
    for line in rng.sample(PARAMETERS, wanted):
        text += _add_parameter(words, line, parameters, arguments)
    if len(parameters) < 3 and words.chance(0.12):
        parameters.append(
            Parameter(rng.choice(("notify", "dry_run", "verbose", "force")), "flag", "", True)
        )
    request = _capital(words.pick(ACTION_REQUESTS).format(do=text))
    title = rng.choice(
        (
            f"{verb.title()} a {noun}.",
            f"{verb.title()} one {noun}",
            f"{verb.title()}s a {noun} for the user.",
            "",
        )
    )
    return _finished(words, f"{verb}_{noun}", title, parameters, request, arguments)


def _add_parameter(
    words: Lexicon,
    line: tuple[str, str, str, str],
    parameters: list[Parameter],
    arguments: dict[str, Any],
) -> str:
    listed, kind, descriptions, fragments = line
    name = words.pick(listed.split(","))
    if words.chance(0.1):
        name, fragments = words.word(), "with {n} {v};{n} {v};{n}: {v}"
    content = value(words, kind)
    parameters.append(
        Parameter(name, kind, words.rng.choice(descriptions.split(";")), kind == "flag")
    )
    arguments[name] = content
    fragment = words.pick(fragments.split(";"))
    return " " + fragment.replace("{n}", name.replace("_", " ")).replace("{v}", str(content))


def _odd(words: Lexicon) -> Case:
    """A function with a made-up name, asked for by that name: only matching and copying help."""
    first, second = words.word(), words.word()
    kinds = ["code", "count", "proper", "word", "amount", "phrase"]
    parameters = [
        Parameter(words.word(), words.rng.choice(kinds)) for _ in range(words.rng.randint(1, 3))
    ]
    arguments = {parameter.name: value(words, parameter.kind) for parameter in parameters}
    listed = ", ".join(f"{name} {content}" for name, content in arguments.items())
    request = words.pick(
        [
            "{a} the {b} with {l}.",
            "Please {a} {b}: {l}",
            "I want to {a} a {b}, {l}",
            "{a} {b} {l}",
            "Do a {a} {b} with {l}",
            "{b} {a} with {l} please",
        ]
    )
    request = request.format(a=first, b=second, l=listed)
    title = words.rng.choice((f"{first.title()} a {second}.", "", ""))
    return _finished(words, f"{first}_{second}", title, parameters, request, arguments)


def _finished(
    words: Lexicon,
    name: str,
    description: str,
    parameters: list[Parameter],
    request: str,
    arguments: dict[str, Any],
) -> Case:
    style = words.rng.random()
    if style < 0.2:
        result: Any = value(
            words,
            words.rng.choice(
                ("phrase", "phrase", "decimal", "word", "state", "code", "count", "bool")
            ),
        )
    elif style < 0.28:
        result = _sentence(words)
    else:
        chosen = words.rng.sample(KEYS, words.rng.choice((1, 1, 2, 2, 3, 4)))
        result = {key: value(words, kind) for key, kind in (item.split(":") for item in chosen)}
        if arguments and words.chance(0.3):
            key = words.rng.choice(list(arguments))
            result = {key: arguments[key], **result}
    if parameters and words.chance(0.12):
        parameters = [*parameters, _unused(words)]
    return Case(name, description, tuple(parameters), request, arguments, result)


def _unused(words: Lexicon) -> Parameter:
    """An optional parameter that the request says nothing about."""
    name, kind, default = words.rng.choice(
        [
            ("limit", "count", 10),
            ("unit", "word", "metric"),
            ("days", "count", 3),
            ("language", "language", "en"),
            ("verbose", "flag", False),
            ("page", "count", 1),
            ("format", "word", "short"),
            ("timeout", "count", 30),
            ("sort", "word", "date"),
            ("details", "flag", False),
            ("currency", "word", "USD"),
        ]
    )
    return Parameter(f"{name}", kind, words.rng.choice(("", "", f"Optional {name}")), True, default)


def _sentence(words: Lexicon) -> str:
    pattern = words.rng.choice(
        (
            "The {a} {b} is {s}.",
            "{a} {b}: {s}",
            "{c} is {s} in {d}",
            "It is {n} degrees and {w} in {d}.",
            "{n} {a} found",
            "done, {b}",
        )
    )
    return pattern.format(
        a=words.word(),
        b=words.code(),
        s=words.rng.choice(lists.STATES),
        c=words.name(),
        d=words.city(),
        n=words.rng.randint(1, 99),
        w=words.rng.choice(WEATHER),
    )


def _camel(drawn: Case) -> Case:
    def convert(name: str) -> str:
        head, *rest = name.split("_")
        return head + "".join(part.title() for part in rest)

    parameters = tuple(
        Parameter(convert(each.name), each.kind, each.description, each.optional)
        for each in drawn.parameters
    )
    arguments = {convert(name): content for name, content in drawn.arguments.items()}
    return Case(
        convert(drawn.name), drawn.description, parameters, drawn.request, arguments, drawn.result
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


COMPOSERS = (_lookup, _attribute, _place, _action, _action, _action) * 2 + (_odd,)


def distractors(words: Lexicon, count: int, taken: str = "") -> list[FunctionSchema]:
    """`count` other functions; some share the verb or the noun with `taken`."""
    others: list[FunctionSchema] = []
    while len(others) < count:
        other = case(words).schema()
        if other.name != taken and all(other.name != each.name for each in others):
            others.append(other)
    return others


def compact(result: Any) -> str:
    """A tool's result as the model reads it: a string as it is, anything else as compact JSON."""
    return (
        result
        if isinstance(result, str)
        else json.dumps(result, separators=(",", ":"), ensure_ascii=False)
    )


def shuffled(rng: random.Random, items: list[FunctionSchema]) -> list[FunctionSchema]:
    """A shuffled copy."""
    return rng.sample(items, len(items))
