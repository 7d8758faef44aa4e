"""Choosing among the user's functions, filling in arguments, answering from the result."""

import json
from collections.abc import Mapping
from typing import Any

from agentkit.harmony.prompt import FunctionSchema
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
from examples.tiny_model.skills.requests import Case, compact
from examples.tiny_model.transcript import Line, copy, plain


def functions(scene: Scene) -> tuple[list[Line], list[FunctionSchema]]:
    """One request served by one function; the function's schema is to be among the scene's."""
    drawn = case(scene.words)
    lines = [
        asks(drawn.request),
        *before_call(scene, drawn),
        calls(drawn.name, arguments_text(drawn.arguments)),
        returns(drawn.name, compact(drawn.result)),
        *after_result(scene),
        answers(answer(drawn.result)),
    ]
    return lines, [drawn.schema()]


def settling(scene: Scene, drawn: Case, called: bool) -> list[Line]:
    """A request and what is decided for it; if `called` the call too, which nothing answers."""
    call = calls(drawn.name, arguments_text(drawn.arguments))
    return [asks(drawn.request), *before_call(scene, drawn), *([call] if called else [])]


def before_call(scene: Scene, drawn: Case) -> list[Line]:
    """The analysis that settles function and arguments; short at low effort, but never left out:
    the call then only has to be written down.
    """
    chosen = settled(drawn.name, drawn.arguments)
    text = {
        "low": f"Call {chosen}",
        "medium": f"I call {chosen}",
        "high": f"The user wants something done. I have a function for that. I call {chosen}",
    }[scene.effort]
    return [thought(text)]


def settled(name: str, arguments: Mapping[str, Any]) -> str:
    """A function and its arguments as analysis names them."""
    parts = [f"{copy(key)}: {copy(_shown(content))}" for key, content in arguments.items()]
    return f"{copy(name)} with {', '.join(parts)}." if parts else f"{copy(name)}."


def after_result(scene: Scene) -> list[Line]:
    """The analysis between result and answer: at high effort only."""
    return (
        thinks(scene, "", "The tool answered. Now I tell the user.")
        if scene.effort == "high"
        else []
    )


def arguments_text(arguments: Mapping[str, Any]) -> str:
    """Compact JSON with the values marked as copied."""
    return "{" + ",".join(f'"{name}":{_json(content)}' for name, content in arguments.items()) + "}"


def _json(content: Any) -> str:
    if isinstance(content, str) and plain(content) != content:
        return f'"{content}"'
    if isinstance(content, str):
        return f'"{copy(json.dumps(content, ensure_ascii=False)[1:-1])}"'
    return json.dumps(content) if isinstance(content, bool) else copy(content)


def _shown(content: Any) -> str:
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, list):
        return ", ".join(_shown(each) for each in content)
    return str(content)


def answer(result: Any) -> str:
    """The final text for a tool's result: every value is in it."""
    if isinstance(result, str):
        return copy(result) if len(result.split()) > 3 else f"The result is {copy(result)}."
    if not isinstance(result, dict):
        return f"The result is {copy(_shown(result))}."
    parts = [
        f"the {_spoken(key)} {_verb(content)} {_listed(content)}" for key, content in result.items()
    ]
    text = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{text[0].upper()}{text[1:]}."


def _spoken(key: str) -> str:
    return " ".join(copy(word) for word in key.split("_"))


def _verb(content: Any) -> str:
    return "are" if isinstance(content, list) else "is"


def _listed(content: Any) -> str:
    if isinstance(content, list):
        return ", ".join(copy(_shown(each)) for each in content)
    return copy(_shown(content))
