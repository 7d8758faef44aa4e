"""What users of the retail domain want, kind by kind: the words, the right actions, the checks.

Each kind is a function that puts the rows it needs into a `Shop` and returns a `Wish`. How wishes
become tasks is `make`'s work, how a clerk meets them is `demonstration`'s.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentkit.evals.task import Action, Line
from examples.domains.retail import phrases
from examples.domains.retail.shop import EXPIRED, LATE, Shop
from examples.domains.retail.variations import vary
from examples.domains.retail.words import Side, Words

Check = dict[str, Any]

VARIED = 0.6
"""How many sentences of fresh tasks are variations."""

ASKS = (
    "yes", "confirm", "confirmed", "confirmation", "shall I", "shall we", "should I", "should we",
    "proceed", "go ahead", "correct", "okay", "ok", "sure", "agree", "may I", "can I", "could I",
    "would you like me", "would you like to", "do you want", "want me to", "ready",
)  # fmt: skip
"""Words of which one stands in whatever asks for a yes."""

ASKS_WHERE = ("refund", "refunded", "gift card", "money", "payment")
"""Words of which one stands in whatever asks where a refund is to go."""


@dataclass
class Scene:
    """Where a wish plays: a shop, and the customer who speaks."""

    shop: Shop
    words: Words
    customer: str = ""

    @property
    def rng(self) -> random.Random:
        """What decides all draws."""
        return self.words.rng

    @property
    def side(self) -> Side:
        """Whose words are spoken."""
        return self.words.side

    @property
    def row(self) -> dict[str, str]:
        """The customer's row."""
        found: dict[str, str] = self.shop.tables["customers"][self.customer]
        return found

    def sentence(self, kind: str, bank: Mapping[Side, Sequence[str]]) -> str:
        """A sentence of a kind from the bank; in fresh tasks often a variation of it."""
        if self.words.invent and self.rng.random() < VARIED:
            return vary(self.rng, kind)
        return self.rng.choice(bank[self.side])

    def say(self, phrasing: str, **values: Any) -> str:
        """What the user says of a wish."""
        return self.sentence(phrasing, phrases.WISHES[phrasing]).format(**values)

    def yes(self) -> tuple[Line, Line]:
        """The user's consent, once they are asked for it. It is given twice if need be: the first
        question may have been a request to confirm who they are."""
        first, second = self.rng.sample(phrases.YES[self.side], 2)
        return Line(when=ASKS, say=first), Line(when=ASKS, say=second)

    def order(self, status: Any, **options: Any) -> str:
        """A new order of the customer."""
        return self.shop.order(self.customer, self.words, status, **options)

    def at(self, order: str) -> dict[str, Any]:
        """The row of an order."""
        found: dict[str, Any] = self.shop.tables["orders"][order]
        return found

    def get(self, order: str) -> Action:
        """The look-up of an order."""
        return act("get_order", customer=self.customer, order=order)


@dataclass(frozen=True)
class Wish:
    """One thing a user wants.

    Args:
        say: how the user says it.
        goal: what they want, for whoever plays them.
        gold: what is to be done, after the customer has been found.
        checks: beside that of the state.
        lines: what the user says further on.
        known: what they can tell when asked, beside who they are.
        unknown: what they cannot.
        who: how the user is found: `any` way, `told` at once, by `name` alone, or `nobody` needs to
            be.
        noop: what becomes of an agent that does nothing.
    """

    say: str
    goal: str
    gold: tuple[Action, ...] = ()
    checks: tuple[Check, ...] = ()
    lines: tuple[Line, ...] = ()
    known: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    who: str = "any"
    noop: str = "fail"


def act(tool: str, **args: Any) -> Action:
    """An action of the agent."""
    return Action(tool=tool, args=args)


def said(*values: object) -> Check:
    """The check that the user was told these."""
    return {"said": [str(each) for each in values]}


# Questions


