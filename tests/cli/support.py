"""The real command in a process of its own: in a pipe, or on a terminal that the test types at."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
SCRIPTED = "tests.cli.scripted"
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")


def model(name: str) -> list[str]:
    """Options for a scripted model that has every scripted tool."""
    return ["--model", f"{SCRIPTED}:{name}", "--tools", f"{SCRIPTED}:every_tool"]


def command(*arguments: str) -> list[str]:
    """The command as a process is given it."""
    return [sys.executable, "-m", "agentkit.cli", *arguments]


@dataclass(frozen=True)
class Ended:
    """How the command ended, and all it wrote."""

    status: int
    out: str
    err: str


def in_a_process(*arguments: str, env: dict[str, str] | None = None) -> Ended:
    """Run the command to its end."""
    run = subprocess.run(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"AGENTKIT_MODEL": ""} | (env or {}),
        timeout=200,
    )
    return Ended(run.returncode, run.stdout, run.stderr)


class Terminal:
    """The command on a pseudo-terminal of 80 columns, which controls it: Ctrl-C is a real signal.

    Args:
        arguments: of the command.
        state: folder for the user's files.
    """

    def __init__(self, *arguments: str, state: Path) -> None:
        self._screen, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        environment = os.environ | {
            "TERM": "xterm-256color",
            "XDG_STATE_HOME": str(state),
            "AGENTKIT_MODEL": "",
        }
        self._process = subprocess.Popen(
            command(*arguments),
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(inside)
        self.raw = ""
        self._read = 0

    @property
    def text(self) -> str:
        """All that was shown, without the terminal's own control sequences."""
        return _ANSI.sub("", self.raw).replace("\r\n", "\n")

    def expect(self, wanted: str, seconds: float = 60) -> None:
        """Wait until `wanted` is shown after what was expected before."""
        until = time.monotonic() + seconds
        while (at := self.text.find(wanted, self._read)) < 0:
            if time.monotonic() > until or not self._receive():
                raise AssertionError(f"{wanted!r} did not come; the terminal shows:\n{self.text}")
        self._read = at + len(wanted)

    def press(self, keys: str) -> None:
        """Press keys; `\\x03` is Ctrl-C, `\\x04` is Ctrl-D."""
        os.write(self._screen, keys.encode())

    def wait(self, seconds: float = 60) -> int:
        """The exit status, when the command has ended and all was read."""
        until = time.monotonic() + seconds
        while self._receive():
            if time.monotonic() > until:
                raise AssertionError(f"The command goes on; the terminal shows:\n{self.text}")
        return self._process.wait(seconds)

    def _receive(self) -> bool:
        """Read what has come, waiting a little; False when the command has closed the terminal."""
        if not select.select([self._screen], [], [], 0.2)[0]:
            return True
        try:
            part = os.read(self._screen, 65_536)
        except OSError:  # how Linux says that nobody holds the other side any more
            return False
        self.raw += part.decode("utf-8", "replace")
        return bool(part)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._screen)
