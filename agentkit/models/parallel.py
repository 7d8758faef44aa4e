"""One gpt-oss over several processes of this machine, a GPU each, that share its experts.

By transformers' own plan for gpt-oss every process holds attention, norms and KV caches whole and
its share of the experts and of the output layer; their results are joined in every layer, so all
must compute the same ids in the same order. The first process decides: before each pass it tells
the others, its followers, what to compute. They hear it as a line of JSON through a pipe, and end
when the pipe does. Knows processes and torch's groups of them; what a follower does is
`follower`'s. Not covered: several machines, and going on after one of the processes failed.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import socket
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from typing import IO, Any

import torch
import torch.distributed as dist

from agentkit.errors import BackendError, ModelLoadError, UserError
from agentkit.models.kv_cache import KVCache
from agentkit.models.ragged import Segment

_PATIENCE = datetime.timedelta(minutes=30)
"""How long the processes wait for one another: one may read its weights from a slow disk."""
_FAREWELL = 20
"""Seconds until a follower that does not end is killed."""


class Followers:
    """The other processes of a model, as the first one sees them.

    Args:
        count: how many processes there are in all, this one included.
        task: what a follower needs to load the model, as JSON values.

    Raises:
        UserError: `task` has something that is no JSON value, or this process is in a group of
            torch.distributed already.
        ModelLoadError: the processes did not find one another.
    """

    def __init__(self, count: int, task: Mapping[str, Any]) -> None:
        if dist.is_initialized():
            raise UserError(
                "This process is part of a group of torch.distributed already. A model over several"
                " processes starts them itself: run it without torchrun, and one at a time."
            )
        port = _free_port()
        try:
            asked = [
                json.dumps({**task, "rank": rank, "count": count, "port": port})
                for rank in range(1, count)
            ]
        except TypeError as error:
            raise UserError(
                f"With several processes options must be JSON values: {error}."
            ) from error
        self._failure: str | None = None
        self._keys: weakref.WeakKeyDictionary[KVCache, int] = weakref.WeakKeyDictionary()
        self._next = 0
        self._forgotten: list[int] = []
        self._files = contextlib.ExitStack()
        self._complaints = [self._files.enter_context(_file()) for _ in asked]
        self._processes = [
            _start(rank, count, complaint) for rank, complaint in enumerate(self._complaints, 1)
        ]
        try:
            for line in asked:
                self._tell(line)
            join(0, count, port)
        except (OSError, RuntimeError) as error:
            reason = self.fail(error)
            self.close()
            raise ModelLoadError(reason) from error

    def announce(self, segments: Sequence[Segment]) -> None:
        """Have the followers compute `segments` with this process, which must do so next.

        Raises:
            BackendError: one of the processes failed, now or before.
        """
        if self._failure:
            raise BackendError(self._failure)
        work = [
            [self._key(segment.cache), len(segment.cache.ids), segment.ids] for segment in segments
        ]
        forgotten = self._forgotten[:]
        del self._forgotten[: len(forgotten)]
        try:
            self._tell(json.dumps({"forget": forgotten, "compute": work}))
        except OSError as error:
            raise BackendError(self.fail(error)) from error

    def fail(self, error: Exception) -> str:
        """After a failure, where the processes may wait for one another for ever: end them all.

        Returns:
            What happened, with what the followers said last.
        """
        ended = [each.poll() for each in self._processes]
        said = [
            f"process {rank} of the model said: {last}"
            for rank, (code, complaint) in enumerate(zip(ended, self._complaints, strict=True), 1)
            if code is not None and (last := _last_line(complaint))
        ]
        reasons = "; ".join([*said, str(error).rstrip(".")])
        self._failure = (
            f"The processes that share the model cannot go on: {reasons}. Close this model and load"
            " it anew."
        )
        for process in self._processes:
            process.kill()
        return self._failure

    def close(self) -> None:
        """Let the followers end, and leave the group."""
        for process in self._processes:
            if process.stdin:
                with contextlib.suppress(OSError):
                    process.stdin.close()
        leave()
        for process in self._processes:
            try:
                process.wait(_FAREWELL)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._files.close()

    def _key(self, cache: KVCache) -> int:
        """The number of `cache`; it is free again once nothing here refers to the cache."""
        if cache not in self._keys:
            self._next += 1
            self._keys[cache] = self._next
            weakref.finalize(cache, self._forgotten.append, self._next).atexit = False
        return self._keys[cache]

    def _tell(self, line: str) -> None:
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(line + "\n")
            process.stdin.flush()


def join(rank: int, count: int, port: int) -> None:
    """Become one of `count` processes that compute together.

    Raises:
        RuntimeError: the others did not come.
    """
    where = f"tcp://127.0.0.1:{port}"
    if torch.cuda.is_available():
        torch.cuda.set_device(rank)
        device = torch.device("cuda", rank)
        dist.init_process_group("nccl", where, _PATIENCE, count, rank, device_id=device)
    else:
        dist.init_process_group("gloo", where, _PATIENCE, count, rank)


def leave() -> None:
    """Leave the processes that compute together."""
    if dist.is_initialized():
        dist.destroy_process_group()


def plan(count: int, tied: bool) -> Any:
    """How transformers shall spread a gpt-oss over `count` processes.

    Args:
        count: at least 2.
        tied: its output layer is the embedding table; transformers then shares neither, but joins
            results as if it did (5.23), so each process is to keep it whole.
    """
    from transformers.distributed import DistributedConfig

    whole = {"lm_head": "replicated_with_grad_allreduce"} if tied else None
    return DistributedConfig(tp_size=count, ep_size=count, tp_plan=whole)


def _start(rank: int, count: int, complaint: IO[str]) -> subprocess.Popen[str]:
    """A follower that waits for its task."""
    threads = str(max(1, (os.cpu_count() or 1) // count))
    environment = {"OMP_NUM_THREADS": threads, **os.environ, "LOCAL_RANK": str(rank)}
    return subprocess.Popen(
        [sys.executable, "-m", "agentkit.models.follower"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=complaint,
        env=environment,
        text=True,
        start_new_session=True,  # Ctrl-C is for the first process, which decides what it ends.
    )


def _file() -> IO[str]:
    return tempfile.TemporaryFile("w+", errors="replace")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _last_line(complaint: IO[str]) -> str:
    complaint.seek(0)
    lines = complaint.read().strip().splitlines()
    return lines[-1].strip() if lines else ""