def status(scene: Scene) -> Wish:
    """Where an order is."""
    sent = scene.rng.random() < 0.7
    order = scene.order("shipped" if sent else "pending")
    row, gold = scene.at(order), [scene.get(order)]
    if sent:
        gold.append(act("track_parcel", tracking=row["tracking"]))
    return Wish(
        scene.say("status", order=order),
        f"You want to know when your order {order} arrives.",
        tuple(gold),
        (said(row["promised"]),),
    )


def balance(scene: Scene) -> Wish:
    """What is left on a gift card."""
    card = scene.shop.gift_card(scene.customer)
    return Wish(
        scene.say("balance", card=card),
        f"You want to know how much is left on your gift card {card}.",
        (act("get_gift_card", customer=scene.customer, card=card),),
        (said(scene.shop.tables["gift_cards"][card]["balance"]),),
    )


def price(scene: Scene) -> Wish:
    """What something costs; nobody needs to be found for that."""
    product = scene.rng.choice(scene.shop.catalogue[scene.side])
    name = scene.shop.tables["products"][product]["name"]
    row = scene.shop.tables["variants"][scene.rng.choice(scene.shop.options_of(product))]
    return Wish(
        scene.say("price", product=name, option=row["option"]),
        f"You want to know what the {name} costs in {row['option']}.",
        (act("get_variant", product=name, option=row["option"]),),
        (said(row["price"]),),
        who="nobody",
    )


def material(scene: Scene) -> Wish:
    """What something is made of."""
    product = scene.rng.choice(scene.shop.catalogue[scene.side])
    row = scene.shop.tables["products"][product]
    return Wish(
        scene.say("material", product=row["name"]),
        f"You want to know what the {row['name']} is made of.",
        (act("get_product", product=row["name"]),),
        (said(row["material"]),),
        who="nobody",
    )


# Changes


def cancel(scene: Scene) -> Wish:
    """A pending order is cancelled."""
    order = scene.order("pending")
    return Wish(
        scene.say(_mostly(scene, "cancel", "shipped"), order=order),
        f"You want to cancel your order {order}. You agree to the refund you are offered.",
        (scene.get(order), act("cancel_order", order=order)),
        lines=scene.yes(),
    )


def address(scene: Scene) -> Wish:
    """A pending order is sent elsewhere."""
    order, new = scene.order("pending"), scene.words.address()
    return Wish(
        scene.say("address", order=order, address=new),
        f"You want your order {order} to be sent to {new}, written exactly so.",
        (scene.get(order), act("change_address", order=order, address=new)),
        lines=scene.yes(),
        known={"new address": new},
    )


def payment(scene: Scene) -> Wish:
    """A pending order is paid with something else that is on file."""
    other = scene.shop.payment(scene.customer)
    order = scene.order("pending")
    row = scene.at(order)
    if row["paid_with"] == other:
        row["paid_with"] = scene.shop.of("payments", scene.customer)[0]
    paid = scene.shop.tables["payments"][other]
    text = f"{paid['kind']} ending in {paid['ends_in']}"
    return Wish(
        scene.say("payment", order=order, **paid),
        f"You want to pay for your order {order} with your {text}.",
        (
            scene.get(order),
            act("get_customer", customer=scene.customer),
            act("change_payment", order=order, payment=other),
        ),
        lines=scene.yes(),
    )


def phone(scene: Scene) -> Wish:
    """A phone number is changed."""
    new = scene.words.phone()
    return Wish(
        scene.say("phone", phone=new),
        f"You want your phone number changed to {new}, written exactly so.",
        (act("change_phone", customer=scene.customer, phone=new),),
        lines=scene.yes(),
        known={"new number": new},
    )


def exchange(scene: Scene) -> Wish:
    """An item is exchanged for another option."""
    shop, order = scene.shop, scene.order("delivered")
    old = scene.rng.choice(list(scene.at(order)["items"]))
    options = shop.options_of(shop.tables["variants"][old]["product"])
    new = scene.rng.choice([each for each in options if each != old])
    option, new_option = (shop.tables["variants"][each]["option"] for each in (old, new))
    name = shop.product_of(old)["name"]
    return Wish(
        scene.say("exchange", product=name, order=order, option=option, new_option=new_option),
        f"You want to exchange the {name} in {option} of your order {order} for the same in"
        f" {new_option}. You agree to paying or being paid the difference.",
        (
            scene.get(order),
            act("get_variant", product=name, option=new_option),
            act("exchange_item", order=order, variant=old, new_variant=new),
        ),
        lines=scene.yes(),
    )


