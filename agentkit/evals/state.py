"""The state of a domain: JSON that is shared by all trials, and what one trial changed in it.

Knows JSON values, paths into them and differences; nothing of tasks, tools or agents. A trial
begins as the domain's own state without a copy: a write copies the containers on the way to what it
changes and nothing else, so beginning, forking and comparing cost what was changed and not what is
there. Values go in and come out as copies: a tool may do with them what it likes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from agentkit.errors import ToolError

Json = Any
Path = tuple[str | int, ...]
MOST_DEPTH = 100
MOST_BITS = 1024  # of an integer: others cannot read longer ones
_ABSENT = object()


class NoSuchEntry(ToolError):
    """There is nothing at a path; the text names what is missing, for the model to read."""


class NotJson(ToolError):
    """A tool wrote something that is no JSON value; names the path and the type."""


@dataclass(frozen=True, slots=True)
class Write:
    """One change, as the journal keeps it.

    Args:
        path: where.
        kind: `set` or `remove`.
        value: what stands there now; None when removed.
        call: index of the call that wrote it, in the order of the trial's calls; -1 before them.
    """

    path: Path
    kind: Literal["set", "remove"]
    value: Json = None
    call: int = -1


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two states differ.

    Args:
        path: as a JSON pointer (RFC 6901).
        want: the value in the first state; None when it is absent there.
        have: the value in the second state; None when it is absent there.
        kind: `changed`, `missing` (absent in the second) or `extra` (absent in the first).
    """

    path: str
    want: Json
    have: Json
    kind: Literal["changed", "missing", "extra"]


@dataclass
class State:
    """JSON with a journal.

    Args:
        root: the whole value, an object of tables; never changed, so that it can be shared.
    """

    root: Mapping[str, Json]
    journal: list[Write] = field(default_factory=list)
    _own: dict[int, Any] = field(default_factory=dict, repr=False)

    # Reading

    def get(self, *path: str | int, default: Json = _ABSENT) -> Json:
        """A copy of what stands at `path`.

        Args:
            path: keys of objects and indices of lists, from the root.
            default: given when nothing stands there.

        Raises:
            NoSuchEntry: nothing stands there and there is no default.
        """
        try:
            return copied(self._at(path))
        except NoSuchEntry:
            if default is _ABSENT:
                raise
            return default

    def has(self, *path: str | int) -> bool:
        """True when something stands at `path`."""
        try:
            self._at(path)
        except NoSuchEntry:
            return False
        return True

    def keys(self, *path: str | int) -> list[str]:
        """The keys of the object at `path`, in order.

        Raises:
            NoSuchEntry: there is no object.
        """
        found = self._at(path)
        if not isinstance(found, Mapping):
            raise NoSuchEntry(f"{pointer(path) or 'the state'} is no object.")
        return list(found)

    def rows(self, *path: str | int, **equal: Json) -> Iterator[tuple[str, Json]]:
        """Keys and copies of the entries of a table, in order.

        Args:
            path: the table.
            equal: only rows whose fields of these names have these values.

        Raises:
            NoSuchEntry: there is no such table.
        """
        table = self._at(path)
        if not isinstance(table, Mapping):
            raise NoSuchEntry(f"{pointer(path) or 'the state'} is no table.")
        for key, row in list(table.items()):
            if all(same(_field(row, name), value) for name, value in equal.items()):
                yield key, copied(row)

    # Writing

    def set(self, *path: str | int, to: Json) -> None:
        """Put a value at `path`, in place of what stands there if anything does.

        Args:
            path: its last part is a key (new or not) or the index of a list's element; the length
                of the list appends to it.
            to: JSON, or a pydantic model.

        Raises:
            NoSuchEntry: nothing stands where the path leads through.
            NotJson: the value is no JSON.
        """
        value = to_json_value(to, path)
        holder, last = self._holder(path)
        if isinstance(holder, list):
            if str(last) == str(len(holder)):
                holder.append(value)
            else:
                holder[_index(holder, last, path)] = value
        else:
            holder[str(last)] = value
        self.journal.append(Write(path, "set", value))

    def remove(self, *path: str | int) -> None:
        """Take away what stands at `path`.

        Raises:
            NoSuchEntry: nothing stands there.
        """
        self._at(path)
        holder, last = self._holder(path)
        if isinstance(holder, list):
            del holder[_index(holder, last, path)]
        else:
            del holder[str(last)]
        self.journal.append(Write(path, "remove"))

    def next_id(self, *path: str | int, prefix: str = "", start: int = 1) -> str:
        """The first free key of the form prefix + number in a table: the same in every trial.

        Args:
            path: the table.
            prefix: what stands before the number.
            start: the first number tried.
        """
        taken = self._at(path)
        number = start
        while f"{prefix}{number}" in taken:
            number += 1
        return f"{prefix}{number}"

    # Forking

    def fork(self) -> State:
        """A state to write into without changing this one; costs nothing."""
        self._own.clear()
        return State(self.root)

    def adopt(self, fork: State, call: int = -1) -> None:
        """Make the changes of a fork this state's own.

        Args:
            fork: made from this state, which has not changed since.
            call: index of the call that made them, for the journal.
        """
        self.root = fork.root
        self._own.clear()
        fork._own.clear()  # who still holds the fork writes into copies from now on
        self.journal += [Write(each.path, each.kind, each.value, call) for each in fork.journal]

    # Inside

    def _at(self, path: Path) -> Any:
        value: Any = self.root
        for depth, part in enumerate(path):
            value = _step(value, part, path[:depth])
        return value

    def _holder(self, path: Path) -> tuple[dict[str, Any] | list[Any], str | int]:
        """The container of what `path` names, made our own together with all on the way to it."""
        if not path:
            raise NoSuchEntry("A path names at least one key.")
        if id(self.root) not in self._own:
            self.root = self._kept(dict(self.root))
        holder: Any = self.root
        for depth, part in enumerate(path[:-1]):
            child = _step(holder, part, path[:depth])
            if not isinstance(child, dict | list):
                raise NoSuchEntry(f"{pointer(path[: depth + 1])} holds no entries.")
            if id(child) not in self._own:
                child = self._kept(child.copy())
                holder[str(part) if isinstance(holder, dict) else int(part)] = child
            holder = child
        return holder, path[-1]

    def _kept(self, container: Any) -> Any:
        self._own[id(container)] = container
        return container


