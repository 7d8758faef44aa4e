"""What makes an agent what it is, as JSON: the settings that results go by.

Says nothing that differs between machines, such as paths: the same model in another folder is the
same model. A checkpoint is told apart by its revision on the hub or by a digest of what its files
hold, so that another training of the same size counts as another model.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from pathlib import Path
from typing import Any

from agentkit.agent import Agent
from agentkit.models.base import Capabilities, Sampling
from agentkit.serialise import to_json

_SAMPLE = 1 << 20
"""Bytes read at the start, in the middle and at the end of a file of weights: enough to tell two
trainings apart without reading tens of gigabytes."""


def described(agent: Agent[Any, Any]) -> dict[str, Any]:
    """Model, sampling, reasoning, limits, tools and instructions of an agent.

    The model's config is read if it was not yet, which may take a moment; weights are not loaded.

    Raises:
        ModelLoadError: there is no such model.
    """
    capabilities = agent.model.capabilities
    return {
        "model": _model_name(capabilities),
        "checkpoint": _checkpoint(capabilities.checkpoint),
        "reasoning": agent.reasoning,
        "sampling": sampling_of(agent.sampling or capabilities.sampling),
        "limits": dataclasses.asdict(agent.limits),
        "tools": [tool.name for tool in agent.tools],
        "instructions": digest_of(agent.instructions),
        **_prompted(agent),
    }


def _prompted(agent: Agent[Any, Any]) -> dict[str, str]:
    """Digests of what else of the agent stands in its prompts; nothing for what it has not."""
    prompt = agent.prompt()
    parts = {
        "descriptions": prompt.tools,
        "output": prompt.response_formats,
        "choice": agent.tool_choice if agent.tool_choice != "auto" else (),
        "strict": [tool.name for tool in agent.tools if tool.strict],
    }
    return {name: digest_of(to_json(part)) for name, part in parts.items() if part}


def sampling_of(sampling: Sampling) -> dict[str, Any]:
    """Sampling without its seed, which every trial has one of its own of."""
    fields = dataclasses.asdict(sampling)
    del fields["seed"]
    return fields


def digest_of(text: str) -> str:
    """A short hash of a text; empty for none."""
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:16] if text else ""


def _model_name(capabilities: Capabilities) -> str:
    """As the model is called; a folder by its last part alone."""
    name = capabilities.name
    given = Path(name).expanduser()
    is_folder = capabilities.checkpoint is not None and given.is_dir()
    return given.resolve().name if is_folder else name


def _checkpoint(folder: Path | None) -> str:
    if folder is None:
        return ""
    if folder.parent.name == "snapshots":  # the hub's cache: the folder is named by the revision
        return folder.name
    return _digest_of_folder(folder.resolve())


@functools.lru_cache(maxsize=16)
def _digest_of_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted((*folder.glob("*.json"), *folder.glob("*.safetensors"))):
        size = file.stat().st_size
        digest.update(f"{file.name} {size}\n".encode())
        with file.open("rb") as stream:
            for start in sorted({0, max(size // 2, 0), max(size - _SAMPLE, 0)}):
                stream.seek(start)
                digest.update(stream.read(_SAMPLE))
    return digest.hexdigest()[:16]
