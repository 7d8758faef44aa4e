"""The tools of the retail domain: what a clerk of Fernway can look up and change.

They enforce what the database can know (an order's state, stock, days, who owns what) and leave to
the clerk what only a conversation can tell: who is speaking, and whether they said yes.

Tables, by id: customers C, orders W, products K, variants V, payments P, gift_cards G, parcels T,
ledger L (money that went back, or was charged when below 0), and `shop`, which has the date.
"""

from __future__ import annotations

import datetime
from typing import Any

from agentkit.errors import ToolError, ToolRetry
from agentkit.evals.state import State
from agentkit.evals.tools import reads, writes

Row = dict[str, Any]
RETURN_DAYS = 30
MOST_CREDIT = 10.0


@reads
def find_by_email(state: State, email: str) -> Row:
    """Find a customer by e-mail address.

    Args:
        email: The whole address.
    """
    for key, row in state.rows("customers"):
        if row["email"].lower() == email.strip().lower():
            return {"customer": key, "name": row["name"]}
    raise ToolError(f"no customer has the e-mail address {email}.")


@reads
def find_by_name(state: State, name: str, postcode: str) -> Row:
    """Find a customer by name and postcode.

    Args:
        name: First and last name.
        postcode: Five digits.
    """
    for key, row in state.rows("customers", postcode=postcode.strip()):
        if row["name"].lower() == name.strip().lower():
            return {"customer": key, "name": row["name"]}
    raise ToolError(f"no customer has the name {name} and the postcode {postcode}.")


@reads
def get_customer(state: State, customer: str) -> Row:
    """Phone, address, payment methods and gift cards of a customer.

    Args:
        customer: Id such as C1234.
    """
    row = _row(state, "customers", customer)
    return {
        "customer": customer,
        "phone": row["phone"],
        "address": row["address"],
        "payments": {
            key: f"{each['kind']} {each['ends_in']}"
            for key, each in state.rows("payments", customer=customer)
        },
        "gift_cards": [key for key, _ in state.rows("gift_cards", customer=customer)],
    }


@reads
def find_order(state: State, customer: str, product: str) -> Row:
    """Find a customer's orders of a product, when they do not know the order's id.

    Args:
        customer: Id such as C1234.
        product: Its name, such as desk lamp.
    """
    _row(state, "customers", customer)
    wanted = _product(state, product)
    found = [
        key
        for key, row in state.rows("orders", customer=customer)
        if any(state.get("variants", each, "product") == wanted for each in row["items"])
    ]
    if not found:
        raise ToolError(f"{customer} has no order of a {product}.")
    return {"orders": found}


@reads
def get_order(state: State, customer: str, order: str) -> Row:
    """Status, items, total, payment and dates of a customer's order.

    Args:
        customer: Id such as C1234.
        order: Id such as W12345.
    """
    row = _row(state, "orders", order)
    _row(state, "customers", customer)
    if row["customer"] != customer:
        raise ToolError(f"{order} is not an order of {customer}.")
    shown = {"order": order, "status": row["status"], "items": _items(state, row)}
    shown |= {"total": _total(row), "paid_with": row["paid_with"], "address": row["address"]}
    if row["status"] == "pending":
        shown["arrives"] = row["promised"]
    if "tracking" in row:
        shown["tracking"] = row["tracking"]
    if row["status"] == "delivered":
        shown["delivered"] = row["delivered"]
        shown["days_late"] = _days_late(row)
        shown["returns_until"] = _last_day(row).isoformat()
        shown["returnable"] = _today(state) <= _last_day(row)
    return shown


@reads
def track_parcel(state: State, tracking: str) -> Row:
    """Where a parcel is and when it arrives.

    Args:
        tracking: Id such as T12345.
    """
    row = _row(state, "parcels", tracking)
    return {"tracking": tracking, "place": row["place"], "arrives": row["arrives"]}


@reads
def get_product(state: State, product: str) -> Row:
    """Material, warranty and options of a product.

    Args:
        product: Its name, such as desk lamp.
    """
    key = _product(state, product)
    row = state.get("products", key)
    options = [each["option"] for _, each in state.rows("variants", product=key)]
    return {
        "product": row["name"],
        "material": row["material"],
        "warranty_years": row["warranty_years"],
        "options": options,
    }


