"""A domain is read from its folder, and a broken one is told of with file and place."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from agentkit.errors import UserError
from agentkit.evals.domain import load_domain
from agentkit.evals.state import State
from tests.evals.support import LIBRARY, changed, copy_library, library, task_of


def test_a_domain_is_read_from_its_folder_or_its_file() -> None:
    for path in (LIBRARY, LIBRARY / "domain.toml", str(LIBRARY)):
        domain = load_domain(path)
        assert domain.name == "library"
        assert list(domain.tools) == ["get_loan", "find_member", "renew", "pay_fees"]
        assert list(domain.user_tools) == ["return_book"]
        assert len(domain.tasks()) == len(domain.tasks("train")) + len(domain.tasks("test"))


def test_an_unknown_split_is_named_with_those_there_are() -> None:
    with pytest.raises(UserError, match=r"no split 'dev'; there are: train, test"):
        library().tasks("dev")


def test_a_task_begins_with_its_own_changes_and_the_domain_keeps_its_state() -> None:
    domain = library()
    state = domain.state_for(task_of(domain, "renew-1"))
    assert state.get("loans", "L7", "due") == "2026-01-17"
    assert state.journal == []
    assert domain.root["loans"]["L7"]["due"] == "2026-01-03"
    assert state.root["members"] is domain.root["members"]


def test_a_change_that_fits_nothing_names_the_task() -> None:
    domain = library()
    task = changed(domain.tasks()[0], init=[{"set": "/loans/L99/due", "to": "x"}])
    with pytest.raises(UserError, match=r"task renew-1: init: .*L99"):
        domain.state_for(task)


def test_the_digest_is_of_what_the_task_is_made_of(tmp_path: Path) -> None:
    domain = library()
    task = domain.tasks()[0]
    assert library().digest_of(task) == domain.digest_of(task)
    assert domain.digest_of(changed(task, note="other")) != domain.digest_of(task)
    tools = (LIBRARY / "tools.py").read_text("utf-8")
    other = load_domain(copy_library(tmp_path, tools_py=tools + "\n# mended\n"))
    assert other.digest != domain.digest


def test_another_list_of_the_same_tools_file_is_another_domain(tmp_path: Path) -> None:
    tools = (LIBRARY / "tools.py").read_text("utf-8") + "\nFEWER = [get_loan, renew]\n"
    all_of_them = load_domain(copy_library(tmp_path, tools_py=tools)).digest
    toml = TOML.replace("tools.py:TOOLS", "tools.py:FEWER")
    assert load_domain(copy_library(tmp_path, domain_toml=toml)).digest != all_of_them


def test_tools_that_lie_elsewhere_count_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "library"
    elsewhere.mkdir()
    folder.mkdir()
    monkeypatch.syspath_prepend(str(elsewhere))
    toml = TOML.replace("tools.py:", "tools_elsewhere:")
    copy_library(folder, domain_toml=toml)
    tools = (LIBRARY / "tools.py").read_text("utf-8")
    digests = set()
    for text in (tools, tools + "\n# mended\n"):
        (elsewhere / "tools_elsewhere.py").write_text(text, "utf-8")
        monkeypatch.delitem(sys.modules, "tools_elsewhere", raising=False)
        digests.add(load_domain(folder).digest)
    assert len(digests) == 2


HELPED = """
from agentkit.evals import State, reads
from helpers import who
from parts.more import WHOSE

@reads
def whose(state: State) -> str:
    \"\"\"Whose it is.\"\"\"
    return who() + WHOSE

