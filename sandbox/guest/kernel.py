"""The notebook kernel: ipykernel with its sockets, output and messages kept within bounds.

Runs inside the sandbox as the user code's own process, so nothing here is a defence: code can undo
all of it. It is courtesy that keeps honest mistakes cheap. A gigabyte of prints, a huge repr or a
huge plot costs a few megabytes and leaves the kernel alive, where otherwise the memory limit would
end it; the host checks everything again.

Knows ipykernel's classes (6.29 and later); is handed addresses and bounds by the launcher.
"""

from __future__ import annotations

import contextlib
import contextvars
import fcntl
import logging
import os
import shutil
import socket
import sys
import termios
import threading
import time
import traceback
import warnings
from typing import Any

# A fifth of the start-up, unused here; ipykernel does without a debugger where there is none.
sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]

from collections import deque  # noqa: E402

from ipykernel.iostream import IOPubThread, OutStream  # noqa: E402
from ipykernel.kernelapp import IPKernelApp  # noqa: E402
from IPython.core.page import as_hook, display_page  # noqa: E402
from jupyter_client.session import Session  # noqa: E402
from traitlets.config import Config  # noqa: E402

_MARKER = 100
"""Characters that the marker of a cut may add to what is left."""


class OutputBudget:
    """How much a cell may still print. The beginning goes out at once, the end is kept back until
    the cell is over."""

    def __init__(self, characters: int) -> None:
        self._lock = threading.RLock()
        self._head = characters - characters // 2
        self._tail = characters // 2
        self.begin()

    def begin(self) -> None:
        """A new cell starts: all of the budget is there again."""
        self._left = self._head
        self._kept: deque[tuple[Any, str]] = deque()
        self._kept_size = 0
        self._omitted = 0

    def take(self, stream: Any, text: str) -> str:
        """The part of `text` to send now; the rest is kept as the possible end of the output."""
        with self._lock:
            now, later = text[: self._left], text[self._left :]
            self._left -= len(now)
            if later:
                self._keep(stream, later)
        return now

    def _keep(self, stream: Any, text: str) -> None:
        if len(text) > self._tail:
            self._omitted += len(text) - self._tail
            text = text[-self._tail :]
        self._kept.append((stream, text))
        self._kept_size += len(text)
        while self._kept_size > self._tail:
            owner, oldest = self._kept.popleft()
            over = self._kept_size - self._tail
            self._omitted += min(over, len(oldest))
            self._kept_size -= min(over, len(oldest))
            if over < len(oldest):
                self._kept.appendleft((owner, oldest[over:]))

    def rest(self) -> list[tuple[Any, str]]:
        """What was kept back, in order, after a line that counts what is missing before it."""
        with self._lock:
            kept = list(self._kept)
            if kept and self._omitted:
                count = f"\n[... {self._omitted:,} characters of output omitted ...]\n"
                kept.insert(0, (kept[0][0], count))
            self.begin()
        return kept


class BoundedStream(OutStream):
    """stdout or stderr that stops sending when the cell's budget is used up."""

    budget: OutputBudget | None = None

    def write(self, string: str) -> int:
        now = string if self.budget is None else self.budget.take(self, string)
        if now:
            super().write(now)
        return len(string)

    def write_rest(self, text: str) -> None:
        super().write(text)


class PipeToParent:
    """Carries what a forked child prints to the kernel, where there is no internet to send it
    through. Stands in for a context and a socket of ZeroMQ."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send_multipart(self, frames: list[Any], *_: Any, **__: Any) -> None:
        data = b"".join(bytes(frame).hex().encode() + b" " for frame in frames)
        self._end.sendall(data + b"\n")

    def close(self) -> None:
        pass

    term = close


def pipe_without_internet(thread: IOPubThread) -> None:
    """In place of ipykernel's own, which listens on 127.0.0.1."""
    inner: Any = thread
    inner._pipe_uuid = b""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    unread = bytearray()

    def on_readable(*_: Any) -> None:
        unread.extend(reader.recv(1 << 16))
        *lines, rest = bytes(unread).split(b"\n")
        unread[:] = rest
        for line in lines:
            inner._handle_pipe_msg([bytes.fromhex(part.decode()) for part in line.split(b" ")[:-1]])

    inner.io_loop.add_handler(reader.fileno(), on_readable, inner.io_loop.READ)
    inner._setup_pipe_out = lambda: (PipeToParent(writer), PipeToParent(writer))


