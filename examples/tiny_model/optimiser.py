"""Muon for matrices, AdamW for the rest.

Muon (K. Jordan, 2024) replaces the momentum of a matrix by the nearest orthogonal one, found by
five Newton-Schulz steps. In a distributed run each process orthogonalises its share of the matrices
and the updates are summed.
"""

from collections.abc import Sequence

import torch
import torch.distributed as dist
from torch import Tensor, nn

MOMENTUM = 0.95


def orthogonalise(matrices: Tensor) -> Tensor:
    """Newton-Schulz iteration for `[..., rows, columns]`, in bfloat16: it is rough anyway."""
    size = matrices.norm(dim=(-2, -1), keepdim=True) + 1e-7
    states: Tensor = (matrices / size).bfloat16()
    tall = states.shape[-2] > states.shape[-1]
    states = states.mT if tall else states
    for _ in range(5):
        gram = states @ states.mT
        states = 3.4445 * states + (-4.7750 * gram + 2.0315 * gram @ gram) @ states
    states = states.mT if tall else states
    return states.to(matrices)


class Optimiser:
    """Both optimisers over one model.

    Args:
        model: parameters named `delta` (embedding rows) and vectors go to AdamW, matrices to Muon.
        rank: this process.
        world: number of processes.
    """

    def __init__(self, model: nn.Module, rank: int = 0, world: int = 1) -> None:
        named = list(model.named_parameters())
        self.matrices = [
            each
            for name, each in named
            if each.ndim >= 2 and name != "delta" and "bias" not in name
        ]
        others = [
            each for name, each in named if each.ndim < 2 or name == "delta" or "bias" in name
        ]
        self.momentum = [torch.zeros_like(each) for each in self.matrices]
        self.adam = torch.optim.AdamW(others, lr=0.0, betas=(0.9, 0.98), weight_decay=0.0)
        self.rank, self.world = rank, world

    def step(self, rate: float) -> None:
        """One update; `rate` is Muon's, AdamW runs at 1.2 times that."""
        for group in self.adam.param_groups:
            group["lr"] = 1.2 * rate
        torch.nn.utils.clip_grad_norm_(
            [each for group in self.adam.param_groups for each in group["params"]], 1.0
        )
        self.adam.step()
        with torch.no_grad():
            self._muon(rate)

    def _muon(self, rate: float) -> None:
        updates = [torch.zeros_like(each) for each in self.matrices]
        for index, (matrix, momentum) in enumerate(zip(self.matrices, self.momentum, strict=True)):
            assert matrix.grad is not None
            momentum.mul_(MOMENTUM).add_(matrix.grad)
            if index % self.world == self.rank:
                direction = orthogonalise(matrix.grad + MOMENTUM * momentum)
                updates[index] = direction * (0.2 * max(matrix.shape[-2:]) ** 0.5)
        if self.world > 1:
            sum_across(updates)
        for matrix, update in zip(self.matrices, updates, strict=True):
            matrix.mul_(1 - rate * 0.01).add_(update, alpha=-rate)

    def state(self) -> dict[str, object]:
        """What a checkpoint needs."""
        return {"momentum": self.momentum, "adam": self.adam.state_dict()}

    def restore(self, state: dict[str, object]) -> None:
        """Take a checkpoint's state; one whose shapes changed is forgotten."""
        saved, adam = state["momentum"], state["adam"]
        assert isinstance(saved, list)
        assert isinstance(adam, dict)
        for mine, theirs in zip(self.momentum, saved, strict=True):
            if mine.shape == theirs.shape:
                mine.copy_(theirs)
        shapes = [each.shape for group in self.adam.param_groups for each in group["params"]]
        if all(
            adam["state"][index]["exp_avg"].shape == shape
            for index, shape in enumerate(shapes)
            if index in adam["state"]
        ):
            self.adam.load_state_dict(adam)


def sum_across(tensors: Sequence[Tensor]) -> None:
    """Sum each tensor over all processes, in place."""
    flat = torch.cat([each.reshape(-1) for each in tensors])
    dist.all_reduce(flat)
    start = 0
    for each in tensors:
        each.copy_(flat[start : start + each.numel()].view_as(each))
        start += each.numel()
