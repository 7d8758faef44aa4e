"""What `agentkit doctor --model ...` says of engines, good and bad ones."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentkit import Capabilities, ModelLoadError, ScriptedModel
from agentkit.cli.check import Check
from agentkit.cli.engine import engine_checks
from agentkit.models.base import TokenChunk
from agentkit.models.conformance import CHECKS
from tests.scripts import final

HERE = "tests.cli.test_engine"
closed: list[str] = []


class Noted(ScriptedModel):
    """Answers alike as often as it is asked, and notes its end."""

    def __init__(self) -> None:
        super().__init__([final("Hello there, hello there, hello!")] * 60)

    async def close(self) -> None:
        """Noted."""
        closed.append(type(self).__name__)


class Rude(Noted):
    """Raises what no engine may, in words of many lines."""

    capabilities = Capabilities("rude")

    async def stream(self, *_: Any, **__: Any) -> AsyncGenerator[TokenChunk]:
        """Never gives anything."""
        raise KeyError("first line\nsecond line" + "x" * 9999)
        yield


class Unloadable(Noted):
    """Cannot be loaded."""

    async def stream(self, *_: Any, **__: Any) -> AsyncGenerator[TokenChunk]:
        """Says so."""
        raise ModelLoadError("model.safetensors is cut off.\nFetch it again.")
        yield


@pytest.fixture(autouse=True)
def nothing_closed() -> None:
    """What other tests closed does not count."""
    closed.clear()


def made(checks: Iterator[Any]) -> list[Check]:
    """Each made before the next is asked for, as the doctor does."""
    return [check() for check in checks]


def test_every_check_is_made_in_order_and_the_model_closed() -> None:
    checks = made(engine_checks(f"{HERE}:Noted", None))
    assert [check.subject for check in checks] == list(CHECKS)
    assert closed == ["Noted"]
    assert all(check.detail.endswith(" s)") for check in checks)


def test_what_an_engine_raises_is_one_short_line_and_the_next_check_is_made() -> None:
    checks = made(engine_checks(f"{HERE}:Rude", None))
    assert [check.subject for check in checks] == list(CHECKS)
    assert closed == ["Rude"]
    raised = [check.detail for check in checks if check.state == "failed"]
    assert raised
    for detail in raised:
        assert "\n" not in detail
        assert len(detail) < 500
    assert any("KeyError" in detail for detail in raised)


def test_a_model_that_cannot_be_loaded_ends_it_after_one_line() -> None:
    checks = made(engine_checks(f"{HERE}:Unloadable", None))
    assert [(check.subject, check.state) for check in checks] == [("engine", "failed")]
    assert "cut off. Fetch it again." in checks[0].detail
    assert closed == ["Unloadable"]


def test_who_stops_asking_leaves_nothing_open() -> None:
    checks = engine_checks(f"{HERE}:Noted", None)
    next(checks)()
    assert not closed
    checks.close()  # type: ignore[attr-defined]
    assert closed == ["Noted"]


def test_a_vocabulary_that_is_none_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "o200k_base.tiktoken").write_text("none")
    checks = made(engine_checks(f"{HERE}:Noted", str(tmp_path)))
    assert [(check.subject, check.state) for check in checks] == [("engine", "failed")]
    assert str(tmp_path) in checks[0].detail
    assert closed == ["Noted"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"{HERE}:HERE", "has no `capabilities`, no `load`, no `stream`, no `close`"),
        (f"{HERE}:nothing", "nothing"),
        ("llamacpp:/nowhere/a.gguf", "cannot be read"),
        ("responses:http://key@host", "A key has no place"),
    ],
)
def test_a_name_of_no_model_is_one_line(name: str, said: str) -> None:
    checks = made(engine_checks(name, None))
    assert [(check.subject, check.state) for check in checks] == [("engine", "failed")]
    assert said in checks[0].detail
