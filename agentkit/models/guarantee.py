"""Whether a grammar can be held, known before any model is loaded.

Compiles grammars with llguidance, without a vocabulary: milliseconds. Where llguidance is not
installed nothing in this process samples under a grammar, and only what `close` knows is refused.
The forms for other engines refuse by themselves what they cannot say.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import json
import re

from agentkit.errors import UserError
from agentkit.harmony.gbnf import to_gbnf
from agentkit.harmony.grammar import Grammar, JsonSchema, Recipient
from agentkit.harmony.lark import to_lark
from agentkit.harmony.structural_tag import to_structural_tag
from agentkit.models.base import GrammarForm

_ANY_OBJECT = {"type": "object"}
_WHERE = re.compile(r"^at [0-9]+\([0-9]+\): (?:failed to compile JSON schema: )?")
"""Lines of the Lark text, which the user never sees."""


def checked(grammar: Grammar, form: GrammarForm = "lark") -> Grammar:
    """The grammar as it can be held.

    A lenient recipient whose arguments cannot be held, even so, takes any JSON object.

    Args:
        grammar: as it is wanted.
        form: how the model at hand is told of grammars.

    Raises:
        UserError: the answer's schema, or a strict recipient's, asks for what no grammar can hold,
            or none of this form.
    """
    recipients = tuple(_held(each, form) for each in grammar.recipients)
    if grammar.answer is not None and (problem := _problem(grammar.answer, grammar.lenient, form)):
        raise UserError(
            f"The output type cannot be guaranteed: {problem}. Change it, or give lenient=True to"
            " have that condition checked only once the answer is there."
        )
    return dataclasses.replace(grammar, recipients=recipients)


def first_line(error: str) -> str:
    """The part of llguidance's errors that says what is wrong."""
    first, *others = error.strip().splitlines()
    # What is wrong with a pattern stands below the pattern.
    reasons = [line.strip() for line in others if line.strip().startswith("error: ")]
    said = f"{first} {reasons[0]}" if first.endswith(":") and reasons else first
    return _WHERE.sub("", said).rstrip(".")


def _held(recipient: Recipient, form: GrammarForm) -> Recipient:
    if recipient.parameters is None:
        return recipient
    problem = _problem(recipient.parameters, recipient.lenient, form)
    if not problem:
        return recipient
    if recipient.lenient:
        return dataclasses.replace(recipient, parameters=_ANY_OBJECT)
    raise UserError(
        f"The arguments of {recipient.name} cannot be guaranteed: {problem}. Change their types, or"
        " leave strict=True away to have them checked only when the call is there."
    )


def _problem(schema: JsonSchema, lenient: bool, form: GrammarForm) -> str:
    """Why the schema cannot be held; empty when it can."""
    return _fault(json.dumps(schema, default=dict), lenient, form)


@functools.lru_cache(maxsize=256)
def _fault(schema: str, lenient: bool, form: GrammarForm) -> str:
    """`_problem`, found out once for all turns of all runs."""
    grammar = Grammar(answer=json.loads(schema), lenient=lenient)
    try:
        match form:
            case "lark":
                return _refusal(to_lark(grammar))
            case "gbnf":
                to_gbnf(grammar)
            case "structural_tag":
                to_structural_tag(grammar)
    except UserError as error:
        return str(error).rstrip(".")
    return ""


def _refusal(lark: str) -> str:
    """Why llguidance refuses this; empty when it does not, or is not there."""
    if importlib.util.find_spec("llguidance") is None:
        return ""
    from llguidance import LLMatcher

    failed, messages = LLMatcher.validate_grammar_with_warnings(lark)
    return first_line(messages[0]) if failed else ""
