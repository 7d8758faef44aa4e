"""Calls that are nearly right: recipients, JSON arguments and wrapped code, mended or refused.

Knows names and text, not schemas and not tools: whether the arguments fit is for whoever runs the
call. A mend must leave no choice: where two tools or two readings are possible, nothing is
guessed and the model is told. Never give `parse_arguments` the text of a call that was cut
(`message.complete` is False): closing its brackets would make it look whole.
"""

from __future__ import annotations

import ast
import difflib
import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from agentkit.errors import ToolRetry

CONTROL_CHARACTERS = "Raw control characters inside strings were accepted."
FENCE = "A Markdown fence around the arguments was taken off."
TEXT_AROUND = "Text around the JSON object was skipped."
ARRAY_OF_ONE = "An array around the arguments was taken off."
JSON_IN_STRING = "The arguments were encoded twice and have been decoded twice."
PYTHON_LITERAL = "A Python dict was read in place of a JSON object."
BRACKETS = "Missing brackets were closed and stray commas taken out."
EMPTY = "Empty arguments were read as {}."

PYTHON = "python"
FUNCTIONS = "functions."

_EDGES = " \t\r\n\"'`.,;:!?()[]{}<>=*…"
_JUNK_WORDS = frozenset({"json", "code", "commentary", "analysis", "final", "assistant"})
_GLUED_JUNK = re.compile(r"(?<=[A-Za-z0-9])(?:json|commentary)$")
_NAMESPACE = re.compile(r"(?:functions?|tools?)[.:/\s]+(?=.)", re.IGNORECASE)
_PYTHON_ALIAS = re.compile(r"python[.:/]\S*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\W_]+")
_LONGEST_NAME = 200
_ALIKE = 0.6
_LONGEST_LITERAL = 200_000

_FENCE_OPENING = re.compile(r"[\w+-]*[ \t]*\r?\n")
_ODD_ESCAPE = re.compile(r"\\(?:([\\'\"abfnrtvxuUN\n]|0(?![0-7]))|(.))", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_PART_BEFORE = re.compile(r"[\"']\s*[:,]\s*$|[,\[]\s*$")
_PART_AFTER = re.compile(r"\s*[,:]")
_MOST_BRACES = 50
_STRUCTURE = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*"|"|[{}\[\]]|(?P<stray>,\s*(?=[}\]]))|,|[^"{}\[\],]+', re.DOTALL
)
_DEEPEST = 500
_CODE_KEYS = frozenset({"code", "input", "script"})


class BadArguments(ToolRetry):
    """The arguments of a call are no JSON object and cannot be mended without guessing.

    Args:
        reason: what is wrong and where, for the model.
        position: index of the offending character; None where there is no single one.
    """

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(
            f"The arguments are not valid: {reason}. Make the call again, with exactly one JSON"
            " object as its whole body, and nothing before or after it."
        )
        self.position = position


@dataclass(frozen=True, slots=True)
class Arguments:
    """A call's arguments.

    Args:
        value: the object.
        notes: the mends, one constant sentence each; empty for valid JSON.
    """

    value: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def resolve(recipient: str, names: Collection[str]) -> str | None:
    """The registered tool that `recipient` means.

    A name that is registered as written always wins. Otherwise only what carries no meaning may
    differ: namespace `functions.` missing or too much, case, separators, punctuation, a content
    type or channel run into the name, and `python.anything` for the built-in `python`.

    Args:
        recipient: as the model wrote it.
        names: full names: `functions.get_order`, `python`, `browser.search`.

    Returns:
        One of `names`; None when none fits or more than one does.
    """
    if recipient in names:
        return recipient
    for spelling in _spellings(recipient):
        for exact in (spelling, FUNCTIONS + spelling):
            if exact in names:
                return exact
        for near in (_near(spelling, names), _near(FUNCTIONS + spelling, names)):
            if near:
                return near[0] if len(near) == 1 else None
        if PYTHON in names and _PYTHON_ALIAS.fullmatch(spelling):
            return PYTHON
    return None