def change_files_by_descriptor() -> None:
    """Have Python's own chmod and utime open a file first: by its path alone both are refused where
    the sandbox shares the host's files."""

    def opened(path: Any, dir_fd: int | None, follow_symlinks: bool) -> int:
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(path, flags if follow_symlinks else flags | os.O_NOFOLLOW, dir_fd=dir_fd)

    def chmod(
        path: Any, mode: int, *, dir_fd: int | None = None, follow_symlinks: bool = True
    ) -> None:
        fd = path if isinstance(path, int) else opened(path, dir_fd, follow_symlinks)
        try:
            os.fchmod(fd, mode)
        finally:
            if fd is not path:
                os.close(fd)

    by_descriptor = os.utime

    def utime(path: Any, times: Any = None, **options: Any) -> None:
        follow, dir_fd = options.pop("follow_symlinks", True), options.pop("dir_fd", None)
        fd = path if isinstance(path, int) else opened(path, dir_fd, follow)
        try:
            by_descriptor(fd, times, **options)
        finally:
            if fd is not path:
                os.close(fd)

    os.chmod, os.utime = chmod, utime


class BoundedSession(Session):
    """A Jupyter session whose messages stay small enough for the host to accept."""

    text_bound = 1 << 20
    message_bound = 32 << 20

    def send(
        self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **kw: Any
    ) -> Any:
        if isinstance(msg_or_type, dict):
            msg_or_type["content"] = self._bounded(msg_or_type.get("content"))
        else:
            content = self._bounded(content)
        return super().send(stream, msg_or_type, content, *args, **kw)

    def _bounded(self, value: Any, binary: bool = False) -> Any:
        """`value` with long strings cut in the middle and images that are too large replaced by a
        sentence."""
        if isinstance(value, dict):
            return {k: self._bounded(v, str(k).startswith("image/")) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._bounded(item) for item in value]
        if not isinstance(value, str):
            return value
        if binary:
            return value if len(value) < self.message_bound // 2 else ""
        if not value.isascii():  # half a character, as in some file names, fits into no message
            value = value.encode("utf-8", "backslashreplace").decode()
        if len(value) <= self.text_bound + _MARKER:  # a stream's own cut adds its marker
            return value
        half = self.text_bound // 2
        cut = f"\n[... {len(value) - 2 * half:,} characters omitted ...]\n"
        return value[:half] + cut + value[-half:]


class NotebookKernelApp(IPKernelApp):
    """ipykernel that takes its connection from memory, writes no file, and never drops a message
    it owes."""

    def init_connection_file(self) -> None:
        pass

    def write_connection_file(self, **kwargs: Any) -> None:
        pass

    def init_iopub(self, context: Any) -> None:
        context.sndhwm = (
            0  # a slow reader must not cost the "idle" that ends a cell; memory is limited anyway
        )
        super().init_iopub(context)  # type: ignore[no-untyped-call]