def return_(scene: Scene) -> Wish:
    """An item is returned; the user says at once where the refund goes."""
    wish, where = _returned(scene)
    return Wish(f"{wish.say} {where}", wish.goal, wish.gold, wish.checks, wish.lines)


def choice(scene: Scene) -> Wish:
    """An item is returned; the user says where the refund goes only when asked."""
    wish, where = _returned(scene)
    line = Line(when=ASKS_WHERE, say=where)
    return Wish(wish.say, wish.goal, wish.gold, wish.checks, (line, *wish.lines))


def _returned(scene: Scene) -> tuple[Wish, str]:
    """A return, and the sentence that says where the refund goes."""
    order = scene.order("delivered")
    row = scene.at(order)
    item = scene.rng.choice(list(row["items"]))
    name = scene.shop.product_of(item)["name"]
    if scene.rng.random() < 0.5:
        to = scene.shop.gift_card(scene.customer)
        words, where = f"on my gift card {to}", scene.say("to_card", card=to)
    else:
        to = row["paid_with"]
        words, where = "back to what I paid with", scene.say("to_payment")
    wish = Wish(
        scene.say(_mostly(scene, "return", "expired"), product=name, order=order),
        f"You want to return the {name} of your order {order} and get the money {words}.",
        (scene.get(order), act("return_item", order=order, variant=item, refund_to=to)),
        (said(row["items"][item]),),
        scene.yes(),
    )
    return wish, where


def credit(scene: Scene) -> Wish:
    """An order came late, and the user gets a credit."""
    order, card = scene.order("delivered", days=LATE), scene.shop.gift_card(scene.customer)
    return Wish(
        f"{scene.say('credit', order=order, card=card)} {scene.say('when')}",
        f"Your order {order} came late. You want the credit for it on your gift card {card}, and to"
        " know on which day the order was delivered.",
        (scene.get(order), act("give_credit", order=order, card=card, amount=10)),
        (said(scene.at(order)["delivered"]),),
        scene.yes(),
    )


def forgot(scene: Scene) -> Wish:
    """A pending order is cancelled whose number the user does not know."""
    order = scene.order("pending")
    name = scene.shop.product_of(scene.rng.choice(list(scene.at(order)["items"])))["name"]
    return Wish(
        scene.say("forgot", product=name),
        f"You want to cancel the order in which you ordered a {name}.",
        (
            act("find_order", customer=scene.customer, product=name),
            scene.get(order),
            act("cancel_order", order=order),
        ),
        lines=scene.yes(),
        unknown=("the number of the order",),
    )


# What is refused, or taken back


def ontime(scene: Scene) -> Wish:
    """The user wants a credit for an order that was not late."""
    order, card = scene.order("delivered"), scene.shop.gift_card(scene.customer)
    return Wish(
        f"{scene.say('credit', order=order, card=card)} {scene.say('when')}",
        f"You say that your order {order} came late, want a credit on your gift card {card}, and"
        " want to know on which day the order was delivered.",
        (scene.get(order),),
        (said(scene.at(order)["delivered"]), {"not_called": {"tool": "give_credit"}}),
    )


def shipped(scene: Scene) -> Wish:
    """The user wants to cancel what has been sent."""
    order = scene.order("shipped")
    row = scene.at(order)
    return Wish(
        scene.say(_mostly(scene, "shipped", "cancel"), order=order),
        f"You want to cancel your order {order} or, if that cannot be, know when it arrives.",
        (scene.get(order), act("track_parcel", tracking=row["tracking"])),
        (said(row["promised"]),),
    )


def expired(scene: Scene) -> Wish:
    """The user wants to return something too late."""
    order = scene.order("delivered", days=EXPIRED)
    name = scene.shop.product_of(scene.rng.choice(list(scene.at(order)["items"])))["name"]
    return Wish(
        scene.say("expired", product=name, order=order),
        f"You want to return the {name} of your order {order} or, if that cannot be, know until"
        " which day you could have.",
        (scene.get(order),),
        (said(scene.shop.last_day(order)),),
    )


