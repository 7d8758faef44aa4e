"""Mending a call after an error message: correct it, repeat it, or say that it failed.

The errors are in agentkit's own words (see `dispatch`) and in those of IPython tracebacks. A call
that the model would not make by itself (a missing argument, an unknown tool) stands in the
transcript without being learned.
"""

import traceback
from collections.abc import Mapping
from typing import Any

from agentkit.harmony.prompt import FunctionSchema
from examples.tiny_model.skills.arithmetic import run
from examples.tiny_model.skills.base import (
    Scene,
    answers,
    asks,
    calls,
    returns,
    thinks,
    thought,
)
from examples.tiny_model.skills.composed import case
from examples.tiny_model.skills.functions import (
    after_result,
    answer,
    arguments_text,
    before_call,
    settled,
)
from examples.tiny_model.skills.requests import Case, compact
from examples.tiny_model.transcript import Line, copy, plain
from examples.tiny_model.words import Lexicon, phrases

TRANSIENT = phrases("""
TimeoutError: the {w} did not answer, try again|ConnectionError: connection to the {w} was reset
TimeoutError: timed out|functions.{f} did not finish within 60 s.
functions.{f} did not finish within {d} s.|the {w} is busy, try again
HTTPError: 503 Service Unavailable|the {w} is temporarily unavailable
ConnectionResetError: [Errno 104] Connection reset by peer|temporary failure, please retry
the {w} is starting, try again|ConnectionError: the {w} is not reachable, try again later
HTTPError: 429 Too Many Requests|the {w} is locked, try again in a moment
RuntimeError: temporary problem, retry|TimeoutError: no answer from the {w} after {d} seconds
network hiccup, please try again|the connection was lost, try again|try again
the {w} is busy, please retry|TimeoutError: try again
the {w} did not answer in {d} seconds, try again|ConnectionError: try again later
the {w} was lost, please try again|temporary problem with the {w}, try again
""")

FATAL = phrases("""
{v} not found|KeyError: '{v}'|there is no {w} {v}|LookupError: no such {w}: {v}
no {w} with the id {v}|{v} does not exist|PermissionError: not allowed
ValueError: unknown {w} '{v}'|the {w} {v} was deleted|PermissionError: you may not do this
no results for {v}|the {w} is closed|ValueError: {v} is not valid here
RuntimeError: the {w} is broken|FileNotFoundError: {v}|{v} is not available|access denied
the {w} has no {v}|not enough money on the account|{v} is unknown|the user declined this call.
the user declined this call: {w}|{w} {v} not found|there is no {w} with the id {v}
ValueError: there is no {v}|the {w} does not exist|KeyError: there is no {w} {v}|no such {w}
{v} was not found|PermissionError: the {w} is not available
""")

PREFIXES = [
    "#",
    "#",
    "W",
    "@",
    "ID-",
    "ORD-",
    "N",
    "K-",
    "X",
    "INV-",
    "$",
    "no-",
    "T",
    "ref-",
    "A",
    "AB-",
    "C",
    "US-",
    "/",
    "+",
]
PREFIX_REASONS = phrases("""
{k} start with '{p}', for example '{e}'|{k} must start with '{p}'
a {k} starts with '{p}', e.g. '{e}'|the {k} needs the prefix '{p}'|{k}: expected the form '{e}'
{k} begin with '{p}' (like '{e}')|missing '{p}' in front of the {k}
write the {k} with a leading '{p}'|{k} look like '{e}'|invalid {k}, it should start with '{p}'
put '{p}' before the {k}|{k} need the prefix '{p}'|a {k} must start with '{p}', like '{e}'
the {k} should start with '{p}'|invalid {k}: it must start with '{p}'
the {k} has to begin with '{p}', for example '{e}'|{k} start with '{p}'
put the prefix '{p}' before the {k}|the {k} should look like '{e}'
""")
STRIP_REASONS = phrases("""
give the {k} without '{p}'|the {k} must not start with '{p}'|leave the '{p}' out of the {k}
{k} have no '{p}'|write the {k} without the leading '{p}'|no '{p}' in the {k}, please
""")
SUGGESTIONS = phrases("""
unknown {k} '{v}', did you mean '{s}'?|there is no '{v}'. Did you mean '{s}'?
use '{s}' instead of '{v}'|'{v}' is not known, the closest match is '{s}'|{k} should be '{s}'
{k} '{v}' was renamed to '{s}'|expected '{s}', got '{v}'|no {k} '{v}'; try '{s}'
did you mean '{s}'?|'{v}' is now called '{s}'|ValueError: '{v}' is not a {k}, perhaps '{s}'?
the right {k} is '{s}'|'{v}' is unknown, did you mean '{s}'?|the {k} should be '{s}', not '{v}'
there is no {k} '{v}', did you mean '{s}'?|use the {k} '{s}' instead of '{v}'
unknown {k} '{v}', try '{s}'|expected the {k} '{s}'|{k} '{v}' is not known; the closest is '{s}'
""")


