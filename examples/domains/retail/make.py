"""Makes the retail domain's database and tasks, and any number of others like them.

    python -m examples.domains.retail.make          # writes state.json, train.jsonl, test.jsonl
    python -m examples.domains.retail.make 7        # prints the fresh task of seed 7, and how a
                                                    # good clerk meets it

`committed` is what stands in the folder; `fresh` gives a small shop of its own and one task in it,
from the words and sentences of the training part only, with made-up names besides. Both depend on
nothing but their seed. Which kinds of wish there are is told in `wishes`.
"""

from __future__ import annotations

import datetime
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentkit.evals.task import Action, Line, Scenario, Task, TrialLimits
from agentkit.serialise import to_json
from examples.domains.retail import phrases
from examples.domains.retail.demonstration import demonstrate
from examples.domains.retail.shop import TODAY, Shop, to_text
from examples.domains.retail.wishes import JOINED, KINDS, Check, Scene, Wish
from examples.domains.retail.words import Side, Words

FOLDER = Path(__file__).parent
SEED = 20260316
LIMITS = TrialLimits(turns=12, calls=30)
PERSONAS = (
    "You are in a hurry and say little.",
    "You are friendly and write in full sentences.",
    "You are polite and exact.",
    "You are a little impatient.",
    "You are not used to chatting and keep it simple.",
)
SEVERAL = "several"
UNTOLD = 0.2
"""Share of the users who say who they are only when asked."""


def fresh(seed: int) -> tuple[dict[str, Any], Task]:
    """A new shop and a task in it.

    Args:
        seed: decides all; any number.

    Returns:
        The whole state, and the task, whose id is its kind and `f` with the seed.
    """
    rng = random.Random(f"fresh {seed}")
    words = Words(rng, "train", invent=True)
    shop = Shop(rng, TODAY + datetime.timedelta(rng.randint(-600, 600)))
    shop.stock_up(words, 8)
    kind = rng.choice([*KINDS, SEVERAL, SEVERAL])
    joined = rng.choice(JOINED) if kind == SEVERAL else (kind,)
    made = task(Scene(shop, words), joined, f"f{seed}")
    _bystanders(shop, words, 3)
    return shop.state(), made


def committed() -> tuple[dict[str, Any], dict[Side, list[Task]]]:
    """The state and the tasks, by split, that stand in this folder."""
    rng = random.Random(SEED)
    shop = Shop(rng)
    splits: dict[Side, list[Task]] = {"train": [], "test": []}
    sides = [Words(rng, "train"), Words(rng, "test")]
    for words in sides:
        shop.stock_up(words, 16)
    numbers: dict[str, int] = {}
    for words, half in zip(sides, (JOINED[:3], JOINED[3:]), strict=True):
        for joined in [*((kind,) for kind in KINDS), *half]:
            kind = SEVERAL if len(joined) > 1 else joined[0]
            numbers[kind] = numbers.get(kind, 0) + 1
            made = task(Scene(shop, words), joined, str(numbers[kind]))
            splits[words.side].append(made)
    for words in sides:
        _bystanders(shop, words, 12)
    return shop.state(), splits


def task(scene: Scene, kinds: Sequence[str], number: str) -> Task:
    """A task of one wish, or of several.

    Args:
        scene: the shop, which gets the rows that the task needs.
        kinds: of the wishes, in order.
        number: ends the task's id.
    """
    scene.customer = scene.shop.customer(scene.words)
    wishes = [KINDS[kind](scene) for kind in kinds]
    first = wishes[0]
    found, told, known = _identity(scene, wishes)
    lines = [Line(say=_opening(scene, first.say, told)), *first.lines]
    for wish in wishes[1:]:
        also = scene.sentence("also", phrases.WISHES["also"])
        lines += [Line(say=f"{also} {wish.say}"), *wish.lines]
    checks: list[Check] = [{"state": "gold"}]
    checks += [check for wish in wishes for check in wish.checks]
    gold = [] if found is None else [found]
    gold += [action for wish in wishes for action in wish.gold]
    user = Scenario(
        persona=scene.rng.choice(PERSONAS),
        goal=" Then, after that: ".join(wish.goal for wish in wishes),
        known=known | {key: value for wish in wishes for key, value in wish.known.items()},
        unknown=tuple(each for wish in wishes for each in wish.unknown),
        script=(*lines, Line(stop=True)),
    )
    return Task.model_validate(
        {
            "id": "-".join([SEVERAL, *kinds, number] if len(kinds) > 1 else [*kinds, number]),
            "user": user.model_dump(),
            "limits": LIMITS.model_dump(),
            "gold": [each.model_dump() for each in gold],
            "checks": checks,
            "noop": first.noop,
        }
    )


