"""What running a cell gave, and how it reads to a model. Values only: nothing here runs or waits.

The text of a result is built for a language model: stdout and stderr in the order they came, the
value of the last expression, one traceback without colours or library internals, images as
placeholders, and notices in brackets about anything the code itself could not have printed. HTML,
SVG and JavaScript are never shown.

The content comes from untrusted code: whoever puts it into a prompt must encode it as ordinary
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

__all__ = [
    "Death",
    "Display",
    "Error",
    "ExecutionResult",
    "Image",
    "Notice",
    "Outcome",
    "Output",
    "Result",
    "State",
    "Status",
    "Stream",
    "clean",
    "render",
    "shorten",
    "trim_traceback",
]

Outcome = Literal["ok", "error", "interrupted", "timeout", "died"]
Death = Literal["memory", "disk", "exit", "signal", "message", "killed", "closed", "lost"]
State = Literal["new", "starting", "idle", "busy", "dead", "closed"]


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG that code displayed; `width` and `height` in pixels, from its header.

    `path` is where it was saved inside the sandbox; None when it was not.
    """

    data: bytes
    width: int
    height: int
    format: Literal["png"] = "png"
    path: str | None = None

    @property
    def placeholder(self) -> str:
        saved = f" saved as {self.path}" if self.path else ""
        return f"[image/{self.format} {self.width}x{self.height}{saved}]"


@dataclass(frozen=True, slots=True)
class Stream:
    """Text written to stdout or stderr. `background`: by a thread or process an earlier cell left
    behind."""

    text: str
    name: Literal["stdout", "stderr"] = "stdout"
    background: bool = False
    type: Literal["stream"] = "stream"


@dataclass(frozen=True, slots=True)
class Result:
    """The value of the last expression, as text and perhaps as an image."""

    text: str
    image: Image | None = None
    type: Literal["result"] = "result"


@dataclass(frozen=True, slots=True)
class Display:
    """Something shown with `display()` or a plot."""

    text: str
    image: Image | None = None
    type: Literal["display"] = "display"


@dataclass(frozen=True, slots=True)
class Error:
    """An exception that ended the cell. `traceback` holds its parts as IPython made them, colours
    removed."""

    name: str
    value: str
    traceback: tuple[str, ...] = ()
    type: Literal["error"] = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the notebook itself has to say, such as a time limit or a kernel that was restarted."""

    text: str
    type: Literal["notice"] = "notice"


Output = Stream | Result | Display | Error | Notice


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """One finished cell.

    Args: outputs: everything it put out, in order; neighbouring pieces of one stream are joined.
        outcome: `ok`; `error` (it raised); `interrupted` (by `interrupt()`); `timeout`; `died`
        (the kernel
            ended under it).
        seconds: wall time the cell took.
        death: why the kernel ended, when it did (`memory`, `disk`, `exit`, `signal`, `message`: it
            sent one that was too large; `killed`: it did not stop when told to; `closed`; `lost`),
            otherwise None.
        status: exit status of a kernel that ended, negative for a signal as in `subprocess`.
    """

    outputs: tuple[Output, ...]
    outcome: Outcome
    seconds: float
    death: Death | None = None
    status: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the cell ran to its end without an exception."""
        return self.outcome == "ok"

    @property
    def stdout(self) -> str:
        return "".join(o.text for o in self.outputs if isinstance(o, Stream) and o.name == "stdout")

    @property
    def stderr(self) -> str:
        return "".join(o.text for o in self.outputs if isinstance(o, Stream) and o.name == "stderr")

    @property
    def value(self) -> str | None:
        """Text of the last expression's value, or None when there was none."""
        return next((o.text for o in reversed(self.outputs) if isinstance(o, Result)), None)

    @property
    def error(self) -> Error | None:
        """The exception that ended the cell, or None."""
        return next((o for o in reversed(self.outputs) if isinstance(o, Error)), None)

    @property
    def displays(self) -> tuple[Display | Result, ...]:
        """What was displayed, and the last expression's value when it is shown as an image."""
        return tuple(
            o
            for o in self.outputs
            if isinstance(o, Display) or (isinstance(o, Result) and o.image is not None)
        )

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(o.text for o in self.outputs if isinstance(o, Notice))

    def text(self, max_chars: int = 20_000) -> str:
        """The result exactly as a model is to read it.

        Args: max_chars: the longest text to return; more is cut in the middle, and the cut says
            how much. The
                notebook's own notices are never cut unless they alone are longer.

        Returns:
            The text without a final newline; `(no output)` when there is nothing to say.
        """
        notices = "\n".join(f"[{notice}]" for notice in self.notices)
        body = _join(o for o in self.outputs if not isinstance(o, Notice))
        if not body and not notices:
            return "(no output)"
        room = max(max_chars - len(notices) - 1, 0) if notices else max_chars
        parts = [part for part in (shorten(body, room), notices) if part]
        return shorten("\n".join(parts), max_chars)


