"""What code in a notebook may use. Plain numbers; enforcing them is the business of the backends.

Not covered: CPU share (only wall time is limited) and host memory held by kernel objects other
than pages of processes and files, such as socket buffers, where no cgroup can be made.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one notebook.

    Args: memory: bytes that processes may hold. One process that asks for more gets a
        `MemoryError`; all of
            them together going over it costs the notebook its kernel.
        processes: processes and threads at one time.
        disk: bytes in `/mnt/data`. `/tmp` and `/dev/shm` have a quarter of it each.
        files: files and directories in `/mnt/data`, in `/tmp` and in `/dev/shm`, each. Over it the
            sandbox is killed: an empty file costs memory, too.
        cell_timeout: wall seconds for one cell as a whole.
        interrupt_grace: seconds a cell has to stop after it was interrupted, before its kernel is
            killed.
        output: characters of stdout and stderr kept from one cell, beginning and end.
        message: bytes of the largest message accepted from the kernel (a plot is one message).
        start_timeout: seconds for the kernel to come up.

    Raises:
        ValueError: a limit is not positive, or too small for a kernel to start in.
    """

    memory: int = GIB
    processes: int = 128
    disk: int = 512 * MIB
    files: int = 100_000
    cell_timeout: float = 120.0
    interrupt_grace: float = 2.0
    output: int = MIB
    message: int = 32 * MIB
    start_timeout: float = 60.0

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ValueError(
                    f"Limits.{name} must be at least {least}, not {getattr(self, name)}"
                )
        for name in ("cell_timeout", "interrupt_grace", "start_timeout"):
            if not getattr(self, name) > 0:
                raise ValueError(f"Limits.{name} must be more than 0 seconds")

    @property
    def scratch(self) -> int:
        """Bytes of `/tmp` and of `/dev/shm`, each."""
        return max(self.disk // 4, MIB)


_LEAST = {
    "memory": 192 * MIB,
    "processes": 24,
    "disk": MIB,
    "files": 1000,
    "output": 1000,
    "message": 64 * 1024,
}
