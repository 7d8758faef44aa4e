"""Chromium as a renderer: what it reads, what it starts, and what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from agentkit.browser.chromium import processes
from agentkit.browser.chromium.install import Found, NoChromium
from agentkit.browser.chromium.pool import Chromium, NotAPage
from agentkit.browser.document import FetchError, Refused
from agentkit.browser.net.policy import AddressPolicy
from tests.browser.chromium_fixture import chromium_found, processes_with, profiles, until
from tests.browser.site import Handler, Site

__all__ = ["chromium_found"]

ROOT = Path(__file__).parents[2]
POLICY = AddressPolicy(allow_networks=("127.0.0.1/32",))
module_loop = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium(chromium_found: Found) -> AsyncIterator[Chromium]:
    """One Chromium for the tests that do not end it."""
    async with Chromium(POLICY, executable=chromium_found) as browser:
        yield browser


def runs(pid: int) -> bool:
    """True for a process that is there and no zombie."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    return False


def browser_of(chromium: Chromium) -> int:
    """The id of the browser's process."""
    assert chromium._current is not None
    pid = processes.find_browser(chromium._current._marker)
    assert pid is not None
    return pid


def environment_of(pid: int) -> bytes:
    """A process's variables as it was started with them."""
    return Path(f"/proc/{pid}/environ").read_bytes()


# What is read


@module_loop
async def test_a_page_is_read_after_its_scripts_ran(chromium: Chromium, site: Site) -> None:
    response = await chromium.render(site.url("/scripted"))

    assert response.rendered
    assert (response.status, response.media_type, response.charset) == (200, "text/html", "utf-8")
    assert b"The ferry is blue." in response.body
    assert response.note == ""


@module_loop
async def test_what_comes_a_little_later_is_waited_for(chromium: Chromium, site: Site) -> None:
    def slow(handler: Handler) -> None:
        handler.wait(0.6)
        handler.reply("what the server said", "text/plain")

    site.page("/late/data", slow)
    url = site.page(
        "/late",
        "<p id=p>Loading…</p><script>fetch('/late/data').then(a => a.text())"
        ".then(text => p.textContent = text)</script>",
    )

    assert b"what the server said" in (await chromium.render(url)).body


@module_loop
async def test_where_a_page_moves_on_to_is_waited_for(chromium: Chromium, site: Site) -> None:
    def hop(handler: Handler) -> None:
        handler.wait(0.8)
        number = int(handler.path[-1]) + 1
        onward = f"<script>location = '/hop/{number}'</script>" if number < 7 else ""
        handler.reply(f"<h1>Hop {number - 1}</h1>{onward}")

    for number in range(7):
        site.page(f"/hop/{number}", hop)

    response = await chromium.render(site.url("/hop/0"), timeout=60)

    assert b"Hop 6" in response.body
    assert response.note == ""


@module_loop
async def test_a_page_that_reloads_again_and_again_is_stopped(
    chromium: Chromium, site: Site
) -> None:
    url = site.page("/again", "<h1>Again</h1><script>setTimeout('location.reload()', 100)</script>")

    response = await chromium.render(url, timeout=60)

    assert "kept moving" in response.note
    assert site.hits["/again"] < 20


@module_loop
async def test_hidden_text_is_marked_by_its_computed_style(chromium: Chromium, site: Site) -> None:
    url = site.page(
        "/styled",
        "<style>.a {display: none} .b {visibility: hidden} .c {opacity: 0} .d {font-size: 0}"
        ".e {transition: opacity 1s}</style>"
        "<p class=a>one</p><p class=b>two <b style='visibility: visible'>shown</b></p>"
        "<p class=b>three</p><p class=c>four</p><p class=d>five</p><p class='c e'>fades in</p>"
        "<p>seen</p>",
    )

    html = (await chromium.render(url)).body.decode()

    mark = ' data-agentkit-hidden=""'
    assert [word for word in ["one", "three", "four", "five"] if f"{mark}>{word}" in html] == [
        "one", "three", "four", "five",
    ]  # fmt: skip
    assert html.count(mark) == 4


@module_loop
async def test_shadow_trees_and_frames_of_the_page_are_drawn_into_it(
    chromium: Chromium, site: Site
) -> None:
    url = site.page(
        "/composed",
        "<x-card><b slot=name>the name</b></x-card><iframe srcdoc=\"<p>inside <a href='/z'>z</a>\">"
        "</iframe><script>customElements.define('x-card', class extends HTMLElement {"
        "constructor() { super(); this.attachShadow({mode: 'open'}).innerHTML ="
        "'<p>Card of <slot name=name></slot></p>' } })</script>",
    )

    html = (await chromium.render(url)).body.decode()

    assert '<p>Card of <b slot="name">the name</b></p>' in html
    assert f'<p>inside <a href="{site.url("/z")}">z</a></p>' in html
    assert "<iframe" not in html