@dataclass(frozen=True, slots=True)
class Status:
    """How a notebook is now.

    Args:
        backend: name of what isolates it; None before a sandbox is made and after it is closed.
        isolation: how strong that is, a word of `sandbox.isolation.Isolation`, likewise.
        state: `new` (nothing started yet), `starting`, `idle`, `busy` (a cell runs), `dead` (the
            kernel has ended; the next cell gets another), `closed`.
        memory: bytes in use; None where the backend cannot tell, as for the two after it.
        processes: how many there are in the sandbox.
        disk: bytes of files in `/mnt/data`.
        cells: cells run so far.
        restarts: kernels that were replaced.
    """

    backend: str | None
    isolation: str | None
    state: State
    memory: int | None
    processes: int | None
    disk: int | None
    cells: int
    restarts: int


def _join(outputs: Iterable[Output]) -> str:
    """Outputs one after the other: streams flow into each other, everything else has its own
    lines."""
    text = ""
    background = False
    for output in outputs:
        piece = render(output)
        late = isinstance(output, Stream) and output.background
        own_line = not isinstance(output, Stream) or late != background
        if own_line and text and not text.endswith("\n"):
            text += "\n"
        if late and not background:
            text += "[background output]\n"
        background = late
        text += piece + ("" if isinstance(output, Stream) else "\n")
    return text.rstrip("\n")


def render(output: Output) -> str:
    """One output as a model reads it, without the line breaks around it."""
    match output:
        case Stream():
            return clean(output.text)
        case Result() | Display():
            parts = (output.image.placeholder if output.image else "", clean(output.text))
            return "\n".join(part for part in parts if part)
        case Error():
            return trim_traceback(output)
        case Notice():
            return f"[{output.text}]"


_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """`text` as it would be left on a screen: without escape sequences, other control characters
    and overwritten progress lines."""
    text = _CONTROLS.sub("", _ANSI.sub("", text))
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


_CUT = re.compile(r"\[\.\.\. ([0-9,]{1,30}) characters (?:of output )?omitted \.\.\.\]")


def shorten(text: str, max_chars: int) -> str:
    """`text` cut in the middle to at most `max_chars` characters, with the number of those left
    out.

    The number includes what an earlier cut in the same place left out.
    """
    if len(text) <= max_chars:
        return text
    room = max_chars - 60  # the longest marker
    if room < 2:
        return text[: max(max_chars, 0)]
    start, end = room - room // 2, len(text) - room // 2
    count = 0
    for earlier in _CUT.finditer(text, max(start - 80, 0), end + 80):
        if earlier.start() < end and earlier.end() > start:
            count += int(earlier[1].replace(",", ""))
            start, end = min(start, earlier.start()), max(end, earlier.end())
    marker = f"\n[... {count + end - start:,} characters omitted ...]\n"
    return text[:start] + marker + text[end:]


_USER_FRAME = re.compile(r"(?:Cell In\[\d+\]|File (?:/mnt/data/|/tmp/|<))")
_FRAME = re.compile(r"(?:Cell In\[\d+\]|File [^\n]*)")
_RULE = re.compile(r"-{20,}\s*")
# The frame in which IPython runs a cell, where a traceback comes in Python's own form.
_RUNNER = re.compile(
    r"^[ |]*File [^\n]*/IPython/core/interactiveshell\.py\b[^\n]*\n[^\n]*exec\(code_obj[^\n]*\n",
    re.MULTILINE,
)
_FIRST_FRAMES, _LAST_FRAMES = 5, 10


def trim_traceback(error: Error) -> str:
    """One readable traceback: frames of the user's own code whole, each run of library frames as
    one line, and of an endless recursion the beginning and the end.

    Args: error: its `traceback` in the parts IPython sends: a rule, a heading, one part a frame,
        the exception
            (and again for a chained exception). Anything else is kept as it is.
    """
    shown: list[str] = []
    frames: list[str] = []
    for part in error.traceback:
        part = clean(part).strip("\n")
        if _FRAME.match(part) and "\n" in part:
            frames.append(part)
            continue
        shown += _trim_frames(frames)
        frames = []
        if part and not _RULE.fullmatch(part):
            shown.append(part)
    shown += _trim_frames(frames)
    text = _RUNNER.sub("", "\n".join(shown))
    return text or f"{error.name}: {error.value}".rstrip(": ")


def _trim_frames(frames: Sequence[str]) -> list[str]:
    """Neighbouring frames of one traceback."""
    lines: list[str] = []
    for own, group in groupby(frames, lambda frame: bool(_USER_FRAME.match(frame))):
        run = list(group)
        lines += run if own else [_hidden_frames(run)]
    omitted = len(lines) - _FIRST_FRAMES - _LAST_FRAMES
    if omitted > 1:
        lines[_FIRST_FRAMES:-_LAST_FRAMES] = [f"    [{omitted:,} more frames]"]
    return lines


def _hidden_frames(frames: Sequence[str]) -> str:
    last = frames[-1].partition("\n")[0].rstrip()
    more = f"    [{len(frames) - 1} library frames]\n" if len(frames) > 1 else ""
    return more + last
