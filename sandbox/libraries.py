"""Libraries for code in notebooks, made ready beforehand: inside there is no network to install
from.

A set of packages is installed once, into a folder of the user's cache that is complete or not
there, and shown to every notebook that asks for the same set. Only wheels are installed, and pip
only unpacks those, so that no code of a package runs outside of a sandbox. What the kernel itself
is made of keeps the version of this Python; of everything else the packages' own versions win.
matplotlib's list of fonts, which takes seconds to make, is made once, too, in a sandbox.

Not covered: keeping packages up to date (a set stays as it was first installed), and a cache that
another user can write to.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import logging
import os
import re
import shutil
import sys
import sysconfig
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from .cell import Cell
from .errors import PackagesUnavailable, SandboxError
from .isolation import Backend, choose, open_sandbox
from .isolation.mounts import Mount
from .kernel import Kernel
from .limits import MIB, Limits

__all__ = ["SCIENTIFIC", "Libraries", "build_libraries", "cache_folder"]

SCIENTIFIC = (
    "numpy>=2",
    "scipy>=1.15",
    "sympy>=1.13",
    "pandas>=2.2",
    "matplotlib>=3.10",
    "networkx>=3.4",
    "scikit-learn>=1.6",
    "pillow>=11",
    "openpyxl>=3.1",
)
"""What notebooks usually want; the same as the extra `sandbox-libs`."""

_log = logging.getLogger(__name__)
_LAST_WORDS = 12  # lines of pip's output in an error
_MOST_FONTS = 16 * MIB  # bytes of the list of fonts
_given_up: set[str] = set()  # lists of fonts that could not be made; not tried twice


@dataclass(frozen=True, slots=True)
class Libraries:
    """What a notebook is shown besides the running Python; all of it read-only.

    Args:
        packages: a folder of installed packages, or None.
        fonts: a folder with matplotlib's list of fonts, or None.
    """

    packages: Path | None = None
    fonts: Path | None = None

    def mounts(self) -> list[Mount]:
        """What to show: each folder where the host has it."""
        folders = [folder for folder in (self.packages, self.fonts) if folder is not None]
        return [Mount("bind", str(folder), os.path.realpath(folder)) for folder in folders]

    @property
    def module_path(self) -> list[str]:
        """Directories to search for modules before this Python's own packages; never by a process
        that has more rights than the notebook's code."""
        return [] if self.packages is None else [str(self.packages)]

    @property
    def environment(self) -> dict[str, str]:
        """Variables to set inside."""
        variables = {"PYTHONPATH": self.packages, "SANDBOX_MATPLOTLIB": self.fonts}
        return {name: str(folder) for name, folder in variables.items() if folder is not None}


async def build_libraries(
    packages: Sequence[str] = (),
    *,
    backends: Sequence[Backend] | None = None,
    progress: Callable[[str], None] | None = None,
) -> Libraries:
    """Have `packages` installed and ready to be shown to notebooks.

    The first time takes as long as pip does, later ones milliseconds. Several processes may ask
    for the same set at once: one installs, the others wait.

    Args:
        packages: requirements as pip takes them (`shapely>=2`), or paths of wheel files. None at
            all is fine: then only what this Python has is made ready.
        backends: ways of isolating for the step that runs a package's code, of which those are
            tried that run this Python; by itself what `choose()` gives.
        progress: called with every line pip says; they go to the log `sandbox.libraries` anyway.

    Raises:
        PackagesUnavailable: a requirement is not one, pip is missing or failed (with its last
            words), or the cache cannot be written to.
    """
    folder = None
    if packages:
        wanted = _checked(packages)
        contents = [_content(text) for text in wanted]
        folder = cache_folder() / "packages" / _key(*contents, *_parts_of_the_kernel())
        try:
            await _once(folder, lambda fresh: _install(wanted, fresh, progress))
        except OSError as error:
            raise PackagesUnavailable(
                f"the packages for the sandbox cannot be kept in {folder.parent}: {error}. "
                "Set XDG_CACHE_HOME to a directory that can be written to."
            ) from error
    return Libraries(folder, await _fonts(folder, choose() if backends is None else backends))


