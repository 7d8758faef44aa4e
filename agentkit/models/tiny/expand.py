"""The compact form of the bundled model's weights, and back.

Compact means: matrices as small integers with one float16 scale for every 64 of a row, vectors as
float16, and of the embedding table only the rows that training changed, as differences from
`codes.base_rows`.
Writing is for the trainer, reading for everyone.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agentkit.models.tiny.codes import base_rows

Array = npt.NDArray[Any]

SCALE = "#scale"
"""Suffix of the name of a matrix's scales."""

BLOCK = 64
LEVELS = 25

GENERATION = {
    "do_sample": False,
    "eos_token_id": [200_002, 199_999, 200_012],
    "pad_token_id": 199_999,
}


def pack(
    file: Path,
    configuration: Mapping[str, Any],
    tensors: Mapping[str, Array],
    active: Array,
    delta: Array,
) -> None:
    """Write the compact weights.

    Args:
        file: the `.npz` to write.
        configuration: the model's `config.json`.
        tensors: everything but the embedding table, by transformers' names.
        active: ids whose rows were trained.
        delta: what training added to their rows.
    """
    arrays: dict[str, Array] = {
        "configuration": np.frombuffer(json.dumps(dict(configuration)).encode(), np.uint8),
        "active": active.astype(np.int32),
    }
    for name, tensor in {**tensors, "delta": delta}.items():
        if tensor.ndim == 1:
            arrays[name] = tensor.astype(np.float16)
        else:
            arrays[name], arrays[name + SCALE] = _quantise(tensor)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            with archive.open(_member(name), "w") as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _member(name: str) -> zipfile.ZipInfo:
    """An entry of the archive without a date, so that the same weights give the same file."""
    entry = zipfile.ZipInfo(f"{name}.npy")
    entry.compress_type = zipfile.ZIP_LZMA
    return entry


def unpack(file: Path) -> tuple[dict[str, Any], dict[str, Array], Array, Array]:
    """What `pack` was given, at the precision that was kept."""
    with np.load(file, allow_pickle=False) as stored:
        arrays = dict(stored)
    configuration = json.loads(arrays.pop("configuration").tobytes())
    active = arrays.pop("active")
    tensors = {
        name: _restored(array, arrays.get(name + SCALE))
        for name, array in arrays.items()
        if not name.endswith(SCALE)
    }
    return configuration, tensors, active, tensors.pop("delta")


def expand(file: Path, tokens: Sequence[bytes], folder: Path) -> None:
    """Write a checkpoint folder as `save_pretrained` would, in float32.

    Args:
        file: the compact weights.
        tokens: the bytes of the ordinary tokens, by id.
        folder: an existing folder.
    """
    from safetensors.numpy import save_file

    configuration, tensors, active, delta = unpack(file)
    table = base_rows(tokens)
    table[active] += delta
    tensors["model.embed_tokens.weight"] = table
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(configuration, indent=2) + "\n")
    (folder / "generation_config.json").write_text(json.dumps(GENERATION, indent=2) + "\n")


def _quantise(tensor: Array) -> tuple[Array, Array]:
    """Integers of at most `LEVELS` and the scale of each block; blocks have their own, so that a
    large weight costs only its neighbours their precision.
    """
    blocks = _blocks(tensor)
    scales = np.abs(blocks).max(-1, keepdims=True) / LEVELS
    scales = np.maximum(scales, 1e-6).astype(np.float16)
    numbers = np.rint(blocks / scales.astype(np.float32)).clip(-LEVELS, LEVELS).astype(np.int8)
    return numbers.reshape(*tensor.shape[:-1], -1)[..., : tensor.shape[-1]], scales[..., 0]


def _restored(array: Array, scales: Array | None) -> Array:
    if scales is None:
        return array.astype(np.float32)
    values = _blocks(array).astype(np.float32) * scales[..., None].astype(np.float32)
    return values.reshape(*array.shape[:-1], -1)[..., : array.shape[-1]].copy()


def _blocks(tensor: Array) -> Array:
    """`tensor` with its last dimension in blocks, the last of them filled up with zeros."""
    lacking = -tensor.shape[-1] % BLOCK
    filled = np.pad(tensor, [(0, 0)] * (tensor.ndim - 1) + [(0, lacking)])
    return filled.reshape(*tensor.shape[:-1], -1, BLOCK)
