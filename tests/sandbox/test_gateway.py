"""A notebook whose kernel runs behind a real Jupyter server is the same notebook."""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox import FileTransferError, IsolationUnavailable, Limits, Notebook, Stream
from sandbox.isolation import Gateway, choose
from sandbox.isolation.remote import RemoteSandbox, decode
from sandbox.wire import Message

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "token-of-the-test"
MIB = 1 << 20


@dataclass
class JupyterServer:
    """A server process of its own, on loopback."""

    process: subprocess.Popen[bytes]
    url: str
    folder: Path

    def ask(self, path: str) -> Any:
        request = urllib.request.Request(
            self.url + path, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def start_server(folder: Path, *command: str) -> JupyterServer:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "files").mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "run"),
        "KG_AUTH_TOKEN": TOKEN,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *(part.format(port=port) for part in command)],
            cwd=folder / "files",
            env=environment,
            stdout=log,
            stderr=log,
        )
    server = JupyterServer(process, f"http://127.0.0.1:{port}", folder / "files")
    deadline = time.monotonic() + 90
    while True:
        try:
            server.ask("/api")
        except (OSError, urllib.error.URLError):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.2)
        else:
            return server


JUPYTER = (
    "jupyter_server",
    "--ServerApp.port={port}",
    "--ServerApp.ip=127.0.0.1",
    f"--IdentityProvider.token={TOKEN}",
    "--allow-root",
    "--no-browser",
    "--AsyncMappingKernelManager.shutdown_wait_time=1",
)
KERNEL_GATEWAY = (
    "kernel_gateway",
    "--port={port}",
    "--ip=127.0.0.1",
    "--JupyterWebsocketPersonality.list_kernels=True",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    server = start_server(tmp_path_factory.mktemp("jupyter"), *JUPYTER)
    yield server
    server.process.terminate()
    server.process.wait(30)


def notebook_on(server: JupyterServer, **limits: float) -> Notebook:
    settings: dict[str, Any] = {"cell_timeout": 60, "interrupt_grace": 10, **limits}
    backend = Gateway(server.url, TOKEN)
    return Notebook(Limits(**settings), backend=backend, min_isolation="unconfined")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def notebook(server: JupyterServer) -> AsyncIterator[Notebook]:
    async with notebook_on(server) as notebook:
        yield notebook


async def test_cells_share_state_and_give_what_a_model_reads(notebook: Notebook) -> None:
    await notebook.execute("x = 6")
    assert (await notebook.execute("print('out')\nx * 7")).text() == "out\n42"
    result = await notebook.execute("1 / 0")
    assert result.outcome == "error"
    assert result.text().endswith("ZeroDivisionError: division by zero")
    assert "\x1b" not in result.text()


async def test_output_comes_as_it_is_printed(notebook: Notebook) -> None:
    code = "import time\nfor i in range(3): print(i, flush=True); time.sleep(.3)"
    times = []
    async with notebook.stream(code) as cell:
        async for output in cell:
            assert isinstance(output, Stream)
            times.append(time.monotonic())
    assert len(times) >= 2
    assert times[-1] - times[0] > 0.25
    assert cell.result.stdout == "0\n1\n2\n"


async def test_an_interrupt_keeps_the_variables(notebook: Notebook) -> None:
    running = asyncio.create_task(notebook.execute("y = 5\nimport time\ntime.sleep(100)"))
    await asyncio.sleep(1)
    await notebook.interrupt()
    assert (await running).outcome == "interrupted"
    assert (await notebook.execute("y")).text() == "5"


async def test_over_time_the_cell_is_interrupted_and_a_stubborn_kernel_replaced(
    server: JupyterServer,
) -> None:
    async with notebook_on(server, cell_timeout=5, interrupt_grace=8) as hasty:
        await hasty.execute("kept = 1; open('kept', 'w').write('file')")
        result = await hasty.execute("while True: pass")
        assert result.outcome == "timeout"
        assert (await hasty.execute("kept")).text() == "1"
        code = "import signal, time\nsignal.signal(2, signal.SIG_IGN)\nwhile True: time.sleep(1)"
        result = await hasty.execute(code)
        assert (result.outcome, result.death) == ("timeout", "killed")
        assert "variables, imports and running processes are lost" in result.text()
        answer = await hasty.execute("'kept' in globals(), open('kept').read()")
        assert answer.text() == "(False, 'file')"


async def test_restart_forgets_variables_and_keeps_files(notebook: Notebook) -> None:
    await notebook.execute("z = 1; open('z', 'w').write('file')")
    await notebook.restart()
    answer = await notebook.execute("'z' in globals(), open('z').read()")
    assert answer.text() == "(False, 'file')"
    assert answer.notices == ()


async def test_a_kernel_that_dies_is_noticed_and_replaced(notebook: Notebook) -> None:
    result = await notebook.execute(
        "import os, time\nprint('before', flush=True)\ntime.sleep(1); os._exit(3)"
    )
    assert result.outcome == "died"
    assert result.stdout == "before\n"
    assert "files in /mnt/data are kept" in result.text()
    assert (await notebook.execute("1 + 1")).text() == "2"


async def test_a_message_over_the_limit_costs_the_kernel_and_not_the_memory(
    server: JupyterServer,
) -> None:
    async with notebook_on(server, message=2 * MIB) as small:
        code = "from IPython.display import display, HTML\ndisplay(HTML('x' * (20 << 20)))"
        result = await small.execute(code)
        assert (result.outcome, result.death) == ("died", "message")
        assert (await small.execute("1 + 1")).text() == "2"


async def test_a_message_that_comes_between_two_looks_is_not_slept_over() -> None:
    place = RemoteSandbox(Gateway("http://127.0.0.1:9/"), Limits(), url="", token="", kernel="")
    try:
        assert place.take(10) == []
        place._inbox.append(message := Message("status", "id", {"execution_state": "idle"}))
        os.eventfd_write(place.fileno(), 1)

        assert place.events() == []

        assert select.select([place.fileno()], [], [], 0)[0]
        assert place.take(10) == [message]
        assert place.events() == []
        assert not select.select([place.fileno()], [], [], 0)[0]
    finally:
        await place.close()


async def test_a_flood_of_output_is_cut(server: JupyterServer) -> None:
    async with notebook_on(server, output=10_000) as small:
        result = await small.execute("for i in range(2000): print('x' * 100)")
        assert len(result.stdout) <= 20_000
        assert "dropped" in result.text()
        assert (await small.execute("1 + 1")).text() == "2"


async def test_files_go_both_ways_through_the_server(notebook: Notebook) -> None:
    data = bytes(range(256)) * 1000
    await notebook.upload("deep/er/in.bin", data)
    code = "import os; data = open('deep/er/in.bin', 'rb').read(); len(data)"
    assert (await notebook.execute(code)).text() == str(len(data))
    await notebook.execute("open('out.bin', 'wb').write(data[::-1])")
    assert await notebook.download("/mnt/data/out.bin") == data[::-1]
    sizes = {file.path: file.size for file in await notebook.list_files()}
    assert sizes["/mnt/data/deep/er/in.bin"] == sizes["/mnt/data/out.bin"] == len(data)


async def test_files_that_cannot_be_had_are_typed_errors(notebook: Notebook) -> None:
    await notebook.execute("import os; os.makedirs('folder', exist_ok=True)")
    await notebook.upload("big", b"x" * 1000)
    for path, kind in (("missing", "not_found"), ("folder", "not_regular"), ("big", "too_big")):
        with pytest.raises(FileTransferError) as caught:
            await notebook.download(path, max_bytes=999)
        assert caught.value.kind == kind
    with pytest.raises(FileTransferError):
        await notebook.download("../../etc/passwd")


async def test_two_notebooks_have_kernels_and_files_of_their_own(
    notebook: Notebook, server: JupyterServer
) -> None:
    await notebook.execute("mine = 1; open('mine', 'w').close()")
    async with notebook_on(server) as other:
        answer = await other.execute("import os; 'mine' in globals(), os.listdir()")
        assert answer.text() == "(False, [])"


async def test_nothing_is_left_on_the_server(server: JupyterServer) -> None:
    before = {kernel["id"] for kernel in server.ask("/api/kernels")}, os.listdir(server.folder)
    async with notebook_on(server) as other:
        await other.upload("a/b/c", b"x")
        await other.execute("open('d', 'w').write('x')")
        assert len(server.ask("/api/kernels")) == len(before[0]) + 1
    after = {kernel["id"] for kernel in server.ask("/api/kernels")}, os.listdir(server.folder)
    assert after == before


async def test_a_server_that_goes_away_ends_the_cell(tmp_path: Path) -> None:
    server = start_server(tmp_path, *JUPYTER)
    notebook = notebook_on(server)
    try:
        await notebook.start()
        running = asyncio.create_task(notebook.execute("import time; time.sleep(100)"))
        await asyncio.sleep(1)
        server.stop()
        result = await asyncio.wait_for(running, 60)
        assert (result.outcome, result.death) == ("died", "lost")
        with pytest.raises(IsolationUnavailable, match="see that the server runs"):
            await notebook.execute("1")
    finally:
        server.stop()
        await notebook.close()


async def test_a_gateway_without_files_says_so(tmp_path: Path) -> None:
    server = start_server(tmp_path, *KERNEL_GATEWAY)
    try:
        async with notebook_on(server) as notebook:
            assert (await notebook.execute("6 * 7")).text() == "42"
            with pytest.raises(FileTransferError) as caught:
                await notebook.upload("x", b"x")
            assert caught.value.kind == "unsupported"
        assert server.ask("/api/kernels") == []
    finally:
        server.stop()


async def test_a_wrong_token_is_said_to_be_wrong(server: JupyterServer) -> None:
    backend = Gateway(server.url, "wrong")
    with pytest.raises(IsolationUnavailable, match="token is wrong") as caught:
        await Notebook(backend=backend, min_isolation="unconfined").start()
    assert "wrong" not in repr(backend)
    assert server.url.removeprefix("http://") in str(caught.value)


async def test_an_unknown_kernel_is_refused_with_those_there_are(server: JupyterServer) -> None:
    backend = Gateway(server.url, TOKEN, kernel="julia")
    with pytest.raises(IsolationUnavailable, match="no kernel 'julia', but python3"):
        await Notebook(backend=backend, min_isolation="unconfined").start()


async def test_packages_are_not_taken_there(server: JupyterServer) -> None:
    with pytest.raises(ValueError, match="weaker than min_isolation='namespace'"):
        choose("gateway")
    assert choose(Gateway(server.url, declared="vm"), "vm")


@pytest.mark.parametrize(
    "text",
    [
        b"binary",
        "",
        "[]",
        "{" * 200_000,
        '{"header": 5, "parent_header": {}, "content": {}}',
        '{"header": {"msg_type": "stream"}, "parent_header": {}, "content": {"name": "stdout"}}',
    ],
)
async def test_malformed_messages_are_dropped(text: str | bytes) -> None:
    assert decode(text) is None
