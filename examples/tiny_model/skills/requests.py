"""A function with a request that calls for it, and those of the catalogue.

A `Case` knows the right arguments and a possible result. `composed` makes more of them.
"""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentkit.harmony.prompt import FunctionSchema
from examples.tiny_model.skills.disguise import disguised
from examples.tiny_model.skills.entries import Entry, Parameter, catalogue, is_unseen
from examples.tiny_model.skills.values import json_type, value
from examples.tiny_model.words import Lexicon


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
        origin: the entry of the catalogue that it was drawn from, if any.
    """

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    request: str
    arguments: Mapping[str, Any]
    result: Any
    origin: Entry | None = None

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


def from_catalogue(words: Lexicon) -> Case:
    """A case from the catalogue."""
    entry = _ordered(words, _drawn(words))
    request, values = _asked(words, entry)
    parameters = tuple(_bare(words, parameter) for parameter in entry.parameters)
    result = _result(words, entry.results, values)
    if len(parameters) == 1 and words.chance(0.3):
        parameters = (_renamed(words, parameters[0]),)
    drawn = Case(
        entry.name,
        _vary_description(words, entry.description),
        parameters,
        _casual(words, request),
        _arguments(entry, parameters, values),
        result,
        entry,
    )
    return explicit(words, drawn) if words.chance(0.05) else drawn


def again(words: Lexicon, drawn: Case) -> Case:
    """Another request for the function of a case from the catalogue."""
    assert drawn.origin is not None
    request, values = _asked(words, drawn.origin)
    return dataclasses.replace(
        drawn,
        request=_casual(words, request),
        arguments=_arguments(drawn.origin, drawn.parameters, values),
        result=_result(words, drawn.origin.results, values),
    )


def _asked(words: Lexicon, entry: Entry) -> tuple[str, dict[str, Any]]:
    """A request for the function of `entry`, and the value of each parameter that it speaks of."""
    values = {
        parameter.name: value(words, parameter.kind)
        for parameter in entry.parameters
        if parameter.kind != "flag" or f"[{parameter.name}:" in " ".join(entry.requests)
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
    return request, values


def _arguments(
    entry: Entry, parameters: Sequence[Parameter], values: Mapping[str, Any]
) -> dict[str, Any]:
    """`values` under the names that the parameters are declared by."""
    return {
        declared.name: values[known.name]
        for known, declared in zip(entry.parameters, parameters, strict=True)
        if known.name in values
    }


def _drawn(words: Lexicon) -> Entry:
    """An entry of the lexicon's side; in training often under other words, which tell nothing."""
    entries = [entry for entry in catalogue() if is_unseen(entry.name) == words.held]
    entry = words.rng.choice(entries)
    disguise = not words.held and words.chance(0.5)
    return disguised(words, entry) if disguise else entry


def _ordered(words: Lexicon, entry: Entry) -> Entry:
    """The parameters as declared; in training often in another order, which then tells nothing."""
    shuffle = not words.held and words.chance(0.4)
    listed = entry.parameters
    order = words.rng.sample(listed, len(listed)) if shuffle else listed
    return dataclasses.replace(entry, parameters=tuple(order))


def _vary_description(words: Lexicon, description: str) -> str:
    return words.rng.choice((description, description, description, description.rstrip("."), ""))


def _bare(words: Lexicon, parameter: Parameter) -> Parameter:
    description = "" if words.chance(0.35) else parameter.description
    return Parameter(parameter.name, parameter.kind, description, parameter.optional)


def _renamed(words: Lexicon, parameter: Parameter) -> Parameter:
    """The only parameter under another name."""
    name = words.rng.choice(("id", "name", "key", "value", "query", words.word(), words.word()))
    return dataclasses.replace(parameter, name=name)


def _casual(words: Lexicon, request: str) -> str:
    if words.chance(0.1):
        return words.rng.choice(("Hi! ", "Hello, ", "Hey, ", "Please: ", "Quick one: ")) + request
    if words.chance(0.05) and request[-1].isalpha():
        return request + words.rng.choice((" please", " now", ", thanks"))
    return request


def explicit(words: Lexicon, drawn: Case) -> Case:
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
    return dataclasses.replace(drawn, request=request)


def _result(words: Lexicon, pattern: str, values: Mapping[str, Any]) -> Any:
    if pattern.startswith("plain:"):
        return value(words, pattern.removeprefix("plain:"))
    pairs = (item.split(":") for item in pattern.split(", "))
    return {
        key: values[kind[1:]] if kind.startswith("$") else value(words, kind) for key, kind in pairs
    }


def compact(result: Any) -> str:
    """A tool's result as the model reads it: a string as it is, anything else as compact JSON."""
    return (
        result
        if isinstance(result, str)
        else json.dumps(result, separators=(",", ":"), ensure_ascii=False)
    )
