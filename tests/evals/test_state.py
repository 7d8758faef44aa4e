"""The state behaves as a plain dictionary would, shares what it can and is never spoilt."""

from __future__ import annotations

import copy
import json
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agentkit.evals.state import (
    MOST_DEPTH,
    NoSuchEntry,
    NotJson,
    State,
    copied,
    differences,
    parse_pointer,
    pointer,
    same,
    to_json_value,
)

KEYS = st.sampled_from(["a", "b", "c", "0", "1", "/", "~", ""])
LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, "", "x"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)
ROOTS = st.dictionaries(KEYS, VALUES, max_size=3)
PATHS = st.lists(KEYS | st.integers(0, 2), min_size=1, max_size=4).map(tuple)
WRITES = st.lists(
    st.tuples(st.sampled_from(["set", "remove", "fork", "adopt", "drop"]), PATHS, VALUES),
    max_size=12,
)


def walk(root: Any, path: tuple[str | int, ...]) -> Any:
    """What stands at a path of plain values; raises LookupError."""
    for part in path:
        if isinstance(root, dict):
            root = root[str(part)]
        elif isinstance(root, list) and str(part).isdecimal():
            root = root[int(part)]
        else:
            raise LookupError(part)
    return root


def write(root: Any, kind: str, path: tuple[str | int, ...], value: Any) -> None:
    """Change plain values; raises LookupError."""
    holder, last = walk(root, path[:-1]), path[-1]
    if isinstance(holder, dict):
        if kind == "set":
            holder[str(last)] = copy.deepcopy(value)
        else:
            del holder[str(last)]
    elif isinstance(holder, list) and str(last).isdecimal():
        if kind == "set" and int(last) == len(holder):
            holder.append(copy.deepcopy(value))
        elif kind == "set":
            holder[int(last)] = copy.deepcopy(value)
        else:
            del holder[int(last)]
    else:
        raise LookupError(last)


def spoil(value: Any) -> None:
    """Change a value in all its depth."""
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            spoil(each)
    value.clear()


@given(ROOTS, WRITES)
def test_a_state_is_a_deep_copy_that_costs_nothing(root: dict[str, Any], steps: Any) -> None:
    before = copy.deepcopy(root)
    state, model = State(root), copy.deepcopy(root)
    forks: list[tuple[State, Any]] = []
    for kind, path, value in steps:
        if kind == "fork":
            forks.append((state, copy.deepcopy(model)))
            state = state.fork()
            continue
        if kind in ("adopt", "drop"):
            if forks:
                (parent, parents), fork = forks.pop(), state
                state, model = parent, model if kind == "adopt" else parents
                if kind == "adopt":
                    state.adopt(fork, 1)
            continue
        given_value = copy.deepcopy(value)
        try:
            write(model, kind, path, value)
        except LookupError:
            with pytest.raises(NoSuchEntry):
                state.set(*path, to=given_value) if kind == "set" else state.remove(*path)
        else:
            state.set(*path, to=given_value) if kind == "set" else state.remove(*path)
        if isinstance(given_value, dict | list):
            spoil(given_value)  # what was put in is not what stands there
        taken = state.get(*path[:1], default=[])
        if isinstance(taken, dict | list):
            spoil(taken)  # nor is what was taken out
        assert same(state.root, model)
    assert same(state.root, model)
    for parent, parents in forks:
        assert same(parent.root, parents)
    assert same(root, before)


@given(ROOTS, WRITES)
def test_writes_of_a_journal_done_again_come_to_the_same(root: dict[str, Any], steps: Any) -> None:
    state = State(root)
    for kind, path, value in steps:
        if kind in ("set", "remove"):
            try:
                state.set(*path, to=value) if kind == "set" else state.remove(*path)
            except NoSuchEntry:
                continue
    again = State(root)
    for each in state.journal:
        if each.kind == "set":
            again.set(*each.path, to=each.value)
        else:
            again.remove(*each.path)
    assert same(again.root, state.root)


@given(ROOTS, ROOTS)
def test_there_are_differences_exactly_where_states_are_not_the_same(one: Any, two: Any) -> None:
    found = differences(one, two)
    assert (not found) is same(one, two)
    assert [each.path for each in found] == sorted(each.path for each in found)
    for each in found:
        path = parse_pointer(each.path)
        if each.kind != "extra":
            assert same(walk(one, path), each.want)
        if each.kind != "missing":
            assert same(walk(two, path), each.have)


