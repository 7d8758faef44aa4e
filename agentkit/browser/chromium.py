"""Chromium behind the address policy (its shape; the engine follows)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentkit.browser.document import BrowserError, Response
from agentkit.browser.install import Found

if TYPE_CHECKING:
    from agentkit.browser.policy import AddressPolicy

__all__ = ["Chromium"]


class Chromium:
    """One Chromium for many pages."""

    def __init__(
        self, policy: AddressPolicy, *, contexts: int = 4, executable: Found | None = None
    ) -> None:
        self._policy, self._contexts, self._executable = policy, contexts, executable

    async def render(self, url: str, *, timeout: float = 15.0) -> Response:
        """A page's DOM after its scripts ran."""
        raise BrowserError("Chromium is not there yet")

    async def close(self) -> None:
        """End the browser."""
