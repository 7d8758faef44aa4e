"""Fields of forms, formulas and images as text: `[input name=q value="tea"]`, `$E=mc^2$`.

For elements of a parsed page; what surrounds them is `agentkit.browser.pages.walk`'s.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from agentkit.browser.pages.notation import one_line

__all__ = ["field", "formula", "image_name", "is_tiny", "select"]

Element = Any
"""An lxml element; the package has no types."""

_MOST_OPTIONS = 40
_MOST_TEX = 2000
_BUTTONS = {"submit", "button", "reset", "image"}
_DISPLAYSTYLE = re.compile(r"^\{\\(?:displaystyle|textstyle)\s+(.*)\}$", re.DOTALL)


def field(element: Element) -> str:
    """An `input` or `textarea`; nothing for hidden ones, and no password."""
    kind = (element.get("type") or "text").strip().lower()
    if element.tag == "textarea":
        return _bracket("textarea", element, ("name", "placeholder"), element.text)
    if kind == "hidden":
        return ""
    if kind in _BUTTONS:
        name = element.get("value") or element.get("alt") or element.get("aria-label") or kind
        return f"[button {one_line(name)}]"
    shown = ("name", "placeholder") if kind in ("text", "search") else ("type", "name")
    value = None if kind == "password" else element.get("value")
    text = _bracket("input", element, shown, value)
    return f"{text[:-1]} checked]" if element.get("checked") is not None else text


def _bracket(tag: str, element: Element, names: tuple[str, ...], value: str | None) -> str:
    parts = [tag]
    for name in names:
        if content := one_line(element.get(name) or ""):
            parts.append(f"{name}={_quoted(content) if name == 'placeholder' else content}")
    if value is not None and value.strip():
        parts.append(f"value={_quoted(one_line(value))}")
    return f"[{' '.join(parts)}]"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'


def select(element: Element) -> str:
    """A `select` with its options; the chosen one is marked by a star."""
    options = []
    for option in islice(element.iter("option"), _MOST_OPTIONS + 1):
        text = one_line("".join(option.itertext()) or option.get("label") or "", 60)
        if text:
            options.append(f"*{text}" if option.get("selected") is not None else text)
    if len(options) > _MOST_OPTIONS:
        options[_MOST_OPTIONS:] = ["…"]
    name = one_line(element.get("name") or "")
    head = f"select name={name}" if name else "select"
    return f"[{head}: {' / '.join(options)}]"


def formula(element: Element) -> str:
    """A `math` element, or a script or image that holds TeX, as `$tex$`."""
    if element.tag == "script":
        tex = element.text or ""
    elif element.tag == "img":
        tex = element.get("alt") or ""
    else:
        tex = _annotation(element) or element.get("alttext") or " ".join(element.itertext())
    tex = one_line(tex, _MOST_TEX)
    if found := _DISPLAYSTYLE.match(tex):
        tex = found[1].strip()
    return f"${tex}$" if tex else ""


def _annotation(element: Element) -> str:
    for each in element.iter("annotation"):
        if "tex" in (each.get("encoding") or "").lower():
            return "".join(each.itertext())
    return ""


def image_name(element: Element) -> str | None:
    """What an image is called: its `alt`, else its `title`; None when the page says nothing."""
    alt = element.get("alt")
    title = element.get("title")
    if alt is None and title is None:
        return None
    return one_line(alt or title or "", 300)


def is_tiny(element: Element) -> bool:
    """True for images that only count visitors or fill space."""
    sizes = {element.get("width"), element.get("height")}
    return bool(sizes & {"0", "1", "0px", "1px"})
