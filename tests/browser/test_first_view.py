"""The first view of a page shows where its content starts, whatever stands above it."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from agentkit.browser.document import Document, Response
from agentkit.browser.pages.convert import to_document
from agentkit.browser.view import Snapshot
from tests.browser.labelled.layouts import Labelled, labelled_pages

PAGES = list(labelled_pages())
LINE = re.compile(r"^L\d+: ", re.MULTILINE)


@cache
def converted(page: Labelled) -> Document:
    return to_document(
        Response("http://site.example/page", 200, "text/html", page.html.encode(), "utf-8")
    )


def first_view(document: Document) -> str:
    """What a model sees first, with its lines put together again."""
    view = Snapshot(0, document).view(tokens=1024)
    return " ".join(LINE.sub("", view).split())


def is_in_view(page: Labelled, document: Document) -> bool:
    return page.start in first_view(document)


def test_the_pages_are_as_various_as_they_should_be() -> None:
    assert len(PAGES) >= 30
    for page in PAGES:
        assert 90 <= page.html.count("<a ") <= 330, page.name
        assert page.start in " ".join(converted(page).text.split()), page.name


def test_the_start_of_the_content_is_in_the_first_view() -> None:
    missed = [page.name for page in PAGES if not is_in_view(page, converted(page))]
    assert len(missed) <= 0.1 * len(PAGES), missed


def test_without_placing_the_view_most_starts_would_be_missed() -> None:
    seen = [page for page in PAGES if is_in_view(page, replace(converted(page), main=0))]
    assert len(seen) < 0.6 * len(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_above_the_first_view_is_lost(page: Labelled) -> None:
    document = converted(page)
    hrefs = set(re.findall(r"<a [^>]*href=[\"'](/[^\"']*)", page.html))
    paths = {url.removeprefix("http://site.example") for url in document.links}
    assert hrefs <= paths
