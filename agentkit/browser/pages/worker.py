"""Conversion in processes of their own, with limits on time and memory.

Hostile pages can make any parser hang, crash or take all memory. Here that costs a worker, which is
replaced, and an error that says so; this process only waits. A worker is used for many pages.

Workers are not otherwise confined: who finds a way to run code by means of libxml2 runs it as this
user.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from agentkit.browser.document import BrowserError, Document, Response
from agentkit.browser.pages.guest import receive, send

__all__ = ["Converter", "NoWorker"]

_LABEL_SECONDS = 3.0
"""How long to wait for the start of the main content once a page can be read."""
_MOST_PAGES = 500
_START_SECONDS = 30.0
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")

_T = TypeVar("_T")


class NoWorker(BrowserError):
    """No process for reading pages can be started; the page itself may be fine."""


class Converter:
    """Converts responses in worker processes, which are started when first needed.

    Args:
        workers: most conversions at once.
        timeout: seconds that a conversion may take.
        memory: bytes of address space of a worker.
    """

    def __init__(self, *, workers: int = 2, timeout: float = 10.0, memory: int = 1 << 30) -> None:
        self._timeout, self._memory = timeout, memory
        self._lock = threading.Lock()
        self._all: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._closed = False
        # Its threads start the workers, which end with the thread that started them.
        self._threads = ThreadPoolExecutor(workers, "agentkit-convert")

    async def convert(self, response: Response) -> Document:
        """`response` as a document.

        Raises:
            BrowserError: it cannot be converted, or not within the limits.
        """
        return await asyncio.wrap_future(self.submit(response))

    def submit(self, response: Response) -> Future[Document]:
        """`convert`, where there is no event loop: what will be the document.

        Raises:
            BrowserError: the converter is closed.
        """
        return self._submit(self._convert, response)

    async def warm(self) -> None:
        """Have a worker ready; the first page comes a second sooner then.

        Raises:
            NoWorker: no process can be started.
        """
        await asyncio.wrap_future(self._submit(self._warm))

    async def close(self) -> None:
        """End the workers; may be called twice."""
        await asyncio.get_running_loop().run_in_executor(None, self.shut)

    def shut(self) -> None:
        """`close`, where there is no event loop."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
        for worker in workers:
            worker.kill()
        self._threads.shutdown()  # those at work see their worker gone, and end it
        for worker in self._idle:
            worker.end()
        self._idle.clear()

    def _submit(self, work: Callable[..., _T], *arguments: Any) -> Future[_T]:
        if self._closed:
            raise BrowserError("The converter is closed.")
        return self._threads.submit(work, *arguments)

    def _warm(self) -> None:
        worker = self._take()
        try:
            worker.get_ready()
        finally:
            self._give_back(worker)

    def _convert(self, response: Response) -> Document:
        worker = self._take()
        try:
            return worker.convert(response, self._timeout)
        finally:
            self._give_back(worker)

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise BrowserError("The converter is closed.")
            while self._idle:
                worker = self._idle.pop()
                if worker.is_alive():
                    return worker
                self._all.discard(worker)
                worker.end()
            try:
                worker = _Worker(self._memory)
            except OSError as error:
                raise NoWorker(f"No process for reading pages can be started: {error}.") from error
            self._all.add(worker)
            return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if worker.usable and not self._closed:
                self._idle.append(worker)
                return
            self._all.discard(worker)
        worker.end()


class _Worker:
    """One process. `kill` may be called from any thread, all else from one at a time."""

    def __init__(self, memory: int) -> None:
        self.usable = True
        self._pages = 0
        self._ready = False
        self._connection, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "agentkit.browser.pages.guest", str(memory)]
        command.append(str(os.getpid()))
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                    process_group=0,  # an interrupt from the terminal is not for it
                )
            except OSError:
                self._connection.close()
                raise

    def convert(self, response: Response, timeout: float) -> Document:
        """`response` as a document; on any trouble the worker is `usable` no more.

        Raises:
            BrowserError: it cannot be converted, or not within `timeout` seconds.
        """
        self.get_ready()
        self._pages += 1
        self.usable = False
        try:
            self._connection.settimeout(timeout)
            send(self._connection, _request(response))
            reply = self._reply()
        except TimeoutError:
            raise BrowserError(
                f"{response.url} takes more than {timeout:g} seconds to convert to text; it was "
                "given up."
            ) from None
        except OSError:
            reply = None
        if reply is None:
            raise BrowserError(
                f"{response.url} cannot be converted to text: it needs too much memory, or crashes "
                "the parser."
            )
        if "error" in reply:
            raise BrowserError(reply["error"])
        return self._placed(_document(reply["document"]))

    def get_ready(self) -> None:
        """Wait until the process has loaded what it needs.

        Raises:
            NoWorker: it did not come up.
        """
        if self._ready:
            return
        self._connection.settimeout(_START_SECONDS)
        with suppress(OSError):
            self._ready = self._reply() is not None
        self.usable = self._ready
        if not self._ready:
            raise NoWorker("The process that converts pages to text did not start.")

    def is_alive(self) -> bool:
        """False when the process has ended while it was idle."""
        return self._process.poll() is None

    def _reply(self) -> dict[str, Any] | None:
        message = receive(self._connection)
        return None if message is None else json.loads(message)

    def _placed(self, document: Document) -> Document:
        """`document` with the start of its main content, if that comes in time."""
        self._connection.settimeout(_LABEL_SECONDS)
        try:
            reply = self._reply()
        except OSError:
            reply = None
        if reply is None or "error" in reply:
            return document
        self.usable = self._pages < _MOST_PAGES
        return replace(document, main=reply["main"])

    def kill(self) -> None:
        """End the process at once; who waits for it is told that it has gone."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process, if it lives, and leave nothing of it."""
        self._process.kill()
        self._process.wait()
        self._connection.close()


def _request(response: Response) -> bytes:
    head = {
        "url": response.url,
        "status": response.status,
        "media_type": response.media_type,
        "charset": response.charset,
        "note": response.note,
        "rendered": response.rendered,
    }
    return json.dumps(head).encode() + b"\n" + response.body


def _document(fields: dict[str, Any]) -> Document:
    return Document(**{**fields, "links": tuple(fields["links"])})
