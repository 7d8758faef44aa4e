"""A Chromium from the npm registry, for machines without root: fetched, checked, unpacked.

The package is `@sparticuz/chromium` (MIT), a headless Chromium for x64 Linux with the libraries
that it needs. One version is pinned by its sha512, so it does not matter who hands it out. npm
fetches it where npm is installed; else it comes by plain HTTPS from the registry that npm is
configured for. It appears in the user's cache whole or not at all.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from agentkit.browser.document import BrowserError

PACKAGE = "@sparticuz/chromium"
VERSION = "153.0.0"
SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="

_REGISTRY = "https://registry.npmjs.org/"
_CONNECT_SECONDS = 20.0
_NPM_SECONDS = 600.0
_DECOMPRESS = """
const {readFileSync, writeFileSync} = require("fs");
const {brotliDecompressSync} = require("zlib");
for (const name of process.argv.slice(1))
    writeFileSync(name.slice(0, -3), brotliDecompressSync(readFileSync(name)));
"""
_PARTS = ("chromium.br", "al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br")
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir>{cache}</cachedir></fontconfig>
"""


def unpacked() -> Path | None:
    """The executable, once it is installed."""
    executable = _folder() / "chromium"
    return executable if executable.is_file() else None


def laid_out(executable: Path) -> bool:
    """True for an executable that `install` made, wherever it lies."""
    folder = executable.parent
    return (folder / "fonts.conf").is_file() and (folder / "lib" / "libnspr4.so").is_file()


def environment(folder: Path) -> dict[str, str]:
    """What the executable needs: its own libraries, and fonts where the machine has none.

    Args:
        folder: the executable's.
    """
    libraries = [str(folder / "lib"), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    needed = {"LD_LIBRARY_PATH": ":".join(libraries)}
    if not Path("/etc/fonts/fonts.conf").exists() and "FONTCONFIG_FILE" not in os.environ:
        needed["FONTCONFIG_FILE"] = str(folder / "fonts.conf")
    return needed


def install(node: Path, progress: Callable[[str], None]) -> Path:
    """Fetch, check and unpack it, unless that has been done.

    Args:
        node: a node to decompress with, such as Playwright's.
        progress: is told each step in one line.

    Returns:
        The executable.

    Raises:
        BrowserError: this is no x64 Linux, the registry cannot be reached, or what it gave is not
            the pinned package.
        OSError: the user's cache cannot be written to.
    """
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        raise BrowserError(f"is for x64 Linux, not {platform.system()} {platform.machine()}")
    folder = _folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.parent / ".lock"):
        if (executable := unpacked()) is not None:
            return executable
        _sweep(folder.parent)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as name:
            scratch = Path(name)
            archive = _fetch(scratch, progress)
            _check(archive)
            progress("unpacking")
            _unpack(archive, node, scratch / "ready")
            os.rename(scratch / "ready", folder)
    return folder / "chromium"


def _folder() -> Path:
    return platformdirs.user_cache_path("agentkit") / "chromium" / f"sparticuz-{VERSION}"


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """While this holds, no other process installs; the lock goes with its holder."""
    with open(lock, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path) -> None:
    """Remove what installations that were killed left behind."""
    for left in folder.glob(".new-*"):
        shutil.rmtree(left, ignore_errors=True)


# Fetching


def _fetch(folder: Path, progress: Callable[[str], None]) -> Path:
    """The package's archive, by npm where there is one, else by HTTPS."""
    npm = shutil.which("npm")
    why = "npm is not installed"
    if npm is not None:
        progress(f"npm fetches {PACKAGE} {VERSION} (70 MB)")
        done = subprocess.run(
            [npm, "pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--silent"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_NPM_SECONDS,
        )
        if packed := next(folder.glob("*.tgz"), None):
            return packed
        why = f"npm failed ({done.returncode}): {done.stderr.strip()[-200:]}"
    try:
        return _download(folder, progress)
    except (OSError, ValueError) as error:
        raise BrowserError(f"{why}; by HTTPS from {registry()}: {error}") from None


def _download(folder: Path, progress: Callable[[str], None]) -> Path:
    address = f"{registry()}{PACKAGE}/-/chromium-{VERSION}.tgz"
    target = folder / "package.tgz"
    with urllib.request.urlopen(address, timeout=_CONNECT_SECONDS) as answer:
        size, got, told = int(answer.headers.get("Content-Length") or 0), 0, 0
        with target.open("wb") as file:
            while part := answer.read(1 << 20):
                file.write(part)
                got += len(part)
                if got - told >= 8 << 20:
                    told = got
                    progress(f"fetched {got >> 20} of {size >> 20 or '?'} MiB")
    return target


def registry() -> str:
    """The npm registry of this machine, ending in a slash: npm's own settings, in npm's order."""
    settings = {key.lower(): value for key, value in os.environ.items()}
    scope = PACKAGE.split("/")[0]
    for name in (f"npm_config_{scope}:registry", "npm_config_registry"):
        if settings.get(name):
            return settings[name].rstrip("/") + "/"
    lines: dict[str, str] = {}
    for file in (Path("/etc/npmrc"), _user_settings(settings)):
        if file.is_file():
            for line in file.read_text("utf-8", "replace").splitlines():
                name, _, value = line.partition("=")
                if name.strip() in ("registry", f"{scope}:registry"):
                    lines[name.strip()] = value.strip().strip("\"'")
    found = lines.get(f"{scope}:registry") or lines.get("registry") or _REGISTRY
    return found.rstrip("/") + "/"


def _user_settings(settings: dict[str, str]) -> Path:
    return Path(settings.get("npm_config_userconfig") or "~/.npmrc").expanduser()


def _check(archive: Path) -> None:
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    if base64.b64encode(digest).decode() != SHA512:
        raise BrowserError(
            f"what {registry()} gave is not {PACKAGE} {VERSION}: its sha512 is "
            f"{base64.b64encode(digest).decode()[:16]}… instead of {SHA512[:16]}…"
        )


# Unpacking


def _unpack(archive: Path, node: Path, folder: Path) -> None:
    """Lay out the executable with its libraries and fonts in a new folder."""
    folder.mkdir()
    with tarfile.open(archive) as package:
        for part in (*_PARTS, "LICENSE"):
            inside = "package/LICENSE" if part == "LICENSE" else f"package/bin/{part}"
            member = package.extractfile(inside)
            if member is None:
                raise BrowserError(f"{PACKAGE} {VERSION} lacks {inside}")
            with member, (folder / part).open("wb") as file:
                shutil.copyfileobj(member, file)
    packed = [str(folder / part) for part in _PARTS]
    subprocess.run(
        [str(node), "-e", _DECOMPRESS, *packed], check=True, capture_output=True, timeout=300
    )
    for part in _PARTS:
        (folder / part).unlink()
        inner = folder / part.removesuffix(".br")
        if inner.suffix == ".tar":
            with tarfile.open(inner) as files:
                files.extractall(folder, filter="data")
            inner.unlink()
    (folder / "fonts.conf").write_text(_FONTS.format(cache=folder / "fonts-cache"), "utf-8")
    (folder / "chromium").chmod(0o755)