def ipython_config() -> Config:
    """IPython without colours, history on disk, or a debugger's view of frames."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.show_rewritten_input = False
    config.InteractiveShellApp.exec_PYTHONSTARTUP = False
    config.IPKernelApp.parent_handle = 0
    config.IPKernelApp.log_level = "CRITICAL"
    return config


def bound_output(shell: Any, characters: int) -> None:
    """Give stdout and stderr of each cell one budget of `characters`."""
    budget = OutputBudget(characters)

    def finish(*_: Any) -> None:
        await_children_output()
        for stream, text in budget.rest():
            stream.write_rest(text)

    shell.events.register("pre_run_cell", lambda *_: budget.begin())
    shell.events.register("post_run_cell", finish)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, BoundedStream):
            stream.budget = budget


def await_children_output(seconds: float = 0.25) -> None:
    """Let ipykernel's threads read what child processes have written, so that it is this cell's."""
    pipes = [s._fid for s in (sys.stdout, sys.stderr) if isinstance(s, OutStream) and s._fid]
    deadline = time.monotonic() + seconds
    waited = False
    while any(map(unread, pipes)) and time.monotonic() < deadline:
        waited = True
        time.sleep(0.002)
    if waited:
        time.sleep(0.002)  # the last piece is between the pipe and the stream


def unread(descriptor: int) -> int:
    """Bytes waiting in a pipe."""
    answer: bytes = fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4)
    return int.from_bytes(answer, sys.byteorder)


def keep_threads_with_their_cell() -> None:
    """Count what a thread prints as output of the cell that started it, as Python 3.14 does."""
    start = threading.Thread.start

    def start_in_context(thread: threading.Thread) -> None:
        context, run = contextvars.copy_context(), thread.run
        thread.run = lambda: context.run(run)  # type: ignore[method-assign]
        start(thread)

    threading.Thread.start = start_in_context  # type: ignore[assignment,method-assign]


def prefer_libraries() -> None:
    """Find modules on `PYTHONPATH` before this Python's own packages, but after its standard
    library. Not earlier than here: the launcher, which has rights, must not import from there."""
    own = (
        n for n, path in enumerate(sys.path) if path.endswith(("site-packages", "dist-packages"))
    )
    place = next(own, len(sys.path))
    sys.path[place:place] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))


def prepare_plots() -> None:
    """Put matplotlib's list of fonts, made beforehand, where it looks for it, and leave out what it
    says about fonts: the code's author can do nothing about it."""
    listed, folder = os.environ.pop("SANDBOX_MATPLOTLIB", ""), os.environ.get("MPLCONFIGDIR", "")
    if listed and folder and not os.path.exists(folder):
        with contextlib.suppress(OSError):
            shutil.copytree(listed, folder)  # matplotlib wants to write there
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")


def show_group(shell: Any, kind: Any, error: Any, trace: Any, **_: Any) -> list[str]:
    """Send a group of exceptions as the error it is; IPython itself only prints it."""
    lines = traceback.format_exception(kind, error, trace.tb_next)
    shell._showtraceback(kind, error, lines)
    return lines


def main(config: dict[str, Any], ready: int) -> None:
    """Run the kernel until it is killed.

    Args: config: `address` (prefix of the ipc paths), `key` (of the messages), `output`
        (characters a cell), `message`
            (bytes of the largest message), `offline` (there is not even a local internet).
        ready: descriptor to write to and close once every socket is bound.
    """
    if config.get("offline"):
        change_files_by_descriptor()
        IOPubThread._setup_pipe_in = pipe_without_internet  # type: ignore[method-assign]
    app = NotebookKernelApp.instance(config=ipython_config())
    app.transport, app.ip = "ipc", config["address"]
    app.shell_port, app.iopub_port, app.stdin_port, app.control_port, app.hb_port = 1, 2, 3, 4, 5
    app.outstream_class = f"{BoundedStream.__module__}.{BoundedStream.__qualname__}"
    app.session = BoundedSession(parent=app, key=config["key"].encode())
    app.session.message_bound = config["message"]
    app.initialize([])  # type: ignore[no-untyped-call]
    assert app.shell is not None
    del sys.modules["debugpy"]
    bound_output(app.shell, config["output"])
    keep_threads_with_their_cell()
    prefer_libraries()
    sys.path.insert(0, "")  # modules in the working directory; an isolated Python leaves it out
    app.shell.ask_exit = lambda: None  # `exit()` ends nothing: the notebook belongs to the host
    in_output: Any = as_hook  # `print?` shows what it finds
    app.shell.set_hook("show_in_pager", in_output(display_page), 0)
    app.shell.set_custom_exc((BaseExceptionGroup,), show_group)
    warnings.filterwarnings("ignore", message="To exit: use")
    prepare_plots()
    for name in ("TERM", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        os.environ.pop(name, None)
    os.environ["TERM"] = "dumb"
    os.write(ready, b"1")
    os.close(ready)
    app.start()  # type: ignore[no-untyped-call]
