"""Which isolation is chosen: never weaker than was asked for, and never in silence."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from sandbox import IsolationUnavailable, Limits, Notebook
from sandbox.__main__ import main
from sandbox.isolation import Isolation, Unconfined, choose, level
from sandbox.isolation.ownership import is_abandoned, new_name
from tests.sandbox.support import REPOSITORY, alive, descendants

ENVIRONMENT = {"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"]}
TAKEN_BY_ITSELF = {"bubblewrap", "container", "landlock"}


def kinds(backend: str, least: Isolation) -> list[str]:
    return [type(one).__name__.lower() for one in choose(backend, least)]


def test_levels_are_ordered_by_strength() -> None:
    names: list[Isolation] = ["unconfined", "reduced", "namespace", "container", "vm"]
    assert list(get_args(Isolation)) == names
    assert sorted(names, key=level) == names
    with pytest.raises(ValueError, match="no isolation 'strong'"):
        level("strong")  # type: ignore[arg-type]


def test_by_itself_nothing_weaker_than_namespaces_is_tried() -> None:
    assert set(kinds("auto", "namespace")) <= {"bubblewrap", "container"}
    assert kinds("auto", "namespace")[0] == "bubblewrap"


@pytest.mark.parametrize("least", ["reduced", "unconfined"])
def test_landlock_comes_last_and_only_when_less_will_do(least: Isolation) -> None:
    assert kinds("auto", least)[-1] == "landlock"
    assert set(kinds("auto", least)) <= TAKEN_BY_ITSELF


@pytest.mark.parametrize(
    ("backend", "least"),
    [
        ("landlock", "namespace"),
        ("unconfined", "namespace"),
        ("unconfined", "reduced"),
        ("bubblewrap", "container"),
        ("bubblewrap", "vm"),
    ],
)
def test_a_named_backend_that_is_too_weak_is_refused(backend: str, least: Isolation) -> None:
    with pytest.raises(ValueError, match=f"weaker than min_isolation='{least}'"):
        choose(backend, least)
    with pytest.raises(ValueError, match="Choose another backend, or say min_isolation="):
        Notebook(backend=backend, min_isolation=least)


def test_a_backend_of_ones_own_is_held_to_the_same() -> None:
    with pytest.raises(ValueError, match="unconfined isolates by 'unconfined'"):
        choose(Unconfined())
    assert choose(Unconfined(), "unconfined") == [Unconfined()]


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no backend 'dokcer'; there are auto, bubblewrap"):
        choose("dokcer")


async def test_when_all_that_would_do_fails_nothing_weaker_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2; exit 1\n")
    fake.chmod(0o755)
    named = [one for one in choose("bubblewrap") if one.name.startswith("system")]
    with pytest.raises(IsolationUnavailable) as caught:
        await Notebook(backend=named[0]).start()
    assert "setting up uid map: Permission denied" in str(caught.value)
    assert "apparmor_restrict_unprivileged_userns" in str(caught.value)


# Unconfined: no isolation, but the same notebook.


async def test_an_unconfined_kernel_runs_cells_and_keeps_files_over_a_restart() -> None:
    limits = Limits(cell_timeout=30)
    async with Notebook(limits, backend="unconfined", min_isolation="unconfined") as notebook:
        assert (await notebook.execute("import os; os.getpid() > 2, os.getuid()")).text() == str(
            (True, os.getuid())
        )
        await notebook.upload("in.txt", b"brought")
        assert (await notebook.execute("open('in.txt').read()")).text() == "'brought'"
        await notebook.execute("x = 1; open('out.txt', 'w').write('made')")
        assert await notebook.download("out.txt") == b"made"
        before = descendants(os.getpid())
        await notebook.execute("import subprocess; subprocess.Popen(['setsid', 'sleep', '1000'])")
        await notebook.restart()
        left = {pid for pid in descendants(os.getpid()) - before if alive(pid)}
        assert len(left) == 1  # the new kernel, and no daemon of the old
        result = await notebook.execute("open('out.txt').read(), 'x' in globals()")
        assert result.text() == "('made', False)"
        status = notebook.status()
        assert (status.backend, status.isolation) == ("unconfined", "unconfined")
        assert status.memory is not None
        assert status.memory > 10 << 20


async def test_an_unconfined_kernel_is_stopped_killed_and_replaced_like_any_other() -> None:
    limits = Limits(cell_timeout=1.5, interrupt_grace=1)
    async with Notebook(limits, backend="unconfined", min_isolation="unconfined") as notebook:
        await notebook.execute("kept = 1")
        assert (await notebook.execute("while True: pass")).outcome == "timeout"
        assert (await notebook.execute("kept")).text() == "1"
        stubborn = "import signal\nsignal.signal(2, signal.SIG_IGN)\nwhile True: pass"
        result = await notebook.execute(stubborn)
        assert (result.outcome, result.death) == ("timeout", "killed")
        result = await notebook.execute("import os; os._exit(3)")
        assert (result.outcome, result.death, result.status) == ("died", "exit", 3)
        assert (await notebook.execute("1 + 1")).text() == "2"


async def test_an_unconfined_memory_bomb_is_noticed() -> None:
    limits = Limits(memory=256 << 20, cell_timeout=30)
    async with Notebook(limits, backend="unconfined", min_isolation="unconfined") as notebook:
        code = "import mmap, time\nb = [mmap.mmap(-1, 40 << 20) for _ in range(12)]\n"
        code += "for x in b: x.write(b'x' * len(x))\ntime.sleep(20)"
        result = await notebook.execute(code)
        assert (result.outcome, result.death) == ("died", "memory")


# What a killed owner leaves.

OWNER = """
import asyncio, sys
from sandbox import Notebook
async def main():
    notebook = Notebook(backend="unconfined", min_isolation="unconfined")
    await notebook.execute("import subprocess; subprocess.Popen(['setsid', 'sleep', '1000'])")
    print("running", flush=True)
    await asyncio.sleep(1000)