def differences(want: Mapping[str, Json], have: Mapping[str, Json]) -> list[Difference]:
    """Where two states differ, in order of path; what they share is not looked into."""
    found: list[Difference] = []
    _compare(want, have, (), found)
    return found


def same(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal: 1 is 1.0 and is not true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def copied(value: Json) -> Json:
    """A copy of a JSON value that shares no container with it."""
    if isinstance(value, dict):
        return {key: copied(each) for key, each in value.items()}
    if isinstance(value, list):
        return [copied(each) for each in value]
    return value


def to_json_value(value: Any, path: Path = ()) -> Json:
    """`value` as plain JSON values, copied; pydantic models are dumped.

    Args:
        value: anything.
        path: where it is to stand, for the error's words.

    Raises:
        NotJson: it, or something in it, is no JSON value, or it is nested too deeply.
    """
    if len(path) > MOST_DEPTH:
        raise NotJson(f"{pointer(path[:3])}/... is nested too deeply: {MOST_DEPTH} at most.")
    if isinstance(value, BaseModel):
        return to_json_value(value.model_dump(mode="json"), path)
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): to_json_value(each, (*path, key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json_value(each, (*path, n)) for n, each in enumerate(value)]
    return _scalar(value, path)


def _scalar(value: Any, path: Path) -> bool | str | int | float | None:
    """A value that holds no others, as JSON's own type."""
    match value:
        case None | bool():
            return value
        case str():
            return str(value)
        case int() if value.bit_length() <= MOST_BITS:
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case int():
            shown = "a number so long"
        case float():
            shown = str(value)
        case _:
            shown = type(value).__name__
    raise NotJson(f"{pointer(path) or 'The state'} cannot hold {shown}: it is no JSON value.")


def read_json(text: str) -> Json:
    """JSON text as plain values, more strictly than `json.loads`.

    Raises:
        json.JSONDecodeError: it is no JSON.
        ValueError: a key stands twice in one object, or a number is none that JSON has.
        NotJson: it is nested too deeply.
    """
    try:
        value = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError:
        raise NotJson(f"it is nested too deeply: {MOST_DEPTH} at most.") from None
    return to_json_value(value)


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901): `/orders/W1/items/0`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def parse_pointer(text: str) -> tuple[str, ...]:
    """The parts of a JSON pointer; indices of lists stay text, which `State` takes as well.

    Raises:
        ValueError: it is no pointer.
    """
    if text and not text.startswith("/"):
        raise ValueError(f"{text!r} is no JSON pointer: write /table/key/field")
    return tuple(each.replace("~1", "/").replace("~0", "~") for each in text.split("/")[1:])


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {json.dumps(twice)} stands there twice")
    return found


def _compare(want: Json, have: Json, path: Path, found: list[Difference]) -> None:
    if want is have:
        return
    if isinstance(want, dict) and isinstance(have, dict):
        for key in want.keys() | have.keys() if want.keys() != have.keys() else want:
            one, other = want.get(key, _ABSENT), have.get(key, _ABSENT)
            if one is not other:
                _compare(one, other, (*path, key), found)
        if not path:
            found.sort(key=lambda each: each.path)
        return
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        for number, (one, other) in enumerate(zip(want, have, strict=True)):
            _compare(one, other, (*path, number), found)
        return
    if want is _ABSENT:
        found.append(Difference(pointer(path), None, have, "extra"))
    elif have is _ABSENT:
        found.append(Difference(pointer(path), want, None, "missing"))
    elif not same(want, have):
        found.append(Difference(pointer(path), want, have, "changed"))


def _step(value: Any, part: str | int, before: Path) -> Any:
    if isinstance(value, Mapping):
        found = value.get(str(part), _ABSENT)
    elif isinstance(value, list):
        return value[_index(value, part, (*before, part))]
    else:
        found = _ABSENT
    if found is _ABSENT:
        where = f" in {pointer(before)[1:].replace('/', ' ')}" if before else ""
        raise NoSuchEntry(f"there is no {json.dumps(str(part))}{where}.")
    return found


def _index(holder: list[Any], part: str | int, path: Path) -> int:
    text = str(part)
    if not text.isdecimal() or len(text) > 18 or int(text) >= len(holder):
        raise NoSuchEntry(f"{pointer(path)}: the list has {len(holder)} entries.")
    return int(text)


def _field(row: Json, name: str) -> Json:
    return row.get(name, _ABSENT) if isinstance(row, dict) else _ABSENT
