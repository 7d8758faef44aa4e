"""The filtering proxy over real sockets: what passes, what is refused, what is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from agentkit.browser.net.policy import AddressPolicy
from agentkit.browser.net.proxy import FilteringProxy, Guest, Limits
from tests.browser import pages
from tests.browser.site import Forbidden, Site


@pytest.fixture
async def proxy(policy: AddressPolicy) -> AsyncIterator[FilteringProxy]:
    async with FilteringProxy(policy) as ready:
        yield ready


def token(proxy: FilteringProxy, guest: Guest | None = None) -> str:
    return f"Proxy-Authorization: {(guest or proxy.guest).authorization.decode()}\r\n"


async def say(proxy: FilteringProxy, text: str, *, no_more: bool = False) -> bytes:
    """All that the proxy answers until it closes the connection.

    Args:
        no_more: tell it that nothing follows.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(text.encode("latin-1"))
        if no_more:
            writer.write_eof()
        answer = b""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(30):
                while data := await reader.read(2**16):
                    answer += data
        return answer
    finally:
        writer.close()


async def get(proxy: FilteringProxy, url: str, *, headers: str = "", method: str = "GET") -> bytes:
    """A plain request by absolute URL; the whole answer."""
    host = urlsplit(url).netloc
    head = (
        f"{method} {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{token(proxy)}{headers}"
    )
    return await say(proxy, head + "\r\n")


async def connect(proxy: FilteringProxy, where: str, then: str = "") -> bytes:
    """A tunnel, and what comes back through it."""
    head = f"CONNECT {where} HTTP/1.1\r\nHost: x\r\n{token(proxy)}\r\n"
    return await say(proxy, head + then, no_more=True)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def test_a_plain_request_passes(site: Site, proxy: FilteringProxy) -> None:
    answer = await get(proxy, site.url("/article"), headers="X-Mine: 1\r\nCookie: a=b\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(head) == 200
    assert body.decode() == pages.ARTICLE
    received = site.last_headers["/article"]
    assert received["x-mine"] == "1"
    assert received["host"] == site.authority
    assert "proxy-authorization" not in received


async def test_a_tunnel_passes(site: Site, proxy: FilteringProxy) -> None:
    request = f"GET /article HTTP/1.1\r\nHost: {site.authority}\r\nConnection: close\r\n\r\n"
    answer = await connect(proxy, site.authority, request)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(pages.ARTICLE.encode())


@pytest.mark.parametrize(
    "wrong", ["", "Proxy-Authorization: Basic YWdlbnRraXQ6eA==\r\n", "Proxy-Authorization: x\r\n"]
)
async def test_nobody_is_served_without_the_token(
    site: Site, proxy: FilteringProxy, wrong: str
) -> None:
    before = site.hits["/article"]
    for line in (f"GET {site.url('/article')}", f"CONNECT {site.authority}"):
        answer = await say(proxy, f"{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{wrong}\r\n")
        assert status(answer) == 407
        assert b"proxy-authenticate: basic" in answer.lower()
    assert site.hits["/article"] == before


async def test_a_browser_may_answer_the_challenge_on_the_same_connection(
    site: Site, proxy: FilteringProxy
) -> None:
    asked = f"GET {site.url('/article')} HTTP/1.1\r\nHost: {site.authority}\r\n"
    again = f"CONNECT {site.authority} HTTP/1.1\r\nHost: x\r\n"
    last = f"{asked}{token(proxy)}Connection: close\r\n\r\n"
    answer = await say(proxy, f"{asked}\r\n{again}\r\n{asked}{token(proxy)}\r\n{last}")
    assert answer.count(b"HTTP/1.1 407") == 2
    assert answer.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "2130706434", "0x7f000002", "0177.2", "[::ffff:127.0.0.2]", "localhost",
             "[::1]", "0", "169.254.169.254", "127.0.0.2.", "%31%32%37.0.0.2"],
)  # fmt: skip
async def test_a_forbidden_address_is_refused_in_every_notation(
    forbidden: Forbidden, proxy: FilteringProxy, host: str
) -> None:
    port = forbidden.authority.rpartition(":")[2]
    for answer in (
        await get(proxy, forbidden.url(host=host)),
        await connect(proxy, f"{host}:{port}"),
    ):
        # "localhost" may be the allowed 127.0.0.1, where nobody listens on this port.
        assert status(answer) == 403 or (host == "localhost" and status(answer) == 502)
        assert b"proxy-status: agentkit; error=" in answer.lower()
    assert not forbidden.hits
    if host == "127.0.0.2":
        assert proxy.refused == ["127.0.0.2", "127.0.0.2"]


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET / HTTP/1.1", 403),
        ("GET https://127.0.0.1/ HTTP/1.1", 403),
        ("GET ftp://127.0.0.1/ HTTP/1.1", 403),
        ("GET http://user@127.0.0.1/ HTTP/1.1", 403),
        ("GET http://127.0.0.1:25/ HTTP/1.1", 403),
        ("CONNECT 127.0.0.1:25 HTTP/1.1", 403),
        ("CONNECT 127.0.0.1 HTTP/1.1", 403),
        ("CONNECT user@127.0.0.1:443 HTTP/1.1", 403),
        ("CONNECT 127.0.0.1:port HTTP/1.1", 403),
        ("nonsense", 400),
    ],
)
async def test_what_is_no_proper_request_is_refused(
    proxy: FilteringProxy, request_line: str, expected: int
) -> None:
    head = f"{request_line}\r\nHost: x\r\nConnection: close\r\n{token(proxy)}\r\n"
    assert status(await say(proxy, head)) == expected


