"""What a browser is to be like, as one value: from `BrowserTool` to the parts it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from agentkit.browser.cache import Cache
    from agentkit.browser.net.policy import AddressPolicy
    from agentkit.browser.search.base import SearchProvider

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """What `BrowserTool` was asked for; see there."""

    search: str | Path | SearchProvider
    render: Literal["auto", "never", "always"]
    policy: AddressPolicy
    cache: Cache | str | Path | None
    replay: bool
    max_pages: int
