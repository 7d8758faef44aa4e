"""One cell: from the messages about it to its result.

Collects outputs within bounds, knows when the cell is over (its own reply *and* its own idle, so
that one forged message cannot end it early), and finds the words for what happened to it. Values
in, values out: no sockets, no time but what it is told.
"""

from __future__ import annotations

import base64
import binascii
import time
import zlib
from typing import Any

from .kernel import Ended
from .limits import GIB, MIB, Limits
from .results import (
    Death,
    Display,
    Error,
    ExecutionResult,
    Image,
    Notice,
    Outcome,
    Output,
    Result,
    Stream,
)
from .wire import Message

__all__ = ["Cell", "obituary"]

_MOST_OUTPUTS = 2000
_PNG = b"\x89PNG\r\n\x1a\n"


class Cell:
    """What is known of one cell so far. Before it has begun that may be notices for it, and output
    that earlier ones were late with.

    Args:
        limits: how much output is kept, and the times to name in notices.
    """

    def __init__(self, limits: Limits) -> None:
        self.identity = ""
        self.timed_out = False
        self.interrupted = False
        self._limits = limits
        self._began = time.monotonic()
        self._ended: float | None = None
        self._outputs: list[Output] = []
        self._pieces: list[str] = []  # of the stream that is the last output
        self._room = 2 * limits.output
        self._image_room = limits.message
        self._dropped = 0
        self._replied = self._idle = False
        self._failed = False
        self._death: Death | None = None
        self._status: int | None = None

    @property
    def over(self) -> bool:
        """Whether the kernel has nothing more to say about the cell."""
        return (self._replied and self._idle) or self._death is not None

    def begin(self, identity: str) -> list[Output]:
        """The cell was sent to the kernel.

        Args:
            identity: id of the request, which the kernel's messages about it carry.

        Returns:
            The outputs it has already.
        """
        self.identity = identity
        self._began = time.monotonic()
        self._join_pieces()
        return list(self._outputs)

    def replace(self, old: Output, new: Output) -> None:
        """Have `new` in the place of `old`, an output of this cell that is not a stream."""
        for index, output in enumerate(self._outputs):
            if output is old:
                self._outputs[index] = new

    def note(self, text: str) -> Notice:
        """Add a notice of the notebook's own."""
        notice = Notice(text)
        self._append(notice)
        return notice

    def feed(self, message: Message) -> Output | None:
        """Take a message in. Returns the output it brings, if any is to be shown."""
        output = self._take(message)
        if self.over and self._ended is None:
            self._ended = time.monotonic()
        return output

    def _take(self, message: Message) -> Output | None:
        content = message.content
        if message.parent != self.identity or not self.identity:
            if message.kind != "stream" or not message.parent:
                return None
            return self._keep(Stream(_sound(content["text"]), content["name"], background=True))
        match message.kind:
            case "execute_reply":
                self._replied = True
                self._failed = self._failed or content["status"] != "ok"
            case "status":
                self._idle = self._idle or content["execution_state"] == "idle"
            case "stream":
                return self._keep(Stream(_sound(content["text"]), content["name"]))
            case "execute_result":
                return self._keep(Result(*_shown(content["data"])))
            case "display_data" | "update_display_data":
                return self._keep(Display(*_shown(content["data"])))
            case "error":
                parts = tuple(_sound(part) for part in content["traceback"])
                return self._keep(Error(_sound(content["ename"]), _sound(content["evalue"]), parts))
        return None

    def finish(self) -> list[Notice]:
        """The cell is over. Returns the notices still to show about it."""
        notices = []
        if self._dropped:
            notices.append(self.note(f"{self._dropped:,} more outputs of this cell were dropped"))
        self._join_pieces()
        if any(map(_is_failed_install, self._outputs)):
            notices.append(self.note(_NO_INSTALLING))
        if self.timed_out and self._death is None:
            seconds = f"{self._limits.cell_timeout:.1f}"
            text = f"Timed out after {seconds} seconds: the cell was interrupted."
            notices.append(self.note(f"{text} Variables and files are kept."))
        return notices

    def die(self, ended: Ended, death: Death | None = None) -> Notice:
        """The kernel ended under the cell. Returns the notice that says so."""
        self._death = death or death_of(ended)
        self._status = ended.status
        return self.note(obituary(self._death, ended, self._limits, timed_out=self.timed_out))

    def result(self) -> ExecutionResult:
        """The finished cell."""
        self._join_pieces()
        outcome: Outcome = "error" if self._failed or self._has_error() else "ok"
        if self._death is not None:
            outcome = "died"
        if self.interrupted and outcome in ("error", "died"):
            outcome = "interrupted"
        if self.timed_out:
            outcome = "timeout"
        return ExecutionResult(
            outputs=tuple(self._outputs),
            outcome=outcome,
            seconds=(self._ended or time.monotonic()) - self._began,
            death=self._death,
            status=self._status,
        )

    def _has_error(self) -> bool:
        return any(isinstance(output, Error) for output in self._outputs)

    def _keep(self, output: Output) -> Output | None:
        size = _characters(output)
        image = output.image if isinstance(output, Result | Display) else None
        picture = len(image.data) if image else 0
        if size > self._room or picture > self._image_room:
            self._dropped += 1
            return None
        self._room -= size
        self._image_room -= picture
        last = self._outputs[-1] if self._outputs else None
        if isinstance(output, Stream) and isinstance(last, Stream) and _same_stream(last, output):
            self._pieces.append(output.text)
        elif len(self._outputs) >= _MOST_OUTPUTS:
            self._dropped += 1
            return None
        else:
            self._append(output)
        return output

    def _append(self, output: Output) -> None:
        self._join_pieces()
        self._outputs.append(output)
        if isinstance(output, Stream):
            self._pieces = [output.text]

    def _join_pieces(self) -> None:
        """Make one output of all pieces of a stream, at once: joining one by one takes quadratic
        time."""
        last = self._outputs[-1] if self._outputs else None
        if isinstance(last, Stream):
            self._outputs[-1] = Stream("".join(self._pieces), last.name, last.background)


