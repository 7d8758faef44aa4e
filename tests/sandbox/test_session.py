"""What a notebook offers around its cells: how it is, seeds, late output, installs, its names."""

from __future__ import annotations

import asyncio

import pytest

import sandbox
from sandbox import Notebook, NotebookBusy, SandboxClosed, SandboxError

in_notebook = pytest.mark.asyncio(loop_scope="module")


def test_every_public_name_is_there_once() -> None:
    assert len(sandbox.__all__) == len(set(sandbox.__all__))
    for name in sandbox.__all__:
        assert getattr(sandbox, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Sandbx'"):
        _ = sandbox.Sandbx


def test_a_wrong_argument_is_an_error_before_anything_starts() -> None:
    with pytest.raises(ValueError, match="no backend 'chroot'; there are auto, "):
        Notebook(backend="chroot")
    with pytest.raises(ValueError, match="no isolation 'strong'"):
        Notebook(min_isolation="strong")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"weaker than min_isolation='vm'"):
        Notebook(backend="bubblewrap", min_isolation="vm")
    with pytest.raises(ValueError, match=r"from 0 to 2\*\*32 - 1, not -1"):
        Notebook(seed=-1)


async def test_the_status_follows_the_notebook() -> None:
    notebook = Notebook()
    status = notebook.status()
    assert (status.state, status.backend, status.memory, status.cells) == ("new", None, None, 0)
    starting = asyncio.create_task(notebook.start())
    await asyncio.sleep(0)
    assert notebook.status().state == "starting"
    await starting
    assert notebook.status().state == "idle"
    running = asyncio.create_task(notebook.execute("import time; time.sleep(100)"))
    await asyncio.sleep(0)
    await notebook.upload("file", bytes(1 << 20))  # waits for a turn of its own or for this one
    assert notebook.status().state == "busy"
    await notebook.restart()
    await running
    status = notebook.status()
    assert "bubblewrap" in (status.backend or "")
    assert status.isolation == "namespace"
    assert (status.cells, status.restarts) == (1, 1)
    assert status.disk == 1 << 20
    assert status.memory is not None
    assert 10 << 20 < status.memory < 1 << 30
    assert status.processes is not None
    assert 2 <= status.processes < 10
    await notebook.close()
    status = notebook.status()
    assert (status.state, status.backend, status.disk) == ("closed", None, None)
    with pytest.raises(SandboxClosed):
        await notebook.upload("file", b"")


@in_notebook
async def test_asking_for_the_status_does_not_disturb_a_cancelled_cell(notebook: Notebook) -> None:
    await notebook.execute("kept = 7")
    stream = notebook.stream("print(1, flush=True)\nwhile True: pass")
    await anext(stream)
    await stream.aclose()
    for _ in range(20):
        assert notebook.status().state == "idle"
        await asyncio.sleep(0.02)
    assert (await notebook.execute("kept")).text() == "7"


async def test_files_can_be_brought_before_anything_runs_and_while_it_starts() -> None:
    async with Notebook() as other:
        notebook = Notebook()
        try:
            first = asyncio.create_task(notebook.execute("import time; time.sleep(100)"))
            await asyncio.sleep(0)
            await notebook.upload("file", b"while it starts")
            assert not first.done()
            await notebook.interrupt()
            await first
            assert (await notebook.execute("open('file').read()")).value == "'while it starts'"
        finally:
            await notebook.close()
        await other.upload("x", b"")
    fresh = Notebook()
    await fresh.upload("file", b"first of all")
    assert (await fresh.execute("open('file').read()")).value == "'first of all'"
    await fresh.close()


DRAW = "import random, numpy\n[random.random() for _ in range(3)], numpy.random.rand(3).tolist()"


async def test_a_seed_makes_each_fresh_kernel_draw_the_same() -> None:
    async with Notebook(seed=7) as notebook:
        assert (await notebook.execute("import sys; 'numpy' in sys.modules")).value == "False"
        assert (await notebook.execute("'sow' in globals(), 'seeding' in globals()")).value == (
            "(False, False)"
        )
        first = (await notebook.execute(DRAW)).value
        assert (await notebook.execute(DRAW)).value != first
        await notebook.restart()
        assert (await notebook.execute(DRAW)).value == first
        await notebook.execute("import os; os._exit(1)")
        assert (await notebook.execute(DRAW)).value == first
    async with Notebook(seed=8) as notebook:
        other = (await notebook.execute(DRAW)).value
        assert other is not None
        assert other != first


@in_notebook
async def test_what_is_printed_between_two_cells_is_not_lost(notebook: Notebook) -> None:
    code = """
        import threading, time
        def late():
            time.sleep(0.3)
            print("late words", flush=True)
            open("/mnt/data/said", "w").close()
        threading.Thread(target=late).start()
    """
    assert (await notebook.execute(code)).text() == "(no output)"
    names: list[str] = []
    while "/mnt/data/said" not in names:
        names = [file.path for file in await notebook.list_files()]
    await asyncio.sleep(0.2)
    result = await notebook.execute("print('second cell')")
    assert result.text() == "[background output]\nlate words\nsecond cell"
    assert (await notebook.execute("1")).text() == "1"


INSTALLS = {
    "a shell command": "!pip install not-a-package",
    "a magic": "%pip install not-a-package",
    "a child process": "import subprocess, sys\n"
    "subprocess.run([sys.executable, '-m', 'pip', 'install', 'not-a-package']);",
    "a child process whose output is kept": "import subprocess\n"
    "subprocess.run(['pip', 'install', 'not-a-package'], capture_output=True, check=True)",
    "an index of its own": "!pip install --index-url https://example.org/simple not-a-package",
}


@in_notebook
@pytest.mark.parametrize("way", INSTALLS)
async def test_installing_fails_at_once_and_says_what_to_do(notebook: Notebook, way: str) -> None:
    result = await notebook.execute(INSTALLS[way])
    assert result.outcome in ("ok", "error")
    assert result.notices == (
        "This notebook has no network, so nothing can be installed while it runs. Packages are "
        "given beforehand: Notebook(packages=[...])",
    )


@in_notebook
async def test_halves_of_characters_are_written_out(notebook: Notebook) -> None:
    result = await notebook.execute("print('a\\ud800', '\\udc80b')\n'\\udfff'")
    assert result.text() == "a\\ud800 \\udc80b\n'\\udfff'"
    result = await notebook.execute("raise ValueError('\\ud800')")
    assert result.text().endswith("ValueError: \\ud800")


@in_notebook
async def test_waiting_for_oneself_is_a_typed_error(notebook: Notebook) -> None:
    async with notebook.stream("print(1, flush=True)\nimport time; time.sleep(.3)") as cell:
        async for _ in cell:
            with pytest.raises(NotebookBusy) as caught:
                await notebook.execute("2")
            assert isinstance(caught.value, SandboxError)


@in_notebook
async def test_a_transfer_within_ones_own_stream_does_not_wait(notebook: Notebook) -> None:
    async with notebook.stream("open('a', 'w').write('b'); print(1, flush=True)") as cell:
        async for _ in cell:
            assert await notebook.download("a") == b"b"
