"""Connections for httpcore that go only where the address policy allows.

The policy looks a host up once; the connection goes to an address that passed, so the name cannot
be given another address in between. TLS and the name a certificate must bear stay with httpcore.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable

import certifi
import httpcore
from httpcore import SOCKET_OPTION

from agentkit.browser.net.policy import AddressPolicy

__all__ = ["pool"]

_TRIES = 4
_SECONDS_EACH = 5.0


class _CheckedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        *others, last = (await self._policy.resolve(host, port))[:_TRIES]
        for address in others:
            try:
                return await self._network.connect_tcp(address, port, timeout=_SECONDS_EACH)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout=timeout)


def pool(policy: AddressPolicy) -> httpcore.AsyncConnectionPool:
    """Connections under a policy, kept a few seconds for further requests to the same origin.

    Certificates are verified against the system's authorities and certifi's.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return httpcore.AsyncConnectionPool(
        ssl_context=context, max_connections=64, network_backend=_CheckedBackend(policy)
    )
