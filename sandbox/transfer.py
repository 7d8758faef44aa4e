"""Files of a running sandbox for callers on an event loop, wherever they lie.

In a sandbox of this machine they lie in a `DataFolder`, whose work is done in threads; elsewhere
they are asked for through the backend. Also keeps the images that cells display. Transfers go on
beside a running cell: neither side knows of the other.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import FileTransferError
from .files import DATA, MOST_BYTES, DataFolder, FileInfo, Source, inside
from .results import Display, Output, Result

if TYPE_CHECKING:
    from .isolation import Sandbox

__all__ = ["Gallery", "Transfer"]

_MOST_IMAGES = 50
"""Images of one cell that are saved; the others are only in its result."""


class Transfer:
    """The way to the files of one sandbox.

    Args:
        sandbox: one that is up.

    Raises:
        FileTransferError: its folder cannot be reached.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._remote = sandbox.remote_files
        self._folder: DataFolder | None = None
        if sandbox.files_root is not None:
            self._folder = DataFolder(sandbox.files_root, sandbox.files_owner)

    async def write(self, path: str, source: Source) -> None:
        """As `DataFolder.write`."""
        if self._folder is not None:
            await asyncio.to_thread(self._folder.write, path, source)
        elif self._remote is not None:
            await self._remote.write(inside(path), await asyncio.to_thread(_content, source))
        else:
            raise _unsupported(path)

    async def read(self, path: str, max_bytes: int = MOST_BYTES) -> bytes:
        """As `DataFolder.read`."""
        if self._folder is not None:
            return await asyncio.to_thread(self._folder.read, path, max_bytes)
        if self._remote is not None:
            return await self._remote.read(inside(path), max_bytes)
        raise _unsupported(path)

    async def files(self) -> list[FileInfo]:
        """As `DataFolder.files`."""
        if self._folder is not None:
            return await asyncio.to_thread(self._folder.files)
        if self._remote is None:
            raise _unsupported(DATA)
        found = [file for file in await self._remote.list() if not file.directory]
        files = [FileInfo(f"{DATA}/{file.path}", file.size, file.modified) for file in found]
        return sorted(files, key=lambda file: file.path)

    def close(self) -> None:
        """Let go of the files. Transfers under way still finish."""
        if self._folder is not None:
            self._folder.close()


class Gallery:
    """Saves the images of one cell as `/mnt/data/_out/cell<number>_<image>.png`.

    Args:
        transfer: the way into the sandbox.
        number: of the cell.
    """

    def __init__(self, transfer: Transfer, number: int) -> None:
        self._transfer = transfer
        self._number = number
        self._count = 0
        self._full = False

    async def save(self, output: Output) -> tuple[Output, str]:
        """Save the image of an output, if it has one and there is room.

        Returns:
            The output, which knows the path if it was saved, and a sentence to add when no more
            images of the cell will be saved, otherwise an empty one.
        """
        if self._full or not isinstance(output, Result | Display) or output.image is None:
            return output, ""
        image = output.image
        if self._count == _MOST_IMAGES:
            self._full = True
            return output, f"Only the first {_MOST_IMAGES} images of this cell were saved"
        path = f"{DATA}/_out/cell{self._number}_{self._count + 1}.png"
        try:
            await self._transfer.write(path, image.data)
        except FileTransferError as error:
            self._full = True
            return output, f"The images of this cell could not be saved from here on: {error}"
        self._count += 1
        return replace(output, image=replace(image, path=path)), ""


def _content(source: Source) -> bytes:
    if isinstance(source, Path):
        return source.read_bytes()
    return source.encode() if isinstance(source, str) else source


def _unsupported(path: str) -> FileTransferError:
    return FileTransferError(
        "unsupported", path, "cannot be transferred: this backend has no way to its files"
    )
