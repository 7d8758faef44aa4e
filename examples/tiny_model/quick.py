"""A quick look at a training checkpoint: `python -m examples.tiny_model.quick`.

Teacher-forced: an episode counts as right when the model's first choice is right at every id it
would have to write, which is when a greedy run would write the same. No tool runs; `evaluate` is
the measurement, this is the thermometer.
"""

import argparse
import collections
import random
from pathlib import Path

import torch

from agentkit.harmony.tokenizer import load_tokenizer
from agentkit.messages import Effort
from examples.tiny_model import data
from examples.tiny_model.network import Network
from examples.tiny_model.train import Families, load_network
from examples.tiny_model.transcript import Episode, encode, plain


def measure(
    network: Network, groups: int, held: bool, seed: int, shown: int, mix: data.Mix
) -> None:
    """Print the share of episodes that are right, by skill and effort, and some that are not."""
    tokenizer = load_tokenizer()
    families = Families(tokenizer)
    generator = torch.Generator().manual_seed(seed)
    right: dict[str, list[bool]] = collections.defaultdict(list)
    for index in range(groups):
        episodes = data.group(random.Random(f"quick-{seed}-{index}"), 8, tokenizer, held, mix)
        pairs = [(each, encode(each, tokenizer)) for each in episodes]
        drawn = data.collate(pairs)
        candidates = families.candidates(drawn.batch, network.active, generator)
        with torch.no_grad():
            chosen = candidates[
                (network.hidden(drawn.batch) @ network.embed(candidates).T).argmax(-1)
            ]
        good = (chosen == drawn.batch.targets).tolist()
        rows = [row for _, row in drawn.owners]
        for row, episode in enumerate(episodes):
            wrong = [place for place, owner in enumerate(rows) if owner == row and not good[place]]
            right[episode.skill].append(not wrong)
            right[f"{episode.skill}/{episode.prompt.reasoning}"].append(not wrong)
            if wrong and shown:
                shown -= 1
                place = wrong[0]
                before = tokenizer.decode(drawn.batch.targets[max(0, place - 12) : place].tolist())
                wanted, got = (
                    tokenizer.decode([int(ids[place])]) for ids in (drawn.batch.targets, chosen)
                )
                what = f"wanted {wanted!r} got {got!r}, {len(wrong)} wrong"
                print(f"{_shown(episode)}\n   after {before!r} {what}")
    for name, seen in sorted(right.items()):
        print(f"{name:24} {sum(seen):4} of {len(seen):4}  {100 * sum(seen) / len(seen):5.1f} %")


def _shown(episode: Episode) -> str:
    effort: Effort = episode.prompt.reasoning
    functions = [each.name for tool in episode.prompt.tools for each in tool.functions]
    return f"[{effort} {functions}] " + " | ".join(
        plain(line.message.text) for line in episode.lines
    )


def main() -> None:
    """Measure a training checkpoint on held-out words and phrasings."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/tiny_model"))
    parser.add_argument("--groups", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="how many wrong episodes to print")
    parser.add_argument("--trained", action="store_true", help="use the training side of the words")
    data.add_mix(parser)
    options = parser.parse_args()
    torch.set_num_threads(1)
    network = load_network(options.out / "checkpoint.pt")
    measure(
        network,
        options.groups,
        not options.trained,
        options.seed,
        options.show,
        data.mix_of(options),
    )


if __name__ == "__main__":
    main()
