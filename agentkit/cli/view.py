"""Ways of showing a run: as JSON lines, or as plain text for pipes and files.

A view is given events and writes; it decides nothing. The one for terminals is in `terminal`.
`open_view` chooses among them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from agentkit.cli.wording import (
    call_text,
    call_title,
    clean,
    ending,
    numbered,
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
    ToolReturned,
    to_json,
)
from agentkit.models.load import Progress


class View(Protocol):
    """Shows what happens."""

    def loading(self, model: str) -> AbstractContextManager[Progress]:
        """Around the loading of a model; gives what is to be told of its weights."""
        ...

    def show(self, event: Event) -> None:
        """Show one event."""
        ...

    def say(self, text: str) -> None:
        """A remark of the command itself, which is never part of the answer."""
        ...

    def break_off(self) -> None:
        """The run ended without its last event: leave the screen in order."""
        ...


class _Quiet:
    """What JSON and plain text have in common: remarks go to stderr."""

    @contextmanager
    def loading(self, model: str) -> Iterator[Progress]:
        yield lambda done, total: None

    def say(self, text: str) -> None:
        print(clean(text), file=sys.stderr, flush=True)

    def break_off(self) -> None:
        """Nothing is open."""


class JsonView(_Quiet):
    """One event a line.

    Args:
        out: where the lines go.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: Event) -> None:
        self._out.write(to_json(event) + "\n")
        self._out.flush()


class PlainView(_Quiet):
    """The answer on stdout, what led to it on stderr, one short line each.

    The answer comes at the end, whole, with its sources below it; one that a limit cut comes as
    far as it got.

    Args:
        out: where the answer goes.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._titles: dict[str, str] = {}
        self._label = ""
        self._said: list[str] = []

    def show(self, event: Event) -> None:
        match event:
            case ReasoningDelta(text=text):
                self._collect("thinking", text)
            case PreambleDelta(text=text):
                self._collect("says", text)
            case TextDelta(text=text):
                self._collect("answer", text)
            case ToolCalled(call=call) | ApprovalRequested(call=call):
                self._tell_said()
                if call.id not in self._titles:
                    self._titles[call.id] = call_title(call)
                    self.say(f"{call_title(call)}: {one_line(call_text(call))}")
            case ToolReturned(call_id=call_id, message=message):
                title = self._titles.pop(call_id, "tool")
                self.say(f"{title} returned: {one_line(message.text)}")
            case RunFinished():
                self._finish(event)
            case _:
                pass

    def _collect(self, label: str, text: str) -> None:
        if label != self._label:
            self._tell_said()
        self._label = label
        self._said.append(text)

    def _tell_said(self) -> str:
        """Tell what was said on the last channel; gives it when it is the answer."""
        label, text = self._label, "".join(self._said)
        self._label, self._said = "", []
        if label and label != "answer":
            self.say(f"{label}: {one_line(text)}")
        return text if label == "answer" else ""

    def _finish(self, event: RunFinished) -> None:
        said = self._tell_said()
        if event.stop_reason == "pending":
            return
        answer = numbered(clean(str(event.output) if event.output is not None else said))
        if answer:
            sources = [source_line(*each) for each in enumerate(event.citations, start=1)]
            self._out.write("\n".join([answer.rstrip("\n"), *([""] if sources else []), *sources]))
            self._out.write("\n")
            self._out.flush()
        if why := ending(event.stop_reason, event.detail):
            self.say(why)
        self.say(usage_line(event.usage))


@contextmanager
def open_view(json: bool = False) -> Iterator[View]:
    """The way to show runs that fits where stdout goes.

    Args:
        json: events as JSON lines, wherever it goes.
    """
    if not json and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console

        from agentkit.cli.terminal import TerminalView

        yield TerminalView(Console())
    else:
        with own_stdout() as out:
            yield JsonView(out) if json else PlainView(out)


@contextmanager
def own_stdout() -> Iterator[TextIO]:
    """The process's stdout for the command alone.

    What tools print, and the programs they start, goes to stderr: it is not part of the answer.
    """
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)
    try:
        yield out
    finally:
        sys.stdout.flush()
        os.dup2(out.fileno(), 1)
        out.close()