def mending(scene: Scene) -> tuple[list[Line], list[FunctionSchema]]:
    """One error and what the assistant makes of it; with the functions the scene needs."""
    words = scene.words
    if scene.python and (not scene.functions or words.chance(0.35)):
        return python_error(scene), []
    drawn = case(words)
    kinds = [_transient, _transient, _fatal, _fatal, _missing, _malformed, _unknown]
    if any(isinstance(content, str) for content in drawn.arguments.values()):
        kinds += [_prefix, _prefix, _prefix, _suggestion, _suggestion, _strip]
    return [
        asks(drawn.request),
        *before_call(scene, drawn),
        *words.rng.choice(kinds)(scene, drawn),
    ], [drawn.schema()]


def _error(drawn: Case, reason: str) -> Line:
    return returns(drawn.name, f"Error: {reason}")


def _call(drawn: Case, arguments: Mapping[str, Any] | None = None, learn: bool = True) -> Line:
    return calls(
        drawn.name, arguments_text(drawn.arguments if arguments is None else arguments), learn
    )


def _served(scene: Scene, drawn: Case, arguments: Mapping[str, Any] | None = None) -> list[Line]:
    return [
        _call(drawn, arguments),
        returns(drawn.name, compact(drawn.result)),
        *after_result(scene),
        answers(answer(drawn.result)),
    ]


def _sorry(scene: Scene, reason: str) -> list[Line]:
    return [
        *thinks(scene, "It failed. I tell the user."),
        answers(f"Sorry, that did not work: {copy(reason.rstrip('.'))}."),
    ]


def _transient(scene: Scene, drawn: Case) -> list[Line]:
    words = scene.words
    reason = _fill(words, words.pick(TRANSIENT), drawn)
    lines = [_call(drawn), _error(drawn, reason), *thinks(scene, "I try the same call again.")]
    if words.chance(0.15):
        return [*lines, _call(drawn), _error(drawn, reason), *_sorry(scene, reason)]
    return lines + _served(scene, drawn)


def _fatal(scene: Scene, drawn: Case) -> list[Line]:
    reason = _fill(scene.words, scene.words.pick(FATAL), drawn)
    return [_call(drawn), _error(drawn, reason), *_sorry(scene, reason)]


def _fill(words: Lexicon, reason: str, drawn: Case) -> str:
    contents = [str(content) for content in drawn.arguments.values() if content is not True] or [
        words.word()
    ]
    thing = (
        words.word()
        if words.chance(0.4)
        else words.pick(
            [
                "warehouse",
                "server",
                "database",
                "service",
                "order",
                "network",
                "bank",
                "user",
                "city",
                "shop",
                "record",
            ]
        )
    )
    return reason.format(
        w=thing, v=words.rng.choice(contents), f=drawn.name, d=words.rng.choice((5, 10, 20, 30, 60))
    )


