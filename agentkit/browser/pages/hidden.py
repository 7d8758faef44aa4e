"""Which elements of a page nobody sees.

Text that a reader cannot see must not reach a model either: it is where instructions to models are
hidden. Of pages rendered by Chromium the computed style is known, since hidden elements were marked
there; of others only what attributes and inline styles say. Style sheets are not read: text hidden
by them is not recognised without rendering, nor is text in the colour of its background.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["MARK", "hidden_elements"]

MARK = "data-agentkit-hidden"
"""Attribute of what Chromium computed to be hidden; means nothing in a page from elsewhere."""

_STYLE = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|content-visibility\s*:\s*hidden|font-size\s*:\s*0(?:\.0*)?(?:[a-z%]*)\s*(?:!|;|$)"
    r"|font\s*:\s*0(?:px|em|rem|pt)?[\s/])",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_FRAME = {"html", "body", "main", "article"}
"""Never taken for hidden by `aria-hidden`: pages set it there while a dialog is open."""


def hidden_elements(root: Any, rendered: bool) -> set[Any]:
    """The outermost and some inner elements under `root`, an lxml element, that are hidden."""
    marked = f" or @{MARK}" if rendered else ""
    candidates = root.xpath(
        f"//*[@hidden or @aria-hidden or @style or @popover or self::dialog{marked}]"
    )
    return {element for element in candidates if _is_hidden(element, rendered)}


def _is_hidden(element: Any, rendered: bool) -> bool:
    get = element.get
    if rendered and get(MARK) is not None:
        return True
    if not rendered and (get("popover") is not None or element.tag == "dialog"):
        return get("open") is None
    hidden = get("hidden")
    if hidden is not None and hidden.lower() != "until-found":
        return True
    if (get("aria-hidden") or "").strip().lower() == "true" and element.tag not in _FRAME:
        # The picture of a formula is hidden from screen readers only, as they read the formula.
        return not (element.tag == "img" and "mwe-math" in (get("class") or ""))
    style = get("style")
    return style is not None and bool(_STYLE.search(_COMMENT.sub("", style)))