def test_lists_of_different_lengths_differ_as_a_whole() -> None:
    (found,) = differences({"a": {"b": [1, 2]}}, {"a": {"b": [1, 2, 3]}})
    assert (found.path, found.kind, found.want, found.have) == (
        "/a/b",
        "changed",
        [1, 2],
        [1, 2, 3],
    )


def test_what_is_absent_is_not_null() -> None:
    assert [each.kind for each in differences({"a": None}, {})] == ["missing"]
    assert [each.kind for each in differences({}, {"a": None})] == ["extra"]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [(1, 1.0, True), (1, True, False), (0, False, False), (0, None, False), ("1", 1, False)],
)
def test_values_are_the_same_by_value_and_kind(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is same([other], [one]) is same({"a": one}, {"a": other}) is equal


@given(st.lists(st.text()).map(tuple))
def test_a_path_is_its_pointer(path: tuple[str, ...]) -> None:
    assert parse_pointer(pointer(path)) == path


def test_what_is_no_pointer_is_refused() -> None:
    with pytest.raises(ValueError, match="write /table/key/field"):
        parse_pointer("loans/L7")


class Shelf(BaseModel):
    name: str
    books: tuple[str, ...] = ()


class Level(IntEnum):
    LOW = 1


def test_models_tuples_and_enums_become_plain_json() -> None:
    value = to_json_value({"shelf": Shelf(name="A", books=("B1",)), "level": Level.LOW})
    assert value == {"shelf": {"name": "A", "books": ["B1"]}, "level": 1}
    assert type(value["level"]) is int


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), object(), {1: 2}, {"a": {3}}, b"x", 10**5000, lambda: 0],
    ids=lambda each: type(each).__name__,
)
def test_what_is_no_json_is_refused_with_its_place_and_changes_nothing(value: Any) -> None:
    state = State({"a": {"b": 1}})
    with pytest.raises(NotJson, match=r"/a/c"):
        state.set("a", "c", to=[value])
    assert state.root == {"a": {"b": 1}}
    assert state.journal == []


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep: Any = 1
    for _ in range(MOST_DEPTH - 1):
        deep = [deep]
    state = State({})
    state.set("a", to=deep)
    assert same(copied(state.root), state.root)
    assert differences({}, state.root)
    assert not differences(copied(state.root), state.root)
    json.dumps(state.root)
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(NotJson, match="nested too deeply"):
        state.set("b", to=deep)
    ring: dict[str, Any] = {}
    ring["self"] = ring
    with pytest.raises(NotJson, match="nested too deeply"):
        state.set("b", to=ring)


def test_what_is_missing_is_named_for_the_model_to_read() -> None:
    state = State({"loans": {"L7": {"due": "x"}}, "log": [1]})
    for path in (("loans", "L9"), ("loans", "L7", "due", "day"), ("log", 1), ("log", -1)):
        with pytest.raises(NoSuchEntry):
            state.get(*path)
        assert not state.has(*path)
        assert state.get(*path, default=5) == 5
    with pytest.raises(NoSuchEntry, match='there is no "L9" in loans'):
        state.get("loans", "L9")
    with pytest.raises(NoSuchEntry):
        state.get("log", "9" * 5000)


def test_rows_can_be_changed_while_they_are_gone_through() -> None:
    state = State({"loans": {"L1": {"open": True}, "L2": {"open": True}, "L3": {"open": False}}})
    state.set("loans", "L1", "open", to=True)  # from here on the table is the state's own
    for key, row in state.rows("loans", open=True):
        row["open"] = "mine"
        state.remove("loans", "L2" if key == "L1" else "L3")
    assert list(state.rows("loans")) == [("L1", {"open": True})]
    with pytest.raises(NoSuchEntry):
        list(state.rows("nothing"))
    with pytest.raises(NoSuchEntry):
        list(State({"log": [1]}).rows("log"))


def test_a_fork_sees_nothing_of_what_is_written_after_it() -> None:
    state = State({"a": {"b": 1}})
    state.set("a", "b", to=2)
    fork = state.fork()
    state.set("a", "b", to=3)
    assert fork.get("a", "b") == 2
    fork.set("a", "b", to=4)
    assert state.get("a", "b") == 3


def test_ids_are_the_first_free_ones() -> None:
    state = State({"loans": {"L1": {}, "L3": {}}})
    assert state.next_id("loans", prefix="L") == "L2"
    assert state.next_id("loans", prefix="X", start=7) == "X7"
