"""Pages over HTTP: bounded, redirects followed by hand, connections only to checked addresses.

A `Fetcher` asks the address policy before every request and connects to an address that passed.
It knows nothing of HTML or of Chromium. There are no cookies and no proxies, and nothing is read
from the environment but OpenSSL's `SSL_CERT_FILE` and `SSL_CERT_DIR`. Time and size are limited
throughout: a body that is too long or too slow is given back as far as it came, with a note. Not
spoken: HTTP/2, and encodings other than gzip and deflate. httpcore limits headers to 100 KB.
"""

from __future__ import annotations

import asyncio
import json as json_
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import quote, urldefrag, urlencode, urljoin, urlsplit

import httpcore

from agentkit.browser.document import FetchError, Response
from agentkit.browser.net.addresses import origin_of, shown
from agentkit.browser.net.connections import pool
from agentkit.browser.net.decoding import ACCEPTED, BrokenEncoding, Decoder
from agentkit.browser.net.policy import AddressPolicy

__all__ = ["Fetcher", "default_user_agent"]

MAX_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,text/*;q=0.8,*/*;q=0.7"
# What is no secret and may follow a redirect to another origin.
_HARMLESS = frozenset({"accept", "accept-language", "user-agent"})
# Characters that stand for themselves in a path and query; `%` because they are quoted already.
_LITERAL = "!#$%&'()*+,/:;=?@[]~"
_BROKE_OFF = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)


def default_user_agent() -> str:
    """How agentkit names itself to servers."""
    return f"Mozilla/5.0 (compatible; agentkit/{version('agentkit')})"


