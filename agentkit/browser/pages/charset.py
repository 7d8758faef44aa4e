"""Bytes of a page as text: which encoding they are in, whatever is said about them.

A byte order mark decides, then bytes that only UTF-8 could explain; then come the server's word,
the page's own, and a guess. Undecodable bytes become U+FFFD, NUL bytes vanish.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

__all__ = ["decoded"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# As browsers read these names.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_USABLE = re.compile(r"utf-(8|16|32)|iso|cp\d|koi8|gb|hz|big5|shift|euc|mac|tis|johab|ptcp|kz")
_STATEFUL = re.compile(r"utf-(16|32)|iso2022|hz")
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})"""
    rb"""|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_GUESSED = 32 << 10


def decoded(body: bytes, charset: str = "") -> str:
    """`body` as text.

    Args:
        charset: as the server named it; empty when it did not.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _clean(body[len(mark) :].decode(name, "replace"))
    if body.isascii() and not charset:
        return _clean(body.decode("ascii"))
    head = _codec(charset)
    candidates = [head] if _STATEFUL.match(head) else []
    names = [*candidates, "utf-8", head, *_named_in(body)]
    for name in dict.fromkeys(filter(None, names)):
        if (text := _strictly(body, name)) is not None:
            return _clean(text)
    if "utf-8" in names[1 + len(candidates) :]:
        text = body.decode("utf-8", "replace")
        if text.count("\ufffd") <= 2 + len(text) // 200:
            return _clean(text)
    return _clean(body.decode(_guess(body), "replace"))


def _clean(text: str) -> str:
    return text.replace("\x00", "") if "\x00" in text else text


def _codec(name: str) -> str:
    """Python's name for a text encoding; empty for what is none, or not one of the web's."""
    try:
        found = codecs.lookup(name.strip()).name if name.strip() else ""
    except (LookupError, ValueError):
        return ""
    found = _WIDER.get(found, found)
    return found if _USABLE.match(found) else ""


def _named_in(body: bytes) -> Iterator[str]:
    """What the page says of itself; it is no UTF-16, or this could not be read."""
    if found := _DECLARED.search(body[:4096]):
        name = _codec((found[1] or found[2]).decode("ascii"))
        yield "utf-8" if name.startswith(("utf-16", "utf-32")) else name


def _strictly(body: bytes, name: str) -> str | None:
    """None when there are bytes that `name` cannot explain; a cut last character is no matter."""
    try:
        return codecs.getincrementaldecoder(name)().decode(body)
    except (UnicodeError, LookupError):
        return None


def _guess(body: bytes) -> str:
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return "cp1252"
    best = from_bytes(body[:_GUESSED]).best()
    return (_codec(best.encoding) if best is not None else "") or "cp1252"