def _corrected(scene: Scene, drawn: Case, key: str, content: str, reason: str) -> list[Line]:
    arguments = {**drawn.arguments, key: content}
    if drawn.result.__class__ is dict and key in drawn.result:
        drawn = Case(
            drawn.name,
            drawn.description,
            drawn.parameters,
            drawn.request,
            drawn.arguments,
            {**drawn.result, key: plain(content)},
        )
    return [
        _call(drawn),
        _error(drawn, reason),
        thought(f"I correct it. I call {settled(drawn.name, arguments)}"),
        *_served(scene, drawn, arguments),
    ]


def _text_argument(words: Lexicon, drawn: Case) -> str:
    return words.rng.choice(
        [key for key, content in drawn.arguments.items() if isinstance(content, str)]
    )


def _spoken(words: Lexicon, key: str) -> str:
    return words.rng.choice(
        (key, key.replace("_", " "), f"{key.replace('_', ' ')}s", key.split("_")[0])
    )


def _prefix(scene: Scene, drawn: Case) -> list[Line]:
    words = scene.words
    key = _text_argument(words, drawn)
    prefix = (
        words.pick(PREFIXES)
        if words.chance(0.7)
        else words.letters(1, 3) + words.rng.choice(("", "-"))
    )
    content = str(drawn.arguments[key])
    pattern = words.pick(PREFIX_REASONS)
    open_example = "{p}" in pattern and words.chance(0.5)
    example = prefix + (words.digits(2, 5) if open_example else content)
    reason = pattern.format(k=_spoken(words, key), p=prefix, e=example)
    mended = f"{copy(prefix)}{copy(content)}"
    return _corrected(scene, drawn, key, mended, reason)


def _strip(scene: Scene, drawn: Case) -> list[Line]:
    words = scene.words
    key = _text_argument(words, drawn)
    content = str(drawn.arguments[key])
    if content[0].isalnum() or not content[1:2].isalnum():
        return _prefix(scene, drawn)
    reason = words.pick(STRIP_REASONS).format(k=_spoken(words, key), p=content[0])
    return _corrected(scene, drawn, key, copy(content[1:]), reason)


def _suggestion(scene: Scene, drawn: Case) -> list[Line]:
    words = scene.words
    key = _text_argument(words, drawn)
    suggested = words.rng.choice((words.city, words.word, words.code, words.proper))()
    reason = words.pick(SUGGESTIONS).format(
        k=_spoken(words, key), v=drawn.arguments[key], s=suggested
    )
    return _corrected(scene, drawn, key, copy(suggested), reason)


def _missing(scene: Scene, drawn: Case) -> list[Line]:
    if not drawn.arguments:
        return _transient(scene, drawn)
    key = scene.words.rng.choice(list(drawn.arguments))
    rest = {name: content for name, content in drawn.arguments.items() if name != key}
    reason = f"invalid arguments for functions.{drawn.name}: {key}: Field required"
    return [
        _call(drawn, rest, learn=False),
        _error(drawn, reason),
        thought(f"Something is missing. I call {settled(drawn.name, drawn.arguments)}"),
        *_served(scene, drawn),
    ]


def _malformed(scene: Scene, drawn: Case) -> list[Line]:
    whole = plain(arguments_text(drawn.arguments))
    broken = scene.words.rng.choice(
        (whole[:-1], whole + "}", whole.replace('"', "'"), whole.replace(":", " ", 1), whole[1:])
    )
    reason = (
        f"the arguments of functions.{drawn.name} are not valid JSON: "
        + scene.words.rng.choice(
            (
                f"Expecting ',' delimiter: line 1 column {len(whole)} (char {len(whole) - 1})",
                "Extra data: line 1 column 20 (char 19)",
                "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
                "Expecting ':' delimiter: line 1 column 9 (char 8)",
            )
        )
    )
    return [
        calls(drawn.name, broken, learn=False),
        _error(drawn, reason),
        thought("I write valid JSON."),
        *_served(scene, drawn),
    ]


