"""Files in and out of a sandbox's `/mnt/data`, which code in it may be changing at the same time.

The owner reaches the folder through `/proc/<init>/root` and takes hold of it once, when the sandbox
is known to be one. From there every path is resolved by the kernel without following a link,
leaving the folder or crossing a mount (`openat2`; by hand, one component after another, where that
call is missing). What is found is looked at before it is opened, so that a pipe or device is never
opened at all. A file is written beside its place and then moved into it: it is there whole or not
at all, and a link that is put in its place meanwhile is replaced, not followed.

All of it blocks; callers on an event loop use a thread. Not covered: what other host processes of
the same user do to the folder, and backends whose files cannot be seen from here.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import io
import os
import posixpath
import secrets
import stat
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from .errors import FileTransferError, TransferFailure

__all__ = ["DATA", "MOST_BYTES", "DataFolder", "FileInfo", "Source", "inside"]

DATA = "/mnt/data"
"""The folder, as code in the sandbox calls it."""

MOST_BYTES = 100 << 20
"""The largest file taken out unless the caller says otherwise, in bytes."""

Source = bytes | str | Path
"""What a file is made of: bytes, text (written as UTF-8), or a file of this machine."""

_CHUNK = 1 << 20
_MOST_ENTRIES = 250_000  # more than any limit on files lets a sandbox have
_LOOK = os.O_PATH | os.O_CLOEXEC  # neither reads, nor writes, nor waits


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A regular file in the sandbox.

    Args:
        path: absolute, as code in the sandbox calls it.
        size: bytes.
        modified: seconds since 1970, as the code left it.
    """

    path: str
    size: int
    modified: float


