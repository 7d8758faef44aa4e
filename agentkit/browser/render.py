"""When a page must be run to be read, and the scripts that read it out of Chromium.

Pure: knows HTML that came over HTTP and the DOM, nothing of servers, processes or protocols.
"""

from __future__ import annotations

import re

from agentkit.browser.document import Response

__all__ = ["needs_js"]

_LITTLE_TEXT = 200
_LITTLE_SHARE = 0.02
_HEAD = 300_000

_SCRIPT = re.compile(rb"<script\b(?![^>]*application/(?:ld\+)?json)", re.I)
_NOSCRIPT = re.compile(rb"<noscript\b[^>]*>(.*?)</noscript", re.I | re.S)
_ASKS = re.compile(
    rb"(?:enable|activate|turn on|requires?|needs?|without)\W{0,3}(?:\w+\W+){0,3}javascript"
    rb"|javascript\W+(?:\w+\W+){0,4}(?:required|disabled|enabled?|needed|to (?:run|view|use))",
    re.I,
)
_EMPTY_ROOT = re.compile(
    rb"<(div|main|body|app-root)\b[^>]*\bid=[\"']?(?:root|app|__next|__nuxt|svelte|main-app)\b"
    rb"[^>]*>\s*(?:<!--.*?-->\s*)*</\1",
    re.I | re.S,
)
_REFRESH = re.compile(
    rb"<meta\b(?=[^>]*http-equiv=[\"']?refresh)[^>]*content=[\"']?\s*\d+\s*[;,]\s*url", re.I
)


def needs_js(response: Response, text: str) -> bool:
    """True when a page must be rendered to be read.

    That is, when it has scripts and hardly any text, an application's empty root, or a `noscript`
    that asks for JavaScript, or when it sends the reader on by a meta refresh.

    Args:
        response: the page as it came over HTTP.
        text: its visible text.
    """
    if response.media_type not in ("text/html", "application/xhtml+xml") or response.rendered:
        return False
    head = response.body[:_HEAD]
    if _REFRESH.search(head):
        return True
    if not _SCRIPT.search(response.body):
        return False
    readable = len(text.strip())
    if readable < max(_LITTLE_TEXT, _LITTLE_SHARE * len(response.body)):
        return True
    if _EMPTY_ROOT.search(head):
        return True
    return any(_ASKS.search(found[1]) for found in _NOSCRIPT.finditer(head))