def _unknown(scene: Scene, drawn: Case) -> list[Line]:
    wrong = scene.words.rng.choice(
        (
            f"{drawn.name}s",
            f"do_{drawn.name}",
            scene.words.word(),
            f"{drawn.name}_info",
            "search",
            "lookup",
        )
    )
    names = [f"functions.{drawn.name}"] + (["python"] if scene.python else [])
    hint = f" Did you mean functions.{drawn.name}?" if drawn.name in wrong else ""
    reason = f'there is no tool "functions.{wrong}".{hint} Available: {", ".join(names)}.'
    body = arguments_text(drawn.arguments)
    lines = [calls(wrong, plain(body), learn=False), returns(wrong, f"Error: {reason}")]
    return [
        *lines,
        thought(f"I call {settled(drawn.name, drawn.arguments)}"),
        *_served(scene, drawn),
    ]


RUN_REQUESTS = phrases("""
Run this code: {c}|Run {c}|Execute {c}|Please run {c}|run this python: {c}|What does {c} print?
Execute this code: {c}|Try {c}|Can you run {c}|What is the output of {c}|Run the following: {c}
Please execute this: {c}|python: {c}|Here is my code: {c}|Run my code {c}|What happens with {c}
Test this: {c}|{c}
""")


def python_error(scene: Scene) -> list[Line]:
    """The user's own code fails: it is fixed when that is plain, else the failure is told."""
    words = scene.words
    code, fixed = _broken_code(words)
    request = words.pick(RUN_REQUESTS).replace("{c}", plain(code))
    error = failure(plain(code), words.rng.randint(1, 4))
    lines = [
        asks(request),
        *thinks(scene, "Run it with python.", "The user gives code. I run it with python."),
        calls("python", code),
        returns("python", error),
    ]
    if not fixed:
        last = error.splitlines()[-1]
        return [
            *lines,
            *thinks(scene, "It failed. I tell the user."),
            answers(f"Sorry, the code failed: {copy(last)}."),
        ]
    output = run(plain(fixed))
    after = thinks(scene, "", f"Python says {copy(output)}.") if scene.effort == "high" else []
    return [
        *lines,
        *thinks(scene, "I fix the code."),
        calls("python", fixed),
        returns("python", output),
        *after,
        answers(f"The result is {copy(output)}."),
    ]


Broken = tuple[str, str]
"""Code that fails and its repair, which is empty when there is none."""


def _broken_code(words: Lexicon) -> Broken:
    return words.rng.choice(_BREAKS)(words)


def _numbers(words: Lexicon) -> tuple[int, int, str]:
    """A number, a small one and a list of some."""
    rng = words.rng
    many = ", ".join(str(rng.randint(1, 99)) for _ in range(rng.randint(2, 5)))
    return rng.randint(2, 999), rng.randint(2, 99), many


def _without_module(words: Lexicon) -> Broken:
    n, m, many = _numbers(words)
    calls = f"sqrt({n * n})|factorial({m % 15})|floor({n}.{m})|ceil({n}.{m})|gcd({n}, {m})"
    call = words.rng.choice(f"{calls}|log2({2 ** (m % 9)})|isqrt({n})|prod([{many}])".split("|"))
    return f"print({call})", f"import math\nprint(math.{call})"


def _without_import(words: Lexicon) -> Broken:
    n, m, many = _numbers(words)
    calls = f"math.sqrt({n * n})|math.factorial({m % 15})|math.gcd({n}, {m})|json.dumps([{many}])"
    call = words.rng.choice(
        f"{calls}|statistics.median([{many}])|statistics.mean([{many}])".split("|")
    )
    return f"print({call})", f"import {call.split('.')[0]}\nprint({call})"


