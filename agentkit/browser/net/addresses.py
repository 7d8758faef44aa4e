"""Host names, literal addresses and ports: what they mean, and which belong to the public internet.

Pure functions over strings and `ipaddress` values; no name is looked up here. Literal addresses are
read as browsers read them (decimal, hexadecimal and octal numbers, one to four parts), so that no
notation slips past a check. The ranges are written out, since those in `ipaddress` differ between
Python versions. What a machine's own public addresses offer is not known here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

__all__ = [
    "BAD_PORTS",
    "Address",
    "Origin",
    "embedded",
    "is_public",
    "literal",
    "normal_host",
    "origin_of",
    "shown",
]

Address = IPv4Address | IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Ports of well-known services that are no web servers: the list of the Fetch standard, "bad port".
BAD_PORTS = frozenset(
    {
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
        102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389,
        427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
        989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665,
        6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part) for part in text.split())


# IANA's special-purpose registries (RFC 6890 and later), multicast, and what was reserved for it.
_SPECIAL_V4 = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 "
    "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    "168.63.129.16/32"  # a public number, but in Azure the virtual machine's own host
)
# Within 2000::/3, the only range given out for the internet. Teredo lies in the first, 6to4 in the
# third; both are retired and carry an IPv4 address of anyone's choice.
_SPECIAL_V6 = _networks("2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20")
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: Address) -> bool:
    """True when an address belongs to the public internet.

    Loopback, private, link-local, shared (CGNAT), multicast, documentation and reserved ranges
    do not. An IPv6 address that stands for an IPv4 one (mapped, NAT64, ISATAP) is as public as it.
    """
    if isinstance(address, IPv4Address):
        return not _within(address, _SPECIAL_V4)
    if address.scope_id is not None:
        return False
    if (inner := embedded(address)) is not None and not is_public(inner):
        return False
    if address.ipv4_mapped is not None or address in _NAT64:
        return True
    return address in _UNICAST_V6 and not _within(address, _SPECIAL_V6)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a gateway or tunnel would read out of an IPv6 one."""
    last = int(address) & 0xFFFFFFFF
    is_isatap = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    if address.ipv4_mapped is not None or address in _NAT64 or is_isatap:
        return IPv4Address(last)
    return None


def literal(host: str) -> Address | None:
    """The address that a host writes out in any notation browsers know; None for a name.

    Args:
        host: without a port; IPv6 with or without brackets.

    Raises:
        ValueError: it ends in a number as only addresses do, but is none (`1.2.3.256`, `0x`).
    """
    if host.startswith("[") and host.endswith("]"):
        return _plain(IPv6Address(host[1:-1]))
    if ":" in host:
        return _plain(IPv6Address(host))
    parts = host.removesuffix(".").split(".")
    if not re.fullmatch(r"\d+|0[xX][0-9a-fA-F]*", parts[-1], re.ASCII):
        return None
    return IPv4Address(_number_of(parts))


def _plain(address: IPv6Address) -> Address:
    """An IPv4-mapped address as the IPv4 address that a connection to it goes to."""
    return address.ipv4_mapped or address


def _number_of(parts: list[str]) -> int:
    """The 32 bits written as one to four numbers, of which the last fills what is left."""
    numbers = [_number(part) for part in parts]
    *leading, last = numbers
    fits = len(parts) <= 4 and all(number < 256 for number in leading)
    if not fits or last >= 256 ** (5 - len(parts)):
        raise ValueError(f"{'.'.join(parts)} is no address")
    return last + sum(number << 8 * (3 - index) for index, number in enumerate(leading))


def _number(text: str) -> int:
    if text[:2] in ("0x", "0X"):
        return int(text[2:] or "0", 16)
    if not re.fullmatch(r"\d{1,16}", text, re.ASCII):
        raise ValueError(f"{text!r} is no part of an address")
    return int(text, 8) if len(text) > 1 and text[0] == "0" else int(text)


@lru_cache(maxsize=1024)
def normal_host(host: str) -> str:
    """The one spelling of a host: lower case, IDNA, no final dot, literal addresses in full.

    Args:
        host: without a port; IPv6 with or without brackets.

    Returns:
        `example.com`, `192.0.2.1`, `2001:db8::1` (without brackets).

    Raises:
        ValueError: it is no host.
    """
    if not host.isascii():
        import idna  # loaded for the few hosts that need it

        try:
            host = idna.encode(host, uts46=True, transitional=False).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(str(error)) from error
    host = host.lower()
    if (address := literal(host)) is not None:
        return str(address)
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(re.fullmatch(r"[a-z0-9_-]{1,63}", label) for label in labels):
        raise ValueError("it is no host name")
    return host


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a URL addresses.

    Args:
        scheme: lower case.
        host: as `normal_host` spells it.
        port: the scheme's own when the URL names none.
    """

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as URLs and `Host` headers write them; the scheme's own port left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = DEFAULT_PORTS.get(self.scheme) == self.port
        return host if is_default else f"{host}:{self.port}"


def origin_of(url: str) -> Origin:
    """Whom a URL addresses, read strictly: where parsers disagree, nobody.

    Raises:
        ValueError: no origin, a user name, a blank or backslash in the host; says which.
    """
    if re.search(r"[\x00-\x20\x7f]", url):
        raise ValueError("it contains blanks or control characters")
    parts = urlsplit(url)
    authority = parts.netloc
    if not authority:
        raise ValueError("it names no host")
    if "@" in authority:
        raise ValueError("it contains a user name")
    if re.search(r"[\\%\s]", authority):
        raise ValueError("its host contains characters that no host has")
    host, port = split_port(authority)
    scheme = parts.scheme.lower()
    return Origin(scheme, normal_host(host), DEFAULT_PORTS.get(scheme, 0) if port is None else port)


def split_port(authority: str) -> tuple[str, int | None]:
    """Host (IPv6 in brackets) and port of `host:port`; None when it names no port.

    Raises:
        ValueError: the port is no number from 0 to 65535.
    """
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]+)(?::(\d{0,5}))?", authority, re.ASCII)
    if found is None:
        raise ValueError("its host or port is malformed")
    port = int(found[2]) if found[2] else None
    if port is not None and port > 65535:
        raise ValueError(f"there is no port {port}")
    return found[1], port


def shown(url: str) -> str:
    """A URL as an error names it: one line, without a user name and password, not too long."""
    try:
        authority = urlsplit(url).netloc
    except ValueError:
        authority = ""
    if authority:
        url = url.replace(authority, authority.rpartition("@")[2], 1)
    url = "".join(letter if letter.isprintable() else "�" for letter in url)
    return url if len(url) <= 200 else url[:199] + "…"
