"""Draws episodes: skills, scenes and batches. `python -m examples.tiny_model.data` prints some.

A new skill is one function in `skills/` and one line in `SKILLS`. Everything drawn depends on the
seed alone.
"""

import argparse
import datetime
import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from agentkit.harmony import writer
from agentkit.harmony.prompt import FunctionSchema
from agentkit.harmony.tokenizer import HarmonyTokenizer, load_tokenizer
from agentkit.messages import Effort, Message
from examples.tiny_model.network import Batch
from examples.tiny_model.skills import (
    arithmetic,
    base,
    browsing,
    composed,
    functions,
    greeting,
    mending,
    requests,
    retail,
)
from examples.tiny_model.transcript import Encoded, Episode, Line, encode, joined, plain
from examples.tiny_model.words import Lexicon, phrases

SKILLS = {"greeting": 0.1, "arithmetic": 0.27, "functions": 0.38, "mending": 0.25}
"""Share of the episodes of each skill, where there is no browser."""

BROWSING = 0.75
"""Share of browsing among the episodes of a scene with a browser."""

EFFORTS: tuple[Effort, ...] = ("low", "medium", "high")

INSTRUCTIONS = phrases("""
You are a helpful assistant.|Answer briefly.|You are the clerk of a small shop.|Be polite.
Use the tools when they help.
You are a support agent. Always use the functions to look things up and never guess.
Help the user with travel plans.|You work for a bank.|Answer in one sentence.
You help customers of an online shop with their orders.
You are a careful assistant. Never invent facts.|Be concise.
You are an assistant for a smart home. Turn things on and off as asked.
Do what the user asks with the functions you have.|You are a calculator.
""")


def scene(words: Lexicon, browsing: float = 0.0) -> base.Scene:
    """A random scene; with a browser in a share `browsing` of them."""
    python, with_functions = words.rng.choices(
        [(True, False), (True, True), (False, True), (False, False)], [36, 26, 34, 4]
    )[0]
    day = datetime.date(2024, 1, 1) + datetime.timedelta(words.rng.randrange(1400))
    drawn = base.Scene(words, words.rng.choice(EFFORTS), python, with_functions, day)
    if not browsing or not words.chance(browsing):
        return drawn
    alone = words.chance(0.6)
    return replace(
        drawn,
        browser=True,
        python=drawn.python and not alone,
        functions=drawn.functions and not alone,
    )


def episode(where: base.Scene, skill: str) -> Episode:
    """An episode of `skill`, sometimes with an earlier turn of another skill before it."""
    words = where.words
    turn = _turn(where, skill)
    lines, needed = turn.lines, turn.functions
    if words.chance(0.1):
        earlier = _turn(where, _without_browser(words, where))
        if all(each.name != other.name for each in needed for other in earlier.functions):
            lines, needed = joined(earlier.lines) + lines, needed + earlier.functions
    if where.functions:
        needed = _with_distractors(words, lines, needed)
    instructions = words.pick(INSTRUCTIONS) if words.chance(0.35) else ""
    return base.episode(skill, where, lines, needed, instructions, turn.pages)


def _with_distractors(
    words: Lexicon, lines: list[Line], needed: list[FunctionSchema]
) -> list[FunctionSchema]:
    """The needed functions among others that the request does not speak of: the words decide."""
    room = 4 - len(needed)
    count = words.rng.choice(
        [count for count in (0, 0, 1, 1, 2, 2, 3) if count <= room and (count or needed)]
    )
    request = " ".join(line.message.text for line in lines if line.message.role == "user")
    least = min((composed.overlap(schema, request) for schema in needed), default=1)
    others = [
        other
        for other in composed.distractors(words, count)
        if composed.overlap(other, request) < least
    ]
    unique = {schema.name: schema for schema in [*others, *needed]}
    if not unique:
        return composed.distractors(words, 1)
    return composed.shuffled(words.rng, list(unique.values()))


