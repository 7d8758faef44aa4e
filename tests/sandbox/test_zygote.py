"""A copy of a warmed process is isolated like a notebook from scratch, from its siblings too."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox import IsolationUnavailable, Limits, Notebook, StartError
from sandbox.isolation import Bubblewrap, ProcessSandbox, SandboxFailed
from sandbox.isolation.trees import children_of
from sandbox.zygote import Nursery, Zygote
from tests.sandbox.escapes import ESCAPES
from tests.sandbox.support import PLAIN_UID, REPOSITORY, alive, cgroups, descendants, run_plain
from tests.sandbox.test_lifecycle import descriptors
from tests.sandbox.zygote_user import look

OWNER = [sys.executable, str(Path(__file__).with_name("zygote_owner.py"))]
ENVIRONMENT = {"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zygote() -> AsyncIterator[Zygote]:
    async with Zygote(["numpy"]) as zygote:
        yield zygote


@pytest.fixture(scope="module")
def here(outside: str) -> Any:
    """What copies can do and see that this user makes, mostly root."""
    return asyncio.run(look(outside))


@pytest.fixture(scope="module")
def plain(outside: str) -> Any:
    """The same of a plain user's copies."""
    return run_plain("zygote_user.py", outside)


@pytest.fixture(params=["here", "plain"])
def seen(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("name", ESCAPES)
def test_an_escape_fails(seen: Any, name: str) -> None:
    assert seen["answers"][name] in ESCAPES[name][1]


def test_code_finds_itself_where_it_would_be_from_scratch(seen: Any) -> None:
    copy, scratch = seen["portrait"], seen["from scratch"]
    mounts = copy.pop("mounts")
    assert copy == {name: value for name, value in scratch.items() if name != "mounts"}
    more = {path for path, mount in mounts.items() if mount != scratch["mounts"].get(path)}
    assert more <= {f"/proc/{name}" for name in ("sys", "irq", "bus", "sysrq-trigger")} | {
        "/opt/sandbox/notebook_zygote.py"
    }
    assert all("ro" in mounts[path][1].split(",") for path in more)


def test_limits_hold_for_each_copy_alone(seen: Any) -> None:
    assert seen["numpy"] == "True"
    assert 4 < int(seen["forks"]) < 32
    assert seen["others"] == "0"
    assert seen["after"] == "'kept'"
    assert seen["at last"] == "'there'"
    assert seen["trouble"] == ""


def test_a_plain_users_copies_are_watched_and_replaced(plain: Any) -> None:
    assert plain["uid"] == (PLAIN_UID if os.getuid() == 0 else os.getuid())
    assert plain["bomb"] == ["died", "memory"]
    answer, notice = plain["launcher stopped"].split("\n")
    assert answer == "42"
    assert notice.startswith("[A new sandbox had to be made.")


HIDE = """
import os, socket
from multiprocessing import shared_memory
open('/mnt/data/mine', 'w').close(); open('/tmp/mine', 'w').close()
segment = shared_memory.SharedMemory('mine', create=True, size=8)
abstract = socket.socket(socket.AF_UNIX); abstract.bind('\\0mine'); abstract.listen()
server = socket.create_server(('127.0.0.1', 4321))
terminal = os.openpty()
os.getpid()
"""
SEEK = """
import os, socket
def reach(family, address):
    try:
        socket.socket(family).connect(address)
    except OSError as error:
        return type(error).__name__
    return 'reached'
(os.listdir('/mnt/data'), 'mine' in os.listdir('/tmp'), os.listdir('/dev/shm'),
 os.listdir('/dev/pts'), reach(socket.AF_UNIX, '\\0mine'),
 reach(socket.AF_INET, ('127.0.0.1', 4321)), sum(p.isdigit() for p in os.listdir('/proc')))
"""


@pytest.mark.asyncio(loop_scope="module")
async def test_two_copies_do_not_see_each_other(zygote: Zygote) -> None:
    async with Notebook(backend=zygote) as one, Notebook(backend=zygote) as other:
        assert (await one.execute(HIDE)).ok
        found = (await other.execute(SEEK)).text().replace("\n", "")
        refused = "'ConnectionRefusedError'"
        assert found == f"([], False, [], ['ptmx'], {refused}, {refused}, 3)"


@pytest.mark.asyncio(loop_scope="module")
async def test_copies_share_no_user_with_root_nor_as_root_with_each_other(zygote: Zygote) -> None:
    async with Notebook(backend=zygote) as one, Notebook(backend=zygote) as other:
        users = [_users_of(notebook) for notebook in (one, other)]
    if os.getuid() == 0:
        assert [len(found) for found in users] == [2, 2]  # a launcher's and a kernel's
        assert not users[0] & users[1]
    assert 0 not in users[0] | users[1] - {os.getuid()}


def _users_of(notebook: Notebook) -> set[int]:
    """Who the processes of a notebook belong to, as seen from outside."""
    assert isinstance(notebook._sandbox, ProcessSandbox)
    init = notebook._sandbox._init
    assert init is not None
    states = [Path(f"/proc/{pid}/status").read_text() for pid in {init, *descendants(init)}]
    return {int(state.partition("Uid:")[2].split()[0]) for state in states}


@pytest.mark.asyncio(loop_scope="module")
async def test_the_death_of_one_copy_does_not_touch_another(zygote: Zygote) -> None:
    async with Notebook(backend=zygote) as one, Notebook(backend=zygote) as other:
        await one.execute("x = 1")
        assert (await other.execute("import os; os.kill(os.getpid(), 9)")).death == "signal"
        assert other._sandbox is not None
        other._sandbox._process.kill()  # type: ignore[attr-defined]
        result = await other.execute("2")
        assert result.value == "2"
        assert "files in /mnt/data are lost" in result.notices[0]
        assert (await one.execute("x")).text() == "1"
        assert zygote.alive


STREAMS = """
import random, tempfile, uuid, numpy
print(random.random(), numpy.random.rand(), uuid.uuid4(), tempfile.mktemp(), sep='\\n')
"""


@pytest.mark.asyncio(loop_scope="module")
async def test_copies_and_restarted_kernels_draw_different_numbers(zygote: Zygote) -> None:
    drawn = []
    async with Notebook(backend=zygote) as one, Notebook(backend=zygote) as other:
        drawn += [(await notebook.execute(STREAMS)).stdout.split() for notebook in (one, other)]
        await one.restart()
        drawn.append((await one.execute(STREAMS)).stdout.split())
    assert [len(set(column)) for column in zip(*drawn, strict=True)] == [3, 3, 3, 3]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_seed_makes_copies_draw_the_same_numbers(zygote: Zygote) -> None:
    draw = "import random, numpy; random.random(), numpy.random.rand()"
    async with Notebook(backend=zygote, seed=7) as one, Notebook(backend=zygote, seed=7) as other:
        assert (await one.execute(draw)).text() == (await other.execute(draw)).text()


@pytest.mark.asyncio(loop_scope="module")
async def test_interrupt_restart_and_files_work_in_a_copy(zygote: Zygote) -> None:
    async with Notebook(backend=zygote) as notebook:
        async with notebook.stream("y = 5\nprint(y, flush=True)\nwhile True: pass") as cell:
            await anext(cell)
            await notebook.interrupt()
            async for _ in cell:
                pass
        assert cell.result.outcome == "interrupted"
        assert (await notebook.execute("y")).text() == "5"
        await notebook.upload("folder/kept.txt", "here")
        assert (await notebook.execute("open('folder/kept.txt', 'a').write('!')")).ok
        await notebook.restart()
        assert "NameError" in (await notebook.execute("y")).text()
        assert (await notebook.execute("import sys; 'numpy' in sys.modules")).text() == "True"
        assert await notebook.download("folder/kept.txt") == b"here!"


@pytest.mark.asyncio(loop_scope="module")
async def test_disk_and_files_are_limited_in_a_copy(zygote: Zygote) -> None:
    async with Notebook(Limits(disk=2 << 20), backend=zygote) as notebook:
        fill = await notebook.execute("open('/mnt/data/x', 'wb').write(bytes(4 << 20))")
        assert "File too large" in fill.text() or "No space left" in fill.text()
        for path in ("/tmp", "/dev/shm", "/run/sandbox"):
            size = f"import os; s = os.statvfs({path!r}); s.f_blocks * s.f_frsize"
            assert (await notebook.execute(size)).text() == str(1 << 20)


@pytest.mark.asyncio(loop_scope="module")
async def test_many_starts_and_stops_leave_nothing(
    zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    me = os.getpid()
    async with Notebook(backend=zygote):
        await asyncio.sleep(1)

    def everything() -> object:  # numbers: the zygote's spare supervisor is another one each time
        mounts = Path("/proc/self/mountinfo").read_text()
        counts = [
            len(found) for found in (descendants(me), cgroups(me), os.listdir("/proc/self/fd"))
        ]
        return counts, mounts, os.listdir(tmp_path)

    before = everything()
    for _ in range(10):
        notebooks = [Notebook(backend=zygote) for _ in range(3)]
        try:
            await asyncio.gather(*(notebook.start() for notebook in notebooks))
            assert {notebook.status().backend for notebook in notebooks} == {zygote.name}
        finally:
            await asyncio.gather(*(notebook.close() for notebook in notebooks))
    deadline = time.monotonic() + 10
    while everything() != before:
        assert time.monotonic() < deadline, (before, everything())
        await asyncio.sleep(0.05)


@pytest.mark.asyncio(loop_scope="module")
async def test_what_does_not_isolate_is_seen_from_outside(zygote: Zygote) -> None:
    assert zygote._sandbox is not None
    faults = " ".join(zygote._faults(zygote._sandbox))
    for name in ("mnt", "pid", "net", "ipc", "uts", "user", "cgroup"):
        assert f"namespace {name!r}" in faults
    for path in ("/mnt/data", "/tmp", "/dev/shm", "/run/sandbox", "/dev/pts", "/proc"):
        assert f"file system at {path} " in faults


@pytest.mark.asyncio(loop_scope="module")
async def test_copies_share_the_memory_of_modules(zygote: Zygote) -> None:
    notebooks = [Notebook(backend=zygote) for _ in range(4)]
    async with contextlib.AsyncExitStack() as stack:
        for notebook in notebooks:
            await stack.enter_async_context(notebook)
        resident = "print([l.split()[1] for l in open('/proc/self/{}') if '{}' in l][0])"
        sizes = []
        for name, field in (("status", "VmRSS"), ("smaps_rollup", "Pss:")):
            sizes.append(int((await notebooks[0].execute(resident.format(name, field))).stdout))
        assert sizes[1] < 0.75 * sizes[0]


def test_a_killed_owner_leaves_nothing() -> None:
    owner = subprocess.Popen(OWNER, stdout=subprocess.PIPE, env=ENVIRONMENT)
    assert owner.stdout is not None
    with owner.stdout:
        assert owner.stdout.readline() == b"running\n"
    sandboxed = descendants(owner.pid)
    assert len(sandboxed) >= 8
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 20
    while any(map(alive, sandboxed)) or cgroups(owner.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_a_killed_zygote_takes_its_copies_along_and_notebooks_start_from_scratch() -> None:
    me = os.getpid()
    before = descendants(me), cgroups(me)
    async with Zygote() as zygote, Notebook(backend=zygote) as notebook:
        await notebook.execute("import subprocess; subprocess.Popen(['setsid', 'sleep', '1000'])")
        assert zygote._sandbox is not None
        assert zygote._sandbox._init is not None
        warmed, *_ = children_of(zygote._sandbox._init)  # before all copies, which lost a parent
        os.kill(warmed, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while zygote.alive:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        result = await notebook.execute("1 + 1")
        assert result.value == "2"
        assert "files in /mnt/data are lost" in result.notices[0]
        assert (notebook.status().backend or "").endswith("bwrap)")
        assert zygote.trouble == "the zygote is not there"
    assert (descendants(me), cgroups(me)) == before


async def test_a_module_that_cannot_be_imported_is_named() -> None:
    me = os.getpid()
    before = descendants(me), cgroups(me), descriptors()
    with pytest.raises(StartError, match="No module named 'no_such_module'"):
        await Zygote(["no_such_module"]).start()
    with pytest.raises(SandboxFailed):
        await Zygote(bubblewrap=Bubblewrap("/nonexistent")).start()
    with pytest.raises(IsolationUnavailable, match="the zygote is not there"):
        await Notebook(backend=Zygote()).start()
    assert (descendants(me), cgroups(me), descriptors()) == before


async def test_a_nursery_replaces_a_dead_zygote_and_does_not_insist() -> None:
    options: dict[str, Any] = {"preload": [], "packages": None, "start_timeout": 60.0}
    nursery = Nursery("auto", "namespace", **options)
    first = await nursery.zygote()
    assert first is not None
    await first.close()
    second = await nursery.zygote()
    assert second is not None
    assert second.alive
    await nursery.close()
    assert await nursery.zygote() is None
    stronger = Nursery("auto", "container", **options)
    assert await stronger.zygote() is None
    assert stronger.trouble == "only bubblewrap has zygotes"
    broken = Nursery(Bubblewrap("/nonexistent"), "namespace", **options)
    assert await broken.zygote() is None
    assert "/nonexistent" in broken.trouble
