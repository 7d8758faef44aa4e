"""Reads, writes and lists files in `/mnt/data`, for hosts that cannot reach them themselves.

Runs as the code's own user within the sandbox, so it can do no more than the code could: links are
refused so that mistakes are seen, not to defend anything. The first line on stdout is JSON, `{}` or
an error; behind it comes what was asked for. Arguments: `read` and the most bytes, `write`, or
`list`, then the path. Standard library only.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys

_DATA = "/mnt/data"
_MOST_FILES = 10_000
_KINDS = {
    "FileNotFoundError": "not_found",
    "IsADirectoryError": "not_regular",
    "NotADirectoryError": "not_found",
    "PermissionError": "denied",
}


def read(path: str, most: int) -> None:
    """A regular file's content."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    about = os.fstat(fd)
    if not stat.S_ISREG(about.st_mode):
        say({"kind": "not_regular", "message": "is not a regular file"})
    elif about.st_size > most:
        say({"kind": "too_big", "message": f"has {about.st_size:,} bytes, {most:,} are allowed"})
    else:
        say({})
        with open(fd, "rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)


def write(path: str) -> None:
    """A new file with what comes on stdin, in the place of an old one only when it is complete."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fresh = f"{path}.{os.getpid()}.part"
    try:
        with open(fresh, "xb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
        os.rename(fresh, path)
    finally:
        if os.path.lexists(fresh):
            os.unlink(fresh)
    say({})


def listing() -> None:
    """All files and directories below `/mnt/data`."""
    found: list[dict[str, object]] = []
    for folder, directories, files in os.walk(_DATA):
        for name in (*directories, *files):
            path = os.path.join(folder, name)
            about = os.lstat(path)
            if stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode):
                entry = {"path": os.path.relpath(path, _DATA), "size": about.st_size}
                directory = stat.S_ISDIR(about.st_mode)
                found.append({**entry, "directory": directory, "modified": about.st_mtime})
        if len(found) >= _MOST_FILES:
            break
    say({"files": found[:_MOST_FILES]})


def say(answer: dict[str, object]) -> None:
    """The first line."""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    task, path = sys.argv[1], os.path.join(_DATA, sys.argv[2])
    try:
        if task == "read":
            read(path, int(sys.argv[3]))
        elif task == "write":
            write(path)
        else:
            listing()
    except OSError as error:
        kind = {27: "too_big", 28: "no_space", 40: "link"}.get(error.errno or 0)
        kind = kind or _KINDS.get(type(error).__name__, "failed")
        say({"kind": kind, "message": f"could not be transferred: {error.strerror}"})


if __name__ == "__main__":
    main()