def _turn(where: base.Scene, skill: str) -> base.Turn:
    match skill:
        case "greeting":
            return base.Turn(greeting.greeting(where))
        case "arithmetic":
            return base.Turn(arithmetic.arithmetic(where))
        case "functions":
            return base.Turn(*functions.functions(where))
        case "browsing":
            return browsing.browsing(where)
        case _:
            return base.Turn(*mending.mending(where))


def _fitting(words: Lexicon, where: base.Scene) -> str:
    """A skill that the scene has the tools for."""
    if where.browser and words.chance(BROWSING):
        return "browsing"
    return _without_browser(words, where)


def _without_browser(words: Lexicon, where: base.Scene) -> str:
    """A skill that the scene has the tools for, other than browsing."""
    while True:
        skill = words.rng.choices(list(SKILLS), list(SKILLS.values()))[0]
        if fits(where, skill, words):
            return skill


def fits(where: base.Scene, skill: str, words: Lexicon) -> bool:
    """Whether `skill` can be played in the scene."""
    match skill:
        case "greeting":
            return True
        case "arithmetic":
            return where.python or words.chance(0.04)
        case "functions":
            return where.functions
        case "browsing":
            return where.browser
        case _:
            return where.functions or where.python


def drill(words: Lexicon, size: int) -> list[Episode]:
    """Up to `size` requests to one set of functions, each asked apart from the others.

    Settling on a function and its arguments is the hardest part of an episode and a small one.
    Here it is all there is, and what the requests share is computed once for all of them.
    """
    where = replace(scene(words), functions=True)
    first = requests.from_catalogue(words)
    others = (composed.case(words) for _ in range(words.rng.choice((0, 1, 1, 2, 2, 3))))
    asked = list({each.name: each for each in (*others, first)}.values())
    declared = composed.shuffled(words.rng, [each.schema() for each in asked])
    instructions = words.pick(INSTRUCTIONS) if words.chance(0.35) else ""
    known = [each for each in asked if each.origin is not None]
    asked += [requests.again(words, words.rng.choice(known)) for _ in range(size - len(asked))]
    called = words.chance(0.35)
    return [
        base.episode(
            "drill", where, functions.settling(where, each, called), declared, instructions
        )
        for each in asked
        if composed.is_decided(each, declared)
    ] or drill(words, size)


@functools.cache
def system_ids(text: str) -> tuple[int, ...]:
    """The ids of a system message."""
    return tuple(writer.render(Message("system", text), load_tokenizer()))


@dataclass(frozen=True, slots=True)
class Mix:
    """How much there is of the skills that are learned apart from the others.

    Args:
        browsing: share of the groups whose scene has a browser.
        retail: share of the groups that serve customers of the retail domain.
        functions: share of the other scenes that are sure to have functions.
        drills: share of the groups that only settle on functions and arguments.
    """

    browsing: float = 0.0
    retail: float = 0.0
    functions: float = 0.0
    drills: float = 0.0


def kind(rng: random.Random, mix: Mix) -> str:
    """What a group is of: the retail domain, a drill, or the other skills mixed."""
    if mix.retail and rng.random() < mix.retail:
        return "retail"
    return "drill" if mix.drills and rng.random() < mix.drills else "mixed"


