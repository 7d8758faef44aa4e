"""The messages of a kernel that listens on ZeroMQ sockets in the sandbox's own file system.

The sockets are reached through `/proc`; each is opened without following links first, so that code
inside cannot lead this process to a socket of the host. They are connected once: a connection that
breaks, as it does when the kernel sends a message over the limit, is the end of that kernel.

jupyter_client is not used on this side: its manager, channels and session trust the kernel. ZeroMQ
is used without an event loop of its own; between two calls nothing here belongs to a loop.

Not defended: a peer that speaks ZeroMQ itself can send one message in endlessly many parts, each
within the limit, which libzmq collects in memory until the cell's time is over.
"""

from __future__ import annotations

import os
import stat
from typing import Any

import zmq
from zmq.utils.monitor import recv_monitor_message

from .errors import StartError
from .wire import Message, Wire

__all__ = ["SocketChannels"]

_SHELL, _IOPUB = 1, 2  # numbers behind the address prefix, as guest/kernel.py binds them
_QUEUE = 32  # messages libzmq may hold for us; behind them the kernel has to wait
_ANSWER = 5000  # milliseconds a socket has to accept


class SocketChannels:
    """Connected sockets of one kernel.

    Args:
        directory: where its sockets are, as this process sees it.
        address: their common prefix.
        key: secret that messages are signed with.
        largest: bytes of the largest message accepted.

    Raises:
        StartError: a socket is missing, is not one, or does not answer.
    """

    def __init__(self, directory: str, address: str, key: str, largest: int) -> None:
        self._wire = Wire(key)
        self._largest = largest
        self._context = zmq.Context()
        self._sockets: list[zmq.Socket[bytes]] = []
        self._monitors: list[zmq.Socket[bytes]] = []
        self._cut = False
        try:
            self._open(directory, address)
        except BaseException:
            self.close()
            raise

    @property
    def descriptors(self) -> list[int]:
        return [socket.FD for socket in (*self._sockets, *self._monitors)]

    @property
    def dropped(self) -> int:
        return self._wire.dropped

    def ask(self, kind: str, content: dict[str, Any]) -> str:
        identity, frames = self._wire.encode(kind, content)
        try:
            self._sockets[-1].send_multipart(frames, zmq.NOBLOCK)
        except zmq.Again:
            self._cut = True
        return identity

    def receive(self, most: int) -> list[Message | None]:
        received: list[Message | None] = []
        for socket in self._sockets:
            while len(received) < most:
                try:
                    frames = socket.recv_multipart(zmq.NOBLOCK)
                except zmq.Again:
                    break
                received.append(self._wire.decode(frames))
        return received

    def cut(self) -> bool:
        for monitor in self._monitors:
            while monitor.poll(0):
                recv_monitor_message(monitor)
                self._cut = True
        return self._cut

    def close(self) -> None:
        for socket in self._sockets:
            socket.disable_monitor()
            socket.close(0)
        for monitor in self._monitors:
            monitor.close(0)
        self._sockets, self._monitors = [], []
        self._context.term()

    def _open(self, directory: str, address: str) -> None:
        try:
            descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                for number, kind in ((_IOPUB, zmq.SUB), (_SHELL, zmq.DEALER)):
                    self._open_socket(descriptor, f"{address}-{number}", kind)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StartError(f"a socket of the kernel cannot be opened: {error}") from None

    def _open_socket(self, directory: int, name: str, kind: int) -> None:
        """Connect to a socket in the sandbox by its inode, so that no link or later exchange can
        redirect it."""
        inode = os.open(name, os.O_PATH | os.O_NOFOLLOW, dir_fd=directory)
        try:
            if not stat.S_ISSOCK(os.fstat(inode).st_mode):
                raise StartError(f"{name} in the sandbox is not a socket")
            socket: zmq.Socket[bytes] = self._context.socket(kind)
            self._sockets.append(socket)
            socket.linger = 0
            socket.maxmsgsize = self._largest
            socket.rcvhwm = _QUEUE
            socket.sndhwm = _QUEUE
            socket.reconnect_ivl = -1
            monitor: Any = socket.get_monitor_socket(zmq.EVENT_CONNECTED | zmq.EVENT_DISCONNECTED)
            self._monitors.append(monitor)
            if kind == zmq.SUB:
                socket.subscribe(b"")
            socket.connect(f"ipc:///proc/self/fd/{inode}")
            if (
                not monitor.poll(_ANSWER)
                or recv_monitor_message(monitor)["event"] != zmq.EVENT_CONNECTED
            ):
                raise StartError(f"the kernel does not answer on {name}")
        finally:
            os.close(inode)
