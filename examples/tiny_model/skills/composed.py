"""Functions made up of a verb, a noun and parameters, with requests for them.

They are there so that the model learns the habit (match the words of the request with a name, copy
the values) and not a list of functions. `case` draws from these and from the catalogue.
"""

import random
import re
from collections.abc import Sequence
from typing import Any

from agentkit.harmony.prompt import FunctionSchema
from examples.tiny_model import words as lists
from examples.tiny_model.skills.entries import Parameter, catalogued
from examples.tiny_model.skills.request_phrases import (
    ACTION_REQUESTS,
    ATTRIBUTE_REQUESTS,
    ATTRIBUTES,
    COUNTED,
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
from examples.tiny_model.skills.requests import Case, explicit, from_catalogue
from examples.tiny_model.skills.values import WEATHER, value
from examples.tiny_model.words import Lexicon


def case(words: Lexicon) -> Case:
    """A random case; held-out ones use functions that training never sees."""
    if words.chance(0.6):
        return from_catalogue(words)
    return composed(words)


def composed(words: Lexicon) -> Case:
    """A function made up of a verb, a noun and parameters, with a request for it."""
    composers = REAL if words.held else (*REAL, _odd, _counted)
    drawn = words.rng.choice(composers)(words)
    while drawn.name in catalogued():
        drawn = words.rng.choice(composers)(words)
    if words.chance(0.08):
        drawn = _camel(drawn)
    return explicit(words, drawn) if words.chance(0.06) else drawn


def _noun(words: Lexicon) -> str:
    return words.pick(NOUNS) if words.held or words.chance(0.5) else words.word()


def _verb(words: Lexicon, verbs: Sequence[str]) -> str:
    """A real verb; in training any word may stand for one, so that matching is learned."""
    return words.pick(verbs) if words.held or words.chance(0.7) else words.word()


def _parameter_name(words: Lexicon, *usual: str) -> str:
    """A usual name; in training often any word, so that names are read and not guessed."""
    if not words.held and words.chance(0.35):
        return words.word() + words.rng.choice(("", "", "_id"))
    return words.rng.choice(usual)


def _lookup(words: Lexicon) -> Case:
    noun, verb = _noun(words), _verb(words, LOOKUPS)
    name = _parameter_name(
        words, f"{noun}_id", "id", f"{noun}_number", "number", "code", "reference", noun
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
    noun, attribute = _noun(words), _verb(words, ATTRIBUTES)
    verb = words.rng.choice(("get", "get", "find", "check", "lookup", "read"))
    name = _parameter_name(words, f"{noun}_id", "id", "number", noun, "code", "name")
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
    topic, city = _verb(words, TOPICS), words.city()
    name = _parameter_name(words, "city", "city", "location", "place", "town", "area", "where")
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
    verb, noun = _verb(words, VERBS), _noun(words)
    spoken = SYNONYMS.get(verb, verb) if words.chance(0.3) else verb
    parameters: list[Parameter] = []
    arguments: dict[str, Any] = {}
    text = f"{spoken} {rng.choice(('the', 'a', 'my', 'this', 'one'))} {noun}"
    if words.chance(0.5):
        name = _parameter_name(words, f"{noun}_id", "id", "number", noun, "code", f"{noun}_number")
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
    if not words.held and words.chance(0.25):
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


def _counted(words: Lexicon) -> Case:
    """A function of two or three numbers in any order: only the word beside each tells which."""
    verb, noun = _verb(words, VERBS), _noun(words)
    spoken = words.rng.sample(COUNTED, words.rng.choice((2, 2, 3)))
    shape = words.rng.choice(("{}", "{}", "{}", "{}_count", "number_of_{}", "max_{}"))
    parameters = [Parameter(shape.format(each), "count") for each in spoken]
    arguments: dict[str, Any] = {
        parameter.name: value(words, words.rng.choice(("count", "small", "medium", "digit")))
        for parameter in parameters
    }
    pairs = list(zip(spoken, arguments.values(), strict=True))
    phrase = words.rng.choice(("{v} {n}", "{v} {n}", "{n} {v}", "{n}: {v}", "{v} as {n}"))
    said = [phrase.format(n=n, v=v) for n, v in words.rng.sample(pairs, len(pairs))]
    glue = words.rng.choice((", ", " and ", " ", " with ", ", with "))
    what = f"{words.rng.choice(('the ', 'a ', 'my ', ''))}{noun}"
    order = words.rng.choice(("{verb} {what} {said}", "{verb} {what}, {said}", "{verb} {said}"))
    text = order.format(verb=verb, what=what, said=glue.join(said))
    request = _capital(words.pick(ACTION_REQUESTS).format(do=text))
    return _finished(words, f"{verb}_{noun}", "", parameters, request, arguments)


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


REAL = (_lookup, _attribute, _place, _action, _action, _action)


def distractors(words: Lexicon, count: int) -> list[FunctionSchema]:
    """`count` functions of different names."""
    others: dict[str, FunctionSchema] = {}
    while len(others) < count:
        other = case(words).schema()
        others[other.name] = other
    return list(others.values())


def overlap(schema: FunctionSchema, request: str) -> int:
    """How many words of a function's name occur in the request (by their first five letters)."""
    said = {word[:5] for word in re.findall("[a-z]+", request.lower())}
    name = re.findall("[A-Z]?[a-z]+", schema.name)
    return len({word.lower()[:5] for word in name} & said)


def is_decided(drawn: Case, declared: Sequence[FunctionSchema]) -> bool:
    """Whether the request has more words of its function's name than of any other's."""
    most = overlap(drawn.schema(), drawn.request)
    others = (each for each in declared if each.name != drawn.name)
    return all(overlap(each, drawn.request) < most for each in others)


def shuffled(rng: random.Random, items: list[FunctionSchema]) -> list[FunctionSchema]:
    """A shuffled copy."""
    return rng.sample(items, len(items))
