"""Libraries made ready for notebooks: real wheels, installed by the real pip from a local folder.

A wheel is a zip file with a few lines of metadata, so the tests write their own.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
import tomllib
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from sandbox import IsolationUnavailable, Notebook, PackagesUnavailable
from sandbox.cell import Cell
from sandbox.isolation import Bubblewrap, choose, open_sandbox
from sandbox.kernel import Kernel
from sandbox.libraries import SCIENTIFIC, Libraries, build_libraries, cache_folder
from sandbox.limits import Limits
from tests.sandbox.support import REPOSITORY

Wheel = Callable[..., Path]


@pytest.fixture(autouse=True)
def private_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and an index that is one folder of this machine."""
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return index


@pytest.fixture
def wheel(private_cache: Path) -> Wheel:
    """Writes a wheel with one module into the index."""

    def write(name: str, number: str = "1.0", *, code: str = "", needs: str = "") -> Path:
        path = private_cache / f"{name}-{number}-py3-none-any.whl"
        info = f"{name}-{number}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n"
        if needs:
            metadata += f"Requires-Dist: {needs}\n"
        members = {
            f"{name}.py": code or f"version = {number!r}\n",
            f"{info}/METADATA": metadata,
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{member},,\n" for member in (*members, f"{info}/RECORD"))
        with zipfile.ZipFile(path, "w") as archive:
            for member, text in {**members, f"{info}/RECORD": record}.items():
                archive.writestr(member, text)
        return path

    return write


async def build(*packages: str, progress: Callable[[str], None] | None = None) -> Libraries:
    """The packages alone, without a list of fonts, which these tests do not look at."""
    return await build_libraries(packages, backends=[], progress=progress)


async def run_with(libraries: Libraries, code: str) -> Any:
    """What `code` prints as JSON in a sandbox with these libraries."""
    limits = Limits(cell_timeout=60)
    sandbox = await open_sandbox(limits, choose(), libraries)
    kernel = Kernel(sandbox, limits)
    try:
        await kernel.connect()
        cell = Cell(limits)
        cell.begin(kernel.execute(code))
        while not cell.over:
            messages, more = kernel.receive()
            for message in messages:
                cell.feed(message)
            if not more and not cell.over:
                await kernel.wait()
        result = cell.result()
    finally:
        kernel.close()
        await sandbox.close()
    assert result.ok, result.text()
    return json.loads(result.stdout)


def folders(kind: str) -> list[Path]:
    """What the cache holds of a kind; locks, which stay, left out."""
    return sorted(each for each in (cache_folder() / kind).iterdir() if each.suffix != ".lock")


async def test_a_package_and_what_it_needs_is_there_for_the_code_and_nobody_else(
    wheel: Wheel,
) -> None:
    wheel("helper_of_a")
    wheel("package_a", code="import helper_of_a as h\nseen = h.version", needs="helper_of_a>=1")
    libraries = await build("package_a")
    code = """
import json, subprocess, sys, package_a
child = subprocess.run([sys.executable, "-c", "import package_a; print(package_a.seen)"],
                       capture_output=True, text=True)
try:
    open(package_a.__file__, "a")
except OSError as error:
    refused = type(error).__name__
print(json.dumps([package_a.seen, child.stdout, refused]))
"""
    seen, in_a_child, refused = await run_with(libraries, code)
    assert (seen, in_a_child) == ("1.0", "1.0\n")
    assert refused in ("PermissionError", "OSError")
    assert importlib.util.find_spec("package_a") is None


async def test_nothing_of_a_package_runs_outside(wheel: Wheel, tmp_path: Path) -> None:
    trace = tmp_path / "it ran"
    wheel("package_b", code=f"open({str(trace)!r}, 'w')")
    await build("package_b")
    assert not trace.exists()


async def test_a_source_package_is_refused_because_building_runs_its_code(
    private_cache: Path, tmp_path: Path
) -> None:
    import tarfile

    source = tmp_path / "package_c-1.0"
    source.mkdir()
    (source / "setup.py").write_text(f"open({str(tmp_path / 'it ran')!r}, 'w')")
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: package_c\nVersion: 1.0\n")
    with tarfile.open(private_cache / "package_c-1.0.tar.gz", "w:gz") as archive:
        archive.add(source, source.name)
    with pytest.raises(PackagesUnavailable, match="Only wheels are installed"):
        await build("package_c")
    assert not (tmp_path / "it ran").exists()


async def test_the_second_time_is_immediate_in_any_order_and_asks_nobody(
    wheel: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (wheel("package_d"), wheel("package_e")):
        assert path.is_file()
    said: list[str] = []
    first = await build("package_d", "package_e==1.0", progress=said.append)
    assert any("Successfully installed" in line for line in said)
    monkeypatch.setenv("PIP_FIND_LINKS", "/nonexistent")
    said.clear()
    assert await build("package_e==1.0", "package_d", progress=said.append) == first
    assert not said


async def test_a_wheel_file_is_told_apart_by_what_is_in_it(wheel: Wheel) -> None:
    path = wheel("package_f", code="color = 'red'")
    one = await build(str(path))
    path = wheel("package_f", code="color = 'blue'")
    two = await build(str(path))
    assert one.packages is not None
    assert two.packages is not None
    assert "red" in (one.packages / "package_f.py").read_text()
    assert "blue" in (two.packages / "package_f.py").read_text()


async def test_what_the_kernel_is_made_of_keeps_its_version_and_the_rest_gives_way(
    wheel: Wheel,
) -> None:
    wheel("traitlets", "1.0", code="raise SystemExit")
    with pytest.raises(PackagesUnavailable, match="what the notebook's kernel needs keeps"):
        await build("traitlets==1.0")
    wheel("sortedcontainers", "99.0")
    libraries = await build("sortedcontainers==99")
    code = "import json, sortedcontainers as s; print(json.dumps([s.version, s.__file__]))"
    seen, file = await run_with(libraries, code)
    assert version("sortedcontainers") != "99.0"  # this Python's own
    assert seen == "99.0"
    assert Path(file).parent == libraries.packages


@pytest.mark.parametrize(
    "text",
    ["-r list.txt", "--index-url=http://127.0.0.1/", "http://127.0.0.1/a-1-py3-none-any.whl",
     "a @ file:///tmp/a", "./a", "/etc/passwd", "git+https://127.0.0.1/a", "a b", ""],
)  # fmt: skip
async def test_only_requirements_and_wheel_files_are_taken(text: str) -> None:
    with pytest.raises(PackagesUnavailable, match=r"not a requirement such as .*PIP_INDEX_URL"):
        await build(text)


async def test_a_string_is_not_a_list_of_packages() -> None:
    with pytest.raises(PackagesUnavailable, match=r"\['numpy'\]"):
        await build_libraries("numpy")


async def test_a_failure_is_told_in_pips_words_and_leaves_nothing(wheel: Wheel) -> None:
    with pytest.raises(PackagesUnavailable) as caught:
        await build("package_g>=2")
    assert "No matching distribution found for package_g>=2" in str(caught.value)
    assert folders("packages") == []
    wheel("package_g", "2.0")
    assert (await build("package_g>=2")).packages in folders("packages")


async def test_a_missing_wheel_and_a_missing_pip_are_named(
    wheel: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PackagesUnavailable, match=r"no wheel /nonexistent/a-1-py3-none-any\.whl"):
        await build("/nonexistent/a-1-py3-none-any.whl")
    path = wheel("package_h")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(PackagesUnavailable, match="-m ensurepip"):
        await build(str(path))


async def test_a_cache_that_cannot_be_written_to_is_an_error_of_its_own(
    wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel("package_i")
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(PackagesUnavailable, match="XDG_CACHE_HOME"):
        await build("package_i")
    assert (await build_libraries()).packages is None


BUILD = """
import asyncio, sys
from sandbox.libraries import build_libraries
said = []
def tell(line): print(line, flush=True)
libraries = asyncio.run(build_libraries(["package_j"], backends=[], progress=said.append))
print(libraries.packages, len(said) > 0)
"""


async def test_of_many_processes_one_installs_and_all_get_the_same(wheel: Wheel) -> None:
    wheel("package_j")
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", BUILD, cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]
    printed = [(await process.communicate())[0].decode().split() for process in processes]
    assert len({folder for folder, _ in printed}) == 1
    assert [ran for _, ran in printed].count("True") == 1


async def test_a_cancelled_or_killed_installation_is_no_installation(
    wheel: Wheel, private_cache: Path
) -> None:
    wheel("package_k")
    begun = asyncio.Event()
    building = asyncio.create_task(build("package_k", progress=lambda _: begun.set()))
    await begun.wait()
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    assert folders("packages") == []

    killed = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", BUILD.replace("package_j", "package_k").replace("said.append", "tell")),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    assert killed.stdout is not None
    await killed.stdout.readline()
    killed.kill()
    await killed.wait()
    libraries = await build("package_k")
    assert libraries.packages is not None
    assert (libraries.packages / "package_k.py").is_file()
    assert folders("packages") == [libraries.packages]


async def test_matplotlib_finds_its_list_of_fonts_made() -> None:
    libraries = await build_libraries()
    assert libraries.fonts is not None
    code = """
import json, logging, os
heard = []
logging.getLogger("matplotlib.font_manager").handle = lambda record: heard.append(record.msg)
logging.getLogger("matplotlib.font_manager").setLevel("DEBUG")
folder = os.environ["MPLCONFIGDIR"]
before = [(name, os.stat(os.path.join(folder, name)).st_mtime) for name in os.listdir(folder)]
import matplotlib.pyplot
after = [(name, os.stat(os.path.join(folder, name)).st_mtime) for name in os.listdir(folder)]
matplotlib.get_cachedir()
print(json.dumps([before == after, len(before), os.access(folder, os.W_OK), heard]))
"""
    same, count, writable, heard = await run_with(libraries, code)
    assert (same, count, writable) == (True, 1, True)
    assert not [text for text in heard if "generated new" in text]
    code = code.replace("import matplotlib.pyplot", "import matplotlib.font_manager")
    same, count, _, _ = await run_with(Libraries(), code.replace("os.listdir(folder)", "()"))
    assert count == 0


async def test_plots_appear_without_a_word_about_fonts() -> None:
    async with Notebook(Limits(cell_timeout=60)) as notebook:
        imported = await notebook.execute("import matplotlib.pyplot as plt")
        shown = await notebook.execute("plt.plot([1, 2, 3]); plt.show(); print('after')")
        left_open = await notebook.execute(
            "plt.plot([1]); plt.title('\\u65e5\\u672c', fontname='No Such Font');"
        )
        nothing = await notebook.execute("2 + 2")
    assert [imported.text(), nothing.text()] == ["(no output)", "4"]
    assert [type(output).__name__ for output in shown.outputs] == ["Display", "Stream"]
    for result in (shown, left_open):
        assert result.ok
        assert result.stderr == ""
        (display,) = result.displays
        assert display.image is not None
        assert 400 <= display.image.width <= 800
        assert 300 <= display.image.height <= 600


async def test_a_notebook_with_packages_runs_them(wheel: Wheel) -> None:
    wheel("package_l", code="answer = 42")
    async with Notebook(packages=["package_l"], backend="bubblewrap") as notebook:
        result = await notebook.execute("import package_l; package_l.answer")
    assert result.text() == "42"
    with pytest.raises(PackagesUnavailable, match="package_m"):
        await Notebook(packages=["package_m"]).start()


async def test_without_isolation_the_list_of_fonts_is_simply_not_there() -> None:
    libraries = await build_libraries(backends=[Bubblewrap("/nonexistent/bwrap")])
    assert libraries == Libraries()
    with pytest.raises(IsolationUnavailable):
        await open_sandbox(Limits(), [Bubblewrap("/nonexistent/bwrap")], libraries)


def test_the_scientific_set_is_the_extra() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert list(SCIENTIFIC) == project["optional-dependencies"]["sandbox-libs"]
