"""A page as the model reads it: wrapped, numbered, seen through a window, searched.

Knows the text that gpt-oss was trained on (openai/gpt-oss, `tools/simple_browser`): a header with
the cursor, the window's lines with their numbers, links as `【id†text】`. A `Snapshot` never
changes and is wrapped once, so a scroll is a slice. Knows nothing of fetching or of other pages.

Every line of a page stands behind its `L{number}: `, and no text of a page holds a line break of
its own, so a page can imitate neither a header nor a line number. What its text says is not judged.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from copy import copy
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from textwrap import TextWrapper
from urllib.parse import quote, unquote_to_bytes, urlsplit

from agentkit.browser.document import BrowserError, Document
from agentkit.harmony.tokenizer import load_tokenizer

__all__ = ["Snapshot"]

WIDTH = 80
VIEW_TOKENS = 1024
MOST_MATCHES = 50
MATCH_LINES = 4
LINES_BEFORE_MATCH = 4
FIND_TITLE = "Find results for text: "

_LONGEST_URL = 1024
_LONGEST_TITLE = 300
_LONGEST_PARAGRAPH = 4_000
_NEAR_THE_TOP = 6
_LINES_BEFORE_MAIN = 2

_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f]")
_LINK = re.compile("【[0-9]+†([^†】]+)((?:†[^†】]+)?)】")
_ESCAPED = re.compile("(?:%[0-9A-Fa-f]{2})+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_BRACKETS = str.maketrans("【】", "〖〗")
_SOURCE = "view-source:"
_SOFT = "\0"


class _Page:
    """A document's text in lines of at most 80 characters, and what searching it needs.

    Args:
        document: the page.
        head: what stands above its text.

    Attributes:
        lines: without their line ends; joined, those of a paragraph are the paragraph.
        first: the line at which a first look should start.
    """

    def __init__(self, document: Document, head: str) -> None:
        text = head + _plain(document.text)
        self.document = document
        self.lines, self._paragraphs = _wrap(text)
        line = 0
        if document.main:
            line = self._line_at(text, len(head) + len(_plain(document.text[: document.main])))
        self.first = 0 if line <= _NEAR_THE_TOP else line - _LINES_BEFORE_MAIN

    def _line_at(self, text: str, position: int) -> int:
        """The line of the character at `position` of `text`."""
        paragraph = text.count("\n", 0, position)
        column = len(text[text.rfind("\n", 0, position) + 1 : position].expandtabs())
        start, *end = self._paragraphs[paragraph : paragraph + 2]
        ends = accumulate(map(len, self.lines[start : end[0] if end else None]))
        return start + sum(each <= column for each in ends)

    def matches(self, pattern: str) -> list[int]:
        """The lines at which `pattern`, in lower case, begins; those of one match count once."""
        text, starts = self._searched
        found: list[int] = []
        at = text.find(pattern)
        while at >= 0 and len(found) < MOST_MATCHES:
            line = bisect_right(starts, at) - 1
            found.append(line)
            behind = line + MATCH_LINES
            at = text.find(pattern, starts[behind]) if behind < len(self.lines) else -1
        return found

    @cached_property
    def without_links(self) -> list[str]:
        """The lines with links reduced to their text; as many as `lines`, each its counterpart."""
        return re.split(f"[{_SOFT}\n]", self._joined)

    @cached_property
    def _joined(self) -> str:
        """The page without link marks; wraps within a paragraph stand as NUL."""
        starts = self._paragraphs
        ends = (*starts[1:], len(self.lines))
        text = "\n".join(_SOFT.join(self.lines[a:b]) for a, b in zip(starts, ends, strict=True))
        return _LINK.sub(lambda link: link[1] + _SOFT * link[2].count(_SOFT), text)

    @cached_property
    def _searched(self) -> tuple[str, list[int]]:
        """The page in lower case with its paragraphs unwrapped, and where each line starts."""
        lower = self._joined.lower()
        ends = accumulate(len(part) for part in re.split(f"{_SOFT}|(?<=\n)", lower))
        return lower.replace(_SOFT, ""), [0, *ends]


class Snapshot:
    """A page under a number, as it was when it was opened.

    Args:
        cursor: the number the model knows it by.
        document: the page.
        address_line: whether an empty line and `URL: ...` stand above the text.

    Attributes:
        matches: of find results, the line of `origin` at which each link's match stands.
        origin: of find results, the page that was searched.
    """

    def __init__(self, cursor: int, document: Document, *, address_line: bool = True) -> None:
        self.cursor = cursor
        self.matches: tuple[int, ...] = ()
        self.origin: Snapshot | None = None
        self._page = _Page(document, f"\nURL: {_one_line(document.url)}\n" if address_line else "")

    @property
    def document(self) -> Document:
        """The page itself."""
        return self._page.document

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole page in lines of at most 80 characters."""
        return self._page.lines

    @property
    def first(self) -> int:
        """The line at which a first look should start, counted from 0."""
        return self._page.first

    def at(self, cursor: int) -> Snapshot:
        """The same page under another number; nothing is computed or copied."""
        other = copy(self)
        other.cursor = cursor
        return other

    @property
    def title(self) -> str:
        """On one line, never longer than 300 characters; the host when the page has none."""
        title = _one_line(self.document.title).translate(_BRACKETS)
        if len(title) > _LONGEST_TITLE:
            title = title[: _LONGEST_TITLE - 1] + "…"
        return title or urlsplit(self.document.url.removeprefix(_SOURCE)).netloc

    def view(
        self, loc: int | None = None, num_lines: int | None = None, tokens: int = VIEW_TOKENS
    ) -> str:
        """The header and a window of lines.

        Args:
            loc: first line; None for the start of the main content, or of the page where all of
                it fits.
            num_lines: how many lines, as long as they are no longer than four times `tokens`;
                None for what `tokens` has room for.
            tokens: of o200k_harmony, line numbers included, rounded up to a whole line.

        Raises:
            BrowserError: there is no line `loc`.
        """
        total = len(self.lines)
        if loc is None:
            loc = self.first if self.first and self._end(0, tokens) < total else 0
        if not 0 <= loc < total:
            raise BrowserError(
                f"Invalid location parameter: `{loc}`. Cannot exceed page maximum of {total - 1}."
            )
        if num_lines is None:
            end = self._end(loc, tokens)
        else:
            end = min(loc + num_lines, self._end(loc, 4 * tokens, num_lines))
        window = f"viewing lines [{loc} - {end - 1}] of {total - 1}"
        return f"{self._header()}\n**{window}**\n\n{self._numbered(loc, end)}"

    def find(self, pattern: str, cursor: int | None = None) -> Snapshot:
        """The places where the page says `pattern`, as a page whose links lead there.

        Case does not matter, nor does where a line is wrapped; of links their text is searched.

        Args:
            pattern: text, not an expression.
            cursor: the new page's number; the next one when None.

        Raises:
            BrowserError: the pattern is empty.
        """
        pattern = _one_line(pattern.lower())
        if not pattern:
            raise BrowserError("`pattern` is empty: give the text to look for.")
        matches, plain = self._page.matches(pattern), self._page.without_links
        chunks = (
            f"# 【{number}†match at L{line}】\n" + "\n".join(plain[line : line + MATCH_LINES])
            for number, line in enumerate(matches)
        )
        shown = _shortened(pattern, _LONGEST_TITLE).translate(_BRACKETS)
        document = Document(
            url=f"{self.document.url}/find?pattern={quote(_shortened(pattern, _LONGEST_TITLE))}",
            title=f"{FIND_TITLE}`{shown}` in `{self.title}`",
            text="\n\n".join(chunks) or f"No `find` results for pattern: `{shown}`",
            links=(self.document.url,) * len(matches),
        )
        number = self.cursor + 1 if cursor is None else cursor
        found = Snapshot(number, document, address_line=False)
        found.matches, found.origin = tuple(matches), self
        return found

    def at_match(self, link: int) -> int:
        """Of find results, the line of `origin` at which to show match number `link`."""
        line = self.matches[link]
        return line - LINES_BEFORE_MATCH if line > LINES_BEFORE_MATCH else line

    # The window

    def _header(self) -> str:
        title, url = self.title, _readable(self.document.url)
        if url:
            return f"[{self.cursor}] {title} ({_shortened(url, _LONGEST_URL, '...')})"
        # What is behind the last blank, in parentheses, is read as an address.
        return f"[{self.cursor}] {title}" + (" " if title.endswith(")") else "")

    def _numbered(self, start: int, end: int) -> str:
        lines = enumerate(self.lines[start:end], start)
        return "\n".join(f"L{number}: {line}" for number, line in lines)

    def _end(self, loc: int, tokens: int, most_lines: int | None = None) -> int:
        """The line behind the last one that `tokens` from `loc` reach into."""
        tokenizer, total = load_tokenizer(), len(self.lines)
        last = total if most_lines is None else min(total, loc + most_lines)
        reach = tokens // 20 + 8  # lines; of prose one has some 22 tokens
        while True:
            end = min(loc + reach, last)
            text = self._numbered(loc, end)
            if len(text) > tokens:
                ids = tokenizer.encode(text)
                # Where a text is cut, its last ids are not those of the whole.
                if len(ids) > tokens + (0 if end == last else 8):
                    shown = tokenizer.decode_bytes(ids[:tokens])
                    return min(loc + shown.count(b"\n") + 1, end)
            if end == last:
                return end
            reach *= 2