async def test_the_proxy_is_not_reached_through_itself(proxy: FilteringProxy) -> None:
    assert status(await connect(proxy, f"127.0.0.1:{proxy.port}")) == 403
    assert status(await get(proxy, proxy.url)) == 403


async def test_a_name_that_changes_its_address_gains_nothing(
    site: Site, forbidden: Forbidden
) -> None:
    class Rebinding(AddressPolicy):
        async def lookup(self, host: str, port: int) -> list[str]:
            self.__dict__["asked"] = self.__dict__.get("asked", 0) + 1
            return ["127.0.0.1" if self.__dict__["asked"] == 1 else "127.0.0.2"]

    async with FilteringProxy(Rebinding(allow_networks=("127.0.0.1/32",))) as proxy:
        port = site.authority.rpartition(":")[2]
        assert status(await get(proxy, f"http://rebind.example:{port}/article")) == 200
        assert status(await get(proxy, forbidden.url(host="rebind.example"))) == 403
        where = forbidden.authority.replace("127.0.0.2", "rebind.example")
        assert status(await connect(proxy, where)) == 403
        assert proxy.refused == ["rebind.example"] * 2
    assert not forbidden.hits


async def test_another_protocol_is_not_agreed_upon(site: Site, proxy: FilteringProxy) -> None:
    site.page("/upgrade", lambda h: h.reply("", status=101, headers={"Upgrade": "raw"}))
    upgrade = "Connection: Upgrade, X-Hidden\r\nUpgrade: websocket\r\nX-Hidden: 1\r\n"
    assert status(await get(proxy, site.url("/upgrade"), headers=upgrade)) == 502
    received = site.last_headers["/upgrade"]
    assert not {"upgrade", "x-hidden"} & received.keys()


async def test_a_second_request_is_not_smuggled_in_a_first_ones_body(
    site: Site, forbidden: Forbidden, proxy: FilteringProxy
) -> None:
    inner = f"GET {forbidden.url()} HTTP/1.1\r\nHost: {forbidden.authority}\r\n\r\n"
    both = f"Content-Length: {len(inner)}\r\nTransfer-Encoding: chunked\r\n"
    head = f"POST {site.url('/echo')} HTTP/1.1\r\nHost: x\r\n{token(proxy)}"
    answer = await say(proxy, f"{head}{both}\r\n0\r\n\r\n{inner}", no_more=True)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 407 " in answer, "what follows is a request of its own, without the token"
    assert not forbidden.hits


async def test_bodies_pass_both_ways(site: Site, proxy: FilteringProxy) -> None:
    head = f"POST {site.url('/echo')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{token(proxy)}"
    assert (await say(proxy, f"{head}Content-Length: 5\r\n\r\nhello")).endswith(b"POST hello")
    dripped = await get(proxy, site.url("/gzip"))
    assert gzip.decompress(dripped.partition(b"\r\n\r\n")[2]).decode() == pages.ARTICLE
    assert status(await get(proxy, site.url("/article"), method="HEAD")) == 200


