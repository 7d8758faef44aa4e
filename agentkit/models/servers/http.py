"""JSON and server-sent events over HTTP, as model servers speak them.

Knows connections, retries, time limits and keys; knows nothing of ids. A request is made again
after a connection fault or a server's "later", and never once an event of it was handed out.
Each request has a connection of its own: what was dropped or belongs to a loop that has ended
leaves none open, and a server cannot have closed it meanwhile. No cookie is kept: a load balancer
that tells clients apart by one would send all conversations of a process to one replica, and what
else servers set would pile up. HTTP and the form of events are httpx2's.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import ssl
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from agentkit.errors import BackendError, ContextOverflow, UserError
from agentkit.models.servers.patience import Patience
from agentkit.models.servers.refusals import Refusals, Refused

try:
    import httpx2
except ImportError as missing:  # pragma: no cover
    raise UserError(
        f"Talking to servers needs {missing.name}: pip install 'agentkit[servers]'."
    ) from None

LONGEST_EVENT = 8 * 2**20
"""Bytes of one event; SGLang, as started by default, repeats all ids so far in each."""
LONGEST_ANSWER = 4 * 2**20
"""Bytes of an answer that is no stream."""

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT = 60.0
_LINGER_SECONDS = 5.0
"""How long, after its last id, a server may take to say what the prompt cost."""


_Event = tuple[dict[str, Any], int]
"""An event and the number of its characters."""


class _Passing(Exception):
    """A fault that may be gone the next time."""

    def __init__(self, error: BackendError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class Connection:
    """A server at an address.

    Args:
        base_url: with or without `http://`; a `/v1` at its end is dropped.
        api_key: sent as a bearer token, without white space around it; never in a repr or an error.
        patience: see `Patience`.
        fix: what to start, said where nothing answers.

    Attributes:
        base_url: without what was dropped.
        refusals: errors about this server.

    Raises:
        UserError: `base_url` is no address, or `api_key` has characters that no header takes.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        patience: Patience | None = None,
        fix: str = "",
    ) -> None:
        self.base_url = _address(base_url)
        self.patience = patience or Patience()
        self.refusals = Refusals(self.base_url, _key(api_key), fix)
        self._closed = False
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient]
        self._clients = weakref.WeakKeyDictionary()

    async def json(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What a GET of `path` answers, or a POST of `body`, in JSON.

        Raises:
            Refused: it does not answer so.
            BackendError: it cannot be reached.
        """

        async def once() -> Any:
            try:
                # A body that comes byte by byte is never silent, and never there.
                async with asyncio.timeout(self.patience.silence_seconds):
                    async with self._response(path, body) as response:
                        return self.refusals.parsed(await _text(response))
            except TimeoutError:
                raise self.silent() from None

        return await self._again(once)

    def listen(self, path: str, body: Mapping[str, Any], longest: int | None = None) -> Listening:
        """The events that a POST of `body` will stream; nothing is sent before they are read.

        Args:
            path: of the request.
            body: of the request.
            longest: characters of all events together; None for any number.
        """
        return Listening(self, self._events(path, body), longest)

    async def _events(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[_Event]:
        for attempt in range(self.patience.retries + 1):
            begun = False
            try:
                async with contextlib.aclosing(self._attempt(path, body)) as events:
                    async for event in events:
                        begun = True
                        yield event
                return
            except _Passing as fault:
                if begun:
                    raise fault.error from None
                wait = self._wait(fault, attempt)
            await asyncio.sleep(wait)

    async def close(self) -> None:
        """Forget this loop's client, and make no further one; may be called twice."""
        self._closed = True
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def silent(self) -> BackendError:
        """What to raise when nothing came for too long."""
        return BackendError(
            f"{self.base_url} sent nothing for {self.patience.silence_seconds:g} s. It may be"
            " overloaded or stuck; if long prompts take it that long, raise silence_seconds."
        )

    # One request

    async def _again(self, once: Callable[[], Awaitable[Any]]) -> Any:
        for attempt in range(self.patience.retries + 1):
            try:
                return await once()
            except _Passing as fault:
                wait = self._wait(fault, attempt)
            await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, fault: _Passing, attempt: int) -> float:
        """Seconds until the next attempt; raises the fault's error when there is none."""
        if attempt == self.patience.retries:
            raise fault.error from None
        if fault.wait is not None:
            left = (self.patience.retries - attempt) * _LONGEST_WAIT
            if fault.wait > left:
                said = str(fault.error).rstrip(".")
                raise BackendError(
                    f"{said}. It wants to be asked again in {fault.wait:,.0f} s."
                ) from None
            return min(fault.wait, _LONGEST_WAIT)
        # Clients that failed together must not come back together.
        longest = min(self.patience.backoff_seconds * 2**attempt, _LONGEST_WAIT)
        return float(longest * random.uniform(0.5, 1.0))

    async def _attempt(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[_Event]:
        async with self._response(path, body) as response:
            kind = response.headers.get("content-type", "")
            if kind.partition(";")[0].strip().lower() != "text/event-stream":
                raise self.refusals.no_stream(kind, await _text(response))
            response.encoding = "utf-8"  # Events are, whatever the header says.
            async for event in httpx2.EventSource(response, LONGEST_EVENT):
                if event.data == "[DONE]":
                    return
                if event.data:
                    yield self.refusals.event(event.data), len(event.data)

    @contextlib.asynccontextmanager
    async def _response(
        self, path: str, body: Mapping[str, Any] | None
    ) -> AsyncGenerator[httpx2.Response]:
        """An answer with status 200, still to be read; faults on the way are `_Passing`."""
        client = self._client()
        method = "GET" if body is None else "POST"
        try:
            async with client.stream(method, path, json=body) as response:
                if response.status_code != 200:
                    raise self._refusal(response, await _text(response))
                yield response
        except httpx2.HTTPError as error:
            raise self._fault(error) from None

    def _fault(self, error: httpx2.HTTPError) -> Exception:
        where, fix = self.base_url, self.refusals.fix
        what = self.refusals.shown(str(error)) or type(error).__name__
        if self._closed:
            return self._gone()
        match error:
            case httpx2.ConnectTimeout():
                seconds = self.patience.connect_seconds
                return _Passing(
                    BackendError(f"{where} was not reached within {seconds:g} s. {fix}")
                )
            case httpx2.ConnectError() if _is_tls(error):
                return Refused(
                    f"{where} speaks no TLS that can be trusted ({what}). Name the file of its"
                    " certificate, or of who signed it, in SSL_CERT_FILE; a server without TLS has"
                    " an address of http://."
                )
            case httpx2.ConnectError():
                return _Passing(BackendError(f"Nothing answers at {where} ({what}). {fix}"))
            case httpx2.TimeoutException():
                return self.silent()
            case httpx2.SSEError() | httpx2.DecodingError():
                return Refused(f"{where} sends no stream that can be read: {what}")
            case _:
                return _Passing(BackendError(f"The connection to {where} broke: {what}"))

    def _gone(self) -> BackendError:
        return BackendError(f"The model at {self.base_url} was closed while it was asked.")

    def _refusal(self, response: httpx2.Response, text: str) -> Exception:
        status = response.status_code
        error = self.refusals.of_status(status, text, response.headers.get("location", ""))
        if status in _LATER and not isinstance(error, ContextOverflow):
            return _Passing(BackendError(str(error)), _retry_after(response))
        return error

    def _client(self) -> httpx2.AsyncClient:
        """The client of the running loop; what waits in a client belongs to one loop."""
        if self._closed:
            raise self._gone()
        loop = asyncio.get_running_loop()
        found = self._clients.get(loop)
        if found is None:
            found = self._clients[loop] = self._new_client()
        return found

    def _new_client(self) -> httpx2.AsyncClient:
        parts = urlsplit(self.base_url)
        key = self.refusals.api_key
        return httpx2.AsyncClient(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(
                self.patience.silence_seconds, connect=self.patience.connect_seconds, pool=None
            ),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            verify=_trusted(parts.scheme),
            trust_env=not _is_here(parts.hostname or ""),
        )


class Listening:
    """The events of one reply, each within the time that is left for the next sign of life.

    What keeps a connection open is none: whoever reads says which events brought something.

    Args:
        connection: to the server.
        source: the events with their lengths.
        longest: see `Connection.listen`.
    """

    def __init__(
        self, connection: Connection, source: AsyncGenerator[_Event], longest: int | None
    ) -> None:
        self._connection, self._source = connection, source
        self._left = math.inf if longest is None else longest
        self._deadline = 0.0
        self._over = False

    def heard(self) -> None:
        """The server lives: its next sign may take as long as the first."""
        self._wait(self._connection.patience.silence_seconds)

    def over(self) -> None:
        """The reply is whole: what may follow is its cost, and no fault undoes it."""
        if not self._over:
            self._wait(_LINGER_SECONDS)
        self._over = True

    async def events(self) -> AsyncGenerator[dict[str, Any]]:
        """The events, `[DONE]` left out; to be read once.

        Raises:
            ContextOverflow: the server says that the prompt is too long.
            Refused: it does not answer with a stream of JSON objects, or with an error.
            BackendError: it cannot be reached, breaks off, says too much, or was not heard for
                too long.
        """
        self.heard()
        async with contextlib.aclosing(self._source) as source:
            while (event := await self._next(source)) is not None:
                self._left -= event[1]
                if self._left < 0:
                    raise BackendError(
                        f"{self._connection.base_url} says far more than a reply can be."
                    )
                yield event[0]

    async def _next(self, source: AsyncGenerator[_Event]) -> _Event | None:
        """The next event; None at the end, also one by force of a reply that is over."""
        try:
            async with asyncio.timeout_at(self._deadline):
                return await anext(source, None)
        except (TimeoutError, BackendError) as fault:
            if self._over:
                return None
            if isinstance(fault, TimeoutError):
                raise self._connection.silent() from None
            raise

    def _wait(self, seconds: float) -> None:
        if not self._over:
            self._deadline = asyncio.get_running_loop().time() + seconds


async def _text(response: httpx2.Response) -> str:
    """The body, or as much of it as anybody wants to see."""
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > LONGEST_ANSWER:
            break
    return body.decode("utf-8", "replace")


def _address(text: str) -> str:
    """`text` as a base address: a scheme, a host, perhaps a path; no `/v1`."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        httpx2.URL(text if "://" in text else f"http://{text}")
    except (ValueError, httpx2.InvalidURL):
        valid = False
    if "@" in text:
        raise UserError("A key has no place in an address: pass it as api_key=....")
    if "?" in text or "#" in text:
        raise UserError("An address ends with its path: nothing from ? or # on goes into requests.")
    if not valid:
        raise UserError(f"{text!r} is no address of a server, such as http://localhost:8000.")
    path = parts.path.rstrip("/").removesuffix("/v1")
    return urlunsplit(SplitResult(parts.scheme, parts.netloc, path, "", ""))


def _key(text: str | None) -> str | None:
    """A key as a header takes it; files of keys end in a line's end."""
    key = (text or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise UserError("The API key has characters that are neither printable nor ASCII.")
    return key or None


def _is_here(host: str) -> bool:
    """Whether a host is this machine, which no proxy leads to."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _trusted(scheme: str) -> ssl.SSLContext:
    """Whose certificates count: this machine's, or those that SSL_CERT_FILE names."""
    if scheme == "https":
        return httpx2.create_ssl_context()
    # Reading a machine's certificates takes longer than a request without them.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_tls(error: BaseException | None) -> bool:
    """Whether the two sides came to speak, and TLS failed; who hangs up may be there later."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None and not isinstance(error, ssl.SSLEOFError)


def _retry_after(response: httpx2.Response) -> float | None:
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:  # None, or a date, which no model server sends.
        return None
    return seconds if 0 <= seconds < float("inf") else None
