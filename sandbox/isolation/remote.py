"""A kernel behind a Jupyter server, in the shape of a sandbox: commands in, events out.

All traffic with the server is done by one thread with an event loop of its own, so that between
two calls nothing is tied to the owner's loop. Messages wait in a short queue; when it is full the
thread stops reading and the server has to wait.

The server is trusted to start and end kernels, its kernels are not: a message that is too large
breaks the connection, one that is malformed is dropped and counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from collections import deque
from collections.abc import Coroutine
from typing import Any
from urllib.parse import quote

from tornado.websocket import WebSocketClientConnection, WebSocketClosedError

from ..errors import StartError
from ..limits import MIB, Limits
from ..wire import Message, Wire, checked
from .base import Backend, Event, RemoteFiles, SandboxFailed, Usage
from .contents import Contents
from .ownership import new_name
from .server import Server, Unreachable

__all__ = ["RemoteSandbox"]

_GO_DOWN = 20.0  # seconds for the last requests of all
_QUEUE = 64  # messages that wait here; behind them the server has to wait
_KERNEL_GONE = ("dead", "restarting")


class RemoteSandbox:
    """A directory and at most one kernel on a server.

    Args:
        backend: what opened it.
        limits: for messages and waiting.
        url: the server's address with base path.
        token: what it wants to see.
        kernel: name of the kernel to start; the server's default when empty.
    """

    def __init__(
        self, backend: Backend, limits: Limits, *, url: str, token: str, kernel: str
    ) -> None:
        self._backend = backend
        self._limits = limits
        self._url, self._token, self._kind = url, token, kernel
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._events: deque[Event] = deque()
        self._inbox: deque[Message | None] = deque()
        self._room = asyncio.Event()
        self._server: Server | None = None
        self._folder: str | None = None
        self._kernel: str | None = None
        self._socket: WebSocketClientConnection | None = None
        self._generation = 0
        self._alive = False
        self._broken = False
        self._closed = False
        self.gone: Event | None = None
        self.files: Contents | None = None
        self._loop = asyncio.new_event_loop()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._serve, name="gateway", daemon=True)
        self._thread.start()

    @classmethod
    async def open(
        cls, backend: Backend, limits: Limits, *, url: str, token: str, kernel: str
    ) -> RemoteSandbox:
        """See that the server is there, and make a directory on it.

        Raises:
            SandboxFailed: it is not, or refuses.
        """
        sandbox = cls(backend, limits, url=url, token=token, kernel=kernel)
        try:
            await sandbox._call(sandbox._reach())
        except Unreachable as error:
            await sandbox.close()
            raise SandboxFailed(str(error)) from None
        except BaseException:
            await sandbox.close()
            raise
        return sandbox

    @property
    def backend(self) -> Backend:
        return self._backend

    @property
    def files_root(self) -> None:
        return None

    @property
    def files_owner(self) -> None:
        return None

    @property
    def remote_files(self) -> RemoteFiles | None:
        return self.files

    def usage(self) -> Usage:
        return Usage()

    def fileno(self) -> int:
        return self._wake

    def send(self, command: Event) -> None:
        if self._closed:
            return
        do = command["do"]
        if do == "start":
            self._alive = False
            self._generation = command["generation"]
            self._begin(self._start(self._generation))
        elif do == "interrupt":
            self._begin(self._interrupt())
        elif do == "kill":
            self._begin(self._kill(self._generation))

    def events(self) -> list[Event]:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        if self._inbox:  # what came since the last `take` was told by what has just been read
            os.eventfd_write(self._wake, 1)
        if self.gone is not None:
            return []
        events = []
        while self._events:
            events.append(self._events.popleft())
        if events and events[-1]["event"] == "gone":
            self.gone = events[-1]
        return events

    def channels(self, address: str, key: str, limits: Limits) -> RemoteChannels:
        if self._socket is None:
            raise StartError("the connection to the kernel broke at once")
        return RemoteChannels(self)

    def hang_up(self) -> None:
        if not self._closed:
            self._closed = True
            self._begin(self._end())

    async def close(self) -> None:
        if not self._thread.is_alive():
            return
        self.hang_up()
        while self._thread.is_alive():  # noqa: ASYNC110  it belongs to another loop
            await asyncio.sleep(0.01)
        self._loop.close()
        os.close(self._wake)
        self.gone = self.gone or _gone("closed")

    # For the channels.

    def take(self, most: int) -> list[Message | None]:
        """Messages that have come, at most `most`."""
        taken: list[Message | None] = []
        while self._inbox and len(taken) < most:
            taken.append(self._inbox.popleft())
        if taken and not self._closed:
            self._loop.call_soon_threadsafe(self._room.set)
        return taken

    @property
    def broken(self) -> bool:
        """Whether there is no connection to the kernel any more."""
        return self._broken

    def transmit(self, text: str) -> None:
        """Send a message to the kernel."""
        if not self._closed:
            self._begin(self._write(text))

    # In the thread.

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    async def _call(self, work: Coroutine[Any, Any, None]) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Have the thread do `work`; what is begun first comes first."""

        def begin() -> None:
            task = self._loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(begin)

    def _say(self, event: Event) -> None:
        self._events.append(event)
        os.eventfd_write(self._wake, 1)

    async def _reach(self) -> None:
        self._server = Server(self._url, self._token)
        status, kernels = await self._server.ask("GET", "/api/kernelspecs")
        if status != 200 or not isinstance(kernels, dict):
            raise Unreachable(f"the server answers with status {status}")
        wanted, known = self._kind, kernels.get("kernelspecs", {})
        if wanted and wanted not in known:
            raise Unreachable(f"the server has no kernel {wanted!r}, but {', '.join(known)}")
        self.files = await Contents.open(self._server, new_name(), self._call)
        self._folder = self.files.folder if self.files else None

    async def _start(self, generation: int) -> None:
        """Begin a kernel: the one that runs anew, or another one."""
        async with self._turn:
            try:
                await self._drop_socket()
                await self._have_kernel()
                session = Wire("").session
                path = f"/api/kernels/{self._kernel}/channels?session_id={session}"
                assert self._server is not None
                largest = self._limits.message + MIB  # what surrounds the content
                self._socket = await self._server.connect(path, largest)
            except Unreachable as error:
                self._say(_gone(str(error)))
                return
            self._inbox.clear()
            self._broken, self._alive = False, True
            task = self._loop.create_task(self._listen(self._socket, generation))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._say({"event": "ready", "generation": generation})

    async def _have_kernel(self) -> None:
        assert self._server is not None
        if self._kernel is not None:
            status, _ = await self._server.ask("POST", f"/api/kernels/{self._kernel}/restart")
            if status == 200:
                return
            await self._delete_kernel()
        body = {"name": self._kind} if self._kind else {}
        if self._folder is not None:
            body["path"] = self._folder
        status, made = await self._server.ask("POST", "/api/kernels", body)
        if status != 201 or not isinstance(made, dict) or not isinstance(made.get("id"), str):
            raise Unreachable(f"the server did not start a kernel (status {status})")
        self._kernel = quote(made["id"], safe="")

    async def _interrupt(self) -> None:
        with contextlib.suppress(Unreachable):
            if self._server is not None and self._kernel is not None:
                await self._server.ask("POST", f"/api/kernels/{self._kernel}/interrupt")

    async def _kill(self, generation: int) -> None:
        async with self._turn:
            await self._drop_socket()
            try:
                await self._delete_kernel()
            except Unreachable as error:
                self._say(_gone(str(error)))
                return
            self._say(_exit(generation, -9))

    async def _delete_kernel(self) -> None:
        if self._kernel is not None and self._server is not None:
            kernel, self._kernel = self._kernel, None
            await self._server.ask("DELETE", f"/api/kernels/{kernel}")

    async def _drop_socket(self) -> None:
        self._alive = False
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _write(self, text: str) -> None:
        try:
            if self._socket is not None:
                await self._socket.write_message(text)
        except WebSocketClosedError:
            self._broken = True
            os.eventfd_write(self._wake, 1)

    async def _listen(self, socket: WebSocketClientConnection, generation: int) -> None:
        """Take in what the kernel of this generation says, until it, the connection or the server
        ends."""
        while (text := await socket.read_message()) is not None:
            message = decode(text)
            if self._socket is not socket:
                return
            if message is not None and is_obituary(message):
                await self._drop_socket()
                self._say(_exit(generation, None))
                return
            self._inbox.append(message)
            os.eventfd_write(self._wake, 1)
            while len(self._inbox) >= _QUEUE and self._socket is socket:
                self._room.clear()
                await self._room.wait()
        if self._socket is socket:
            await self._find_out(generation)

    async def _find_out(self, generation: int) -> None:
        """The connection broke: was that the server, the kernel, or a message too large?"""
        assert self._server is not None
        try:
            status, _ = await self._server.ask("GET", f"/api/kernels/{self._kernel}")
        except Unreachable as error:
            self._say(_gone(str(error)))
            return
        if status == 404:
            self._kernel = None
            self._say(_exit(generation, None))
            return
        self._broken = True
        os.eventfd_write(self._wake, 1)

    async def _end(self) -> None:
        """Remove everything from the server, then end the thread."""
        try:
            async with asyncio.timeout(_GO_DOWN):
                await self._drop_socket()
                self._room.set()
                async with self._turn:
                    await self._delete_kernel()
                if self.files is not None:
                    await self.files.remove()
        except (Unreachable, TimeoutError):
            pass
        finally:
            if self._server is not None:
                self._server.close()
            self._say(_gone("closed"))
            for task in self._tasks - {asyncio.current_task()}:
                task.cancel()
            self._loop.call_soon(self._loop.stop)


