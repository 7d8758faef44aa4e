"""Text for a terminal: what models and tools say made harmless, and what is said about a run.

Whatever comes from a model or a tool goes through a `Cleaner` before it is shown: no escape
sequence, control character or direction override gets through, also not one that comes in parts.
"""

from __future__ import annotations

import json
import re

from agentkit.citations import Citation, CitationStream
from agentkit.messages import ToolCall
from agentkit.usage import Usage

_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, screen
    r"|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC and other strings: title, clipboard, links
    r"|[ -/]+[0-~]|[0-OQ-WYZ\\`-~])"  # the short ones
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_SEQUENCE = 4_096


class Cleaner:
    """Makes a text that comes in parts harmless for a terminal; keeps line ends and tabs."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, part: str) -> str:
        """What can be shown of the text so far and was not given before."""
        text = self._held + part
        self._held = ""
        unfinished = _UNFINISHED.search(text)
        if unfinished and len(text) - unfinished.start() <= _LONGEST_SEQUENCE:
            text, self._held = text[: unfinished.start()], text[unfinished.start() :]
        elif text.endswith("\r"):
            text, self._held = text[:-1], "\r"
        return _cleaned(text)

    def finish(self) -> str:
        """The rest; the cleaner can then be used anew."""
        rest, self._held = self._held, ""
        return _cleaned(rest)


def clean(text: str) -> str:
    """A whole text made harmless for a terminal."""
    cleaner = Cleaner()
    return cleaner.feed(text) + cleaner.finish()


def _cleaned(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _ESCAPE.sub("", text))


def call_title(call: ToolCall) -> str:
    """The called tool's short name, as resolved or as the model wrote it."""
    return one_line(call.name or call.recipient or "no tool", 60).removeprefix("functions.")


def call_text(call: ToolCall) -> str:
    """A call as code: a python call's own, a function's as `get_order(order_id="#W123")`."""
    if not call.arguments:
        takes_json = call.name.partition(".")[2]
        return f"{call_title(call)}()" if takes_json else clean(call.text).strip("\n")
    arguments = ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in call.arguments.items()
    )
    return clean(f"{call_title(call)}({arguments})")


def one_line(text: str, most: int = 200) -> str:
    """`text` on one line, cut to `most` characters."""
    line = " ".join(clean(text[: 8 * most]).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def numbered(answer: str) -> str:
    """A whole answer with `[1]` in place of `【3†L8-L12】`."""
    stream = CitationStream()
    return stream.feed(answer) + stream.finish()


def source_line(number: int, citation: Citation) -> str:
    """A numbered source: `[1] Museum - https://museum.example/ (lines 8-12)`.

    What was never shown to the model is marked as not verified.
    """
    title = one_line(citation.title, 120)
    url = one_line(citation.url, 1_100)
    what = " - ".join(filter(None, [title, url])) or f"page {citation.cursor}"
    remarks = filter(None, [citation.where, "" if citation.verified else "not verified"])
    remark = ", ".join(remarks)
    return f"[{number}] {what}" + (f" ({remark})" if remark else "")


def usage_line(usage: Usage) -> str:
    """What a run used: `2 turns · 1 call · 74 tokens · 31 tokens/s · 210 of 480 cached`."""
    parts = [_count(usage.turns, "turn")]
    if usage.tool_calls:
        parts.append(_count(usage.tool_calls, "call"))
    parts.append(_count(usage.output_tokens, "token"))
    if usage.model_seconds > 0:
        parts.append(f"{usage.output_tokens / usage.model_seconds:,.1f} tokens/s")
    if usage.prompt_tokens:
        parts.append(f"{usage.cached_tokens:,} of {usage.prompt_tokens:,} prompt tokens cached")
    return " · ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def ending(stop_reason: str, detail: str) -> str:
    """Why a run ended without an answer, as a sentence; empty when it has one."""
    match stop_reason:
        case "final":
            return ""
        case "limit":
            return clean(f"Stopped by a limit: {detail}")
        case "cancelled":
            return "Cancelled."
        case _:
            return clean(detail or f"The run ended: {stop_reason}.")
