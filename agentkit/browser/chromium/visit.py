"""A visit of one page in a fresh context: go there, wait until it is quiet, read it out, go on.

Every step has a limit, so that a page which never ends, loops, raises dialogs or floods costs its
time and no more; what is there by then is read, with a note. Knows nothing of how the browser was
started. The page is read from a world of its own, where the page's scripts cannot reach.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from agentkit.browser.chromium.flags import MEDIA
from agentkit.browser.chromium.render import READ, STATE
from agentkit.browser.document import FetchError, Refused, Response

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Page

    from agentkit.browser.net.peer import Meter
    from agentkit.browser.net.policy import AddressPolicy

Value = TypeVar("Value")

_READ_SECONDS, _READ_SHARE = 3.0, 0.3  # of a visit's time, for reading out what is there
_POLL_SECONDS = 0.025
_QUIET_SECONDS = 0.125  # unchanged, and nothing on its way
_SPARSE_SECONDS = 0.5  # unchanged, though hardly anything is shown, or something was done
_PENDING_SECONDS = 1.5  # unchanged, though something is on its way
_EMPTY_SECONDS = 1.5  # nothing to read at all
_LITTLE_TEXT = 200  # characters; a page that shows fewer may not have begun
_SETTLE_SECONDS = 3.0  # most to wait once the document has been parsed
_CALM_SECONDS = 0.5  # for a script that runs to come to its end
_HUNG_SECONDS = 4.0  # its scripts let nothing else run
_MOST_NAVIGATIONS = 10
_BROKE_OFF = "The page is not whole: its connection broke off."
_READ_TRIES = 3  # since the document may be replaced while it is read
_WAITED_FOR = ("Document", "Script", "XHR", "Fetch")


class NotAPage(FetchError):
    """An address holds a download or a document that Chromium does not show."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What one step of a visit may take.

    Args:
        received: most bytes that may come in, decoded; and most that may pass over the network, in
            both directions, with what the page's workers and sockets send and receive.
        document: most decoded bytes of the document itself.
        html: most characters of its DOM to read.
    """

    received: int = 64 << 20
    document: int = 8 << 20
    html: int = 8 << 20


class Visit:
    """A page in a fresh context, which the caller closes; `end` is to be called before.

    Args:
        traffic: counts all that passes over the network, up to `caps.received`.
        policy: judges each address that the page itself moves to; the proxy judges all traffic.
        caps: the most that each step may take.

    Attributes:
        context: Playwright's.
        page: Playwright's, once `go` was called.
        stopped: why the page was cut or stopped, as the end of a sentence; empty as long as it was
            not. Its scripts run no more then.
    """

    def __init__(
        self, context: BrowserContext, traffic: Meter, policy: AddressPolicy, caps: Caps
    ) -> None:
        self.context = context
        self.page: Page
        self.stopped = ""
        self._traffic = traffic
        self._policy = policy
        self._caps = caps
        self._url = ""
        self._acted = False
        self._deadline = self._timeout = self._reserve = 0.0
        self._cdp: CDPSession
        self._frame = ""
        self._answer: tuple[int, Mapping[str, str]] = (200, {})
        self._world: int | None = None
        self._pending: set[str] = set()
        self._moves = 0
        self._received = 0
        self._document, self._document_size = "", 0
        self._broke_off = False
        self._heard = 0.0
        self._failure: FetchError | Refused | None = None
        self._download = False
        self._crashed = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self, url: str, timeout: float) -> Response:
        """The whole visit of a page that is only read: its DOM, as far as it came.

        Args:
            timeout: seconds for all of it.

        Raises:
            Refused: the page went where the policy forbids.
            NotAPage: it is a download, or no HTML.
            FetchError: it cannot be had, crashed, or did not answer in time.
        """
        await self.go(url, timeout)
        response = await self.shown()
        if response.media_type not in ("text/html", "application/xhtml+xml"):
            raise NotAPage(f"{url} is {response.media_type}, not a page")
        return response

    async def go(self, url: str, timeout: float) -> None:
        """Open the page and navigate, until the first bytes of a document have come.

        Args:
            timeout: seconds for this and for reading what is shown then.

        Raises:
            Refused, NotAPage, FetchError: see `run`.
        """
        self._begin(url, timeout)
        await self._step(self._prepare())
        await self._step(self.page.goto(url, wait_until="commit", timeout=0))

    async def act(self, step: Callable[[Page], Awaitable[Value]], timeout: float) -> Value:
        """Do something on the page, with limits that begin anew.

        Args:
            step: does it; its value is returned.
            timeout: seconds for this and for reading what is shown then.

        Raises:
            Refused, FetchError: see `run`; or the page was stopped since the last step.
        """
        self._begin(self.page.url, timeout)
        if self.stopped:
            raise FetchError(f"{self._url} {self.stopped}")
        self._acted = True
        return await self._step(step(self.page))

    async def shown(self) -> Response:
        """What the page shows, of whatever type it is, once it is quiet, or as far as it came.

        Raises:
            Refused, FetchError: see `run`.
        """
        return await self._read(await self._settle())

    def end(self) -> None:
        """Leave no task behind."""
        for task in self._tasks:
            task.cancel()

    # Time and failure

    def _begin(self, url: str, timeout: float) -> None:
        """Give the next step its time, and count anew; what came since the last one counts, too."""
        self._check_size()
        self._url, self._timeout = url, timeout
        self._deadline = time.monotonic() + timeout
        self._reserve = min(_READ_SECONDS, timeout * _READ_SHARE)
        self._moves = self._received = self._document_size = self._traffic.spent = 0
        self._pending.clear()
        self._download = False

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.1)

    async def _step(self, step: Awaitable[Value]) -> Value:
        """`step`'s value, unless it takes all the time that is left, or the page crashes."""
        try:
            return await self._within(step, self._left())
        except TimeoutError:
            raise FetchError(f"{self._url} did not answer within {self._timeout:g} s") from None

    async def _within(self, step: Awaitable[Value], seconds: float) -> Value:
        """`step`'s value, unless it takes longer or the page crashes."""
        from playwright.async_api import Error

        work = asyncio.ensure_future(step)
        crash = asyncio.ensure_future(self._crashed.wait())
        try:
            await asyncio.wait({work, crash}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if self._failure is not None:
                raise self._failure
            if self._crashed.is_set():
                before = f"{self.stopped}, then " if self.stopped else ""
                raise FetchError(f"{self._url} {before}crashed in Chromium")
            if not work.done():
                raise TimeoutError
            return work.result()
        except Error as error:
            raise self._explained(error.message) from None
        finally:
            for task in (work, crash):
                task.cancel()
            with suppress(Exception, asyncio.CancelledError):
                await work

    def _explained(self, message: str) -> FetchError | Refused:
        """Playwright's message in words of ours."""
        if self._failure is not None:
            return self._failure
        if self._download or "Download is starting" in message:
            return NotAPage(f"{self._url} is a download, not a page")
        reason = message.splitlines()[0] if message else "no reason given"
        _, marked, code = reason.partition("net::")
        return FetchError(
            f"{self._url} cannot be opened: {code.split(' ')[0] if marked else reason}"
        )

    def _spawn(self, step: Callable[[], Awaitable[Any]]) -> None:
        """Do something from within an event's handler; the visit does not wait for it."""
        task = asyncio.ensure_future(_quietly(step))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What the page does

    async def _prepare(self) -> None:
        """Open the page and listen to what it does, before anything is loaded."""
        self.page = page = await self.context.new_page()
        self.context.on("page", lambda popup: self._spawn(popup.close))
        page.on("dialog", lambda dialog: self._spawn(dialog.dismiss))
        page.on("crash", lambda _: self._crashed.set())
        page.on("close", lambda _: self._crashed.set())
        page.on("download", self._on_download)
        self._cdp = cdp = await self.context.new_cdp_session(page)
        cdp.on("Network.requestWillBeSent", self._on_request)
        cdp.on("Network.responseReceived", self._on_response)
        cdp.on("Network.loadingFinished", self._on_finished)
        cdp.on("Network.loadingFailed", self._on_failed)
        cdp.on("Network.dataReceived", self._on_data)
        cdp.on("Page.frameNavigated", self._on_navigated)
        tree = await cdp.send("Page.getFrameTree")
        self._frame = str(tree["frameTree"]["frame"]["id"])
        await asyncio.gather(
            cdp.send("Network.enable"),
            cdp.send("Page.enable"),
            cdp.send("Network.setBlockedURLs", {"urls": list(MEDIA)}),
        )

    def _fail(self, error: FetchError | Refused) -> None:
        """End the visit with `error`, whatever it waits for."""
        self._failure = self._failure or error
        self._spawn(self.page.close)

    def _on_download(self, _: object) -> None:
        self._download = True

    def _on_request(self, event: Mapping[str, Any]) -> None:
        if event.get("type") in _WAITED_FOR:
            self._pending.add(event["requestId"])
        if event.get("type") == "Document" and event.get("frameId") == self._frame:
            self._document, self._document_size = event["requestId"], 0
            self._broke_off = False

    def _on_response(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "Document" and event.get("frameId") == self._frame:
            answer = event["response"]
            headers = {name.lower(): str(text) for name, text in answer["headers"].items()}
            self._answer = answer["status"], headers
            self._heed_the_proxy(answer["url"], headers.get("proxy-status", ""))

    def _heed_the_proxy(self, url: str, said: str) -> None:
        """End the visit if the proxy answered in place of the page's server (RFC 9209)."""
        if said.startswith("agentkit;"):
            try:
                self._check(url)
            except Refused as refused:
                return self._fail(refused)
            if "prohibited" in said:  # its name leads to a forbidden address
                self._fail(Refused(f"{url[:200]} leads where the address policy forbids"))
            else:
                self._fail(FetchError(f"{url[:200]} cannot be reached"))

    def _on_finished(self, event: Mapping[str, Any]) -> None:
        self._pending.discard(event["requestId"])

    def _on_failed(self, event: Mapping[str, Any]) -> None:
        self._pending.discard(event["requestId"])
        if event["requestId"] == self._document and not event.get("canceled"):
            self._broke_off = True

    def _on_data(self, event: Mapping[str, Any]) -> None:
        size = event["dataLength"]
        self._heard = time.monotonic()
        self._received += size
        if event["requestId"] == self._document:
            self._document_size += size
        self._check_size()

    def _check_size(self) -> None:
        """Stop a page that has had enough."""
        come = max(self._received, self._traffic.spent)
        much = self._document_size > self._caps.document or come > self._caps.received
        if much and not self.stopped:
            self.stopped = f"was cut after {come >> 20} MiB had come"
            self._spawn(self._interrupt)

    def _on_navigated(self, event: Mapping[str, Any]) -> None:
        frame = event["frame"]
        if "parentId" in frame:
            return
        self._world = None
        self._moves += 1
        if self._moves > _MOST_NAVIGATIONS and not self.stopped:
            self.stopped = "was stopped because it kept moving to other addresses"
            self._spawn(self._interrupt)
        try:
            self._check(frame["url"])
        except Refused as refused:
            self._fail(refused)

    def _check(self, url: str) -> None:
        """The same judgement for an address the page went to as for one that was asked for."""
        scheme = urlsplit(url).scheme
        if scheme in ("about", "chrome-error"):
            return
        if scheme not in ("http", "https"):
            raise Refused(f"{self._url} went on to {url[:200]}; only http and https are opened")
        self._policy.check_url(url)

    # Waiting

    async def _settle(self) -> str:
        """Wait until the document that is there now is quiet, or the time is over; a note if it
        was cut.
        """
        last: tuple[int, int] | None = None
        parsed = changed = self._heard = time.monotonic()
        is_parsed, moves = False, self._moves
        while not self.stopped:
            state = await self._state(min(1.0, self._left()))
            now = time.monotonic()
            self._check_size()
            if self.stopped:
                break
            if self._left() < self._reserve:
                seconds = self._timeout - self._reserve
                self.stopped = f"was cut after {seconds:g} s, before all had come"
            elif self._moves != moves:  # it is another document's turn
                last, is_parsed, moves, self._heard = None, False, self._moves, now
            elif state is None:
                if now - self._heard > _HUNG_SECONDS:
                    self.stopped = "was cut because its scripts did not come to an end"
            else:
                self._heard = now
                size = state["text"], state["nodes"]
                if size != last:
                    last, changed = size, now
                if (state["ready"] or self._broke_off) and not is_parsed:
                    is_parsed, parsed = True, now
                if is_parsed and self._is_quiet(now - changed, now - parsed, state):
                    return _BROKE_OFF if self._broke_off else ""
            await asyncio.sleep(_POLL_SECONDS)
        await self._interrupt()
        return f"The page {self.stopped}."

    def _is_quiet(self, unchanged: float, since_parsed: float, state: Mapping[str, Any]) -> bool:
        leaves = self._document in self._pending  # another document was asked for
        if leaves and self._acted:
            return False
        if since_parsed > _SETTLE_SECONDS:
            return True
        if not state["visible"] and since_parsed < _EMPTY_SECONDS:
            return False
        if self._pending:
            return unchanged > _PENDING_SECONDS and not leaves
        slow = self._acted or state["visible"] < _LITTLE_TEXT
        return unchanged > (_SPARSE_SECONDS if slow else _QUIET_SECONDS)

    async def _state(self, seconds: float) -> Mapping[str, Any] | None:
        """The document's state; None when it cannot be asked now."""
        try:
            state: Mapping[str, Any] = await self._evaluate(STATE, seconds)
            return state
        except TimeoutError:
            return None
        except FetchError:
            if self._crashed.is_set() or self._failure is not None:
                raise
            self._world = None  # the document was replaced while it was asked
            return None

    async def _interrupt(self) -> None:
        """End the scripts, also one that runs right now, and stop loading."""
        with suppress(TimeoutError):
            await self._within(self._calm(), self._reserve / 3)

    async def _calm(self) -> None:
        """Let no further script begin; end by force one that does not come to its end.

        Force alone would be quicker and crashes some pages whose scripts only wait. What it ends
        is the next script if none runs any more, and that must not be ours.
        """
        from playwright.async_api import Error

        send, nothing = self._cdp.send, {"expression": "0"}
        calm = asyncio.gather(
            send("Emulation.setScriptExecutionDisabled", {"value": True}),
            send("Runtime.evaluate", nothing),  # waits for the script that runs
            return_exceptions=True,
        )
        done, _ = await asyncio.wait({calm}, timeout=_CALM_SECONDS)
        if not done:
            force = send("Runtime.terminateExecution"), send("Runtime.evaluate", nothing)
            await asyncio.gather(calm, *force, return_exceptions=True)
        with suppress(Error):  # between two documents there is none whose loading could be stopped
            await send("Page.stopLoading")

    # Reading

    async def evaluate(self, expression: str) -> Any:
        """An expression's value in a world of our own within the page.

        Raises:
            Refused, FetchError: see `run`.
        """
        return await self._step(self._evaluate(expression, self._left()))

    async def _evaluate(self, expression: str, seconds: float) -> Any:
        """An expression's value in a world of our own within the page."""
        limit = time.monotonic() + seconds
        if self._world is None:
            params = {"frameId": self._frame, "worldName": "agentkit"}
            made = await self._within(self._cdp.send("Page.createIsolatedWorld", params), seconds)
            self._world = made["executionContextId"]
        left = max(limit - time.monotonic(), 0.05)
        asked = {
            "expression": expression,
            "contextId": self._world,
            "returnByValue": True,
            "timeout": left * 1000,
        }
        answer = await self._within(self._cdp.send("Runtime.evaluate", asked), left)
        if "exceptionDetails" in answer:
            raise FetchError(f"{self._url} cannot be read: {answer['exceptionDetails']['text']}")
        return answer["result"]["value"]

    async def _read(self, note: str) -> Response:
        """The DOM as a response."""
        read = await self._dom()
        self._check(read["address"])
        if urlsplit(read["address"]).scheme not in ("http", "https"):
            raise FetchError(f"{self._url} shows no page of its own")
        if read["cut"]:
            note = note or f"The page was cut after {self._caps.html >> 20} MiB."
        status, headers = self._answer
        doctype = "<!DOCTYPE html>" if read["type"] == "text/html" else ""
        return Response(
            url=read["address"],
            status=status,
            media_type=read["type"],
            body=(doctype + read["html"]).encode("utf-8", "replace"),
            charset="utf-8",
            headers=headers,
            note=note,
            rendered=True,
        )

    async def _dom(self) -> Mapping[str, Any]:
        for tries in range(_READ_TRIES):
            marking = min(1.0, self._left() / 2)
            script = f"{READ}({self._caps.html}, {marking * 1000})"
            try:
                read: Mapping[str, Any] = await self._evaluate(script, self._left())
                return read
            except TimeoutError:
                break
            except FetchError:
                if self._crashed.is_set() or tries == _READ_TRIES - 1:
                    raise
                self._world = None
        raise FetchError(f"{self._url} could not be read within {self._timeout:g} s")


async def _quietly(step: Callable[[], Awaitable[Any]]) -> None:
    """A step that may fail because the page is gone by then."""
    from playwright.async_api import Error

    with suppress(Error, FetchError, TimeoutError):
        await step()
