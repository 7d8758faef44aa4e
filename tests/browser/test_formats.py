"""Formats other than HTML, under right and wrong names."""

from __future__ import annotations

import json
import time
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from agentkit.browser.document import Document, Response
from agentkit.browser.pages.convert import to_document

URL = "http://a.example/files/report"


def convert(body: bytes | str, media_type: str = "", url: str = URL) -> Document:
    data = body.encode("utf-8") if isinstance(body, str) else body
    return to_document(Response(url, 200, media_type, data))


def pdf(*pages: str, title: str = "", link: str = "") -> bytes:
    """A PDF with a line of text on each page; the first has a link when one is given."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in pages:
        page = writer.add_blank_page(300, 300)
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = StreamObject()
        content.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content)
    if title:
        writer.add_metadata({"/Title": title})
    if link:
        writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=link))
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("media_type", ["application/pdf", "text/html", "", "text/plain"])
def test_a_pdf_is_read_page_by_page_whatever_it_is_called(media_type: str) -> None:
    body = pdf("Hello there", "Second page", title="The  report", link="http://b.example/x")
    document = convert(body, media_type)
    assert document.title == "The report"
    assert document.text == (
        "## Page 1\n\nHello there\n\n  * 【0†http://b.example/x†b.example】\n\n"
        "## Page 2\n\nSecond page"
    )
    assert document.links == ("http://b.example/x",)


def test_a_long_pdf_is_cut_and_says_so() -> None:
    document = convert(pdf(*(f"Text {number}" for number in range(310))))
    assert "## Page 300" in document.text
    assert "## Page 301" not in document.text
    assert document.note == "Only the first 300 of 310 pages are shown."


@pytest.mark.parametrize("broken", [b"%PDF-1.7\n" + b"\x00garbage" * 99, pdf("x")[:300]])
def test_a_broken_pdf_says_so(broken: bytes) -> None:
    document = convert(broken, "application/pdf")
    assert "cannot be read" in document.note or "No text" in document.text
    assert document.title == "report"


def test_a_pdf_of_images_says_so() -> None:
    assert "No text was found in this PDF" in convert(pdf("")).text


@pytest.mark.parametrize("media_type", ["application/json", "text/html", "", "application/ld+json"])
def test_json_is_indented(media_type: str) -> None:
    document = convert('{"a":[1,2.5,"é【0†x】"],"b":null}', media_type)
    assert document.text == '{\n  "a": [\n    1,\n    2.5,\n    "é〖0†x〗"\n  ],\n  "b": null\n}'
    assert document.source == '{"a":[1,2.5,"é〖0†x〗"],"b":null}'


def test_json_that_is_broken_or_too_deep_is_shown_as_it_is() -> None:
    assert convert('{"a": 1,}', "application/json").text == '{"a": 1,}'
    assert convert("[" * 99_999, "application/json").text.startswith("[[[")


def test_long_json_is_cut() -> None:
    document = convert(json.dumps(list(range(600_000))), "application/json")
    assert len(document.text) == 2_000_000
    assert len(document.source) <= 1_000_000
    assert "Only the first 2000000 characters are shown." in document.note


def test_plain_text_stays_as_it_is() -> None:
    document = convert("a  <b>\r\n  c【1】\n", "text/plain", "http://a.example/notes.txt")
    assert document.text.rstrip() == "a  <b>\n  c〖1〗"
    assert document.title == "notes.txt"


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/octet-stream"])
def test_a_page_under_another_name_is_a_page(media_type: str) -> None:
    document = convert("<!DOCTYPE html><title>T</title><p>x <a href=/y>y</a>", media_type)
    assert (document.title, document.text) == ("T", "x 【0†y】")


MARKDOWN = """---
layout: page
---
# Title *here*

