"""The command run within the tests' process, which has the vocabulary loaded already."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest

from agentkit.cli import main
from tests.cli.support import ROOT, Ended

Agentkit = Callable[..., Ended]


@pytest.fixture
def agentkit(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Agentkit:
    """Runs the command: `agentkit("run", "hi", stdin="")`."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("AGENTKIT_MODEL", raising=False)

    def run(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capfd.readouterr()
        status = main(arguments)
        return Ended(status, *capfd.readouterr())

    return run
