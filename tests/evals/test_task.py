"""Tasks are read as they are written, and what is wrong is named with file, line and field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import UserError
from agentkit.evals.task import Task, check_kind, read_tasks
from tests.evals.support import library

GOOD: dict[str, Any] = {"id": "a", "checks": [{"state": "gold"}]}


def written(folder: Path, *tasks: Any) -> Path:
    """A file with these lines."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in tasks]
    (folder / "tasks.jsonl").write_text("\n".join(lines), "utf-8")
    return folder / "tasks.jsonl"


def test_empty_lines_do_not_matter_and_order_is_kept(tmp_path: Path) -> None:
    file = written(tmp_path, "", GOOD, "  ", {**GOOD, "id": "b"}, "")
    assert [task.id for task in read_tasks(file)] == ["a", "b"]


def test_a_separator_within_a_text_does_not_end_a_line(tmp_path: Path) -> None:
    line = json.dumps({**GOOD, "note": "a\u2028b\x85c"}, ensure_ascii=False)
    (task,) = read_tasks(written(tmp_path, line))
    assert task.note == "a\u2028b\x85c"


@pytest.mark.parametrize(
    ("task", "where"),
    [
        ("{", ":2:2: no JSON"),
        ("[]", ":2: "),
        ({"id": "b"}, ":2: checks: "),
        ({**GOOD, "id": ""}, ":2: id: "),
        ({**GOOD, "checks": []}, ":2: checks: "),
        ({**GOOD, "chekcs": []}, ":2: chekcs: "),
        ({**GOOD, "checks": [{"sed": []}]}, "a check is one of"),
        ({**GOOD, "checks": [{"state": "gold", "said": []}]}, ":2: checks.0"),
        ({**GOOD, "checks": [{"state": {"loans": 1}}]}, "write /table/key/field"),
        ({**GOOD, "checks": [{"unchanged_except": ["x"]}]}, "write /table/key/field"),
        ({**GOOD, "init": [{"set": "/a"}]}, "set needs to"),
        ({**GOOD, "init": [{"set": "/a", "remove": "/b", "to": 1}]}, "either set"),
        ({**GOOD, "user": {"script": [{"stop": True, "say": "x"}]}}, "stop stands alone"),
        ({**GOOD, "user": {"script": [{}]}}, "something to say"),
        ({**GOOD, "limits": {"turns": 0}}, ":2: limits.turns: "),
        ({**GOOD, "gold": [{"tool": "x", "by": "nobody"}]}, ":2: gold.0.by: "),
        ({**GOOD, "format": "agentkit.task/2"}, ":2: format: "),
        ('{"id": "b", "init": [{"set": "/a", "to": NaN}], "checks": [{"state": "gold"}]}', "NaN"),
        ('{"a":' * 100_000, ":2: it is nested too deeply"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, task: Any, where: str) -> None:
    file = written(tmp_path, GOOD, task)
    with pytest.raises(UserError) as caught:
        read_tasks(file)
    assert str(file) in str(caught.value)
    assert where in str(caught.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.jsonl"):
        read_tasks(tmp_path / "none.jsonl")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"bytes\.jsonl"):
        read_tasks(tmp_path / "bytes.jsonl")


def test_short_forms_mean_the_long_ones() -> None:
    script = [{"when": "card", "say": "C-11"}, {"stop": True}]
    task = Task.model_validate(
        {**GOOD, "user": {"script": script}, "checks": [{"not_called": "renew"}]}
    )
    assert task.user.script[0].when == ("card",)
    assert check_kind(task.checks[0]) == "not_called"


def test_every_task_is_read_back_from_its_own_json() -> None:
    for task in library().tasks():
        assert Task.model_validate_json(task.model_dump_json(by_alias=True)) == task
        for check in task.checks:
            assert check_kind(check) == check_kind(check.model_dump(by_alias=True))
