"""Compressed bodies undone piece by piece, never beyond a limit.

Knows gzip and deflate, the two encodings that are asked for. A few bytes of either can stand for
gigabytes, so a `Decoder` gives out at most what it was allowed and makes nothing beyond that.
"""

from __future__ import annotations

import zlib

__all__ = ["ACCEPTED", "BrokenEncoding", "Decoder"]

ACCEPTED = "gzip, deflate"
_IDENTITY = ("", "identity")


class BrokenEncoding(ValueError):
    """A body that is not in the encoding its headers name, or in one that nobody asked for."""


class Decoder:
    """One body being decoded.

    Args:
        encoding: the `Content-Encoding` header; empty for none.
        limit: decoded bytes to give out at most.

    Raises:
        BrokenEncoding: the encoding is not among `ACCEPTED`.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower()
        if name not in (*_IDENTITY, "gzip", "x-gzip", "deflate"):
            raise BrokenEncoding(f"the body is encoded as {encoding!r}, which was not asked for")
        self._name = name
        self._left = limit
        self._inflate: zlib._Decompress | None = None
        self._ended = False
        self.full = False
        """True when the body is longer than the limit."""

    @property
    def complete(self) -> bool:
        """False while a compressed body has not come to its own end."""
        return self._name in _IDENTITY or self._ended

    def feed(self, data: bytes) -> bytes:
        """Decode the next bytes of the body.

        Returns:
            What they stand for, as far as the limit goes.

        Raises:
            BrokenEncoding: they do not continue a body of this encoding.
        """
        if self.full or not data:
            return b""
        if self._name in _IDENTITY:
            return self._within_limit(data)
        try:
            return self._decode(data)
        except zlib.error as error:
            raise BrokenEncoding(f"the body is not valid {self._name} ({error})") from error

    def _decode(self, data: bytes) -> bytes:
        pieces = []
        while data and not self.full:
            if self._ended and not self._starts_again(data):
                break
            if self._inflate is None:
                self._inflate = zlib.decompressobj(self._window(data))
            # One byte more than allowed tells a body that just fits from one that is longer.
            pieces.append(self._within_limit(self._inflate.decompress(data, self._left + 1)))
            self._ended = self._inflate.eof
            data = self._inflate.unused_data if self._ended else self._inflate.unconsumed_tail
            if self._ended:
                self._inflate = None
        return b"".join(pieces)

    def _starts_again(self, data: bytes) -> bool:
        """True for a further member of a gzip file; other bytes after the end mean nothing."""
        return self._name != "deflate" and data.startswith(b"\x1f\x8b")

    def _window(self, data: bytes) -> int:
        """zlib's `wbits`: servers send as "deflate" both a zlib stream and a bare one."""
        if self._name != "deflate":
            return 16 + zlib.MAX_WBITS
        is_zlib = data[0] & 0x0F == 8 and (len(data) < 2 or int.from_bytes(data[:2]) % 31 == 0)
        return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS

    def _within_limit(self, data: bytes) -> bytes:
        if len(data) > self._left:
            self.full = True
            data = data[: self._left]
        self._left -= len(data)
        return data