def death_of(ended: Ended) -> Death:
    """Why a kernel ended that nobody asked to end."""
    match ended.reason:
        case "memory" | "disk" | "message" as reason:
            return reason
    if ended.status is None or not ended.files:
        return "lost"
    return "signal" if ended.status < 0 else "exit"


def obituary(death: Death, ended: Ended, limits: Limits, *, timed_out: bool = False) -> str:
    """What happened to a kernel and what it means for the code that comes next, in plain words.

    Args:
        death: why it ended.
        ended: its status, and whether the files are still there.
        limits: the numbers to name.
        timed_out: whether it was killed for not stopping when the time was over.
    """
    causes: dict[Death, str] = {
        "memory": f"The kernel was killed for using more than {_size(limits.memory)} of memory",
        "disk": "The kernel was killed for making too many files",
        "exit": f"The kernel process exited with status {ended.status}",
        "signal": f"The kernel process died of signal {-(ended.status or 0)}",
        "message": f"The kernel sent a message of more than {_size(limits.message)} and was killed",
        "killed": "The cell did not stop when it was interrupted, so the kernel was killed",
        "closed": "The notebook was closed while the cell ran",
        "lost": "The sandbox ended unexpectedly",
    }
    cause = causes[death]
    if timed_out:
        seconds = f"{limits.cell_timeout:.1f}"
        cause = f"Timed out after {seconds} seconds. {cause}"
    if death == "closed":
        return f"{cause}."
    files = "kept" if ended.files else "lost"
    losses = "all variables, imports and running processes are lost"
    return f"{cause}. It was restarted: {losses}; files in /mnt/data are {files}."


def _size(count: int) -> str:
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / MIB:.0f} MiB"


def _same_stream(one: Stream, other: Stream) -> bool:
    return one.name == other.name and one.background == other.background


def _characters(output: Output) -> int:
    match output:
        case Error():
            return len(output.name) + len(output.value) + sum(map(len, output.traceback))
        case _:
            return len(output.text)


_PIP_FAILED = ("No matching distribution found for ", "Could not find a version that satisfies ")
_NO_INSTALLING = (
    "This notebook has no network, so nothing can be installed while it runs. Packages are given "
    "beforehand: Notebook(packages=[...])"
)


def _is_failed_install(output: Output) -> bool:
    """Whether this is what pip says when it finds no package, or a script that ran pip for one."""
    match output:
        case Stream(text):
            return any(sign in text for sign in _PIP_FAILED)
        case Error("CalledProcessError", command):
            return "pip" in command and "install" in command
    return False


def _sound(text: str) -> str:
    """`text` that can be encoded: halves of characters, which JSON can carry, are written out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


_AS_TEXT = ("text/plain", "text/markdown", "text/latex")


def _shown(data: dict[str, Any]) -> tuple[str, Image | None]:
    """Text and picture of a bundle of representations. Markup is named, never shown."""
    encoded = data.get("image/png")
    image = _png(encoded) if isinstance(encoded, str) else None
    for kind in _AS_TEXT:
        if isinstance(data.get(kind), str):
            return _sound(data[kind]), image
    if image is not None:
        return "", image
    kinds = ", ".join(sorted(_sound(str(kind))[:80] for kind in data)[:8]) or "nothing"
    return f"[{kinds}: not shown]", None


_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PNG_END = b"IEND\xaeB`\x82"
_MOST_PIXELS = 50_000_000  # a few bytes can stand for an image that fills a viewer's memory


def _png(encoded: str) -> Image | None:
    """The image, if this really is one by its beginning, its header, and its end.

    Source: PNG specification, third edition, sections 5.2, 5.6 and 11.2.1 (w3.org/TR/png-3).
    """
    try:
        data = base64.b64decode(encoded)
    except (binascii.Error, ValueError):
        return None
    if not data.startswith(_PNG + b"\0\0\0\x0dIHDR") or not data[33:].endswith(_PNG_END):
        return None
    header, checksum = data[12:29], data[29:33]
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if not 0 < width * height <= _MOST_PIXELS or data[24] not in _PNG_DEPTHS.get(data[25], ()):
        return None
    return Image(data, width, height) if zlib.crc32(header) == int.from_bytes(checksum) else None
