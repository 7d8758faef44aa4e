"""What a response is, by its content first and by what the server calls it second.

Servers are often wrong about it: pages come as `text/plain`, JSON as `text/html`, archives as
nothing at all.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from agentkit.browser.document import Response

__all__ = ["Format", "binary_name", "sniff"]

Format = Literal["html", "pdf", "json", "feed", "markdown", "text", "binary"]

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"PK\x03\x04", "a ZIP archive, or an Office document or e-book, which are such archives"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program for Windows"),
    (b"\x00asm", "a WebAssembly program"),
    (b"OggS", "sound or video (Ogg)"),
    (b"ID3", "sound (MP3)"),
    (b"fLaC", "sound (FLAC)"),
    (b"\x1aE\xdf\xa3", "a video (WebM or Matroska)"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_TEXT_LIKE = (b"BM", b"MZ", b"ID3", b"BZh")
"""Short marks with which a text could begin as well."""
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HTML = re.compile(
    r"\s*+(?:(?><!--.*?-->|<\?xml[^>]*>)\s*+)*+"
    r"<(?:!doctype\s+html|html|head|body|title|meta|script|h1|div|p|table|article|main)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_FEED = re.compile(
    r"\s*+(?:(?><!--.*?-->|<\?[^>]*>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)\s*+)*+"
    r"<(?:rss|feed|[\w]+:feed|rdf:RDF)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_HEAD = 4096


def sniff(response: Response, text: str) -> Format:
    """The format of a response.

    Args:
        text: of its body, as far as that is text.
    """
    body, media = response.body, response.media_type
    if response.rendered:
        return "html"
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if binary_name(response):
        return "binary"
    head = text[:_HEAD]
    if _FEED.match(head):
        return "feed"
    if _HTML.match(head) or media == "application/xhtml+xml":
        return "html"
    if _is_json(media, head, text):
        return "json"
    return _declared(response, head)


def _declared(response: Response, head: str) -> Format:
    media = response.media_type
    path = urlsplit(response.url).path.lower()
    named = media != "text/html" and path.endswith((".md", ".markdown", ".mdown"))
    if named or media in ("text/markdown", "text/x-markdown"):
        return "markdown"
    if media in ("", "text/html") and re.search(r"<[a-zA-Z!/][^<>]*>", head):
        return "html"
    return "html" if media in ("", "text/html") and not head.strip() else "text"


def _is_json(media: str, head: str, text: str) -> bool:
    start, end = head.lstrip()[:1], text[-_HEAD:].rstrip()[-1:]
    if media == "application/json" or media.endswith("+json"):
        return True
    return (start, end) in (("{", "}"), ("[", "]")) and not media.startswith("text/javascript")


def binary_name(response: Response) -> str:
    """What a body without text is, with its article; empty when it is text."""
    body = response.body
    for magic, name in _MAGIC:
        if body.startswith(magic) and (magic not in _TEXT_LIKE or _CONTROLS.search(body[:512])):
            return name
    if body[:4] == b"RIFF":
        return {b"WEBP": "a WebP image", b"WAVE": "sound (WAV)"}.get(body[8:12], "a video (AVI)")
    if body[4:8] == b"ftyp":
        return "an AVIF or HEIC image" if body[8:12] in _STILLS else "a video (MP4)"
    if body.startswith(_BOMS) or "utf-16" in response.charset.lower():
        return ""
    controls = len(_CONTROLS.findall(body[:_HEAD]))
    if controls > len(body[:_HEAD]) // 20 and not response.media_type.startswith("text/"):
        return f"a file of type {response.media_type or 'unknown'}"
    return ""


_STILLS = (b"avif", b"heic", b"heix", b"mif1")
