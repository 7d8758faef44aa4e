"""A filtering HTTP proxy on loopback: Chromium's way out, as far as the address policy allows.

It looks a host up, has the policy judge its addresses, and connects to one that passed; neither a
redirect, a WebSocket, a worker nor a name that changes its address gets around that. Only guests
who know a token of this run are served, each up to a limit of bytes. Tunnels (CONNECT) are judged
by host and port and carried blindly: of their inside, TLS as a rule, the proxy knows nothing but
the number of bytes. Plain requests are read and written anew, and what they bring is counted once
decoded, too.

Not covered: what does not use the proxy (Chromium must be told to send loopback through it, and
kept from QUIC, WebRTC and looking names up itself), and decoded sizes within tunnels.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
from asyncio import StreamReader, StreamWriter
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

from agentkit.browser.document import BrowserError, FetchError, Refused
from agentkit.browser.net.addresses import Origin, origin_of, shown, split_port
from agentkit.browser.net.decoding import ACCEPTED, BrokenEncoding, Decoder
from agentkit.browser.net.peer import Limits, Meter, OverLimit, Peer, tunnel
from agentkit.browser.net.policy import AddressPolicy

__all__ = ["FilteringProxy", "Guest", "Limits"]

Headers = list[tuple[bytes, bytes]]
_FAILURES = (OSError, TimeoutError, OverLimit, BrokenEncoding, h11.ProtocolError)
_TRIES = 4
# Headers that concern one connection only (RFC 9110, 7.6.1), and those that we write ourselves.
_OWN = frozenset(
    b"connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer "
    b"transfer-encoding upgrade host accept-encoding".split()
)


@dataclass(frozen=True, slots=True)
class Guest:
    """One who may use the proxy.

    Args:
        username, password: what a client shows (`Proxy-Authorization: Basic`).
        meter: counts the bytes of all the guest's connections, both directions together.
    """

    username: str
    password: str
    meter: Meter

    @property
    def authorization(self) -> bytes:
        """The header's value."""
        return b"Basic " + base64.b64encode(f"{self.username}:{self.password}".encode())


class FilteringProxy:
    """The proxy. An async context manager; or `start` and `close`.

    Args:
        policy: what may be addressed.
        blocked_kinds: of plain requests, what is not fetched: values of `Sec-Fetch-Dest` such as
            `image`, `font`, `video`.
        limits: time and size.

    Attributes:
        guest: the one who may do whatever the limits of all together allow.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        blocked_kinds: Iterable[str] = (),
        limits: Limits | None = None,
    ) -> None:
        self.policy = policy
        self.blocked_kinds = frozenset(blocked_kinds)
        self.limits = limits or Limits()
        self.meter = Meter(self.limits.max_total)
        self._guests: list[Guest] = []
        self.guest = self.admit()
        self._refused = deque[str](maxlen=100)
        self._server: asyncio.Server | None = None
        self._port: int | None = None
        self._clients = set[asyncio.Task[None]]()

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1.

        Raises:
            BrowserError: it was not started.
        """
        if self._port is None:
            raise BrowserError("The filtering proxy was not started.")
        return self._port

    @property
    def url(self) -> str:
        """As a client is told of it; a guest's `username` and `password` go with it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def refused(self) -> list[str]:
        """The last hosts that were refused, the latest last."""
        return list(self._refused)

    async def __aenter__(self) -> FilteringProxy:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=256)
            self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop, and break all connections off; may be called twice."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        clients = list(self._clients)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        await server.wait_closed()

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._server is None:
            writer.transport.abort()  # it came while the proxy was being closed
            return
        task = asyncio.ensure_future(_Client(self, reader, writer).serve())
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    def admit(self, most: int | None = None) -> Guest:
        """A new guest.

        Args:
            most: bytes after which its connections are broken off; None for no limit of its own.
        """
        guest = Guest("agentkit", secrets.token_urlsafe(32), Meter(most, self.meter))
        self._guests.append(guest)
        return guest

    def dismiss(self, guest: Guest) -> None:
        """Serve a guest no more; connections that are open stay."""
        self._guests.remove(guest)

    def guest_with(self, authorization: bytes) -> Guest | None:
        """Whose header it is; None for nobody's."""
        for guest in self._guests:
            if hmac.compare_digest(guest.authorization, authorization):
                return guest
        return None

    async def connect(self, host: str, port: int) -> tuple[StreamReader, StreamWriter]:
        """A connection to an address of a host that the policy allows.

        Raises:
            Refused: it allows none.
            FetchError: none can be reached.
        """
        failure: Exception | None = None
        for address in (await self.policy.resolve(host, port))[:_TRIES]:
            if port == self.port and address in ("127.0.0.1", "0.0.0.0"):
                raise Refused("The proxy is not reached through itself.")
            try:
                async with asyncio.timeout(self.limits.connect):
                    return await asyncio.open_connection(address, port)
            except (OSError, TimeoutError) as error:
                failure = error
        raise FetchError(f"{host}:{port} cannot be reached ({failure}).") from failure

    def note_refused(self, where: str) -> None:
        """Remember a host that was refused."""
        url = where if "://" in where else f"tunnel://{where}"
        try:
            self._refused.append(origin_of(url).host)
        except ValueError:
            self._refused.append(shown(where))


