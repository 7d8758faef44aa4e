"""Cells that do not end by themselves: time limits, interrupts, cancellation, and dying kernels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox import Limits, Notebook, Notice, SandboxClosed, SandboxError
from sandbox.isolation.process import wait_readable

pytestmark = pytest.mark.asyncio(loop_scope="module")

STUBBORN = (
    "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty() -> AsyncIterator[Notebook]:
    """A notebook with little patience."""
    async with Notebook(Limits(cell_timeout=1.2, interrupt_grace=2)) as notebook:
        yield notebook


async def test_over_time_the_cell_is_interrupted_and_variables_stay(hasty: Notebook) -> None:
    await hasty.execute("kept = 'kept'")
    result = await hasty.execute("n = 0\nwhile True: n += 1")
    assert result.outcome == "timeout"
    assert result.death is None
    assert 1.2 <= result.seconds < 20
    assert "[Timed out after 1.2 seconds: the cell was interrupted." in result.text()
    assert "KeyboardInterrupt" in result.text()
    assert (await hasty.execute("kept, n > 0")).text() == "('kept', True)"


async def test_a_notice_comes_last_in_the_stream(hasty: Notebook) -> None:
    outputs = [output async for output in hasty.stream("while True: pass")]
    assert isinstance(outputs[-1], Notice)


async def test_the_limit_is_for_the_whole_cell_not_for_silence(hasty: Notebook) -> None:
    result = await hasty.execute(
        "import time\nwhile True:\n    print('.', flush=True); time.sleep(.1)"
    )
    assert result.outcome == "timeout"
    assert result.seconds < 20
    assert result.stdout.startswith(".")


async def test_a_stubborn_cell_costs_the_variables_but_not_the_files(hasty: Notebook) -> None:
    await hasty.execute("lost = 1; open('/mnt/data/notes.txt', 'w').write('kept')")
    result = await hasty.execute(STUBBORN)
    assert (result.outcome, result.death) == ("timeout", "killed")
    assert 3.2 <= result.seconds < 20
    notice = result.notices[-1]
    assert "Timed out after 1.2 seconds" in notice
    assert "variables, imports and running processes are lost" in notice
    assert "files in /mnt/data are kept" in notice
    assert (await hasty.execute("open('/mnt/data/notes.txt').read()")).text() == "'kept'"
    assert (await hasty.execute("'lost' in globals()")).text() == "False"


async def test_a_shell_command_that_never_ends_is_stopped(hasty: Notebook) -> None:
    result = await hasty.execute("import os\nwhile True: os.system('sleep 100')")
    assert result.outcome == "timeout"
    assert result.seconds < 20


async def test_interrupt_stops_the_running_cell(notebook: Notebook) -> None:
    running = asyncio.create_task(notebook.execute("import time\nx = 5\ntime.sleep(100)"))
    await asyncio.sleep(0.3)
    await notebook.interrupt()
    result = await running
    assert result.outcome == "interrupted"
    assert (await notebook.execute("x")).text() == "5"
    await notebook.interrupt()
    assert (await notebook.execute("x")).text() == "5"


async def test_cells_queue_in_the_order_they_were_asked_for(notebook: Notebook) -> None:
    await notebook.execute("order = []")
    cells = [notebook.execute(f"import time; time.sleep(.05); order.append({i})") for i in range(5)]
    await asyncio.gather(*cells)
    assert (await notebook.execute("order")).text() == "[0, 1, 2, 3, 4]"


async def test_cancelling_interrupts_the_cell_and_keeps_the_notebook(notebook: Notebook) -> None:
    await notebook.execute("x = 7")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await notebook.execute("while True: pass")
    assert (await notebook.execute("x")).text() == "7"


async def test_cancelling_a_stubborn_cell_restarts_and_says_so(notebook: Notebook) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await notebook.execute(STUBBORN)
    result = await notebook.execute("1 + 1")
    assert result.value == "2"
    assert result.notices[0].startswith("The previous cell was cancelled.")
    assert "variables, imports and running processes are lost" in result.notices[0]


async def test_a_cancelled_cell_does_not_run_on_when_nobody_asks_again(notebook: Notebook) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await notebook.execute("open('/mnt/data/ticks','w').close()\n" + TICKING)
    await asyncio.sleep(2.5)
    result = await notebook.execute("a = len(open('/mnt/data/ticks').read())\na")
    await asyncio.sleep(0.3)
    assert (await notebook.execute("len(open('/mnt/data/ticks').read())")).value == result.value


TICKING = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    open('/mnt/data/ticks', 'a').write('.')
    time.sleep(.02)
"""


