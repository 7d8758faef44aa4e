"""`agentkit setup` and `agentkit doctor`: one line a thing, with the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentkit.browser.chromium.install import Found
from agentkit.cli import machine
from agentkit.cli.engine import engine_checks
from agentkit.models.conformance import CHECKS
from tests.browser.chromium_fixture import chromium_found
from tests.cli.conftest import Agentkit
from tests.cli.support import in_a_process

__all__ = ["chromium_found"]


@pytest.fixture
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine where nothing was set up yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("TIKTOKEN_ENCODINGS_BASE", raising=False)
    return tmp_path


def test_setup_fetches_what_the_doctor_misses_nothing_of(
    agentkit: Agentkit,
    empty_caches: Path,
    chromium_found: Found,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGENTKIT_CHROMIUM", str(chromium_found.executable))
    assert "unpacked at first use" in machine.look_for_vocabulary(None).detail
    assert list(empty_caches.iterdir()) == []

    done = agentkit("setup")
    assert done.status == 0, done.out
    assert [line.split("  ")[0] for line in done.out.splitlines()] == ["ok"] * 5
    again = agentkit("setup")
    assert again.out == done.out


def test_without_a_chromium_setup_and_doctor_say_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGENTKIT_CHROMIUM", "/nowhere/chromium")

    for check in (machine.look_for_chromium(), machine.get_chromium()):
        assert check.state == "note"
        assert "/nowhere/chromium is no executable file" in check.detail
        assert "\n" not in check.detail


def test_a_model_that_is_not_here_has_a_fix(agentkit: Agentkit, empty_caches: Path) -> None:
    check = machine.look_for_model("nobody/nothing")

    assert check.state == "missing"
    assert check.fix == "agentkit setup --model nobody/nothing"


def test_a_vocabulary_that_is_not_one_is_missing(tmp_path: Path) -> None:
    (tmp_path / "o200k_base.tiktoken").write_text("none")

    assert machine.look_for_vocabulary(str(tmp_path)).state == "missing"


def test_a_real_run_that_fails_says_how_to_see_more(tmp_path: Path) -> None:
    check = machine.real_run(str(tmp_path), python=False)

    assert check.state == "failed"
    assert "there is no file" in check.detail
    assert check.fix.startswith("agentkit run 'Hello!' --model tiny --debug")


def test_the_doctor_runs_the_bundled_model() -> None:
    seen = in_a_process("doctor")

    assert seen.status == 0, seen.out
    assert seen.out.splitlines()[-1].startswith("ok      a real run")
    assert "351168" in seen.out


def test_the_doctor_puts_an_engine_through_the_suite() -> None:
    checks = machine._tell(engine_checks("tests.cli.scripted:repeating", None))
    found = {check.subject: check.state for check in checks}
    assert list(found) == list(CHECKS)
    assert found["special tokens"] == found["max tokens"] == "ok"
    assert found["logprobs"] == found["grammar"] == "note"
    assert found["seed"] == "failed"  # a script draws nothing


def test_the_doctor_says_of_a_server_that_is_not_there_what_to_start() -> None:
    for name, said in (("vllm:http://127.0.0.1:9", "Start vLLM"), ("vllm:ftp://x", "no address")):
        checks = machine._tell(engine_checks(name, None))
        assert [(check.subject, check.state) for check in checks] == [("engine", "failed")]
        assert said in checks[0].detail
