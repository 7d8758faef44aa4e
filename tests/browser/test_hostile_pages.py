"""What hostile pages cost: their limits and no more; and where they get: nowhere."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from agentkit.browser.chromium.install import Found
from agentkit.browser.chromium.pool import Chromium
from agentkit.browser.chromium.visit import Caps
from agentkit.browser.document import BrowserError, FetchError, Refused
from agentkit.browser.net.policy import AddressPolicy
from tests.browser.chromium_fixture import chromium_found
from tests.browser.hostile import REACHES
from tests.browser.site import Forbidden, Site

__all__ = ["chromium_found"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 12.0
GRACE = 15.0  # for a machine that does other things, too


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium(chromium_found: Found) -> AsyncIterator[Chromium]:
    """A Chromium that may reach the site, and not its neighbour."""
    policy = AddressPolicy(allow_networks=("127.0.0.1/32",))
    async with Chromium(policy, executable=chromium_found) as browser:
        yield browser


@pytest.mark.parametrize("path", REACHES)
async def test_no_way_leads_to_a_forbidden_address(
    chromium: Chromium, site: Site, forbidden: Forbidden, path: str
) -> None:
    try:
        response = await chromium.render(site.url(path), timeout=LIMIT)
    except Refused:
        assert path.removeprefix("/reach/") in ("location", "form", "refresh")
    else:
        assert b"4711" not in response.body
        assert b"<title>tried</title>" in response.body, "it was not waited for"
    assert site.hits[path]
    assert forbidden.hits == []


@pytest.mark.parametrize("path", ["/redirect/forbidden", "/redirect/decimal"])
async def test_a_redirect_to_a_forbidden_address_is_refused(
    chromium: Chromium, site: Site, forbidden: Forbidden, path: str
) -> None:
    with pytest.raises(Refused):
        await chromium.render(site.url(path), timeout=LIMIT)
    assert forbidden.hits == []


@pytest.mark.parametrize("name", ["redirect/file", "redirect/data", "redirect/smtp"])
async def test_a_redirect_out_of_the_web_leads_nowhere(
    chromium: Chromium, site: Site, name: str
) -> None:
    with pytest.raises(BrowserError):
        await chromium.render(site.url(f"/{name}"), timeout=LIMIT)


@pytest.mark.parametrize("path", ["/redirect/loop", "/redirect/more", "/silent", "/dropped"])
async def test_a_server_that_gives_no_page_fails_in_time(
    chromium: Chromium, site: Site, path: str
) -> None:
    started = time.monotonic()
    with pytest.raises(FetchError):
        await chromium.render(site.url(path), timeout=3.0)
    assert time.monotonic() - started < 3.0 + GRACE


@pytest.mark.parametrize(
    ("path", "text", "note"),
    [
        ("/script/busy", "Busy", "was cut"),
        ("/script/busy-at-once", "Busy", "was cut"),
        ("/script/alerts", "Alerts", ""),
        ("/script/reload", "", "kept moving|was cut"),
        ("/script/restless", "Restless", ""),
        ("/script/history", "History", ""),
        ("/script/popups", "Popups", ""),
        ("/script/print", "Print", ""),
        ("/script/unload", "Unload", ""),
        ("/script/download", "Download", ""),
        ("/drip", "Slowly", "was cut"),
        ("/cut", "The first half.", "broke off"),
        ("/bomb", "", ""),
        ("/bomb-whole", "boom", "MiB had come"),
        ("/nested", "Nested", ""),
        ("/nul", "before", ""),
        ("/empty", "<body>", ""),
        ("/xhtml", "Well formed", ""),
        ("/forged", "Trusted", ""),
    ],
)
async def test_a_page_costs_its_limits_and_no_more(
    chromium: Chromium, site: Site, path: str, text: str, note: str
) -> None:
    started = time.monotonic()
    response = await chromium.render(site.url(path), timeout=LIMIT)

    assert time.monotonic() - started < LIMIT + GRACE
    assert text in response.body.decode()
    assert re.search(note, response.note)
    assert b"1873" in (await chromium.render(site.url("/article"), timeout=LIMIT)).body


async def test_a_page_whose_layout_takes_too_long_costs_its_time_and_no_more(
    chromium: Chromium, site: Site
) -> None:
    started = time.monotonic()
    with suppress(FetchError):  # whether it can still be read is up to the machine
        await chromium.render(site.url("/nested-deep"), timeout=3.0)

    assert time.monotonic() - started < 3.0 + GRACE
    assert b"1873" in (await chromium.render(site.url("/article"), timeout=LIMIT)).body


async def test_a_page_of_five_megabytes_is_read_whole(chromium: Chromium, site: Site) -> None:
    response = await chromium.render(site.url("/large"), timeout=100)

    assert b"Link 9999" in response.body


async def test_a_page_is_cut_where_it_has_sent_enough(chromium_found: Found, site: Site) -> None:
    caps = Caps(received=1 << 20, document=1 << 20)
    policy = AddressPolicy(allow_networks=("127.0.0.1/32",))
    async with Chromium(policy, executable=chromium_found, caps=caps) as browser:
        response = await browser.render(site.url("/endless"), timeout=100)

    assert re.search(r"was cut after [1-9][0-9]* MiB had come", response.note)
    assert b"and so on" in response.body
    assert len(response.body) < 8 << 20


@pytest.mark.parametrize("way", ["worker", "upload"])
async def test_what_workers_load_and_what_is_sent_counts_too(
    chromium_found: Found, site: Site, way: str
) -> None:
    policy = AddressPolicy(allow_networks=("127.0.0.1/32",))
    caps = Caps(received=1 << 20)
    async with (
        Chromium(policy, executable=chromium_found, caps=caps) as browser,
        browser.visit() as (visit, _),
    ):
        response = await visit.run(site.url(f"/script/greedy-{way}"), LIMIT)
        moved = visit._traffic.spent
        await asyncio.sleep(1)

        assert visit._traffic.spent < moved + (4 << 20), "nobody gets more than a last piece"
    assert "was cut after 1 MiB had come" in response.note
    assert b"Greedy" in response.body


async def test_popups_and_other_windows_do_not_stay_open(chromium: Chromium, site: Site) -> None:
    await chromium.render(site.url("/script/popups"), timeout=LIMIT)

    assert chromium._current is not None
    assert chromium._current._browser is not None
    assert chromium._current._browser.contexts == []
