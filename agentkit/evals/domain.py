"""A domain: a policy, a state, tools over it and tasks, read from a folder.

Knows the format `agentkit.domain/1`: a `domain.toml` that names the other files, which lie in its
folder. The tools are the user's own Python code and are imported; everything else is data. What
runs a domain is `world`.

    format = "agentkit.domain/1"
    name = "library"
    policy = "policy.md"
    state = "state.json"
    tools = "tools.py:TOOLS"                 # may be left out
    user_tools = "tools.py:USER_TOOLS"       # may be left out
    assertions = "tools.py:ASSERTIONS"       # functions that `holds` checks ask; may be left out
    data = ["prices.csv"]                    # files that the code reads; may be left out
    greeting = "Hello, how can I help?"      # may be left out
    [tasks]
    train = "train.jsonl"
    test = "test.jsonl"
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from agentkit.errors import ToolError, UserError
from agentkit.evals.neighbours import own_modules
from agentkit.evals.state import Json, NotJson, State, parse_pointer, read_json
from agentkit.evals.task import Data, Task, problems_of, read_tasks
from agentkit.evals.tools import DomainTool
from agentkit.imports import import_object
from agentkit.serialise import to_json

FORMAT = "agentkit.domain/1"
FILE = "domain.toml"
GREETING = "Hello! How can I help you today?"


class DomainFile(Data):
    """`domain.toml`, as written."""

    format: Literal["agentkit.domain/1"]
    name: str = Field(min_length=1)
    description: str = ""
    policy: str
    state: str
    tools: str | None = None
    user_tools: str | None = None
    assertions: str | None = None
    data: tuple[str, ...] = ()
    greeting: str = GREETING
    tasks: dict[str, str] = Field(min_length=1)


@dataclass(frozen=True, eq=False)
class Domain:
    """A domain, ready to be run; equal to itself only.

    Args:
        name: for people and results.
        policy: the agent's instructions.
        root: the state that every trial begins with; never changed.
        tools: the agent's, by name.
        user_tools: the user's, by name.
        splits: tasks by the name of their split.
        greeting: what the user hears first; the agent does not see it. Empty for none.
        description: one sentence.
        assertions: what `holds` checks may ask, by name: functions of the state and a check's
            arguments.
        digest: hash of policy, state, tools and data: of everything but the tasks.
    """

    name: str
    policy: str
    root: Mapping[str, Json]
    tools: Mapping[str, DomainTool]
    user_tools: Mapping[str, DomainTool] = field(default_factory=dict)
    splits: Mapping[str, Sequence[Task]] = field(default_factory=dict)
    greeting: str = GREETING
    description: str = ""
    assertions: Mapping[str, Callable[..., bool]] = field(default_factory=dict)
    digest: str = ""

    def tasks(self, split: str | None = None) -> list[Task]:
        """The tasks of a split; of all splits without one.

        Raises:
            UserError: there is no such split.
        """
        if split is None:
            return [task for tasks in self.splits.values() for task in tasks]
        if split not in self.splits:
            raise UserError(
                f"{self.name} has no split {split!r}; there are: {', '.join(self.splits)}."
            )
        return list(self.splits[split])

    def state_for(self, task: Task) -> State:
        """The state that a trial of `task` begins with.

        Raises:
            UserError: one of the task's changes names a place that is not there.
        """
        state = State(self.root)
        for change in task.init:
            try:
                if change.remove is not None:
                    state.remove(*parse_pointer(change.remove))
                else:
                    state.set(*parse_pointer(change.set or ""), to=change.to)
            except ToolError as error:
                raise UserError(f"{self.name}: task {task.id}: init: {error}") from None
        return State(state.root)

    def digest_of(self, task: Task) -> str:
        """Hash of all that makes the task what it is: results of another hash are of another
        task."""
        return digest_of_parts(self.digest, to_json(task))


def load_domain(path: str | Path) -> Domain:
    """Read the domain that lies in a folder.

    Args:
        path: the folder, or its `domain.toml`.

    Raises:
        UserError: a file is missing or wrong; names file, line and field.
    """
    file = Path(path)
    if file.name != FILE:
        file = file / FILE
    folder = file.parent
    written = _read_toml(file)
    policy = _read(_data_file(file, written.policy))
    state_text = _read(_data_file(file, written.state))
    splits = {name: read_tasks(_data_file(file, each)) for name, each in written.tasks.items()}
    tools = _tools(file, folder, written.tools)
    user_tools = _tools(file, folder, written.user_tools)
    assertions = _assertions(file, folder, written.assertions)
    _check_ids(file, written, splits)
    functions = [each.function for each in (*tools.values(), *user_tools.values())]
    sources = _sources(folder, (*functions, *assertions.values()))
    names = (written.tools or "", written.user_tools or "", written.assertions or "")
    data = [f"{name} {_hash_of_file(_data_file(file, name))}" for name in written.data]
    parts = (policy, state_text, written.greeting, *names, *map(_read, sources), *data)
    return Domain(
        name=written.name,
        policy=policy.strip(),
        root=_state(folder / written.state, state_text),
        tools=tools,
        user_tools=user_tools,
        splits=splits,
        greeting=written.greeting,
        description=written.description,
        assertions=assertions,
        digest=digest_of_parts(*parts),
    )


def _read_toml(file: Path) -> DomainFile:
    try:
        return DomainFile.model_validate(tomllib.loads(_read(file)))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{file}: {error}") from None
    except ValidationError as error:
        raise UserError(f"{file}: {'; '.join(problems_of(error))}") from None


def _data_file(file: Path, name: str) -> Path:
    """A file of data that `domain.toml` names. It lies in the domain's folder: what it holds is
    told to models and kept in reports, which a domain of others must not do with files of ours."""
    place = file.parent / name
    try:
        inside = place.resolve().is_relative_to(file.parent.resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{file}: {name!r} cannot be a file: {error}") from None
    if not inside:
        raise UserError(f"{file}: {name!r} does not lie in the domain's folder.")
    return place


def _read(file: Path) -> str:
    with _reading(file):
        return file.read_text("utf-8")


def _hash_of_file(file: Path) -> str:
    with _reading(file), file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"There is no file {file}.") from None
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is no UTF-8 text: {error}") from None


def _state(file: Path, text: str) -> Mapping[str, Json]:
    try:
        root = read_json(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{file}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from None
    except (ValueError, NotJson) as error:
        raise UserError(f"{file}: {error}") from None
    if not isinstance(root, dict):
        raise UserError(f"{file}: the state is an object of tables, not {type(root).__name__}.")
    return root


def _tools(file: Path, folder: Path, name: str | None) -> dict[str, DomainTool]:
    return {} if name is None else named(_found(file, folder, name), f"{file}: {name}")


def _assertions(file: Path, folder: Path, name: str | None) -> dict[str, Callable[..., bool]]:
    if name is None:
        return {}
    found = _found(file, folder, name)
    if not isinstance(found, Mapping) or not all(map(callable, found.values())):
        raise UserError(f"{file}: {name} is no mapping of names to functions.")
    return dict(found)


def _sources(folder: Path, functions: Iterable[Callable[..., Any]]) -> list[Path]:
    """The files of the domain's code: all in its folder, then those elsewhere of its functions."""
    within = sorted(folder.rglob("*.py"))
    files = {Path(file) for each in functions if (file := _file_of(each))}
    here = folder.resolve()
    outside = (each for each in files if not each.resolve().is_relative_to(here))
    return [*within, *sorted(each for each in outside if each.suffix == ".py" and each.is_file())]