@reads
def get_variant(state: State, product: str, option: str) -> Row:
    """Id, price and stock of a product in one option.

    Args:
        product: Its name, such as desk lamp.
        option: Colour or size, such as black.
    """
    key = _product(state, product)
    variants = list(state.rows("variants", product=key))
    for variant, row in variants:
        if row["option"].lower() == option.strip().lower():
            return {
                "variant": variant,
                "product": state.get("products", key, "name"),
                "option": row["option"],
                "price": row["price"],
                "stock": row["stock"],
            }
    options = ", ".join(row["option"] for _, row in variants)
    raise ToolRetry(f"there is no {product} in {option}; options are {options}.")


@reads
def get_gift_card(state: State, customer: str, card: str) -> Row:
    """Balance and last day of a customer's gift card.

    Args:
        customer: Id such as C1234.
        card: Id such as G1234.
    """
    row = _row(state, "gift_cards", card)
    if row["customer"] != customer:
        raise ToolError(f"{card} is not a gift card of {customer}.")
    return {"card": card, "balance": row["balance"], "valid_until": row["valid_until"]}


@writes
def cancel_order(state: State, order: str) -> Row:
    """Cancel a pending order and refund it.

    Args:
        order: Id such as W12345.
    """
    row = _in_status(state, order, "pending", "cancelled")
    state.set("orders", order, "status", to="cancelled")
    for variant in row["items"]:
        state.set("variants", variant, "stock", to=state.get("variants", variant, "stock") + 1)
    refund = _pay(state, order, row["paid_with"], _total(row))
    return {"order": order, "status": "cancelled", **refund}


@writes
def change_address(state: State, order: str, address: str) -> Row:
    """Change the address of a pending order.

    Args:
        order: Id such as W12345.
        address: Street and number, postcode and town.
    """
    _in_status(state, order, "pending", "sent to another address")
    if not any(each.isdigit() for each in address):
        raise ToolRetry("an address has street and number, postcode and town.")
    state.set("orders", order, "address", to=" ".join(address.split()))
    return {"order": order, "address": " ".join(address.split())}


@writes
def change_payment(state: State, order: str, payment: str) -> Row:
    """Change what pays for a pending order.

    Args:
        order: Id such as W12345.
        payment: Id such as P1234.
    """
    row = _in_status(state, order, "pending", "paid otherwise")
    found = _row(state, "payments", payment)
    if found["customer"] != row["customer"]:
        raise ToolError(f"{payment} does not belong to the customer of {order}.")
    if payment == row["paid_with"]:
        raise ToolError(f"{order} is paid with {payment} already.")
    state.set("orders", order, "paid_with", to=payment)
    return {"order": order, "paid_with": payment}


@writes
def change_phone(state: State, customer: str, phone: str) -> Row:
    """Change the phone number of a customer.

    Args:
        customer: Id such as C1234.
        phone: The new number.
    """
    _row(state, "customers", customer)
    state.set("customers", customer, "phone", to=phone.strip())
    return {"customer": customer, "phone": phone.strip()}


@writes
def exchange_item(state: State, order: str, variant: str, new_variant: str) -> Row:
    """Exchange an item of a delivered order for another option of the product.

    Args:
        order: Id such as W12345.
        variant: The item's id, such as V1234.
        new_variant: Id of the other option.
    """
    row = _returnable(state, order, variant)
    old, new = _row(state, "variants", variant), _row(state, "variants", new_variant)
    if old["product"] != new["product"] or variant == new_variant:
        raise ToolError(f"{new_variant} is not another option of the product {variant}.")
    if new["stock"] < 1:
        raise ToolError(f"{new_variant} is out of stock.")
    state.set("variants", new_variant, "stock", to=new["stock"] - 1)
    state.set("orders", order, "exchanged", to={**row.get("exchanged", {}), variant: new_variant})
    refund = round(row["items"][variant] - new["price"], 2)
    paid = _pay(state, order, row["paid_with"], refund) if refund else {"refund": 0}
    return {"order": order, "new_variant": new_variant, **paid}


@writes
def return_item(state: State, order: str, variant: str, refund_to: str) -> Row:
    """Take back an item of a delivered order and refund it.

    Args:
        order: Id such as W12345.
        variant: The item's id, such as V1234.
        refund_to: Id of the payment or gift card.
    """
    row = _returnable(state, order, variant)
    own_card = state.get("gift_cards", refund_to, "customer", default="") == row["customer"]
    if refund_to != row["paid_with"] and not own_card:
        raise ToolError(
            f"refunds of {order} go to {row['paid_with']} or to a gift card of the customer."
        )
    state.set("orders", order, "returned", to={**row.get("returned", {}), variant: refund_to})
    return {
        "order": order,
        "variant": variant,
        **_pay(state, order, refund_to, row["items"][variant]),
    }


