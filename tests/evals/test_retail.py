"""The retail domain: its database keeps its rules, and a good clerk of any wording gets through."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from agentkit.errors import ToolError
from agentkit.evals.agents import Briefing, Reply, Toolbox
from agentkit.evals.domain import Domain, load_domain
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.lint import lint
from agentkit.evals.matching import said
from agentkit.evals.players.plain import GoldAgent
from agentkit.evals.records import TrialRecord
from agentkit.evals.state import State
from agentkit.evals.task import Task
from agentkit.evals.users.scripted import ScriptedUser
from agentkit.harmony.prompt import Prompt, ToolDescription
from agentkit.harmony.tokenizer import load_tokenizer
from examples.domains.retail import phrases, tools
from examples.domains.retail.demonstration import ASK, WHO, Turn, demonstrate, kinds_of
from examples.domains.retail.make import FOLDER, committed, fresh, to_line
from examples.domains.retail.shop import TODAY, to_text
from examples.domains.retail.wishes import KINDS

RETAIL = load_domain(FOLDER)
Words = Callable[[str], str]


@dataclass
class Clerk:
    """An agent that does what `demonstrate` says, perhaps in other words.

    Args:
        domain: whose tasks it plays.
        words: makes its own text of what is to be said.
    """

    domain: Domain
    words: Words = field(default=lambda text: text)

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"name": "clerk"}

    def start(self, briefing: Briefing) -> ClerkPlayer:
        task = next(each for each in self.domain.tasks() if each.id == briefing.task)
        turns = demonstrate(self.domain.root, task)
        return ClerkPlayer(iter(turns), briefing.toolbox, self.words)

    async def close(self) -> None:
        """Nothing to free."""


@dataclass
class ClerkPlayer:
    """A clerk in one trial; silent when it has nothing left to do."""

    turns: Iterator[Turn]
    toolbox: Toolbox
    words: Words

    async def reply(self, text: str) -> Reply:
        turn = next(self.turns, None)
        if turn is None:
            return Reply("Is there anything else I can do for you?")
        for call in turn.calls:
            await self.toolbox.call(call.tool, call.args)
        return Reply(self.words(turn.say))

    async def close(self) -> None:
        """Nothing to free."""


async def played(domain: Domain, task: Task, agent: Any = None) -> TrialRecord:
    trial = Trial(domain, task, split="", number=0, seed=0, key=task.id)
    return await run_trial(trial, agent or Clerk(domain), ScriptedUser())


def why(record: TrialRecord) -> str:
    """What became of a trial, for a failed test to show."""
    talk = "\n".join(
        f"{event.kind}: {event.text or (event.call and (event.call.tool, event.call.result))}"
        for event in record.events
    )
    broken = [check for check in record.checks if not check.passed]
    return f"{record.outcome} {record.detail} {broken}\n{talk}"


def user_messages(record: TrialRecord) -> int:
    return sum(event.kind == "user" and bool(event.text) for event in record.events)


# The tasks


def test_the_files_are_what_make_writes() -> None:
    state, splits = committed()

    assert (FOLDER / "state.json").read_text("utf-8") == to_text(state)
    for split, tasks in splits.items():
        written = (FOLDER / f"{split}.jsonl").read_text("utf-8").splitlines()
        assert written == [to_line(task) for task in tasks]


def test_every_kind_is_in_both_splits() -> None:
    kinds = {
        split: {task.id.split("-")[0] for task in RETAIL.tasks(split)} for split in RETAIL.splits
    }

    assert kinds["train"] == kinds["test"] == {*KINDS, "several"}
    assert all(len(RETAIL.tasks(split)) >= 15 for split in RETAIL.splits)


def test_the_splits_share_neither_customers_nor_sentences() -> None:
    names = {
        split: {task.user.known["name"] for task in RETAIL.tasks(split) if task.user.known}
        for split in RETAIL.splits
    }

    assert not names["train"] & names["test"]
    for bank in (*phrases.WISHES.values(), phrases.BY_EMAIL, phrases.BY_NAME, phrases.KEEP):
        assert bank["train"]
        assert bank["test"]
        assert not {*bank["train"]} & {*bank["test"]}


def test_policy_and_tools_leave_room_in_a_small_context() -> None:
    tokenizer = load_tokenizer()
    functions = tuple(tool.schema for tool in RETAIL.tools.values())
    tool = ToolDescription("functions", functions=functions)
    prompt = Prompt(TODAY, "low", RETAIL.policy, (tool,))

    assert len(tokenizer.encode(RETAIL.policy)) < 700
    assert len(tokenizer.encode(prompt.system_text() + prompt.developer_text())) < 1500


def test_what_is_to_be_said_does_not_stand_in_policy_tools_or_question() -> None:
    described = [str(tool.schema) for tool in RETAIL.tools.values()]
    for task in RETAIL.tasks():
        questions = [line.say for line in task.user.script]
        for check in task.checks:
            for needle in getattr(check, "said", ()):
                assert not said(needle, [RETAIL.policy, *described, *questions]), (task.id, needle)


async def test_the_tasks_are_sound() -> None:
    assert await lint(RETAIL) == []


async def test_fresh_tasks_are_sound() -> None:
    for seed in range(300, 330):
        state, task = fresh(seed)
        assert await lint(replace(RETAIL, root=state, splits={"fresh": [task]})) == []


# A good clerk


@pytest.mark.parametrize("task", RETAIL.tasks(), ids=lambda task: task.id)
async def test_a_good_clerk_passes(task: Task) -> None:
    record = await played(RETAIL, task)

    assert record.outcome == "passed", why(record)
    assert user_messages(record) == len(demonstrate(RETAIL.root, task)), why(record)


async def test_a_good_clerk_passes_two_hundred_fresh_tasks_of_all_kinds() -> None:
    kinds: set[str] = set()
    for seed in range(200):
        state, task = fresh(seed)
        domain = replace(RETAIL, root=state, splits={"fresh": [task]})
        record = await played(domain, task)
        assert record.outcome == "passed", why(record)
        assert user_messages(record) == len(demonstrate(state, task)), why(record)
        kinds |= {*kinds_of(task)}

    assert kinds == {*KINDS}


OTHER_WORDS = [
    ("May I have the e-mail address of your account?", "Would you like me to do that?"),
    ("Could you please confirm your email address, so that I can proceed?", "Do you confirm this?"),
    ("I need your email address first.", "If you agree, I will go ahead."),
    ("Sure! Please provide your e-mail.", "Should I proceed with it now?"),
    ("Let me know your full name, email and postcode.", "Is that correct?"),
]


@pytest.mark.parametrize(("who", "ask"), OTHER_WORDS)
async def test_a_good_clerk_may_use_other_words(who: str, ask: str) -> None:
    def words(text: str) -> str:
        text = re.sub(r"^Shall I (.*)\?", r"You want me to \1.", text.replace(WHO, who))
        return f"**Thank you.** {text.replace(ASK, ask)}"

    for task in RETAIL.tasks():
        record = await played(RETAIL, task, Clerk(RETAIL, words))
        assert record.outcome == "passed", why(record)


async def test_a_clerk_who_does_not_wait_for_a_yes_fails_the_user_who_changes_their_mind() -> None:
    task = next(each for each in RETAIL.tasks() if each.id.startswith("mind"))
    order = task.gold[-1].args["order"]

    class Hasty(GoldAgent):
        """Cancels at once."""

        def start(self, briefing: Briefing) -> Any:
            toolbox, player = briefing.toolbox, super().start(briefing)
            reply = player.reply

            async def hasty(text: str) -> Reply:
                await toolbox.call("cancel_order", {"order": order})
                return await reply(text)

            player.reply = hasty  # type: ignore[method-assign]
            return player

    record = await played(RETAIL, task, Hasty(RETAIL))

    assert record.outcome == "failed"
    assert f"/orders/{order}/status" in {each.path for each in record.differences}


# Fresh tasks


def test_fresh_tasks_depend_on_their_seed_alone() -> None:
    assert fresh(5) == fresh(5)
    assert len({json.dumps(fresh(seed)[0]) for seed in range(30)}) == 30


def within_a_sentence(value: re.Match[str]) -> str:
    """A pattern of what may stand in a value's place."""
    return r"\S+" if value[1] == "email" else "[^.?!]+"


