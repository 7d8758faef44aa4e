"""Trains the bundled model: `python -m examples.tiny_model.train`.

Two processes share the work, each on one core. Every step draws its own episodes from the seed and
the step's number, so a run that was stopped goes on from its last checkpoint as if nothing had
happened. `--out` holds the checkpoint, the log and, when `--export` is given, the compact weights
for `agentkit/models/tiny/`.
"""

import argparse
import collections
import copy
import dataclasses
import functools
import itertools
import math
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import torch
import torch.distributed as dist
from torch import Tensor
from torch.multiprocessing.spawn import spawn

from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.models.tiny.codes import base_rows, split_prefix
from examples.tiny_model import circuits, data, pointers
from examples.tiny_model.export import unship
from examples.tiny_model.network import Batch, Network
from examples.tiny_model.optimiser import Optimiser, sum_across
from examples.tiny_model.transcript import encode

HORIZON = 300
"""Steps that the running mean of the weights reaches back."""
LEAST_SEEN = 5
RANDOM_CANDIDATES = 3000
ROWS = 400
"""Supervised ids of a usual micro-batch: the unit of the loss."""


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A training run.

    Args:
        out: folder of the checkpoint and the log.
        steps: how many steps in all.
        rate: Muon's highest learning rate.
        last_rate: what it has fallen to at the last step.
        groups: micro-batches of a step and process, each with its own system message.
        size: episodes of a micro-batch.
        seed: decides the data.
        save_every: steps between checkpoints.
        mix: how much there is of browsing, retail and functions.
        start: weights as they are shipped, to begin with; None for an untrained network.
    """

    out: Path
    steps: int = 2400
    rate: float = 1.2e-3
    last_rate: float = 0.0
    groups: int = 2
    size: int = 8
    seed: int = 1
    save_every: int = 50
    mix: data.Mix = dataclasses.field(default_factory=data.Mix)
    start: Path | None = None


def active_tokens(
    tokenizer: HarmonyTokenizer, seed: int, mix: data.Mix, episodes: int = 2500
) -> Tensor:
    """Ids that occur often enough in the data to get a trained row; numbers never do."""
    seen: collections.Counter[int] = collections.Counter()
    drawn = data.stream(seed, mix=mix)
    for _, each in zip(range(episodes), drawn, strict=False):
        seen.update(set(encode(each, tokenizer).ids))
    seen.update(dict.fromkeys(pointers.marked_tokens(tokenizer), LEAST_SEEN))
    for text in _system_texts(mix.browsing > 0):
        seen.update(dict.fromkeys(data.system_ids(text), LEAST_SEEN))
    chosen = [
        token
        for token, count in seen.items()
        if count >= LEAST_SEEN and not tokenizer.token_bytes(token).isdigit()
    ]
    return torch.tensor(sorted(chosen))


def _system_texts(browser: bool) -> Iterator[str]:
    """The system messages there can be, but for their dates."""
    import datetime

    from examples.tiny_model.skills import base
    from examples.tiny_model.words import Lexicon

    words = Lexicon(random.Random(0), False, load_tokenizer())
    switches = itertools.product(
        data.EFFORTS, (True, False), (True, False), (False, True) if browser else (False,)
    )
    for effort, python, functions, browses in switches:
        date = datetime.date(2026, 1, 1)
        where = base.Scene(words, effort, python, functions, date, browses)
        yield base.episode("", where, ()).system()


class Families:
    """Tokens that share a stem (" paris", "Paris", "PARIS"): the likeliest confusions, so always
    candidates.
    """

    def __init__(self, tokenizer: HarmonyTokenizer) -> None:
        groups: dict[bytes, list[int]] = collections.defaultdict(list)
        for index, token in enumerate(tokenizer.table):
            groups[split_prefix(token)[1].lower()].append(index)
        self._of = {
            index: members
            for members in groups.values()
            if len(members) > 1
            for index in members[:12]
        }

    def candidates(self, batch: Batch, active: Tensor, generator: torch.Generator) -> Tensor:
        """Active, present and related tokens and some random ones, sorted."""
        wanted = set(batch.targets.tolist())
        present = {*batch.prefix.tolist(), *batch.suffix.reshape(-1).tolist(), *wanted}
        related = {other for token in wanted for other in self._of.get(token, ())}
        noise = torch.randint(200_014, (RANDOM_CANDIDATES,), generator=generator)
        return torch.tensor(sorted({*active.tolist(), *present, *related, *noise.tolist()}))


class Trainer:
    """One process of a run."""

    def __init__(self, plan: Plan, rank: int = 0, world: int = 1) -> None:
        self.plan, self.rank, self.world = plan, rank, world
        self.tokenizer = load_tokenizer()
        self.families = Families(self.tokenizer)
        self.log = _Log(plan.out / "log.txt" if rank == 0 else None)
        self.first = 0
        checkpoint = plan.out / "checkpoint.pt"
        torch.manual_seed(plan.seed)
        if checkpoint.exists():
            self.network = load_network(checkpoint, "network")
        elif plan.start is not None:
            self.network = load_shipped(plan.start)
        else:
            self.network = new_network(self.tokenizer, plan.seed, plan.mix)
        self.optimiser = Optimiser(self.network, rank, world)
        self.mean = copy.deepcopy(self.network.state_dict())
        if checkpoint.exists():
            saved = torch.load(checkpoint, weights_only=True)
            self.optimiser.restore(saved["optimiser"])
            self.first = saved["step"]
            self.mean = saved["mean"]
        self.pinned = pointers.Pinned(self.network)

    def run(self) -> None:
        """Train to the plan's last step."""
        for step in range(self.first, self.plan.steps):
            self._step(step)
            if self.rank == 0:
                self._average(step)
                if (step + 1) % self.plan.save_every == 0 or step + 1 == self.plan.steps:
                    self._save(step + 1)

    def _step(self, step: int) -> None:
        started = time.monotonic()
        rng = random.Random(f"{self.plan.seed}-{self.rank}-{step}")
        generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
        self.network.zero_grad(set_to_none=False)
        for parameter in self.network.parameters():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        for index in range(self.plan.groups):
            # Drawn alike in all processes: none of them waits long for the others.
            alike = random.Random(f"{self.plan.seed}-{step}-{index}")
            third, kind = alike.randrange(3), data.kind(alike, self.plan.mix)
            drawn = data.draw(
                rng, self.plan.size, third, self.tokenizer, mix=self.plan.mix, of=kind
            )
            candidates = self.families.candidates(drawn.batch, self.network.active, generator)
            loss, right = self.network.loss(drawn.batch, candidates)
            torch.autograd.backward(loss / (ROWS * self.plan.groups * self.world))
            self.log.add(loss.item() / len(right), right, drawn)
        if self.world > 1:
            sum_across(
                [
                    parameter.grad
                    for parameter in self.network.parameters()
                    if parameter.grad is not None
                ]
            )
        rate = self._rate(step)
        self.optimiser.step(rate)
        self.pinned.restore()
        if (step + 1) % 10 == 0:
            self.log.write(step + 1, rate, time.monotonic() - started)

    def _rate(self, step: int) -> float:
        """Muon's rate: up over 20 steps, then down from `rate` to `last_rate` along a cosine."""
        plan = self.plan
        high = 0.5 * (1 + math.cos(math.pi * min(1.0, step / plan.steps)))
        return min(1.0, (step + 1) / 20) * (plan.last_rate + (plan.rate - plan.last_rate) * high)

    def _average(self, step: int) -> None:
        """Let the running mean follow the weights; what a run makes is the mean."""
        share = 1 / min(step + 2, HORIZON)
        for name, tensor in self.network.state_dict().items():
            if tensor.is_floating_point():
                self.mean[name].lerp_(tensor, share)

    def _save(self, step: int) -> None:
        path = self.plan.out / "checkpoint.pt"
        state = {
            "network": self.network.state_dict(),
            "mean": self.mean,
            "optimiser": self.optimiser.state(),
            "step": step,
        }
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)