class DataFolder:
    """The `/mnt/data` of one sandbox, as its owner handles it. Safe to use from several threads.

    Args:
        root: the sandbox's root directory as this process sees it.
        owner: user and group id that new files shall have; this process's own when None.

    Raises:
        FileTransferError: the folder cannot be reached.
    """

    def __init__(self, root: str, owner: int | None = None) -> None:
        self._owner = owner
        self._lock = threading.Lock()
        with _typed(DATA):
            top = os.open(root, _LOOK | os.O_DIRECTORY)
            try:
                self._fd = _look_up(top, DATA.lstrip("/"), _RESOLVE & ~_NO_XDEV)
            finally:
                os.close(top)

    def close(self) -> None:
        """Let go of the folder. Transfers under way in other threads still finish."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd = -1

    def write(self, path: str, source: Source) -> None:
        """Make a file, or put another in its place. Directories on the way to it are made.

        Args:
            path: absolute below `/mnt/data`, or relative to it.
            source: the content. While it is written the old and the new file need room.

        Raises:
            FileTransferError: see its kinds.
            OSError: a `source` on this machine cannot be opened.
        """
        folder, name = posixpath.split(inside(path))
        opened, rights = _opened(source), _acting_as(self._owner)
        with opened as content, _typed(path), self._borrowed() as root, rights:
            parent = self._make_folders(root, folder)
            try:
                with contextlib.suppress(FileNotFoundError), _looked_up(parent, name) as present:
                    _require_regular(present, path)
                self._put(parent, name, content)
            finally:
                os.close(parent)

    def read(self, path: str, max_bytes: int = MOST_BYTES) -> bytes:
        """The content of a regular file.

        Args:
            path: absolute below `/mnt/data`, or relative to it.
            max_bytes: the most to read; holes in a file count as the zeros that they read as.

        Raises:
            FileTransferError: see its kinds.
        """
        with _typed(path), self._borrowed() as root, _looked_up(root, inside(path)) as found:
            _require_regular(found, path)
            # Opened by its inode: nothing can have come into its place. O_NONBLOCK, since code can
            # hold a lease on it, which would have us wait for 45 seconds.
            with _reopened(found, os.O_RDONLY | os.O_NONBLOCK) as file:
                size = os.fstat(file.fileno()).st_size
                content = None if size > max_bytes else _read(file, size + 1, max_bytes)
        if content is None:
            raise _failure("too_big", path, f"is larger than max_bytes={max_bytes:,}: {_SMALLER}")
        return content

    def files(self) -> list[FileInfo]:
        """All regular files, by path. What code removes or hides meanwhile is left out.

        Raises:
            FileTransferError: the sandbox has ended.
        """
        found: list[FileInfo] = []
        seen = 0
        with self._borrowed() as root:
            folders = ["."]
            while folders and seen < _MOST_ENTRIES:
                folder = folders.pop()
                for name, status in _entries(root, folder):
                    seen += 1
                    path = posixpath.normpath(f"{folder}/{name}")
                    if stat.S_ISDIR(status.st_mode):
                        folders.append(path)
                    elif stat.S_ISREG(status.st_mode):
                        found.append(FileInfo(f"{DATA}/{path}", status.st_size, status.st_mtime))
        return sorted(found, key=lambda file: file.path)

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[int]:
        """A descriptor of the folder that nobody else closes."""
        with self._lock:
            if self._fd < 0:
                raise _failure(
                    "failed", DATA, "is gone with its sandbox: run a cell to get another"
                )
            descriptor = os.dup(self._fd)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _make_folders(self, root: int, folder: str) -> int:
        """A descriptor of `folder`; what is missing of it is made."""
        directory = os.dup(root)
        for name in filter(None, folder.split("/")):
            above = directory
            try:
                directory = self._make_folder(above, name)
            finally:
                os.close(above)
        return directory

    def _make_folder(self, above: int, name: str) -> int:
        try:
            return _look_up(above, name)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):  # the code was faster
                os.mkdir(name, 0o755, dir_fd=above)
        return _look_up(above, name)

    def _put(self, parent: int, name: str, content: IO[bytes]) -> None:
        """Write a file beside its place in `parent`, then move it there."""
        new = f".upload-{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(new, flags, 0o644, dir_fd=parent)
        try:
            with open(descriptor, "wb", buffering=0) as file:
                while chunk := content.read(_CHUNK):
                    rest = memoryview(chunk)
                    while rest:
                        rest = rest[file.write(rest) :]
            os.rename(new, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(new, dir_fd=parent)
            raise


def inside(path: str) -> str:
    """`path` relative to the folder, without dots.

    Raises:
        FileTransferError: it leads out of it, or names no file.
    """
    whole = "/" + posixpath.normpath(posixpath.join(DATA, path)).lstrip("/")
    if "\0" in path or not path:
        raise _failure("bad_name", path)
    if whole == DATA:
        raise _failure("not_regular", path)
    if not whole.startswith(DATA + "/"):
        raise _failure("outside", path)
    return whole.removeprefix(DATA + "/")


@contextlib.contextmanager
def _acting_as(user: int | None) -> Iterator[None]:
    """Have this thread make files as `user` would, with no other rights: the file system may be one
    of a user namespace in which root is nobody."""
    if user is None:
        yield
        return
    libc = ctypes.CDLL(None)
    libc.setfsgid(user)
    libc.setfsuid(user)
    try:
        yield
    finally:
        libc.setfsuid(os.geteuid())
        libc.setfsgid(os.getegid())


def _opened(source: Source) -> BinaryIO:
    """The content of `source`, to be read in pieces."""
    if isinstance(source, Path):
        return source.open("rb")
    return io.BytesIO(source.encode() if isinstance(source, str) else source)


def _read(file: IO[bytes], step: int, max_bytes: int) -> bytes | None:
    """All of `file`, which may be growing, `step` bytes at a time; None when it is more than
    `max_bytes`."""
    chunks: list[bytes] = []  # when it does not grow, one, which is then not copied
    size = 0
    while size <= max_bytes:
        chunk = file.read(min(step, max_bytes + 1 - size))
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
    return None


def _entries(root: int, folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Names in `folder` below `root` with what they are, as far as they can be seen."""
    with contextlib.suppress(OSError), _looked_up(root, folder) as found:
        directory = os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        yield entry.name, entry.stat(follow_symlinks=False)
        finally:
            os.close(directory)


def _require_regular(descriptor: int, path: str) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise _failure("not_regular", path)