def test_fresh_tasks_use_nothing_of_the_test_split() -> None:
    told = {line.say for seed in range(300) for line in fresh(seed)[1].user.script}
    held = [
        re.sub(
            "{(.*?)}", within_a_sentence, re.escape(each).replace(r"\{", "{").replace(r"\}", "}")
        )
        for bank in (*phrases.WISHES.values(), phrases.BY_EMAIL, phrases.BY_NAME)
        for each in bank["test"]
    ]

    assert not [text for text in told for pattern in held if re.search(pattern, text)]


# The database


SMALL: dict[str, Any] = {
    "shop": {"name": "Fernway", "today": "2026-03-16"},
    "customers": {
        "C1": {"name": "Ada Lind", "email": "ada@mail.example", "phone": "0", "postcode": "11111"}
        | {"address": "Elm Street 1, 11111 Corby"},
        "C2": {"name": "Bo Lund", "email": "bo@mail.example", "phone": "0", "postcode": "22222"}
        | {"address": "Elm Street 2, 22222 Corby"},
    },
    "products": {"K1": {"name": "desk lamp", "material": "iron", "warranty_years": 2}}
    | {"K2": {"name": "tea pot", "material": "glass", "warranty_years": 3}},
    "variants": {
        "V1": {"product": "K1", "option": "black", "price": 20.25, "stock": 3},
        "V2": {"product": "K1", "option": "white", "price": 25.75, "stock": 1},
        "V3": {"product": "K1", "option": "red", "price": 18.25, "stock": 0},
        "V4": {"product": "K2", "option": "small", "price": 12.35, "stock": 5},
    },
    "payments": {
        "P1": {"customer": "C1", "kind": "card", "ends_in": "4417"},
        "P2": {"customer": "C1", "kind": "account", "ends_in": "9920"},
        "P3": {"customer": "C2", "kind": "card", "ends_in": "1234"},
    },
    "gift_cards": {
        "G1": {"customer": "C1", "balance": 5.5, "valid_until": "2027-01-31"},
        "G2": {"customer": "C2", "balance": 8.0, "valid_until": "2027-01-31"},
    },
    "orders": {
        "W1": {"status": "pending", "promised": "2026-03-20", "paid_with": "P1"},
        "W2": {"status": "shipped", "promised": "2026-03-18", "tracking": "T2"},
        "W3": {"status": "delivered", "promised": "2026-02-11", "delivered": "2026-02-14"},
        "W4": {"status": "delivered", "promised": "2026-02-10", "delivered": "2026-02-10"},
        "W5": {"status": "pending", "promised": "2026-03-20", "customer": "C2", "paid_with": "P3"},
        "W6": {"status": "delivered", "promised": "2026-03-09", "delivered": "2026-03-01"}
        | {"paid_with": "G1"},
    },
    "parcels": {"T2": {"place": "Corby depot", "arrives": "2026-03-19"}},
    "ledger": {},
}  # fmt: skip
for _row in SMALL["orders"].values():
    _row.setdefault("customer", "C1")
    _row.setdefault("paid_with", "P1")
    _row |= {"placed": "2026-02-01", "items": {"V1": 20.25, "V4": 12.35}, "address": "Elm Street 1"}


