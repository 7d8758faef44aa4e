"""What the elements of HTML mean to a reader: which make blocks, are never seen, or are regions.

Tables only, for `agentkit.browser.pages.walk`.
"""

from __future__ import annotations

from agentkit.browser.pages.blocks import Region

__all__ = ["AROUND", "BLOCK", "HEADINGS", "PRE", "REGIONS", "ROLES", "UNSEEN"]

# fmt: off
BLOCK = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
    "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li",
    "listing", "main", "menu", "nav", "ol", "p", "plaintext", "pre", "search", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "xmp",
})
UNSEEN = frozenset({
    "applet", "audio", "canvas", "datalist", "embed", "head", "noembed", "noframes", "object",
    "optgroup", "option", "param", "rp", "source", "style", "track", "video",
})
# fmt: on
"""Elements that end the block before them, and those of which nothing is shown."""

REGIONS: dict[str, Region] = {
    "main": "main",
    "article": "main",
    "nav": "nav",
    "header": "header",
    "footer": "footer",
    "aside": "aside",
    "form": "form",
}
ROLES: dict[str | None, Region] = {
    "main": "main",
    "article": "main",
    "navigation": "nav",
    "banner": "header",
    "contentinfo": "footer",
    "complementary": "aside",
}
"""Regions by element, and by the attribute `role`."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}
PRE = frozenset({"pre", "listing", "xmp", "plaintext"})
AROUND = {"sup": ("^{", "}"), "sub": ("_{", "}"), "rt": ("(", ")"), "q": ('"', '"')}
"""What is written before and after an element's text."""
