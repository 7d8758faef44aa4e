"""One end of a proxied connection: its stream, its HTTP/1.1 state (h11), its limits.

Knows bytes, messages and limits; nothing of policies or of who may speak. Every wait has a limit,
and every byte that arrives is counted.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass

import h11

__all__ = ["Limits", "Meter", "OverLimit", "Peer", "tunnel"]

Event = h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]
CHUNK = 2**16
_HEAD = 2**16  # bytes of a request's or an answer's headers


class OverLimit(Exception):
    """More came than a limit allows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection through the proxy may use.

    Args:
        idle: seconds without a byte in either direction.
        lifetime: seconds for one request or tunnel.
        connect: seconds to reach one address of a server.
        max_bytes: both directions together, as they come over the network.
        max_decoded: of one answer to a plain request, once decoded.
        max_total: bytes of all connections together; None for no limit.
    """

    idle: float = 30.0
    lifetime: float = 300.0
    connect: float = 10.0
    max_bytes: int = 128 * 2**20
    max_decoded: int = 32 * 2**20
    max_total: int | None = None


class Meter:
    """Counts bytes towards a limit, and towards another meter's.

    Attributes:
        spent: bytes so far; whoever gives the limit anew sets it to 0.
        above: the other meter.
    """

    def __init__(self, limit: int | None, above: Meter | None = None) -> None:
        self._limit = limit
        self.above = above
        self.spent = 0

    def count(self, size: int) -> None:
        """Add `size` bytes.

        Raises:
            OverLimit: the sum is beyond a limit.
        """
        self.spent += size
        if self._limit is not None and self.spent > self._limit:
            raise OverLimit
        if self.above is not None:
            self.above.count(size)


class Peer:
    """A client or a server.

    Args:
        role: what we are to it: `h11.SERVER` or `h11.CLIENT`.
    """

    def __init__(
        self,
        role: type[h11.SERVER] | type[h11.CLIENT],
        streams: tuple[StreamReader, StreamWriter],
        meter: Meter,
        idle: float,
    ) -> None:
        self.reader, self.writer = streams
        self.http = h11.Connection(role, max_incomplete_event_size=_HEAD)
        self.meter = meter
        self._idle = idle

    async def event(self) -> Event:
        """The next part of a message; never `NEED_DATA`.

        Raises:
            TimeoutError, OverLimit, OSError, h11.RemoteProtocolError: no more comes, or nonsense.
        """
        while (event := self.http.next_event()) is h11.NEED_DATA:
            async with asyncio.timeout(self._idle):
                data = await self.reader.read(CHUNK)
            self.meter.count(len(data))
            self.http.receive_data(data)
        return event

    async def send(self, *events: h11.Event) -> None:
        """Send parts of a message.

        Raises:
            TimeoutError, OSError, h11.LocalProtocolError: the peer takes nothing, or it is no part.
        """
        self.writer.write(b"".join(self.http.send(event) or b"" for event in events))
        async with asyncio.timeout(self._idle):
            await self.writer.drain()

    @property
    def is_closed(self) -> bool:
        """True when the peer has left, or said something that nobody asked for."""
        return self.reader.at_eof() or self.writer.is_closing() or bool(self.http.trailing_data[0])

    def abort(self) -> None:
        """Break the connection off, so that the peer notices."""
        self.writer.transport.abort()

    async def close(self) -> None:
        """Close the connection once all is sent; break it off when the peer takes it not."""
        try:
            self.writer.close()
            async with asyncio.timeout(1):
                await self.writer.wait_closed()
        except (OSError, TimeoutError):
            pass
        finally:
            self.abort()


async def tunnel(one: Peer, other: Peer, idle: float) -> None:
    """Carry bytes both ways until both ends have finished; either may finish first.

    Args:
        idle: seconds that may pass without a byte in either direction.

    Raises:
        TimeoutError, OverLimit, OSError: it did not come to its end.
    """
    async with asyncio.timeout(idle) as limit:
        tasks = [asyncio.ensure_future(_carry(*way, limit, idle)) for way in
                 ((one, other), (other, one))]  # fmt: skip
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(source: Peer, target: Peer, limit: asyncio.Timeout, idle: float) -> None:
    loop = asyncio.get_running_loop()
    while data := await source.reader.read(CHUNK):
        limit.reschedule(loop.time() + idle)
        source.meter.count(len(data))
        target.writer.write(data)
        await target.writer.drain()
    if target.writer.can_write_eof():
        target.writer.write_eof()
