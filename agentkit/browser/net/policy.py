"""Where the browser may go: one `AddressPolicy`, obeyed by the HTTP client and by the proxy.

A URL is checked by its text before anything is sent (`check_url`), and its host is looked up once,
each address judged, and the connection made to one of the addresses that passed (`resolve`). Since
nobody looks the name up again, a name that changes its address in between gains nothing.

Of a name with several addresses, those that are forbidden are left out and the others used: the
connection goes to a checked address in any case, and one odd record among good ones is no attack.

Not covered: what a public server does on the caller's behalf, services on this machine's own
public addresses (list those in `deny_networks`), and what a permitted page asks the model to do.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from agentkit.browser.document import FetchError, Refused
from agentkit.browser.net.addresses import (
    BAD_PORTS,
    Address,
    Network,
    Origin,
    embedded,
    is_public,
    literal,
    normal_host,
    origin_of,
    shown,
)
from agentkit.errors import UserError

__all__ = ["AddressPolicy"]


@dataclass(frozen=True)
class AddressPolicy:
    """What may be addressed; by default web servers on the public internet.

    Args:
        schemes: of the URLs that may be opened.
        ports: the only ones allowed; None for all but those of well-known services that are no
            web servers (mail, SSH and so on: the list browsers have).
        allow_hosts: when given, the only hosts allowed: `example.com`, or `*.example.com` for all
            names below it. A listed name still needs an allowed address.
        deny_hosts: never allowed, in the same notation; goes before `allow_hosts`.
        allow_networks: allowed besides the public internet: `127.0.0.1/32`, `10.0.0.0/8`.
        deny_networks: forbidden. Where both lists hold an address, the smaller network decides,
            and of two equal ones the forbidden.
        only_seen: open only URLs that the model was shown before or the user named.

    Raises:
        UserError: a network or host pattern is malformed.
    """

    schemes: tuple[str, ...] = ("http", "https")
    ports: frozenset[int] | None = None
    allow_hosts: tuple[str, ...] = ()
    deny_hosts: tuple[str, ...] = ()
    allow_networks: tuple[str, ...] = ()
    deny_networks: tuple[str, ...] = ()
    only_seen: bool = False

    def __post_init__(self) -> None:
        for name in ("schemes", "allow_hosts", "deny_hosts", "allow_networks", "deny_networks"):
            if isinstance(getattr(self, name), str):
                raise UserError(f"AddressPolicy: {name} is a tuple of strings, not one string.")
        try:
            _ = self._networks, self._allowed_hosts, self._denied_hosts
        except ValueError as error:
            raise UserError(f"AddressPolicy: {error}") from error

    @classmethod
    def public(cls) -> AddressPolicy:
        """The public internet only: the default."""
        return cls()

    @classmethod
    def loopback(cls) -> AddressPolicy:
        """This machine only: for tests and local sites."""
        return cls(allow_networks=("127.0.0.0/8", "::1/128"), deny_networks=("0.0.0.0/0", "::/0"))

    @classmethod
    def unrestricted(cls) -> AddressPolicy:
        """Every address, private networks and this machine included."""
        return cls(allow_networks=("0.0.0.0/0", "::/0"))

    @cached_property
    def _networks(self) -> tuple[tuple[Network, bool], ...]:
        """All listed networks with their verdict, the one that decides first."""
        listed = [(ipaddress.ip_network(text), False) for text in self.deny_networks]
        listed += [(ipaddress.ip_network(text), True) for text in self.allow_networks]
        return tuple(sorted(listed, key=lambda entry: -entry[0].prefixlen))

    @cached_property
    def _allowed_hosts(self) -> frozenset[str]:
        return frozenset(_normal_pattern(pattern) for pattern in self.allow_hosts)

    @cached_property
    def _denied_hosts(self) -> frozenset[str]:
        return frozenset(_normal_pattern(pattern) for pattern in self.deny_hosts)

    def check_url(self, url: str) -> None:
        """Judge a URL by its text: scheme, user name, port, host, and a literal address.

        Raises:
            Refused: it may not be opened; says why.
        """
        scheme = url.partition(":")[0].strip().lower()
        if scheme not in self.schemes:
            known = " and ".join(self.schemes)
            raise Refused(f"{shown(url)} was not opened: only {known} URLs are.")
        try:
            origin = origin_of(url)
        except ValueError as error:
            raise Refused(f"{shown(url)} was not opened: {error}.") from error
        self.check(origin)

    def check(self, origin: Origin) -> None:
        """Judge host, port and literal address of an origin whose scheme is known to be allowed.

        Raises:
            Refused: it may not be addressed; says why.
        """
        host, port = origin.host, origin.port
        self._check_port(host, port)
        self._check_host(host)
        if (address := literal(host)) is not None and not self.allows(address):
            raise Refused(self._forbidden(host, [address]))

    def allows(self, address: Address) -> bool:
        """True when a connection to this address is allowed, whatever its host is called."""
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        for network, verdict in self._networks:
            if address in network:
                return verdict
        # A gateway or tunnel may carry it to an address that is listed.
        inner = embedded(address) if isinstance(address, ipaddress.IPv6Address) else None
        return is_public(address) and (inner is None or self.allows(inner))

    async def resolve(self, host: str, port: int) -> list[str]:
        """Look a host up once and judge every address it has.

        Args:
            host: a name or a literal address in any notation, without a port.
            port: where the connection is to go.

        Returns:
            The addresses that are allowed, in the resolver's order; never empty. Connect to one of
            these and not to the name.

        Raises:
            Refused: the port, the host or all of its addresses are forbidden.
            FetchError: there is no such host, or its name servers do not answer.
        """
        try:
            name = normal_host(host)
        except ValueError as error:
            raise Refused(f"{shown(host)} was not addressed: {error}.") from error
        self.check(Origin("", name, port))
        if (address := literal(name)) is not None:
            return [str(address)]
        found = [ipaddress.ip_address(text) for text in await self.lookup(name, port)]
        allowed = [str(address) for address in found if self.allows(address)]
        if not allowed:
            raise Refused(self._forbidden(name, found))
        return allowed

    async def lookup(self, host: str, port: int) -> list[str]:
        """Every address of a name, in the system's order; override it for a resolver of your own.

        Raises:
            FetchError: there is no such host, or its name servers do not answer.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"The host {host} was not found ({error}).") from error
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def _check_port(self, host: str, port: int) -> None:
        if self.ports is None and port in BAD_PORTS:
            raise Refused(
                f"{host}:{port} was not addressed: port {port} is not used for web pages."
            )
        if self.ports is not None and port not in self.ports:
            allowed = ", ".join(map(str, sorted(self.ports)))
            raise Refused(
                f"{host}:{port} was not addressed: only these ports are allowed: {allowed}."
            )

    def _check_host(self, host: str) -> None:
        names = _patterns_of(host)
        if not self._denied_hosts.isdisjoint(names):
            raise Refused(f"{host} was not addressed: the address policy forbids this host.")
        if self._allowed_hosts and self._allowed_hosts.isdisjoint(names):
            raise Refused(f"{host} was not addressed: it is not among the hosts that are allowed.")

    def _forbidden(self, host: str, addresses: Iterable[Address]) -> str:
        shown = ", ".join(map(str, addresses))
        where = host if shown == host else f"{host} ({shown})"
        why = "not on the public internet" if not self._networks else "forbidden by the policy"
        return f"{where} was not addressed: this address is {why}."


def _normal_pattern(pattern: str) -> str:
    stars, name = ("*.", pattern[2:]) if pattern.startswith("*.") else ("", pattern)
    try:
        return stars + normal_host(name)
    except ValueError as error:
        raise ValueError(
            f"{pattern!r} is no host pattern; write example.com or *.example.com"
        ) from error


def _patterns_of(host: str) -> set[str]:
    """All patterns that a host matches: its own name, and a star for each domain above it."""
    if literal(host) is not None:
        return {host}
    labels = host.split(".")
    return {host, *("*." + ".".join(labels[start:]) for start in range(1, len(labels)))}
