"""The browser tool: `search`, `open` and `find` as gpt-oss was trained to use them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentkit.browser.document import BrowserError
    from agentkit.browser.net.policy import AddressPolicy
    from agentkit.browser.tool import BrowserTool
    from agentkit.browser.view import Snapshot

__all__ = ["AddressPolicy", "BrowserError", "BrowserTool", "Snapshot"]

_LAZY = {
    "AddressPolicy": "agentkit.browser.net.policy",
    "BrowserError": "agentkit.browser.document",
    "BrowserTool": "agentkit.browser.tool",
    "Snapshot": "agentkit.browser.view",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'agentkit.browser' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