def group(
    rng: random.Random,
    size: int,
    tokenizer: HarmonyTokenizer,
    held: bool = False,
    mix: Mix = Mix(),
    of: str = "",
) -> list[Episode]:
    """Episodes of one `kind`, drawn unless `of` names it.

    They share their system message, and all but the mixed ones the developer's too.
    """
    words = Lexicon(rng, held, tokenizer)
    of = of or kind(rng, mix)
    if of == "retail":
        effort = rng.choice(EFFORTS)
        return [retail.conversation(rng, effort, held) for _ in range(size)]
    if of == "drill":
        return drill(words, size)
    where = scene(words, mix.browsing)
    if mix.functions and not where.browser and words.chance(mix.functions):
        where = replace(where, functions=True)
    return [episode(where, _fitting(words, where)) for _ in range(size)]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A micro-batch, and of each supervised row: the skill and which episode it belongs to."""

    batch: Batch
    owners: list[tuple[str, int]]


def draw(
    rng: random.Random,
    size: int,
    third: int,
    tokenizer: HarmonyTokenizer,
    longest: int = 640,
    mix: Mix = Mix(),
    of: str = "",
) -> Drawn:
    """A micro-batch of about equally long episodes: one third of three times as many, sorted by
    length; of a drill, whose requests are short, all of them. What they begin with together does
    not count as length.
    """
    episodes = group(rng, 3 * size, tokenizer, mix=mix, of=of)
    pairs = [(each, encode(each, tokenizer)) for each in episodes]
    pairs = sorted(pairs, key=lambda pair: len(pair[1].ids))
    longest += shared_length([each for _, each in pairs])
    start = size * third
    if episodes[0].skill == "drill":
        return collate(pairs)
    kept = [pair for pair in pairs[start : start + size] if len(pair[1].ids) <= longest] or pairs[
        :1
    ]
    return collate(kept)


def shared_length(encoded: Sequence[Encoded]) -> int:
    """How many ids all of `encoded` begin with and none of them has to write."""
    first = encoded[0]
    unwritten = min(next(n for n, to in enumerate(each.targets) if to >= 0) for each in encoded)
    for place in range(unwritten):
        if any(each.ids[place] != first.ids[place] for each in encoded):
            return place
    return unwritten


def collate(pairs: Sequence[tuple[Episode, Encoded]]) -> Drawn:
    """A batch of encoded episodes; what all begin with is computed once."""
    shared = shared_length([each for _, each in pairs])
    head = pairs[0][1].ids[:shared]
    pairs = [(origin, Encoded(each.ids[shared:], each.targets[shared:])) for origin, each in pairs]
    width = max(len(each.ids) for _, each in pairs)
    suffix = torch.full((len(pairs), width), 199_999)
    rows: list[int] = []
    targets: list[int] = []
    owners: list[tuple[str, int]] = []
    for row, (origin, each) in enumerate(pairs):
        suffix[row, : len(each.ids)] = torch.tensor(each.ids)
        for position, target in enumerate(each.targets):
            if target >= 0:
                rows.append(row * width + position)
                targets.append(target)
                owners.append((origin.skill, row))
    prefix = torch.tensor([*system_ids(pairs[0][0].system()), *head])
    return Drawn(Batch(prefix, suffix, torch.tensor(rows), torch.tensor(targets)), owners)


def stream(
    seed: int,
    held: bool = False,
    mix: Mix = Mix(),
) -> Iterator[Episode]:
    """Single episodes, without end."""
    index = 0
    while True:
        yield from group(random.Random(f"{seed}-{index}"), 1, load_tokenizer(), held, mix)
        index += 1


def add_mix(parser: argparse.ArgumentParser) -> None:
    """Options for a `Mix`."""
    parser.add_argument("--browsing", type=float, default=0.0, help="share of scenes to browse in")
    parser.add_argument("--retail", type=float, default=0.0, help="share of groups that sell")
    parser.add_argument("--functions", type=float, default=0.0, help="more scenes with functions")
    parser.add_argument(
        "--drills", type=float, default=0.0, help="share of groups that only settle"
    )


def mix_of(options: argparse.Namespace) -> Mix:
    """The `Mix` that was asked for."""
    return Mix(options.browsing, options.retail, options.functions, options.drills)


def main() -> None:
    """Print episodes."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--held", action="store_true", help="held-out words and phrasings")
    add_mix(parser)
    options = parser.parse_args()
    drawn = stream(options.seed, options.held, mix_of(options))
    for _, each in zip(range(options.count), drawn, strict=False):
        for line in each.lines:
            message = line.message
            head = (message.author or message.role, message.channel or "", message.recipient or "")
            print(f"{' '.join(head).strip()}: {plain(message.text)}")


if __name__ == "__main__":
    main()
