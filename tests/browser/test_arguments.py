"""What models write in place of arguments is mended, or answered with what to write."""

from __future__ import annotations

from typing import Any

import pytest

from agentkit.browser.arguments import Find, Open, Search, read
from agentkit.errors import ToolRetry


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ({}, Open()),
        ({"id": -1, "cursor": -1, "loc": -1, "num_lines": -1, "view_source": False}, Open()),
        ({"id": "3"}, Open(3)),
        ({"id": 2.0, "cursor": "1"}, Open(2, 1)),
        ({"id": "2.0", "cursor": "[1]"}, Open(2, 1)),
        ({"id": 0, "loc": "L120"}, Open(0, loc=120)),
        ({"id": "【4†Ferry times†harbour.example】"}, Open(4)),
        ({"id": "4†Ferry times"}, Open(4)),
        ({"id": " https://a.example/x y "}, Open("https://a.example/x y")),
        ({"id": "<http://a.example>"}, Open("http://a.example")),
        ({"id": "a.example/b?c=d"}, Open("https://a.example/b?c=d")),
        ({"id": "view-source:http://a.example"}, Open("http://a.example", view_source=True)),
        ({"id": "file:///etc/passwd"}, Open("file:///etc/passwd")),
        ({"url": "http://a.example"}, Open("http://a.example")),
        ({"id": None, "loc": "", "num_lines": 0, "source": "web", "tab": 7}, Open()),
        ({"loc": 10**400, "num_lines": 1e300}, Open(loc=10**400, num_lines=int(1e300))),
        ({"loc": 5, "num_lines": 10.0, "view_source": "true"}, Open(None, None, 5, 10, True)),
    ],
)
def test_slips_in_open_are_mended(arguments: dict[str, Any], meant: Open) -> None:
    assert read("open", arguments) == meant


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        ("open", {"id": -2}, "`id` is -2; it counts from 0"),
        ("open", {"cursor": -2}, "`cursor` is -2; it counts from 0"),
        ("open", {"cursor": -(10**400)}, "`cursor` is -100"),
        ("open", {"loc": float("inf")}, "`loc` is inf; give a whole number"),
        ("open", {"loc": 2.5}, "`loc` is 2.5; give a whole number"),
        ("open", {"cursor": True}, "`cursor` is True; give a whole number"),
        ("open", {"id": [3]}, r"`id` is \[3\]; give a whole number"),
        ("open", {"id": "the second link"}, "neither a link id nor a URL"),
        ("open", {"view_source": "maybe"}, "give true or false"),
        ("open", {"id": "x" * 9_000}, "`id` is 'xxx"),
        ("search", {}, "`query` is missing"),
        ("search", {"query": " "}, "`query` is missing"),
        ("find", {"cursor": 1}, "`pattern` is missing"),
        ("find", {"pattern": "x", "cursor": "y"}, "`cursor` is 'y'"),
    ],
)
def test_what_cannot_be_understood_is_answered_with_help(
    function: str, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ToolRetry, match=said) as refused:
        read(function, arguments)
    assert len(str(refused.value)) < 400


def test_search_and_find_take_what_they_need_and_no_more() -> None:
    wanted = {"query": " tides ", "topn": 3, "source": "web", "lang": "en"}
    assert read("search", wanted) == Search("tides")
    assert read("find", {"pattern": 1934, "cursor": 2.0, "loc": 1}) == Find("1934", 2)
