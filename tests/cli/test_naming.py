"""Words on the command line become tools, limits and sampling."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit import BrowserTool, Limits, PythonTool, Sampling
from agentkit.cli import naming
from agentkit.cli.options import parser
from tests.cli import scripted
from tests.cli.conftest import Agentkit
from tests.cli.support import SCRIPTED, model


def test_tools_come_in_the_order_given_each_once() -> None:
    found = naming.tools([f"python, {SCRIPTED}:shout", f"{SCRIPTED}:shout,,{SCRIPTED}:get_order"])

    assert isinstance(found[0], PythonTool)
    assert found[1:] == [scripted.shout, scripted.get_order]
    assert naming.tools([f"{SCRIPTED}:every_tool"]) == scripted.every_tool


def test_the_browser_may_come_with_what_it_searches(tmp_path: Path) -> None:
    found = naming.tools([f"browser, browser:{tmp_path}, browser:local"])

    assert [type(each) for each in found] == [BrowserTool] * 3


def test_limits_and_sampling_change_only_what_was_given() -> None:
    options = parser().parse_args(["run", "hi"])
    assert naming.limits(options) == Limits()
    assert naming.sampling(options, Sampling(0.0, top_k=5)) == Sampling(0.0, top_k=5)

    given = "--max-turns 2 --max-tokens 9 --seconds 1.5 --temperature 0 --top-p 0.5 --seed 4"
    options = parser().parse_args(["run", "hi", *given.split()])
    assert naming.limits(options) == Limits(turns=2, tokens=9, seconds=1.5)
    assert naming.sampling(options, Sampling()) == Sampling(0.0, 0.5, seed=4)


def test_instructions_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "rules.txt").write_text("Be kind.\n")

    assert naming.instructions(f"@{tmp_path / 'rules.txt'}") == "Be kind."
    assert naming.instructions("Be brief.") == "Be brief."


@pytest.mark.parametrize(
    ("given", "conversation"), [("c.db", "default"), ("c.db:42", "42"), ("c:d.db:a b", "a b")]
)
def test_a_session_is_a_file_and_perhaps_an_id(
    tmp_path: Path, given: str, conversation: str
) -> None:
    with naming.store(str(tmp_path / given)) as store:
        assert store.conversation == conversation
        assert store.path.is_file()


def test_the_model_is_named_by_option_then_environment_then_bundled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGENTKIT_MODEL", "mine")
    assert naming.model_name("theirs") == ("theirs", "")
    assert naming.model_name(None) == ("mine", "")

    monkeypatch.setenv("AGENTKIT_MODEL", "")
    name, note = naming.model_name(None)
    assert name == "tiny"
    assert "\n" not in note
    assert len(note) < 80
    assert "--model openai/gpt-oss-20b" in note


def test_a_chat_in_a_pipe_takes_a_prompt_a_line(agentkit: Agentkit) -> None:
    talk = agentkit("chat", *model("answers"), stdin="One?\n\n/help\nTwo?\n/exit\nThree?\n")

    assert talk.status == 0
    assert talk.out == "First.\nSecond.\n"
    assert "/reset" in talk.err
