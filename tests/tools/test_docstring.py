"""Docstrings in three styles, and in none."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.tools.docstring import read_docstring

GOOGLE = """Find a page.

Only pages that are open to all are found: drafts are not.

Note:
    Slow.

Args:
    query (str): what to look for,
        in any language
    limit: how many
    ctx: not shown

Returns:
    list: the pages

Raises:
    ValueError: never
"""
NUMPY = """Find a page.

Only pages that are open to all are found: drafts are not.

Parameters
----------
query : str
    what to look for,
    in any language
limit : int, default 3
    how many

Returns
-------
list
    the pages
"""
SPHINX = """Find a page.

Only pages that are open to all are found: drafts are not.

:param query: what to look for,
    in any language
:param int limit: how many
:returns: the pages
:raises ValueError: never
"""


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX], ids=["google", "numpy", "sphinx"])
def test_docstrings_are_read_in_three_styles(text: str) -> None:
    read = read_docstring(text, ["query", "limit"])
    assert read.parameters["query"] == "what to look for, in any language"
    assert read.parameters["limit"] == "how many"
    summary, long, *_ = read.description.split("\n\n")
    assert (summary, long) == (
        "Find a page.",
        "Only pages that are open to all are found: drafts are not.",
    )
    assert "the pages" not in read.description


def test_a_note_stays_in_the_description() -> None:
    assert read_docstring(GOOGLE, ["query"]).description.endswith("Note: Slow.")


@pytest.mark.parametrize("text", [None, "", "  ", "One line.", "a: b\n\nc:\n\nd"])
def test_plain_docstrings_stay_as_they_are(text: str | None) -> None:
    assert read_docstring(text, ["x"]).description == (text or "").strip()


PIECES = st.sampled_from(
    [
        *("Args:", "    x: y", "    *x (", "Parameters\n----------", "x : int", ":param x", "----"),
        *(":param x y z: w", "Returns:", "    >>> 1", "Note:", "    :type", "```", "Yields\n---"),
        *("", "text", "    x", ".. note:: a", ":rtype:", "Raises:\n    E", "Attributes:\n    a"),
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=8))
def test_no_docstring_raises_or_is_complained_about(pieces: list[str]) -> None:
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[assignment, method-assign]
    logging.getLogger().addHandler(handler)
    try:
        read_docstring("\n".join(pieces), ["x"])
    finally:
        logging.getLogger().removeHandler(handler)
    assert records == []
