"""What every local way of isolating gives the processes inside: variables, limits, a user id.

It knows this machine's users and processes and nothing of how a sandbox is made.
"""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import sys
from pathlib import Path

from ..limits import Limits
from .base import Libraries
from .mounts import guest_path

__all__ = ["GUEST", "counts_per_namespace", "environment", "rlimits", "unused_id"]

GUEST = Path(__file__).parent.parent / "guest"
# Above what container managers hand out, below the sign bit: ids no account or container has.
_HIGH_IDS = range(0x7000_0000, 0x7FFD_0000)
_THREADS = str(min(4, os.cpu_count() or 1))


def environment(scratch: str, libraries: Libraries | None) -> dict[str, str]:
    """Fresh variables: nothing of the owner's but the time zone.

    Args:
        scratch: directory for temporary files, which is also the user's home.
        libraries: what else to set.
    """
    variables = {
        "PATH": guest_path(),
        "HOME": scratch,
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "TMPDIR": scratch,
        "IPYTHONDIR": f"{scratch}/.ipython",
        "JUPYTER_RUNTIME_DIR": f"{scratch}/.jupyter",
        "MPLCONFIGDIR": f"{scratch}/.matplotlib",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PIP_NO_INDEX": "1",  # no network: it fails at once, and the notebook says why
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **{f"{library}_NUM_THREADS": _THREADS for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")},
    }
    if "TZ" in os.environ:
        variables["TZ"] = os.environ["TZ"]
    if sys.prefix != sys.base_prefix:
        variables["VIRTUAL_ENV"] = sys.prefix
    if libraries is not None:
        variables.update(libraries.environment)
    return variables


def rlimits(limits: Limits, *, alone: bool) -> dict[str, int]:
    """Limits of each process. The one on data makes a greedy program fail with MemoryError, not
    die.

    Args:
        limits: what the notebook may use.
        alone: whether the sandbox's processes are the only ones counted for their user.
    """
    others = 0 if alone else _processes_of_this_user()
    return {
        "RLIMIT_NPROC": limits.processes + others,
        "RLIMIT_DATA": limits.memory,
        "RLIMIT_FSIZE": limits.disk,
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 64 * 1024,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_RTPRIO": 0,
    }


def counts_per_namespace() -> bool:
    """Whether the kernel counts a user's processes in each user namespace apart (Linux 5.14)."""
    major, minor = (int(part) for part in platform.release().split(".")[:2])
    return (major, minor) >= (5, 14)


def _processes_of_this_user() -> int:
    """Threads of this user now; processes that end meanwhile count or do not."""
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def unused_id() -> int:
    """A user id for one sandbox, as high as this process's user namespace has them."""
    spans = [
        tuple(map(int, line.split()))
        for line in Path("/proc/self/uid_map").read_text().splitlines()
    ]
    if any(
        first <= _HIGH_IDS.start and _HIGH_IDS.stop <= first + count for first, _, count in spans
    ):
        return _HIGH_IDS.start + secrets.randbelow(len(_HIGH_IDS))
    first, _, count = max(spans, key=lambda span: span[2])
    if count < 4096:
        return 65534
    return first + count // 2 + secrets.randbelow(count // 2 - 1)