def cache_folder() -> Path:
    """Where libraries are kept, each set in a folder of its own; may be deleted at any time when
    no notebook runs."""
    import platformdirs

    return platformdirs.user_cache_path("agentkit") / "sandbox"


def _key(*parts: str) -> str:
    """A name for what depends on `parts` and on this Python."""
    this = (sys.implementation.cache_tag or sys.version, sysconfig.get_platform())
    return hashlib.sha256("\0".join((*this, *parts)).encode()).hexdigest()[:20]


# Once, by one process.


async def _once(folder: Path, make: Callable[[Path], Awaitable[None]]) -> None:
    """Have `make` fill `folder`, unless that has been done. It appears complete or not at all."""
    if _stands(folder):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    async with _locked(folder.with_name(f"{folder.name}.lock")):
        if _stands(folder):
            return
        fresh = folder.with_name(f"{folder.name}.part")
        await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)  # of a killed process
        fresh.mkdir()
        try:
            await make(fresh)
            fresh.chmod(0o755)
            os.rename(fresh, folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)


def _stands(folder: Path) -> bool:
    return folder.is_dir()


@contextlib.asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Hold the lock on `path`, which ends with the process at the latest."""
    with path.open("a") as file:
        while not _take(file):  # noqa: ASYNC110  another process has it
            await asyncio.sleep(0.1)
        yield


def _take(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# Packages.


def _checked(packages: Sequence[str]) -> list[str]:
    """`packages` as arguments for pip that can be nothing but requirements and wheel files."""
    if isinstance(packages, str):
        raise PackagesUnavailable(f"packages is a list of requirements: [{packages!r}]")
    return sorted({_checked_one(text.strip()) for text in packages})


def _checked_one(text: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    if text.endswith(".whl") and "://" not in text and not text.startswith("-"):
        wheel = Path(text).absolute()
        if not wheel.is_file():
            raise PackagesUnavailable(f"there is no wheel {wheel}")
        return str(wheel)
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        requirement = None
    if requirement is None or requirement.url is not None:
        raise PackagesUnavailable(
            f"{text!r} is not a requirement such as 'shapely>=2', nor a wheel file. Options, "
            "URLs and source folders are not taken: set an index with PIP_INDEX_URL or pip.conf, "
            "and build a wheel of your own package with `pip wheel --no-deps FOLDER`."
        )
    return str(requirement)


def _content(argument: str) -> str:
    """What decides what `argument` installs: a wheel's bytes, wherever it lies."""
    if not argument.endswith(".whl"):
        return argument
    digest = hashlib.sha256(Path(argument).read_bytes()).hexdigest()
    return f"{Path(argument).name} {digest}"


@cache
def _parts_of_the_kernel() -> tuple[str, ...]:
    """`name==version` of ipykernel and all it needs, as installed for this Python."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    versions: dict[str, str] = {}
    names = ["ipykernel"]
    for name in names:
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if canonicalize_name(name) in versions:
            continue
        versions[canonicalize_name(name)] = found.version
        needed = map(Requirement, found.requires or ())
        names += [r.name for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]
    return tuple(sorted(f"{name}=={version}" for name, version in versions.items()))


async def _install(
    wanted: Iterable[str], folder: Path, progress: Callable[[str], None] | None
) -> None:
    if importlib.util.find_spec("pip") is None:
        raise PackagesUnavailable(
            f"this Python has no pip to install packages with. Fix: {sys.executable} -m ensurepip"
        )
    constraints = folder.with_name(f"{folder.name}.txt")
    constraints.write_text("\n".join(_parts_of_the_kernel()), encoding="utf-8")
    options = ["--target", str(folder), "--no-user", "--only-binary", ":all:"]
    options += ["--constraint", str(constraints), "--no-input", "--progress-bar", "off"]
    command = [sys.executable, "-P", "-m", "pip", "install", *options, "--", *wanted]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        umask=0o022,  # the sandbox's user is another one
    )
    assert process.stdout is not None
    said: deque[str] = deque(maxlen=_LAST_WORDS)
    try:
        async for line in process.stdout:
            text = line.decode(errors="replace").rstrip()
            _log.info("%s", text)
            said.append(text)
            if progress is not None:
                progress(text)
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        constraints.unlink(missing_ok=True)
    if status != 0:
        raise PackagesUnavailable(_failure(wanted, said))


def _failure(wanted: Iterable[str], said: Iterable[str]) -> str:
    errors = [line for line in said if line.startswith("ERROR")] or list(said)
    return (
        f"{', '.join(wanted)} could not be installed for the sandbox. pip said:\n"
        + "\n".join(f"  {line}" for line in errors)
        + "\nOnly wheels are installed, and what the notebook's kernel needs keeps its version."
    )


# matplotlib's list of fonts.

_LIST_FONTS = """
import base64, os, zlib
import matplotlib.font_manager
folder = matplotlib.get_cachedir()
for name in os.listdir(folder):
    if name.startswith("fontlist"):
        data = zlib.compress(open(os.path.join(folder, name), "rb").read())
        print(name, base64.b64encode(data).decode())
