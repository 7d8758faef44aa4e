"""From the trainer's parameters to transformers' state dict, and to the compact file that agentkit
ships.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from agentkit.models.tiny import WEIGHTS
from agentkit.models.tiny.expand import pack, unpack
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


def unship(file: Path, table: Tensor) -> Network:
    """The network whose weights `ship` wrote, at the precision that was kept.

    Args:
        file: the compact weights.
        table: the embedding table before training, [vocabulary, width].
    """
    _, tensors, active, rows = unpack(file)
    network = Network(table, torch.from_numpy(active).long())
    with torch.no_grad():
        for name, held in trained_state(network).items():
            held.copy_(torch.from_numpy(tensors[name]))
        network.delta[: len(active)] = torch.from_numpy(rows)
    return network


def mean(networks: Sequence[Network]) -> Network:
    """The network of mean weights.

    Where networks lie on one path of training, their mean tends to do better on what they have not
    seen than any of them (Izmailov et al., "Averaging weights leads to wider optima", 2018).

    Args:
        networks: at least one, with the same active tokens; the first one becomes the mean.

    Raises:
        ValueError: their active tokens differ.
    """
    first = networks[0]
    if any(not torch.equal(each.active, first.active) for each in networks):
        raise ValueError("Networks with different active tokens have no mean.")
    with torch.no_grad():
        for parameters in zip(*(each.parameters() for each in networks), strict=True):
            parameters[0].copy_(torch.stack(list(parameters)).mean(0))
    return first


def main() -> None:
    """Turn a training checkpoint, or the mean of several, into the weights that agentkit ships."""
    from examples.tiny_model.train import load_network, load_shipped

    parser = argparse.ArgumentParser(description=main.__doc__)
    help = "the trainer's folders, or weights as they are shipped; of several the mean"
    parser.add_argument(
        "--out", type=Path, nargs="+", default=[Path("build/tiny_model")], help=help
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    networks = [
        load_shipped(each) if each.suffix == ".npz" else load_network(each / "checkpoint.pt")
        for each in options.out
    ]
    ship(mean(networks), options.weights)
    print(f"{options.weights}: {options.weights.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
