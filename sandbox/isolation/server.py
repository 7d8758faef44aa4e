"""Requests and connections to a Jupyter server. It knows HTTP, nothing of kernels or files."""

from __future__ import annotations

import json
from typing import Any

from tornado.httpclient import HTTPRequest, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

from ..limits import MIB

__all__ = ["Server", "Unreachable"]

_PATIENCE = 60.0  # seconds for one request; ending a stubborn kernel takes a server 10
_LARGEST_ANSWER = 128 * MIB  # bytes; a file arrives as text, a third larger than it is


class Unreachable(Exception):
    """The server does not answer, or not as a Jupyter server. Says what it said."""


class Server:
    """Requests to a Jupyter server. Belongs to one event loop.

    Args:
        url: its address with base path.
        token: sent with each request, to this address only.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"token {token}"} if token else {}
        self._client = SimpleAsyncHTTPClient(force_instance=True, max_body_size=_LARGEST_ANSWER)

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send a request.

        Returns: The status and what the body says as JSON, None when it is empty.

        Raises: Unreachable: there was no answer, or one that is not JSON.
        """
        request = HTTPRequest(
            f"{self._url}{path}",
            method=method,
            headers={"Content-Type": "application/json", **self._headers},
            body=None if body is None and method in ("GET", "DELETE") else json.dumps(body or {}),
            connect_timeout=10,
            request_timeout=_PATIENCE,
            follow_redirects=False,
        )
        try:
            answer: HTTPResponse = await self._client.fetch(request, raise_error=False)
            if answer.code == 599:
                raise Unreachable(str(answer.error or "no answer"))
            good = 200 <= answer.code < 300
            return answer.code, json.loads(answer.body) if answer.body and good else None
        except (OSError, ValueError, RecursionError) as error:
            raise Unreachable(str(error) or type(error).__name__) from None

    async def connect(self, path: str, largest: int) -> WebSocketClientConnection:
        """Open a WebSocket that accepts messages of at most `largest` bytes."""
        request = HTTPRequest(
            f"ws{self._url.removeprefix('http')}{path}", headers=self._headers, connect_timeout=10
        )
        try:
            return await websocket_connect(
                request, max_message_size=largest, ping_interval=20, ping_timeout=20
            )
        except Exception as error:
            raise Unreachable(f"no connection to the kernel: {error}") from None

    def close(self) -> None:
        self._client.close()
