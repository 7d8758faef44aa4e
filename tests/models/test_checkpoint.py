"""What cannot be loaded is refused with a sentence: before the weights where possible."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import ModelLoadError, UserError
from agentkit.models.base import Sampling
from agentkit.models.checkpoint import find_checkpoint
from agentkit.models.transformers import TransformersModel

GPT_OSS_20B: dict[str, Any] = {
    "model_type": "gpt_oss",
    "num_hidden_layers": 24,
    "num_local_experts": 32,
    "quantization_config": {"quant_method": "mxfp4"},
}
GPT_OSS_120B = GPT_OSS_20B | {"num_hidden_layers": 36, "num_local_experts": 128}


def folder_with(path: Path, config: object) -> Path:
    path.mkdir()
    (path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    return path


@pytest.fixture
def copy(checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the random gpt-oss to break."""
    return shutil.copytree(checkpoint, tmp_path / "copy")


async def failure(path: str | Path, **arguments: Any) -> str:
    """Why loading failed."""
    with pytest.raises(ModelLoadError) as caught:
        await load(path, **arguments)
    return str(caught.value)


async def load(path: str | Path, **arguments: Any) -> None:
    model = TransformersModel(path, **arguments)
    try:
        await model.load()
    finally:
        await model.close()


async def test_a_missing_folder_is_named_with_a_near_one(checkpoint: Path) -> None:
    reason = await failure(str(checkpoint)[:-1])
    assert reason.startswith("There is no model folder")
    assert f"Did you mean {checkpoint}?" in reason
    assert "Nor is there a folder" in await failure("/nowhere/at/all")


async def test_an_unreachable_hub_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("agentkit.models.checkpoint.getproxies", dict)
    start = time.monotonic()
    reason = await failure("someone/no-such-gpt-oss")
    assert time.monotonic() - start < 2
    assert "cannot be reached" in reason
    assert "hf download someone/no-such-gpt-oss" in reason
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in await failure("someone/no-such-gpt-oss")


@pytest.mark.parametrize("name", ["gpt-oss-20b", "gpt-oss:20b", "GPT-OSS-20B"])
async def test_a_name_without_its_owner_is_told_in_full(name: str) -> None:
    assert "the model is openai/gpt-oss-20b." in await failure(name)


async def test_a_name_that_cannot_be_one_is_refused() -> None:
    assert "cannot be the name of a hub model" in await failure("my model!")


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_type": "llama"}, "is a 'llama' model"),
        ({}, "is a None model"),
        ("[]", "holds no JSON object"),
        ("{", "cannot be read"),
    ],
)
async def test_what_is_no_gpt_oss_is_refused(tmp_path: Path, config: object, reason: str) -> None:
    assert reason in await failure(folder_with(tmp_path / "other", config))


async def test_a_folder_without_config_is_refused(tmp_path: Path) -> None:
    assert "has no config.json" in await failure(tmp_path)


@pytest.mark.parametrize(
    ("config", "size"), [(GPT_OSS_20B, "42 GB"), (GPT_OSS_120B, "234 GB")], ids=["20b", "120b"]
)
async def test_mxfp4_is_never_turned_into_bfloat16_silently(
    tmp_path: Path, config: dict[str, Any], size: str
) -> None:
    reason = await failure(folder_with(tmp_path / "packed", config), device_map="cpu")
    assert "MXFP4, which cannot run here: there is no CUDA GPU" in reason
    assert f"bfloat16, which need {size}" in reason
    assert "dequantize=True" in reason


async def test_too_little_memory_is_told_with_numbers(tmp_path: Path) -> None:
    path = folder_with(tmp_path / "packed", GPT_OSS_120B | {"num_hidden_layers": 36_000})
    reason = await failure(path, device_map="cpu", dequantize=True)
    assert "needs 231344 GB for its weights and this machine has" in reason
    assert "Without dequantize=True (a CUDA GPU, triton and kernels) it needs 62935 GB" in reason
    huge = {key: value for key, value in GPT_OSS_120B.items() if key != "quantization_config"}
    path = folder_with(tmp_path / "plain", huge | {"num_hidden_layers": 36_000})
    assert "this machine has" in await failure(path, device_map="cpu")