async def test_leaving_a_stream_early_stops_the_cell(notebook: Notebook) -> None:
    async with notebook.stream("print('first', flush=True)\nwhile True: pass") as cell:
        async for _ in cell:
            break
    assert (await notebook.execute("'next'")).text() == "'next'"


async def test_a_stream_dropped_without_closing_does_not_block(notebook: Notebook) -> None:
    async for _ in notebook.stream("print('first', flush=True)\nwhile True: pass"):
        break
    assert (await notebook.execute("'next'")).text() == "'next'"


async def test_a_second_cell_within_an_open_stream_is_an_error_not_a_hang(
    notebook: Notebook,
) -> None:
    async with notebook.stream("print(1, flush=True)\nimport time; time.sleep(.3)") as cell:
        async for _ in cell:
            with pytest.raises(SandboxError, match="close that stream first"):
                await notebook.execute("2")


async def test_a_slow_reader_does_not_keep_a_cell_alive(hasty: Notebook) -> None:
    async with hasty.stream("print('a', flush=True)\nwhile True: pass") as cell:
        async for _ in cell:
            await asyncio.sleep(1)
    assert cell.result.outcome == "timeout"


@pytest.mark.parametrize(
    ("code", "death", "status"),
    [
        ("import os; os._exit(3)", "exit", 3),
        ("import ctypes; ctypes.string_at(0)", "signal", -11),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal", -9),
    ],
)
async def test_a_kernel_that_dies_is_reported_and_replaced(
    notebook: Notebook, code: str, death: str, status: int
) -> None:
    result = await notebook.execute("print('before', flush=True)\n" + code)
    assert (result.outcome, result.death, result.status) == ("died", death, status)
    assert "files in /mnt/data are kept" in result.text()
    assert (await notebook.execute("1 + 1")).text() == "2"


async def test_a_kernel_that_dies_between_two_cells_is_announced_with_the_next(
    notebook: Notebook,
) -> None:
    await notebook.execute("import os, threading; threading.Timer(0.2, os._exit, [7]).start()")
    assert notebook._sandbox is not None
    await wait_readable([notebook._sandbox.fileno()], 20)
    result = await notebook.execute("1 + 1")
    assert result.value == "2"
    assert "exited with status 7" in result.notices[0]


async def test_restart_forgets_variables_and_keeps_files(notebook: Notebook) -> None:
    await notebook.execute("y = 1; open('/mnt/data/kept', 'w').write('file')")
    await notebook.restart()
    assert "NameError" in (await notebook.execute("y")).text()
    assert (await notebook.execute("open('/mnt/data/kept').read()")).text() == "'file'"


async def test_restart_ends_a_running_cell(notebook: Notebook) -> None:
    running = asyncio.create_task(notebook.execute("import time; time.sleep(100)"))
    await asyncio.sleep(0.3)
    await notebook.restart()
    assert (await asyncio.wait_for(running, 20)).outcome == "died"
    assert (await notebook.execute("1")).text() == "1"


async def test_daemons_of_a_killed_kernel_die_with_it(notebook: Notebook) -> None:
    await notebook.execute("import subprocess; subprocess.Popen(['setsid', 'sleep', '1000'])")
    await notebook.restart()
    listing = await notebook.execute("!ps -A -o args 2>/dev/null || cat /proc/[0-9]*/cmdline")
    assert "1000" not in listing.stdout.replace("\0", " ").split()


async def test_closing_ends_a_running_cell() -> None:
    notebook = Notebook()
    await notebook.start()
    running = asyncio.create_task(notebook.execute("import time; time.sleep(100)"))
    await asyncio.sleep(0.2)
    await asyncio.wait_for(notebook.close(), 20)
    result = await asyncio.wait_for(running, 20)
    assert (result.outcome, result.death) == ("died", "closed")


async def test_closing_while_starting_ends_both() -> None:
    notebook = Notebook()
    starting = asyncio.create_task(notebook.start())
    await asyncio.sleep(0.2)
    await asyncio.wait_for(notebook.close(), 20)
    with pytest.raises(SandboxClosed):
        await starting


async def test_a_closed_notebook_says_so() -> None:
    notebook = Notebook()
    await notebook.close()
    await notebook.close()
    with pytest.raises(SandboxClosed):
        await notebook.execute("1")
