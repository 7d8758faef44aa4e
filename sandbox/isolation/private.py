"""Directories on this machine that belong to one sandbox each, where it has no file system of its
own.

Only their owner can look into them. What an owner left that was killed together with its
supervisor is removed when the next sandbox starts, by whichever process of the same user.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..errors import StartError
from .base import DATA, SOCKETS
from .ownership import PREFIX, is_abandoned, new_name
from .trees import remove_tree

__all__ = ["make_private", "private_directory", "remove_abandoned"]

_LONGEST = 60  # bytes: an address of a socket has 108 in all


def private_directory() -> str:
    """A path for a directory that `make_private` is to make.

    Raises:
        StartError: the directory for temporary files has too long a name.
    """
    base = os.path.realpath(tempfile.gettempdir())
    if len(os.fsencode(base)) > _LONGEST:
        raise StartError(
            f"the directory for temporary files, {base}, has a name too long for a socket in it. "
            "Fix: set TMPDIR to a shorter one"
        )
    return f"{base}/{new_name()}"


def make_private(path: str, uid: int | None, gid: int | None) -> None:
    """Make the directory with its working directory, scratch space and place for sockets.

    Args:
        path: one from `private_directory`.
        uid: who it is for, with the group `gid`; this process's own user when None.
    """
    for part in ("", "/mnt", DATA, "/tmp", os.path.dirname(SOCKETS), SOCKETS):
        os.mkdir(path + part, 0o700)
        if uid is not None and gid is not None:
            os.chown(path + part, uid, gid)


def remove_abandoned() -> None:
    """Remove the directories of owners that are gone."""
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}-*"):
        if not is_abandoned(directory.name):
            continue
        try:
            made_by = directory.lstat().st_uid
        except OSError:
            continue
        if os.geteuid() in (0, made_by):
            remove_tree(str(directory))
