"""Chromium for pages that need JavaScript: one browser, fresh contexts, all behind the policy.

The browser starts at the first page, is replaced when it breaks or has served long enough, and ends
when nobody has asked for a page for a while. What it may reach is decided by the filtering proxy,
which all its traffic goes through; what a page may cost by its visit's limits and, for memory, by a
watch over its renderers (Linux only).

Not defended: a hole in Chromium itself. As root it runs without its own sandbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agentkit.browser.chromium.install import Found, NoChromium, candidates
from agentkit.browser.chromium.launch import Launched
from agentkit.browser.chromium.visit import Caps, NotAPage, Visit
from agentkit.browser.document import FetchError, Refused, Response
from agentkit.browser.net.addresses import origin_of

if TYPE_CHECKING:
    from agentkit.browser.net.policy import AddressPolicy

__all__ = ["Chromium", "NoChromium", "NotAPage"]


class Chromium:
    """One Chromium for many pages; starts when first used.

    Args:
        policy: what its pages may reach.
        contexts: most pages at once; further ones wait.
        executable: the Chromium to use; None for the best of this machine.
        pictures: load images and fonts, which screenshots need.
        recycle: pages after which the browser is replaced by a fresh one.
        idle: seconds without a page after which it is ended.
        renderer_bytes: most memory that a page's process may hold.
        caps: most that a page may send, and most of it that is read.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        contexts: int = 4,
        executable: Found | None = None,
        pictures: bool = False,
        recycle: int = 200,
        idle: float = 120.0,
        renderer_bytes: int = 1 << 30,
        caps: Caps | None = None,
    ) -> None:
        self._policy = policy
        self._contexts = contexts
        self._executable = executable
        self._pictures = pictures
        self._recycle = recycle
        self._idle = idle
        self._renderer_bytes = renderer_bytes
        self._caps = caps or Caps()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(contexts)
        self._starting = asyncio.Lock()
        self._current: Launched | None = None
        self._retired: set[Launched] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._endings: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Chromium:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def render(self, url: str, *, timeout: float = 15.0) -> Response:
        """A page's DOM after its scripts ran, as far as it came within the time.

        Args:
            url: `http` or `https`.
            timeout: seconds for the page, not counting the wait for a place and the start.

        Raises:
            Refused: the policy forbids the address, or one that the page went on to.
            NotAPage: it is a download, or no HTML.
            FetchError: it cannot be had, crashed, or did not answer in time.
            NoChromium: there is none that starts.
        """
        if urlsplit(url).scheme not in ("http", "https"):
            raise Refused(f"{url[:200]} is not opened; only http and https are")
        self._policy.check_url(url)
        async with self.visit() as (visit, launched):
            killed = launched.killed_for_memory
            try:
                return await visit.run(url, timeout)
            except FetchError as error:
                _refuse_what_the_proxy_refused(url, launched)
                if launched.killed_for_memory > killed and "crashed" in str(error):
                    most = self._renderer_bytes >> 20
                    raise FetchError(f"{url} was ended: it took more than {most} MiB") from None
                raise

    @asynccontextmanager
    async def visit(self) -> AsyncGenerator[tuple[Visit, Launched], None]:
        """A visit that has not begun, in a fresh context of the running browser, closed at the end.

        Raises:
            NoChromium: there is none that starts.
            FetchError: the browser does not answer.
        """
        self._enter_loop()
        async with self._slots:
            launched = await self._ready()
            from playwright.async_api import Error  # not before it is known to be installed

            launched.busy += 1
            launched.served += 1
            guest = launched.proxy.admit(self._caps.received)
            try:
                try:
                    context = await launched.context(guest)
                except (Error, TimeoutError):
                    launched.broken = True
                    raise FetchError("Chromium does not answer; try once more") from None
                visit = Visit(context, guest.meter, self._policy, self._caps)
                try:
                    yield visit, launched
                finally:
                    visit.end()
                    await launched.discard(context)
            finally:
                launched.proxy.dismiss(guest)
                launched.busy -= 1
                self._after_use(launched)

    async def close(self) -> None:
        """End the browser; a later page would start another one."""
        self._enter_loop()
        self._cancel_timer()
        async with self._starting:
            launched, self._current = self._current, None
        for each in (*([launched] if launched else []), *self._retired):
            await each.end()
        self._retired.clear()
        if self._endings:
            await asyncio.wait(self._endings)

    # The browser that is used now

    def _enter_loop(self) -> None:
        """Leave behind what belongs to an event loop that is no more."""
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        for launched in filter(None, (self._current, *self._retired)):
            launched.abandon()
        self._current, self._timer = None, None
        self._retired, self._endings = set(), set()
        self._slots, self._starting = asyncio.Semaphore(self._contexts), asyncio.Lock()
        self._loop = loop

    async def _ready(self) -> Launched:
        """The browser to use: the current one, or a fresh one in its place."""
        self._cancel_timer()
        async with self._starting:
            current = self._current
            if current is not None and (not current.usable or current.served >= self._recycle):
                self._current = None
                self._retired.add(current)
                self._end_if_unused(current)
            if self._current is None:
                launched = Launched(
                    self._policy, pictures=self._pictures, renderer_bytes=self._renderer_bytes
                )
                found = [self._executable] if self._executable else list(candidates())
                await launched.start(found)
                self._current = launched
            return self._current

    def _after_use(self, launched: Launched) -> None:
        if launched is not self._current:
            self._end_if_unused(launched)
        elif not launched.busy and self._loop is not None:
            self._cancel_timer()
            self._timer = self._loop.call_later(self._idle, self._on_idle)

    def _on_idle(self) -> None:
        launched = self._current
        if launched is not None and not launched.busy:
            self._current = None
            self._end_later(launched.end())

    def _end_if_unused(self, launched: Launched) -> None:
        if not launched.busy and launched in self._retired:
            self._retired.discard(launched)
            self._end_later(launched.end())

    def _end_later(self, ending: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(ending)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _refuse_what_the_proxy_refused(url: str, launched: Launched) -> None:
    """Say that it was the policy, where Chromium only saw a tunnel that was not made."""
    origin = origin_of(url)
    if origin.host in launched.proxy.refused:
        raise Refused(f"{url} was not opened: the address policy forbids it") from None