@module_loop
async def test_a_page_may_name_its_elements_as_it_likes(chromium: Chromium, site: Site) -> None:
    names = ("children", "childNodes", "localName", "nodeType", "append", "setAttribute")
    inputs = "".join(f"<input name={name}>" for name in names)
    url = site.page(
        "/clobbered",
        "<img name=documentElement><img name=readyState><img name=implementation><p>some words"
        f"<form name=body>{inputs}</form><p style='display:none'>unseen<script>1</script>",
    )

    html = (await chromium.render(url)).body.decode()

    assert "<p>some words" in html
    assert 'data-agentkit-hidden="">unseen' in html


@module_loop
async def test_pictures_are_not_fetched(chromium: Chromium, site: Site) -> None:
    before = site.hits.copy()

    await chromium.render(site.url("/resources"))

    assert set(site.hits - before) == {"/resources"}


@module_loop
async def test_no_page_knows_of_another(chromium: Chromium, site: Site) -> None:
    url = site.page(
        "/memory",
        "<script>document.write('before: ' + document.cookie + (localStorage.x || '') + '.');"
        "document.cookie = 'a=1'; localStorage.x = 1</script>",
    )

    for _ in range(2):
        assert b"before: ." in (await chromium.render(url)).body


@module_loop
@pytest.mark.parametrize("path", ["/download", "/type-wrong", "/echo", "/script/json"])
async def test_what_is_no_page_is_left_to_http(chromium: Chromium, site: Site, path: str) -> None:
    with pytest.raises(NotAPage):
        await chromium.render(site.url(path))


@module_loop
@pytest.mark.parametrize(
    "url",
    ["file:///etc/hostname", "data:text/html,<p>x", "chrome://version", "view-source:http://a/",
     "javascript:1", "about:blank", "http://127.0.0.2/", "http://2130706434/", "ftp://127.0.0.1/"],
)  # fmt: skip
async def test_only_allowed_web_addresses_are_opened(chromium: Chromium, url: str) -> None:
    with pytest.raises(Refused):
        await chromium.render(url)


class Inward(AddressPolicy):
    """Every name leads to this machine."""

    async def lookup(self, host: str, port: int) -> list[str]:
        return ["127.0.0.2"]


async def test_that_the_policy_forbids_what_a_name_leads_to_is_told(chromium_found: Found) -> None:
    async with Chromium(Inward(), executable=chromium_found) as chromium:
        for url in ("http://a.example/", "https://a.example/"):
            with pytest.raises(Refused, match="policy forbids"):
                await chromium.render(url)


async def test_a_page_that_goes_on_to_such_a_name_is_refused(
    chromium_found: Found, site: Site
) -> None:
    policy = Inward(allow_networks=POLICY.allow_networks)
    url = site.page("/inward", "<p>Here.<script>location = 'http://a.example/'</script>")
    async with Chromium(policy, executable=chromium_found) as chromium:
        with pytest.raises(Refused, match=r"http://a\.example/ leads where"):
            await chromium.render(url)


@module_loop
async def test_no_more_pages_are_open_at_once_than_there_are_contexts(
    chromium_found: Found, site: Site
) -> None:
    open_, most = 0, 0

    def counted(handler: Handler) -> None:
        nonlocal open_, most
        open_ += 1
        most = max(most, open_)
        handler.wait(0.3)
        open_ -= 1
        handler.reply("<p>done</p>")

    url = site.page("/counted", counted)
    async with Chromium(POLICY, contexts=2, executable=chromium_found) as browser:
        done = await asyncio.gather(*(browser.render(url, timeout=30) for _ in range(6)))

    assert all(b"done" in response.body for response in done)
    assert most == 2


# What runs, and what is left


