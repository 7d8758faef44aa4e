"""The airline is sound: its tasks are solved within its own policy, and by nothing less.

The policy's numbers are worked out here a second time, from the state before each gold action, so
that a task cannot ask for what the policy forbids.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agentkit.evals import Domain, Task, load_domain
from agentkit.evals.agents import EvalAgent, Toolbox
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.lint import lint
from agentkit.evals.matching import mentions
from agentkit.evals.players import GoldAgent, NoopAgent
from agentkit.evals.records import TrialRecord
from agentkit.evals.state import State
from agentkit.evals.task import Action, SaidCheck, check_kind
from agentkit.evals.users import ScriptedUser
from agentkit.evals.world import World
from examples.domains.airline import make
from tests.evals.support import FunctionAgent

AIRLINE = Path(__file__).parents[2] / "examples" / "domains" / "airline"
Row = Mapping[str, Any]
LOADED = load_domain(AIRLINE)
TASKS = {task.id: task for task in LOADED.tasks()}


@pytest.fixture
def domain() -> Domain:
    return LOADED


@pytest.fixture
def state(domain: Domain) -> State:
    return State(domain.root)


# The policy's numbers


class Desk:
    """What the policy says of one action, in the state before it.

    Args:
        root: that state.
        args: the action's arguments.
    """

    def __init__(self, root: Row, args: Row) -> None:
        self.root, self.args = root, args
        self.now = datetime.fromisoformat(root["clock"]["now"])
        code = args.get("code")
        self.row: Row = root["reservations"][code] if code else args
        self.member: Row = root["members"][self.row["member"]]
        self.fare, self.status = self.row.get("fare"), self.member["status"]
        self.people = len(self.row.get("passengers", ()))
        legs = self.row.get("segments") or self.row.get("legs") or ()
        self.flights = [self.flight(each["flight"], each["date"]) for each in legs]

    def flight(self, number: str, date: str) -> Row:
        found: Row = self.root["flights"][f"{number}@{date}"]
        return found

    def left(self, flight: Row) -> timedelta:
        return datetime.fromisoformat(f"{flight['date']}T{flight['departs']}") - self.now

    def in_time(self, flight: Row) -> bool:
        return flight["status"] == "cancelled" or self.left(flight) >= timedelta(hours=3)

    def freed(self, flight: Row) -> bool:
        return bool(flight["status"] == "cancelled" or flight["delay"] >= 240)

    def change(self) -> int:
        segment = self.row["segments"][self.args["segment"] - 1]
        old = self.flight(segment["flight"], segment["date"])
        new = self.flight(self.args["flight"], self.args["date"])
        assert self.in_time(old)
        assert self.in_time(new)
        if self.freed(old):
            assert self.left(new) - self.left(old) <= timedelta(days=7, hours=12)
            return 0
        assert self.fare != "saver"
        price: int = new["prices"][segment["cabin"]][self.fare]
        difference = int(price - segment["price"]) * self.people
        fee = 40 * self.people if self.status != "gold" else 0
        return difference if self.fare == "flex" else max(0, difference) + fee

    def upgrade(self) -> int:
        segment = self.row["segments"][self.args["segment"] - 1]
        flight = self.flight(segment["flight"], segment["date"])
        assert self.in_time(flight)
        if self.args["payment"] == "certificates":
            assert self.fare != "saver"
            soon = self.left(flight) <= timedelta(hours=72)
            assert self.status == "gold" or (self.status == "silver" and soon)
            return 0
        assert self.fare != "saver" or self.status == "gold"
        fare = "classic" if self.fare == "saver" else self.fare
        return int((flight["prices"]["business"][fare] - segment["price"]) * self.people)

    def bags(self, have: int, added: int) -> int:
        assert all(map(self.in_time, self.flights))
        cabins = {each["cabin"] for each in self.row.get("segments") or self.row["legs"]}
        if "business" in cabins:
            free = {"none": 2, "silver": 3, "gold": 3}[self.status]
        else:
            free = ["none", "silver", "gold"].index(self.status) + (self.fare != "saver")
        assert have + added <= 5 * self.people
        late = min(map(self.left, self.flights)) < timedelta(hours=24)
        paid = max(0, have + added - free * self.people) - max(0, have - free * self.people)
        return paid * (50 if late else 35)

    def refund(self) -> tuple[int, str]:
        assert all(map(self.in_time, self.flights))
        paid = [each for each in self.row["payments"] if not each["method"].startswith("V")]
        total = sum(each["amount"] for each in paid)
        way = "card" if any(each["method"].startswith("card") for each in paid) else "credit"
        age = self.now - datetime.fromisoformat(self.row["booked"])
        regretted = age < timedelta(hours=24) and min(map(self.left, self.flights)) > timedelta(2)
        if regretted or self.fare == "flex" or any(map(self.freed, self.flights)):
            return total, way
        if self.fare == "classic":
            return max(0, total - 45 * self.people), "credit"
        return 0, "credit"

    def voucher(self) -> float:
        flight = self.flight(self.args["flight"], self.args["date"])
        assert flight["cause"] != "weather"
        assert self.left(flight) > timedelta(days=-15)
        assert not any(
            each["reason"] == f"{self.args['code']} {flight['flight']} {flight['date']}"
            for each in self.member["vouchers"].values()
        )
        if flight["status"] == "cancelled":
            each = 130
        else:
            each = 90 if flight["delay"] >= 240 else 40 if flight["delay"] >= 120 else 0
        if self.status == "gold":
            return each * self.people * 1.5
        halved = self.fare == "saver" and self.status == "none"
        return each * self.people * (0.5 if halved else 1)

    def sources_are_used_up_in_order(self) -> bool:
        """Voucher, credit, card: each but the last gives all it has."""
        worth = {"credit": self.member["credit"]}
        for code, voucher in self.member["vouchers"].items():
            if datetime.fromisoformat(voucher["expires"]) > self.now:
                worth[code] = voucher["amount"]
        *before, last = self.args["payments"]
        everything = all(worth[each["method"]] == each["amount"] for each in before)
        return everything and (last["method"] in self.member["cards"] or last["method"] in worth)


def amounts(action: Action) -> Any:
    """What a gold action gives or takes."""
    match action.tool:
        case "change_flight" | "upgrade_segment" | "add_bags" | "issue_voucher":
            return action.args["amount"]
        case "cancel_reservation":
            return action.args["refund"], action.args["to"]
        case "book":
            return action.args["bag_charge"], True
        case _:
            return None


def owed(root: Row, action: Action) -> Any:
    """What the policy says that it gives or takes."""
    if action.tool not in (
        "change_flight", "upgrade_segment", "add_bags", "issue_voucher", "cancel_reservation",
        "book",
    ):  # fmt: skip
        return None
    desk = Desk(root, action.args)
    rules: dict[str, Callable[[], Any]] = {
        "change_flight": desk.change,
        "upgrade_segment": desk.upgrade,
        "add_bags": lambda: desk.bags(desk.row["bags"], action.args["bags"]),
        "issue_voucher": desk.voucher,
        "cancel_reservation": desk.refund,
        "book": lambda: (desk.bags(0, action.args["bags"]), desk.sources_are_used_up_in_order()),
    }
    return rules[action.tool]()


@pytest.mark.parametrize("name", TASKS)
async def test_each_gold_action_is_what_the_policy_says_to_the_euro(
    domain: Domain, name: str
) -> None:
    world = World(domain, TASKS[name])
    for action in TASKS[name].gold:
        assert amounts(action) == owed(world.state.root, action), action
        record = await world.act(action)
        assert not record.fault, record.result


# The domain


def test_there_are_fifteen_tasks_to_train_on_and_fifteen_others_to_be_tested_on(
    domain: Domain,
) -> None:
    assert {split: len(tasks) for split, tasks in domain.splits.items()} == {
        "train": 15,
        "test": 15,
    }
    assert {task.noop for task in domain.tasks()} == {"fail"}


def test_it_is_of_a_real_airlines_make(domain: Domain) -> None:
    effects = [tool.effect for tool in domain.tools.values()]

    assert 12 <= len(effects) <= 16
    assert effects.count("write") >= 6
    assert len(domain.root["flights"]) > 400
    assert len(domain.root["reservations"]) > 100


def test_the_state_is_what_make_writes(domain: Domain) -> None:
    assert make.text(make.make()) == (AIRLINE / "state.json").read_text("utf-8")


def test_no_two_tasks_are_about_the_same_member(domain: Domain) -> None:
    members = sorted(name for task in domain.tasks() for name in members_of(task))

    assert all(one != other for one, other in pairwise(members))


def members_of(task: Task) -> set[str]:
    written = [LOADED.root["reservations"].get(each.args.get("code"), {}) for each in task.gold]
    named = {each.args["member"] for each in task.gold if "member" in each.args}
    return named | {row["member"] for row in written if row}


def test_reservations_hold_together(domain: Domain) -> None:
    root = domain.root
    for code, row in root["reservations"].items():
        assert code in root["members"][row["member"]]["reservations"]
        for segment in row["segments"]:
            flight = root["flights"][f"{segment['flight']}@{segment['date']}"]
            assert row["fare"] in flight["prices"][segment["cabin"]]
        price = sum(each["price"] for each in row["segments"]) * len(row["passengers"])
        paid = sum(each["amount"] for each in row["payments"])
        assert paid - price in (0, 35, 70), code


# What the tools refuse


async def refused(domain: Domain, tool: str, **args: Any) -> str:
    world = World(domain, domain.tasks()[0])
    record = await world.call(tool, args)
    assert record.fault == "refused", record.result
    assert not record.writes
    return record.result


async def test_tools_say_what_cannot_be_done(domain: Domain) -> None:
    leg = {"flight": "KA101", "date": "2031-05-22", "cabin": "economy"}
    person = {"first": "A", "last": "B", "born": "1990-01-01"}
    booking: dict[str, Any] = {
        "member": "M1101", "fare": "classic", "passengers": [person], "legs": [leg],
        "bags": 0, "bag_charge": 0, "payments": [{"method": "card_4417", "amount": 1}],
    }  # fmt: skip
    price = domain.root["flights"]["KA101@2031-05-22"]["prices"]["economy"]["classic"]
    stolen = [{"method": "card_8052", "amount": price}]
    move: dict[str, Any] = {
        "code": "KBRDTA", "segment": 1, "date": "2031-05-18", "amount": 0, "payment": "credit",
    }  # fmt: skip

    assert f"price of {price} euros" in await refused(domain, "book", **booking)
    assert "cannot pay with 'card_8052'" in await refused(
        domain, "book", **{**booking, "payments": stolen}
    )
    assert "does not fly from HVN" in await refused(domain, "change_flight", flight="KA202", **move)
    assert "has 2 segments" in await refused(
        domain, "change_flight", flight="KA101", **{**move, "segment": 3}
    )
    assert "no member has" in await refused(domain, "find_member", email="nobody@post.example")
    assert "list_airports" in await refused(
        domain, "search_flights", origin="Havenby", destination="ALD", date="2031-05-18"
    )
    gone = {**leg, "flight": "KA205", "date": "2031-05-16"}
    assert "is cancelled" in await refused(domain, "book", **{**booking, "legs": [gone]})
    left = {**leg, "date": "2031-05-14"}
    assert "has departed" in await refused(domain, "book", **{**booking, "legs": [left]})
    full = {**leg, "flight": "KA105", "date": "2031-05-19"}
    assert "0 free seats" in await refused(domain, "book", **{**booking, "legs": [full]})
    assert "has departed" in await refused(
        domain, "cancel_reservation", code="KSLBRG", refund=0, to="credit"
    )
    assert "3 certificates are needed and nothing else; there are 0" in await refused(
        domain, "upgrade_segment", code="KWLTRS", segment=1, amount=0, payment="certificates"
    )
    assert "not paid with a card" in await refused(
        domain, "cancel_reservation", code="KDRSEE", refund=142, to="card"
    )
    assert "never had a segment" in await refused(
        domain, "issue_voucher", code="KRGGRM", flight="KA405", date="2031-05-12", amount=40
    )


async def test_a_flight_that_was_left_can_still_be_compensated(domain: Domain) -> None:
    world = World(domain, TASKS["stranded-family"])
    for action in reversed(TASKS["stranded-family"].gold):
        assert not (await world.act(action)).fault
    for action in TASKS["stranded-family"].gold[1:]:
        assert not (await world.act(action)).fault


async def test_connections_leave_time_to_change(domain: Domain) -> None:
    world = World(domain, domain.tasks()[0])
    asked = {"origin": "ALD", "destination": "DUN", "date": "2031-05-19"}
    found = json.loads((await world.call("search_connections", asked)).result)

    assert [[each["flight"] for each in pair] for pair in found] == [
        ["KA102", "KA401"],
        ["KA102", "KA405"],
        ["KA106", "KA405"],
    ]


async def test_searching_shows_only_what_can_still_be_taken(domain: Domain) -> None:
    world = World(domain, domain.tasks()[0])
    today = {"origin": "HVN", "destination": "FAR", "date": "2031-05-14"}
    cancelled = {"origin": "HVN", "destination": "BRN", "date": "2031-05-16"}

    for asked, numbers in ((today, ["KA605"]), (cancelled, ["KA201"])):
        found = json.loads((await world.call("search_flights", asked)).result)
        assert [each["flight"] for each in found] == numbers


# Agents


async def outcome(agent: EvalAgent, name: str, domain: Domain) -> TrialRecord:
    return await run_trial(Trial(domain, TASKS[name]), agent, ScriptedUser())


def doing(actions: Iterable[Action], report: str) -> FunctionAgent:
    """An agent that does these things at once and goes on telling the same."""
    left = list(actions)

    async def answer(toolbox: Toolbox, heard: str) -> str:
        while left:
            action = left.pop(0)
            await toolbox.call(action.tool, action.args)
        return report

    return FunctionAgent(answer)


def told(name: str) -> str:
    """A report with all that the user wants to hear."""
    wanted = [each.said for each in TASKS[name].checks if isinstance(each, SaidCheck)]
    return "I did so: " + ", ".join(text for texts in wanted for text in texts) + "."


def failed_checks(record: TrialRecord) -> set[str]:
    return {str(check_kind(each.check)) for each in record.checks if not each.passed}


async def test_lint_finds_nothing(domain: Domain) -> None:
    assert await lint(domain) == []


@pytest.mark.parametrize("name", TASKS)
async def test_gold_passes_and_doing_nothing_fails(domain: Domain, name: str) -> None:
    assert (await outcome(GoldAgent(domain), name, domain)).outcome == "passed"
    assert (await outcome(NoopAgent(), name, domain)).outcome == "failed"


PRICED = [name for name in TASKS if any("amount" in each.args for each in TASKS[name].gold)]


@pytest.mark.parametrize("name", PRICED)
async def test_an_agent_that_is_a_euro_off_fails(domain: Domain, name: str) -> None:
    off = [
        action.model_copy(update={"args": {**action.args, "amount": action.args["amount"] + 1}})
        if "amount" in action.args
        else action
        for action in TASKS[name].gold
    ]
    record = await outcome(doing(off, told(name)), name, domain)

    assert record.outcome == "failed"
    assert "state" in failed_checks(record)


SAYING = [name for name in TASKS if any(isinstance(each, SaidCheck) for each in TASKS[name].checks)]


@pytest.mark.parametrize("name", SAYING)
async def test_an_agent_that_tells_no_amount_fails(domain: Domain, name: str) -> None:
    record = await outcome(doing(TASKS[name].gold, "It is done."), name, domain)

    assert record.outcome == "failed"
    assert failed_checks(record) == {"said"}


@pytest.mark.parametrize("name", ["late-to-dunmarrow", "felt-like-five-hours", "fifteen-days-ago"])
async def test_an_agent_that_does_not_look_at_the_delay_fails(domain: Domain, name: str) -> None:
    writes = [each for each in TASKS[name].gold if each.tool == "issue_voucher"]
    record = await outcome(doing(writes, told(name)), name, domain)

    assert record.outcome == "failed"
    assert failed_checks(record) == {"called"}


ANY_ORDER = ["each-by-itself", "clear-the-calendar", "seventy-two-hours", "no-saver-this-time"]


@pytest.mark.parametrize("name", ANY_ORDER)
async def test_what_can_be_done_in_any_order_may_be(domain: Domain, name: str) -> None:
    record = await outcome(doing(reversed(TASKS[name].gold), told(name)), name, domain)

    assert record.outcome == "passed"


async def test_payments_may_be_named_in_any_order(domain: Domain) -> None:
    (booking,) = TASKS["three-sources"].gold
    turned = {**booking.args, "payments": booking.args["payments"][::-1]}
    agent = doing([Action(tool="book", args=turned)], told("three-sources"))

    assert (await outcome(agent, "three-sources", domain)).outcome == "passed"


GIVING_IN = {
    "ill-and-angry": Action(
        tool="cancel_reservation", args={"code": "KHRBYP", "refund": 338, "to": "card"}
    ),
    "gold-on-saver": Action(
        tool="upgrade_segment",
        args={"code": "KNWSDZ", "segment": 1, "amount": 0, "payment": "certificates"},
    ),
    "husbands-reservation": Action(
        tool="cancel_reservation", args={"code": "KMRTYD", "refund": 534, "to": "card"}
    ),
    "half-an-hour-too-late": Action(
        tool="cancel_reservation", args={"code": "KZLNSK", "refund": 180, "to": "card"}
    ),
    "felt-like-five-hours": Action(
        tool="issue_voucher",
        args={"code": "KRGGRM", "flight": "KA605", "date": "2031-05-10", "amount": 160},
    ),
    "tonight-or-next-week": Action(
        tool="issue_voucher",
        args={"code": "KHRVTJ", "flight": "KA605", "date": "2031-05-14", "amount": 90},
    ),
}


@pytest.mark.parametrize("name", GIVING_IN)
async def test_an_agent_that_gives_in_fails_though_it_does_the_rest(
    domain: Domain, name: str
) -> None:
    record = await outcome(doing([*TASKS[name].gold, GIVING_IN[name]], told(name)), name, domain)

    assert record.outcome == "failed"
    assert "not_called" in failed_checks(record)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", TASKS)
async def test_a_clerk_gets_through_who_asks_much_and_wants_a_yes_once_or_twice(
    domain: Domain, name: str, times: int
) -> None:
    """Its wording is its own, it names the price before and not after, and asks what it knows."""
    left, agreed = list(TASKS[name].gold), 0

    async def answer(toolbox: Toolbox, heard: str) -> str:
        nonlocal agreed
        agreed += mentions(heard, ["yes"])
        if agreed < times:
            return f"{told(name)} What is your member number and reservation? Shall I go on?"
        while left:
            action = left.pop(0)
            await toolbox.call(action.tool, action.args)
        return "All set!"

    record = await outcome(FunctionAgent(answer), name, domain)

    assert record.outcome == "passed", record.detail
