"""What is asked of a message-level server, before any API's spelling; and what a refusal means.

`Asked` is one reply as agentkit wants it. Servers differ in what they take, and say so only when
asked: `WISHES` names the parts of a request that can be done without, and how a refusal of each is
known and obeyed. Knows the shapes of both OpenAI APIs as far as taking parts out of them goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.harmony.grammar import Grammar, Recipient
from agentkit.models.base import Sampling
from agentkit.models.servers.function_names import NO_PARAMETERS, RAW_PARAMETERS, FunctionNames
from agentkit.models.servers.transcript import Transcript

Body = dict[str, Any]

_MAPS = frozenset(("properties", "$defs", "definitions"))
_SCHEMAS = frozenset(("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One reply.

    Args:
        model: the server's name for it.
        transcript: the conversation so far.
        grammar: the tools and the form of the answer.
        names: of the grammar's recipients.
        sampling: how the server is to sample; what is at its default, but for temperature and
            top_p, is left to the server.
        max_tokens: most tokens of the reply, reasoning included; None for the server's own bound.
    """

    model: str
    transcript: Transcript
    grammar: Grammar
    names: FunctionNames
    sampling: Sampling
    max_tokens: int | None

    @property
    def functions(self) -> list[dict[str, Any]]:
        """The tools as functions; none when there is no choice but to answer.

        Servers that do not know `tool_choice` call tools all the same, if they are told of any.
        """
        if self.transcript.opened == "final":
            return []
        guides = dict(self.transcript.guides)
        return [self._function(each, guides) for each in self.grammar.recipients]

    def _function(self, recipient: Recipient, guides: dict[str, str]) -> dict[str, Any]:
        """One function; the first of a namespace tells what holds for all of it."""
        guide = guides.pop(recipient.name.partition(".")[0], "")
        parameters = recipient.parameters
        if parameters is None:
            parameters = RAW_PARAMETERS
        return {
            "name": self.names.encode(recipient.name),
            "description": "\n\n".join(filter(None, (guide, recipient.description))),
            "parameters": dict(parameters) or NO_PARAMETERS,
        }

    @property
    def answer(self) -> dict[str, Any] | None:
        """The form of the answer: a name, a schema of closed objects, and whether it is strict.

        `strict` in OpenAI's sense wants every property to be required; servers of one's own hold
        any schema to the letter.
        """
        if self.grammar.answer is None or (self.grammar.must_call and self.functions):
            return None
        schema = _closed(self.grammar.answer)
        return {"name": "answer", "schema": schema, "strict": _all_required(schema)}

    @property
    def sampled(self) -> dict[str, Any]:
        """The sampling settings, which have the same names everywhere."""
        sampling = self.sampling
        settings: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
        if sampling.top_k:
            settings["top_k"] = sampling.top_k
        if sampling.min_p:
            settings["min_p"] = sampling.min_p
        if sampling.seed is not None:
            settings["seed"] = sampling.seed
        return settings


@dataclass(frozen=True, slots=True)
class Wish:
    """A part of a request that can be done without.

    Args:
        name: for people.
        mention: how a refusal speaks of it.
        remove: takes it out of a request; False when it was not in there.
        lost: what is missing without it, a clause.
        of_answer: refused for one form of answer, and perhaps not for another.
    """

    name: str
    mention: re.Pattern[str]
    remove: Callable[[Body], bool]
    lost: str
    of_answer: bool = False


def refused(body: Mapping[str, Any], words: str) -> Wish | None:
    """The wish that a refusal of `body`, in these words, is about; None for anything else."""
    for wish in WISHES:
        if wish.mention.search(words) and wish.remove(_copy(body)):
            return wish
    return None


def without(body: Body, wishes: Iterable[Wish]) -> Body:
    """A copy of `body` with these taken out."""
    changed: Body = _copy(body)
    for wish in wishes:
        wish.remove(changed)
    return changed


def _copy(body: Any) -> Any:
    if isinstance(body, Mapping):
        return {key: _copy(value) for key, value in body.items()}
    return [_copy(each) for each in body] if isinstance(body, list) else body


def _drop(*keys: str) -> Callable[[Body], bool]:
    def remove(body: Body) -> bool:
        found = [key for key in keys if body.pop(key, None) is not None]
        return bool(found)

    return remove


def _be_lax(body: Body) -> bool:
    form = (body.get("text") or {}).get("format") or (body.get("response_format") or {}).get(
        "json_schema"
    )
    if not form or not form.get("strict"):
        return False
    form["strict"] = False
    return True


def _drop_reasoning_items(body: Body) -> bool:
    """Take earlier reasoning out of the conversation."""
    items = body.get("input") or ()
    body["input"] = [each for each in items if each.get("type") != "reasoning"]
    found = len(body["input"]) < len(items)
    if not items:
        del body["input"]
    for message in body.get("messages") or ():
        found |= message.pop("reasoning", None) is not None
        found |= message.pop("reasoning_content", None) is not None
    return found