def mind(scene: Scene) -> Wish:
    """The user wants to cancel and then does not."""
    order = scene.order("pending")
    keep = scene.sentence("keep", phrases.KEEP)
    return Wish(
        scene.say("cancel", order=order),
        f"You ask to cancel your order {order}, but when you are asked to confirm you change your"
        " mind: you keep it, and want to know when it arrives.",
        (scene.get(order),),
        (said(scene.at(order)["promised"]), {"not_called": {"tool": "cancel_order"}}),
        (Line(when=ASKS, say=keep),),
        who="told",  # else a request to confirm who they are would be taken for the question
    )


def stranger(scene: Scene) -> Wish:
    """The user is no customer: name and postcode do not go together."""
    order = scene.order("pending")
    return Wish(
        scene.say("cancel", order=order),
        f"You want order {order} cancelled. The name and postcode you give are not both right, and"
        " you have no others. You ask twice and then leave.",
        checks=({"not_called": {"tool": "cancel_order"}},),
        lines=(_insists(scene),),
        who="name",
        noop="pass",
    )


def relative(scene: Scene) -> Wish:
    """The user wants to cancel somebody else's order."""
    order = scene.shop.order(scene.shop.customer(scene.words), scene.words, "pending")
    return Wish(
        scene.say("relative", order=order),
        f"You want order {order} cancelled, which is not yours. You ask twice and then leave.",
        checks=({"not_called": {"tool": "cancel_order"}},),
        lines=(_insists(scene),),
        noop="pass",
    )


def partial(scene: Scene) -> Wish:
    """The user wants a single item of an order cancelled."""
    order = scene.order("pending", items=scene.rng.choice((2, 3)))
    items = scene.at(order)["items"]
    name = scene.shop.product_of(scene.rng.choice(list(items)))["name"]
    return Wish(
        scene.say("partial", product=name, order=order),
        f"You want only the {name} of your order {order} cancelled or, if that cannot be, know the"
        " order's total. You do not want the whole order cancelled.",
        (scene.get(order),),
        (said(round(sum(items.values()), 2)), {"not_called": {"tool": "cancel_order"}}),
    )


def discount(scene: Scene) -> Wish:
    """The user wants to pay less."""
    order = scene.order("pending")
    name = scene.shop.product_of(next(iter(scene.at(order)["items"])))["name"]
    percent = scene.rng.choice((5, 15, 20, 25, 30))
    return Wish(
        scene.say("discount", order=order, product=name, percent=percent),
        f"You want your order {order} to be cheaper. You ask twice and then leave.",
        checks=({"not_called": {"tool": "give_credit"}}, {"not_called": {"tool": "cancel_order"}}),
        lines=(_insists(scene),),
        noop="pass",
    )


def _mostly(scene: Scene, usual: str, other: str) -> str:
    """A phrasing of the kind or, now and then, of one that is met otherwise: the words alone do not
    tell what is allowed."""
    return usual if scene.rng.random() < 0.75 else other


def _insists(scene: Scene) -> Line:
    return Line(say=scene.sentence("insist", phrases.INSIST))


KINDS: dict[str, Callable[[Scene], Wish]] = {
    "status": status, "balance": balance, "price": price, "material": material, "cancel": cancel,
    "address": address, "payment": payment, "phone": phone, "exchange": exchange,
    "return": return_, "choice": choice, "credit": credit, "forgot": forgot, "ontime": ontime,
    "shipped": shipped, "expired": expired, "mind": mind, "stranger": stranger,
    "relative": relative, "partial": partial, "discount": discount,
}  # fmt: skip
"""All kinds of a single wish; `several` joins two of them."""

JOINED = (
    ("address", "balance"),
    ("phone", "status"),
    ("status", "cancel"),
    ("balance", "phone"),
    ("cancel", "balance"),
    ("price", "cancel"),
)
"""Which wishes go together in one conversation."""
