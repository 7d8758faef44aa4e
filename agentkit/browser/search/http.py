"""What providers reached over HTTP share: the key, the request, the answer's shape, the errors.

An adapter says how one service is asked and how its answer reads; everything that can go wrong
between the two is told here, in a `BrowserError` that names the provider, what happened and what
to do. Nothing here knows how results are shown or kept.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from agentkit.browser.document import BrowserError, Response

if TYPE_CHECKING:
    from agentkit.browser.net.fetch import Fetcher

__all__ = ["HttpSearch", "join", "plain"]

Shape = TypeVar("Shape", bound=BaseModel)

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


class HttpSearch:
    """What providers reached over HTTP have in common.

    Requests go through the browser's own fetcher and so obey its address policy. Where the user
    has named the server, as with `SEARXNG_URL`, that one host is asked wherever it stands.

    Args:
        key: the provider's key; None to read it from the environment when it is needed.
        base: another server than the provider's own: scheme, host, perhaps a path.

    Attributes:
        variable: the environment variable that holds the key, or the server for `searxng`.
        home: the service's own server; empty when there is none.
    """

    name: str
    variable: str
    home: str

    def __init__(self, key: str | None = None, *, base: str | None = None) -> None:
        self._key = key
        self._base = base.rstrip("/") if base else None
        self._own: Fetcher | None = None

    def key(self) -> str:
        """The key.

        Raises:
            BrowserError: there is none.
        """
        found = self._key or os.environ.get(self.variable, "").strip()
        if not found:
            raise BrowserError(
                f"Search with {self.name} needs a key. Set the environment variable"
                f" {self.variable}, or choose another provider."
            )
        return found

    def ready(self) -> Self:
        """This provider, now that it is known to have a key.

        Raises:
            BrowserError: there is no key.
        """
        self.key()
        return self

    def base(self) -> str:
        """Where the service is reached, without a slash at the end."""
        return self._base or self.home

    async def ask(
        self,
        shape: type[Shape],
        fetcher: Fetcher,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Shape:
        """Send one request and read its answer.

        Args:
            shape: what the answer must look like.
            fetcher: sends it, unless the user named the server.
            method: HTTP's.
            path: below `base()`.
            json: the body.
            params: of the query string.
            headers: besides the usual ones.

        Raises:
            BrowserError: no answer, a status that is not success, or another shape.
        """
        try:
            response = await self._sender(fetcher).request(
                method,
                self.base() + path,
                json=json,
                params={name: _sendable(text) for name, text in (params or {}).items()},
                headers=headers,
            )
        except BrowserError as error:
            raise BrowserError(f"Search with {self.name} failed: {error}") from error
        if not 200 <= response.status < 300:
            raise BrowserError(self._refusal(response))
        try:
            return shape.model_validate_json(response.body)
        except ValidationError as error:
            raise BrowserError(self._misshapen(response, error)) from None

    async def close(self) -> None:
        """Close the provider's own connections."""
        if self._own is not None:
            await self._own.close()
            self._own = None

    def _sender(self, fetcher: Fetcher) -> Fetcher:
        """The browser's fetcher, or one that reaches nothing but the server the user named."""
        if self._base is None:
            return fetcher
        if self._own is None:
            from agentkit.browser.net.fetch import Fetcher
            from agentkit.browser.net.policy import AddressPolicy

            host = urlsplit(self._base).hostname or ""
            self._own = Fetcher(
                replace(AddressPolicy.unrestricted(), allow_hosts=(host,)),
                user_agent=fetcher.user_agent,
                timeout=fetcher.timeout,
            )
        return self._own

    def _refusal(self, response: Response) -> str:
        """What a status means and what can be done about it."""
        said = _one_line(response.body.decode("utf-8", "replace"), 200)
        match response.status:
            case 401 | 403:
                fix = f"Check the key in {self.variable}."
            case 402:
                fix = "The account has no credit left."
            case 429:
                fix = "Too many searches, or the account's quota is used up; wait, then try again."
            case status if status >= 500:
                fix = "The service has trouble; try again later or choose another provider."
            case _:
                fix = "The query may be too long, or the service has changed."
        return f"Search with {self.name} failed with HTTP status {response.status}. {fix}" + (
            f" It said: {said}" if said else ""
        )

    def _misshapen(self, response: Response, error: ValidationError) -> str:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        kind = response.media_type or "data without a type"
        return (
            f"Search with {self.name} failed: {self.base()} answered {kind}, which is not the"
            f" documented answer ({where + ': ' if where else ''}{first['msg']}). If a proxy or a"
            " login page stands between, deal with it; else choose another provider."
        )


def plain(text: str | None, most: int = 600) -> str:
    """A provider's text on one line: without markup and entities, cut to `most` characters."""
    return _one_line(html.unescape(_TAG.sub("", text or "")), most)


def join(parts: Iterable[str | None]) -> str:
    """Excerpts of a page as one snippet."""
    return " … ".join(dict.fromkeys(part.strip() for part in parts if part and part.strip()))


def _sendable(text: str) -> str:
    """Without halves of characters, which a query string cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _one_line(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
