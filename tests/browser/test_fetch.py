"""Fetching from a real site on loopback: what comes, what is cut, and what is never reached."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import pytest

from agentkit.browser.document import FetchError, Refused
from agentkit.browser.net.fetch import Fetcher
from agentkit.browser.net.policy import AddressPolicy
from tests.browser import pages
from tests.browser.site import CERTIFICATE, Forbidden, Handler, Site


@pytest.fixture
async def fetcher(policy: AddressPolicy) -> AsyncIterator[Fetcher]:
    async with Fetcher(policy, timeout=20) as ready:
        yield ready


async def test_a_page_comes_with_its_type_and_its_bytes(site: Site, fetcher: Fetcher) -> None:
    response = await fetcher.get(site.url("/article"))
    assert response.body.decode() == pages.ARTICLE
    assert (response.status, response.media_type, response.charset) == (200, "text/html", "utf-8")
    assert (response.url, response.note, response.rendered) == (site.url("/article"), "", False)
    sent = site.last_headers["/article"]
    assert sent["user-agent"].startswith("Mozilla/5.0 (compatible; agentkit/")
    assert sent["host"] == site.authority
    assert "cookie" not in sent


@pytest.mark.parametrize("path", ["/gzip", "/zlib", "/deflate"])
async def test_both_encodings_are_undone(site: Site, fetcher: Fetcher, path: str) -> None:
    response = await fetcher.get(site.url(path))
    assert response.body.decode() == pages.ARTICLE
    assert not response.note
    assert site.last_headers[path]["accept-encoding"] == "gzip, deflate"


async def test_a_gzip_body_may_have_several_members(site: Site, fetcher: Fetcher) -> None:
    response = await fetcher.get(site.url("/gzip-twice"))
    assert response.body.decode() == pages.ARTICLE + "<p>And more.</p>"


@pytest.mark.parametrize("path", ["/gzip-cut", "/cut"])
async def test_half_a_page_is_given_with_a_note(site: Site, fetcher: Fetcher, path: str) -> None:
    response = await fetcher.get(site.url(path))
    assert response.body
    assert "broke off" in response.note


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/gzip-broken", "not valid gzip"),
        ("/brotli", "'br', which was not asked for"),
        ("/dropped", "broke off"),
        ("/headers", "broke off"),
        ("/moved-nowhere", "no URL"),
    ],
)
async def test_an_unusable_answer_is_an_error_that_says_why(
    site: Site, fetcher: Fetcher, path: str, reason: str
) -> None:
    with pytest.raises(FetchError, match=reason):
        await fetcher.get(site.url(path))
    assert (await fetcher.get(site.url("/article"))).status == 200


async def test_a_closed_port_is_an_error_that_names_it(site: Site, fetcher: Fetcher) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(FetchError, match=rf"127\.0\.0\.1:{port}/x cannot be reached"):
            await fetcher.get(f"http://127.0.0.1:{port}/x")


async def test_a_gzip_bomb_costs_its_limit_and_no_more(site: Site, policy: AddressPolicy) -> None:
    async with Fetcher(policy, max_bytes=2_000_000) as fetcher:
        response = await fetcher.get(site.url("/bomb"))
    assert len(response.body) == 2_000_000
    assert "cut after 1.9 MB" in response.note


async def test_a_body_that_fits_exactly_is_not_cut(site: Site, policy: AddressPolicy) -> None:
    async with Fetcher(policy, max_bytes=len(pages.ARTICLE.encode())) as fetcher:
        assert not (await fetcher.get(site.url("/article"))).note
        assert not (await fetcher.get(site.url("/gzip"))).note


async def test_a_page_without_end_is_cut_where_it_is_too_long(
    site: Site, policy: AddressPolicy
) -> None:
    async with Fetcher(policy, max_encoded=100_000) as fetcher:
        response = await fetcher.get(site.url("/endless"))
    assert len(response.body) == 100_000
    assert "cut after" in response.note


async def test_a_dripping_page_is_given_as_far_as_it_came(
    site: Site, policy: AddressPolicy
) -> None:
    begun = time.monotonic()
    async with Fetcher(policy, timeout=1) as fetcher:
        response = await fetcher.get(site.url("/drip"))
    assert time.monotonic() - begun < 15
    assert b"Slowly" in response.body
    assert "not complete after 1 seconds" in response.note


async def test_a_silent_server_costs_its_time_limit(site: Site, policy: AddressPolicy) -> None:
    async with Fetcher(policy, timeout=0.5) as fetcher:
        with pytest.raises(FetchError, match=r"did not answer within 0\.5 seconds"):
            await fetcher.get(site.url("/silent"))


async def test_a_large_page_comes_whole(site: Site, fetcher: Fetcher) -> None:
    response = await fetcher.get(site.url("/large"))
    assert response.body == pages.large()


@pytest.mark.parametrize(
    ("path", "note"),
    [
        ("/nowhere", "The server answered 404 Not Found."),
        ("/error", "The server answered 500 Internal Server Error."),
        ("/no-content", "The server answered 204 No Content."),
        ("/not-modified", "The server answered 304 Not Modified."),
        ("/empty", ""),
    ],
)
async def test_any_status_is_an_answer_with_a_note(
    site: Site, fetcher: Fetcher, path: str, note: str
) -> None:
    response = await fetcher.get(site.url(path))
    assert response.note == note


async def test_redirects_lead_to_the_page_they_name(site: Site, fetcher: Fetcher) -> None:
    moved = await fetcher.get(site.url("/moved#part"))
    assert (moved.url, moved.body.decode()) == (site.url("/article#part"), pages.ARTICLE)
    assert (await fetcher.get(site.url("/see-other"))).url == site.url("/article")
    assert (await fetcher.get(site.url("/moved-umlaut"))).body == b"<p>Coffee.</p>"


async def test_a_redirect_keeps_the_method_where_it_must(site: Site, fetcher: Fetcher) -> None:
    kept = await fetcher.request("POST", site.url("/kept"), json={"a": 1})
    assert kept.body == b'POST {"a": 1}'
    changed = await fetcher.request("POST", site.url("/found"), json={"a": 1})
    assert changed.body == b"GET "
    assert "content-type" not in site.last_headers["/echo"]


async def test_endless_redirects_end(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="in a circle"):
        await fetcher.get(site.url("/redirect/loop"))
    before = site.hits["/redirect/more"]
    with pytest.raises(FetchError, match="more than 10 redirects"):
        await fetcher.get(site.url("/redirect/more"))
    assert site.hits["/redirect/more"] - before == 11


@pytest.mark.parametrize("name", ["forbidden", "decimal", "file", "data", "user", "smtp"])
async def test_a_redirect_is_checked_like_any_url(
    site: Site, forbidden: Forbidden, fetcher: Fetcher, name: str
) -> None:
    with pytest.raises(Refused):
        await fetcher.get(site.url(f"/redirect/{name}"))
    assert not forbidden.hits


async def test_what_was_entrusted_to_one_host_is_not_shown_to_another(
    policy: AddressPolicy,
) -> None:
    with Site() as first, Site() as second:
        first.page("/away", lambda h: h.redirect(second.url("/echo")))
        first.page("/away-kept", lambda h: h.redirect(second.url("/echo"), 307))
        second.page("/echo", lambda h: h.reply("here"))
        secret = {"Authorization": "Bearer k", "X-Api-Key": "k", "Accept": "text/plain"}
        async with Fetcher(policy) as fetcher:
            await fetcher.get(first.url("/away"), headers=secret)
            with pytest.raises(FetchError, match="not forwarded"):
                await fetcher.request("POST", first.url("/away-kept"), json={"key": "k"})
        assert first.last_headers["/away"]["x-api-key"] == "k"
        received = second.last_headers["/echo"]
        assert received["accept"] == "text/plain"
        assert not {"authorization", "x-api-key"} & received.keys()
        assert second.hits["/echo"] == 1


async def test_queries_are_added_to_those_there_are(site: Site, fetcher: Fetcher) -> None:
    site.page("/query", lambda h: h.reply(h.path, "text/plain"))
    response = await fetcher.request("GET", site.url("/query?a=1"), params={"q": "ä b", "n": 2})
    assert response.body == b"/query?a=1&q=%C3%A4+b&n=2"
    assert (await fetcher.get(site.url("/query?ü= x#y"))).body == b"/query?%C3%BC=%20x"


async def test_odd_headers_are_read_and_cookies_are_not_kept(site: Site, fetcher: Fetcher) -> None:
    site.page("/cookie", lambda h: h.reply("x", headers={"Set-Cookie": "a=b", "X-Name": "caf\xe9"}))
    response = await fetcher.get(site.url("/cookie"))
    assert response.headers["x-name"] == "café"
    assert "set-cookie" not in response.headers
    await fetcher.get(site.url("/cookie"))
    assert "cookie" not in site.last_headers["/cookie"]


async def test_a_name_that_changes_its_address_gains_nothing(
    site: Site, forbidden: Forbidden
) -> None:
    looked_up: list[str] = []

    class Rebinding(AddressPolicy):
        async def lookup(self, host: str, port: int) -> list[str]:
            looked_up.append(host)
            return ["127.0.0.1" if len(looked_up) == 1 else "127.0.0.2"]

    async with Fetcher(Rebinding(allow_networks=("127.0.0.1/32",))) as fetcher:
        port = site.authority.rpartition(":")[2]
        response = await fetcher.get(f"http://Rebind.example:{port}/article")
        assert response.body.decode() == pages.ARTICLE
        assert site.last_headers["/article"]["host"] == f"rebind.example:{port}"
        assert looked_up == ["rebind.example"]
        with pytest.raises(Refused, match=r"rebind\.example \(127\.0\.0\.2\)"):
            await fetcher.get(forbidden.url(host="rebind.example"))
    assert not forbidden.hits


async def test_the_environment_is_not_asked_for_proxies(
    site: Site, forbidden: Forbidden, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", forbidden.url(""))
    monkeypatch.setenv("ALL_PROXY", forbidden.url(""))
    assert (await fetcher.get(site.url("/article"))).status == 200
    assert not forbidden.hits


async def test_many_pages_come_at_once(site: Site, fetcher: Fetcher) -> None:
    begun = time.monotonic()
    responses = await asyncio.gather(*(fetcher.get(site.url("/delayed")) for _ in range(32)))
    assert {response.status for response in responses} == {200}
    assert time.monotonic() - begun < 32 * 0.2 / 2


def test_a_fetcher_serves_one_event_loop_after_another(site: Site, policy: AddressPolicy) -> None:
    fetcher = Fetcher(policy)

    async def once() -> int:
        try:
            return (await fetcher.get(site.url("/article"))).status
        finally:
            await fetcher.close()

    assert [asyncio.run(once()), asyncio.run(once())] == [200, 200]


async def test_a_connection_that_was_closed_meanwhile_is_opened_again(
    site: Site, fetcher: Fetcher
) -> None:
    def answer_and_leave(handler: Handler) -> None:
        handler.reply("bye")
        handler.close_connection = True

    site.page("/leaves", answer_and_leave)
    for _ in range(5):
        assert (await fetcher.get(site.url("/leaves"))).body == b"bye"


async def test_tls_verifies_the_name_in_the_url_and_not_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Local(AddressPolicy):
        async def lookup(self, host: str, port: int) -> list[str]:
            return ["127.0.0.1"]

    policy = Local(allow_networks=("127.0.0.1/32",))
    with Site(tls=True) as secure:
        secure.page("/", "safe")
        port = secure.authority.rpartition(":")[2]
        async with Fetcher(policy) as fetcher:
            with pytest.raises(FetchError, match="certificate verify failed"):
                await fetcher.get(f"https://site.example:{port}/")
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        async with Fetcher(policy) as fetcher:
            assert (await fetcher.get(f"https://SITE.example.:{port}/")).body == b"safe"
            for host in ("other.example", "127.0.0.1"):
                with pytest.raises(FetchError, match="certificate verify failed"):
                    await fetcher.get(f"https://{host}:{port}/")
    assert secure.hits["/"] == 1
