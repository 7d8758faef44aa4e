"""A process that shares a model with the one that started it: `python -m agentkit.models.follower`.

It reads lines of JSON: what to load, and then for every pass which ids to compute after which
cache. It keeps KV caches like those of the first process under that one's numbers, computes, and
throws the results away: they are the same. It ends with its input.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch

from agentkit.models import parallel
from agentkit.models.checkpoint import read_checkpoint
from agentkit.models.engine import load_weights
from agentkit.models.hardware import Placement
from agentkit.models.kv_cache import KVCache
from agentkit.models.ragged import Segment, forward


def follow() -> None:
    """Load the model that the first line names, then compute what the others say."""
    lines = iter(sys.stdin.readline, "")
    task = json.loads(next(lines))
    parallel.join(task["rank"], task["count"], task["port"])
    checkpoint = read_checkpoint(Path(task["folder"]), task["folder"])
    placement = Placement(
        dtype=task["dtype"], dequantize=task["dequantize"], processes=task["count"]
    )
    model = load_weights(checkpoint, placement, task["options"])
    caches: dict[int, KVCache] = {}
    for line in lines:
        _step(model, checkpoint.windows, caches, json.loads(line))
    parallel.leave()


@torch.inference_mode()
def _step(
    model: Any, windows: list[int | None], caches: dict[int, KVCache], work: dict[str, Any]
) -> None:
    """One pass, as the first process computes it."""
    for key in work["forget"]:
        caches.pop(key, None)
    segments = []
    for key, length, ids in work["compute"]:
        cache = caches.setdefault(key, KVCache(windows))
        cache.rewind(length)
        segments.append(Segment(cache, ids))
    forward(model, segments)


if __name__ == "__main__":
    follow()
