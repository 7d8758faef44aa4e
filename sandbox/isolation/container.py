"""Isolation by a container engine, docker or podman, for machines where only that is allowed to
make namespaces.

The container has no network, no capability, a read-only root, sized memory file systems, and a
user id of its own; nothing of the host is in it but the three programs of this package, read-only.
With gVisor's `runsc` among the runtimes the code has a kernel of its own besides. The launcher is
reached over the engine's attached stdio, and a kernel's messages and files over `exec`, so an
engine on another machine or in a virtual one serves as well, as long as it sees this package's
files. Nothing is ever pulled: the image must be there, `python -m sandbox image` makes one.

Containers carry a label with the boot they belong to and a name that tells their owner; what a
killed owner left is removed when the next sandbox starts.

Not covered: bugs of the shared kernel (without runsc), and access to the engine itself, which
whoever runs this has anyway. In the container kernel and launcher are one user, so code can stop
the launcher; that costs it the sandbox.

Run for real: podman 4.3 with runc, as root. Written to the documentation and not yet run: a docker
daemon, runsc, and podman of a plain user.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..limits import MIB, Limits
from ..seccomp import build_filter
from .base import DATA, PROGRAMS, SOCKETS, Isolation, Libraries, Plan, SandboxFailed, Usage
from .exec import ExecChannels, ExecFiles
from .guest import GUEST, environment, rlimits, unused_id
from .ownership import is_abandoned, new_name
from .process import PlannedBackend, ProcessSandbox

__all__ = ["IMAGE", "Container", "build_image", "find_containers", "recipe"]

IMAGE = "pysandbox"
_LABEL = "pysandbox.boot"
_ENGINES = ("docker", "podman")
_VARIABLES = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "CONTAINER_HOST")
_SESSION = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "TMPDIR")
_PIDS = "RLIMIT_NPROC"
_QUICK = 30  # seconds for a question to the engine


@dataclass(frozen=True, slots=True)
class Container(PlannedBackend):
    """A container of an engine.

    Args:
        engine: path of docker or podman; empty when there is none, which opening it then says.
        image: what to run. It must have `python3` with ipykernel, and the directories `/mnt/data`,
            `/run/sandbox` and `/tmp` writable for all (runtimes keep an image's modes).
        runtime: name of the engine's runtime; its default when empty.
    """

    engine: str
    image: str = IMAGE
    runtime: str = ""

    @property
    def name(self) -> str:
        if not self.engine:
            return "container"
        parts = [Path(self.engine).name, self.image, self.runtime]
        return f"container ({' '.join(part for part in parts if part)})"

    @property
    def isolation(self) -> Isolation:
        return "vm" if self.runtime == "runsc" else "container"

    async def open(self, limits: Limits, libraries: Libraries | None = None) -> ProcessSandbox:
        if not self.engine:
            raise SandboxFailed("neither docker nor podman is installed")
        await asyncio.to_thread(remove_abandoned, self.engine)
        return await ContainerSandbox.open(self, self.plan(limits, libraries), limits)

    def plan(self, limits: Limits, libraries: Libraries | None = None) -> Plan:
        name = new_name()
        uid = unused_id() if os.geteuid() == 0 else 1000 + secrets.randbelow(60_000)
        setup = {
            "do": "setup",
            "uid": uid,
            "gid": uid,
            "rlimits": _rlimits(limits),
            "path": [],
            "code": f"{PROGRAMS}/kernel.py",
            "directory": DATA,
            "sockets": SOCKETS,
        }
        if self.runtime != "runsc":
            seccomp = build_filter().hex()
            setup["confine"] = {"code": f"{PROGRAMS}/confinement.py", "seccomp": seccomp}
        return Plan(
            program=self.engine,
            arguments=(),
            command=self._command(name, uid, limits, libraries),
            seccomp=b"",
            setup=setup,
            expected={"no_new_privs": 1, "interfaces": ["lo"], "writable": True},
            style="engine",
            environment=engine_environment(),
            remove=(self.engine, "rm", "--force", "--volumes", name),
        )

    def explain(self, failure: str) -> str:
        return next((fix for sign, fix in _FIXES if sign.lower() in failure.lower()), _LAST_FIX)

    def _command(
        self, name: str, uid: int, limits: Limits, libraries: Libraries | None
    ) -> list[str]:
        """The arguments of the engine that start the launcher."""
        memory = str(limits.memory + limits.disk)  # files are memory, too
        arguments = ["run", "--interactive", "--rm", "--pull=never", "--name", name]
        arguments += ["--label", f"{_LABEL}={boot()}", "--log-driver=none"]
        arguments += [f"--runtime={self.runtime}"] if self.runtime else []
        arguments += ["--network=none", "--hostname=sandbox", "--ipc=private"]
        arguments += ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
        arguments += [f"--user={uid}:{uid}", f"--pids-limit={limits.processes + 8}"]
        arguments += ["--memory", memory, "--memory-swap", memory, f"--shm-size={limits.scratch}"]
        most = limits.processes + 8
        arguments += [
            "--ulimit=nofile=1024:1024",
            "--ulimit=core=0:0",
            f"--ulimit=nproc={most}:{most}",
        ]
        podman = Path(self.engine).name == "podman"
        arguments += ["--read-only-tmpfs=false"] if podman else []  # those would have no size
        options = "rw,nosuid,nodev,mode=1777" + (",notmpcopyup" if podman else "")
        sizes = {DATA: limits.disk, "/tmp": limits.scratch, SOCKETS: MIB}
        for path, size in sizes.items():
            arguments += ["--tmpfs", f"{path}:{options},size={size}"]
        mounts = {str(GUEST): PROGRAMS}
        for mount in libraries.mounts() if libraries else ():
            mounts[mount.source] = mount.path
        for source, target in mounts.items():
            arguments.append(f"--mount=type=bind,source={source},target={target},readonly")
        variables = environment("/tmp", libraries)
        del variables["PATH"]
        variables.pop("VIRTUAL_ENV", None)
        for key, value in variables.items():
            arguments += ["--env", f"{key}={value}"]
        arguments += ["--workdir", DATA, "--entrypoint=python3", self.image]
        return [*arguments, "-I", "-B", f"{PROGRAMS}/launcher.py"]


class ContainerSandbox(ProcessSandbox):
    """A sandbox whose processes and files are the engine's: both are reached through it."""

    @property
    def files_root(self) -> None:  # type: ignore[override]
        return None

    def usage(self) -> Usage:
        return Usage()

    @property
    def remote_files(self) -> ExecFiles:
        return ExecFiles(self._inside("transfer.py"), engine_environment())

    def channels(self, address: str, key: str, limits: Limits) -> ExecChannels:
        command = self._inside("relay.py", f"{SOCKETS}/{address}", str(limits.message))
        return ExecChannels(command, engine_environment(), key, limits.message)

    def _within_reach(self) -> bool:
        return True  # each transfer will tell

    def _inside(self, program: str, *arguments: str) -> list[str]:
        """The command that runs one of this package's programs in the container."""
        engine, container = self._plan.program, self._plan.remove[-1]
        command = ["exec", "--interactive", container, "python3", "-I", "-B"]
        return [engine, *command, f"{PROGRAMS}/{program}", *arguments]


def find_containers(image: str = IMAGE) -> list[Container]:
    """The engines of this machine, with gVisor first where it is installed; one without an engine
    when there is none."""
    found: list[Container] = []
    for name in _ENGINES:
        engine = shutil.which(name)
        if engine is not None:
            runtimes = ("runsc", "") if shutil.which("runsc") else ("",)
            found += [Container(engine, image, runtime) for runtime in runtimes]
    return found or [Container("")]


def recipe(base: str) -> str:
    """The Dockerfile of an image that a kernel can run in.

    Args:
        base: an image with Python and pip.
    """
    from importlib.metadata import version

    return (
        f"FROM {base}\n"
        f"RUN python3 -m pip install --no-cache-dir ipykernel=={version('ipykernel')}\n"
        f"RUN mkdir -p -m 1777 {DATA} {SOCKETS} && chmod 1777 {DATA} {SOCKETS} /tmp\n"
    )


def build_image(engine: str, base: str, tag: str = IMAGE) -> int:
    """Have the engine build the image, which may pull `base`; its output is shown. Returns its exit
    status."""
    command = [engine, "build", "--tag", tag, "-"]
    return subprocess.run(command, input=recipe(base).encode(), check=False).returncode


def remove_abandoned(engine: str) -> None:
    """Remove the containers of owners on this machine that are gone."""
    listing = [engine, "ps", "--all", "--filter", f"label={_LABEL}={boot()}"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        names = _said([*listing, "--format", "{{.Names}}"]).split()
        left = [name for name in names if is_abandoned(name)]
        if left:
            _said([engine, "rm", "--force", "--volumes", *left])


def boot() -> str:
    """What no other machine has, nor this one after its next start."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def engine_environment() -> dict[str, str]:
    """Variables by which an engine's client finds the engine, and no others."""
    names = (*_VARIABLES, *_SESSION)
    return {name: os.environ[name] for name in names if name in os.environ}


def _said(command: Sequence[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, timeout=_QUICK, env=engine_environment(), check=False
    )
    return done.stdout.decode(errors="replace")


def _rlimits(limits: Limits) -> dict[str, int]:
    """Those that an engine has no option for; it counts processes itself."""
    return {name: value for name, value in rlimits(limits, alone=True).items() if name != _PIDS}


_BUILD = f"`{Path(sys.executable).name} -m sandbox image` makes one"
_FIXES = (
    ("neither docker nor podman", "install one of them, or use another backend"),
    ("connect to the docker daemon", "start it: `sudo systemctl start docker`"),
    ("permission denied while trying to connect", "add your user to the group docker"),
    ("connect to podman", "start it: `podman machine start`"),
    ("no such image", f"there is no such image: {_BUILD}"),
    ("unable to find image", f"there is no such image: {_BUILD}"),
    ("image not known", f"there is no such image: {_BUILD}"),
    ("does not exist in local storage", f"there is no such image: {_BUILD}"),
    (
        "hybrid mode",
        "control groups here need another runtime: install runc and name it in containers.conf",
    ),
    ('"runsc"', "register runsc with the engine: gvisor.dev/docs/user_guide/quick_start/docker"),
    ("invalid runtime", "register the runtime with the engine, or leave it out"),
    ("no module named", f"the image lacks ipykernel: {_BUILD}"),
    ("cannot write", f"the image lacks writable directories: {_BUILD}"),
    ("did not come up", "the engine is slow or the machine too busy: try again"),
)
_LAST_FIX = "see that `docker run` or `podman run` works for this user"
