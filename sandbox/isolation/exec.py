"""Messages and files of a sandbox that can only be reached by running a program in it.

Used with engines, whose file systems and sockets this machine need not have. Each kernel has one
`relay.py` inside, each transfer one `transfer.py`; what they say is as little trusted as the
kernel. Between two calls nothing here belongs to an event loop.
"""

from __future__ import annotations

import asyncio
import builtins
import json
import os
import queue
import struct
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Any

from ..errors import FileTransferError, StartError, TransferFailure
from ..limits import MIB
from ..wire import Message, Wire
from .base import RemoteFile

__all__ = ["ExecChannels", "ExecFiles"]

_LENGTH = struct.Struct(">I")
_OVERHEAD = MIB  # bytes a message may have besides its content
_PATIENCE = 120.0  # seconds for one transfer
_MOST_LISTED = 16 * MIB
_KINDS: dict[object, TransferFailure] = {
    "denied": "denied",
    "link": "link",
    "no_space": "no_space",
    "not_found": "not_found",
    "not_regular": "not_regular",
    "too_big": "too_big",
}


class ExecChannels:
    """Messages through a relay.

    Args:
        command: starts it.
        variables: its environment.
        key: secret that messages are signed with.
        largest: bytes of the largest message accepted.

    Raises:
        StartError: it cannot be started.
    """

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], key: str, largest: int
    ) -> None:
        self._wire = Wire(key)
        self._largest = largest + _OVERHEAD
        self._buffer = bytearray()
        self._cut = False
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(variables),
            )
        except OSError as error:
            raise StartError(f"the relay into the sandbox cannot be started: {error}") from None
        os.set_blocking(self._output.fileno(), False)
        threading.Thread(target=self._write, name="relay", daemon=True).start()

    @property
    def descriptors(self) -> list[int]:
        return [] if self._cut else [self._output.fileno()]

    @property
    def dropped(self) -> int:
        return self._wire.dropped

    def ask(self, kind: str, content: dict[str, Any]) -> str:
        identity, frames = self._wire.encode(kind, content)
        body = b"".join([_LENGTH.pack(len(frames)), *(_LENGTH.pack(len(f)) + f for f in frames)])
        self._outbox.put(_LENGTH.pack(len(body)) + body)
        return identity

    def receive(self, most: int) -> list[Message | None]:
        received: list[Message | None] = []
        while len(received) < most:
            body = self._next()
            if body is None:
                break
            received.append(self._wire.decode(unpack(body)))
        return received

    def cut(self) -> bool:
        return self._cut

    def close(self) -> None:
        self._outbox.put(None)
        self._process.kill()
        self._process.wait()
        self._output.close()

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _next(self) -> bytes | None:
        """The next whole message, if it has come."""
        while True:
            if len(self._buffer) >= 4:
                (size,) = _LENGTH.unpack_from(self._buffer)
                if size > self._largest:
                    self._cut = True
                elif len(self._buffer) >= 4 + size:
                    body = bytes(self._buffer[4 : 4 + size])
                    del self._buffer[: 4 + size]
                    return body
            if self._cut:
                return None
            try:
                data = os.read(self._output.fileno(), 1 << 20)
            except BlockingIOError:
                return None
            self._buffer += data
            self._cut = not data

    def _write(self) -> None:
        """In a thread: a relay that does not read must not hold up the owner."""
        assert self._process.stdin is not None
        try:
            with self._process.stdin as pipe:
                while (data := self._outbox.get()) is not None:
                    pipe.write(data)
                    pipe.flush()
        except OSError:
            return


class ExecFiles:
    """Files through `transfer.py`.

    Args:
        command: starts it.
        variables: its environment.
    """

    def __init__(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self._command = list(command)
        self._variables = dict(variables)

    async def write(self, path: str, data: bytes) -> None:
        """Make or replace a file, and the directories above it."""
        await asyncio.to_thread(self._run, ["write", path], path, 0, data)

    async def read(self, path: str, most: int) -> bytes:
        """The content of a file."""
        _, data = await asyncio.to_thread(self._run, ["read", path, str(most)], path, most)
        return data

    async def list(self) -> list[RemoteFile]:
        """All files and directories, to any depth."""
        answer, _ = await asyncio.to_thread(self._run, ["list", "."], ".", 0)
        entries = answer.get("files")
        entries = entries if isinstance(entries, builtins.list) else []
        return [file for file in map(_file, entries) if file is not None]

    def _run(
        self, arguments: Sequence[str], path: str, most: int, data: bytes = b""
    ) -> tuple[dict[str, Any], bytes]:
        """Run a transfer; returns its first line and at most `most` bytes behind it."""
        with subprocess.Popen(
            [*self._command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._variables,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            timer = threading.Timer(_PATIENCE, process.kill)
            timer.start()
            try:
                feeder = threading.Thread(target=_feed, args=(process.stdin, data))
                feeder.start()
                answer = _answer(process.stdout.readline(_MOST_LISTED), path)
                content = process.stdout.read(most + 1)
                if len(content) > most:
                    raise FileTransferError("too_big", path, f"has more than {most:,} bytes")
                return answer, content
            finally:
                timer.cancel()
                process.kill()
                feeder.join()


def unpack(body: bytes) -> list[bytes]:
    """The frames of a message; none of a malformed one."""
    frames: list[bytes] = []
    try:
        (count,) = _LENGTH.unpack_from(body)
        at = 4
        for _ in range(min(count, len(body) // 4)):
            (size,) = _LENGTH.unpack_from(body, at)
            frames.append(body[at + 4 : at + 4 + size])
            at += 4 + size
    except struct.error:
        return []
    return frames


def _feed(pipe: IO[bytes], data: bytes) -> None:
    try:
        with pipe:
            pipe.write(data)
    except OSError:
        return


def _answer(line: bytes, path: str) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise FileTransferError("failed", path, "could not be transferred: the sandbox is gone")
    kind = answer.get("kind")
    if kind is not None:
        known = _KINDS.get(kind, "failed") if isinstance(kind, str) else "failed"
        raise FileTransferError(known, path, str(answer.get("message"))[:500])
    return answer


def _file(entry: object) -> RemoteFile | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        return None
    size, modified = entry.get("size"), entry.get("modified")
    return RemoteFile(
        path=entry["path"],
        size=size if isinstance(size, int) else 0,
        directory=entry.get("directory") is True,
        modified=float(modified) if isinstance(modified, int | float) else 0.0,
    )
