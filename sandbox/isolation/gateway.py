"""Kernels on another machine, behind a Jupyter server, Kernel Gateway or Enterprise Gateway.

The kernel's process runs wherever that server puts it, so the isolation is the server's: a
`Gateway` counts as `unconfined` unless whoever runs the server knows better and says so. What it
sends is as little trusted here as what a kernel of this machine sends.

Kernels are started, interrupted and ended by REST, messages travel through one WebSocket a kernel
(`remote.py`). Files go through the server's contents API into a directory made for the
notebook, which is the kernel's working directory; a gateway without that API has none.

Not covered: limits of memory, processes and disk, which are the server's business; the working
directory is not called `/mnt/data`, so use relative paths. An owner that is killed leaves its
kernel to the server's culling (`MappingKernelManager.cull_idle_timeout`).

API: jupyter-server.readthedocs.io/en/latest/developers/rest-api.html,
jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html (the default protocol).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..errors import StartError
from ..limits import Limits
from .base import Isolation, Libraries, SandboxFailed

if TYPE_CHECKING:
    from .remote import RemoteSandbox

__all__ = ["Gateway"]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A server that runs kernels.

    Args:
        url: its address, with its base path: `https://host:8888/`. As environment variables of
            Jupyter's own clients say (`JUPYTER_GATEWAY_URL`) when empty.
        token: what it wants to see (`JUPYTER_GATEWAY_AUTH_TOKEN` when empty).
        kernel: name of the kernel to start; the server's default when empty.
        declared: how the server isolates its kernels, by the word of whoever runs it.
    """

    url: str = field(default_factory=lambda: os.environ.get("JUPYTER_GATEWAY_URL", ""))
    token: str = field(
        default_factory=lambda: os.environ.get("JUPYTER_GATEWAY_AUTH_TOKEN", ""), repr=False
    )
    kernel: str = ""
    declared: Isolation = "unconfined"

    @property
    def name(self) -> str:
        place = urlsplit(self.url)
        return f"gateway ({place.hostname}:{place.port})" if place.hostname else "gateway"

    @property
    def isolation(self) -> Isolation:
        return self.declared

    async def open(self, limits: Limits, libraries: Libraries | None = None) -> RemoteSandbox:
        """A place for kernels on the server. Raises as `Backend.open`."""
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise SandboxFailed(
                f"no server: {self.url!r} is not an address" if self.url else "no server is named"
            )
        if libraries is not None and libraries.module_path:
            raise StartError(
                "packages cannot be taken to a gateway: install them where its kernels run"
            )
        from .remote import RemoteSandbox

        return await RemoteSandbox.open(
            self, limits, url=self.url, token=self.token, kernel=self.kernel
        )

    def explain(self, failure: str) -> str:
        return next((fix for sign, fix in _FIXES if sign in failure), _LAST_FIX)


_FIXES = (
    ("no server", "Gateway('https://host:8888/', token='...'), or set JUPYTER_GATEWAY_URL"),
    ("403", "the token is wrong or missing: set JUPYTER_GATEWAY_AUTH_TOKEN"),
    ("401", "the token is wrong or missing: set JUPYTER_GATEWAY_AUTH_TOKEN"),
    ("302", "the token is wrong or missing: set JUPYTER_GATEWAY_AUTH_TOKEN"),
    ("404", "there is no Jupyter server at this address: check its base path"),
)
_LAST_FIX = "see that the server runs and can be reached from here"
