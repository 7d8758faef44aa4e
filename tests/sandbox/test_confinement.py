"""Code cannot get out, nor reach what is outside: every attempt, as root and as a plain user."""

from __future__ import annotations

import os
from typing import Any

import pytest
import pytest_asyncio

from sandbox import Notebook
from tests.sandbox.escapes import ESCAPES, attempt
from tests.sandbox.support import PLAIN_UID, run_plain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answers(notebook: Notebook, outside: str) -> dict[str, str]:
    return await attempt(notebook, outside)


@pytest.fixture(scope="module")
def plain(outside: str) -> Any:
    """The same, done once by a plain user in a process of its own."""
    return run_plain("plain_user.py", outside)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ESCAPES)
async def test_an_escape_fails(answers: dict[str, str], name: str) -> None:
    assert answers[name] in ESCAPES[name][1]


@pytest.mark.parametrize("name", ESCAPES)
def test_an_escape_fails_for_a_plain_user(plain: Any, name: str) -> None:
    assert plain["answers"][name] in ESCAPES[name][1]


def test_the_plain_user_was_one(plain: Any) -> None:
    assert plain["uid"] == (PLAIN_UID if os.getuid() == 0 else os.getuid())


def test_without_a_cgroup_memory_is_watched(plain: Any) -> None:
    outcome, death, text = plain["bomb"]
    assert (outcome, death) == ("died", "memory")
    assert "more than 256 MiB of memory" in text
    assert plain["after"] == "'kept'"


def test_a_stopped_launcher_costs_the_sandbox_and_nothing_else(plain: Any) -> None:
    answer, notice = plain["launcher stopped"].split("\n")
    assert answer == "42"
    assert notice.startswith("[A new sandbox had to be made.")


def test_a_flood_of_forged_events_ends_the_sandbox(plain: Any) -> None:
    assert plain["events forged"] == ["died", "lost"]
    assert plain["at last"] == "1"


@pytest.mark.asyncio(loop_scope="module")
async def test_two_notebooks_do_not_see_each_other(notebook: Notebook) -> None:
    await notebook.execute("import os; open('/mnt/data/mine', 'w').write('x')")
    async with Notebook() as other:
        assert (await other.execute("import os; os.listdir('/mnt/data')")).text() == "[]"
        uid = (await other.execute("os.getuid()")).text()
    if os.getuid() == 0:
        assert (await notebook.execute("os.getuid()")).text() != uid
