"""Greedy code runs into its limits; the machine does not notice and the notebook goes on."""

from __future__ import annotations

import os
import resource
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox import Limits, Notebook
from tests.sandbox.support import descendants

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1 << 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small() -> AsyncIterator[Notebook]:
    limits = Limits(
        memory=256 * MIB,
        processes=48,
        disk=24 * MIB,
        files=3000,
        message=2 * MIB,
        cell_timeout=20,
        interrupt_grace=1,
    )
    async with Notebook(limits) as notebook:
        yield notebook


async def test_one_greedy_object_is_a_memory_error_and_the_variables_stay(small: Notebook) -> None:
    await small.execute("x = 1")
    result = await small.execute("bytearray(300 << 20)")
    assert result.error is not None
    assert result.error.name == "MemoryError"
    assert (await small.execute("x")).text() == "1"


async def test_many_greedy_processes_lose_and_the_notebook_says_why(small: Notebook) -> None:
    code = """
        import mmap, os, time
        blocks = [mmap.mmap(-1, 40 << 20) for _ in range(12)]
        for block in blocks:
            block.write(b"x" * len(block))
        time.sleep(5)
    """
    result = await small.execute(code)
    assert (result.outcome, result.death) == ("died", "memory")
    assert "killed for using more than 256 MiB of memory" in result.notices[-1]
    assert (await small.execute("1")).text() == "1"


async def test_a_fork_bomb_is_bounded_and_leaves_nothing(small: Notebook) -> None:
    code = """
        import os, signal, time
        children = []
        try:
            while True:
                pid = os.fork()
                if pid == 0:
                    time.sleep(100)
                    os._exit(0)
                children.append(pid)
        except OSError as error:
            print(type(error).__name__, 20 < len(children) < 48)
    """
    before = descendants(os.getpid())
    result = await small.execute(code)
    assert result.text() == "BlockingIOError True"
    assert len(descendants(os.getpid()) - before) < 50
    await small.restart()
    assert len(descendants(os.getpid()) - before) <= len(before)
    assert (await small.execute("1")).text() == "1"


async def test_a_shell_fork_bomb_is_bounded(small: Notebook) -> None:
    code = """
        import subprocess
        try:
            subprocess.run(["bash", "-c", ":(){ :|:& };:"], capture_output=True, timeout=1)
        except (subprocess.TimeoutExpired, OSError):
            pass
    """
    before = descendants(os.getpid())
    await small.execute(code)
    assert len(descendants(os.getpid()) - before) < 60
    await small.restart()
    assert (await small.execute("1")).text() == "1"


@pytest.mark.parametrize(
    ("place", "mebibytes"),
    [("/mnt/data", 24), ("/tmp", 6), ("/dev/shm", 6), ("/run/sandbox", 1)],
)
async def test_every_writable_place_has_a_size(small: Notebook, place: str, mebibytes: int) -> None:
    code = f"""
        import errno, os
        written = 0
        try:
            with open("{place}/fill", "wb", buffering=0) as f:
                while True:
                    written += f.write(bytes(1 << 16))
        except OSError as error:
            reason = errno.errorcode[error.errno]
        os.unlink("{place}/fill")
        print(reason in ("ENOSPC", "EFBIG"), written <= {mebibytes} << 20)
    """
    assert (await small.execute(code)).text() == "True True"


async def test_those_places_are_the_only_writable_ones(small: Notebook) -> None:
    code = """
        import os
        found = set()
        for line in open("/proc/self/mounts").readlines():
            _, path, kind, options, *_ = line.split()
            if "rw" in options.split(",") and os.access(path, os.W_OK):
                found.add(path)
        print(*found)
    """
    devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
    found = set((await small.execute(code)).text().split())
    assert found - devices == {"/dev/shm", "/mnt/data", "/run/sandbox", "/tmp"}


async def test_millions_of_empty_files_are_noticed(small: Notebook) -> None:
    code = """
        import os
        for i in range(1_000_000):
            os.mknod(f"/mnt/data/{i}")
    """
    result = await small.execute(code)
    assert (result.outcome, result.death) == ("died", "disk")
    assert "files in /mnt/data are lost" in result.text()
    assert (await small.execute("import os; os.listdir('/mnt/data')")).text() == "[]"


async def test_a_message_over_the_limit_is_cut_before_it_is_sent(small: Notebook) -> None:
    result = await small.execute("'x' * (10 << 20)")
    assert result.ok
    assert (await small.execute("1")).text() == "1"


async def test_a_kernel_that_sends_a_huge_message_anyway_is_replaced(small: Notebook) -> None:
    code = """
        import time
        get_ipython().kernel.iopub_thread.send_multipart([b"x" * (8 << 20)])
        time.sleep(100)
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = await small.execute(code)
    assert (result.outcome, result.death) == ("died", "message")
    assert result.seconds < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
    assert (await small.execute("1")).text() == "1"


async def test_a_flood_of_messages_does_not_fill_the_owners_memory(small: Notebook) -> None:
    code = """
        for i in range(300):
            get_ipython().display_pub.publish({"text/plain": "y" * 300_000})
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = await small.execute(code)
    assert result.ok
    assert "more outputs of this cell were dropped" in result.text()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 45_000, "kB, of 90 MB"


@pytest.mark.parametrize(
    ("field", "value"),
    [("memory", MIB), ("processes", 1), ("cell_timeout", 0), ("interrupt_grace", -1), ("disk", 0)],
)
async def test_limits_no_kernel_could_start_in_are_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        Limits(**{field: value})  # type: ignore[arg-type]
