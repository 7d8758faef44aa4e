"""The connection to a kernel in a sandbox: starting it, asking it to run code, hearing of its end.

Kernels come and go within one sandbox; each has its generation, its key and its channels. How
messages travel is the channels' business, and how a kernel is started and killed the sandbox's.

Between two calls nothing here belongs to an event loop.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any

from .errors import StartError
from .isolation.base import Channels, Event, Sandbox
from .isolation.process import wait_readable
from .limits import Limits
from .wire import Message

__all__ = ["Ended", "Kernel"]

_BATCH = 64  # messages taken before the event loop gets a turn
_ASK_AGAIN = 0.25  # seconds between two questions to a kernel whose output is not connected yet


@dataclass(frozen=True, slots=True)
class Ended:
    """A kernel is no more.

    Args: status: its exit status, negative for a signal; None when unknown. reason: `memory` or
        `disk` when a limit ended it, `message` when it sent one that is too large, otherwise None.
        files: whether the sandbox, with the files in it, is still there. log: the last it wrote to
        the process's own stderr.
    """

    status: int | None
    reason: str | None
    files: bool
    log: str = ""


class Kernel:
    """The current kernel of one sandbox.

    Args:
        sandbox: one that is up; it stays the caller's to close.
        limits: for the kernel's output and messages.
    """

    def __init__(self, sandbox: Sandbox, limits: Limits) -> None:
        self._sandbox = sandbox
        self._limits = limits
        self._generation = 0
        self._channels: Channels | None = None
        self._address = self._key = ""
        self._ready = False
        self._connected = False
        self._cut_at: float | None = None
        self._ending = False
        self._log = ""
        self._woken: asyncio.Event | None = None
        self.ended: Ended | None = None
        self.start()

    @property
    def dropped(self) -> int:
        """How many messages of this kernel were malformed or of no interest."""
        return 0 if self._channels is None else self._channels.dropped

    def start(self) -> None:
        """Begin a new kernel, ending the one before with everything it left running. Does not
        wait."""
        self._disconnect()
        self._generation += 1
        self._ready, self._connected, self._cut_at, self.ended = False, False, None, None
        self._ending = False
        self._address, self._key = f"k{secrets.token_hex(4)}", secrets.token_hex(32)
        config = {
            "address": self._address,
            "key": self._key,
            "output": self._limits.output,
            "message": self._limits.message,
        }
        self._sandbox.send({"do": "start", "generation": self._generation, "config": config})

    async def connect(self) -> None:
        """Wait until the kernel answers, both to requests and with output.

        Raises:
            StartError: it ended, or was not ready within `Limits.start_timeout`.
        """
        if self._connected:
            return
        try:
            async with asyncio.timeout(self._limits.start_timeout):
                while not self._ready:
                    self.receive()
                    self._raise_if_ended()
                    if not self._ready:
                        await self.wait()
                self._channels = self._sandbox.channels(self._address, self._key, self._limits)
                await self._greet()
        except TimeoutError:
            seconds = self._limits.start_timeout
            raise StartError(
                f"the kernel was not ready within {seconds:g} seconds", self._log
            ) from None
        self._connected = True

    def execute(self, code: str, *, silent: bool = False) -> str:
        """Send a cell; a silent one is neither counted nor shown. Returns the id that its messages
        will have as `parent`."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        return self._ask("execute_request", content)

    def interrupt(self) -> None:
        """SIGINT to the kernel and its children."""
        self._sandbox.send({"do": "interrupt"})

    def kill(self) -> None:
        """SIGKILL to the kernel and everything it started; `ended` follows."""
        self._sandbox.send({"do": "kill"})

    def receive(self) -> tuple[list[Message], bool]:
        """What has come, without waiting; `ended` is set when that is the kernel's end.

        Returns:
            Messages in order within each channel, and whether there may be more at once.
        """
        received = [] if self._channels is None else self._channels.receive(_BATCH)
        messages = [message for message in received if message is not None]
        more = len(received) >= _BATCH  # dropped ones count: a flood of them must not hold us
        for event in self._sandbox.events():
            self._on_event(event)
        if self._sandbox.gone is not None and self.ended is None:
            self._on_event(self._sandbox.gone)
        if not more:
            self._check_connection()
        return messages, more

    async def wait(self, timeout: float | None = None) -> None:
        """Return when `receive` may have something, or after `timeout` seconds.

        Call `receive` until it has no more first: ZeroMQ tells of a message only once.
        """
        descriptors = [self._sandbox.fileno()]
        descriptors += [] if self._channels is None else self._channels.descriptors
        if self._cut_at is not None:
            timeout = 0.05
        self._woken = asyncio.Event()
        await wait_readable(descriptors, timeout, self._woken)

    def wake(self) -> None:
        """Have a `wait` that is under way return: somebody else has called `receive`."""
        if self._woken is not None:
            self._woken.set()

    def close(self) -> None:
        """Close the connection. The kernel itself ends with the sandbox."""
        self._disconnect()

    def _on_event(self, event: Event) -> None:
        kind = event["event"]
        if kind == "gone":
            self.ended = Ended(event["status"], event["reason"], files=False, log=event["log"])
        elif kind == "ending":
            self._ending = True
        elif event.get("generation") != self._generation:
            return
        elif kind == "ready":
            self._ready = True
        elif kind == "exit":
            self._log = event["log"]
            self.ended = Ended(event["status"], event["reason"], files=True, log=event["log"])

    def _check_connection(self) -> None:
        """See a broken connection, which is the kernel's death a moment early, or a message over
        the limit."""
        if self.ended is not None or self._channels is None:
            return
        if self._channels.cut():
            self._cut_at = self._cut_at or time.monotonic()
        if self._ending:
            return  # a limit ends it, and the event that says which is on its way
        if self._cut_at is not None and time.monotonic() > self._cut_at + 0.5:
            self.ended = Ended(None, "message", files=True)

    async def _greet(self) -> None:
        """Ask for the kernel's description until its answer and its output have both been heard.

        An answer alone does not mean that output is connected; the first cell's would be lost.
        """
        answered = heard = False
        while not (answered and heard):
            asked = self._ask("kernel_info_request", {})
            until = time.monotonic() + _ASK_AGAIN
            while not (answered and heard) and time.monotonic() < until:
                messages, _ = self.receive()
                self._raise_if_ended()
                for message in messages:
                    answered = answered or message.kind == "kernel_info_reply"
                    heard = heard or (message.kind == "status" and message.parent == asked)
                if not messages:
                    await self.wait(max(until - time.monotonic(), 0))

    def _ask(self, kind: str, content: dict[str, Any]) -> str:
        assert self._channels is not None
        return self._channels.ask(kind, content)

    def _raise_if_ended(self) -> None:
        if self.ended is None:
            return
        status = "" if self.ended.status is None else f" (status {self.ended.status})"
        raise StartError(f"the kernel ended while it was starting{status}", self.ended.log)

    def _disconnect(self) -> None:
        if self._channels is not None:
            self._channels.close()
        self._channels = None
