"""Trees of processes and of files that belong to a sandbox: what they hold, and how they are
removed.

Shared by the supervisor, which runs it without this package around it, and its owner. Standard
library only. Everything here may disappear while it is looked at, and names and links are a
stranger's.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

__all__ = ["children_of", "contents_of", "files_in", "memory_of_tree", "remove_tree", "tree"]

_LONGEST_PATH = 3000  # bytes; the system's own limit is 4096
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def files_in(path: str) -> int:
    """Inodes in use in the file system at `path`; 0 when it cannot be asked."""
    try:
        stat = os.statvfs(path)
    except OSError:
        return 0
    return stat.f_files - stat.f_ffree


def contents_of(directories: list[str], most_files: int, most_bytes: int) -> tuple[int, int]:
    """Number of files in trees and bytes of disk they take; counting stops when either is too
    much. A path too long to be opened counts as too much: nothing hides there."""
    files = size = 0
    pending = list(directories)
    while pending and files <= most_files and size <= most_bytes:
        path = pending.pop()
        if len(path) > _LONGEST_PATH:
            return most_files + 1, size
        with contextlib.suppress(OSError), os.scandir(path) as entries:
            for entry in entries:
                files += 1
                with contextlib.suppress(OSError):
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                if files > most_files or size > most_bytes:
                    break
    return files, size


def remove_tree(path: str) -> None:
    """Remove a directory and all below it, however deep, following no link. Nobody writes to it
    any more."""
    with contextlib.suppress(OSError):
        top = os.open(path, _DIRECTORY)
        try:
            while level := list(os.scandir(top)):
                for entry in level:
                    flatten(top, entry)
        finally:
            os.close(top)
        os.rmdir(path)


def flatten(top: int, entry: os.DirEntry[str]) -> None:
    """Remove one entry of the directory `top`; the directories in it become entries of `top`."""
    if not entry.is_dir(follow_symlinks=False):
        os.unlink(entry.name, dir_fd=top)
        return
    os.chmod(entry.name, 0o700, dir_fd=top)
    inner = os.open(entry.name, _DIRECTORY, dir_fd=top)
    try:
        for number, child in enumerate(list(os.scandir(inner))):
            if child.is_dir(follow_symlinks=False):
                os.chmod(child.name, 0o700, dir_fd=inner)
                name = f"{entry.inode()}-{number}-{time.monotonic_ns()}"
                os.rename(child.name, name, src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(child.name, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(entry.name, dir_fd=top)


def memory_of_tree(root: int, enough: int) -> int:
    """Bytes of memory the processes below `root` hold, shared pages divided among those that share
    them.

    The exact number (PSS) is slow to read; while the sum of resident sizes stays below `enough`
    that sum will do.
    """
    pids = tree(root)
    page = os.sysconf("SC_PAGE_SIZE")
    resident = 0
    for pid in pids:
        try:
            resident += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * page
        except OSError:
            continue
    return resident if resident <= enough else sum(map(proportional_memory, pids))


def tree(root: int) -> list[int]:
    """`root` and every process below it."""
    pids = [root]
    for pid in pids:
        pids.extend(children_of(pid))
    return pids


def proportional_memory(pid: int) -> int:
    """PSS of one process in bytes; 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def children_of(pid: int) -> list[int]:
    """Process ids of the children of `pid`, whichever of its threads made them."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        pass
    return found
