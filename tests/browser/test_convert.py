"""HTML in the trained notation: what stays, what goes, and that no input is too much."""

from __future__ import annotations

import time

import pytest

from agentkit.browser.document import Document, Response
from agentkit.browser.pages.convert import text_of, to_document

URL = "http://a.example/dir/page.html"


def convert(html: str | bytes, *, charset: str = "", rendered: bool = False) -> Document:
    body = html.encode("utf-8") if isinstance(html, str) else html
    return to_document(Response(URL, 200, "text/html", body, charset, rendered=rendered))


def text(html: str) -> str:
    """The text of a page whose body is `html`."""
    return convert(f"<!doctype html><title>T</title><body>{html}").text


def test_headings_paragraphs_and_breaks() -> None:
    html = "<h1>One <i>two</i></h1><p>A\n  b<br>c</p><h3>Three</h3>loose<div>boxed</div>"
    assert text(html) == "# One two\n\nA b\nc\n\n### Three\n\nloose\nboxed"


def test_links_are_numbered_as_first_seen_and_the_same_address_has_one_id() -> None:
    document = convert(
        '<a href="/b">link to b</a> and <a href="https://other.example/x">elsewhere</a> '
        '<a href="../b">b again</a> <a href="page2.html?q=a b#c">next</a>'
    )
    assert (
        document.text
        == "【0†link to b】 and 【1†elsewhere†other.example】 【0†b again】 【2†next】"
    )
    assert document.links == (
        "http://a.example/b",
        "https://other.example/x",
        "http://a.example/dir/page2.html?q=a%20b#c",
    )


def test_the_base_of_a_page_is_respected() -> None:
    html = '<base href="//cdn.example/root/"><a href="x">x</a> <a href="http://a.example/">home</a>'
    document = convert(html)
    assert document.links == ("http://cdn.example/root/x", "http://a.example/")
    assert document.text == "【0†x†cdn.example】 【1†home】"


@pytest.mark.parametrize(
    ("href", "shown"),
    [
        ("#part", "go"),
        ("page.html#part", "go"),
        ("javascript:alert(1)", "go"),
        ("mailto:me@a.example?subject=x", "go (me@a.example)"),
        ("tel:+49123", "go (+49123)"),
        ("data:text/html,x", "go"),
        ("file:///etc/passwd", "go"),
        ("http://[broken", "go"),
        ("  java\nscript:x", "go"),
    ],
)
def test_what_leads_to_no_other_page_is_text(href: str, shown: str) -> None:
    document = convert(f'<a href="{href}">go</a>')
    assert (document.text, document.links) == (shown, ())


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ('<a href="/b"><img src="i" alt="only image"></a>', "【0†[Image 0: only image]】"),
        ('<a href="/b"><img src="i"></a>', "【0†[Image 0]】"),
        ('<a href="/b" aria-label="Search"><svg><path/></svg></a>', "【0†Search】"),
        ('<a href="/b"><svg><title>Home</title></svg></a>', "【0†Home】"),
        ('<a href="/b">a † b</a>', "【0†a ‡ b】"),
        ('<a href="/b"> spaced </a>', "【0†spaced】"),
        ('<a href="/b"></a>', ""),
    ],
)
def test_every_link_that_can_be_named_keeps_its_id(link: str, shown: str) -> None:
    assert convert(link).text == shown


def test_a_link_around_blocks_is_a_link_in_each() -> None:
    card = '<a href="/p"><img src="i" alt="pot"><h3>Teapot</h3><p>Holds a litre.</p></a>'
    assert text(card) == "【0†[Image 0: pot]】\n\n### 【0†Teapot】\n\n【0†Holds a litre.】"


def test_page_text_can_form_no_marker() -> None:
    document = convert(
        "<title>【1†L1】</title><p>【0†fake】 ◼ &#12304;3†x&#12305;</p>"
        '<a href="/x" >【7†in a link】</a><img src=i alt="【8†alt】">'
        '<input name="【9†n】" value="【9†v】"><math alttext="【2†m】"></math>'
        "<pre>【4†code】</pre><table><tr><td>【5†cell】<td>b</table>"
    )
    shown = document.title + document.text.replace("【0†〖7†in a link〗】", "").replace(
        "【0†〖7‡in a link〗】", ""
    )
    assert "【" not in shown
    assert "】" not in shown
    assert "◼" not in shown
    assert "【" not in document.source


def test_characters_beyond_the_basic_plane_stay_and_invisible_ones_go() -> None:
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    assert text(f"<p>😀 𝕏 𠀀 zero\u200bwidth{tags} bi\u202edi a\x00b👩\u200d🚀</p>") == (
        "😀 𝕏 𠀀 zerowidth bidi ab👩\u200d🚀"
    )


def test_lists_keep_their_nesting_and_numbers() -> None:
    html = "<ul><li>a<ul><li>b</li></ul></li><li><p>c</p><p>d</p></li></ul><ol start=3><li>e</ol>"
    assert text(html) == "  * a\n    * b\n  * c\n    d\n  3. e"


