"""When two URLs name the same page: one form for all their spellings.

Of the standard's normalisations only those that never change what is meant; knows no network.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

__all__ = ["normal_url"]

_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile("%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = "/%:@!$&'()*+,;=~?[]"


def normal_url(url: str) -> str:
    """`url` without its fragment and default port, its host in lower case, its escapes uniform.

    What is no URL comes back as it is, with blanks and the like escaped.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return _escaped(url.strip())
    scheme = parts.scheme.lower()
    if scheme == "file":
        return urlunsplit((scheme, "", _escaped(parts.path), "", ""))
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS.get(scheme):
        host += f":{port}"
    path = _escaped(parts.path) or ("/" if host else "")
    return urlunsplit((scheme, host, path, _escaped(parts.query), ""))


def _escaped(text: str) -> str:
    """Escapes in capitals, none where none is needed, and one wherever one is."""
    same = _ESCAPE.sub(_uniform, text.encode("utf-8", "replace").decode())
    return quote(same, safe=_KEPT)


def _uniform(found: re.Match[str]) -> str:
    value = int(found[1], 16)
    return chr(value) if value in _UNRESERVED else f"%{value:02X}"