def _drop_preambles(body: Body) -> bool:
    """Take out what the assistant said right before its calls."""
    items = body.get("input") or []
    calls = [each.get("type") == "function_call" for each in items]
    kept = [
        each
        for each, called in zip(items, [*calls[1:], False], strict=True)
        if not (called and each.get("role") == "assistant")
    ]
    if len(kept) == len(items):
        return False
    body["input"] = kept
    return True


def _drop_reasoning_content(body: Body) -> bool:
    found = [each for each in body.get("messages") or () if each.pop("reasoning_content", None)]
    return bool(found)


def _rename_max_tokens(body: Body) -> bool:
    if "max_tokens" not in body:
        return False
    body["max_completion_tokens"] = body.pop("max_tokens")
    return True


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


WISHES = (
    Wish(
        "earlier reasoning", _any(r"\brs_[0-9]", "encrypted_content"),
        _drop_reasoning_items, "the model does not see what it thought before its calls",
    ),
    Wish(
        # llama.cpp makes one message of these, which gpt-oss's template refuses.
        "text before calls", _any("both content and thinking"), _drop_preambles,
        "the model does not see what it said before its calls",
    ),
    Wish(
        "template arguments", _any("chat_template_kwargs"), _drop("chat_template_kwargs"),
        "llama.cpp's older versions do not see the reasoning effort",
    ),
    Wish(
        "usage while streaming", _any("stream_options", "include_usage"), _drop("stream_options"),
        "the server's count of tokens is not known",
    ),
    Wish(
        "store", _any(r"(parameter|field|argument|extra)\b.*\bstore\b"), _drop("store"),
        "the server may keep the conversation",
    ),
    Wish(
        "one call at a time", _any("parallel_tool_calls", "parallel tool"),
        _drop("parallel_tool_calls"), "the model may make several calls in one reply",
    ),
    Wish(
        "max_tokens", _any("max_completion_tokens"), _rename_max_tokens,
        "the limit is given by its newer name",
    ),
    Wish(
        "a forced call", _any("tool_choice", "tool choice"), _drop("tool_choice"),
        "the model may answer where it should call a tool",
    ),
    Wish("temperature", _any("temperature"), _drop("temperature"), "the server takes its own"),
    Wish("top_p", _any(r"\btop_p\b"), _drop("top_p"), "the server takes its own"),
    Wish("top_k", _any(r"\btop_k\b"), _drop("top_k"), "the server takes its own"),
    Wish("min_p", _any(r"\bmin_p\b"), _drop("min_p"), "the server takes its own"),
    Wish("seed", _any(r"\bseed\b"), _drop("seed"), "runs are not repeatable"),
    Wish(
        "the reasoning effort", _any(r"reasoning[._ ]effort", r"^reasoning$"),
        _drop("reasoning", "reasoning_effort"), "the server takes its own",
    ),
    Wish(
        "reasoning_content", _any("reasoning_content"), _drop_reasoning_content,
        "earlier reasoning is sent as `reasoning` only",
    ),
    Wish(
        "earlier reasoning", _any("reasoning"), _drop_reasoning_items,
        "the model does not see what it thought before its calls",
    ),
    Wish(
        "a strict answer", _any("strict", "schema", r"response_format", r"text\.format"), _be_lax,
        "the server may let the answer differ from its schema", of_answer=True,
    ),
    Wish(
        "the form of the answer",
        _any("schema", "response_format", r"text\.format", "structured", "grammar"),
        _drop("text", "response_format"),
        "the answer's form is only asked for in words, and then validated", of_answer=True,
    ),
    Wish(
        "the reasoning effort", _any("reasoning"), _drop("reasoning", "reasoning_effort"),
        "the server takes its own",
    ),
)  # fmt: skip
"""In this order: what is named most precisely comes first, what serves the user most, late."""


def _closed(schema: Any) -> Any:
    """The schema with every object closed that does not say itself whether it is."""
    if not isinstance(schema, Mapping):
        return schema
    closed = {key: _each(key, value) for key, value in schema.items()}
    if "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def _each(key: str, value: Any) -> Any:
    """A keyword's value, with the schemas in it closed."""
    if key in _MAPS and isinstance(value, Mapping):
        return {name: _closed(each) for name, each in value.items()}
    if key in _SCHEMAS:
        return [_closed(each) for each in value] if isinstance(value, list) else _closed(value)
    return value


def _all_required(schema: Any) -> bool:
    """Whether every object in `schema` is closed and requires all its properties."""
    if not isinstance(schema, Mapping):
        return True
    if set(schema.get("properties") or ()) - set(schema.get("required") or ()):
        return False
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return False
    inner: list[Any] = []
    for key, value in schema.items():
        if key in _MAPS and isinstance(value, Mapping):
            inner += value.values()
        elif key in _SCHEMAS:
            inner += value if isinstance(value, list) else [value]
    return all(map(_all_required, inner))