def test_tables_are_rows_and_layouts_are_not() -> None:
    data = "<table><caption>Prices</caption><tr><th>Name<th>Price<tr><td>Tea<td>3 €</table>"
    assert text(data) == "Prices\n\nName | Price\nTea | 3 €"
    layout = "<table><tr><td><h1>Head</h1><p>x</p><td><table><tr><td>a<td>b</table></table>"
    assert text(layout) == "# Head\n\nx\n\na | b"


def test_forms_show_their_fields() -> None:
    html = """<form><label>Find <input name=q value='te"a' placeholder="words"></label>
    <input type=hidden name=t value=secret><input type=password name=p value=secret>
    <input type=checkbox name=c value=1 checked><select name=s><option>A<option selected>B</select>
    <textarea name=t>old</textarea><button>Go</button><input type=submit value=Send></form>"""
    assert text(html) == (
        'Find [input name=q placeholder="words" value="te\'a"] [input type=password name=p] '
        '[input type=checkbox name=c value="1" checked] [select name=s: A / *B] '
        '[textarea name=t value="old"] [button Go] [button Send]'
    )


def test_formulas_are_tex_and_the_text_after_them_stays() -> None:
    mathml = (
        "<p>A <math><semantics><mrow><mi>E</mi></mrow><annotation encoding='application/x-tex'>"
        "E=mc^2</annotation></semantics></math> TAIL x<sup>2</sup> y<sub>i</sub></p>"
    )
    assert text(mathml) == "A $E=mc^2$ TAIL x^{2} y_{i}"
    assert text('<math alttext="a+b"><mi>a</mi></math>!') == "$a+b$ !"
    assert text('<script type="math/tex">x^2</script> is') == "$x^2$ is"
    wiki = '<img class="mwe-math-fallback-image" aria-hidden=true alt="{\\displaystyle n!}" src=x>'
    assert text(f"<p>So {wiki} it is</p>") == "So $n!$ it is"


def test_code_keeps_its_lines_and_indentation() -> None:
    html = "<pre><code>def f():\n\tif x:\n        return 1\n\n\nf()\n</code></pre>after"
    assert text(html) == "def f():\n    if x:\n        return 1\n\n\nf()\n\nafter"


def test_smaller_structures_survive() -> None:
    html = """<blockquote><p>quoted</p></blockquote><dl><dt>Term</dt><dd>Meaning</dd></dl>
    <details><summary>More</summary>inside</details>
    <figure><img src=i alt="Chart"><figcaption>Sales</figcaption></figure>
    <iframe src="/embed" title="Map"></iframe>"""
    assert text(html) == (
        "> quoted\n\nTerm\n    Meaning\nMore\ninside\n[Image 0: Chart]\nSales\n【0†Frame: Map】"
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden>HID</div>",
        '<div aria-hidden="true">HID</div>',
        '<p style="color:red; DISPLAY : none">HID</p>',
        '<p style="visibility:hidden">HID</p>',
        '<p style="font-size:0px">HID</p>',
        '<p style="display/**/:none">HID</p>',
        "<template>HID</template>",
        "<script>HID</script><style>HID</style>",
        "<dialog>HID</dialog>",
        "<!-- HID -->",
        "<svg><text>HID</text></svg>",
        "<select hidden><option>HID</select>",
        '<a href="/x" hidden>HID</a>',
        "<div hidden><div><p>HID</p></div></div>",
    ],
)
def test_hidden_text_is_dropped_and_what_follows_is_not(hidden: str) -> None:
    assert text(f"<p>before</p>{hidden} after") == "before\n\nafter"


def test_the_mark_of_hidden_elements_counts_in_rendered_pages_only() -> None:
    html = "<p>a</p><p data-agentkit-hidden>b</p><noscript>c</noscript>"
    assert convert(html).text == "a\n\nb\n\nc"
    assert convert(html, rendered=True).text == "a"


@pytest.mark.parametrize("html", ["", "  \n ", "<!-- only -->", "<html></html>", "\x00"])
def test_pages_without_text_are_empty_documents(html: str) -> None:
    document = convert(html)
    assert (document.text, document.links, document.main) == ("", (), 0)
    assert document.title


def test_a_body_that_is_not_opened_begins_with_its_first_element() -> None:
    page = convert("<title>x</title><nav>menu</nav><main><h1>Hi</h1><p>there</p></main>")
    assert (page.title, page.text) == ("x", "menu\n\n# Hi\n\nthere")


def test_xhtml_with_a_prologue() -> None:
    page = (
        '<?xml version="1.0" encoding="iso-8859-1"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Tür</title></head>'
        "<body><p>Tür<br/>zwei</p></body></html>"
    )
    document = convert(page.encode("latin-1"))
    assert (document.title, document.text) == ("Tür", "Tür\nzwei")


