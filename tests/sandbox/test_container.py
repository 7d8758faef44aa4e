"""Containers are started hardened, reached through their engine, and removed.

The tests on a real engine need docker or podman with an image called `pysandbox`
(`python -m sandbox image`); without one they are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import zmq

import sandbox
from sandbox import FileTransferError, IsolationUnavailable, Limits, Notebook
from sandbox.__main__ import main
from sandbox.isolation import Container, choose, probe
from sandbox.isolation.container import boot, find_containers, remove_abandoned
from sandbox.isolation.exec import ExecChannels, _answer, unpack
from sandbox.isolation.ownership import is_abandoned
from sandbox.wire import Wire
from tests.sandbox.escapes import ESCAPES, REFUSALS, attempt

MIB = 1 << 20
LIMITS = Limits(memory=300 * MIB, disk=20 * MIB, processes=50, cell_timeout=30)
RELAY = str(Path(sandbox.__file__).with_name("guest") / "relay.py")


def arguments(engine: str, runtime: str = "") -> list[str]:
    plan = Container(engine, runtime=runtime).plan(LIMITS)
    return [str(argument) for argument in plan.command]


@pytest.mark.parametrize("engine", ["/usr/bin/docker", "/usr/bin/podman"])
def test_a_container_has_nothing_it_does_not_need(engine: str) -> None:
    given = arguments(engine)
    for option in (
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--pull=never",
        "--pids-limit=58",
        f"--shm-size={5 * MIB}",
    ):
        assert option in given
    memory = str(320 * MIB)
    assert given[given.index("--memory") + 1] == given[given.index("--memory-swap") + 1] == memory
    sizes = [given[at + 1] for at, option in enumerate(given) if option == "--tmpfs"]
    assert [size.split(":")[0] for size in sizes] == ["/mnt/data", "/tmp", "/run/sandbox"]
    assert f"size={20 * MIB}" in sizes[0]
    mounts = [option for option in given if option.startswith("--mount=")]
    assert all(option.endswith(",readonly") for option in mounts)
    assert "--privileged" not in given
    user = next(option for option in given if option.startswith("--user="))
    assert int(user.removeprefix("--user=").split(":")[0]) >= 1000


def test_nothing_of_the_owners_variables_goes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_OWNER", "secret")
    plan = Container("/usr/bin/docker").plan(LIMITS)
    assert "secret" not in str(plan)
    assert not any(f"PATH={os.environ['PATH']}" in str(part) for part in plan.command)


def test_gvisor_counts_as_a_machine_of_its_own() -> None:
    with_it = Container("/usr/bin/docker", runtime="runsc")
    assert with_it.isolation == "vm"
    assert "--runtime=runsc" in arguments("/usr/bin/docker", "runsc")
    assert Container("/usr/bin/docker", runtime="runc").isolation == "container"


def test_each_container_has_a_user_and_a_name_of_its_own_and_the_name_tells_the_owner() -> None:
    one, other = arguments("/usr/bin/docker"), arguments("/usr/bin/docker")
    names = {given[given.index("--name") + 1] for given in (one, other)}
    assert len(names) == 2
    assert not any(map(is_abandoned, names))
    users = {option for given in (one, other) for option in given if option.startswith("--user")}
    assert len(users) == 2
    assert f"pysandbox.boot={boot()}" in one


async def test_without_an_engine_that_is_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [one.name for one in find_containers()] == ["container"]
    with pytest.raises(IsolationUnavailable, match="neither docker nor podman is installed"):
        await Notebook(backend="container", min_isolation="container").start()


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("docker: Cannot connect to the Docker daemon at unix:///x.", "systemctl start docker"),
        ("Error: pysandbox: image not known", "-m sandbox image"),
        ("docker: No such image: pysandbox:latest.", "-m sandbox image"),
        ("unknown or invalid runtime name: runsc", "register the runtime"),
    ],
)
async def test_what_the_engine_says_comes_with_what_to_do(
    tmp_path: Path, said: str, fix: str
) -> None:
    engine = tmp_path / "docker"
    engine.write_text(f"#!/bin/sh\necho '{said}' >&2\necho \"Run 'docker --help'\" >&2\nexit 125\n")
    engine.chmod(0o755)
    (report,) = await probe(LIMITS, [Container(str(engine))])
    assert not report.ok
    assert report.detail == said
    assert fix in report.fix


def test_only_containers_of_gone_owners_are_removed(tmp_path: Path) -> None:
    mine = arguments("/usr/bin/docker")
    mine_name = mine[mine.index("--name") + 1]
    engine, log = tmp_path / "docker", tmp_path / "log"
    listed = f"{mine_name}\npysandbox-999999999-1-dead\nsomebody-elses\n"
    engine.write_text(
        f"#!/bin/sh\necho \"$@\" >> {log}\ntest $1 = ps && printf '{listed}'\nexit 0\n"
    )
    engine.chmod(0o755)
    remove_abandoned(str(engine))
    listing, removal = log.read_text().splitlines()
    assert f"label=pysandbox.boot={boot()}" in listing
    assert removal == "rm --force --volumes pysandbox-999999999-1-dead"


def test_the_recipe_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "--show", "--base", "mine:1"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("FROM mine:1\n")
    assert "ipykernel==" in shown


# The relay, between real sockets.


def test_messages_go_both_ways_through_the_relay_and_large_ones_do_not(tmp_path: Path) -> None:
    context: Any = zmq.Context()
    shell, iopub = context.socket(zmq.ROUTER), context.socket(zmq.XPUB)
    for socket, number in ((shell, 1), (iopub, 2)):
        socket.linger = 0
        socket.bind(f"ipc://{tmp_path}/k-{number}")
    wire = Wire("key")
    command = [sys.executable, "-I", RELAY, f"{tmp_path}/k", str(MIB)]
    channels = ExecChannels(command, {}, "key", MIB)
    try:
        identity = channels.ask("kernel_info_request", {})
        assert shell.poll(30_000)
        assert identity.encode() in shell.recv_multipart()[3]
        assert iopub.poll(30_000)
        iopub.recv()
        _, frames = wire.encode("stream", {"name": "stdout", "text": "x" * 500_000})
        iopub.send_multipart([b"topic", *frames])
        iopub.send_multipart([b"topic", b"<IDS|MSG>", b"forged", b"{}", b"{}", b"{}", b"{}"])
        received: list[Any] = []
        deadline = time.monotonic() + 30
        while len(received) < 2:
            received += channels.receive(8)
            assert time.monotonic() < deadline
        assert received[0].content["text"] == "x" * 500_000
        assert received[1] is None
        assert channels.dropped == 1
        assert not channels.cut()
        assert channels._process.stdin is not None
        channels._process.kill()
        while not channels.cut():
            channels.receive(8)
            assert time.monotonic() < deadline
    finally:
        channels.close()
        context.destroy(0)


def test_a_relay_that_announces_too_much_is_cut_off() -> None:
    liar = "import sys; sys.stdout.buffer.write(b'\\xff' * 4 + b'x' * 100); sys.stdout.flush(); "
    liar += "sys.stdin.read()"
    channels = ExecChannels([sys.executable, "-c", liar], {}, "key", MIB)
    try:
        deadline = time.monotonic() + 30
        while not channels.cut():
            assert channels.receive(8) == []
            assert time.monotonic() < deadline
    finally:
        channels.close()


@pytest.mark.parametrize("body", [b"", b"\xff\xff\xff\xff", b"\0\0\0\2\0\0\0\1", b"\0" * 5])
def test_malformed_frames_raise_nothing(body: bytes) -> None:
    assert Wire("key").decode(unpack(body)) is None


@pytest.mark.parametrize("line", [b"", b"[]", b"{" * 100_000, b'{"kind": []}', b'{"kind": "odd"}'])
def test_what_a_transfer_says_is_not_trusted(line: bytes) -> None:
    with pytest.raises(FileTransferError) as caught:
        _answer(line, "path")
    assert caught.value.kind == "failed"


# On a real engine.


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def working() -> Container:
    reasons = []
    for name in ("docker", "podman"):
        engine = shutil.which(name)
        for runtime in ("", "runc") if engine else ():
            backend = Container(str(engine), runtime=runtime)
            (report,) = await probe(LIMITS, [backend])
            if report.ok:
                return backend
            reasons.append(f"{backend.name}: {report.detail}")
    pytest.skip("; ".join(reasons) or "neither docker nor podman is installed")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def notebook(working: Container) -> AsyncIterator[Notebook]:
    async with Notebook(LIMITS, backend=working, min_isolation="container") as notebook:
        yield notebook


def containers(backend: Container) -> set[str]:
    listing = [backend.engine, "ps", "--all", "--format", "{{.Names}}"]
    done = subprocess.run(listing, capture_output=True, text=True, check=True)
    return {name for name in done.stdout.split() if name.startswith("pysandbox-")}


@pytest.mark.asyncio(loop_scope="module")
async def test_escapes_from_a_container_fail(notebook: Notebook) -> None:
    outside = "OWNERS_FILE, OWNERS_PORT, OWNERS_SOCKET = '/etc/hostname-of-owner', 1, '\\0owner'\n"
    answers = await attempt(notebook, outside)
    own = {  # the image has its own accounts and system, and process 1 is the launcher
        "read the password file",
        "list homes",
        "read the home of root",
        "see other accounts",
        "read kernel settings",
        "change the launcher",
        "read the launcher's memory",
        "read the launcher's descriptors",
        "trace the launcher",
        "trigger sysrq",
        "make a device",
        "read the command line of the init process",
    }
    got_out = {
        name: said
        for name, said in answers.items()
        if name not in own and said not in ESCAPES[name][1] | REFUSALS
    }
    assert got_out == {}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_container_is_a_notebook_like_any_other(notebook: Notebook) -> None:
    await notebook.execute("x = 1; open('kept', 'w').write('file')")
    assert (await notebook.execute("x + 1")).text() == "2"
    await notebook.upload("a/b.bin", b"data" * MIB)
    assert (await notebook.execute("len(open('a/b.bin', 'rb').read())")).text() == str(4 * MIB)
    assert await notebook.download("a/b.bin") == b"data" * MIB
    for path, kind in (("missing", "not_found"), ("a", "not_regular")):
        with pytest.raises(FileTransferError) as caught:
            await notebook.download(path)
        assert caught.value.kind == kind
    assert {file.path for file in await notebook.list_files()} >= {"/mnt/data/kept"}
    await notebook.restart()
    answer = await notebook.execute("'x' in globals(), open('kept').read()")
    assert answer.text() == "(False, 'file')"
    result = await notebook.execute("import os; os._exit(3)")
    assert (result.outcome, result.death, result.status) == ("died", "exit", 3)
    assert (await notebook.execute("1 + 1")).text() == "2"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_container_is_gone_with_its_notebook(working: Container) -> None:
    before = containers(working)
    async with Notebook(LIMITS, backend=working) as notebook:
        assert (await notebook.execute("1")).text() == "1"
        assert len(containers(working)) == len(before) + 1
    assert containers(working) == before


def test_containers_are_found_only_by_what_is_asked_for() -> None:
    assert all(one.isolation in ("container", "vm") for one in choose("auto", "container"))
