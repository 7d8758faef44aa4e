"""One running Chromium: its proxy, its driver and its processes, from start to end.

Gives out fresh contexts. Knows nothing of what is done in them. Whatever happens, `end` leaves no
process and no file; when the host dies, the driver notices and ends the browser.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from agentkit.browser.chromium import processes
from agentkit.browser.chromium.flags import BEFORE_SCRIPTS, context_options, launch_options
from agentkit.browser.chromium.install import HOW_TO_GET_ONE, Found, NoChromium
from agentkit.browser.net.proxy import FilteringProxy, Guest

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright

    from agentkit.browser.net.policy import AddressPolicy

_CLOSE_SECONDS = 5.0
_CONTEXT_SECONDS = 20.0
_WATCH_SECONDS = 0.25

Value = TypeVar("Value")


class Launched:
    """A Chromium that runs, behind a filtering proxy of its own.

    Args:
        policy: what it may reach.
        pictures: load images and fonts.
        renderer_bytes: most memory a renderer may hold; one that holds more is ended.
    """

    def __init__(self, policy: AddressPolicy, *, pictures: bool, renderer_bytes: int) -> None:
        self.proxy = FilteringProxy(policy)
        self.served = 0
        self.busy = 0
        self.broken = False
        self.killed_for_memory = 0
        self._pictures = pictures
        self._renderer_bytes = renderer_bytes
        self._marker = f"--agentkit={uuid.uuid4().hex}"
        self._profile: Path | None = None
        self._driver: Playwright | None = None
        self._browser: Browser | None = None
        self._driver_id: int | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self, candidates: Iterable[Found]) -> None:
        """Start the first of `candidates` that starts.

        Raises:
            NoChromium: none does; the message names each.
        """
        candidates = list(candidates)
        if not candidates:
            raise NoChromium(f"there is no Chromium on this machine; {HOW_TO_GET_ONE}")
        await asyncio.to_thread(processes.sweep)
        try:
            await self.proxy.start()
            self._driver = await _driver()
            failures = []
            for found in candidates:
                try:
                    await self._launch(found)
                    return
                except NoChromium as error:
                    failures.append(str(error))
            raise NoChromium("; ".join([*failures, HOW_TO_GET_ONE]))
        except BaseException:
            await self.end()
            raise

    async def _launch(self, found: Found) -> None:
        from playwright.async_api import Error

        assert self._driver is not None
        if not os.access(found.executable, os.X_OK):  # Playwright would leave a profile behind
            raise NoChromium(f"{found.executable} is no executable file")
        reason = ""
        for sandbox in (False,) if os.geteuid() == 0 else (True, False):
            options = launch_options(
                found, self.proxy, self._marker, sandbox=sandbox, pictures=self._pictures
            )
            try:
                self._browser = await self._driver.chromium.launch(**options)
                break
            except Error as error:
                reason = error.message.splitlines()[0]
        if self._browser is None:
            raise NoChromium(f"{found.executable} does not start: {reason}")
        self._browser.on("disconnected", self._lost)
        browser = await asyncio.to_thread(processes.find_browser, self._marker)
        if browser is not None:
            self._profile = processes.claim_profile(browser)
            self._driver_id = processes.driver_of(browser)
            self._watch = asyncio.create_task(self._watch_memory(browser))

    def _lost(self, _: object) -> None:
        self.broken = True

    @property
    def usable(self) -> bool:
        """False once the browser is gone or does not answer."""
        return not self.broken and self._browser is not None and self._browser.is_connected()

    async def context(self, guest: Guest) -> BrowserContext:
        """A fresh context, with no state of earlier ones and no WebRTC.

        Args:
            guest: as whom it uses the proxy.

        Raises:
            TimeoutError: the browser does not answer; it is marked broken.
            playwright.async_api.Error: the browser is gone.
        """
        assert self._browser is not None
        try:
            async with asyncio.timeout(_CONTEXT_SECONDS):
                context = await self._browser.new_context(**context_options(self.proxy, guest))
                await context.add_init_script(BEFORE_SCRIPTS)
                return context
        except TimeoutError:
            self.broken = True
            raise

    async def discard(self, context: BrowserContext) -> None:
        """Close a context with its pages; a browser that cannot is marked broken."""
        if not await _in_time(context.close()):
            self.broken = True

    async def _watch_memory(self, pid: int) -> None:
        """End renderers that grow too large, for as long as pages are open."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self.busy:
                for renderer in await asyncio.to_thread(
                    processes.fat_renderers, pid, self._renderer_bytes
                ):
                    self.killed_for_memory += 1
                    processes.kill(renderer)

    async def end(self) -> None:
        """End all of it; safe to call twice and at any stage of the start."""
        self.broken = True
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            self._watch = None
        if self._browser is not None:
            await _in_time(self._browser.close())
            self._browser = None
        if self._driver is not None:
            await _in_time(self._driver.stop())
            self._driver = None
        await self.proxy.close()
        await asyncio.to_thread(self.abandon)

    def abandon(self) -> None:
        """End what still runs and remove the profile, without the event loop it was started in."""
        self.broken = True
        if (browser := processes.find_browser(self._marker)) is not None:
            processes.kill_family(browser)
        if self._driver_id is not None and processes.is_child(self._driver_id):
            processes.kill(self._driver_id)
        self._driver_id = None
        if self._profile is not None:
            shutil.rmtree(self._profile, ignore_errors=True)
            self._profile = None


async def _driver() -> Playwright:
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        raise NoChromium("Playwright is not installed: pip install 'agentkit[browser]'") from None

    return await async_playwright().start()


async def _in_time(closing: Awaitable[Value]) -> bool:
    """True when something was closed within the limit; an error counts as closed."""
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            with suppress(Error):
                await closing
    except TimeoutError:
        return False
    return True