@pytest.fixture
def state() -> State:
    return State(SMALL)


@pytest.mark.parametrize(
    ("tool", "args", "refusal"),
    [
        ("find_by_email", ["eva@mail.example"], "no customer has the e-mail address"),
        ("find_by_name", ["Ada Lind", "22222"], "no customer has the name Ada Lind and"),
        ("get_customer", ["C9"], "no customer C9; its id looks like C1234"),
        ("get_order", ["C1", "W5"], "W5 is not an order of C1"),
        ("get_order", ["C1", ""], "there is no order ;"),
        ("get_gift_card", ["C1", "G2"], "G2 is not a gift card of C1"),
        ("get_variant", ["desk lamp", "green"], "options are black, white, red"),
        ("get_product", ["sofa"], "no product sofa"),
        ("find_order", ["C2", "sofa"], "no product sofa"),
        ("track_parcel", ["W2"], "no parcel W2; its id looks like T12345"),
        ("cancel_order", ["W2"], "W2 is shipped: only pending orders can be cancelled"),
        ("change_address", ["W3", "Elm Street 3"], "W3 is delivered: only pending orders"),
        ("change_address", ["W1", "somewhere"], "an address has street and number"),
        ("change_payment", ["W1", "P3"], "P3 does not belong to the customer of W1"),
        ("change_payment", ["W1", "P1"], "paid with P1 already"),
        ("exchange_item", ["W3", "V1", "V4"], "V4 is not another option"),
        ("exchange_item", ["W3", "V1", "V1"], "V1 is not another option"),
        ("exchange_item", ["W3", "V1", "V3"], "V3 is out of stock"),
        ("exchange_item", ["W3", "V2", "V1"], "W3 has no item V2; it has V1, V4"),
        ("exchange_item", ["W6", "V1", "V2"], None),
        ("return_item", ["W4", "V1", "P1"], "the last day for returns of W4 was 2026-03-12"),
        ("return_item", ["W3", "V1", "P2"], "refunds of W3 go to P1 or to a gift card"),
        ("return_item", ["W3", "V1", "G2"], "refunds of W3 go to P1 or to a gift card"),
        ("give_credit", ["W3", "G2", 10], "G2 is not a gift card of the customer"),
        ("give_credit", ["W3", "G1", 10.5], "at most 10.0"),
        ("give_credit", ["W3", "G1", 0], "above 0"),
        ("give_credit", ["W1", "G1", 5], "only delivered orders can be credited"),
    ],
)
def test_the_database_refuses(
    state: State, tool: str, args: list[Any], refusal: str | None
) -> None:
    if refusal is None:  # the balance of 5.50 just covers the difference
        RETAIL.tools[tool](state, *args)
        return
    with pytest.raises(ToolError, match=re.escape(refusal)):
        RETAIL.tools[tool](state, *args)


