"""The worker process that `worker.py` starts: converts what comes over its socket.

It runs as `python -m agentkit.browser.pages.guest BYTES PARENT`, with a socket as its input and a
limit on its address space. It ends with the process that started it, even in the middle of a page.

A message is its length, four bytes, and that many bytes: of a request a line of JSON and the body,
of a reply JSON. The first is `{}`, when it is ready. A page is answered by two: `{"document": ...}`
as soon as it can be read, then `{"main": ...}`. `{"error": ...}` may stand for either.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from typing import Any

from agentkit.browser.document import BrowserError, Response
from agentkit.browser.pages.convert import drafts

__all__ = ["main", "receive", "send"]

_LENGTH = struct.Struct(">I")
_PIECE = 1 << 20
_NEEDED = ("agentkit.browser.pages.html", "agentkit.browser.pages.formats", "trafilatura")
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def send(connection: socket.socket, message: bytes) -> None:
    """Send one message.

    Raises:
        OSError: the other side is gone, or too slow.
    """
    connection.sendall(_LENGTH.pack(len(message)))
    connection.sendall(message)


def receive(connection: socket.socket) -> bytes | None:
    """The next message; None when the other side has gone.

    Raises:
        OSError: the other side has failed, or is too slow.
    """
    head = _exactly(connection, _LENGTH.size)
    return None if head is None else _exactly(connection, _LENGTH.unpack(head)[0])


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        piece = connection.recv(min(_PIECE, size - len(parts)))
        if not piece:
            return None
        parts += piece
    return bytes(parts)


def main(memory: int, parent: int) -> None:
    """Convert until the other side closes the connection.

    Args:
        memory: bytes of address space that this process may have.
        parent: the process to die with.
    """
    _die_with(parent)
    connection = socket.socket(fileno=0)
    for module in _NEEDED:  # before the first page comes
        import_module(module)
    _limit(memory)
    gc.freeze()
    gc.disable()  # a page is many objects that all stay until it is done
    send(connection, b"{}")
    while (request := receive(connection)) is not None:
        head, _, body = request.partition(b"\n")
        response = Response(body=body, **json.loads(head))
        for reply in _replies(response):
            send(connection, json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace"))
        gc.collect()


def _replies(response: Response) -> Iterator[dict[str, Any]]:
    main_start = 0
    try:
        for number, document in enumerate(drafts(response)):
            main_start = document.main
            if number == 0:
                yield {"document": asdict(document)}
        yield {"main": main_start}
    except BrowserError as error:
        yield {"error": str(error)}
    except MemoryError:
        yield {"error": f"{response.url} needs too much memory to be converted to text."}


def _limit(memory: int) -> None:
    """No more memory than this, no core files, and nothing is written to any file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
