"""Tasks: what a user wants, what is allowed, and how it is told whether it was done. Data only.

Knows the format `agentkit.task/1`, one JSON object a line; it runs nothing. Whatever is wrong with
a file is a `UserError` that names the file, the line and the field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from agentkit.errors import UserError
from agentkit.evals.state import NotJson, parse_pointer, read_json

FORMAT = "agentkit.task/1"
Side = Literal["agent", "user"]


class Data(BaseModel):
    """Base of what is read from files: unknown fields are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _checked_pointer(value: Any) -> Any:
    if isinstance(value, str):
        parse_pointer(value)
    return value


Pointer = Annotated[str, BeforeValidator(_checked_pointer)]
"""A JSON pointer (RFC 6901) into the state."""


class Change(Data):
    """A change of the domain's state before a trial.

    Args:
        set: where to put `to`.
        remove: what to take away.
        to: a JSON value.
    """

    set: Pointer | None = None
    remove: Pointer | None = None
    to: Any = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Change:
        if (self.set is None) == (self.remove is None):
            raise ValueError("give either set (with to) or remove")
        if self.set is not None and "to" not in self.model_fields_set:
            raise ValueError("set needs to")
        return self


class Line(Data):
    """One thing a scripted user does.

    Args:
        say: what the user says.
        when: words of which one must stand in what the agent said; such a line waits for them and
            is said once. Lines without are said in order.
        call: a user's tool to call first.
        stop: the user leaves when all lines before are said.
    """

    say: str = ""
    when: tuple[str, ...] = ()
    call: Action | None = None
    stop: bool = False

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("when"), str):
            return {**value, "when": [value["when"]]}
        return value

    @model_validator(mode="after")
    def _does_something(self) -> Line:
        if self.stop and (self.say or self.when or self.call):
            raise ValueError("stop stands alone")
        if not (self.stop or self.say):
            raise ValueError("a line has something to say, or stop")
        return self


class Action(Data):
    """A tool call.

    Args:
        tool: its short name.
        args: the arguments.
        by: whose tool it is.
    """

    tool: str
    args: dict[str, Any] = Field(default_factory=dict)
    by: Side = "agent"


class Scenario(Data):
    """Who the user is and what they want.

    Args:
        persona: how they talk.
        goal: what they want, told to the one who plays them.
        known: what they can tell when asked, by name.
        unknown: what they do not know.
        script: how a scripted user plays it; empty when there is no script.
    """

    persona: str = ""
    goal: str = ""
    known: dict[str, str] = Field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    script: tuple[Line, ...] = ()


class TrialLimits(Data):
    """What one trial may use. Reaching a limit exactly, finished, counts as finished.

    Args:
        turns: messages of the user that the agent answers.
        calls: tool calls of the agent.
        tool_errors: calls of the agent that were answered with an error.
        tokens: tokens the agent samples.
        seconds: wall-clock time.
    """

    turns: int = Field(default=30, ge=1)
    calls: int = Field(default=100, ge=0)
    tool_errors: int = Field(default=10, ge=0)
    tokens: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=600.0, gt=0)


class StateCheck(Data):
    """The state: equal to what the gold actions make of it (`gold`), or with values at paths."""

    state: Literal["gold"] | dict[Pointer, Any]


class UnchangedCheck(Data):
    """Nothing differs from the state before the trial but what lies under these paths."""

    unchanged_except: tuple[Pointer, ...]


class SaidCheck(Data):
    """Each of these stands in what the agent told the user.

    Args:
        said: texts and numbers.
        match: `token`: at the borders of words and numbers, 1,234.50 being 1234.5; `substring`:
            anywhere, commas and case disregarded, as tau2-bench does it.
    """

    said: tuple[str, ...]
    match: Literal["token", "substring"] = Field(default="token", alias="as")


class CallPattern(Data):
    """Calls of a tool by the agent or the user.

    Args:
        tool: its name.
        args: arguments the call must have, with these values; others do not matter.
        by: whose call; None for anyone's.
    """

    tool: str
    args: dict[str, Any] = Field(default_factory=dict)
    by: Side | None = "agent"

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, value: Any) -> Any:
        return {"tool": value} if isinstance(value, str) else value


class CalledCheck(Data):
    """A call that fits was made, and was not answered with an error."""

    called: CallPattern