def suggest(recipient: str, names: Collection[str]) -> list[str]:
    """Up to three registered names that look like `recipient`, likest first, for an error text."""
    wanted = min(_spellings(recipient), key=len, default="").lower().removeprefix(FUNCTIONS)

    def likeness(name: str) -> float:
        name = name.lower().removeprefix(FUNCTIONS)
        pairs = ((wanted, name), (wanted.rpartition(".")[2], name.rpartition(".")[2]))
        return max(difflib.SequenceMatcher(None, *pair).ratio() for pair in pairs)

    scored = sorted(
        ((likeness(name), name) for name in names), key=lambda each: (-each[0], each[1])
    )
    return [name for score, name in scored if score >= _ALIKE][:3]


def _spellings(recipient: str) -> Iterator[str]:
    """`recipient` with more and more junk taken off."""
    name = recipient[:_LONGEST_NAME].split("<|")[0].removeprefix("to=").strip(_EDGES)
    words = name.split()
    yield from _with_and_without_namespace(name)
    while len(words) > 1 and words[-1].strip(_EDGES).lower() in _JUNK_WORDS:
        words.pop()
        yield from _with_and_without_namespace(" ".join(words).strip(_EDGES))
    if words and (glued := _GLUED_JUNK.sub("", " ".join(words))) != name:
        yield from _with_and_without_namespace(glued)


def _with_and_without_namespace(name: str) -> Iterator[str]:
    if name:
        yield name
    if match := _NAMESPACE.match(name):
        yield name[match.end() :]


def _near(spelling: str, names: Collection[str]) -> list[str]:
    """Names that differ from `spelling` in case and separators only."""
    key = _key(spelling)
    return [name for name in names if key and _key(name) == key]


def _key(name: str) -> str:
    return _SEPARATORS.sub("", name).casefold()


def parse_arguments(text: str) -> Arguments:
    """Read a call's body as one JSON object, mending what leaves no choice.

    Args:
        text: the body of a complete call.

    Raises:
        BadArguments: it cannot be read as one object; the text says where and what to do.
    """
    body = text.strip().removeprefix("\ufeff")
    if not body:
        return Arguments({}, (EMPTY,))
    try:
        return _ladder(body)
    except (RecursionError, MemoryError):
        raise BadArguments("they are nested too deeply") from None


def unwrap_code(text: str) -> str:
    """The source in a Python call's body: unwrapped when the wrapping is all there is.

    Taken off are a JSON object whose only key is `code`, `input` or `script` with a string, and
    one Markdown fence. Anything else is source already and comes back as it is.
    """
    if text.lstrip().startswith("{"):
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            return text
        if isinstance(value, dict) and len(value) == 1:
            ((key, code),) = value.items()
            if key in _CODE_KEYS and isinstance(code, str):
                return code
        return text
    inner = _unfenced(text)
    return text if inner is None else inner


def _ladder(body: str) -> Arguments:
    """One rung after the other; the error told is that of the body as it was written."""
    notes: list[str] = []
    if (inner := _unfenced(body)) is not None:
        body = inner.strip()
        notes.append(FENCE)
    value, error = _loads(body, notes)
    if error is None:
        return Arguments(_object(value, notes), tuple(notes))
    for rung in (_outermost, _balanced, _literal):
        found = rung(body)
        if found is not None:
            mended, note = found
            return Arguments(_object(mended, notes), (*notes, note))
    _refuse(body, error)


def _refuse(body: str, error: ValueError) -> NoReturn:
    if not isinstance(error, json.JSONDecodeError):
        raise BadArguments("a number in them is too long") from None
    near = body[max(0, error.pos - 20) : error.pos + 20]
    what = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
    where = f"line {error.lineno} column {error.colno} (character {error.pos})"
    raise BadArguments(f"{what} at {where}, near {near!r}", error.pos) from None


def _loads(body: str, notes: list[str]) -> tuple[Any, ValueError | None]:
    try:
        return _decode(body), None
    except ValueError as error:
        first = error
    try:
        value = _decode(body, strict=False)
    except ValueError:
        return None, first
    notes.append(CONTROL_CHARACTERS)
    return value, None


def _decode(body: str, strict: bool = True) -> Any:
    value, end = _decoder(strict).raw_decode(body)
    if body[end:].strip():
        raise json.JSONDecodeError("Extra data", body, end)
    return value


def _decoder(strict: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        strict=strict,
        parse_float=_finite,
        parse_constant=_no_constant,
        object_pairs_hook=_without_duplicates,
    )


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise BadArguments(f"the number {number[:40]} is too large")
    return value


