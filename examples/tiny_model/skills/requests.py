"""Functions and requests for them: from the catalogue, and composed of verbs, nouns and parameters.

A `Case` is a function with a request that calls for it, the right arguments and a possible result. The composed ones are
there so that the model learns the habit (match the request's words with a name, copy the values) and not a list.
"""

import functools
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.harmony.prompt import FunctionSchema
from examples.tiny_model import words as lists
from examples.tiny_model.skills.catalog import CATALOG
from examples.tiny_model.words import Lexicon, is_held


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function: its name, kind of value, description, and whether it may be left out (then perhaps its default)."""

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


NUMBERS = {"count", "amount", "digit", "medium", "small", "decimal", "large", "year"}
WEATHER = "sunny cloudy rainy windy foggy stormy snowy clear hot cold humid".split()
CUISINES = "Italian Indian Thai Mexican Greek Turkish Korean vegan French Spanish Vietnamese Ethiopian Lebanese".split()


def json_type(kind: str) -> str:
    """The JSON Schema type of a kind of value."""
    if kind in NUMBERS:
        return "number" if kind in ("amount", "decimal") else "integer"
    return "boolean" if kind in ("flag", "bool") else "string"


def value(words: Lexicon, kind: str) -> Any:
    """A random value of `kind`, as JSON holds it."""
    makers = _makers(words)
    if kind.endswith("_list"):
        return [makers[kind.removesuffix("_list")]() for _ in range(words.rng.randint(1, 4))]
    return makers[kind]()


def _makers(words: Lexicon) -> dict[str, Callable[[], Any]]:
    rng = words.rng
    return {
        "city": words.city, "code": words.code, "email": words.email, "phrase": words.phrase, "count": words.count,
        "time": words.time, "date": words.date, "name": words.full_name, "word": words.word, "proper": words.proper,
        "amount": lambda: _number(words.amount()), "decimal": words.decimal, "digit": lambda: rng.randint(1, 9),
        "int": lambda: rng.randint(1, 99), "small": lambda: rng.randint(1, 60), "medium": lambda: rng.randint(20, 2000),
        "large": words.integer, "year": lambda: rng.randint(1950, 2027),
        "currency": lambda: rng.choice(lists.CURRENCIES), "language": lambda: words.pick(lists.LANGUAGES),
        "color": lambda: words.pick(lists.COLORS), "room": lambda: rng.choice(lists.ROOMS),
        "ticker": lambda: words.letters(2, 5) + (words.digits(1, 2) if words.chance(0.2) else ""),
        "path": lambda: _path(words), "host": lambda: f"{words.word()}{rng.choice(['', '-1', '-prod', '01', '-api'])}",
        "street": lambda: f"{words.proper()} {rng.choice(['Street', 'Avenue', 'Road', 'Square', 'Station', 'Airport'])}"
        + (f" {rng.randint(1, 99)}" if words.chance(0.3) else ""),
        "level": lambda: rng.choice(["low", "medium", "high", "urgent", "critical", "normal"]),
        "cuisine": lambda: rng.choice(CUISINES), "weather": lambda: rng.choice(WEATHER), "state": lambda: rng.choice(lists.STATES),
        "bool": lambda: words.chance(0.6), "flag": lambda: True, "onoff": lambda: rng.choice(["on", "off"]),
        "letter": lambda: rng.choice("ABCDEF"),
    }  # fmt: skip


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _path(words: Lexicon) -> str:
    folder = words.rng.choice(["", "", "/tmp/", "docs/", f"{words.word()}/", "/home/"])
    return f"{folder}{words.word()}.{words.rng.choice(['txt', 'md', 'py', 'json', 'csv', 'pdf', 'png', 'log'])}"


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
    return tuple(
        _entry(block.split("\n"))
        for block in CATALOG.strip().replace(".\n\n", ".\n \n").split("\n\n")
    )


def _entry(block: list[str]) -> Entry:
    name, description = block[0].split(" | ")
    parameters = tuple(_parameter(text) for text in block[1].split("; ") if text.strip())
    return Entry(name, description, parameters, tuple(block[2].split("; ")), block[3])


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
        if not parameter.name == "urgent"
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


NOUNS = """order invoice parcel flight user account ticket booking meeting event task project document contract report
payment subscription coupon product package shipment customer patient student teacher course lesson exam book movie song
playlist album photo video message comment post article page recipe meal restaurant table room house apartment garage car
bike train bus ticket trip tour hotel reservation appointment reminder alarm timer note list calendar contact email file
folder backup server database cluster container job pipeline branch issue ticket release deployment sensor camera lamp
heater oven printer scanner robot drone machine engine battery pump valve door gate window garden plant tree field farm
warehouse store shelf item basket voucher refund claim policy loan card wallet transfer budget salary shift employee team
visitor member badge license permit passport vaccine prescription sample experiment survey vote poll auction bid badge
""".split()
VERBS = """book reserve order cancel schedule create delete update ship return refund track rent buy sell print upload download
archive approve reject assign invite notify renew pause resume start stop open close lock unlock move copy rename add remove
share publish hide merge split clean repair inspect install reset scan sign verify register submit send deliver collect
charge donate pack label tag sort export import rate review mark flag block mute""".split()
SYNONYMS = {
    "book": "reserve",
    "delete": "remove",
    "create": "make",
    "buy": "purchase",
    "cancel": "call off",
    "update": "change",
    "ship": "dispatch",
    "repair": "fix",
    "notify": "tell",
    "start": "launch",
    "stop": "end",
    "rent": "hire",
    "send": "mail",
    "inspect": "check",
    "submit": "hand in",
    "publish": "post",
}
LOOKUPS = "get lookup find fetch show check read retrieve query load view describe search".split()
ATTRIBUTES = """price status balance size weight owner address phone height age color rating location temperature speed length
capacity deadline title author version total discount salary score level email description category stock""".split()
TOPICS = """weather forecast population time temperature traffic news sunrise sunset holidays timezone events hotels
restaurants museums pollen humidity wind rain tides parking rent taxes elevation crime schools hospitals concerts jobs
airports radiation noise snow earthquakes fuel_prices air_quality public_transport postal_code area_code""".split()
ID_REQUESTS = """Where is {noun} {v}?|What is the status of {noun} {v}?|Look up {noun} {v}.|Find {noun} number {v}|Show me {noun} {v}
I need the details of {noun} {v}|Can you check {noun} {v}?|What about {noun} {v}?|Get me {noun} {v} please|{noun} {v}|What do we know about {noun} {v}?
Tell me about {noun} {v}.|Is there anything on {noun} {v}?|Please find the {noun} with number {v}.|I am looking for {noun} {v}.|Pull up {noun} {v}
Give me the {noun} {v}|Could you look at {noun} {v}?|Information on {noun} {v} please|My {noun} is {v}, can you find it?""".replace(
    "\n", "|"
).split("|")
ATTRIBUTE_REQUESTS = """What is the {attr} of {noun} {v}?|Tell me the {attr} of {noun} {v}.|{attr} of {noun} {v}|I need the {attr} of {noun} {v}|Which {attr} does {noun} {v} have?
What {attr} does {noun} {v} have?|Show the {attr} for {noun} {v}|Do you know the {attr} of {noun} {v}?|Give me the {attr} of the {noun} {v}.|Check the {attr} of {noun} {v}
Find out the {attr} of {noun} {v}|Look up the {attr} of {noun} {v} please|What's the {attr} for {noun} {v}?|Could you get the {attr} of {noun} {v}?""".replace(
    "\n", "|"
).split("|")
PLACE_REQUESTS = """What is the {topic} in {v}?|Tell me the {topic} in {v}.|{topic} in {v}|How is the {topic} in {v}?|I need the {topic} for {v}|Show me the {topic} of {v}
Give me the {topic} for {v} please|What about the {topic} in {v}?|Check the {topic} in {v}|{topic} {v}|Do you have the {topic} for {v}?|Find the {topic} of {v}.
I am in {v}, what is the {topic}?|What's the {topic} like in {v}?|Can you look up the {topic} for {v}?|I travel to {v}. What is the {topic} there?""".replace(
    "\n", "|"
).split("|")
ACTION_REQUESTS = """{do}|Please {do}.|{do} please|Can you {do}?|Could you {do}?|I want to {do}.|I would like to {do}|I'd like you to {do}.|I need to {do}
Would you {do}?|We have to {do}.|You should {do}.|Hey, {do}|Let's {do}.|Help me to {do}.|Go ahead and {do}|Now {do}|Time to {do}|It is time to {do}.|Be so kind and {do}.""".replace(
    "\n", "|"
).split("|")
KEYS = """status:state total:decimal price:decimal count:count name:name city:city date:date time:time id:code reference:code
confirmed:bool success:bool message:phrase note:phrase owner:name location:city weight:decimal color:color score:small
balance:decimal currency:currency level:level category:word created:date due:date available:bool quantity:count email:email
title:phrase state:state rating:digit duration:small order_id:code booking_id:code total_price:decimal created_at:date
is_active:bool user_name:name delivery_date:date next_step:phrase items:word_list tags:word_list codes:code_list
temperature:small humidity:small value:large distance:medium author:name year:year result:word room:room unit:word""".split()
PARAMETERS = """city,location,place,town,region|city|Name of the city;Where;|in {v};for {v};at {v}
person,name,customer,user,recipient,guest,owner,assignee,employee,member|name|Name of the person;Who;|for {v};to {v};with {v};by {v};{n} {v}
date,day,start_date,due_date,when|date|Which day;Date;|on {v};for {v};by {v}
time,hour,start_time,at|time|Time of day;When;|at {v}
quantity,count,copies,pieces,units|count|How many;Number of pieces;|{n} {v};{v} {n};with {n} {v}
price,budget,max_price,fee,limit|amount|In dollars;Upper limit;|for {v} dollars;under {v} dollars;with a {n} of {v};up to {v} euros;{n} {v}
color,colour|color|Color;|in {v};{n} {v}
priority,severity,importance|level|low, medium or high;|with {n} {v};with {v} {n};{n} {v}
email,email_address,contact|email|Email address;|to {v};for {v};{n} {v}
note,comment,message,text,reason,subject,title|phrase|Free text;|with the {n} {v};with {n} "{v}";{n}: {v};because {v};saying {v}
minutes,days,hours,nights,weeks|count|How long;|for {v} {n};{v} {n}
language|language|Target language;|in {v}
source,origin,from_place,start|city|Where from;|from {v}
destination,target,to_place|city|Where to;|to {v}
size,width,height,weight,age,temperature,speed,volume,score,year|medium|As a number;|with {n} {v};{n} {v};at {n} {v};with a {n} of {v}
category,type,kind,department,team,group,project,brand,topic,genre|word|One word;|{n} {v};in the {n} {v};of {n} {v};with {n} {v}
path,file,filename|path|Path of the file;|from {v};{n} {v};with the file {v}
urgent,express,public,recursive,private,silent|flag||and make it {n};{n}: yes;and set {n};as {n}""".split(
    "\n"
)


def composed(words: Lexicon) -> Case:
    """A function made up of a verb, a noun and parameters, with a request for it."""
    kind = words.rng.choice((_lookup, _attribute, _place, _action, _action, _action, _odd))
    drawn = kind(words)
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
        text = f"{spoken} {rng.choice(('', '', 'the ', 'my '))}{noun} {rng.choice(('', '', 'number '))}{arguments[name]}"
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
    words: Lexicon, line: str, parameters: list[Parameter], arguments: dict[str, Any]
) -> str:
    names, kind, descriptions, fragments = line.split("|")
    name = words.pick(names.split(","))
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