class Fetcher:
    """Gets pages within limits. An async context manager; `close` may be called instead.

    Args:
        policy: what may be addressed.
        user_agent: how to name oneself to servers; by default `default_user_agent()`.
        timeout: seconds for one request, all its redirects and its body included.
        max_bytes: of a body once decoded; what is beyond is cut off.
        max_encoded: of a body as it comes over the network.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        user_agent: str | None = None,
        timeout: float = 20.0,
        max_bytes: int = 8 * 2**20,
        max_encoded: int = 8 * 2**20,
    ) -> None:
        self.policy = policy
        self.user_agent = user_agent or default_user_agent()
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.max_encoded = max_encoded
        self._open: tuple[asyncio.AbstractEventLoop, httpcore.AsyncConnectionPool] | None = None

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; the fetcher may be used again."""
        opened, self._open = self._open, None
        if opened is not None and opened[0] is asyncio.get_running_loop():
            await opened[1].aclose()

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        """Get a page: `request("GET", url, headers=headers)`."""
        return await self.request("GET", url, headers=headers)

    async def request(
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request and follow its redirects.

        Args:
            method: HTTP's.
            url: absolute.
            json: sent as the body when it is not None.
            params: added to the URL's query.
            headers: besides the usual ones; they are not forwarded to another host.

        Returns:
            The answer, whatever its status. Its `note` tells of a status that is no success and of
            a body that was cut.

        Raises:
            Refused: the policy forbids the URL, or one that it redirects to.
            FetchError: no answer came in time, or an unusable one.
        """
        given = {name.lower(): text for name, text in (headers or {}).items()}
        body = None
        if json is not None:
            body = json_.dumps(json).encode()
            given.setdefault("content-type", "application/json")
        url = _tidy(url)
        if params:
            base, fragment = urldefrag(url)
            query = ("&" if "?" in base else "?") + urlencode(params)
            url = base + query + (f"#{fragment}" if fragment else "")
        return await self._follow(_Request(method.upper(), url, given, body))

    async def _follow(self, request: _Request) -> Response:
        deadline = asyncio.get_running_loop().time() + self.timeout
        seen = {(request.method, request.url)}
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._exchange(request, deadline)
            if isinstance(answer, Response):
                return answer
            request = request.redirected(answer.status, answer.location)
            if (request.method, request.url) in seen:
                raise FetchError(
                    f"{shown(request.url)} redirects in a circle; it may want cookies, which are"
                    " not kept."
                )
            seen.add((request.method, request.url))
        raise FetchError(f"{shown(request.url)} comes after more than {MAX_REDIRECTS} redirects.")

    async def _exchange(self, request: _Request, deadline: float) -> Response | _Redirect:
        """Send one request; once more when a connection that was kept turns out to be closed."""
        self.policy.check_url(request.url)
        try:
            if request.method == "GET":
                try:
                    return await self._attempt(request, deadline)
                except _BROKE_OFF:
                    pass
            return await self._attempt(request, deadline)
        except (httpcore.NetworkError, httpcore.ProtocolError, BrokenEncoding) as error:
            raise FetchError(_told(request.url, error)) from error
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise FetchError(
                f"{shown(request.url)} did not answer within {self.timeout:g} seconds."
            ) from error

    async def _attempt(self, request: _Request, deadline: float) -> Response | _Redirect:
        body: _Body | None = None
        try:
            async with (
                asyncio.timeout_at(deadline),
                self._pool().stream(
                    request.method, _wire_url(request.url), headers=self._headers(request),
                    content=request.body,
                ) as answer,
            ):  # fmt: skip
                headers = _text_headers(answer.headers)
                if answer.status in _REDIRECTS and "location" in headers:
                    return _Redirect(answer.status, headers["location"])
                body = _Body(self, answer.status, headers)
                async for chunk in answer.aiter_stream():
                    if not body.feed(chunk):
                        break
        except (TimeoutError, BrokenEncoding, *_BROKE_OFF) as error:
            if body is None or not body.data:
                raise
            body.stop(error)
        return body.response(request.url)

    def _pool(self) -> httpcore.AsyncConnectionPool:
        """The connections of the running event loop; those of an ended loop are of no use."""
        loop = asyncio.get_running_loop()
        if self._open is None or self._open[0] is not loop:
            self._open = loop, pool(self.policy)
        return self._open[1]

    def _headers(self, request: _Request) -> list[tuple[bytes, bytes]]:
        headers = {"accept": _ACCEPT, "user-agent": self.user_agent, **request.headers}
        headers |= {"host": origin_of(request.url).authority, "accept-encoding": ACCEPTED}
        if request.body is not None:
            headers["content-length"] = str(len(request.body))
        return [(name.encode("latin-1"), text.encode()) for name, text in headers.items()]


@dataclass(frozen=True)
class _Redirect:
    status: int
    location: str


@dataclass(frozen=True)
class _Request:
    """What is sent next.

    Args:
        headers: the caller's, names in lower case.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    def redirected(self, status: int, location: str) -> _Request:
        """The request that follows a redirect. What was entrusted to one origin stays there.

        Raises:
            FetchError: the body would have to go to another origin, or there is no such URL.
        """
        base, fragment = urldefrag(self.url)
        try:
            url = urljoin(base, _tidy(location))
            fragment = fragment if not urlsplit(url).fragment else ""
        except ValueError as error:
            raise FetchError(f"{shown(base)} redirects to what is no URL.") from error
        target = f"{url}#{fragment}" if fragment else url
        after = replace(self._as_get() if self._becomes_get(status) else self, url=target)
        if _is_same_origin(base, url):
            return after
        if after.body is not None:
            raise FetchError(
                f"{shown(base)} redirects to another host, {shown(url)}. What was sent is meant"
                " for the first alone and is not forwarded; give the new address if it is trusted."
            )
        kept = {name: text for name, text in after.headers.items() if name in _HARMLESS}
        return replace(after, headers=kept)

    def _becomes_get(self, status: int) -> bool:
        """As browsers do it and the Fetch standard now says (HTTP-redirect fetch, step 12)."""
        if status == HTTPStatus.SEE_OTHER:
            return self.method != "HEAD"
        return self.method == "POST" and status in (301, 302)

    def _as_get(self) -> _Request:
        kept = {k: text for k, text in self.headers.items() if not k.startswith("content-")}
        return replace(self, method="GET", body=None, headers=kept)


class _Body:
    """A body as it comes in, within the fetcher's limits."""

    def __init__(self, limits: Fetcher, status: int, headers: dict[str, str]) -> None:
        if status < 200:
            raise httpcore.RemoteProtocolError(f"it answered {status} to an ordinary request")
        self._limits = limits
        self._status = status
        self._headers = headers
        self._decoder = Decoder(headers.get("content-encoding", ""), limits.max_bytes)
        self._encoded = 0
        self._cut = ""
        self.data = bytearray()

    def feed(self, chunk: bytes) -> bool:
        """Take the next bytes; False when there is no room for more."""
        left = self._limits.max_encoded - self._encoded
        self._encoded += len(chunk)
        self.data += self._decoder.feed(chunk[:left])
        if self._decoder.full or len(chunk) > left:
            self._cut = f"It was cut after {_size(len(self.data))}, the most that is read."
        return not self._cut

    def stop(self, error: Exception) -> None:
        """Keep what came before something went wrong."""
        come = _size(len(self.data))
        if isinstance(error, TimeoutError):
            seconds = f"{self._limits.timeout:g} seconds"
            self._cut = f"It was not complete after {seconds}; {come} had come."
        else:
            self._cut = f"It broke off after {come}."

    def response(self, url: str) -> Response:
        if not (self._cut or self._decoder.complete or not self._encoded):
            self._cut = f"It broke off after {_size(len(self.data))}."
        content_type = self._headers.get("content-type", "")
        media_type = content_type.partition(";")[0].strip().lower()
        charset = re.search(r"""charset\s*=\s*["']?([^\s"';,]+)""", content_type, re.IGNORECASE)
        return Response(
            url=url,
            status=self._status,
            media_type=media_type if "/" in media_type else "",
            charset=charset[1].lower() if charset else "",
            body=bytes(self.data),
            headers=self._headers,
            note=" ".join(filter(None, (_status_note(self._status), self._cut))),
        )


def _status_note(status: int) -> str:
    if status < 300 and status != HTTPStatus.NO_CONTENT:
        return ""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"The server answered {status} {phrase}".rstrip() + "."


def _tidy(url: str) -> str:
    """A URL without the blanks around it and with those inside it quoted, as browsers do."""
    return url.strip().replace(" ", "%20")


def _is_same_origin(one: str, other: str) -> bool:
    try:
        return origin_of(one) == origin_of(other)
    except ValueError:
        return False  # no URL to be opened; the policy says why


def _wire_url(url: str) -> httpcore.URL:
    """A URL that passed the policy, as it is sent: the host that was checked, the rest quoted."""
    origin = origin_of(url)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(
        scheme=origin.scheme.encode(),
        host=origin.host.encode(),
        port=origin.port,
        target=quote(target, safe=_LITERAL, errors="replace").encode(),
    )


def _text_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name in lower case; cookies left out, repeated ones joined.

    Of those that may stand once only, the first counts.
    """
    headers: dict[str, str] = {}
    for name_bytes, value in raw:
        name, text = name_bytes.decode("latin-1").lower(), _text(value)
        if name not in headers:
            headers[name] = text
        elif name not in ("content-type", "location"):
            headers[name] += f", {text}"
    headers.pop("set-cookie", None)
    return headers


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{-(-count // 1024)} KB"


def _told(url: str, error: Exception) -> str:
    reason = str(error) or type(error).__name__
    match error:
        case httpcore.ConnectError():
            said = "cannot be reached"
        case httpcore.LocalProtocolError():
            said = "was not asked, since the request is malformed"
        case BrokenEncoding():
            said = "sent an unusable answer"
        case _:
            said = "broke off without a usable answer"
    return f"{shown(url)} {said}: {reason}."