{name} = [whose]
"""


def helped(folder: Path, who: str) -> Path:
    """A library whose tools are in two files, which import modules beside them."""
    (folder / "parts").mkdir(parents=True)
    (folder / "helpers.py").write_text(f"SEEN = []\ndef who():\n    return {who!r}\n")
    (folder / "parts" / "more.py").write_text(f"WHOSE = {who!r}\n")
    (folder / "users.py").write_text(HELPED.format(name="USER_TOOLS"))
    toml = TOML.replace("tools.py:USER_TOOLS", "users.py:USER_TOOLS")
    return copy_library(folder, domain_toml=toml, tools_py=HELPED.format(name="TOOLS"))


def test_modules_beside_the_tools_are_one_domains_own(tmp_path: Path) -> None:
    folders = [helped(tmp_path / who, who) for who in ("north", "south")]
    for folder in (*folders, *folders):
        domain = load_domain(folder)
        both = [domain.tools["whose"].function, domain.user_tools["whose"].function]
        assert [each(State({})) for each in both] == [2 * folder.name] * 2
        assert both[0].__globals__["who"] is both[1].__globals__["who"]
    assert not {"helpers", "parts", "parts.more"} & set(sys.modules)


def test_a_module_that_was_imported_from_elsewhere_stays_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "helpers.py").write_text("def who():\n    return 'elsewhere '\n")
    monkeypatch.syspath_prepend(str(elsewhere))
    here = importlib.import_module("helpers")
    try:
        whose = load_domain(helped(tmp_path / "north", "north")).tools["whose"].function
        assert whose(State({})) == "elsewhere north"
        assert sys.modules["helpers"] is here
    finally:
        del sys.modules["helpers"]


def test_modules_beside_tools_that_lie_elsewhere_count_too(tmp_path: Path) -> None:
    toml = TOML.replace('"tools.py:', '"../common/tools.py:')
    tools = (LIBRARY / "tools.py").read_text("utf-8")
    digests = set()
    for where, mended in (("old", ""), ("new", "# mended")):
        folder, common = tmp_path / where / "library", tmp_path / where / "common"
        folder.mkdir(parents=True)
        common.mkdir()
        (common / "written.py").write_text(tools + mended, "utf-8")
        (common / "tools.py").write_text("from written import TOOLS, USER_TOOLS\n")
        digests.add(load_domain(copy_library(folder, domain_toml=toml)).digest)
    assert len(digests) == 2


def test_data_that_the_tools_read_counts_too(tmp_path: Path) -> None:
    folder = copy_library(tmp_path, domain_toml='data = ["fees.bin"]\n' + TOML)
    digests = set()
    for written in (b"\xff\x00", b"\xff\x01"):
        (folder / "fees.bin").write_bytes(written)
        digests.add(load_domain(folder).digest)
    assert len(digests) == 2


TOML = (LIBRARY / "domain.toml").read_text("utf-8")
TRAIN = (LIBRARY / "train.jsonl").read_text("utf-8")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"domain_toml": "name = ["}, "domain.toml: "),
        ({"domain_toml": 'name = "x"'}, "domain.toml: format: "),
        ({"domain_toml": TOML.replace("domain/1", "domain/2")}, "domain.toml: format: "),
        ({"domain_toml": TOML.replace("state.json", "none.json")}, "There is no file "),
        ({"domain_toml": TOML.replace("policy.md", "none.md")}, "none.md"),
        ({"domain_toml": TOML.replace("train.jsonl", "none.jsonl")}, "none.jsonl"),
        ({"domain_toml": TOML.replace("policy.md", "../secret.md")}, "does not lie in the domain"),
        ({"domain_toml": TOML.replace("state.json", "/dev/zero")}, "does not lie in the domain"),
        ({"domain_toml": TOML.replace("train.jsonl", r"a\u0000b")}, "cannot be a file"),
        ({"domain_toml": TOML.replace(":TOOLS", ":NONE")}, "nothing named NONE"),
        ({"domain_toml": 'data = ["none.csv"]\n' + TOML}, "There is no file "),
        ({"domain_toml": 'data = ["../none.csv"]\n' + TOML}, "does not lie in the domain"),
        ({"domain_toml": TOML + "\ncolour = 1\n"}, "colour"),
        ({"state_json": "{"}, "state.json:1:2: no JSON"),
        ({"state_json": "[]"}, "an object of tables, not list"),
        ({"state_json": '{"a": NaN}'}, "NaN is no JSON"),
        ({"state_json": '{"a": 1e999}'}, "cannot hold inf"),
        ({"state_json": '{"a": ' + "[" * 150 + "]" * 150 + "}"}, "nested too deeply"),
        ({"state_json": '{"a": ' + "[" * 9999 + "]" * 9999 + "}"}, "nested too deeply"),
        ({"state_json": json.dumps({"a": 1})[:-1] + ', "a": 2}'}, 'the key "a" stands there twice'),
        ({"tools_py": "TOOLS = [print]\nUSER_TOOLS = []"}, "print is no tool of a domain"),
        ({"test_jsonl": '{"id": "a", "chek": 1}'}, "checks: is missing; chek: there is no such"),
        ({"test_jsonl": '{"id": "a", "checks": "x"}'}, "checks: should be a list"),
        ({"test_jsonl": '{"id": "a", "checks": []}'}, "test.jsonl:1: checks: is empty"),
        ({"tools_py": "raise ValueError('oh')"}, "ValueError: oh"),
        ({"tools_py": "raise SystemExit(3)"}, "SystemExit: 3"),
        ({"tools_py": "def ("}, "SyntaxError"),
        ({"test_jsonl": TRAIN}, "the id 'renew-1' is taken by a task of train.jsonl"),
    ],
    ids=lambda each: each if isinstance(each, str) else next(iter(each)),
)
def test_a_broken_domain_says_what_is_wrong_and_where(
    tmp_path: Path, files: dict[str, str], words: str
) -> None:
    folder = copy_library(tmp_path, **files)
    with pytest.raises(UserError) as caught:
        load_domain(folder)
    assert str(folder) in str(caught.value)
    assert words in str(caught.value)


def test_a_list_that_is_wrong_within_is_not_said_to_be_empty(tmp_path: Path) -> None:
    line = '{"id": "a", "checks": [{"stat": "gold"}]}'
    with pytest.raises(UserError, match=r"checks\.0: a check is one of [a-z_, ]+$"):
        load_domain(copy_library(tmp_path, test_jsonl=line))


def test_a_link_out_of_the_domain_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "domain").mkdir()
    folder = copy_library(tmp_path / "domain")
    (folder / "policy.md").unlink()
    (folder / "policy.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(UserError, match=r"'policy\.md' does not lie in the domain's folder"):
        load_domain(folder)


def test_a_folder_without_a_domain_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"domain\.toml"):
        load_domain(tmp_path)
