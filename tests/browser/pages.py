"""Pages of the site that mean no harm: ordinary, slow, large, oddly encoded, redirecting."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Iterator

from tests.browser.site import Handler, Page, Site

__all__ = ["register"]

HOME = """<!doctype html><html lang="en"><head><title>The harbour</title></head><body>
<nav><a href="/">Home</a> <a href="/article">Article</a> <a href="/form">Form</a></nav>
<main><h1>The harbour</h1><p>Ships leave at <a href="/article">half past nine</a>.</p>
<ul><li><a href="/table">Timetable</a></li><li><a href="http://other.example/">Elsewhere</a></li></ul>
</main><footer>Made by hand.</footer></body></html>"""

ARTICLE = """<!doctype html><html><head><title>The lighthouse</title></head><body>
<header><a href="/">The harbour</a></header><article><h1>The lighthouse</h1>
<p>The lighthouse was built in 1873 from grey granite and is 41 metres high. It burned whale oil
at first, then petroleum, and has been electric since 1926.</p>
<p>Its keeper climbs 212 steps every evening, in winter twice. From the gallery one sees the
island of Vell on clear days, and the wreck of the Aurora when the tide is low.</p>
<p>Visitors may climb it on Sundays from ten to four. Tickets are sold at its foot.</p>
</article><aside><a href="/table">Timetable</a></aside></body></html>"""

TABLE = """<!doctype html><title>Timetable</title><table><tr><th>Ship</th><th>Leaves</th></tr>
<tr><td>Aurora</td><td>9:30</td></tr><tr><td>Boreas</td><td>11:15</td></tr></table>"""

FORM = """<!doctype html><title>Order</title><form action="/article"><label>Name
<input name="who" value="Ada" placeholder="your name"></label><select name="size">
<option>small</option><option selected>large</option></select><button>Send</button></form>"""

SCRIPTED = """<!doctype html><title>Scripted</title><div id="root"></div><noscript>This page needs
JavaScript.</noscript><script>document.getElementById("root").innerHTML =
"<h1>Written by a script</h1><p>" + "The ferry is blue. ".repeat(30) + "</p>";</script>"""

XHTML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Strict</title></head>
<body><p>Well formed: caf\u00e9.</p></body></html>"""


def register(site: Site) -> None:
    """Give the site these pages."""
    ordinary: dict[str, Page] = {
        "/": HOME, "/article": ARTICLE, "/table": TABLE, "/form": FORM, "/scripted": SCRIPTED,
        "/empty": "",
    }  # fmt: skip
    for path, page in {**ordinary, **_encoded(), **_moved(), **_slow()}.items():
        site.page(path, page)
    site.page("/large", lambda handler: handler.reply(large()))
    site.page("/resources", lambda handler: handler.reply(resources()))
    for number in range(50):
        site.page(f"/resource/{number}", resource)


def large(links: int = 10_000, size: int = 5_000_000) -> bytes:
    """A page of many links and five megabytes."""
    words = b"sea wind salt rope tar " * (size // links // 23)
    parts = (b'<p><a href="/large/%d">Link %d</a> %s</p>' % (n, n, words) for n in range(links))
    return b"<!doctype html><title>Large</title>" + b"".join(parts)


def resources() -> str:
    """A page of fifty resources."""
    images = "".join(f'<img src="/resource/{n}" width=9 height=9>' for n in range(50))
    return f"<!doctype html><title>Resources</title><h1>Fifty pictures</h1>{images}"


def resource(handler: Handler) -> None:
    """A picture of two kilobytes."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    handler.reply(f"{head}<!--{'x' * 2000}--></svg>", "image/svg+xml")


def _encoded() -> dict[str, Page]:
    bare = zlib.compressobj(wbits=-15)
    deflated = bare.compress(ARTICLE.encode()) + bare.flush()
    packed = gzip.compress(ARTICLE.encode())

    def as_sent(data: bytes, encoding: str) -> Page:
        return lambda h: h.reply(data, "text/html", headers={"Content-Encoding": encoding})

    def as_typed(data: bytes, media_type: str) -> Page:
        return lambda h: h.reply(data, media_type)

    latin, meta = "<p>café</p>".encode("latin-1"), b'<meta charset="windows-1252">'
    return {
        "/gzip": as_sent(packed, "gzip"),
        "/gzip-twice": as_sent(packed + gzip.compress(b"<p>And more.</p>"), "gzip"),
        "/gzip-cut": as_sent(packed[:-60], "gzip"),
        "/gzip-broken": as_sent(b"this is no gzip", "gzip"),
        "/zlib": as_sent(zlib.compress(ARTICLE.encode()), "deflate"),
        "/deflate": as_sent(deflated, "deflate"),
        "/brotli": as_sent(b"\x0b\x02\x80hello\x03", "br"),
        "/latin": as_typed(latin, "text/html; charset=ISO-8859-1"),
        "/charset-wrong": as_typed(latin, "text/html; charset=utf-8"),
        "/charset-unknown": lambda h: h.reply("<p>café</p>", "text/html; charset=x-none"),
        "/charset-missing": as_typed(meta + latin, "text/html"),
        "/utf16": lambda h: h.reply("<p>café</p>".encode("utf-16"), "text/html"),
        "/nul": lambda h: h.reply(b"<p>before\x00after</p>"),
        "/type-none": lambda h: h.reply(ARTICLE, ""),
        "/type-wrong": lambda h: h.reply(ARTICLE, "application/octet-stream"),
        "/xhtml": lambda h: h.reply(XHTML, "application/xhtml+xml"),
        "/header-latin": lambda h: h.reply("<p>fine</p>", headers={"X-Name": "caf\xe9"}),
        "/no-content": lambda h: h.reply(b"", status=204),
        "/not-modified": lambda h: h.reply(b"", status=304),
        "/error": lambda h: h.reply("<h1>It is broken</h1>", status=500),
    }  # fmt: skip


def _moved() -> dict[str, Page]:
    return {
        "/moved": lambda h: h.redirect("/article", 301),
        "/see-other": lambda h: h.redirect("article", 303),
        "/kept": lambda h: h.redirect("/echo", 307),
        "/found": lambda h: h.redirect("/echo", 302),
        "/echo": lambda h: h.reply(f"{h.command} {h.body().decode()}", "text/plain"),
        "/moved-umlaut": lambda h: h.redirect("/caf\xe9 au lait"),
        "/caf%C3%A9%20au%20lait": "<p>Coffee.</p>",
        "/moved-nowhere": lambda h: h.redirect("http://[::1"),
    }


def _slow() -> dict[str, Page]:
    def delayed(handler: Handler) -> None:
        handler.wait(0.2)
        handler.reply(ARTICLE)

    def cut(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(b"<p>The first half.</p>")
        handler.close_connection = True

    def dropped(handler: Handler) -> None:
        handler.close_connection = True

    return {
        "/delayed": delayed,
        "/cut": cut,
        "/dropped": dropped,
        "/drip": lambda h: h.stream(_drops(h)),
        "/endless": lambda h: h.stream(itertools.repeat(b"<p>and so on</p>" * 1000)),
        "/silent": lambda h: None if h.wait(120) else h.reply("late"),
    }


def _drops(handler: Handler) -> Iterator[bytes]:
    """A text that comes a letter at a time, and takes minutes."""
    yield b"<!doctype html><title>Drip</title><h1>Slowly</h1><p>"
    while not handler.wait(0.1):
        yield b"drop "