"""
_FONT_LIST = re.compile(r"(fontlist-v[0-9a-z.]{1,20}\.json) ([A-Za-z0-9+/=]+)\n")


async def _fonts(packages: Path | None, backends: Sequence[Backend]) -> Path | None:
    """The folder with the list for the matplotlib among `packages`, or else for that of this
    Python; None without one, or when the list could not be made: it saves time and nothing else."""
    if packages is None or not _matplotlib_in(str(packages)):
        packages = None
    version = _matplotlib_in(*(sys.path if packages is None else [str(packages)]))
    if not version:
        return None
    folder = cache_folder() / "matplotlib" / _key(version, str(packages or sys.prefix))
    if str(folder) not in _given_up:
        try:
            fit = [one for one in backends if one.isolation in ("namespace", "reduced")]
            await _once(folder, lambda fresh: _list_fonts(Libraries(packages), fit, fresh))
        except (SandboxError, OSError) as error:
            _log.info("matplotlib's list of fonts could not be made beforehand: %s", error)
            _given_up.add(str(folder))
    return folder if _stands(folder) else None


@cache
def _matplotlib_in(*folders: str) -> str:
    """The version of the first matplotlib installed in `folders`; empty without one."""
    found = importlib.metadata.distributions(name="matplotlib", path=list(folders))
    return next((one.version for one in found), "")


async def _list_fonts(libraries: Libraries, backends: Sequence[Backend], folder: Path) -> None:
    """Have matplotlib make the list in a sandbox, since that runs its code, and keep it."""
    said = await _said_inside(_LIST_FONTS, libraries, backends)
    found = _FONT_LIST.fullmatch(said)
    if found is None:
        raise SandboxError(said[-500:])
    try:
        unpacked = _unpacked(base64.b64decode(found[2]))
    except (binascii.Error, ValueError) as error:
        raise SandboxError(str(error)) from None
    path = folder / found[1]
    path.write_bytes(unpacked)
    path.chmod(0o644)


def _unpacked(data: bytes) -> bytes:
    import zlib

    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(data, _MOST_FONTS)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not unpacking.eof:
        raise ValueError("the list of fonts is cut, or too long")
    return unpacked


async def _said_inside(code: str, libraries: Libraries, backends: Sequence[Backend]) -> str:
    """What `code` prints in a sandbox of its own."""
    limits = Limits()
    sandbox = await open_sandbox(limits, backends, libraries)
    kernel = Kernel(sandbox, limits)
    try:
        async with asyncio.timeout(limits.cell_timeout):
            await kernel.connect()
            cell = Cell(limits)
            cell.begin(kernel.execute(code))
            while not cell.over:
                messages, more = kernel.receive()
                for message in messages:
                    cell.feed(message)
                if kernel.ended is not None and not more:
                    raise SandboxError(f"the kernel ended: {kernel.ended}")
                if not more and not cell.over:
                    await kernel.wait()
            result = cell.result()
    except TimeoutError:
        raise SandboxError(f"not done within {limits.cell_timeout:.0f} seconds") from None
    finally:
        kernel.close()
        await sandbox.close()
    if not result.ok:
        raise SandboxError(result.text())
    return result.stdout