async def test_kinds_that_nobody_wants_are_not_fetched(site: Site, policy: AddressPolicy) -> None:
    before = site.hits["/resource/1"]
    async with FilteringProxy(policy, blocked_kinds=("image", "font")) as proxy:
        for header in ("Sec-Fetch-Dest: font\r\n", "Accept: image/avif,image/*\r\n"):
            assert status(await get(proxy, site.url("/resource/1"), headers=header)) == 403
        assert site.hits["/resource/1"] == before
        document = await get(proxy, site.url("/resource/1"), headers="Sec-Fetch-Dest: document\r\n")
        assert status(document) == 200
        assert not proxy.refused


async def test_a_bomb_is_broken_off_where_its_content_is_too_much(
    site: Site, policy: AddressPolicy
) -> None:
    async with FilteringProxy(policy, limits=Limits(max_decoded=2_000_000)) as proxy:
        answer = await get(proxy, site.url("/bomb"))
        assert len(answer) < 50_000
        assert not answer.endswith(b"0\r\n\r\n"), "the browser takes it for complete"
        assert status(await get(proxy, site.url("/brotli"))) == 502
        assert status(await get(proxy, site.url("/article"))) == 200


async def test_each_connection_and_all_together_have_their_fill(
    site: Site, policy: AddressPolicy
) -> None:
    limits = Limits(max_bytes=200_000, max_total=500_000)
    request = f"GET /endless HTTP/1.1\r\nHost: {site.authority}\r\n\r\n"
    async with FilteringProxy(policy, limits=limits) as proxy:
        for _ in range(5):
            assert len(await connect(proxy, site.authority, request)) <= 200_100
            assert len(await get(proxy, site.url("/endless"))) <= 200_000
        assert not await get(proxy, site.url("/article"))


async def test_each_guest_has_its_fill_and_is_served_until_dismissed(
    site: Site, proxy: FilteringProxy
) -> None:
    async def asked(guest: Guest, path: str) -> bytes:
        return await say(proxy, f"GET {site.url(path)} HTTP/1.1\r\n{token(proxy, guest)}"
                         "Host: x\r\nConnection: close\r\n\r\n")  # fmt: skip

    greedy, modest = proxy.admit(200_000), proxy.admit(200_000)
    assert 0 < len(await asked(greedy, "/endless")) <= 200_000
    assert status(await asked(greedy, "/article")) == 502
    assert status(await asked(modest, "/article")) == 200
    assert modest.meter.spent < 20_000 < 200_000 < greedy.meter.spent < 400_000

    greedy.meter.spent = 0
    assert status(await asked(greedy, "/article")) == 200
    proxy.dismiss(greedy)
    assert status(await asked(greedy, "/article")) == 407
    assert status(await asked(modest, "/article")) == 200


async def test_silence_and_dripping_end_at_their_limits(site: Site, policy: AddressPolicy) -> None:
    request = f"GET /silent HTTP/1.1\r\nHost: {site.authority}\r\n\r\n"
    async with FilteringProxy(policy, limits=Limits(idle=0.5, lifetime=2)) as proxy:
        begun = time.monotonic()
        answers = await asyncio.gather(
            get(proxy, site.url("/silent")),
            connect(proxy, site.authority, request),
            get(proxy, site.url("/drip")),
            say(proxy, "GET http"),
            say(proxy, ""),
        )
        assert time.monotonic() - begun < 15
        assert status(answers[0]) == 504
        assert answers[1].startswith(b"HTTP/1.1 200 ")
        assert b"drop" in answers[2]
        assert answers[4] == b""


async def test_one_half_of_a_tunnel_may_end_before_the_other(proxy: FilteringProxy) -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"got " + await reader.read())
        writer.close()

    server = await asyncio.start_server(answer_at_the_end, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        head = f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: x\r\n{token(proxy)}\r\nall"
        writer.write(head.encode())
        writer.write_eof()
        assert (await reader.read()).endswith(b"got all")
        writer.close()


async def test_closing_leaves_nothing_running(site: Site, policy: AddressPolicy) -> None:
    before = asyncio.all_tasks()
    site.hits["/silent"] = site.hits["/drip"] = 0
    request = f"GET /drip HTTP/1.1\r\nHost: {site.authority}\r\n\r\n"
    async with FilteringProxy(policy) as proxy:
        asked = [
            asyncio.ensure_future(get(proxy, site.url("/silent"))),
            asyncio.ensure_future(connect(proxy, site.authority, request)),
            asyncio.ensure_future(say(proxy, "GET")),
        ]
        await asyncio.to_thread(site.wait_for, "/silent")
        await asyncio.to_thread(site.wait_for, "/drip")
        port = proxy.port
    await asyncio.gather(*asked)
    assert asyncio.all_tasks() == before
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
    await proxy.close()
