"""What the parts of the browser hand to each other: responses, documents, errors.

Values only. A `Response` is what a server or a rendered page gave; a `Document` is the same made
readable, in the notation of gpt-oss's browser, and does not depend on how it was fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agentkit.errors import ToolError

__all__ = ["BrowserError", "Document", "FetchError", "Refused", "Response"]


class BrowserError(ToolError):
    """A page cannot be had or shown; the message says which, why, and what to do."""


class Refused(BrowserError):
    """The address policy forbids an address; nothing was sent there."""


class FetchError(BrowserError):
    """A server could not be reached, failed, or its answer was unusable."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came from a server, or from Chromium once a page was rendered.

    Args:
        url: after all redirects.
        status: HTTP's.
        media_type: lower case, without parameters: `text/html`; empty when the server named none.
        charset: as the server named it; empty when it did not.
        body: decoded bytes; of a rendered page its DOM as UTF-8.
        headers: names in lower case.
        note: what is to be known about it in one sentence, such as that it was cut; may be empty.
        rendered: True when the body comes from Chromium's DOM.
    """

    url: str
    status: int
    media_type: str
    body: bytes = field(repr=False)
    charset: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    note: str = ""
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A page made readable.

    Args:
        url: where it was found, after all redirects; empty for pages made here, such as results.
        title: one line.
        text: the whole page in the trained notation, from its first heading on (no `URL:` line);
            links stand in it as `【id†text】` or `【id†text†host】`. Not wrapped.
        links: the absolute URL of each link id.
        main: where the main content starts, in characters of `text`; 0 when it is not known.
        note: what is to be known about the page in one sentence; may be empty.
        source: the source as text, for `view_source`.
    """

    url: str
    title: str
    text: str = field(repr=False)
    links: tuple[str, ...] = field(default=(), repr=False)
    main: int = 0
    note: str = ""
    source: str = field(default="", repr=False)