def test_a_cancelled_order_is_refunded_and_its_goods_are_there_again(state: State) -> None:
    assert tools.cancel_order(state, "W1") == {
        "order": "W1", "status": "cancelled", "refund": 32.6, "to": "P1",
    }  # fmt: skip
    assert state.get("variants", "V1", "stock") == 4
    assert state.get("ledger", "L500") == {"order": "W1", "to": "P1", "amount": 32.6}


def test_an_item_goes_back_once(state: State) -> None:
    tools.return_item(state, "W3", "V1", "G1")

    assert state.get("gift_cards", "G1", "balance") == 25.75
    with pytest.raises(ToolError, match="returned or exchanged already"):
        tools.exchange_item(state, "W3", "V1", "V2")


def test_an_exchange_charges_or_refunds_the_difference(state: State) -> None:
    assert tools.exchange_item(state, "W3", "V1", "V2")["charge"] == 5.5
    assert state.get("variants", "V2", "stock") == 0


def test_a_late_order_is_credited_once(state: State) -> None:
    assert tools.get_order(state, "C1", "W3")["days_late"] == 3
    assert tools.give_credit(state, "W3", "G1", 10)["balance"] == 15.5
    with pytest.raises(ToolError, match="has had its credit"):
        tools.give_credit(state, "W3", "G1", 10)


def test_names_and_products_are_found_as_people_write_them(state: State) -> None:
    assert tools.find_by_name(state, "ada LIND ", "11111")["customer"] == "C1"
    assert tools.find_by_email(state, "Ada@Mail.example")["customer"] == "C1"
    assert tools.find_order(state, "C1", "Tea pots")["orders"] == ["W1", "W2", "W3", "W4", "W6"]
    assert tools.get_variant(state, "desk lamp", "White")["variant"] == "V2"