def _no_constant(name: str) -> NoReturn:
    raise BadArguments(f"{name} is not a JSON value; use null or a number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, each in pairs:
        if key in value and value[key] != each:
            raise BadArguments(f"the key {key[:80]!r} stands in them twice, with two values")
        value[key] = each
    return value


def _object(value: Any, notes: list[str]) -> Mapping[str, Any]:
    """The object in what was decoded: itself, alone in an array, or encoded in a string."""
    if isinstance(value, str) and value.strip().startswith("{"):
        value, error = _loads(value.strip(), notes)
        if error is not None:
            raise BadArguments("they are a string, not an object")
        notes.append(JSON_IN_STRING)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
        notes.append(ARRAY_OF_ONE)
    if not isinstance(value, dict):
        raise BadArguments(f"they are {_kind(value)}, not an object")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadArguments("a string in them holds half of a surrogate pair") from None
    except ValueError:
        raise BadArguments("a number in them is too long") from None
    return value


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return "a string" if isinstance(value, str) else "a number"


def _unfenced(text: str) -> str | None:
    """What stands in the one Markdown fence that is all of `text`."""
    fenced = text.strip()
    if len(fenced) < 6 or fenced.count("```") != 2 or not fenced.startswith("```"):
        return None
    if not fenced.endswith("```"):
        return None
    inner = fenced[3:-3]
    opening = _FENCE_OPENING.match(inner)
    return inner[opening.end() if opening else 0 :].removesuffix("\n")


def _outermost(body: str) -> tuple[Any, str] | None:
    """The one JSON object in prose; never an object inside another, never a part of one."""
    decoder = _decoder(strict=False)
    start = body.find("{")
    for _ in range(_MOST_BRACES):
        if start < 0:
            break
        try:
            value, end = decoder.raw_decode(body, start)
        except ValueError:
            start = body.find("{", _closing_brace(body, start))
            continue
        alone = not (_PART_AFTER.match(body, end) or "{" in body[end:])
        return (value, TEXT_AROUND) if alone and _begins(body, start) else None
    return None


def _begins(body: str, start: int) -> bool:
    """False when what stands before the brace at `start` makes it a part of something larger."""
    return start >= 0 and not _PART_BEFORE.search(body[max(0, start - 20) : start])


def _closing_brace(body: str, start: int) -> int:
    """The index behind the brace that closes the one at `start`, strings not considered."""
    depth = 0
    for match in _BRACE.finditer(body, start):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return len(body)


def _literal(body: str) -> tuple[Any, str] | None:
    """A Python dict: single quotes, True, None, escapes that JSON does not know."""
    start, end = body.find("{"), body.rfind("}") + 1
    if end <= start or len(body) > _LONGEST_LITERAL or not _begins(body, start):
        return None
    source = _ODD_ESCAPE.sub(_python_escape, body[start:end])
    try:
        tree = ast.parse(source, mode="eval")
        if not isinstance(tree.body, ast.Dict) or _has_duplicates(tree):
            return None
        return _decode(json.dumps(ast.literal_eval(tree), allow_nan=False)), PYTHON_LITERAL
    except (ValueError, TypeError, SyntaxError):
        return None


def _python_escape(match: re.Match[str]) -> str:
    """Spell for Python, without a warning, what JSON or a Windows path writes with a backslash."""
    if match[1]:
        return match[0]
    return "/" if match[2] == "/" else "\\\\" + match[2]


def _has_duplicates(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            if len(set(keys)) < len(keys):
                return True
    return False


def _balanced(body: str) -> tuple[Any, str] | None:
    """The object with its missing brackets closed; a string left open is not closed."""
    start = body.find("{")
    source = _close_brackets(body[start:]) if _begins(body, start) else None
    if source is None:
        return None
    try:
        return _decode(source, strict=False), BRACKETS
    except ValueError:
        return None


def _close_brackets(body: str) -> str | None:
    """`body` with closers put where they are missing; None if a string is left open."""
    closer_of = {"{": "}", "[": "]"}
    missing: list[str] = []
    parts: list[str] = []
    for match in _STRUCTURE.finditer(body):
        part = match[0]
        if part == '"' or len(missing) > _DEEPEST:
            return None
        if part in closer_of:
            missing.append(closer_of[part])
        elif part in ("}", "]"):
            if part not in missing:
                return None
            while (expected := missing.pop()) != part:
                parts.append(expected)
        elif match["stray"]:
            continue
        parts.append(part)
    return "".join(parts) + "".join(reversed(missing))