SENTENCE = "<p>Größe: 5 €, schön – Übung</p>"


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (SENTENCE.encode(), ""),
        (SENTENCE.encode(), "utf-8"),
        (SENTENCE.encode(), "iso-8859-1"),  # the server is wrong
        (SENTENCE.encode("cp1252"), "utf-8"),  # and again
        (SENTENCE.encode("cp1252"), "iso-8859-1"),
        (b'<meta charset="windows-1252">' + SENTENCE.encode("cp1252"), ""),
        (SENTENCE.encode("utf-16"), ""),
        (b"\xef\xbb\xbf" + SENTENCE.encode(), "latin-1"),
        (SENTENCE.encode() + "€".encode()[:2], "utf-8"),  # cut within a character
        (SENTENCE.encode(), "rot13"),
        (SENTENCE.encode(), "no such thing"),
    ],
)
def test_encodings_are_found_out(body: bytes, charset: str) -> None:
    assert convert(body, charset=charset).text == "Größe: 5 €, schön – Übung"


@pytest.mark.parametrize("charset", ["shift_jis", "gb2312", "euc-kr", "big5"])
def test_declared_encodings_of_the_east(charset: str) -> None:
    words = {"shift_jis": "日本語", "gb2312": "简体中文", "euc-kr": "한국어", "big5": "繁體中文"}
    html = f'<meta charset="{charset}"><p>{words[charset]}</p>'
    assert convert(html.encode(charset)).text == words[charset]


def test_undecodable_bytes_are_marked() -> None:
    html = ("<p>" + "größer " * 60).encode() + b"\xff end"
    assert "größer \ufffd end" in convert(html, charset="utf-8").text


def test_titles_are_one_short_line() -> None:
    assert convert(f"<title> a\n b {'x' * 999}</title>").title.startswith("a b xxx")
    assert len(convert(f"<title>{'x ' * 999}</title>").title) <= 200
    assert convert("<svg><title>icon</title></svg><h1><a href=/>Head</a></h1>").title == "Head"
    assert convert("<p>nothing</p>").title == "page.html"


def test_errors_of_the_server_are_noted() -> None:
    document = to_document(Response(URL, 404, "text/html", b"<p>Not here</p>"))
    assert document.note == "The server answered with status 404 (Not Found)."


def test_ten_thousand_links() -> None:
    html = "".join(f'<li><a href="/item/{n}">Item {n}</a></li>' for n in range(10_000))
    document = convert(f"<ul>{html}</ul>")
    assert len(document.links) == 10_000
    assert "【9999†Item 9999】" in document.text


def test_elements_nested_ten_thousand_deep() -> None:
    deep = "<div>" * 10_000 + "core" + "</div>" * 10_000 + "<p>after <a href=/x>link</a></p>"
    document = convert(deep)
    assert document.text.startswith("core")
    assert "after" in document.text
    hidden = "<div>" * 3000 + "<p hidden>HID</p>" + "</div>" * 3000
    assert "HID" not in convert(hidden).text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script" * 100_000,
        "</script <style" * 50_000,
        "<!--" * 200_000,
        "<!---->" * 500 + "x",
        "<!DOCTYPE a[]>" * 200 + "x",
        "<a href=x>" * 50_000 + "x",
        "<table><tr><td>" * 3_000 + "x",
        "<ul><li>" * 3_000 + "x",
        "<p style='" + "/*" * 100_000 + "'>x",
        "<b><p>" * 20_000 + "x",
        "&lt;" * 200_000,
        "<select>" + "<option>x" * 50_000,
        "<p>" + "【" * 300_000,
        "<a href='" + "/a/.." * 50_000 + "'>x</a>",
        "<math>" * 3_000 + "x",
        "<blockquote>" * 1_000 + "x<p>y" * 1_000,
    ],
    ids=lambda html: html[:12],
)
def test_hostile_pages_are_done_in_time(hostile: str) -> None:
    began = time.process_time()
    convert(hostile)
    text_of(hostile)
    assert time.process_time() - began < 8


def test_addresses_together_have_a_limit() -> None:
    base = f"http://a.example/{'x' * 3_900}/"
    page = f"<base href={base}>" + "".join(f"<p><a href={n}>link {n}</a>" for n in range(4_000))
    document = convert(page)
    assert sum(map(len, document.links)) < 8_000_000 < 4_000 * len(base)
    assert "【0†link 0】" in document.text
    assert document.text.endswith("\n\nlink 3999")


def test_five_megabytes() -> None:
    line = "<p>Some words with a <a href='/x'>link</a> and <b>bold</b> ones for a page.</p>\n"
    document = convert(line * (5_000_000 // len(line)))
    assert len(document.text) == 4_000_000 or document.text.count("Some words") > 60_000
    assert len(document.source) <= 1_000_000


def test_text_of_a_page_without_what_is_no_text() -> None:
    html = """<html><head><title>T</title><style>p{}</style><script>if (a<b) x()</script></head>
    <body><!-- c --><p>One &amp; two</p><noscript>Enable scripts</noscript>
    <SCRIPT>y</SCRIPT >three"""
    assert text_of(html) == "One & two three"
    assert text_of(html.encode()) == "One & two three"
    assert text_of("") == ""
    assert text_of("a <script>never closed") == "a never closed"
    assert text_of(f"a &#{'1' * 5_000}; b") == "a \ufffd b"
