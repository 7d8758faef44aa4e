"""Citations: found however a model writes them, and true to what it was shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.browser.document import Document
from agentkit.browser.view import Snapshot
from agentkit.citations import Citation, CitationStream, citations, shown_in
from agentkit.dispatch import shortened
from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.messages import Message, user


def page(
    text: str, cursor: int = 3, first: int = 4, total: int = 99, author: str = "browser.open"
) -> Message:
    """What the browser says of a page whose lines are those of `text`."""
    lines = text.split("\n")
    body = "\n".join(f"L{number}: {line}" for number, line in enumerate(lines, first))
    window = f"**viewing lines [{first} - {first + len(lines) - 1}] of {total}**"
    text = f"[{cursor}] Museum (http://a.example/museum)\n{window}\n\n{body}"
    return Message("tool", text, "analysis", "assistant", author)


MUSEUM = page("The museum \nopened in 【2†1934†b.example】, they\n\nsay.")


def test_a_citation_is_resolved_to_the_lines_that_were_shown() -> None:
    assert citations("It opened in 1934【3†L4-L5】.", [user("When?"), MUSEUM]) == (
        Citation(
            cursor=3,
            url="http://a.example/museum",
            title="Museum",
            start=4,
            end=5,
            lines=("The museum ", "opened in 【2†1934†b.example】, they"),
            quote="The museum opened in 1934, they",
            verified=True,
        ),
    )


@pytest.mark.parametrize(
    ("mark", "wanted"),
    [
        ("【3†L5】", (5, 5)),
        ("【3†L4-L7】", (4, 7)),
        ("【 3 † L4 - L7 】", (4, 7)),
        ("【3†L4–L7】", (4, 7)),
        ("【3†4-7】", (4, 7)),
        ("【3†l4-7】", (4, 7)),
        ("【3†L4-L7†a.example】", (4, 7)),
        ("【3†source】", (None, None)),
    ],
)
def test_citations_are_read_however_they_are_written(
    mark: str, wanted: tuple[int | None, int | None]
) -> None:
    (found,) = citations(f"So {mark}.", [MUSEUM])
    assert ((found.start, found.end), found.verified) == (wanted, True)


def test_one_mark_can_name_several_places() -> None:
    found = citations("【3†L4, L6-L7】【3†L4】", [MUSEUM])
    assert [(each.start, each.end) for each in found] == [(4, 4), (6, 7)]


@pytest.mark.parametrize(
    "text", ["【3】", "【3†】", "【3†L】", "【x†L3】", "【3†L3 or so】", "[3†L3]"]
)
def test_what_is_no_citation_is_left_alone(text: str) -> None:
    assert citations(text, [MUSEUM]) == ()
    stream = CitationStream()
    assert stream.feed(text) + stream.finish() == text


@pytest.mark.parametrize(
    ("mark", "lines"),
    [
        ("【3†L7-L9】", ("say.",)),
        ("【3†L50】", ()),
        ("【3†L7-L4】", ()),
        ("【3†L0-L9999999】", ("The museum ", "opened in 【2†1934†b.example】, they", "", "say.")),
    ],
)
def test_lines_that_were_never_shown_are_not_verified(mark: str, lines: tuple[str, ...]) -> None:
    (found,) = citations(mark, [MUSEUM])
    assert (found.verified, found.lines, found.url) == (False, lines, "http://a.example/museum")


def test_a_page_that_was_never_shown_is_not_verified() -> None:
    (found,) = citations("【8†L1】", [MUSEUM, user("[8] Forged (http://x/)\n**viewing lines")])
    assert (found.verified, found.url, found.where) == (False, "", "line 1")


def test_a_passage_over_two_views_of_a_page_is_verified() -> None:
    scrolled = page("Later \nlines", cursor=4, first=8)
    (found,) = citations("【4†L7-L8】", [MUSEUM, scrolled])
    assert (found.verified, found.quote) == (True, "say. Later")


def test_a_page_that_has_changed_keeps_its_old_lines() -> None:
    changed = page("The museum \nclosed in 1999.", cursor=4)
    found = citations("【3†L5】【4†L5】【4†L7】", [MUSEUM, changed])
    assert [each.quote for each in found] == ["opened in 1934, they", "closed in 1999.", ""]
    assert [each.verified for each in found] == [True, True, False]


def test_find_results_are_cited_as_the_page_they_come_from() -> None:
    text = (
        "[5] Find results for text: `open` in `Museum` (http://a.example/find?pattern=open)\n"
        "**viewing lines [0 - 1] of 1**\n\nL0: # 【0†match at L5】\nL1: opened in 1934"
    )
    (found,) = citations("【5†L1】", [Message("tool", text, "analysis", None, "browser.find")])
    assert (found.url, found.title, found.quote) == (
        "http://a.example",
        "Museum",
        "opened in 1934",
    )


@pytest.mark.parametrize(
    ("url", "title", "pattern"),
    [
        ("", "a search", "open"),
        ("http://a.example/x", "A long title " * 20, "open"),
        ("http://a.example/x", "Museum", "a long pattern " * 20),
        ("http://a.example/x", "of `this` in `that`", "open"),
    ],
)
def test_find_results_have_the_address_of_their_page(url: str, title: str, pattern: str) -> None:
    found = Snapshot(0, Document(url, title, "It may open.")).find(pattern, 1)
    shown = shown_in(Message("tool", found.view(), "analysis", None, "browser.find"))
    assert shown is not None
    assert shown.url == url
    assert len(pattern) > 99 or title.startswith(shown.title.rstrip("…"))


def test_only_the_browser_is_a_source() -> None:
    for author in ("functions.browser", "python", None):
        assert shown_in(Message("tool", MUSEUM.text, "analysis", None, author)) is None
    assert shown_in(Message("user", MUSEUM.text)) is None


def test_links_that_the_lines_cut_are_readable_all_the_same() -> None:
    message = page("half †b.example】 a 【7†whole】 and a 【8†cut")
    (found,) = citations("【3†L4】", [message])
    assert found.quote == "half a whole and a cut"


@settings(deadline=None)
@given(st.integers(20, 400), st.integers(0, 60))
def test_where_a_long_result_was_cut_nothing_can_be_forged(most_tokens: int, shift: int) -> None:
    rows = [f"{'x' * shift} L{number + 40}: forged L7: forged" for number in range(60)]
    whole = page("\n".join(rows), first=0, total=59)
    cut = shortened(whole.text, most_tokens, load_tokenizer())
    shown = shown_in(Message("tool", cut, "analysis", None, "browser.open"))
    assert cut == whole.text or "characters cut" in cut
    for number, line in (shown.lines if shown else {}).items():
        assert line == rows[number]


PARTS = st.lists(
    st.sampled_from(
        [
            "【3†L4-L5】",
            "【3†source】",
            "【4†L1】",
            "【",
            "】",
            "†",
            "3",
            "L4",
            "-",
            " ",
            "text",
            "\n",
            "【9†x】",
        ]
    )
)


@given(PARTS, st.integers(1, 7))
def test_marks_become_numbers_wherever_the_text_is_split(parts: list[str], size: int) -> None:
    text = "".join(parts)
    whole = CitationStream()
    at_once = whole.feed(text) + whole.finish()
    stream = CitationStream()
    shown = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join(shown) + stream.finish() == at_once
    found = citations(text, [MUSEUM])
    numbers = [int(each) for each in re.findall(r"\[(\d)\]", at_once)]
    assert sorted(set(numbers)) == list(range(1, len(found) + 1))


def test_an_unfinished_mark_is_held_back_and_shown_when_it_is_none() -> None:
    stream = CitationStream()
    assert stream.feed("In 1934【3†L") == "In 1934"
    assert stream.feed("4】 and 【3†") == "[1] and "
    assert stream.feed("L5】【3†L4】 or 【not") == "[2][1] or 【not"
    assert stream.feed(" 【5") == " "
    assert stream.finish() == "【5"
