"""How page text and links are written for gpt-oss: the browser notation of its training.

A link is `【id†text】`, or `【id†text†host】` when it leads to another host; ids count a page's
links in the order in which they are first seen, and the same address has one id. Nothing else on a
page may look like a link or a citation, so the brackets of page text become `〖〗`. What cannot be
seen is removed: control characters, zero-width spaces, and characters that smuggle hidden text.

It knows nothing of HTML.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

__all__ = ["BREAK", "Links", "clean", "one_line", "unlinked"]

BREAK = "\v"
"""Stands for a line break among pieces of text in which white space does not count."""

_MOST_URL = 4096
_MOST_URLS = 8_000_000  # characters of a page's addresses together; a long base makes all long
_HOST = 80
_REPLACED = {
    **dict.fromkeys([*range(9), *range(0x0E, 0x1C), *range(0x7F, 0xA0)], None),
    **dict.fromkeys([0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0x85, 0xA0], " "),
    **dict.fromkeys([0x2028, 0x2029], "\n"),
    # Zero width, direction marks and soft hyphens; joiners stay, since scripts and emoji need them.
    **dict.fromkeys([0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF], None),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2061, 0x2070)], None),
    **dict.fromkeys([*range(0xD800, 0xE000), *range(0xE0000, 0xE1000)], None),
    ord("\r"): None,
    ord("【"): "〖",
    ord("】"): "〗",
    ord("◼"): "◾",
}
_SPECIAL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "【】◼\ud800-\udfff\U000e0000-\U000e0fff]"
)
_MARKER = re.compile(r"【\d+†([^†】]*)(?:†[^】]*)?】")
_SIMPLE_PATH = re.compile(r"/(?:[\w~-][\w.~-]*/)*(?:[\w~-][\w.~-]*)?(?:\?[\w.~=&%+-]*)?", re.ASCII)
"""Paths that a join with the base would leave as they are; most links are such."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def clean(text: str) -> str:
    """`text` without what the notation reserves and without what cannot be seen."""
    return text.translate(_REPLACED) if _SPECIAL.search(text) else text


def one_line(text: str, most: int = 200) -> str:
    """`text` cleaned, in one line, cut to `most` characters."""
    line = " ".join(clean(text[: 20 * most]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def unlinked(text: str) -> str:
    """Text in the notation with only the text of its links."""
    return _MARKER.sub(r"\1", text) if "【" in text else text


class Links:
    """The links of one page, numbered as they come.

    Args:
        url: of the page; links to its host are written without a host.
        base: what relative addresses are resolved against; the page's own when empty.
    """

    def __init__(self, url: str, base: str = "") -> None:
        self._page, self._host = url.partition("#")[0], _host(url)
        self._ids: dict[str, int] = {}
        self._targets: dict[str, tuple[str, str] | None] = {}
        self._room = _MOST_URLS
        self._rest_on(url)
        if base and (target := self._absolute(base)):
            self._rest_on(target[0])

    def _rest_on(self, base: str) -> None:
        self._base, self._base_host = base, _host(base)
        self._origin = base.partition("://")[0] + "://" + self._base_host

    @property
    def urls(self) -> tuple[str, ...]:
        """The absolute address of each id."""
        return tuple(self._ids)

    def resolve(self, href: str) -> str | None:
        """The absolute address, or None for what is not a page of its own: other schemes than
        HTTP's, places on the same page, nonsense."""
        target = self._target(href)
        return target[0] if target else None

    def marker(self, href: str, text: str) -> str:
        """A link in the notation; plain text when `href` leads nowhere else, or when the page has
        had too many.

        Args:
            text: cleaned, in one line.
        """
        target = self._target(href)
        if target is None:
            return text + _address(href, text)
        url, host = target
        if url not in self._ids:
            self._room -= len(url)
            if self._room < 0:
                return text
        number = self._ids.setdefault(url, len(self._ids))
        shown = text.replace("†", "‡")
        if host == self._host:
            return f"【{number}†{shown}】"
        return f"【{number}†{shown}†{clean(host)[:_HOST].replace('†', '‡')}】"

    def _target(self, href: str) -> tuple[str, str] | None:
        """The address and its host."""
        if href not in self._targets:
            if self._room < 0:
                return None
            target = None if href.lstrip().startswith("#") else self._absolute(href)
            if target and "#" in target[0] and target[0].partition("#")[0] == self._page:
                target = None
            self._targets[href] = target
        return self._targets[href]

    def _absolute(self, href: str) -> tuple[str, str] | None:
        if _SIMPLE_PATH.fullmatch(href):
            return self._origin + href, self._base_host
        href = _CONTROL.sub("", href.strip())
        if len(href) > _MOST_URL:
            return None
        try:
            url = urljoin(self._base, href)
            parts = urlsplit(url)
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or not parts.netloc:
            return None
        url = quote(url, safe="%/:=&?~#+!$,;'@()*[]|\\^`{}", encoding="utf-8", errors="ignore")
        return url, parts.netloc.rpartition("@")[2].lower()


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _address(href: str, text: str) -> str:
    """What to add to the text of a link for mail or telephone."""
    scheme, _, address = href.strip().partition(":")
    if scheme.lower() not in ("mailto", "tel"):
        return ""
    address = one_line(address.partition("?")[0])
    return f" ({address})" if address and address not in text else ""