def _with_typo(words: Lexicon) -> Broken:
    n, m, many = _numbers(words)
    calls = f"sum([{many}])|len('{words.word()}')|max([{many}])|min({many})|sorted([{many}])"
    call = words.rng.choice(f"{calls}|abs(-{n})|pow({m}, 2)|round({n}.{m})".split("|"))
    name, _, rest = call.partition("(")
    return f"print({_typo(words, name)}({rest})", f"print({call})"


def _with_misspelt_print(words: Lexicon) -> Broken:
    n, m, many = _numbers(words)
    w = words.word()
    call = words.rng.choice([f"{n} * {m}", f"sum([{many}])", f"'{w}'", f"{n} + {m}", f"len('{w}')"])
    wrong = words.rng.choice(("prnt", "pritn", "Print", "printt", "pint", "prin"))
    return f"{wrong}({call})", f"print({call})"


def _text_plus_number(words: Lexicon) -> Broken:
    n, w = words.rng.randint(2, 999), words.word()
    text = words.rng.choice(("Total: ", "Sum: ", "n = ", "Result: ", f"{w} ", "Age: ", f"{w}: "))
    return f'print("{text}" + {n})', f'print("{text}" + str({n}))'


def _never_closed(words: Lexicon) -> Broken:
    n, _, many = _numbers(words)
    name = words.rng.choice(("sum", "max", "len", "sorted", "min", "abs"))
    call = f"abs(-{n})" if name == "abs" else f"{name}([{many}])"
    return f"print({call}", f"print({call})"


def _by_zero(words: Lexicon) -> Broken:
    n, m, _ = _numbers(words)
    return f"print({words.rng.choice((f'{n} / 0', f'{n} // 0', f'{n} % 0', f'{n}/({m}-{m})'))})", ""


def _beyond_repair(words: Lexicon) -> Broken:
    n, m, many = _numbers(words)
    w, other = words.word(), words.word()
    expressions = (
        f"[{many}][{m + 9}]",
        f"int('{w}')",
        f"{{'{w}': {n}}}['{other}z']",
        f"float('{w}')",
        f"[{many}].index({n + 1000})",
        f"open('{w}.txt')",
        f"'{w}'.{other}()",
        f"len({n})",
        f"int([{many}])",
    )
    return f"print({words.rng.choice(expressions)})", ""


_BREAKS = (
    _without_module,
    _without_import,
    _with_typo,
    _with_misspelt_print,
    _text_plus_number,
    _never_closed,
    _by_zero,
    _beyond_repair,
    _beyond_repair,
)


def _typo(words: Lexicon, name: str) -> str:
    place = words.rng.randrange(len(name))
    return words.rng.choice(
        (name + name[-1], name[:place] + name[place] + name[place:], name[0] + name)
    )


def failure(code: str, cell: int) -> str:
    """What a notebook says when it runs `code`: IPython's traceback, as agentkit trims it."""
    try:
        exec(compile(code, "<cell>", "exec"), {"print": lambda *_: None})
    except SyntaxError as error:
        body = traceback.format_exception_only(error)
        if "was never closed" in body[-1]:
            last = code.splitlines()[-1]
            body = [
                *body[:1],
                f"    {last}\n",
                f"    {' ' * len(last)}^\n",
                "SyntaxError: incomplete input",
            ]
        middle = "".join(body[1:-1]).rstrip("\n")
        return f"  Cell In[{cell}], line {error.lineno}\n{middle}\n{body[-1].rstrip()}"
    except Exception as error:
        name = type(error).__name__
        line = traceback.extract_tb(error.__traceback__)[-1].lineno or 1
        shown = "\n".join(
            f"{'---->' if index == line else '     '} {index} {text}"
            for index, text in enumerate(code.split("\n"), 1)
        )
        head = f"{name}{'Traceback (most recent call last)':>{75 - len(name)}}"
        return f"{head}\nCell In[{cell}], line {line}\n{shown}\n{name}: {error}"
    raise AssertionError(f"the code was to fail: {code}")