@pytest.fixture
def own_temp(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A temporary folder for what the test starts: other browsers may run beside it."""
    tmp_path_factory.getbasetemp()  # pytest's own stays where it is
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield


@pytest.mark.usefixtures("own_temp")
async def test_nothing_starts_before_the_first_page_or_stays_after_the_end(
    chromium_found: Found, site: Site
) -> None:
    before = profiles()
    browser = Chromium(POLICY, executable=chromium_found)
    assert browser._current is None
    await browser.render(site.url("/article"))
    pid = browser_of(browser)
    family = processes._family(pid)
    assert family

    await browser.close()
    await browser.close()

    await asyncio.to_thread(until, lambda: not any(map(runs, (pid, *family))))
    assert profiles() <= before


async def test_keys_in_the_environment_are_not_handed_on(
    chromium_found: Found, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    async with Chromium(POLICY, executable=chromium_found) as browser:
        await browser.render(site.url("/scripted"))
        environment = environment_of(browser_of(browser))

    assert b"PATH=" in environment
    assert b"secret" not in environment


async def test_a_browser_that_dies_is_replaced(chromium_found: Found, site: Site) -> None:
    async with Chromium(POLICY, executable=chromium_found) as browser:
        await browser.render(site.url("/article"))
        os.kill(browser_of(browser), signal.SIGKILL)

        for _ in range(2):  # the first may still meet the dead one
            try:
                response = await browser.render(site.url("/article"))
            except FetchError:
                continue
        assert b"1873" in response.body


async def test_a_page_that_takes_too_much_memory_is_ended_alone(
    chromium_found: Found, site: Site
) -> None:
    hungry = site.page(
        "/hungry",
        "<p>here</p><script>setInterval(() => (globalThis.all ||= []).push("
        "new Uint8Array(1 << 24).fill(1)), 5)</script><script src=/silent></script>",
    )
    async with Chromium(
        POLICY, executable=chromium_found, renderer_bytes=300 << 20, contexts=2
    ) as browser:
        await browser.render(site.url("/article"))
        pid = browser_of(browser)
        outcome, other = await asyncio.gather(
            browser.render(hungry, timeout=30),
            browser.render(site.url("/scripted"), timeout=30),
            return_exceptions=True,
        )
        assert isinstance(outcome, FetchError)
        assert "took more than 300 MiB" in str(outcome)
        assert not isinstance(other, BaseException)
        assert b"ferry" in other.body
        assert browser_of(browser) == pid


async def test_a_browser_is_replaced_after_its_pages_and_ended_when_idle(
    chromium_found: Found, site: Site
) -> None:
    async with Chromium(POLICY, executable=chromium_found, recycle=1, idle=0.2) as browser:
        await browser.render(site.url("/article"))
        first = browser_of(browser)
        await browser.render(site.url("/article"))
        second = browser_of(browser)
        assert first != second
        await asyncio.to_thread(until, lambda: not runs(first) and not runs(second))


def test_a_browser_serves_one_event_loop_after_another(chromium_found: Found, site: Site) -> None:
    browser = Chromium(POLICY, executable=chromium_found)

    async def once(close: bool) -> bytes:
        response = await browser.render(site.url("/article"))
        if close:
            await browser.close()
        return response.body

    assert b"1873" in asyncio.run(once(True))
    assert b"1873" in asyncio.run(once(True))


HOST = """
import asyncio, sys
from agentkit.browser.chromium.pool import Chromium
from agentkit.browser.chromium.install import find_chromium
from agentkit.browser.net.policy import AddressPolicy
async def main():
    browser = Chromium(AddressPolicy.loopback(), executable=find_chromium())
    await browser.render(sys.argv[1])
    print(browser._current._marker, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.mark.usefixtures("own_temp")
def test_a_killed_host_leaves_no_browser_and_no_profile(site: Site) -> None:
    before = profiles()
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, site.url("/article")],
        stdout=subprocess.PIPE, cwd=ROOT, text=True,
    )  # fmt: skip
    assert host.stdout is not None
    with host.stdout as said:
        marker = said.readline().strip()
        assert processes_with(marker)
        host.kill()
        host.wait()
    until(lambda: not processes_with(marker) and profiles() <= before)


def test_a_profile_whose_host_and_driver_died_goes_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name, owner in (("playwright_dead", dead.pid), ("playwright_alive", os.getpid())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "agentkit-owner").write_text(str(owner))

    processes.sweep()

    assert [path.name for path in tmp_path.iterdir()] == ["playwright_alive"]


@pytest.mark.usefixtures("own_temp")
@pytest.mark.parametrize("reason", ["does not start", "is no executable file"])
async def test_one_that_does_not_start_is_named_and_leaves_nothing(
    site: Site, tmp_path: Path, reason: str
) -> None:
    before = profiles()
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755 if reason == "does not start" else 0o644)
    async with Chromium(POLICY, executable=Found(broken)) as browser:
        with pytest.raises(NoChromium, match=f"{broken} {reason}"):
            await browser.render(site.url("/article"))
    assert profiles() <= before
