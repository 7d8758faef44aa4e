"""Without namespaces code is kept in by Landlock and a filter: every attempt to get out, as a plain
user and as root."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import IsolationUnavailable, Notebook
from tests.sandbox.escapes import escapes_on_host
from tests.sandbox.support import PLAIN_UID, run_plain, run_root

ESCAPES = escapes_on_host()


@pytest.fixture(scope="module")
def outside() -> Iterator[str]:
    name = f"\0owner-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(name)
        local.listen()
        yield f"OWNERS_PORT, OWNERS_SOCKET = {server.getsockname()[1]}, {name!r}\n"


@pytest.fixture(scope="module", params=["plain user", "root"])
def seen(request: pytest.FixtureRequest, outside: str) -> Any:
    """What a notebook under Landlock saw, started by a user of this kind."""
    if request.param == "root" and os.getuid() != 0:
        pytest.skip("only root can be root")
    run = run_root if request.param == "root" else run_plain
    found = run("reduced_user.py", outside)
    own = 0 if request.param == "root" else PLAIN_UID if os.getuid() == 0 else os.getuid()
    assert found["uid"] == own
    return found


@pytest.mark.parametrize("name", ESCAPES)
def test_an_escape_fails(seen: Any, name: str) -> None:
    assert seen["answers"][name] in ESCAPES[name][1]


def test_the_owners_file_was_not_touched(seen: Any) -> None:
    assert seen["file"][0] == "secret"
    assert seen["file"][1] != 0o777
    assert seen["file"][2]


def test_ordinary_work_goes_on(seen: Any) -> None:
    assert seen["work"].splitlines() == ["a child", "42", " ['a', 'b'] True"]


def test_what_a_kernel_leaves_behind_ends_with_it_and_its_files_stay(seen: Any) -> None:
    assert seen["daemons"] == [[1], 0]
    assert seen["kept"] == "'x'"
    assert seen["downloaded"] == "x"


def test_disk_is_watched(seen: Any) -> None:
    assert seen["filled"] == ["died", "disk"]
    assert seen["at last"] == "1"


def test_nothing_is_left(seen: Any) -> None:
    assert seen["left"] == []


@pytest.mark.skipif(
    os.getuid() != 0 or os.stat("/root").st_mode & 1 == 1, reason="root has nothing private"
)
async def test_a_python_the_sandboxs_user_cannot_read_is_refused() -> None:
    notebook = Notebook(backend="landlock", min_isolation="reduced")
    with pytest.raises(IsolationUnavailable, match="cannot read this Python"):
        await notebook.start()
    await notebook.close()
