"""HTML that cannot be injected into: text is escaped unless it was made here.

Knows elements, attributes and escaping; nothing of what a page says. Only `Html` is taken as
markup, and only `element` and `joined` make it, so a text of a model's can reach a page as nothing
but text. Half of a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

_HALVES = re.compile("[\ud800-\udfff]")
_EMPTY = frozenset({"meta", "br", "line", "rect", "circle", "path", "input"})


class Html(str):
    """Markup, as opposed to text that is yet to be escaped."""

    __slots__ = ()


Child = Html | str | int | None


def text(value: str) -> Html:
    """A text, escaped for use in an element or in a quoted attribute."""
    return Html(_HALVES.sub("\ufffd", escape(value, quote=True)))


def joined(parts: Iterable[Child], between: str = "") -> Html:
    """Parts one after another: markup as it is, all else as text; None is left out."""
    made = (
        each if isinstance(each, Html) else text(str(each)) for each in parts if each is not None
    )
    return Html(text(between).join(made))


def element(name: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Html:
    """An element.

    Args:
        name: of its tag, known beforehand.
        children: its content; see `joined`.
        attributes: `class_` stands for `class`, and any other `_` for `-`; True writes the name
            alone, False and None nothing.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _EMPTY:
        return Html(
            f"<{name}{written}>" if name in ("meta", "br", "input") else f"<{name}{written}/>"
        )
    return Html(f"<{name}{written}>{joined(children)}</{name}>")


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'