class _Client:
    """One connection of the browser's, and the requests on it, one after the other."""

    def __init__(self, proxy: FilteringProxy, reader: StreamReader, writer: StreamWriter) -> None:
        self._proxy = proxy
        self._limits = proxy.limits
        self._meter = Meter(proxy.limits.max_bytes, proxy.meter)
        self._peer = Peer(h11.SERVER, (reader, writer), self._meter, proxy.limits.idle)
        self._kept: tuple[Origin, Peer] | None = None  # the server of the last plain request

    async def serve(self) -> None:
        """Answer until the browser leaves, or a limit is reached."""
        try:
            while await self._serve_one():
                self._peer.http.start_next_cycle()
            await self._peer.close()
        except _FAILURES:
            pass  # nobody is left to be told
        finally:
            self._peer.abort()
            if self._kept is not None:
                self._kept[1].abort()

    async def _serve_one(self) -> bool:
        """Answer one request; True when the connection may serve another."""
        try:
            request = await self._peer.event()
            if not isinstance(request, h11.Request):
                return False
            async with asyncio.timeout(self._limits.lifetime):
                await self._answer(request)
        except _FAILURES as error:
            await self._give_up(error)
        return self._has_more()

    async def _give_up(self, error: Exception) -> None:
        """Tell the browser of a failure: by an answer, or by breaking off one that has begun."""
        http = self._peer.http
        if http.their_state is h11.ERROR and http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            await self._say(400, "The request is malformed.")
        elif http.our_state is not h11.SEND_RESPONSE:
            self._peer.abort()
        elif isinstance(error, TimeoutError):
            await self._say(504, "It took too long.", _proxy_status("http_response_timeout"))
        else:
            await self._say(502, _reason(error), _proxy_status("http_protocol_error"))

    def _has_more(self) -> bool:
        """True when the request and its answer are complete and both sides stay."""
        http = self._peer.http
        if http.their_state is h11.SEND_BODY:
            http.next_event()  # the end of a request without a body
        return http.our_state is h11.DONE and http.their_state is h11.DONE

    async def _answer(self, request: h11.Request) -> None:
        headers = dict(request.headers)
        where = request.target.decode("latin-1")
        try:
            guest = self._proxy.guest_with(headers.get(b"proxy-authorization", b""))
            if guest is None:
                asked = (b"Proxy-Authenticate", b'Basic realm="agentkit"')
                return await self._say(407, "This proxy serves the run that started it.", asked)
            self._meter.above = guest.meter
            if request.method == b"CONNECT":
                await self._tunnel(where)
            elif _kind(headers) in self._proxy.blocked_kinds:
                await self._say(403, f"No {_kind(headers)} is fetched.")
            else:
                await self._forward(request, where)
        except Refused as refusal:
            self._proxy.note_refused(where)
            await self._say(403, str(refusal), _proxy_status("destination_ip_prohibited"))
        except FetchError as error:
            await self._say(502, str(error), _proxy_status("destination_unavailable"))

    async def _say(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        """A complete answer of the proxy's own."""
        body = f"{text}\n".encode()
        own = [(b"Content-Type", b"text/plain; charset=utf-8"),
               (b"Content-Length", str(len(body)).encode()), *headers]  # fmt: skip
        answer = h11.Response(status_code=status, headers=own, reason=b"Proxy")
        await self._peer.send(answer, h11.Data(data=body), h11.EndOfMessage())

    async def _tunnel(self, where: str) -> None:
        try:
            host, port = split_port(where)
        except ValueError as error:
            raise Refused(f"{shown(where)} was not addressed: {error}.") from error
        if port is None:
            raise Refused(f"{shown(where)} was not addressed: it names no port.")
        server = await self._reach(host, port)
        try:
            await self._peer.send(h11.Response(status_code=200, headers=[], reason=b"Connected"))
            early, _ = self._peer.http.trailing_data
            server.writer.write(early)
            await tunnel(self._peer, server, self._limits.idle)
        finally:
            server.abort()

    async def _reach(self, host: str, port: int) -> Peer:
        streams = await self._proxy.connect(host, port)
        return Peer(h11.CLIENT, streams, self._meter, self._limits.idle)

    async def _forward(self, request: h11.Request, where: str) -> None:
        if not where.lower().startswith("http:"):
            raise Refused(f"{shown(where)} was not addressed: tunnels are for this.")
        self._proxy.policy.check_url(where)
        origin = origin_of(where)
        outgoing = _outgoing(request, origin, where)
        server = self._kept_for(origin) or await self._reach(origin.host, origin.port)
        try:
            await server.send(outgoing)
            await self._send_body(server)
            await self._return_answer(server)
            self._keep(origin, server)
        finally:
            if self._kept is None:
                server.abort()

    def _kept_for(self, origin: Origin) -> Peer | None:
        """The connection of the request before, if it leads there and is still open."""
        kept, self._kept = self._kept, None
        if kept is None:
            return None
        if kept[0] == origin and not kept[1].is_closed:
            return kept[1]
        kept[1].abort()
        return None

    def _keep(self, origin: Origin, server: Peer) -> None:
        """Keep a connection for the next request if the server does."""
        if server.http.our_state is h11.DONE and server.http.their_state is h11.DONE:
            server.http.start_next_cycle()
            self._kept = origin, server

    async def _send_body(self, server: Peer) -> None:
        while isinstance(part := await self._peer.event(), h11.Data | h11.EndOfMessage):
            await server.send(h11.EndOfMessage() if isinstance(part, h11.EndOfMessage) else part)
            if isinstance(part, h11.EndOfMessage):
                return
        raise h11.RemoteProtocolError("the request broke off")

    async def _return_answer(self, server: Peer) -> None:
        while isinstance(answer := await server.event(), h11.InformationalResponse):
            if answer.status_code == 101:
                raise h11.RemoteProtocolError("nobody asked for another protocol")
        if not isinstance(answer, h11.Response):
            raise h11.RemoteProtocolError("there was no answer")
        encoding = dict(answer.headers).get(b"content-encoding", b"").decode("latin-1")
        decoder = Decoder(encoding, self._limits.max_decoded)
        await self._peer.send(_incoming(answer))
        while isinstance(part := await server.event(), h11.Data):
            _measure(decoder, bytes(part.data))
            await self._peer.send(part)
        if not isinstance(part, h11.EndOfMessage):
            raise h11.RemoteProtocolError("the answer broke off")
        await self._peer.send(h11.EndOfMessage())


def _measure(decoder: Decoder, data: bytes) -> None:
    """Count what `data` stands for, a little at a time, since it may be a thousand times as much.

    Raises:
        OverLimit: it is too much.
        BrokenEncoding: nobody can say how much.
    """
    for start in range(0, len(data), 4096):
        decoder.feed(data[start : start + 4096])
        if decoder.full:
            raise OverLimit


def _outgoing(request: h11.Request, origin: Origin, where: str) -> h11.Request:
    """A plain request as the server gets it: its path alone, and encodings that we know."""
    parts = urlsplit(where)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [(b"Host", origin.authority.encode()), *_passed_on(request.headers)]
    headers.append((b"Accept-Encoding", ACCEPTED.encode()))
    if _is_chunked(request.headers):
        headers.append((b"Transfer-Encoding", b"chunked"))
    return h11.Request(method=request.method, target=target.encode("latin-1"), headers=headers)


def _incoming(answer: h11.Response) -> h11.Response:
    """An answer as the browser gets it; h11 adds how its length is told when it must."""
    return h11.Response(
        status_code=answer.status_code, headers=_passed_on(answer.headers), reason=answer.reason
    )


def _passed_on(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers without those of one connection, nor those that `Connection` names."""
    given = list(headers)
    named = {
        name.strip().lower()
        for key, value in given
        if key == b"connection"
        for name in value.split(b",")
    }
    dropped = _OWN | named | ({b"content-length"} if _is_chunked(given) else set())
    return [(name, value) for name, value in given if name not in dropped]


def _is_chunked(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"transfer-encoding" for name, _ in headers)


def _kind(headers: dict[bytes, bytes]) -> str:
    """What a request is for. Chromium tells only servers it trusts; pictures show by `Accept`."""
    if kind := headers.get(b"sec-fetch-dest", b""):
        return kind.decode("latin-1").lower()
    return "image" if headers.get(b"accept", b"").startswith(b"image/") else ""


def _proxy_status(error: str) -> tuple[bytes, bytes]:
    """RFC 9209: tells the proxy's own answers from those of servers."""
    return b"Proxy-Status", f"agentkit; error={error}".encode()


def _reason(error: Exception) -> str:
    match error:
        case OverLimit():
            return "It is larger than is allowed."
        case _:
            return f"The server's answer is unusable: {error}."
