"""A run on a terminal: reasoning dimmed, calls and their output in boxes, the answer as it comes.

Everything is written once, from top to bottom, and never repainted, so nothing flickers and all of
it stays in the scrollback; only the one-line spinner comes and goes. What models and tools say is
cleaned and printed as plain text, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status
from rich.style import Style
from rich.syntax import Syntax
from rich.text import Text

from agentkit.citations import Citation, CitationStream
from agentkit.cli.wording import (
    Cleaner,
    call_text,
    call_title,
    clean,
    ending,
    one_line,
    source_line,
    usage_line,
)
from agentkit.events import (
    ApprovalRequested,
    Event,
    PreambleDelta,
    ReasoningDelta,
    RunFinished,
    TextDelta,
    ToolCalled,
    ToolCallStarted,
    ToolOutputDelta,
    ToolReturned,
    TurnStarted,
)
from agentkit.messages import ToolCall
from agentkit.models.load import Progress

WIDEST = 100
MOST_OUTPUT_ROWS = 24
_THEME = "ansi_dark"
_LINKED = ("http://", "https://", "file://")
_STYLES = {"thinking": "dim italic", "preamble": "", "answer": ""}


class TerminalView:
    """Shows a run on a terminal.

    Args:
        console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._speech: Speech | None = None
        self._box: Box | None = None
        self._asked_about = ""

    @contextmanager
    def loading(self, model: str) -> Iterator[Progress]:
        """A spinner with the model's name and how much of it is there."""
        what = f"Loading {one_line(model)}"
        self._spin(what)
        status = self._status

        def progress(done: int, total: int) -> None:
            if status is not None:
                status.update(_remark(f"{what}: {done:,} of {total:,} weights"))

        try:
            yield progress
        finally:
            self._rest()

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case TurnStarted():
                self._spin("Thinking")
            case ReasoningDelta(text=text):
                self._say("thinking", text)
            case PreambleDelta(text=text):
                self._say("preamble", text)
            case TextDelta(text=text):
                self._say("answer", text)
            case ToolCallStarted(recipient=recipient):
                self._end_speech()
                self._spin(f"Writing a call to {one_line(recipient, 60)}")
            case ToolCalled(call=call):
                self._open_box(call)
                self._spin(f"Running {call_title(call)}")
            case ApprovalRequested(call=call, reason=reason):
                self._ask(call, reason)
            case ToolOutputDelta(text=text):
                if self._box is not None:
                    self._box.stream(text)
            case ToolReturned():
                self._returned(event)
            case RunFinished():
                self._finish(event)
            case _:
                pass

    def say(self, text: str) -> None:
        """A remark of the command itself."""
        self._end_speech()
        self._console.print(Text(clean(text), style="dim"))

    def break_off(self) -> None:
        """End what is open: a spinner, a line, a box."""
        self._rest()
        self._end_speech()
        self._close_box("")

    # Speech

    def _say(self, channel: str, text: str) -> None:
        if self._speech is None or self._speech.channel != channel:
            self._end_speech()
            self._speech = Speech(self._console, channel)
        if self._speech.would_show(text):
            self._rest()
        self._speech.write(text)

    def _end_speech(self) -> None:
        if self._speech is not None:
            self._rest()
            self._speech.end()
            self._speech = None

    # Calls

    def _open_box(self, call: ToolCall) -> None:
        """Show a call, without its code when that was shown to ask about it."""
        self._rest()
        self._end_speech()
        self._box = Box(self._console, call_title(call))
        if call.id != self._asked_about:
            self._box.code(call_text(call))

    def _ask(self, call: ToolCall, reason: str) -> None:
        self._open_box(call)
        self._asked_about = call.id
        if self._box is not None:
            self._box.note("needs your approval" + (f": {one_line(reason)}" if reason else ""))
        self._close_box("")

    def _returned(self, event: ToolReturned) -> None:
        self._rest()
        if self._box is not None:
            self._box.finish(event.message.text, event.is_error)
        self._close_box(f"{event.seconds:.1f} s" if event.seconds >= 0.05 else "")

    def _close_box(self, remark: str) -> None:
        if self._box is not None:
            self._box.close(remark)
            self._box = None

    # Ending

    def _finish(self, event: RunFinished) -> None:
        self.break_off()
        if event.stop_reason == "pending":
            return
        self._asked_about = ""
        self._sources(event.citations)
        if why := ending(event.stop_reason, event.detail):
            style = "red" if event.stop_reason in ("error", "empty") else "yellow"
            self._console.print(Text(why, style=style))
        self._console.print(Text(usage_line(event.usage), style="dim"))

    def _sources(self, citations: Sequence[Citation]) -> None:
        """What the answer cites, one a line, each a link where the terminal can follow one."""
        for number, citation in enumerate(citations, start=1):
            url = clean(citation.url)
            link = url if url.startswith(_LINKED) else None
            style = Style(link=link) + Style.parse("" if citation.verified else "yellow")
            line = Text(source_line(number, citation), style=style)
            self._console.print(line, soft_wrap=True, highlight=False)
        if citations:
            self._console.print()

    def _spin(self, what: str) -> None:
        self._rest()
        self._status = self._console.status(_remark(what), spinner="dots")
        self._status.start()

    def _rest(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


def _remark(text: str) -> Text:
    return Text(f"{text}…", style="dim")


class Speech:
    """What the model says on one channel, written as it comes, citations in an answer as `[1]`.

    Blank lines around it are not shown, one is written after it.
    """

    def __init__(self, console: Console, channel: str) -> None:
        self.channel = channel
        self._console = console
        self._cleaner = Cleaner()
        self._citations = CitationStream()
        self._started = False
        self._blank = ""

    def would_show(self, text: str) -> bool:
        """True when writing `text` puts something on the screen."""
        return self._started or bool(text.strip())

    def write(self, text: str) -> None:
        """Add a part."""
        self._put(self._numbered(self._cleaner.feed(text)))

    def end(self) -> None:
        """Finish the line and leave a blank one."""
        self._put(self._numbered(self._cleaner.finish()) + self._citations.finish())
        if self._started:
            self._console.print("\n")

    def _numbered(self, text: str) -> str:
        return self._citations.feed(text) if self.channel == "answer" else text

    def _put(self, text: str) -> None:
        text = self._blank + text if self._started else text.lstrip()
        shown = text.rstrip()
        self._blank = text[len(shown) :]
        if shown:
            self._started = True
            self._console.print(
                Text(shown, style=_STYLES[self.channel]), end="", soft_wrap=True, highlight=False
            )


class Box:
    """A call and its output in one frame, written row by row.

    Args:
        console: the terminal.
        title: in the top border.
    """

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._width = max(min(console.width, WIDEST), 12)
        self._cleaner = Cleaner()
        self._streamed = ""
        self._line = ""
        self._rows = 0
        self._hidden = 0
        self._has_code = False
        self._border("╭", "╮", title, "bold cyan")

    def code(self, code: str) -> None:
        """The call."""
        if code:
            self._has_code = True
            syntax = Syntax("", "python", theme=_THEME, background_color="default")
            highlighted = syntax.highlight(code.expandtabs(4))
            highlighted.rstrip()
            self._put(highlighted)

    def note(self, text: str) -> None:
        """A remark in a row of its own."""
        self._put(Text(text, style="yellow"))

    def stream(self, part: str) -> None:
        """A part of the output; shown as soon as its line is whole."""
        self._add(self._cleaner.feed(part))

    def finish(self, output: str, is_error: bool) -> None:
        """The whole output, of which only what was not streamed is shown."""
        self._add(self._cleaner.finish())
        output = clean(output)
        seen = self._streamed.rstrip()
        if output.startswith(seen):
            self._add(output[len(seen) :].lstrip("\n") if seen else output, is_error)
        elif output.rstrip() not in seen:
            self._add("\n" + output if self._line else output, is_error)
        self._flush(is_error)

    def close(self, remark: str) -> None:
        """The bottom border."""
        self._flush(False)
        if self._hidden:
            self._put(Text(f"… {self._hidden:,} more lines", style="dim"))
        self._border("╰", "╯", remark, "dim", right=True)
        self._console.print()

    def _add(self, text: str, is_error: bool = False) -> None:
        if not text:
            return
        self._streamed += text
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._output_row(line, is_error)

    def _flush(self, is_error: bool) -> None:
        if self._line:
            self._output_row(self._line, is_error)
        self._line = ""

    def _output_row(self, line: str, is_error: bool) -> None:
        if self._has_code and not self._rows:
            self._border("├", "┤", "", "dim")
        self._rows += 1
        if self._rows > MOST_OUTPUT_ROWS:
            self._hidden += 1
            return
        self._put(Text(line.expandtabs(8), style="red" if is_error else ""))

    def _put(self, text: Text) -> None:
        """`text` between the borders, as many rows as it takes."""
        width = self._width - 4
        for row in text.wrap(self._console, width):
            row.truncate(width, pad=True)
            self._print(Text.assemble(("│ ", "dim"), row, (" │", "dim")))

    def _border(
        self, left: str, right_end: str, label: str, style: str, *, right: bool = False
    ) -> None:
        shown = f" {one_line(label, self._width - 8)} " if label else ""
        rule = "─" * (self._width - 4 - Text(shown).cell_len)
        parts = (rule, "─") if right else ("─", rule)
        self._print(
            Text.assemble(
                (left + parts[0], "dim"),
                (shown, style),
                ("─" + parts[1], "dim"),
                (right_end, "dim"),
            )
        )

    def _print(self, row: Text) -> None:
        self._console.print(row, no_wrap=True, overflow="ignore", crop=False, highlight=False)
