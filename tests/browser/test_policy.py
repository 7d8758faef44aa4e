"""What the address policy allows, in every notation that browsers understand."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.browser.document import FetchError, Refused
from agentkit.browser.net.addresses import literal, normal_host, origin_of
from agentkit.browser.net.policy import AddressPolicy
from agentkit.errors import UserError

PUBLIC = AddressPolicy.public()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/", "HTTP://EXAMPLE.com:8080/a?b#c", "http://93.184.216.34/",
        "https://[2606:4700::1111]/", "http://müller.example/", "https://example.com./",
        "http://[::ffff:8.8.8.8]/", "http://[64:ff9b::8.8.8.8]/", "http://a_b.example/",
        "https://192.0.2.example/", "https://1.1/",
    ],
)  # fmt: skip
def test_the_public_internet_is_open(url: str) -> None:
    PUBLIC.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "/etc/passwd", "file:///etc/passwd", "data:text/html,x", "chrome://crash",
        "view-source:http://example.com/", "javascript:alert(1)", "ftp://example.com/",
        "about:blank", "blob:http://example.com/1", "ws://example.com/", "http:example.com",
        "http:///example.com", "http://", "http://:80/", "http://user@example.com/", "http://user:pass@example.com/",
        "http://example.com\\@evil.example/", "http://exa mple.com/", "http://example.com/a\nb",
        "http://example.com:99999/", "http://example.com:x/", "http://example.com:80:80/",
        "http://%65xample.com/", "http://[::1/", "http://[fe80::1%25eth0]/", "http://a..b/",
        "http://" + "a" * 64 + ".example/", "http://1.2.3.4.5/", "http://256.1.1.1/",
        "http://0x/\u3002", "http://\ud800/",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        PUBLIC.check_url(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
        "017700000001", "127.0.0.1.", "127.00.0x0.01", "0", "0.0.0.0", "0x0", "10.1.2.3",
        "10.66051", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "2852039166",
        "100.64.0.1", "100.100.100.200", "198.18.0.1", "192.0.0.192", "192.0.2.1", "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "168.63.129.16", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]", "[fec0::1]", "[fc00::1]",
        "[fd00:ec2::254]", "[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[3fff::1]",
        "[2002:7f00:1::]",
        "[2002:0808:0808::]", "[2001::1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::8.8.8.8]", "[100::1]", "[5f00::1]", "[2606:4700::5efe:10.0.0.1]",
        "[::ffff:0:127.0.0.1]", "１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_notation(host: str) -> None:
    with pytest.raises(Refused, match="was not addressed"):
        PUBLIC.check_url(f"http://{host}/")


@given(st.integers(0, 2**32 - 1), st.data())
def test_an_ipv4_address_means_the_same_in_all_its_notations(
    number: int, data: st.DataObject
) -> None:
    address = ipaddress.IPv4Address(number)
    count = data.draw(st.integers(1, 4))
    octets = address.packed
    parts = [*octets[: count - 1], int.from_bytes(octets[count - 1 :])]
    form = st.sampled_from(["{}", "0x{:x}", "0X{:X}", "0{:o}", "0x00{:x}"])
    text = ".".join(data.draw(form).format(part) for part in parts)
    assert literal(text) == address
    # The C library, which the system's own resolver uses, reads it in the same way.
    assert socket.inet_aton(text) == octets
    assert normal_host(text) == str(address)


@given(st.integers(0, 2**128 - 1))
def test_no_address_is_public_that_python_calls_private(number: int) -> None:
    four, six = ipaddress.IPv4Address(number >> 96), ipaddress.IPv6Address(number)
    assert not (PUBLIC.allows(four) and not four.is_global)
    assert not (PUBLIC.allows(six) and not six.is_global)
    assert PUBLIC.allows(ipaddress.IPv6Address(f"::ffff:{four}")) == PUBLIC.allows(four)


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    for url in (text, f"http://{text}/", f"http://example.com:{text}"):
        try:
            PUBLIC.check_url(url)
        except Refused:
            continue
        assert origin_of(url).host


def test_a_gateway_leads_to_no_address_that_is_forbidden() -> None:
    policy = AddressPolicy(deny_networks=("8.8.0.0/16",))
    assert not policy.allows(ipaddress.IPv6Address("64:ff9b::8.8.4.4"))
    assert policy.allows(ipaddress.IPv6Address("64:ff9b::8.9.4.4"))
    listed = AddressPolicy(deny_networks=("8.8.0.0/16",), allow_networks=("64:ff9b::/96",))
    assert listed.allows(ipaddress.IPv6Address("64:ff9b::8.8.4.4"))


@pytest.mark.parametrize("port", [0, 22, 25, 53, 110, 143, 6000, 6667])
def test_ports_of_other_services_are_refused(port: int) -> None:
    with pytest.raises(Refused, match=f"port {port} is not used for web pages"):
        PUBLIC.check_url(f"http://example.com:{port}/")
    AddressPolicy(ports=frozenset({port})).check_url(f"http://example.com:{port}/")


def test_ports_can_be_listed() -> None:
    policy = AddressPolicy(ports=frozenset({80, 443}))
    policy.check_url("https://example.com/")
    with pytest.raises(Refused, match="only these ports are allowed: 80, 443"):
        policy.check_url("https://example.com:8443/")


def test_hosts_can_be_listed() -> None:
    policy = AddressPolicy(
        allow_hosts=("example.com", "*.example.org", "Bücher.example", "8.8.8.8"),
        deny_hosts=("bad.example.org", "*.bad.example.org"),
    )
    allowed = ("example.com", "EXAMPLE.COM.", "a.example.org", "a.b.example.org",
               "xn--bcher-kva.example", "8.8.8.8", "0x8080808")  # fmt: skip
    for host in allowed:
        policy.check_url(f"http://{host}/")
    refused = ("a.example.com", "example.org", "notexample.org", "bad.example.org", "1.1.1.1",
               "a.bad.example.org", "example.com.evil.example")  # fmt: skip
    for host in refused:
        with pytest.raises(Refused):
            policy.check_url(f"http://{host}/")


def test_a_listed_host_still_needs_an_allowed_address() -> None:
    with pytest.raises(Refused):
        AddressPolicy(allow_hosts=("127.0.0.1",)).check_url("http://127.0.0.1/")


def test_the_smaller_network_decides() -> None:
    policy = AddressPolicy(
        allow_networks=("10.0.0.0/8", "10.1.2.3/32", "192.168.0.0/16"),
        deny_networks=("10.1.0.0/16", "8.8.0.0/16", "192.168.0.0/16"),
    )
    verdicts = {"10.0.0.1": True, "10.1.0.1": False, "10.1.2.3": True, "8.8.8.8": False,
                "192.168.0.1": False, "1.1.1.1": True, "172.16.0.1": False}  # fmt: skip
    assert {a: policy.allows(ipaddress.ip_address(a)) for a in verdicts} == verdicts


def test_the_named_policies_mean_what_they_say() -> None:
    private, public = "http://192.168.0.1/", "http://8.8.8.8/"
    local = ("http://127.0.0.2/", "http://[::1]/")
    for url in (private, public, *local):
        AddressPolicy.unrestricted().check_url(url)
    for url in local:
        AddressPolicy.loopback().check_url(url)
    for url in (private, public):
        with pytest.raises(Refused):
            AddressPolicy.loopback().check_url(url)


@pytest.mark.parametrize(
    "wrong",
    [
        {"allow_networks": ("10.0.0.1/8",)}, {"deny_networks": ("local",)},
        {"allow_hosts": ("*",)}, {"allow_hosts": ("a.*.example",)},
        {"deny_hosts": ("http://example.com",)}, {"allow_hosts": "example.com"},
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_meant_is_an_error(wrong: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(UserError, match="AddressPolicy: "):
        AddressPolicy(**wrong)  # type: ignore[arg-type]


class Answering(AddressPolicy):
    """A policy whose names have these addresses."""

    addresses: tuple[str, ...] = ()

    async def lookup(self, host: str, port: int) -> list[str]:
        return list(self.addresses)


async def test_of_several_addresses_only_allowed_ones_are_used() -> None:
    class Mixed(Answering):
        addresses = ("127.0.0.1", "8.8.8.8", "::ffff:10.0.0.1", "2606:4700::1111")

    assert await Mixed().resolve("mixed.example", 443) == ["8.8.8.8", "2606:4700::1111"]


async def test_a_name_with_no_allowed_address_is_refused() -> None:
    class Private(Answering):
        addresses = ("10.0.0.1", "::1", "fe80::1%2")

    with pytest.raises(Refused, match=r"intranet\.example \(10\.0\.0\.1, ::1, fe80::1%2\)"):
        await Private().resolve("intranet.example", 443)


async def test_resolving_judges_host_and_port_too() -> None:
    policy = AddressPolicy(deny_hosts=("denied.example",), allow_networks=("127.0.0.0/8",))
    assert await policy.resolve("0x7f.2", 8000) == ["127.0.0.2"]
    for host, port in (("denied.example.", 80), ("127.0.0.1", 25), ("a b", 80), ("::1", 80)):
        with pytest.raises(Refused):
            await policy.resolve(host, port)


async def test_localhost_is_this_machine() -> None:
    with pytest.raises(Refused, match="not on the public internet"):
        await PUBLIC.resolve("localhost", 80)
    found = await AddressPolicy.loopback().resolve("LOCALHOST.", 80)
    assert set(found) <= {"127.0.0.1", "::1"}


async def test_a_host_that_is_not_there_is_an_error_of_its_own() -> None:
    with pytest.raises(FetchError, match=r"nowhere\.invalid was not found"):
        await PUBLIC.resolve("nowhere.invalid", 80)


def test_an_error_shows_no_password_and_stays_short() -> None:
    with pytest.raises(Refused) as caught:
        PUBLIC.check_url("http://ada:secret@example.com/" + "x" * 5000)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 400
