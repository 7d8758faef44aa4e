"""A fixture for tests that need a Chromium; `make test` sees to it that there is one."""

from __future__ import annotations

import pytest

from agentkit.browser.install import Found, find_chromium


@pytest.fixture(scope="session")
def chromium_found() -> Found:
    """The Chromium of this machine; without one the test fails, since nothing else proves it."""
    refused: list[str] = []
    found = find_chromium(refused.append)
    if found is None:
        pytest.fail("\n".join(["no Chromium here: run `agentkit setup`", *refused]))
    return found
