"""A misbehaving web site on loopback, and a forbidden neighbour that counts who reaches it.

`Site` serves on 127.0.0.1 whatever pages were registered, `Forbidden` listens on 127.0.0.2, TCP
and UDP, and nobody may come. The ordinary pages stand here; the hostile ones are in `hostile`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["CERTIFICATE", "Forbidden", "Handler", "Page", "Site"]


# A key and the certificate it signed itself, for `site.example`: of use in these tests only.
CERTIFICATE = Path(__file__).parent / "certificate.pem"


class Handler(BaseHTTPRequestHandler):
    """One request; what a page written in Python gets to answer with.

    Attributes:
        site: whose page is asked for.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    site: Site

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.site.hits[path] += 1
        self.site.last_headers[path] = {name.lower(): text for name, text in self.headers.items()}
        page = self.site.pages.get(path)
        # A client that has seen enough hangs up; that is its right.
        with contextlib.suppress(ConnectionError, TimeoutError):
            if page is None:
                self.reply(b"<h1>Not here</h1>", status=404)
            elif callable(page):
                page(self)
            else:
                self.reply(page)
            return
        self.close_connection = True

    do_POST = do_HEAD = do_PUT = do_GET

    def reply(
        self,
        body: bytes | str,
        media_type: str = "text/html; charset=utf-8",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer properly, with a length."""
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def redirect(self, target: str, status: int = 302) -> None:
        """Answer with a redirect."""
        self.reply(b"", status=status, headers={"Location": target})

    def stream(
        self, pieces: Iterator[bytes], media_type: str = "text/html", **headers: str
    ) -> None:
        """Answer without a length, piece by piece, until all is sent or the client hangs up."""
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Connection", "close")
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()

    def body(self) -> bytes:
        """What the client sent."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def wait(self, seconds: float) -> bool:
        """Sleep; True when the site is being closed, which ends the sleep."""
        return self.site.closing.wait(seconds)

    def log_message(self, format: str, *args: Any) -> None:
        pass


Page = str | bytes | Callable[[Handler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing to tell: clients of a misbehaving site leave in every possible way."""


class Site:
    """A site whose pages tests register. A context manager.

    Args:
        address: where to listen.
        tls: with `CERTIFICATE`, as `site.example`.

    Attributes:
        hits: requests by path.
        last_headers: those of the last request to a path, names in lower case.
        closing: set when the site is being closed, so that endless pages end.
    """

    def __init__(self, address: str = "127.0.0.1", *, tls: bool = False) -> None:
        self.pages: dict[str, Page] = {}
        self.hits: Counter[str] = Counter()
        self.last_headers: dict[str, dict[str, str]] = {}
        self.closing = threading.Event()
        handler = type("SiteHandler", (Handler,), {"site": self})
        self._server = _Server((address, 0), handler)
        self._scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            # The handshake is left to the thread of each connection.
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def authority(self) -> str:
        """Address and port."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def url(self, path: str = "/") -> str:
        """The URL of a path."""
        return f"{self._scheme}://{self.authority}{path}"

    def page(self, path: str, page: Page) -> str:
        """Register a page: HTML, bytes, or a function that answers a `Handler`.

        Returns:
            Its URL.
        """
        self.pages[path] = page
        return self.url(path)

    def wait_for(self, path: str) -> None:
        """Return once a path was asked for; blocks."""
        while not self.hits[path] and not self.closing.wait(0.05):
            pass

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Forbidden:
    """Listens on 127.0.0.2 and counts whoever comes, by TCP or UDP. A context manager.

    Attributes:
        hits: one entry for each connection or datagram: what it said first.
    """

    def __init__(self) -> None:
        self.hits: list[str] = []
        self._tcp = socket.create_server(("127.0.0.2", 0), backlog=64)
        self._port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.2", self._port))
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=serve, daemon=True) for serve in (self._accept, self._receive)
        ]

    @property
    def authority(self) -> str:
        """Address and port."""
        return f"127.0.0.2:{self._port}"

    def url(self, path: str = "/secret", scheme: str = "http", host: str = "127.0.0.2") -> str:
        """A URL that leads here.

        Args:
            host: the address in another notation.
        """
        return f"{scheme}://{host}:{self._port}{path}"

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            if self._closing.is_set():
                connection.close()
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        self.hits.append("connection")
        number = len(self.hits) - 1
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            self.hits[number] = connection.recv(200).decode("latin-1").partition("\r\n")[0]
            secret = b"<title>secret</title>The secret is 4711."
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(secret)}\r\n"
            head += "Access-Control-Allow-Origin: *\r\nContent-Type: text/html\r\n"
            connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + secret)

    def _receive(self) -> None:
        while not self._closing.is_set():
            data = self._udp.recv(2000)
            if data and not self._closing.is_set():
                self.hits.append(f"datagram of {len(data)} bytes")

    def __enter__(self) -> Forbidden:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        # A blocked `accept` or `recv` does not notice that its socket was closed; a visit ends it.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.2", self._port), timeout=1).close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as visitor:
            visitor.sendto(b"", ("127.0.0.2", self._port))
        for thread in self._threads:
            thread.join(timeout=5)
        self._tcp.close()
        self._udp.close()
