"""Thirty ways to abuse a notebook, by number: what comes of each, and that the next cell works.

`COVERED` tells for each row the tests that cover it. Most of them are elsewhere; those of this
module run as the user of the tests and as a plain user. Besides: kernels killed at random moments,
and many starts and stops. Of the latter only 20 are tried; `SANDBOX_CYCLES=200` sets another
number (each takes about a second).

Not covered: CPU time taken from others, and faults of the host's kernel.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from sandbox import Limits, Notebook
from tests.sandbox.abuse import ATTEMPTS, abuse, cycles
from tests.sandbox.support import PLAIN_UID, descendants, run_plain

CYCLES = int(os.environ.get("SANDBOX_CYCLES", "20"))


def _escapes(*names: str) -> tuple[str, ...]:
    tests = ("test_an_escape_fails", "test_an_escape_fails_for_a_plain_user")
    return tuple(f"test_confinement::{test}[{name}]" for name in names for test in tests)


# row: tests as `module::function`, with the parameter in brackets where one of several is meant.
COVERED: dict[int, tuple[str, ...]] = {
    1: _escapes("read the password file", "see other accounts"),
    2: _escapes("read the home of root", "read the owner's file", "list homes"),
    3: _escapes("read the owner's environment", "read environments of all processes"),
    4: _escapes(
        *("write to the system", "write to the configuration", "write to the root"),
        *("write to Python", "change the kernel's settings", "trigger sysrq"),
    ),
    5: _escapes("reach a server of the host", "reach an abstract socket of the host"),
    6: _escapes("reach the internet", "resolve a name"),
    7: (
        "test_abuse::test_row_07_fork_bomb",
        "test_limits::test_a_fork_bomb_is_bounded_and_leaves_nothing",
        "test_limits::test_a_shell_fork_bomb_is_bounded",
    ),
    8: (
        "test_abuse::test_row_08_many_greedy_processes",
        "test_limits::test_one_greedy_object_is_a_memory_error_and_the_variables_stay",
        "test_limits::test_many_greedy_processes_lose_and_the_notebook_says_why",
        "test_confinement::test_without_a_cgroup_memory_is_watched",
    ),
    9: (
        "test_abuse::test_row_09_fill_every_place",
        "test_limits::test_every_writable_place_has_a_size",
        "test_limits::test_millions_of_empty_files_are_noticed",
    ),
    10: (
        "test_abuse::test_row_10_endless_loop",
        "test_stopping::test_over_time_the_cell_is_interrupted_and_variables_stay",
    ),
    11: (
        "test_abuse::test_row_11_cells_that_resist_the_interrupt",
        "test_stopping::test_a_stubborn_cell_costs_the_variables_but_not_the_files",
    ),
    12: ("test_abuse::test_row_12_kill_everybody", *_escapes("kill the init process")),
    13: (
        "test_abuse::test_row_13_memory_of_other_processes",
        *_escapes("trace the launcher", "read the launcher's memory"),
    ),
    14: ("test_abuse::test_rows_14_16_17_system_calls", *_escapes("mount", "chroot")),
    15: _escapes(
        *("make a user namespace", "clone into a namespace", "clone3", "enter a namespace")
    ),
    16: (
        "test_abuse::test_rows_14_16_17_system_calls",
        *_escapes("open a vsock", "open a packet socket", "open a raw socket"),
        *_escapes("open the crypto interface", "open bluetooth", "open another netlink"),
    ),
    17: (
        "test_abuse::test_rows_14_16_17_system_calls",
        *_escapes("read a keyring", "load a BPF program", "set up io_uring"),
        *_escapes("handle page faults", "open by handle", "use the x32 convention"),
    ),
    18: (
        "test_files::test_a_trap_catches_nobody",
        "test_files::test_a_trap_does_not_catch_a_plain_user",
        "test_files::test_a_folder_swapped_for_a_link_leads_nowhere",
    ),
    19: (
        "test_abuse::test_row_19_shell_that_floods",
        "test_notebook::test_a_flood_of_prints_keeps_beginning_and_end_and_the_kernel",
        "test_limits::test_a_kernel_that_sends_a_huge_message_anyway_is_replaced",
    ),
    20: ("test_abuse::test_row_20_zip_bomb",),
    21: (
        "test_abuse::test_row_21_children_that_read",
        "test_notebook::test_input_is_refused_and_does_not_wait",
    ),
    22: ("test_notebook::test_output_of_a_thread_left_behind_is_labelled_as_background",),
    23: ("test_stopping::test_a_kernel_that_dies_is_reported_and_replaced",),
    24: ("test_stopping::test_a_kernel_that_dies_is_reported_and_replaced",),
    25: (
        "test_abuse::test_row_25_forged_result",
        "test_notebook::test_a_forged_message_neither_shows_nor_ends_the_cell[an idle of its own]",
    ),
    26: tuple(
        f"test_notebook::test_a_forged_message_neither_shows_nor_ends_the_cell[{name}]"
        for name in ("an unsigned message", "one frame", "JSON too deep", "a stream without text")
    ),
    27: ("test_abuse::test_row_27_request_with_a_wrong_key",),
    28: (
        "test_abuse::test_row_28_another_notebook",
        "test_confinement::test_two_notebooks_do_not_see_each_other",
    ),
    29: (
        "test_abuse::test_row_29_cycles_with_a_daemon_leave_nothing",
        "test_abuse::test_row_29_cycles_of_a_plain_user_leave_nothing",
        "test_stopping::test_daemons_of_a_killed_kernel_die_with_it",
        "test_lifecycle::test_nothing_is_left_after_closing",
    ),
    30: (
        "test_abuse::test_row_30_killed_owner_of_a_plain_user",
        "test_lifecycle::test_a_killed_owner_leaves_no_process_and_no_cgroup",
    ),
}


def _cases(function: Any) -> set[str]:
    """The parameters of a test that are plain words."""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    return {case for mark in marks for case in mark.args[1] if isinstance(case, str)}


def test_every_row_is_covered_by_tests_that_exist() -> None:
    assert sorted(COVERED) == list(range(1, 31))
    for row, tests in COVERED.items():
        assert tests, row
        for test in tests:
            module, _, rest = test.partition("::")
            name, _, case = rest.rstrip("]").partition("[")
            function = getattr(importlib.import_module(f"tests.sandbox.{module}"), name, None)
            assert callable(function), test
            assert not case or case in _cases(function), test


@pytest.fixture(scope="module")
def plain(outside: str) -> Any:
    """All of it, done once by a plain user in a process of its own."""
    return run_plain("abuse_user.py", outside)


@pytest.fixture(scope="module")
def own(outside: str) -> Any:
    """All of it, done once by the user of the tests."""
    return asyncio.run(abuse(outside))


@pytest.fixture(params=["own", "plain"])
def seen(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def went_on(cell: Any, outcome: str) -> None:
    """The cell ended so, the kernel lives with its variables, and the next cell worked."""
    assert (cell["outcome"], cell["death"]) == (outcome, None), cell
    assert (cell["names"], cell["after"]) == (["kept"], "42"), cell


def went_on_or_said_so(cell: Any, death: str) -> None:
    """The same, or the kernel died of what it did, which was said; the next cell worked."""
    assert cell["after"] == "42", cell
    if cell["names"] == ["kept"]:
        assert cell["death"] is None, cell
    else:
        assert (cell["names"], cell["death"]) == ([], death), cell
        assert "variables, imports and running processes are lost" in cell["notices"], cell


def test_the_plain_user_was_one(plain: Any) -> None:
    assert plain["uid"] == (PLAIN_UID if os.getuid() == 0 else os.getuid())


def test_row_07_fork_bomb(seen: Any) -> None:
    cell = seen["cells"]["fork bomb"]
    went_on(cell, "ok")
    assert cell["text"] == "BlockingIOError True"


def test_row_08_many_greedy_processes(seen: Any) -> None:
    cell = seen["cells"]["many greedy processes"]
    went_on_or_said_so(cell, "memory")
    if cell["death"] is None:
        assert "-9" in cell["text"]
    else:
        assert "more than 256 MiB of memory" in cell["text"]


def test_row_09_fill_every_place(seen: Any) -> None:
    cell = seen["cells"]["fill every place"]
    went_on(cell, "ok")
    assert cell["text"] == "True"


def test_row_10_endless_loop(seen: Any) -> None:
    cell = seen["cells"]["endless loop"]
    went_on(cell, "timeout")
    assert "KeyboardInterrupt" in cell["text"]


@pytest.mark.parametrize("name", ["swallow every exception", "a regular expression without end"])
def test_row_11_cells_that_resist_the_interrupt(seen: Any, name: str) -> None:
    cell = seen["cells"][name]
    assert cell["outcome"] == "timeout"
    went_on_or_said_so(cell, "killed")


def test_row_12_kill_everybody(seen: Any) -> None:
    """Without root the launcher is the same user, so it can be killed: with it go the files."""
    cell = seen["cells"]["kill everybody"]
    went_on_or_said_so(cell, "lost")
    assert cell["death"] is None or "files in /mnt/data are lost" in cell["notices"]


@pytest.mark.parametrize("name", ATTEMPTS[13])
def test_row_13_memory_of_other_processes(seen: Any, name: str) -> None:
    assert seen["answers"][name] in ATTEMPTS[13][name][1]
    cell = seen["cells"]["open the init process"]
    went_on(cell, "ok")
    assert cell["text"].split("\n")[-1] == "False"  # no secret of the owner in its environment


@pytest.mark.parametrize("name", [name for row in (14, 16, 17) for name in ATTEMPTS[row]])
def test_rows_14_16_17_system_calls(seen: Any, name: str) -> None:
    expected = {**ATTEMPTS[14], **ATTEMPTS[16], **ATTEMPTS[17]}
    assert seen["answers"][name] in expected[name][1]


def test_row_19_shell_that_floods(seen: Any) -> None:
    cell = seen["cells"]["a shell that floods"]
    assert cell["outcome"] == "timeout"
    went_on_or_said_so(cell, "killed")


def test_row_20_zip_bomb(seen: Any) -> None:
    cell = seen["cells"]["zip bomb"]
    went_on(cell, "ok")
    assert cell["text"] == "True\nTrue"


def test_row_21_children_that_read(seen: Any) -> None:
    cell = seen["cells"]["children that read"]
    went_on(cell, "ok")
    assert cell["text"] == "b'' ''"


def test_row_25_forged_result(seen: Any) -> None:
    """Code can lie about what it shows itself, but not end its cell early, nor show it later."""
    cell = seen["cells"]["forged result"]
    went_on(cell, "ok")
    assert cell["text"].endswith("the true end")


def test_row_27_request_with_a_wrong_key(seen: Any) -> None:
    cell = seen["cells"]["request with a wrong key"]
    assert (cell["outcome"], cell["after"]) == ("ok", "42"), cell
    assert cell["names"] == ["controlled", "kept"]  # the same with the right key is obeyed


def test_row_28_another_notebook(seen: Any) -> None:
    """Files, processes, a server and a socket of one notebook: seen by itself, not by another."""
    neighbours = seen["neighbours"]
    assert neighbours["own"] == ["4", "1", "reached", "reached"]
    assert neighbours["other"] == ["0", "0", *["ConnectionRefusedError"] * 2]


@pytest.mark.timeout(120 + 15 * CYCLES)
async def test_row_29_cycles_with_a_daemon_leave_nothing(tmp_path: Path) -> None:
    before, after = await cycles(CYCLES, str(tmp_path))
    assert after == before


def test_row_29_cycles_of_a_plain_user_leave_nothing(plain: Any) -> None:
    assert plain["left by cycles"] == []


def test_row_30_killed_owner_of_a_plain_user(plain: Any) -> None:
    there, left = plain["owner killed"]
    assert there >= 3
    assert left == 0


def process_of(inside: int) -> int:
    """The process of this machine that is number `inside` in the sandbox of this process."""
    for pid in descendants(os.getpid()):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        numbers = next(line.split()[1:] for line in lines if line.startswith("NSpid:"))
        if len(numbers) > 1 and int(numbers[-1]) == inside:
            return pid
    raise AssertionError(f"no process {inside} in a sandbox")


WORDY = "import time\nfor i in range(30):\n    print(i, flush=True)\n    time.sleep(.01)\n'done'"


async def test_a_kernel_killed_at_any_moment_gives_a_typed_result() -> None:
    """Twelve moments, from before the request arrives until after the last output."""
    moments = random.Random(3)
    outcomes = []
    async with Notebook(Limits(cell_timeout=60)) as notebook:
        for _ in range(12):
            inside = int((await notebook.execute("import os\nos.getpid()")).value or "")
            pid = process_of(inside)
            cell = asyncio.create_task(notebook.execute(WORDY))
            await asyncio.sleep(moments.uniform(0, 0.5))
            os.kill(pid, signal.SIGKILL)
            result = await asyncio.wait_for(cell, 60)
            outcomes.append(result.outcome)
            if result.ok:  # it was over by then: the next cell is told, or still dies of it
                assert result.value == "'done'"
                result = await notebook.execute("6 * 7")
            if result.outcome == "died":
                assert (result.death, result.status) == ("signal", -9)
            assert "variables" in result.notices[0]
            assert "files in /mnt/data are kept" in result.notices[0]
            assert (await notebook.execute("6 * 7")).value == "42"
    assert "died" in outcomes