See [the docs](docs/a.md "t") and [other](https://b.example/) or <https://c.example/>. ![pic](p.png)

* one
    * two

| A | B |
|---|---|
| [x](y) | 2 |

```python
if x:
    [not](a link)
```

[ref]: /target
A [ref] link【0†fake】 <span hidden>HID</span>
"""


@pytest.mark.parametrize(
    ("media_type", "url"),
    [("text/markdown", URL), ("text/plain", URL + ".md"), ("", "http://a.example/files/README.md")],
)
def test_markdown_has_its_links_in_the_notation(media_type: str, url: str) -> None:
    document = convert(MARKDOWN, media_type, url)
    assert document.title == "Title here"
    assert document.text == (
        "# Title here\n\nSee 【0†the docs】 and 【1†other†b.example】 or "
        "【2†https://c.example/†c.example】. [Image 0: pic]\n\n"
        "  * one\n    * two\n\nA | B\n【3†x】 | 2\n\nif x:\n    [not](a link)\n\n"
        "A 【4†ref】 link〖0†fake〗"
    )
    assert document.links[0] == "http://a.example/files/docs/a.md"
    assert document.source.startswith("---\nlayout")


RSS = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY l "lol">]>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The feed</title>
<link>http://a.example/</link><description>About &lt;b&gt;tea&lt;/b&gt;</description>
<item><title>First &amp; best</title><link>http://a.example/1</link>
<pubDate>Mon, 02 Nov 2026</pubDate>
<dc:creator>Ada</dc:creator><description>&lt;p&gt;Some &lt;a href="/z"&gt;text&lt;/a&gt;
&lt;script&gt;x&lt;/script&gt;&lt;/p&gt;</description></item>
<item><title>Second &x;</title><guid>http://a.example/2</guid></item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Atoms</title>
<entry><title type="html">One &lt;i&gt;x&lt;/i&gt;</title><link rel="self" href="/self"/>
<link href="/one"/><updated>2026-11-02</updated><summary>Sum</summary></entry></feed>"""


@pytest.mark.parametrize("media_type", ["application/rss+xml", "text/xml", "text/html", ""])
def test_rss_becomes_headings_with_links_dates_and_summaries(media_type: str) -> None:
    document = convert(RSS, media_type)
    assert document.title == "The feed"
    assert document.text == (
        "# The feed\n\nAbout tea\n\n## 【0†First & best】\n\nMon, 02 Nov 2026 · Ada\n\n"
        "Some text\n\n## 【1†Second &x;】"
    )
    assert document.links == ("http://a.example/1", "http://a.example/2")


def test_atom_too() -> None:
    document = convert(ATOM, "application/atom+xml")
    assert document.text == "# Atoms\n\n## 【0†One x】\n\n2026-11-02\n\nSum"
    assert document.links == ("http://a.example/one",)


def test_entities_of_a_feed_do_not_explode() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    began = time.process_time()
    document = convert(
        f"<?xml version='1.0'?>{bomb}]><rss><channel><title>&i;</title></channel></rss>"
    )
    assert len(document.text) < 10_000
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(1200), "a PNG image of 1.2 kB"),
        (b"\xff\xd8\xff\xe0" + bytes(60), "a JPEG image of 64 bytes"),
        (b"RIFF1234WEBPVP8 " + bytes(84), "a WebP image of 100 bytes"),
        (b"PK\x03\x04" + bytes(2_000_000), "a ZIP archive"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(50), "a video (MP4)"),
        (bytes(range(256)) * 20, "a file of type application/x-thing of 5.1 kB"),
    ],
)
def test_what_has_no_text_is_named(body: bytes, name: str) -> None:
    document = convert(body, "application/x-thing", "http://a.example/pics/a%20b.bin")
    assert f"This is {name}" in document.text
    assert document.title == "a b.bin"


def test_text_that_begins_like_a_program_is_text() -> None:
    assert convert("MZ is a country code\n", "text/plain").text.startswith("MZ is")
    assert convert("BM, too", "text/plain").text == "BM, too"
