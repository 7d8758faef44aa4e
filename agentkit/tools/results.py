"""A tool's return value to the text a model reads.

Strings go as they are, everything else as compact JSON. Knows nothing of calls; never raises, for
a result that cannot be shown is still a result. Cutting long text is `agentkit.dispatch`'s work.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping

from agentkit.tools.base import ToolOutput

NO_RESULT = "(no result)"


def to_output(value: object) -> ToolOutput:
    """The `ToolOutput` of a value that a function returned; a `ToolOutput` passes through."""
    if isinstance(value, ToolOutput):
        return value
    data = None if isinstance(value, str) else value
    return ToolOutput(to_text(value), data=data)


def to_text(value: object) -> str:
    """What the model reads of `value`.

    Strings are given as they are, and so are values whose JSON is one string: dates, enums, UUIDs.
    None is "(no result)". Bytes are named by their size. All else is compact JSON, with UTF-8 left
    unescaped; what JSON cannot express is given as its `repr`.
    """
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, str):
        return value
    if value is None:
        return NO_RESULT
    if isinstance(value, bytes | bytearray | memoryview):
        return _size_note(value)
    text = _to_json(value)
    return str(json.loads(text)) if text.startswith('"') else text


class ItemText:
    """The text of a stream, item by item.

    Strings are joined as they come. Every other item stands on a line of its own, so a new line is
    put between it and its neighbours. The parts given out, joined, are exactly `text`.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._values: list[object] = []
        self._line_is_open = False

    def add(self, item: object) -> str:
        """Take one item; what it adds to the text."""
        part = to_text(item)
        joins = isinstance(item, str) and (not self._values or isinstance(self._values[-1], str))
        if self._line_is_open and not joins:
            part = f"\n{part}"
        if part:
            self._line_is_open = not part.endswith("\n")
        self._parts.append(part)
        self._values.append(item)
        return part

    def output(self) -> ToolOutput:
        """The whole: its text and, unless all items were strings, the list of items as data."""
        if not self._values:
            return ToolOutput(NO_RESULT)
        only_text = all(isinstance(value, str) for value in self._values)
        return ToolOutput("".join(self._parts), data=None if only_text else self._values)


def _to_json(value: object) -> str:
    try:
        return _dump(value)
    except Exception:  # a serialiser is the user's code: whatever it raises, the result is shown
        pass
    try:
        return _dump(_spell_out(value))
    except Exception:
        return _repr(value)


def _dump(value: object) -> str:
    import pydantic_core

    return pydantic_core.to_json(value, serialize_unknown=True, inf_nan_mode="strings").decode()


def _spell_out(value: object) -> object:
    """`value` in plain containers, with a size note for bytes that are not UTF-8."""
    if isinstance(value, bytes | bytearray | memoryview):
        return _size_note(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    elif hasattr(value, "model_fields_set"):
        value = dict(value)  # type: ignore[call-overload]  # a pydantic model gives its fields
    if isinstance(value, Mapping):
        return {str(key): _spell_out(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_spell_out(each) for each in value]
    return value


def _size_note(value: bytes | bytearray | memoryview) -> str:
    size = memoryview(value).nbytes
    return f"({size:,} byte{'' if size == 1 else 's'}, not shown)"


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return object.__repr__(value)
