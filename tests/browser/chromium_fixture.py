"""What tests need that need a Chromium; `make test` sees to it that there is one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from agentkit.browser.chromium.install import Found, find_chromium


@pytest.fixture(scope="session")
def chromium_found() -> Found:
    """The Chromium of this machine; without one the test fails, since nothing else proves it."""
    refused: list[str] = []
    found = find_chromium(refused.append)
    if found is None:
        pytest.fail("\n".join(["no Chromium here: run `agentkit setup`", *refused]))
    return found


def processes_with(text: str) -> list[int]:
    """Ids of the processes that were started with an argument that holds `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if text.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def profiles() -> set[Path]:
    """The browser profiles that lie in the temporary folder."""
    return set(Path(tempfile.gettempdir()).glob("playwright_*"))


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition to come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
