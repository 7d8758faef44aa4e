"""Files of a notebook on another machine, through the contents API of its Jupyter server.

Each notebook has a directory of its own there. The server keeps names within its root directory;
what it says about sizes and kinds is checked before a content is asked for.

API: jupyter-server.readthedocs.io/en/latest/developers/contents.html.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ..errors import FileTransferError
from .base import RemoteFile
from .server import Server, Unreachable

__all__ = ["Contents"]

_Files = list[RemoteFile]
_Call = Callable[[Coroutine[Any, Any, None]], Awaitable[None]]
_MOST_FILES = 10_000  # entries of one listing


class Contents:
    """The files in one directory of a server.

    Args:
        server: answers requests, on a loop of its own.
        folder: the directory's path below the server's root.
        call: runs a coroutine on that loop.
    """

    def __init__(self, server: Server, folder: str, call: _Call) -> None:
        self._server = server
        self._call = call
        self.folder = folder

    @classmethod
    async def open(cls, server: Server, folder: str, call: _Call) -> Contents | None:
        """Make the directory; None when this server keeps no files. On the server's loop."""
        status, _ = await server.ask("PUT", _address(folder), {"type": "directory"})
        return cls(server, folder, call) if status in (200, 201) else None

    async def write(self, path: str, data: bytes) -> None:
        """Make or replace a file, and the directories above it."""

        async def work() -> None:
            parts = path.split("/")
            for depth in range(1, len(parts)):
                await self._make_directory("/".join(parts[:depth]))
            body = {"type": "file", "format": "base64", "content": base64.b64encode(data).decode()}
            status, _ = await self._ask("PUT", path, body)
            if status not in (200, 201):
                raise _refused(path, status)

        await self._call(work())

    async def read(self, path: str, most: int) -> bytes:
        """The content of a file."""
        found: list[bytes] = []

        async def work() -> None:
            about = await self._about(path, "?content=0")
            if about.get("type") not in ("file", "notebook"):
                raise FileTransferError("not_regular", path, "is not a file")
            size = about.get("size")
            if isinstance(size, int) and size > most:
                raise _too_big(path, most)
            content = (await self._about(path, "?type=file&format=base64")).get("content")
            found.append(_decoded(path, content, most))

        await self._call(work())
        return found[0]

    async def list(self) -> _Files:
        """All files and directories, to any depth."""
        found: _Files = []
        await self._call(self._walk(found))
        return found

    async def remove(self) -> None:
        """Delete the directory with everything in it. On the server's loop."""
        found: _Files = []
        await self._walk(found)
        for file in sorted(found, key=lambda file: file.path, reverse=True):
            await self._ask("DELETE", file.path)
        await self._server.ask("DELETE", _address(self.folder))

    async def _walk(self, found: _Files) -> None:
        pending = [""]
        while pending and len(found) < _MOST_FILES:
            inside = pending.pop()
            entries = (await self._about(inside, "?type=directory")).get("content")
            for entry in entries if isinstance(entries, list) else []:
                file = _file(entry, inside)
                if file is not None:
                    found.append(file)
                    if file.directory:
                        pending.append(file.path)

    async def _make_directory(self, path: str) -> None:
        status, _ = await self._ask("GET", path, query="?content=0")
        if status == 404:
            status, _ = await self._ask("PUT", path, {"type": "directory"})
        if status not in (200, 201):
            raise _refused(path, status)

    async def _about(self, path: str, query: str) -> dict[str, Any]:
        status, answer = await self._ask("GET", path, query=query)
        if status == 404:
            raise FileTransferError("not_found", path, "does not exist")
        if status != 200 or not isinstance(answer, dict):
            raise _refused(path, status)
        return answer

    async def _ask(
        self, method: str, path: str, body: object = None, query: str = ""
    ) -> tuple[int, Any]:
        place = f"{self.folder}/{path}" if path else self.folder
        try:
            return await self._server.ask(method, _address(place) + query, body)
        except Unreachable as error:
            text = f"could not be transferred: the server says {error}"
            raise FileTransferError("failed", path, text) from None


def _address(path: str) -> str:
    return f"/api/contents/{quote(path)}"


def _decoded(path: str, content: object, most: int) -> bytes:
    try:
        data = base64.b64decode(content if isinstance(content, str) else "!", validate=False)
    except (binascii.Error, ValueError):
        raise FileTransferError("failed", path, "came back as something else") from None
    if len(data) > most:
        raise _too_big(path, most)
    return data


def _file(entry: object, inside: str) -> RemoteFile | None:
    """The entry of a listing, or None when it is not one."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return None
    name, size = entry["name"], entry.get("size")
    if "/" in name or name in ("", ".", ".."):
        return None
    return RemoteFile(
        path=f"{inside}/{name}" if inside else name,
        size=size if isinstance(size, int) else 0,
        directory=entry.get("type") == "directory",
        modified=_seconds(entry.get("last_modified")),
    )


def _seconds(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0


def _too_big(path: str, most: int) -> FileTransferError:
    return FileTransferError("too_big", path, f"has more than {most:,} bytes")


def _refused(path: str, status: int) -> FileTransferError:
    text = f"could not be transferred: the server answers with status {status}"
    return FileTransferError("failed", path, text)