class RemoteChannels:
    """The messages of the kernel that a `RemoteSandbox` has at the moment."""

    def __init__(self, sandbox: RemoteSandbox) -> None:
        self._sandbox = sandbox
        self._wire = Wire("")
        self._dropped = 0

    @property
    def descriptors(self) -> list[int]:
        return []  # the sandbox's own tells of messages, too

    @property
    def dropped(self) -> int:
        return self._dropped

    def ask(self, kind: str, content: dict[str, Any]) -> str:
        header = self._wire.header(kind)
        message = {
            "channel": "shell",
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "buffers": [],
        }
        self._sandbox.transmit(json.dumps(message))
        return header["msg_id"]

    def receive(self, most: int) -> list[Message | None]:
        messages = self._sandbox.take(most)
        self._dropped += messages.count(None)
        return messages

    def cut(self) -> bool:
        return self._sandbox.broken

    def close(self) -> None:
        pass  # the sandbox closes the connection with its kernel


def decode(text: str | bytes) -> Message | None:
    """The message in a WebSocket's, or None when it is malformed, binary or of no interest."""
    if not isinstance(text, str):
        return None
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parts, dict):
        return None
    return checked(parts.get("header"), parts.get("parent_header"), parts.get("content"))


def is_obituary(message: Message) -> bool:
    """Whether the server says that the kernel died. A kernel that says so itself means it."""
    return message.kind == "status" and message.content["execution_state"] in _KERNEL_GONE


def _exit(generation: int, status: int | None) -> Event:
    event = {"event": "exit", "generation": generation, "status": status}
    return {**event, "reason": None, "log": ""}


def _gone(why: str) -> Event:
    return {"event": "gone", "reason": None, "status": None, "log": why}
