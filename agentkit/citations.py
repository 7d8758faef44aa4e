"""Citations such as `【3†L8-L12】`: found in an answer, and resolved to what the model was shown.

Knows the browser's messages as they stand in a conversation: a header `[3] title (url)`, then the
lines with their numbers. Nothing else is needed, so that citations can be resolved in another
process, long after the pages are gone. A citation is verified when every line it names was shown;
whether the lines say what the answer says is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from agentkit.messages import Message

__all__ = ["Citation", "CitationStream", "citations"]

NAMESPACE = "browser."
FIND = "browser.find"

_FULL = 80

_MARK = re.compile(r"【 *([0-9]{1,6}) *†([^【】\n]{1,80})】")
_UNFINISHED = re.compile(r"【 *(?:[0-9]{1,6} *(?:†[^【】\n]{0,80})?)?\Z")
_RANGE = re.compile(r" *L? *([0-9]{1,7})(?: *[-\u2010-\u2015\u2212] *L? *([0-9]{1,7}))? *", re.I)
_SOURCE = re.compile(r" *source *", re.I)

_HEADER = re.compile(r"\[([0-9]+)\] (.*?)(?: \((\S+)\))?")
_WINDOW = re.compile(r"\*\*viewing lines \[([0-9]+) - ([0-9]+)\] of ([0-9]+)\*\*")
_LINE = re.compile(r"L([0-9]+): ")
_CUT = re.compile(r"\[\.\.\. [0-9,]+ characters cut \.\.\.\]")
_FOUND_IN = re.compile(r"Find results for text: `.*?` in `(.*?)`?")
_FIND_SUFFIX = "/find?pattern="
_SOURCE_PREFIX = "view-source:"

_LINK = re.compile("【[0-9]+†([^【】†]*)(?:†[^【】†]*)?】")
_LINK_TAIL = re.compile("^([^【】†]*)(?:†[^【】†]*)?】")
_LINK_HEAD = re.compile("【[0-9]*(?:†([^【】†]*)(?:†[^【】†]*)?)?$")


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that an answer names as its source.

    Args:
        cursor: the number of the page in the conversation.
        url: the page's address; empty for search results and for a page that was never shown.
        title: the page's; empty when it was never shown.
        start: first cited line; None when the page as a whole is cited.
        end: last cited line; None likewise.
        lines: the cited lines that were shown, without their numbers.
        quote: these lines as one line of text, links reduced to their text.
        verified: True when all that is cited was shown to the model.
    """

    cursor: int
    url: str
    title: str
    start: int | None
    end: int | None
    lines: tuple[str, ...] = field(repr=False)
    quote: str
    verified: bool

    @property
    def where(self) -> str:
        """The cited lines in words: `line 3`, `lines 8-12`; empty for the page as a whole."""
        if self.start is None:
            return ""
        return f"line {self.start}" if self.start == self.end else f"lines {self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as far as one message of the browser shows it.

    Args:
        cursor: its number.
        url: its address; empty for search results.
        title: its title.
        total: how many lines it has; 0 when the message does not say.
        lines: the shown lines by number.
    """

    cursor: int
    url: str
    title: str
    total: int
    lines: Mapping[int, str] = field(repr=False)

    def continues(self, other: Shown) -> bool:
        """True when both show the same page, as told by all that is known of it."""
        known = (self.url, self.title, self.total)
        if not self.url or known != (other.url, other.title, other.total):
            return False
        return all(self.lines[n] == other.lines[n] for n in self.lines.keys() & other.lines.keys())


@dataclass(frozen=True, slots=True)
class _Cited:
    """What a mark names: a page, and lines of it or None for the whole."""

    cursor: int
    start: int | None = None
    end: int | None = None


def citations(text: str, messages: Iterable[Message]) -> tuple[Citation, ...]:
    """The citations in `text`, each once, in the order in which they come.

    Args:
        text: an answer.
        messages: the conversation; of a cursor that was used twice the last page counts.
    """
    cited = _cited_in(text)
    if not cited:
        return ()
    shown = [page for message in messages if (page := shown_in(message)) is not None]
    return tuple(_resolved(each, shown) for each in cited)


def is_source(message: Message) -> bool:
    """True for what the browser has said, which citations may refer to."""
    return message.role == "tool" and (message.author or "").startswith(NAMESPACE)


def shown_in(message: Message) -> Shown | None:
    """What a message of the browser shows of a page; None for all other messages."""
    if not is_source(message):
        return None
    first, *rest = message.text.split("\n")
    header = _HEADER.fullmatch(first)
    window = _WINDOW.fullmatch(rest[0]) if rest else None
    if header is None or window is None:
        return None
    title, url = header[2].rstrip(), (header[3] or "").removeprefix(_SOURCE_PREFIX)
    if message.author == FIND:
        page, suffix, _ = url.rpartition(_FIND_SUFFIX)
        url = page if suffix else url
        title = found[1] if (found := _FOUND_IN.fullmatch(title)) else title  # a long one is cut
    lines = dict(_numbered(rest[2:], int(window[1]), int(window[2])))
    return Shown(int(header[1]), url, title, int(window[3]) + 1, lines)


def cursors_in(text: str) -> Iterator[int]:
    """The numbers of the pages that a text cites."""
    return (each.cursor for each in _cited_in(text))


class CitationStream:
    """Puts `[1]`, `[2]` in place of the marks of a text that comes in parts.

    The numbers are those of `citations` of the whole text, counted from 1.
    """

    def __init__(self) -> None:
        self._held = ""
        self._numbers: dict[_Cited, int] = {}

    def feed(self, delta: str) -> str:
        """What can be shown of the text so far and was not given before."""
        text = self._held + delta
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._held = text[end:]
        return self._numbered(text[:end])

    def finish(self) -> str:
        """The rest; the numbering goes on with what is fed next."""
        rest, self._held = self._held, ""
        return rest

    def _numbered(self, text: str) -> str:
        def number(mark: re.Match[str]) -> str:
            cited = _parsed(mark)
            if not cited:
                return mark[0]
            numbers = [self._numbers.setdefault(each, len(self._numbers) + 1) for each in cited]
            return "".join(f"[{each}]" for each in numbers)

        return _MARK.sub(number, text)


def _cited_in(text: str) -> list[_Cited]:
    return list(dict.fromkeys(each for mark in _MARK.finditer(text) for each in _parsed(mark)))


def _parsed(mark: re.Match[str]) -> list[_Cited]:
    """What a mark names; nothing when it cannot be read without guessing."""
    cursor, body = int(mark[1]), mark[2].partition("†")[0]
    if _SOURCE.fullmatch(body):
        return [_Cited(cursor)]
    ranges = [_RANGE.fullmatch(part) for part in body.split(",")]
    found = [_Cited(cursor, int(each[1]), int(each[2] or each[1])) for each in ranges if each]
    return found if len(found) == len(ranges) else []


def _resolved(cited: _Cited, shown: list[Shown]) -> Citation:
    own = next((page for page in reversed(shown) if page.cursor == cited.cursor), None)
    if own is None:
        return Citation(cited.cursor, "", "", cited.start, cited.end, (), "", verified=False)
    if cited.start is None or cited.end is None:
        return Citation(cited.cursor, own.url, own.title, None, None, (), "", verified=True)
    known = dict(own.lines)
    for page in shown:
        if page.continues(own):
            known = {**page.lines, **known}
    wanted = range(cited.start, min(cited.end + 1, own.total))
    lines = tuple(known[number] for number in wanted if number in known)
    verified = bool(lines) and len(lines) == cited.end + 1 - cited.start
    return Citation(
        cited.cursor, own.url, own.title, cited.start, cited.end, lines, _quote(lines), verified
    )


def _numbered(rows: list[str], first: int, last: int) -> Iterator[tuple[int, str]]:
    """The lines from `first` to `last`, each with its number.

    Where a long result was cut, the rows on both sides of the cut are not whole and do not count.
    """
    cut = next((at for at, row in enumerate(rows) if _CUT.fullmatch(row)), None)
    if cut is None:
        yield from _in_order(rows, first, last)
        return
    yield from _in_order(rows[: max(cut - 1, 0)], first, last)
    tail = rows[cut + 2 :]
    if tail and (number := _LINE.match(tail[0])):
        yield from _in_order(tail, max(int(number[1]), first + cut), last)


def _in_order(rows: list[str], first: int, last: int) -> Iterator[tuple[int, str]]:
    for number, row in zip(range(first, last + 1), rows, strict=False):
        mark = f"L{number}: "
        if not row.startswith(mark):
            return
        yield number, row[len(mark) :]


def _quote(lines: tuple[str, ...]) -> str:
    # A line that is full goes on in the next one, maybe in the middle of a word.
    text = "".join(line if len(line) == _FULL else f"{line} " for line in lines)
    text = _LINK.sub(r"\1", text)
    return " ".join(_LINK_HEAD.sub(r"\1", _LINK_TAIL.sub(r"\1", text)).split())
