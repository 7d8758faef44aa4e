"""A pass of a gpt-oss that is split over two devices by layers, as accelerate splits it.

Run as a process of its own: it gives torch a kind of device that stands for GPUs. Its tensors have
shapes and devices and no numbers, so nothing is computed; but whatever brings tensors of two
devices together fails, as it would on two GPUs.
"""

from __future__ import annotations

import torch
from accelerate.hooks import attach_align_device_hook_on_blocks
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend
from transformers import GptOssConfig, GptOssForCausalLM

from agentkit.models.kv_cache import KVCache
from agentkit.models.ragged import Segment, forward, install

KIND = "standin"
PLACES = {
    "model.embed_tokens": 0,
    "model.rotary_emb": 1,
    "model.layers.0": 0,
    "model.layers.1": 0,
    "model.layers.2": 1,
    "model.layers.3": 1,
    "model.norm": 1,
    "lm_head": 1,
}
WINDOW = 8


def split_model() -> GptOssForCausalLM:
    """A gpt-oss of four layers, two on each device."""
    config = GptOssConfig(
        num_hidden_layers=len([place for place in PLACES if "layers" in place]),
        num_local_experts=4,
        vocab_size=128,
        hidden_size=64,
        intermediate_size=32,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        sliding_window=WINDOW,
    )
    config._experts_implementation = "batched_mm"
    model = GptOssForCausalLM(config).eval()
    model.set_attn_implementation("eager")
    for name, held in [*model.named_parameters(), *model.named_buffers()]:
        module, _, attribute = name.rpartition(".")
        place = next(index for part, index in PLACES.items() if name.startswith(part))
        moved = torch.empty_like(held, device=f"{KIND}:{place}")
        is_parameter = isinstance(held, torch.nn.Parameter)
        setattr(
            model.get_submodule(module),
            attribute,
            torch.nn.Parameter(moved, requires_grad=False) if is_parameter else moved,
        )
    devices = {part: torch.device(KIND, index) for part, index in PLACES.items()}
    attach_align_device_hook_on_blocks(
        model,
        execution_device={**devices, "": torch.device(KIND, 0)},
        offload=dict.fromkeys(PLACES, False),
        skip_keys=model._skip_keys_device_placement,
    )
    return model


def main() -> None:
    """Two prompts, the longer one past the window, then an id for each."""
    _setup_privateuseone_for_python_backend(KIND)
    with FakeTensorMode(allow_non_fake_inputs=True), torch.no_grad():
        model = split_model()
        install(model)
        kinds = model.config.layer_types
        windows = [WINDOW if kind == "sliding_attention" else None for kind in kinds]
        first, second = KVCache(windows), KVCache(windows)
        for ids in ([*range(3 * WINDOW)], [3, 4, 5]), ([1], [2]):
            segments = [
                Segment(cache, part) for cache, part in zip((first, second), ids, strict=True)
            ]
            logits = forward(model, segments)
            print(tuple(logits.shape), logits.device)


if __name__ == "__main__":
    main()
