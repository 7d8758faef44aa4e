"""One notebook for every test of a module that only looks, and something outside to look for."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox import Limits, Notebook


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def notebook() -> AsyncIterator[Notebook]:
    """A running notebook, shared within the module: tests must not rely on a fresh state."""
    async with Notebook(Limits(cell_timeout=30, interrupt_grace=2)) as notebook:
        yield notebook


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Things of the owner to look for, as definitions to run before the attempts."""
    file: Path = tmp_path_factory.mktemp("owner") / "file"
    file.write_text("secret")
    os.environ["SECRET_OF_OWNER"] = "SECRET_OF_OWNER"
    name = f"\0owner-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(name)
        local.listen()
        port = server.getsockname()[1]
        yield f"OWNERS_FILE, OWNERS_PORT, OWNERS_SOCKET = {str(file)!r}, {port}, {name!r}\n"
    del os.environ["SECRET_OF_OWNER"]
