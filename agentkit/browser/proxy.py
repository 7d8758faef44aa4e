"""A filtering HTTP proxy on loopback (being written)."""

from __future__ import annotations

from agentkit.browser.policy import AddressPolicy

__all__ = ["FilteringProxy"]


class FilteringProxy:
    def __init__(
        self, policy: AddressPolicy, *, blocked_kinds: frozenset[str] = frozenset()
    ) -> None:
        self.policy = policy
        self.blocked_kinds = blocked_kinds
        self.username = ""
        self.password = ""

    @property
    def url(self) -> str:
        raise NotImplementedError

    @property
    def refused(self) -> list[str]:
        return []

    async def start(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> FilteringProxy:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
