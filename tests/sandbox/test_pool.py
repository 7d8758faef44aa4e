"""A pool gives each of its notebooks away once, in order, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time

import pytest

from sandbox import IsolationUnavailable, Limits, Notebook, NotebookPool, SandboxClosed, StartError
from sandbox.isolation import Bubblewrap
from tests.sandbox.support import cgroups, descendants
from tests.sandbox.test_lifecycle import descriptors

BROKEN = Bubblewrap("/nonexistent/bwrap")


async def until(condition: object, seconds: float = 60) -> None:
    """Wait until `condition()` holds."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("fork", [True, False])
async def test_a_notebook_is_warm_used_once_and_replaced(fork: bool) -> None:
    async with NotebookPool(1, preload=["fractions"], fork=fork) as pool:
        await pool.ready()
        assert (pool.status().forking, pool.status().not_forking) == (fork, "")
        async with pool.acquire() as first:
            assert (await first.execute("import sys; 'fractions' in sys.modules")).text() == "True"
            assert (await first.execute("x = 1; 'fractions' in globals()")).ok
            assert pool.status().in_use == 1
        assert first.status().state == "closed"
        async with pool.acquire() as second:
            assert second is not first
            assert "NameError" in (await second.execute("x")).text()
            assert second.status().cells == 1
        await pool.ready()
        assert (pool.status().warm, pool.status().in_use, pool.status().started) == (1, 0, 3)


async def test_nothing_is_left_of_a_closed_pool() -> None:
    me = os.getpid()
    before = descendants(me), cgroups(me), descriptors()
    async with NotebookPool(2) as pool, pool.acquire() as notebook:
        await notebook.execute("import subprocess; subprocess.Popen(['setsid', 'sleep', '1000'])")
        await pool.close()
        with pytest.raises(SandboxClosed):
            await notebook.execute("1")
    assert (descendants(me), cgroups(me), descriptors()) == before
    with pytest.raises(SandboxClosed):
        async with pool.acquire():
            raise AssertionError


async def test_closing_while_notebooks_start_and_callers_wait_ends_all() -> None:
    me = os.getpid()
    before = descendants(me), cgroups(me), descriptors()
    pool = await NotebookPool(2).__aenter__()
    waiting = [asyncio.create_task(_use(pool)) for _ in range(3)]
    await asyncio.sleep(0.3)
    await pool.close()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [SandboxClosed] * 3
    assert (descendants(me), cgroups(me), descriptors()) == before


async def _use(pool: NotebookPool, order: list[int] | None = None, number: int = 0) -> str:
    async with pool.acquire() as notebook:
        if order is not None:
            order.append(number)
        return (await notebook.execute(f"{number}")).text()


async def test_callers_are_served_in_the_order_they_came() -> None:
    order: list[int] = []
    async with NotebookPool(1) as pool:
        callers = [asyncio.create_task(_use(pool, order, number)) for number in range(4)]
        await asyncio.sleep(0)
        assert pool.status().waiting == 4
        assert await asyncio.gather(*callers) == ["0", "1", "2", "3"]
    assert order == [0, 1, 2, 3]


async def test_a_caller_that_gives_up_costs_nobody_a_notebook() -> None:
    async with NotebookPool(1) as pool:
        patient = asyncio.create_task(_use(pool, number=7))
        hasty = asyncio.create_task(_use(pool))
        await asyncio.sleep(0.1)
        hasty.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hasty
        assert pool.status().waiting == 1
        assert await patient == "7"
        await pool.ready()
        warm = pool._warm.popleft()
        late = asyncio.create_task(_use(pool))
        await asyncio.sleep(0)
        pool._warm.append(warm)
        pool._serve()  # it has its notebook now, and does not know yet
        late.cancel()
        with pytest.raises(asyncio.CancelledError):
            await late
        assert pool._warm[0] is warm
        assert pool.status().in_use == 0


async def test_a_cancelled_user_does_not_keep_the_notebook_from_being_destroyed() -> None:
    async with NotebookPool(1) as pool:
        seen: list[Notebook] = []

        async def use() -> None:
            async with pool.acquire() as notebook:
                seen.append(notebook)
                await notebook.execute("while True: pass")

        task = asyncio.create_task(use())
        await until(lambda: seen and seen[0].status().state == "busy")
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await until(lambda: seen[0].status().state == "closed" and not pool.status().in_use)


async def test_a_notebook_that_died_while_it_waited_is_not_given_away() -> None:
    async with NotebookPool(1) as pool:
        await pool.ready()
        warm = pool._warm[0]
        assert warm._sandbox is not None
        warm._sandbox.hang_up()
        await until(lambda: not warm.alive)
        async with pool.acquire() as notebook:
            assert notebook is not warm
            assert (await notebook.execute("1 + 1")).value == "2"


async def test_without_isolation_every_caller_is_told_and_the_machine_is_left_alone() -> None:
    async with NotebookPool(1, backend=BROKEN) as pool:
        callers = [asyncio.create_task(_use(pool)) for _ in range(3)]
        for outcome in await asyncio.gather(*callers, return_exceptions=True):
            assert isinstance(outcome, IsolationUnavailable)
        with pytest.raises(StartError, match="the pool cannot be filled"):
            await pool.ready()
        before = pool.status().failed
        await asyncio.sleep(1)
        assert pool.status().failed - before <= 4
        assert "/nonexistent/bwrap" in pool.status().error


async def test_a_module_that_is_missing_is_a_typed_error() -> None:
    async with NotebookPool(1, preload=["no_such_module"]) as pool:
        with pytest.raises(StartError, match="No module named 'no_such_module'"):
            async with pool.acquire():
                pass


async def test_a_kernel_that_does_not_start_is_an_error_and_the_pool_goes_on() -> None:
    async with NotebookPool(1, limits=Limits(start_timeout=0.05)) as pool:
        with pytest.raises(StartError, match=r"0\.05 seconds"):
            async with pool.acquire():
                pass
        assert "0.05 seconds" in pool.status().error
        pool.limits = Limits()
        await until(lambda: pool.status().warm)
        assert await _use(pool, number=5) == "5"
        assert pool.status().error == ""


@pytest.mark.parametrize("arguments", [{"size": 0}, {"size": 1, "preload": ["os; evil()"]}])
def test_a_pool_of_nothing_or_of_code_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|not the name of a module"):
        NotebookPool(**arguments)  # type: ignore[arg-type]