async def test_the_estimate_of_the_released_models(tmp_path: Path) -> None:
    small = find_checkpoint(folder_with(tmp_path / "20b", GPT_OSS_20B))
    large = find_checkpoint(folder_with(tmp_path / "120b", GPT_OSS_120B))
    assert (small.parameters, large.parameters) == (20_914_757_184, 116_829_156_672)
    # The sizes of the published files: 13.76 and 65.25 GB.
    assert small.weights_bytes() == pytest.approx(13.76e9, rel=0.01)
    assert large.weights_bytes() == pytest.approx(65.25e9, rel=0.01)


def test_the_estimate_counts_every_parameter(checkpoint: Path) -> None:
    import safetensors

    with safetensors.safe_open(checkpoint / "model.safetensors", "pt") as file:
        sizes = [file.get_tensor(name).numel() for name in file.keys()]  # noqa: SIM118
    assert find_checkpoint(checkpoint).parameters == sum(sizes)
    assert find_checkpoint(checkpoint).weights_bytes("bfloat16") == 2 * sum(sizes)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])


def cut_header(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def scribble(file: Path) -> None:
    file.write_bytes(b"\x10" + bytes(7) + b"<html>404</html>")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut, "is damaged (its header tells of"),
        (cut_header, "cut off within its header"),
        (scribble, "its header is not one of safetensors"),
        (Path.unlink, "has no *.safetensors file"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_damaged_file_is_named(
    copy: Path, damage: Callable[[Path], object], reason: str
) -> None:
    damage(copy / "model.safetensors")
    assert reason in await failure(copy, device_map="cpu")


async def test_a_missing_shard_is_named(copy: Path) -> None:
    index = {"weight_map": {"lm_head.weight": "model-00002-of-00002.safetensors"}}
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "has no model-00002-of-00002.safetensors" in await failure(copy, device_map="cpu")


async def test_missing_weights_are_not_replaced_by_random_ones(copy: Path) -> None:
    from safetensors import torch as safetensors

    tensors = safetensors.load_file(copy / "model.safetensors")
    del tensors["model.norm.weight"]
    safetensors.save_file(tensors, copy / "model.safetensors", {"format": "pt"})
    assert "lacks 1 of the model's weights, 'model.norm.weight'" in await failure(
        copy, device_map="cpu"
    )


async def test_weights_of_another_shape_are_refused(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | {"vocab_size": 100}))
    assert "transformers cannot load" in await failure(copy, device_map="cpu")


def test_missing_packages_are_named_with_the_extra(checkpoint: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = sys.modules['accelerate'] = None\n"
        "from agentkit.models.transformers import TransformersModel\n"
        f"TransformersModel({str(checkpoint)!r})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "needs torch and accelerate: pip install 'agentkit[local]'" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [({"max_context": 5000}, "allows 1 to 4,096"), ({"prefill_chunk": 0}, "at least 1")],
)
def test_arguments_that_cannot_be_right_are_refused(
    checkpoint: Path, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        TransformersModel(checkpoint, **arguments)


@pytest.mark.parametrize(
    ("generation", "sampling"),
    [
        (None, Sampling()),
        ({"do_sample": True}, Sampling()),
        ({"do_sample": True, "temperature": 0.5, "top_k": 9}, Sampling(0.5, top_k=9)),
        ({"temperature": 0.5}, Sampling(temperature=0.0)),
    ],
)
def test_the_checkpoint_recommends_its_sampling(
    tmp_path: Path, generation: dict[str, Any] | None, sampling: Sampling
) -> None:
    path = folder_with(tmp_path / "model", GPT_OSS_20B)
    if generation is not None:
        (path / "generation_config.json").write_text(json.dumps(generation))
    capabilities = TransformersModel(path).capabilities
    assert capabilities.sampling == sampling
    assert capabilities.context_length == 131_072


def test_reading_a_checkpoint_does_not_import_torch(checkpoint: Path) -> None:
    code = (
        "import sys; from agentkit.models.transformers import TransformersModel\n"
        f"TransformersModel({str(checkpoint)!r})\n"
        "assert not {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
