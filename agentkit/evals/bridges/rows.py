"""A pydantic database over a `State`: only the rows that code looks at become models.

tau2-bench keeps a domain's data in one pydantic model, whose tables are dicts of models, and its
tools read and change those models in place. Loading, copying and hashing all of it for each trial
is most of what its runner costs. Here the state stays JSON: a table is a mapping that validates a
row when it is asked for, and afterwards the rows that a writing tool was given are compared with
what they were, and what differs is written to the state.

Rows that nothing has changed yet are validated once and shared by all calls that only read: such a
call must not change what it is given, and is not watched.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import BaseModel, TypeAdapter

from agentkit.evals.state import Json, State, differences, parse_pointer

Place = tuple[str, ...]


@dataclass(frozen=True)
class Shared:
    """Models of the rows of a table as it is before any trial.

    Args:
        rows: the table; a row is known by being the same object.
        models: those made so far.
    """

    rows: Mapping[str, Json]
    models: dict[str, Any] = field(default_factory=dict)


class Table(dict[str, Any]):
    """Rows of one table, as models.

    A dict, so that code which asks for one is content; but its own storage holds only the rows that
    were looked at or written.

    Args:
        raw: the rows as JSON; never changed.
        adapter: of a row.
        shared: models of the rows that are as they were in the beginning; None to have models of
            one's own.
    """

    def __init__(
        self,
        raw: Mapping[str, Json],
        adapter: TypeAdapter[Any],
        shared: Shared | None,
    ) -> None:
        super().__init__()
        self._raw = raw
        self._adapter = adapter
        self._shared = shared
        self._gone: set[str] = set()

    def __missing__(self, key: str) -> Any:
        if key in self._gone or key not in self._raw:
            raise KeyError(key)
        row, shared = self._raw[key], self._shared
        if shared is None or shared.rows.get(key) is not row:
            model = self._adapter.validate_python(row)
        else:
            model = shared.models.get(key)
            if model is None:
                model = shared.models[key] = self._adapter.validate_python(row)
        super().__setitem__(key, model)
        return model

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or (key in self._raw and key not in self._gone)

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in self._raw if key not in self._gone)
        yield from (key for key in dict.__iter__(self) if key not in self._raw)

    def __len__(self) -> int:
        new = sum(key not in self._raw for key in dict.__iter__(self))
        return len(self._raw) - len(self._gone) + new

    def __setitem__(self, key: str, value: Any) -> None:
        self._gone.discard(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        super().pop(key, None)
        if key in self._raw:
            self._gone.add(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The row, or the default."""
        try:
            return self[key]
        except KeyError:
            return default

    def keys(self) -> Any:
        """The keys, in order."""
        return list(self)

    def values(self) -> Any:
        """All rows, in order."""
        return [self[key] for key in self]

    def items(self) -> Any:
        """All keys and rows, in order."""
        return [(key, self[key]) for key in self]

    def pop(self, key: str, *default: Any) -> Any:
        """Take a row away."""
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def save(self, state: State, place: Place) -> None:
        """Write what differs from the rows as they were."""
        for key in self._gone:
            state.remove(*place, key)
        for key, value in dict.items(self):
            new = _dumped(self._adapter, value)
            if key in self._raw:
                write_differences(state, (*place, key), self._raw[key], new)
            else:
                state.set(*place, key, to=new)


class Database:
    """How one pydantic model of a database is read from and written to a state.

    Args:
        kind: the model's class.
        root: the state before any trial.
        place: where it stands in the state.
    """

    def __init__(self, kind: type[BaseModel], root: Mapping[str, Json], place: Place = ()) -> None:
        self.kind = kind
        self.place = place
        self._root = self._at(root)
        self._shared: dict[str, Shared] = {}

    @cached_property
    def _adapters(self) -> dict[str, tuple[bool, TypeAdapter[Any]]]:
        """Of each field: whether it is a table, and the adapter of its rows or of itself."""
        found = {}
        for name, each in self.kind.model_fields.items():
            annotation: Any = each.annotation
            row = _row_type(annotation)
            found[name] = row is not None, TypeAdapter(annotation if row is None else row)
        return found

    def whole(self, root: Mapping[str, Json]) -> BaseModel:
        """The database as it is in a state's root, all of it, in models of its own."""
        own = {name: self._at(root)[name] for name in self.kind.model_fields}
        return self.kind.model_validate(own)

    def open(self, state: State, writing: bool) -> BaseModel:
        """The database as it is in `state`.

        Args:
            state: where it stands.
            writing: what is given may be changed; otherwise it is shared.
        """
        at = self._at(state.root)
        fields: dict[str, Any] = {}
        for name, (is_table, adapter) in self._adapters.items():
            if is_table:
                fields[name] = Table(at[name], adapter, None if writing else self._models(name))
            else:
                fields[name] = adapter.validate_python(at[name])
        return self.kind.model_construct(**fields)

    def save(self, database: BaseModel, state: State) -> None:
        """Write what was changed in a database that was opened from `state`."""
        at = self._at(state.root)
        for name, (is_table, adapter) in self._adapters.items():
            value = getattr(database, name)
            if isinstance(value, Table):
                value.save(state, (*self.place, name))
            elif is_table:
                new = {key: _dumped(adapter, row) for key, row in value.items()}
                write_differences(state, (*self.place, name), at[name], new)
            else:
                new = _dumped(adapter, value)
                write_differences(state, (*self.place, name), at[name], new)

    def _at(self, root: Mapping[str, Json]) -> Mapping[str, Json]:
        for part in self.place:
            root = root[part]
        return root

    def _models(self, table: str) -> Shared:
        return self._shared.setdefault(table, Shared(self._root[table]))


def write_differences(state: State, place: Place, old: Json, new: Json) -> None:
    """Make what stands at `place` equal to `new`, writing only where it differs."""
    for each in differences({"": old}, {"": new}):
        path = (*place, *parse_pointer(each.path)[1:])
        if each.kind == "missing":
            state.remove(*path)
        else:
            state.set(*path, to=each.have)


def _dumped(adapter: TypeAdapter[Any], value: Any) -> Json:
    """As JSON, whatever a tool assigned: most models are not validated when they are changed."""
    return adapter.dump_python(value, mode="json", warnings=False)


def _row_type(annotation: Any) -> Any:
    """The type of a table's rows; None when the annotation is not that of a table."""
    if typing.get_origin(annotation) is not dict:
        return None
    key, row = typing.get_args(annotation)
    parts = typing.get_args(row) if _is_union(row) else (row,)
    models = all(isinstance(part, type) and issubclass(part, BaseModel) for part in parts)
    return row if key is str and models else None


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)