def _identity(scene: Scene, wishes: Sequence[Wish]) -> tuple[Action | None, str, dict[str, str]]:
    """How the customer is found, the sentence that says who they are (empty when they wait to be
    asked), and what they can tell."""
    rng, row = scene.rng, scene.row
    who = {wish.who for wish in wishes}
    if who == {"nobody"}:
        return None, "", {}
    if "name" in who:
        known = {"name": row["name"], "postcode": scene.words.postcode()}
        return None, scene.sentence("by_name", phrases.BY_NAME).format(**known), known
    known = {"name": row["name"], "e-mail": row["email"], "postcode": row["postcode"]}
    known["email"] = row["email"]  # some write it so when they ask for it
    by_email = Action(tool="find_by_email", args={"email": row["email"]})
    drawn = rng.random() if "told" not in who else rng.uniform(UNTOLD, 1)
    if drawn < UNTOLD:
        return by_email, "", known
    if drawn < 0.65:
        return by_email, scene.sentence("by_email", phrases.BY_EMAIL).format(**row), known
    args = {"name": row["name"], "postcode": row["postcode"]}
    told = scene.sentence("by_name", phrases.BY_NAME).format(**row)
    return Action(tool="find_by_name", args=args), told, known


def _opening(scene: Scene, say: str, told: str) -> str:
    greeting = scene.sentence("greeting", phrases.GREETINGS)
    parts = [greeting, told, say] if scene.rng.random() < 0.3 else [greeting, say, told]
    return " ".join(part for part in parts if part)


def _bystanders(shop: Shop, words: Words, count: int) -> None:
    """Customers whom no task is about, with orders of all kinds."""
    for _ in range(count):
        customer = shop.customer(words)
        if shop.rng.random() < 0.5:
            shop.gift_card(customer)
        for _ in range(shop.rng.choice((1, 1, 2, 3))):
            order = shop.order(
                customer,
                words,
                shop.rng.choice(("pending", "shipped", "delivered", "delivered", "cancelled")),
                days=shop.rng.choice(("in time", "late", "expired")),
            )
            row = shop.tables["orders"][order]
            if row["status"] == "cancelled":
                amount = round(sum(row["items"].values()), 2)
                entry = {"order": order, "to": row["paid_with"], "amount": amount}
                shop.tables["ledger"][f"L{500 + len(shop.tables['ledger'])}"] = entry


def main(arguments: Sequence[str]) -> None:
    """Write the folder's files, or show the task of a seed."""
    if arguments:
        state, made = fresh(int(arguments[0]))
        print(json.dumps(json.loads(to_json(made)), indent=2))
        for turn in demonstrate(state, made):
            print(*(f"{each.tool}({json.dumps(each.args)})" for each in turn.calls), turn.say)
        return
    state, splits = committed()
    (FOLDER / "state.json").write_text(to_text(state), "utf-8")
    for split, tasks in splits.items():
        lines = [to_line(each) for each in tasks]
        (FOLDER / f"{split}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def to_line(made: Task) -> str:
    """A task as one line, without what is as it is by default."""
    shown = made.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    return json.dumps({"id": made.id, "format": made.format, **shown}, ensure_ascii=False)


if __name__ == "__main__":
    main(sys.argv[1:])