def _reopened(descriptor: int, flags: int) -> BinaryIO:
    """The file behind a descriptor that only names it, opened for use."""
    opened = os.open(f"/proc/self/fd/{descriptor}", flags | os.O_CLOEXEC)
    return open(opened, "rb", buffering=0)


# Finding a file without following anything.

_OPENAT2 = 437  # the number of the system call, the same on every architecture
_NO_XDEV, _NO_MAGICLINKS, _NO_SYMLINKS, _IN_ROOT = 0x01, 0x02, 0x04, 0x10
_RESOLVE = _NO_XDEV | _NO_MAGICLINKS | _NO_SYMLINKS | _IN_ROOT
_TRIES = 16  # while directories are moved about, the kernel may ask to try again


@contextlib.contextmanager
def _looked_up(directory: int, path: str) -> Iterator[int]:
    descriptor = _look_up(directory, path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _look_up(directory: int, path: str, resolve: int = _RESOLVE) -> int:
    """A descriptor that stands for what is at `path` below `directory`, without opening it.

    Raises:
        OSError: with ELOOP when there is a link at or on the way to `path`.
    """
    for _ in range(_TRIES):
        try:
            return _openat2(directory, path, resolve)
        except (BlockingIOError, InterruptedError):
            continue
        except OSError as error:
            if error.errno in (errno.ENOSYS, errno.EPERM):  # an old kernel, or Docker's filter
                return _walk(directory, path)
            raise
    raise OSError(errno.EAGAIN, "its directories are being moved all the time")


def _openat2(directory: int, path: str, resolve: int) -> int:
    how = struct.pack("QQQ", _LOOK, 0, resolve)
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.syscall(_OPENAT2, directory, os.fsencode(path), how, len(how))
    if descriptor < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(descriptor)


def _walk(directory: int, path: str) -> int:
    """`_openat2` by hand: each component is looked at before the next one is looked for in it."""
    found = os.dup(directory)
    for name in path.split("/"):
        above = found
        try:
            found = os.open(name, _LOOK | os.O_NOFOLLOW, dir_fd=above)
        finally:
            os.close(above)
        if stat.S_ISLNK(os.fstat(found).st_mode):
            os.close(found)
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return found


# Saying what went wrong.

_SMALLER = "ask for more, or have code in the notebook make it smaller"
_MEANINGS: dict[TransferFailure, str] = {
    "bad_name": "cannot be the path of a file: give a shorter one without null characters",
    "denied": "may not be read or written: code in the sandbox has taken the rights away or is "
    "holding the file; have it give them back (chmod), or use another name",
    "link": "is a symbolic link or lies behind one, and links are not followed: give the path of "
    "the file itself (os.path.realpath in the notebook)",
    "no_space": f"does not fit into {DATA}: delete files there, or raise Limits.disk",
    "not_found": "does not exist in the sandbox: list_files() tells what does",
    "not_regular": "is not a regular file, or lies below one: only files are transferred",
    "outside": f"lies outside of {DATA}, from and to which files are transferred",
}
_KINDS: dict[int, TransferFailure] = {
    errno.ENAMETOOLONG: "bad_name",
    errno.EINVAL: "bad_name",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EAGAIN: "denied",
    errno.EROFS: "denied",
    errno.ELOOP: "link",
    errno.ENOSPC: "no_space",
    errno.EDQUOT: "no_space",
    errno.ENOENT: "not_found",
    errno.ENOTDIR: "not_regular",
    errno.EISDIR: "not_regular",
    errno.EXDEV: "outside",
}


def _failure(kind: TransferFailure, path: str, message: str = "") -> FileTransferError:
    return FileTransferError(kind, path, message or _MEANINGS[kind])


@contextlib.contextmanager
def _typed(path: str) -> Iterator[None]:
    """Failures of the system as what they mean for a transfer."""
    try:
        yield
    except OSError as error:
        kind = _KINDS.get(error.errno or 0, "failed")
        message = "" if kind in _MEANINGS else f"could not be transferred: {error.strerror}"
        raise _failure(kind, path, message) from None
