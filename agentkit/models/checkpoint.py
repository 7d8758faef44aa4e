"""A gpt-oss checkpoint on disk: where it is, what its config says, whether its files are whole.

Reads JSON and safetensors headers only, without torch, so that a wrong name, a wrong architecture
or a broken download is told at once and not after a minute of loading. Knows nothing of hardware;
`agentkit.models.hardware` does.
"""

from __future__ import annotations

import difflib
import json
import re
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies

from agentkit.errors import ModelLoadError
from agentkit.models.base import Sampling

_HUB_SECONDS = 5
_WANTED = ["*.json", "*.safetensors"]
_UNWANTED = ["original/*", "metal/*"]
_DTYPE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
_MXFP4_BYTES = 4.25 / 8
"""Four bits for each number, and eight for each block of 32."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says about itself.

    Args:
        name: what the user called it.
        folder: where its files are.
        config: `config.json`.
        generation: `generation_config.json`, empty when there is none.
    """

    name: str
    folder: Path
    config: Mapping[str, Any]
    generation: Mapping[str, Any]

    @property
    def context_length(self) -> int:
        """Most tokens of prompt and output together."""
        return int(self.config["max_position_embeddings"])

    @property
    def sampling(self) -> Sampling:
        """The sampling the checkpoint recommends; gpt-oss's own when it says nothing."""
        if not self.generation:
            return Sampling()
        if not self.generation.get("do_sample"):
            return Sampling(temperature=0.0)
        return Sampling(
            temperature=float(self.generation.get("temperature") or 1.0),
            top_p=float(self.generation.get("top_p") or 1.0),
            top_k=int(self.generation.get("top_k") or 0),
            min_p=float(self.generation.get("min_p") or 0.0),
        )

    @property
    def is_mxfp4(self) -> bool:
        """Whether the experts are stored in MXFP4."""
        quantization = self.config.get("quantization_config") or {}
        return quantization.get("quant_method") == "mxfp4"

    @property
    def windows(self) -> list[int | None]:
        """For each layer its sliding window in positions; None for full attention."""
        window = self.config.get("sliding_window", 128)
        count = int(self.config["num_hidden_layers"])
        kinds = self.config.get("layer_types") or [
            "full_attention" if layer % 2 else "sliding_attention" for layer in range(count)
        ]
        return [window if kind == "sliding_attention" else None for kind in kinds]

    @property
    def parameters(self) -> int:
        """How many numbers the model has, by the architecture of gpt-oss."""
        return self._expert_weights + self._other_parameters

    def weights_bytes(
        self, dtype: str = "auto", dequantize: bool = False, processes: int = 1
    ) -> int:
        """The memory that the weights take once loaded, in each process.

        Args:
            dtype: as given to `TransformersModel`.
            dequantize: whether MXFP4 is turned into bfloat16.
            processes: how many share the experts.
        """
        expert_weights = self._expert_weights / processes
        if self.is_mxfp4 and not dequantize:
            return int(expert_weights * _MXFP4_BYTES + self._other_parameters * 2)
        if dtype == "auto":
            dtype = self.config.get("dtype") or self.config.get("torch_dtype") or "float32"
        size = 2 if self.is_mxfp4 else _DTYPE_BYTES.get(dtype, 4)
        return int((expert_weights + self._other_parameters) * size)

    @property
    def _expert_weights(self) -> int:
        """The matrices of all experts, which MXFP4 packs."""
        get = self.config.__getitem__
        one = 3 * get("hidden_size") * get("intermediate_size")
        return int(get("num_hidden_layers") * get("num_local_experts") * one)

    @property
    def _other_parameters(self) -> int:
        get = self.config.__getitem__
        hidden, experts = get("hidden_size"), get("num_local_experts")
        query = get("num_attention_heads") * get("head_dim")
        key_value = get("num_key_value_heads") * get("head_dim")
        attention = hidden * (2 * query + 2 * key_value) + query + 2 * key_value + hidden
        biases = experts * (2 * get("intermediate_size") + hidden)
        layer = (
            attention + get("num_attention_heads") + biases + experts * (hidden + 1) + 2 * hidden
        )
        embeddings = get("vocab_size") * hidden * (1 if get("tie_word_embeddings") else 2)
        return int(get("num_hidden_layers") * layer + embeddings + hidden)


def find_checkpoint(name_or_path: str | Path) -> Checkpoint:
    """Find and read a checkpoint: a folder, or a model of the Hugging Face hub.

    The hub's cache on this machine is tried first; of a model that is not there only the config
    is fetched here.

    Raises:
        ModelLoadError: there is none, or it is not a gpt-oss.
    """
    name = str(name_or_path)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return read_checkpoint(folder, name)
    if isinstance(name_or_path, Path) or _looks_like_path(name):
        raise ModelLoadError(f"There is no model folder {name}.{_near_folder(folder)}")
    return read_checkpoint(_hub_folder(name), name)


def read_checkpoint(folder: Path, name: str) -> Checkpoint:
    """Read the config of the checkpoint in `folder`.

    Raises:
        ModelLoadError: there is no readable `config.json`, or it is not a gpt-oss's.
    """
    config = _read_json(folder / "config.json")
    if config is None:
        raise ModelLoadError(f"{folder} is not a model folder: it has no config.json.")
    kind = config.get("model_type")
    if kind != "gpt_oss":
        raise ModelLoadError(
            f"{name} is a {kind!r} model. agentkit speaks Harmony token by token, which only"
            " gpt-oss models (model_type 'gpt_oss') were trained to do."
        )
    generation = _read_json(folder / "generation_config.json") or {}
    return Checkpoint(name, folder, _GPT_OSS_DEFAULTS | config, generation)