@writes
def give_credit(state: State, order: str, card: str, amount: float) -> Row:
    """Put a credit for a late order on a gift card.

    Args:
        order: Id such as W12345.
        card: Id such as G1234.
        amount: In euros.
    """
    row = _in_status(state, order, "delivered", "credited")
    if _row(state, "gift_cards", card)["customer"] != row["customer"]:
        raise ToolError(f"{card} is not a gift card of the customer of {order}.")
    if row.get("credit"):
        raise ToolError(f"{order} has had its credit.")
    if not 0 < amount <= MOST_CREDIT:
        raise ToolRetry(f"a credit is above 0 and at most {MOST_CREDIT}.")
    state.set("orders", order, "credit", to=amount)
    _pay(state, order, card, amount)
    return {"order": order, "card": card, "balance": state.get("gift_cards", card, "balance")}


# The rules of the database

_EXAMPLES = {
    "customers": ("customer", "C1234"),
    "orders": ("order", "W12345"),
    "variants": ("item", "V1234"),
    "payments": ("payment", "P1234"),
    "gift_cards": ("gift card", "G1234"),
    "parcels": ("parcel", "T12345"),
}


def _row(state: State, table: str, key: str) -> Row:
    """A row by its id.

    Raises:
        ToolRetry: there is none.
    """
    row: Row | None = state.get(table, key, default=None) if key else None
    if row is None:
        what, example = _EXAMPLES[table]
        raise ToolRetry(f"there is no {what} {key}; its id looks like {example}.")
    return row


def _product(state: State, name: str) -> str:
    """The id of a product; a plural will do.

    Raises:
        ToolRetry: there is none of that name.
    """
    wanted = name.strip().lower()
    for key, row in state.rows("products"):
        if wanted in (row["name"], f"{row['name']}s"):
            return key
    raise ToolRetry(f"Fernway has no product {name}.")


def _in_status(state: State, order: str, status: str, done: str) -> Row:
    row = _row(state, "orders", order)
    if row["status"] != status:
        raise ToolError(f"{order} is {row['status']}: only {status} orders can be {done}.")
    return row


def _returnable(state: State, order: str, variant: str) -> Row:
    """A delivered order whose item may still be sent back."""
    row = _in_status(state, order, "delivered", "returned or exchanged")
    if variant not in row["items"]:
        raise ToolRetry(f"{order} has no item {variant}; it has {', '.join(row['items'])}.")
    if variant in row.get("returned", {}) or variant in row.get("exchanged", {}):
        raise ToolError(f"{variant} of {order} has been returned or exchanged already.")
    if _today(state) > _last_day(row):
        raise ToolError(f"the last day for returns of {order} was {_last_day(row)}.")
    return row


def _today(state: State) -> datetime.date:
    return datetime.date.fromisoformat(state.get("shop", "today"))


def _last_day(row: Row) -> datetime.date:
    return datetime.date.fromisoformat(row["delivered"]) + datetime.timedelta(RETURN_DAYS)


def _days_late(row: Row) -> int:
    promised, delivered = map(datetime.date.fromisoformat, (row["promised"], row["delivered"]))
    return max(0, (delivered - promised).days)


def _items(state: State, row: Row) -> list[Row]:
    shown = []
    for key, price in row["items"].items():
        variant = state.get("variants", key)
        product = state.get("products", variant["product"], "name")
        shown.append(
            {"variant": key, "product": product, "option": variant["option"], "price": price}
        )
    return shown


def _total(row: Row) -> float:
    return float(round(sum(row["items"].values()), 2))


def _pay(state: State, order: str, to: str, amount: float) -> Row:
    """Book money that goes back to a payment or gift card; below 0, money that is charged."""
    if state.has("gift_cards", to):
        balance = round(state.get("gift_cards", to, "balance") + amount, 2)
        if balance < 0:
            raise ToolError(f"the balance of {to} does not cover {-amount}.")
        state.set("gift_cards", to, "balance", to=balance)
    entry = state.next_id("ledger", prefix="L", start=500)
    state.set("ledger", entry, to={"order": order, "to": to, "amount": amount})
    return {"refund": amount, "to": to} if amount > 0 else {"charge": -amount, "to": to}


TOOLS = [
    find_by_email, find_by_name, get_customer, find_order, get_order, track_parcel, get_product,
    get_variant, get_gift_card, cancel_order, change_address, change_payment, change_phone,
    exchange_item, return_item, give_credit,
]  # fmt: skip
