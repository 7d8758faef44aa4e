"""From the trainer's parameters to transformers' state dict, and to the compact file that agentkit
ships.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor

from agentkit.models.tiny import WEIGHTS
from agentkit.models.tiny.expand import pack
from examples.tiny_model.network import LAYERS, Layer, Network, configuration


def layer_state(layer: Layer) -> dict[str, Tensor]:
    """One layer's tensors under transformers' names."""
    attention = {"q": layer.query, "k": layer.key, "v": layer.value, "o": layer.output}
    state = {f"self_attn.{name}_proj.weight": linear.weight for name, linear in attention.items()}
    state |= {f"self_attn.{name}_proj.bias": linear.bias for name, linear in attention.items()}
    state |= {
        "self_attn.sinks": layer.sinks,
        "input_layernorm.weight": layer.input_norm,
        "post_attention_layernorm.weight": layer.expert_norm,
        "mlp.router.weight": layer.router.weight,
        "mlp.router.bias": layer.router.bias,
        "mlp.experts.gate_up_proj": layer.gate_up,
        "mlp.experts.gate_up_proj_bias": layer.gate_up_bias,
        "mlp.experts.down_proj": layer.down,
        "mlp.experts.down_proj_bias": layer.down_bias,
    }
    return {name: tensor.detach() for name, tensor in state.items()}


def trained_state(network: Network) -> dict[str, Tensor]:
    """Everything but the embedding table, under transformers' names."""
    state = {"model.norm.weight": network.norm.detach()}
    for index in range(LAYERS):
        layer = network.layers[index]
        assert isinstance(layer, Layer)
        state |= {
            f"model.layers.{index}.{name}": tensor for name, tensor in layer_state(layer).items()
        }
    return state


def state_dict(network: Network) -> dict[str, Tensor]:
    """The whole model as `GptOssForCausalLM.load_state_dict` takes it."""
    table = network.table.clone()
    with torch.no_grad():
        table[network.active] += network.delta[: len(network.active)]
    return {**trained_state(network), "model.embed_tokens.weight": table, "lm_head.weight": table}


def ship(network: Network, file: Path) -> None:
    """Write the compact weights that `agentkit.models.tiny` unpacks."""
    keep = configuration().to_dict()
    keep |= {"architectures": ["GptOssForCausalLM"], "dtype": "float32"}
    tensors = {name: tensor.numpy() for name, tensor in trained_state(network).items()}
    rows = network.delta.detach()[: len(network.active)].numpy()
    pack(file, keep, tensors, network.active.numpy(), rows)


def main() -> None:
    """Turn the trainer's checkpoint into the weights that agentkit ships."""
    from examples.tiny_model.train import load_network

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/tiny_model"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    ship(load_network(options.out / "checkpoint.pt"), options.weights)
    print(f"{options.weights}: {options.weights.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