class _Log:
    """Running figures: loss, token accuracy, and the share of episodes with every token right, by
    skill.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.tokens = 0
        self.started = time.monotonic()
        self._clear()

    def _clear(self) -> None:
        self.losses: list[float] = []
        self.right: list[float] = []
        self.whole: dict[str, list[bool]] = collections.defaultdict(list)

    def add(self, loss: float, right: Tensor, drawn: data.Drawn) -> None:
        self.tokens += drawn.batch.suffix.numel() + len(drawn.batch.prefix)
        self.losses.append(loss)
        self.right.append(right.float().mean().item())
        fine: dict[tuple[str, int], bool] = collections.defaultdict(lambda: True)
        for owner, good in zip(drawn.owners, right.tolist(), strict=True):
            fine[owner] &= good
        for (skill, _), good in fine.items():
            self.whole[skill].append(good)

    def write(self, step: int, rate: float, seconds: float) -> None:
        if self.path is None:
            return
        whole = " ".join(
            f"{skill} {sum(seen) / len(seen):.2f}" for skill, seen in sorted(self.whole.items())
        )
        mean = sum(self.losses) / len(self.losses)
        right = sum(self.right) / len(self.right)
        text = (
            f"step {step} rate {rate:.2e} loss {mean:.4f} right {right:.4f} whole: {whole}"
            f" | {seconds:.2f} s/step, {self.tokens} tokens a process,"
            f" {time.monotonic() - self.started:.0f} s"
        )
        with self.path.open("a") as file:
            file.write(text + "\n")
        self._clear()


@functools.cache
def _base_table(tokenizer: HarmonyTokenizer) -> Tensor:
    return torch.from_numpy(base_rows(tokenizer.table))


def new_network(
    tokenizer: HarmonyTokenizer,
    seed: int,
    mix: data.Mix | None = None,
) -> Network:
    """An untrained network with its circuits."""
    network = Network(_base_table(tokenizer), active_tokens(tokenizer, seed, mix or data.Mix()))
    circuits.install(network)
    pointers.install(network, tokenizer)
    return network


def load_network(checkpoint: Path, which: Literal["mean", "network"] = "mean") -> Network:
    """The network of a checkpoint: the running mean of its weights, or those of its last step."""
    saved = torch.load(checkpoint, weights_only=True)[which]
    network = Network(_base_table(load_tokenizer()), saved["active"])
    network.load_state_dict(saved)
    return network


def load_shipped(file: Path) -> Network:
    """The network of weights as they are shipped."""
    return unship(file, _base_table(load_tokenizer()))


def _process(rank: int, world: int, plan: Plan) -> None:
    torch.set_num_threads(1)
    if world > 1:
        dist.init_process_group("gloo", rank=rank, world_size=world)
    Trainer(plan, rank, world).run()
    if world > 1:
        dist.destroy_process_group()


def main() -> None:
    """Train the bundled model, or go on with it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/tiny_model"))
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--last-rate", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--groups", type=int, default=2)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--start", type=Path, help="shipped weights to begin with (.npz)")
    data.add_mix(parser)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        options.out,
        options.steps,
        options.rate,
        options.last_rate,
        options.groups,
        seed=options.seed,
        mix=data.mix_of(options),
        start=options.start,
    )
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", str(random.randrange(20_000, 40_000)))
    # Freed memory is kept for the next step: giving it back costs as much as the arithmetic.
    os.environ.setdefault("MALLOC_MMAP_MAX_", "0")
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(4 << 30))
    if options.processes == 1:
        _process(0, 1, plan)
    else:
        spawn(  # type: ignore[no-untyped-call]
            _process, (options.processes, plan), nprocs=options.processes
        )


if __name__ == "__main__":
    main()
