"""Logits to the next id.

The order is that of transformers' logits processors: temperature, top_k, top_p, min_p. All is done
in float32; without top_k, top_p looks at the `SHORTLIST` most probable ids before it sorts the
whole vocabulary, which is the slow part. Knows nothing of the model or of stop ids.
"""

from __future__ import annotations

import torch

from agentkit.errors import BackendError
from agentkit.models.base import Sampling

SHORTLIST = 512


class Sampler:
    """Draws ids by one `Sampling`; seeded, it draws the same ids from the same logits.

    Args:
        sampling: temperature 0 takes the most probable id and ignores all else.
        device: where the logits are.
    """

    def __init__(self, sampling: Sampling, device: torch.device) -> None:
        self.sampling = sampling
        self._generator = torch.Generator(device)
        if sampling.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(sampling.seed)

    def draw(self, logits: torch.Tensor) -> tuple[int, float | None]:
        """Draw the next id.

        Args:
            logits: [vocabulary], any float type.

        Returns:
            The id and, when `sampling.logprobs` asks for it, its natural-log probability by these
            logits, before temperature and cuts.

        Raises:
            BackendError: the logits hold something that is not a number, or allow no id at all.
        """
        logits = logits.float()
        peak, best = logits.max(-1)
        # Drawing from such numbers would end a CUDA device's work for good.
        if not peak.isfinite():
            raise BackendError(f"No id can be drawn: the highest of the logits is {peak:.0f}.")
        token = int(best) if self.sampling.temperature == 0 else self._choose(logits)
        if not self.sampling.logprobs:
            return token, None
        return token, float(logits[token] - logits.logsumexp(-1))

    def _choose(self, logits: torch.Tensor) -> int:
        probabilities, ids = candidates(logits, self.sampling)
        index = torch.multinomial(probabilities, 1, generator=self._generator)
        return int(index if ids is None else ids[index])


def candidates(
    logits: torch.Tensor, sampling: Sampling
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The ids that may be drawn.

    Args:
        logits: [vocabulary], float32.
        sampling: of which the temperature is above 0.

    Returns:
        Their weights, which need not sum to 1, and their ids, both [candidates] and the most
        probable first; None instead of the ids stands for the whole vocabulary in its own order.
    """
    # Subtracting the maximum first keeps tiny temperatures finite.
    weights = ((logits - logits.max()) / sampling.temperature).softmax(-1)
    ids = None
    if sampling.top_k and sampling.top_k < weights.numel():
        weights, ids = weights.topk(sampling.top_k)
        weights = weights / weights.sum()
    if sampling.top_p < 1:
        if ids is None:
            weights, ids = _most_probable(weights, sampling.top_p)
        weights = weights[weights.cumsum(-1) - weights < sampling.top_p]
        weights = weights if weights.numel() else ids.new_ones(1, dtype=torch.float32)
        ids = ids[: weights.numel()]
    if sampling.min_p > 0:
        # Zero weights are never drawn, so the order and the ids can stay.
        weights = weights.where(weights >= sampling.min_p * weights.max(), 0)
    return weights, ids


def _most_probable(weights: torch.Tensor, top_p: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights in falling order with their ids: enough of them to sum to `top_p`, or all."""
    shortlist, ids = weights.topk(min(SHORTLIST, weights.numel()))
    if shortlist.sum() >= top_p:
        return shortlist, ids
    return weights.sort(descending=True)
