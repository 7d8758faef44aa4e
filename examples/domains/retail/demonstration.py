"""How a good clerk of Fernway meets each kind of wish: what is called and said, turn by turn.

`demonstrate` is what the bundled model learns from: short procedures in plain words, with every
value taken from the conversation or a result. It reads the task's gold actions for the ids and the
state for what the tools answer; nothing of it is drawn at random.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agentkit.errors import ToolError
from agentkit.evals.matching import mentions
from agentkit.evals.state import State
from agentkit.evals.task import Action, Task
from examples.domains.retail.tools import TOOLS

FINDERS = ("find_by_email", "find_by_name")
WHO = "Please tell me your e-mail address, or your name and postcode."
SORRY = "I am sorry, I cannot do that."
ASK = "Please say yes or no."
_ORDER = re.compile(r"\bW[0-9]+")
_NAMES = re.compile(r"{(\w+)}")
_TOOLS = {tool.name: tool for tool in TOOLS}


@dataclass(frozen=True)
class Turn:
    """What the agent does after one message of the user.

    Args:
        calls: in order.
        template: what the user then hears, with `{...}` for values.
        values: those of the template, all from the conversation or a result.
    """

    calls: tuple[Action, ...]
    template: str
    values: Mapping[str, Any]

    @property
    def say(self) -> str:
        """What the user then hears."""
        return self.template.format(**self.values)


@dataclass(frozen=True)
class Plan:
    """How a kind of wish is met.

    Args:
        calls: tools called before the user hears anything; those that the task does not need are
            left out.
        says: what the user hears then, and after each further message.
        change: the tool called before the last of `says`, after the user's yes.
    """

    calls: tuple[str, ...]
    says: tuple[str, ...]
    change: str = ""


PLANS = {
    "status": Plan(
        ("get_order", "track_parcel"), ("{order} is {status} and arrives on {arrives}.",)
    ),
    "balance": Plan(("get_gift_card",), ("The balance of {card} is {balance}.",)),
    "price": Plan(("get_variant",), ("The {product} in {option} costs {price}.",)),
    "material": Plan(("get_product",), ("The {product} is made of {material}.",)),
    "cancel": Plan(
        ("find_order", "get_order"),
        (
            f"Shall I cancel {{order}} and refund {{total}} to {{paid_with}}? {ASK}",
            "{order} is cancelled. {refund} goes to {to}.",
        ),
        "cancel_order",
    ),
    "address": Plan(
        ("get_order",),
        (f"Shall I send {{order}} to {{address}}? {ASK}", "{order} goes to {address}."),
        "change_address",
    ),
    "payment": Plan(
        ("get_order", "get_customer"),
        (
            f"Shall I let {{payment}} pay {{total}} for {{order}}? {ASK}",
            "{order} is paid with {paid_with}.",
        ),
        "change_payment",
    ),
    "phone": Plan(
        (),
        (f"Shall I change your phone number to {{phone}}? {ASK}", "Your phone number is {phone}."),
        "change_phone",
    ),
    "exchange": Plan(
        ("get_order", "get_variant"),
        (
            f"Shall I exchange {{variant}} of {{order}} for {{new_variant}} at {{price}}? {ASK}",
            "{variant} of {order} is exchanged for {new_variant}.",
        ),
        "exchange_item",
    ),
    "return": Plan(
        ("get_order",),
        (
            "Shall I take back {variant} of {order} and refund {item_price} to {refund_to}?"
            f" {ASK}",
            "{variant} is taken back. {refund} goes to {to}.",
        ),
        "return_item",
    ),
    "credit": Plan(
        ("get_order",),
        (
            "{order} was delivered on {delivered}, {days_late} days late."
            f" Shall I put {{amount}} on {{card}}? {ASK}",
            "The balance of {card} is now {balance}.",
        ),
        "give_credit",
    ),
    "ontime": Plan(
        ("get_order",),
        ("{order} was delivered on {delivered}, not late, so there is no credit.",),
    ),
    "shipped": Plan(
        ("get_order", "track_parcel"),
        ("{order} is shipped and cannot be cancelled. It arrives on {arrives}.",),
    ),
    "expired": Plan(
        ("get_order",),
        ("{order} could be returned until {returns_until}. Now it is too late.",),
    ),
    "mind": Plan(
        ("get_order",),
        (
            f"Shall I cancel {{order}} and refund {{total}} to {{paid_with}}? {ASK}",
            "{order} stays as it is and arrives on {arrives}.",
        ),
    ),
    "stranger": Plan((), ("I found no customer with this name and postcode.", SORRY)),
    "relative": Plan(("get_order",), ("{order} is not an order of yours.", SORRY)),
    "partial": Plan(
        ("get_order",),
        ("Single items cannot be cancelled. The total of {order} is {total}.",),
    ),
    "discount": Plan((), ("There are no discounts and no price matches.", SORRY)),
}
PLANS["forgot"] = PLANS["cancel"]
PLANS["choice"] = Plan(
    PLANS["return"].calls,
    ("Where shall the refund go: to {paid_with} or to a gift card?", *PLANS["return"].says),
    "return_item",
)


def kinds_of(task: Task) -> list[str]:
    """The kinds of wish in a task, in order, as its id says."""
    parts = task.id.split("-")[:-1]
    return parts[1:] if parts[0] == "several" else parts


def demonstrate(state: Mapping[str, Any], task: Task) -> list[Turn]:
    """What the agent does, for the scripted user of a task.

    Args:
        state: that the trial begins with.
        task: of this domain, committed or fresh.

    Returns:
        A turn for each message of the user that is answered.
    """
    return _Talk(State(state), task).turns()


class _Talk:
    """The conversation so far: what is left to do, and which values are known."""

    def __init__(self, state: State, task: Task) -> None:
        self.state = state.fork()
        self.task = task
        self.opening = task.user.script[0].say
        self.left = list(task.gold)
        self.values: dict[str, Any] = {}
        self.calls: list[Action] = []
        self.done: list[Turn] = []

    def turns(self) -> list[Turn]:
        self._find_customer()
        for kind in kinds_of(self.task):
            self._follow(PLANS[kind], kind)
        return self.done

    def _find_customer(self) -> None:
        known = self.task.user.known
        if "name" not in known:
            return
        by_email = "e-mail" in known and mentions(self.opening, [known["e-mail"]])
        by_name = mentions(self.opening, [known["postcode"]])
        if not (by_email or by_name):
            self._say(WHO)
        if by_name or "e-mail" not in known:
            args = {"name": known["name"], "postcode": known["postcode"]}
            self._call(Action(tool="find_by_name", args=args))
        else:
            self._call(Action(tool="find_by_email", args={"email": known["e-mail"]}))
        if self.left and self.left[0].tool in FINDERS:
            self.left.pop(0)

    def _follow(self, plan: Plan, kind: str) -> None:
        if kind == "relative":  # an order that the gold actions leave alone
            args = {"customer": self.values["customer"], "order": _ORDER.findall(self.opening)[0]}
            self.left.append(Action(tool="get_order", args=args))
        for tool in plan.calls:
            if self.left and self.left[0].tool == tool:
                self._call(self.left.pop(0))
        change = self.left.pop(0) if plan.change else None
        if change is not None:
            self._expect(change)
        for say in plan.says[:-1]:
            self._say(say)
        if change is not None:
            self._call(change)
        self._say(plan.says[-1])

    def _call(self, action: Action) -> None:
        self.calls.append(action)
        self.values |= action.args
        try:
            result = _TOOLS[action.tool](self.state, **action.args)
        except ToolError:
            return
        self.values |= result

    def _expect(self, change: Action) -> None:
        """The values of a change that is to be asked for."""
        self.values |= change.args
        for item in self.values.get("items", ()):
            if item["variant"] == self.values.get("variant"):
                self.values["item_price"] = item["price"]

    def _say(self, text: str) -> None:
        values = {name: self.values[name] for name in _NAMES.findall(text)}
        self.done.append(Turn(tuple(self.calls), text, values))
        self.calls = []
