"""Files go into `/mnt/data` and out of it, and nowhere else, whatever the code does meanwhile."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox import FileInfo, FileTransferError, Limits, Notebook, SandboxClosed, files
from sandbox.files import DataFolder
from sandbox.isolation.process import wait_readable
from tests.sandbox.support import PLAIN_UID, run_plain
from tests.sandbox.transfers import TRAPS, attempt, race

in_notebook = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answers(notebook: Notebook) -> dict[str, str]:
    return await attempt(notebook)


@pytest.fixture(scope="module")
def plain() -> Any:
    """The same, done once by a plain user in a process of its own."""
    return run_plain("plain_files.py")


@in_notebook
@pytest.mark.parametrize("name", TRAPS)
async def test_a_trap_catches_nobody(answers: dict[str, str], name: str) -> None:
    assert answers[name] in TRAPS[name][1]


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_does_not_catch_a_plain_user(plain: Any, name: str) -> None:
    assert plain["answers"][name] in TRAPS[name][1]


def test_the_plain_user_was_one(plain: Any) -> None:
    assert plain["uid"] == (PLAIN_UID if os.getuid() == 0 else os.getuid())
    assert plain["changed"] == "given more"
    assert plain["without rights"] == "denied"


def no_way_out(seen: Any) -> None:
    """Nothing of the outside was read or changed while the race was on."""
    assert seen["cell"] == "True"
    assert set(seen["read"]) <= {"", "inside"}  # nothing is in it until the code has closed it
    assert seen["outside"] == ["file"]
    assert seen["secret"] == "secret"
    assert set(seen["failures"]) <= {"link", "not_found", "not_regular", "failed", "denied"}
    assert "link" in seen["failures"]


@in_notebook
async def test_a_folder_swapped_for_a_link_leads_nowhere(
    notebook: Notebook, tmp_path: Path
) -> None:
    no_way_out(await race(notebook, tmp_path))


def test_a_folder_swapped_for_a_link_leads_a_plain_user_nowhere(plain: Any) -> None:
    no_way_out(plain["race"])


@in_notebook
async def test_what_is_brought_in_belongs_to_the_code(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(b"a,b\n1,2\n")
    await notebook.upload("tables/of/mine/table.csv", tmp_path / "table.csv")
    await notebook.upload("/mnt/data/notes.txt", "caf\u00e9")
    code = """
        import os
        assert open('notes.txt', encoding='utf-8').read() == 'caf\u00e9'
        with open('tables/of/mine/table.csv', 'a') as table: table.write('3,4\\n')
        os.rename('tables/of/mine/table.csv', 'tables/of/new.csv')
        os.rmdir('tables/of/mine')
        os.remove('notes.txt')
    """
    result = await notebook.execute(code)
    assert result.ok, result.text()
    assert await notebook.download("tables/of/new.csv") == b"a,b\n1,2\n3,4\n"


@in_notebook
async def test_what_does_not_fit_leaves_the_old_file_and_no_rest() -> None:
    async with Notebook(Limits(disk=2 << 20)) as small:
        await small.upload("kept.bin", b"old")
        with pytest.raises(FileTransferError, match=r"raise Limits\.disk") as caught:
            await small.upload("kept.bin", bytes(3 << 20))
        assert (caught.value.kind, caught.value.path) == ("no_space", "kept.bin")
        assert await small.download("kept.bin") == b"old"
        assert [file.path for file in await small.list_files()] == ["/mnt/data/kept.bin"]


@in_notebook
async def test_files_go_in_and_out_while_a_cell_runs(notebook: Notebook) -> None:
    code = """
        import os, time
        while not os.path.exists('go'): time.sleep(.01)
        open('answer', 'w').write(open('go').read() * 2)
        while os.path.exists('go'): time.sleep(.01)
    """
    cell = asyncio.create_task(notebook.execute(code))
    await notebook.upload("go", "ab")
    listed = [FileInfo("", 0, 0)]
    while [file.size for file in listed if file.path == "/mnt/data/answer"] != [4]:
        listed = await notebook.list_files()
    assert await notebook.download("answer") == b"abab"
    assert not cell.done()
    await notebook.interrupt()
    assert (await cell).outcome == "interrupted"


@in_notebook
async def test_the_list_names_regular_files_with_size_and_time(notebook: Notebook) -> None:
    await notebook.execute(
        "import os\nos.makedirs('listed/deep')\nopen('listed/deep/f', 'w').write('1234')\n"
        "os.utime('listed/deep/f', (0, 1000))\nos.symlink('/', 'listed/all')\n"
        "os.mkfifo('listed/pipe')"
    )
    listed = [f for f in await notebook.list_files() if f.path.startswith("/mnt/data/listed")]
    assert listed == [FileInfo("/mnt/data/listed/deep/f", 4, 1000.0)]


@in_notebook
async def test_a_very_deep_tree_does_not_harm_the_list(notebook: Notebook) -> None:
    code = """
        import os
        for _ in range(3000):
            os.mkdir('d' * 20); os.chdir('d' * 20)
        os.chdir('/mnt/data'); open('beside', 'w').close()
    """
    assert (await notebook.execute(code)).ok
    assert "/mnt/data/beside" in [file.path for file in await notebook.list_files()]


@in_notebook
async def test_64_megabytes_go_in_and_out_and_the_loop_stays_free(tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 64
    (tmp_path / "large").write_bytes(content)
    async with Notebook() as notebook:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.001)

        counting = asyncio.create_task(count())
        used = time.process_time()
        await notebook.upload("large", tmp_path / "large")
        assert await notebook.download("large") == content
        used = time.process_time() - used
        counting.cancel()
        assert turns > 5
        assert used < 1  # in CPU time: the wall clock depends on who else is here
        assert notebook.status().disk == 64 << 20


async def test_files_are_there_before_the_first_cell_and_again_in_a_new_sandbox(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_bytes(b"from a path")
    given: dict[str, bytes | str | Path] = {"a": tmp_path / "a", "b/c": b"bytes", "d": "text"}
    read = "[open(name).read() for name in ('a', 'b/c', 'd')]"
    async with Notebook(files=given) as notebook:
        assert (await notebook.execute(read)).value == "['from a path', 'bytes', 'text']"
        await notebook.execute("open('d', 'w').write('changed')")
        await notebook.restart()
        assert (await notebook.execute("open('d').read()")).value == "'changed'"
        assert notebook._sandbox is not None
        notebook._sandbox.hang_up()
        await wait_readable([notebook._sandbox.fileno()], 20)
        result = await notebook.execute(read)
        assert result.value == "['from a path', 'bytes', 'text']"
        assert "files in /mnt/data are lost" in result.notices[0]
        assert "given with the notebook are there again" in result.notices[1]


async def test_given_files_that_do_not_fit_are_an_error_at_the_start() -> None:
    notebook = Notebook(Limits(disk=1 << 20), files={"large": bytes(2 << 20)})
    with pytest.raises(FileTransferError) as caught:
        await notebook.start()
    assert caught.value.kind == "no_space"
    assert notebook.status().backend is None
    await notebook.close()
    with pytest.raises(SandboxClosed):
        await notebook.download("large")


# The same without a sandbox, by both ways of finding a file.


@pytest.fixture(params=["openat2", "by hand"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> DataFolder:
    if request.param == "by hand":
        monkeypatch.setattr(files, "_OPENAT2", 99_999)  # no such call: the answer of an old kernel
        with pytest.raises(OSError, match="not implemented") as caught:
            files._openat2(0, "x", 0)
        assert caught.value.errno == errno.ENOSYS
    (tmp_path / "mnt" / "data").mkdir(parents=True)
    return DataFolder(str(tmp_path))


def test_a_file_comes_back_as_it_went_in(folder: DataFolder) -> None:
    folder.write("new/folders/file", b"content")
    folder.write("new/folders/../file", "text")
    assert folder.read("/mnt/data/new/folders/file") == b"content"
    assert folder.read("new/./file") == b"text"
    assert [file.path for file in folder.files()] == [
        "/mnt/data/new/file",
        "/mnt/data/new/folders/file",
    ]
    folder.close()


def test_a_source_that_is_missing_on_this_machine_is_not_the_sandboxs_error(
    folder: DataFolder, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        folder.write("new/file", tmp_path / "missing")
    assert os.listdir(tmp_path / "mnt" / "data") == []
    folder.close()


def test_links_and_pipes_are_refused_on_both_ways(folder: DataFolder, tmp_path: Path) -> None:
    data = tmp_path / "mnt" / "data"
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("secret")
    (data / "link").symlink_to(outside / "file")
    (data / "out").symlink_to(outside)
    os.mkfifo(data / "pipe")
    (data / "file").write_text("x")
    expected = {"link": "link", "out/file": "link", "pipe": "not_regular", "file/x": "not_regular"}
    for path, kind in expected.items():
        for transfer in (lambda p: folder.read(p), lambda p: folder.write(p, b"new")):
            with pytest.raises(FileTransferError) as caught:
                transfer(path)
            assert caught.value.kind == kind, path
    with pytest.raises(FileTransferError, match="links are not followed"):
        folder.write("out/new/file", b"new")
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "secret"
    folder.close()


def test_a_folder_that_was_let_go_is_not_mistaken_for_another(folder: DataFolder) -> None:
    folder.close()
    with pytest.raises(FileTransferError, match="run a cell to get another"):
        folder.read("file")