def _file_of(function: Callable[..., Any]) -> str | None:
    """The file of the module that a function is written in."""
    written = inspect.unwrap(function)
    names = getattr(written, "__globals__", None)
    if names is None:  # an object that can be called
        names = vars(sys.modules.get(written.__module__, sys))
    return names.get("__file__")


def _found(file: Path, folder: Path, name: str) -> Any:
    where, colon, what = name.rpartition(":")
    try:
        if not where.endswith(".py"):
            return import_object(name)
        place = folder / where
        with own_modules(place.parent):
            return import_object(f"{place}{colon}{what}")
    except UserError as error:
        raise UserError(f"{file}: tools: {error}") from None


def named(tools: Iterable[Any], where: str) -> dict[str, DomainTool]:
    """Tools by name.

    Raises:
        UserError: what was given is no list of domain tools, or two have one name.
    """
    by_name: dict[str, DomainTool] = {}
    for tool in tools if isinstance(tools, list | tuple) else (tools,):
        if not isinstance(tool, DomainTool):
            name = getattr(tool, "__name__", None) or repr(tool)
            raise UserError(
                f"{where}: {name} is no tool of a domain; put @reads or @writes above it."
            )
        if tool.name in by_name:
            raise UserError(f"{where}: two tools are named {tool.name}.")
        by_name[tool.name] = tool
    return by_name


def _check_ids(file: Path, written: DomainFile, splits: Mapping[str, Sequence[Task]]) -> None:
    seen: dict[str, str] = {}
    for split, tasks in splits.items():
        for task in tasks:
            if task.id in seen:
                raise UserError(
                    f"{file.parent / written.tasks[split]}: the id {task.id!r} is taken by a task"
                    f" of {written.tasks[seen[task.id]]}."
                )
            seen[task.id] = split


def digest_of_parts(*parts: str) -> str:
    """A hash of texts, in order: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)} ".encode())
        digest.update(data)
    return digest.hexdigest()[:16]
