"""Objects named in a string: `module:object` and `path/to/file.py:object`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentkit import ScriptedModel, UserError
from agentkit.imports import import_object, is_import_name
from agentkit.models.load import load_model
from tests.scripts import final


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_module_of_the_working_folder_is_found(folder: Path) -> None:
    (folder / "mine_here.py").write_text("class Box:\n    value = 7\n")

    assert import_object("mine_here:Box.value") == 7


def test_a_file_is_imported_once_and_finds_its_neighbours(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "neighbour_there.py").write_text("value = 3\n")
    (folder / "deep" / "tool.py").write_text(
        "import neighbour_there\nmade = [neighbour_there.value]\n"
    )

    first = import_object("deep/tool.py:made")
    assert first == [3]
    assert import_object(str(folder / "deep" / "tool.py") + ":made") is first


def test_a_neighbour_hides_no_installed_package(folder: Path) -> None:
    (folder / "colorsys.py").write_text("raise AssertionError('the wrong one')")
    (folder / "tool.py").write_text("import colorsys\nhas = hasattr(colorsys, 'rgb_to_hsv')\n")
    sys.modules.pop("colorsys", None)

    before = list(sys.path)

    assert import_object("tool.py:has") is True
    assert sys.path == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("json:gone", "json has nothing named gone"),
        ("no_such_module_at_all:x", "no_such_module_at_all cannot be imported: ModuleNotFound"),
        ("gone.py:x", "There is no file"),
        ("bad.py:x", "cannot be imported: SyntaxError"),
        ("raises.py:x", "cannot be imported: ZeroDivisionError"),
        ("http://host:x", "not of the form module:object"),
    ],
)
def test_a_name_that_leads_nowhere_says_why(folder: Path, name: str, said: str) -> None:
    (folder / "bad.py").write_text("def (")
    (folder / "raises.py").write_text("1 / 0")

    with pytest.raises(UserError, match=said):
        import_object(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("module:object", True),
        ("pack.module:Class.method", True),
        ("dir/file.py:tool", True),
        ("openai/gpt-oss-20b", False),
        ("vllm:http://host:8000", False),
        ("tiny", False),
        ("/models/file.py", False),
    ],
)
def test_names_of_objects_look_different_from_names_of_models(name: str, expected: bool) -> None:
    assert is_import_name(name) is expected


def test_a_model_can_be_named(folder: Path) -> None:
    (folder / "models.py").write_text(
        "from agentkit import ScriptedModel\n"
        f"def make(): return ScriptedModel([{final('hi')!r}])\n"
        "made = make()\n"
        "class Other: pass\n"
    )

    assert isinstance(load_model("models.py:make"), ScriptedModel)
    assert load_model("models.py:made") is import_object("models.py:made")
    with pytest.raises(UserError, match="is no model"):
        load_model("models.py:Other")
