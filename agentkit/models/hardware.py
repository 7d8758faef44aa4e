"""Whether a checkpoint fits this machine: memory, and what MXFP4 needs.

transformers answers both questions by doing something else: it turns MXFP4 into bfloat16, three
times the size, and moves what does not fit to the disk, a hundred times slower. Here both are a
sentence. Estimates count weights only. Not checked: explicit device maps, which are taken as meant.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.errors import ModelLoadError, UserError
from agentkit.models.checkpoint import Checkpoint

_MXFP4_CAPABILITY = (7, 5)
_MXFP4_TRITON = (3, 4)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and in which numbers a model shall run.

    Args:
        device_map: as transformers takes it: "auto", "cpu", "cuda", "cuda:1" or a dict of modules.
        dtype: "auto" for the checkpoint's own, or "float32", "bfloat16", "float16".
        dequantize: turn MXFP4 into bfloat16.
        processes: how many of them share the model's experts, a GPU each; then there is no device
            map.
    """

    device_map: str | dict[str, Any] = "auto"
    dtype: str = "auto"
    dequantize: bool = False
    processes: int = 1


def check_installed() -> None:
    """Check for the packages of the `local` extra, without importing them.

    Raises:
        UserError: one is missing.
    """
    wanted = ("torch", "transformers", "accelerate", "safetensors")
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"Running a model in this process needs {' and '.join(missing)}:"
            " pip install 'agentkit[local]'"
        )


def check_fits(checkpoint: Checkpoint, placement: Placement) -> None:
    """Check that the checkpoint can be loaded as asked.

    Raises:
        ModelLoadError: MXFP4 cannot run here, or memory is short; with the numbers and a way out.
    """
    if checkpoint.is_mxfp4 and not placement.dequantize:
        lacks = mxfp4_lacks(placement)
        if lacks:
            raise ModelLoadError(_mxfp4_sentence(checkpoint, lacks))
    if placement.processes > 1:
        _check_shared(checkpoint, placement)
        return
    if isinstance(placement.device_map, dict):
        return
    needed = checkpoint.weights_bytes(placement.dtype, placement.dequantize)
    where, free = _memory_of(placement.device_map)
    if needed > free:
        raise ModelLoadError(
            f"{checkpoint.name} needs {gigabytes(needed)} for its weights and {where} has"
            f" {gigabytes(free)} free. {_way_out(checkpoint, placement)}"
        )


def _check_shared(checkpoint: Checkpoint, placement: Placement) -> None:
    """Check that each process has a GPU with room for its share; without any, main memory for all.

    Raises:
        ModelLoadError: see `check_fits`.
    """
    import torch

    count = placement.processes
    each = checkpoint.weights_bytes(placement.dtype, placement.dequantize, count)
    rooms = [("this machine", count * each, free_memory())]
    if torch.cuda.is_available():
        if torch.cuda.device_count() < count:
            raise ModelLoadError(
                f"{count} processes need a GPU each and there are {torch.cuda.device_count()} here."
            )
        rooms = [
            (f"the GPU cuda:{index}", each, int(torch.cuda.mem_get_info(index)[0]))
            for index in range(count)
        ]
    for where, needed, free in rooms:
        if needed > free:
            raise ModelLoadError(
                f"{checkpoint.name} in {count} processes needs {gigabytes(needed)} for its weights"
                f" on {where}, which has {gigabytes(free)} free."
            )


def mxfp4_lacks(placement: Placement) -> str | None:
    """What is missing to run MXFP4 as it is, and its remedy; None when nothing is."""
    import torch

    if not torch.cuda.is_available() or placement.device_map == "cpu":
        return "there is no CUDA GPU; use a machine with one (16 GB for gpt-oss-20b)"
    if torch.cuda.get_device_capability() < _MXFP4_CAPABILITY:
        return f"{torch.cuda.get_device_name()} is too old; use a GPU of compute capability 7.5 up"
    if _version("triton") < _MXFP4_TRITON:
        return "triton 3.4 or newer is missing: pip install 'triton>=3.4'"
    if not _version("kernels"):
        return "the package kernels is missing: pip install kernels"
    return None


def free_memory() -> int:
    """Bytes of main memory that a new process could take, within the limits of its container."""
    limits = [_system_free(), *_cgroup_free()]
    return max(0, min(limits))


def gigabytes(count: float) -> str:
    """A size for people: decimal gigabytes, as model cards give them."""
    return f"{count / 1e9:.1f} GB" if count < 1e10 else f"{count / 1e9:.0f} GB"


def _memory_of(device_map: str) -> tuple[str, int]:
    import torch

    if device_map == "cpu" or not torch.cuda.is_available():
        return "this machine", free_memory()
    if ":" in device_map:
        return f"the GPU {device_map}", int(torch.cuda.mem_get_info(device_map)[0])
    if device_map == "cuda":
        return "the GPU", int(torch.cuda.mem_get_info()[0])
    count = torch.cuda.device_count()
    free = sum(int(torch.cuda.mem_get_info(index)[0]) for index in range(count))
    return ("the GPU" if count == 1 else f"{count} GPUs together"), free


def _mxfp4_sentence(checkpoint: Checkpoint, lacks: str) -> str:
    return (
        f"{checkpoint.name} is quantised to MXFP4, which cannot run here: {lacks}. Without it the"
        " weights become bfloat16, which need"
        f" {gigabytes(checkpoint.weights_bytes(dequantize=True))};"
        " if that is what you want, pass dequantize=True, or --dequantize on the command line."
    )


def _way_out(checkpoint: Checkpoint, placement: Placement) -> str:
    if checkpoint.is_mxfp4 and placement.dequantize:
        packed = gigabytes(checkpoint.weights_bytes())
        return f"Without dequantize=True (a CUDA GPU, triton and kernels) it needs {packed}."
    return "Free some, take a smaller model, or give an explicit device_map to split it."


def _version(package: str) -> tuple[int, ...]:
    """The installed version as numbers; empty when it is not installed."""
    try:
        return tuple(map(int, re.findall(r"\d+", importlib.metadata.version(package))[:2]))
    except importlib.metadata.PackageNotFoundError:
        return ()


def _system_free() -> int:
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvail"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _cgroup_free() -> list[int]:
    """What the memory limits of this process's cgroups, version 2 and 1, leave."""
    try:
        lines = Path("/proc/self/cgroup").read_text("ascii").splitlines()
    except OSError:
        return []
    folders = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            folders += [Path("/sys/fs/cgroup" + path), Path("/sys/fs/cgroup")]
        elif "memory" in controllers.split(","):
            folders += [Path("/sys/fs/cgroup/memory" + path), Path("/sys/fs/cgroup/memory")]
    return [free for folder in folders if (free := _left_in(folder)) is not None]


def _left_in(cgroup: Path) -> int | None:
    """Limit less usage, the file cache not counted; None without a limit."""
    for limit, usage in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        try:
            most = (cgroup / limit).read_text("ascii").strip()
            used = int((cgroup / usage).read_text("ascii"))
            stat = (cgroup / "memory.stat").read_text("ascii")
        except OSError:
            continue
        if most == "max":
            return None
        cache = re.findall(r"^(?:in)?active_file (\d+)$", stat, re.MULTILINE)
        return int(most) - used + sum(map(int, cache))
    return None