def source_of(document: Document) -> Document:
    """The page's source as a page of its own, under `view-source:`.

    Raises:
        BrowserError: it has none.
    """
    if not document.source:
        raise BrowserError(f"There is no source of {document.url or 'this page'} to view.")
    return replace(
        document,
        url=f"{_SOURCE}{document.url}",
        text=document.source.translate(_BRACKETS),
        links=(),
        main=0,
    )


def _wrap(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Lines as in training, and which of them is the first of each line of `text`.

    Tabs become blanks, blanks at the ends of lines stay.
    """
    wrapper = TextWrapper(WIDTH, replace_whitespace=False, drop_whitespace=False)
    lines: list[str] = []
    paragraphs: list[int] = []
    for paragraph in text.split("\n"):
        paragraphs.append(len(lines))
        if len(paragraph) <= WIDTH and "\t" not in paragraph:
            lines.append(paragraph)
            continue
        rest = paragraph.expandtabs()
        # textwrap copies what is left of a long word for every line of it.
        while len(rest) > _LONGEST_PARAGRAPH:
            whole = wrapper.wrap(rest[:_LONGEST_PARAGRAPH])[:-2]
            lines += whole
            rest = rest[sum(map(len, whole)) :]
        lines += wrapper.wrap(rest)
    return tuple(lines), tuple(paragraphs)


def _plain(text: str) -> str:
    """Without control characters, with one kind of line end."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", text))


def _one_line(text: str) -> str:
    return " ".join(_plain(text).split())


def _shortened(text: str, most: int, mark: str = "") -> str:
    return text if len(text) <= most else text[: most - len(mark)] + mark


def _readable(url: str) -> str:
    """`url` with letters of all languages written out; it stays an address of the same page.

    Blanks and whatever has a meaning in addresses stay escaped, so that it can be read back.
    """
    spelled = "".join(
        each if _is_plain(each) else quote(each, "", errors="replace") for each in url
    )
    return _ESCAPED.sub(_written_out, spelled)


def _written_out(escapes: re.Match[str]) -> str:
    text = unquote_to_bytes(escapes[0]).decode("utf-8", "surrogateescape")
    return "".join(each if _may_be_written(each) else _escaped(each) for each in text)


def _may_be_written(character: str) -> bool:
    return character in _UNRESERVED or (not character.isascii() and _is_plain(character))


def _escaped(character: str) -> str:
    """`%2F`; of a byte that is no UTF-8, the byte."""
    return quote(character.encode("utf-8", "surrogateescape"), "")


def _is_plain(character: str) -> bool:
    return character.isprintable() and not character.isspace() and character not in "【】†"
