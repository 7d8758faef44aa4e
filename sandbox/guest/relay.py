"""Carries a kernel's messages between its sockets and stdin and stdout, for hosts that cannot reach
the sockets themselves.

A message is a count of frames, then each frame behind its length, all lengths as four bytes, the
largest first; before it stands the length of the whole. Knows nothing of what is in the frames.
Arguments: the prefix of the sockets' paths, and the bytes of the largest message to carry.
"""

from __future__ import annotations

import os
import struct
import sys
from typing import Any

import zmq

_SHELL, _IOPUB = 1, 2
_LENGTH = struct.Struct(">I")


def pack(frames: list[bytes]) -> bytes:
    """A message as bytes."""
    body = b"".join([_LENGTH.pack(len(frames)), *(_LENGTH.pack(len(f)) + f for f in frames)])
    return _LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> list[bytes]:
    """The frames of a message, without the length of the whole. Raises `struct.error`."""
    (count,) = _LENGTH.unpack_from(body)
    frames, at = [], 4
    for _ in range(count):
        (size,) = _LENGTH.unpack_from(body, at)
        frames.append(body[at + 4 : at + 4 + size])
        at += 4 + size
    return frames


def write_all(data: bytes) -> None:
    """To stdout, which the host reads when it has room."""
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def main() -> None:
    address, largest = sys.argv[1], int(sys.argv[2])
    context: Any = zmq.Context()
    shell, iopub = context.socket(zmq.DEALER), context.socket(zmq.SUB)
    poller = zmq.Poller()
    for socket, number in ((iopub, _IOPUB), (shell, _SHELL)):
        socket.linger, socket.maxmsgsize, socket.rcvhwm = 0, largest, 32
        if socket is iopub:
            socket.subscribe(b"")
        socket.connect(f"ipc://{address}-{number}")
        poller.register(socket, zmq.POLLIN)
    poller.register(0, zmq.POLLIN)
    waiting = b""
    while True:
        for socket, _ in poller.poll():
            if socket != 0:
                write_all(pack(socket.recv_multipart()))
                continue
            data = os.read(0, 1 << 16)
            if not data:
                return
            waiting += data
            while len(waiting) >= 4 and len(waiting) >= 4 + (
                size := _LENGTH.unpack_from(waiting)[0]
            ):
                shell.send_multipart(unpack(waiting[4 : 4 + size]))
                waiting = waiting[4 + size :]


if __name__ == "__main__":
    main()
    os._exit(0)