def complete_download(checkpoint: Checkpoint) -> None:
    """Fetch the weights of a hub model that are not on this machine yet, then check all files.

    Raises:
        ModelLoadError: the hub cannot be reached, or a file is missing or damaged.
    """
    if _missing_files(checkpoint.folder) and "/snapshots/" in checkpoint.folder.as_posix():
        import huggingface_hub
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

        _probe_hub(checkpoint.name)
        try:
            huggingface_hub.snapshot_download(
                checkpoint.name,
                revision=checkpoint.folder.name,
                allow_patterns=_WANTED,
                ignore_patterns=_UNWANTED,
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise ModelLoadError(f"Downloading {checkpoint.name} failed: {error}") from error
    check_files(checkpoint.folder)


def check_files(folder: Path) -> None:
    """Check that all safetensors files are there and as long as their headers say.

    Raises:
        ModelLoadError: the first file that is missing, cut off or no safetensors file.
    """
    missing = _missing_files(folder)
    if missing:
        raise ModelLoadError(f"{folder} has no {missing[0]}: the checkpoint is not complete.")
    for file in sorted(folder.glob("*.safetensors")):
        if fault := _fault(file):
            raise ModelLoadError(
                f"{file} is damaged ({fault}); download or copy it again. Its size is"
                f" {file.stat().st_size:,} bytes."
            )


def _missing_files(folder: Path) -> list[str]:
    index = _read_json(folder / "model.safetensors.index.json")
    if index is None:
        return [] if any(folder.glob("*.safetensors")) else ["*.safetensors file"]
    names = sorted(set(index.get("weight_map", {}).values()))
    return [name for name in names if not (folder / name).is_file()]


def _fault(file: Path) -> str | None:
    """What is wrong with a safetensors file, as far as its header tells (huggingface/safetensors:
    8 bytes of length, a JSON object with the offsets of each tensor, then the tensors)."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        if length + 8 > size:
            return "cut off within its header"
        try:
            header = json.loads(stream.read(length))
            ends = [part["data_offsets"][1] for key, part in header.items() if key[:2] != "__"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return "its header is not one of safetensors"
    expected = 8 + length + max(ends, default=0)
    return None if size == expected else f"its header tells of {expected:,} bytes"


def _read_json(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelLoadError(f"{file} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelLoadError(f"{file} holds no JSON object.")
    return content


def _looks_like_path(name: str) -> bool:
    return name.startswith(("/", ".", "~")) or name.count("/") > 1


def _near_folder(folder: Path) -> str:
    """A hint at a folder of nearly the same name beside it."""
    if not folder.parent.is_dir():
        return f" Nor is there a folder {folder.parent}."
    beside = [entry.name for entry in folder.parent.iterdir() if entry.is_dir()]
    near = difflib.get_close_matches(folder.name, beside, 1)
    return f" Did you mean {folder.parent / near[0]}?" if near else ""


_SHORT_NAME = re.compile("gpt-oss[-:](20b|120b)", re.IGNORECASE)
"""What people call the models; the second form is Ollama's."""


def _hub_folder(name: str) -> Path:
    """The folder of the hub's cache that holds the config of model `name`, fetched if need be."""
    import huggingface_hub
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        if short := _SHORT_NAME.fullmatch(name):
            raise ModelLoadError(
                f"There is no folder {name!r} on this machine; on the Hugging Face hub the model is"
                f" openai/gpt-oss-{short[1].lower()}."
            )
        cached = huggingface_hub.try_to_load_from_cache(name, "config.json")
        if isinstance(cached, str):
            return Path(cached).parent
        _probe_hub(name)
        for file in ("generation_config.json", "config.json"):
            path = _fetch(name, file)
    except HFValidationError:
        raise ModelLoadError(
            f"{name!r} is no folder on this machine and cannot be the name of a hub model."
        ) from None
    except RepositoryNotFoundError:
        raise ModelLoadError(
            f"There is no folder {name!r} on this machine and no such model (or no access to it)"
            " on the Hugging Face hub."
        ) from None
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelLoadError(
            f"Fetching {name} from the Hugging Face hub failed: {error}"
        ) from error
    if path is None:
        raise ModelLoadError(f"The hub's {name} has no config.json.")
    return path.parent


def _fetch(name: str, file: str) -> Path | None:
    import huggingface_hub
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        return Path(huggingface_hub.hf_hub_download(name, file, etag_timeout=_HUB_SECONDS))
    except LocalEntryNotFoundError:
        raise
    except EntryNotFoundError:
        return None


def _probe_hub(name: str) -> None:
    """Fail at once when the hub cannot be reached: its client retries for half a minute."""
    from huggingface_hub import constants

    reason: object = "HF_HUB_OFFLINE is set"
    if not constants.HF_HUB_OFFLINE:
        if getproxies():
            return
        address = urlsplit(constants.ENDPOINT)
        port = address.port or (80 if address.scheme == "http" else 443)
        try:
            socket.create_connection((cast(str, address.hostname), port), _HUB_SECONDS).close()
            return
        except OSError as error:
            reason = error
    raise ModelLoadError(
        f"{name!r} is no folder on this machine and its weights are not all in the Hugging Face"
        f" cache; the hub cannot be reached ({reason}). Give the path of a model folder, or run"
        f" `hf download {name}` where there is a network."
    )


_GPT_OSS_DEFAULTS: dict[str, Any] = {
    "max_position_embeddings": 131_072,
    "num_hidden_layers": 36,
    "num_local_experts": 128,
    "vocab_size": 201_088,
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "head_dim": 64,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "tie_word_embeddings": False,
}