class NotCalledCheck(Data):
    """No call that fits was made, not even a failed one."""

    not_called: CallPattern


class AnswerCheck(Data):
    """The agent's last answer: its last `\\boxed{...}` or, without one, its last number, is this.

    Args:
        answer: a number, compared by value, or a text, compared without spaces.
    """

    answer: str


class JudgeCheck(Data):
    """A model's verdict on the whole conversation: gates only when a judge is configured.

    Args:
        judge: what must hold, in words.
        required: it gates without a judge too: then the trial is not measured.
    """

    judge: str
    required: bool = False


class Assertion(Data):
    """A question that the domain's own code answers.

    Args:
        name: one of the domain's assertions.
        args: its arguments.
        value: what it must answer.
    """

    name: str
    args: dict[str, Any] = Field(default_factory=dict)
    value: bool = True


class HoldsCheck(Data):
    """What the domain's own code says of the state in the end."""

    holds: Assertion


_KINDS = (
    "answer", "called", "holds", "judge", "not_called", "said", "state", "unchanged_except",
)  # fmt: skip


def check_kind(value: Any) -> str | None:
    """Which check this is, of a `Check` or its JSON: `state`, `said` and so on."""
    have = value if isinstance(value, dict) else getattr(value, "model_fields_set", ())
    return next((name for name in _KINDS if name in have), None)


Check = Annotated[
    Annotated[StateCheck, Tag("state")]
    | Annotated[UnchangedCheck, Tag("unchanged_except")]
    | Annotated[SaidCheck, Tag("said")]
    | Annotated[CalledCheck, Tag("called")]
    | Annotated[NotCalledCheck, Tag("not_called")]
    | Annotated[AnswerCheck, Tag("answer")]
    | Annotated[JudgeCheck, Tag("judge")]
    | Annotated[HoldsCheck, Tag("holds")],
    Discriminator(
        check_kind,
        custom_error_type="no_check",
        custom_error_message=f"a check is one of {', '.join(_KINDS)}",
    ),
]


class Task(Data):
    """One task. Its checks must all hold.

    Args:
        id: unique in the domain.
        format: `agentkit.task/1`.
        note: for people.
        init: changes of the state before the trial.
        user: who asks.
        limits: of each trial.
        gold: actions that solve it, in order.
        checks: what must hold in the end.
        noop: what becomes of an agent that does nothing: declared here, proved by lint.
    """

    id: str = Field(min_length=1, max_length=200)
    format: Literal["agentkit.task/1"] = "agentkit.task/1"
    note: str = ""
    init: tuple[Change, ...] = ()
    user: Scenario = Scenario()
    limits: TrialLimits = TrialLimits()
    gold: tuple[Action, ...] = ()
    checks: tuple[Check, ...] = Field(min_length=1)
    noop: Literal["pass", "fail"] = "fail"


def read_tasks(path: Path) -> list[Task]:
    """The tasks of a JSON Lines file, in order.

    Raises:
        UserError: the file cannot be read, or a line is no task; names file, line and field.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}") from None
    lines = ((n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    return [_read_task(path, number, line) for number, line in lines]


def _read_task(path: Path, number: int, line: str) -> Task:
    try:
        return Task.model_validate(read_json(line))
    except json.JSONDecodeError as error:
        raise UserError(f"{path}:{number}:{error.colno}: no JSON: {error.msg}") from None
    except ValidationError as error:
        problems = "; ".join(problems_of(error))
        raise UserError(f"{path}:{number}: {problems}") from None
    except (ValueError, NotJson) as error:
        raise UserError(f"{path}:{number}: {error}") from None


# What pydantic says in words of Python, for people who write JSON and TOML.
_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "there is no such field",
    "tuple_type": "should be a list",
    "too_short": "is empty",
}


def problems_of(error: ValidationError) -> Iterator[str]:
    """What is wrong, a short sentence each, with the field before it."""
    found = error.errors(include_url=False)
    within = {each["loc"][:depth] for each in found for depth in range(len(each["loc"]))}
    for each in found[:8]:
        if each["type"] == "too_short" and each["loc"] in within:
            continue  # it is empty without what is wrong in it
        place = ".".join(map(str, each["loc"]))
        message = _PLAIN.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        yield f"{place}: {message}" if place else message