asyncio.run(main())
"""


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory with a name short enough for sockets below it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_a_killed_owner_leaves_no_process_and_no_directory(short_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdout=subprocess.PIPE,
        env={**ENVIRONMENT, "TMPDIR": str(short_path)},
    )
    assert owner.stdout is not None
    with owner.stdout:
        assert owner.stdout.readline() == b"running\n"
    below = descendants(owner.pid)
    assert len(below) >= 4
    assert len(list(short_path.iterdir())) == 1
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 30
    while any(map(alive, below)) or list(short_path.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def make_deep(folder: Path) -> None:
    subprocess.run(["mkdir", "-p", "m/" + "x/" * 1500], cwd=folder, check=True)


async def test_what_owner_and_supervisor_left_is_removed_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    abandoned = tmp_path / "pysandbox-999999999-1-dead"
    deep = abandoned.joinpath(*["d" * 100] * 20)
    make_deep(tmp_path)
    deep.mkdir(parents=True)
    (tmp_path / "m").rename(deep / "deeper")
    outside = tmp_path / "precious"
    outside.write_text("kept")
    (abandoned / "link").symlink_to(outside)
    (abandoned / "shut").mkdir(mode=0)
    in_use, foreign = tmp_path / new_name(), tmp_path / "pysandbox-notes"
    for folder in (in_use, foreign):
        folder.mkdir()
    async with Notebook():
        assert not abandoned.exists()
    assert outside.read_text() == "kept"
    assert in_use.exists()
    assert foreign.exists()


def test_a_name_tells_a_process_from_a_later_one_with_its_number() -> None:
    mine = new_name()
    assert not is_abandoned(mine)
    prefix, pid, _, rest = mine.split("-")
    assert is_abandoned(f"{prefix}-{pid}-1-{rest}")
    assert is_abandoned(f"{prefix}-999999999-1-{rest}")
    assert not is_abandoned("pysandbox-notes")


def test_two_sandboxes_of_one_process_have_directories_of_their_own() -> None:
    async def both() -> list[str]:
        notebooks = [Notebook(backend="unconfined", min_isolation="unconfined") for _ in range(2)]
        try:
            cells = [notebook.execute("import os; os.getcwd()") for notebook in notebooks]
            return [result.text() for result in await asyncio.gather(*cells)]
        finally:
            await asyncio.gather(*(notebook.close() for notebook in notebooks))

    assert len(set(asyncio.run(both()))) == 2


def test_doctor_shows_every_backend_and_how_strong_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    for name, isolation in (
        ("bubblewrap", "namespace"),
        ("landlock", "reduced"),
        ("container", "container"),
        ("gateway", "unconfined"),
        ("unconfined", "unconfined"),
    ):
        assert any(name in line and isolation in line for line in lines), name
    assert max(map(len, lines)) <= 120
