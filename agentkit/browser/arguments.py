"""What a call to the browser asks for, mended where it can mean only one thing.

gpt-oss writes `id: "3"`, `2.0`, a bare host, a link as it stands in the page, arguments that do not
exist. Knows the arguments of training and nothing of pages: whether there is such a link or line is
the tool's to find out. What is left open is refused with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.errors import ToolRetry

__all__ = ["Find", "Open", "Search", "read"]

_SOURCE = "view-source:"
_NUMBER = re.compile(r"[\[(]?\s*L?\s*(-?[0-9]{1,9})(?:\.0*)?\s*[\])]?", re.IGNORECASE)
_LINK = re.compile(r"【?\s*([0-9]{1,9})\s*†[^【】]*】?")
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?://|(?![0-9]{1,5}(?:[/?#]|$)))\S.*", re.DOTALL)
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]*(?::[0-9]{1,5})?(?:[/?#]\S*)?")
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Search:
    """`browser.search`; how many results are shown is not the model's to choose, as in training."""

    query: str


@dataclass(frozen=True, slots=True)
class Open:
    """`browser.open`.

    Args:
        target: a link's number, a URL, or None to stay on the page.
        cursor: the page; None for the most recent one.
        loc: first line; None for the best place.
        num_lines: None for a view's worth.
        view_source: the source instead of the text.
    """

    target: int | str | None = None
    cursor: int | None = None
    loc: int | None = None
    num_lines: int | None = None
    view_source: bool = False


@dataclass(frozen=True, slots=True)
class Find:
    """`browser.find`; no cursor is the most recent page."""

    pattern: str
    cursor: int | None = None


def read(function: str, arguments: Mapping[str, Any]) -> Search | Open | Find:
    """What a call asks for; arguments that the function does not have are ignored.

    Args:
        function: `search`, `open` or `find`.
        arguments: as parsed from JSON.

    Raises:
        ToolRetry: an argument is missing or cannot be understood.
    """
    match function:
        case "search":
            return Search(_text("query", arguments.get("query"), "what to search for"))
        case "find":
            pattern = _text("pattern", arguments.get("pattern"), "the text to look for")
            return Find(pattern, _whole("cursor", arguments.get("cursor")))
        case _:
            return _open(arguments)


def _open(arguments: Mapping[str, Any]) -> Open:
    target = _target(arguments.get("id", arguments.get("url")))
    view_source = _flag("view_source", arguments.get("view_source"))
    if isinstance(target, str) and target.startswith(_SOURCE):
        target, view_source = _target(target.removeprefix(_SOURCE)), True
    lines = arguments.get("num_lines")
    return Open(
        target,
        _whole("cursor", arguments.get("cursor")),
        _whole("loc", arguments.get("loc")),
        _whole("num_lines", lines) or None,
        view_source,
    )


def _target(value: Any) -> int | str | None:
    if not isinstance(value, str):
        return _whole("id", value)
    text = value.strip().strip("<>\"'`").strip()
    if link := _LINK.fullmatch(text):
        return int(link[1])
    if not text or _NUMBER.fullmatch(text):
        return _whole("id", text)
    if _URL.fullmatch(text):
        return text
    if _HOST.fullmatch(text):
        return f"https://{text}"
    raise ToolRetry(
        f"`id` is {_shown(value)}, which is neither a link id nor a URL. Give the number at the"
        " start of a link, such as 3 for 【3†...】, or a whole URL beginning with https://."
    )


def _whole(name: str, value: Any) -> int | None:
    """A number from 0; None where it is left out, which in training is also -1."""
    if value is None or value == "":
        return None
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None
    elif isinstance(value, str) and (match := _NUMBER.fullmatch(value.strip())):
        number = int(match[1])
    if number is None:
        raise ToolRetry(f"`{name}` is {_shown(value)}; give a whole number.")
    if number < -1:
        raise ToolRetry(
            f"`{name}` is {_shown(number)}; it counts from 0. Leave it out for the default."
        )
    return None if number == -1 else number


def _text(name: str, value: Any, what: str) -> str:
    text = "" if value is None or isinstance(value, list | dict | bool) else str(value).strip()
    if not text:
        raise ToolRetry(f"`{name}` is missing: give {what} as a string.")
    return text


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, str):
        value = {"true": True, "false": False, "": False}.get(value.strip().lower(), value)
    if value is None or value in (0, 1):
        return bool(value)
    raise ToolRetry(f"`{name}` is {_shown(value)}; give true or false.")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
