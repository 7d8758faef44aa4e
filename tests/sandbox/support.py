"""What several sandbox tests need: processes seen from outside, and runs as a plain user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.isolation.bubblewrap import find_bubblewrap
from sandbox.isolation.trees import children_of

REPOSITORY = Path(__file__).parents[2]
PLAIN_UID = 54321


def descendants(pid: int) -> set[int]:
    """Every process below `pid`."""
    found: list[int] = children_of(pid)
    for child in found:
        found.extend(children_of(child))
    return set(found)


def cgroups(owner: int) -> set[str]:
    """Control groups that sandboxes of the process `owner` made and have not removed."""
    return {str(path) for path in Path("/sys/fs/cgroup").glob(f"**/pysandbox-{owner}-*")}


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def _as_plain_user(command: list[str]) -> list[str]:
    """`command`, run by a user without rights, to whom root shows what lies in its own
    directories."""
    if os.getuid() != 0:
        return command
    drop = f"import os,sys; os.setgroups([]); os.setgid({PLAIN_UID}); os.setuid({PLAIN_UID}); "
    drop += "os.execv(sys.argv[1], sys.argv[1:])"
    return _with_readable_python([sys.executable, "-c", drop, *command])


def _with_readable_python(command: list[str]) -> list[str]:
    """`command`, run by root where other users can reach this Python."""
    outside = [find_bubblewrap()[0].path, "--dev-bind", "/", "/"]
    shown: list[str] = []
    for path in sorted({os.path.realpath(sys.base_prefix), sys.prefix, str(REPOSITORY)}):
        parents = [str(parent) for parent in reversed(Path(path).parents)]
        private = next((p for p in parents if not os.stat(p).st_mode & 0o001), None)
        if private is None:
            continue
        if private not in shown:
            outside += ["--perms", "0755", "--tmpfs", private]
            shown.append(private)
        for parent in parents[parents.index(private) + 1 :]:
            outside += ["--perms", "0755", "--dir", parent]
        outside += ["--ro-bind", path, path]
    return [*outside, "--", *command]


def run_plain(script: str, *arguments: str) -> Any:
    """Run a script of this folder as a plain user; returns the JSON it prints."""
    return _run(_as_plain_user, script, *arguments)


def run_root(script: str, *arguments: str) -> Any:
    """The same as root, for whose users this Python is readable, too."""
    return _run(_with_readable_python, script, *arguments)


def _run(wrap: Callable[[list[str]], list[str]], script: str, *arguments: str) -> Any:
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    done = subprocess.run(
        wrap(command),
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "HOME": "/nonexistent"},
        capture_output=True,
        timeout=120,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
