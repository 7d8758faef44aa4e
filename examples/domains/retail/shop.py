"""The database of the retail domain, made row by row.

Knows the tables that `tools.py` reads and which rows go together (an order with its customer,
goods, payment and parcel); nothing of tasks. All that is drawn depends on the random generator
given.
"""

from __future__ import annotations

import datetime
import json
import random
from typing import Any, Literal

from examples.domains.retail.words import Kind, Side, Words

Row = dict[str, Any]
Status = Literal["pending", "shipped", "delivered", "cancelled"]
TABLES = (
    "customers", "products", "variants", "payments", "gift_cards", "orders", "parcels", "ledger",
)  # fmt: skip
RETURN_DAYS = 30
TODAY = datetime.date(2026, 3, 16)
PRICES: dict[Kind, tuple[int, int]] = {
    "furniture": (45, 190), "cloth": (12, 60), "vessel": (11, 48), "hardware": (12, 90),
}  # fmt: skip
CENTS = (0.25, 0.35, 0.45, 0.65, 0.75, 0.85, 0.95)
LATE, IN_TIME, EXPIRED = "late", "in time", "expired"


class Shop:
    """A database that grows.

    Args:
        rng: decides all draws.
        today: the day on which the conversations take place.

    Attributes:
        tables: the state so far.
        catalogue: ids of products by the side their words are from.
    """

    def __init__(self, rng: random.Random, today: datetime.date = TODAY) -> None:
        self.rng = rng
        self.today = today
        self.tables: dict[str, dict[str, Any]] = {name: {} for name in TABLES}
        self.catalogue: dict[Side, list[str]] = {"train": [], "test": []}

    def state(self) -> Row:
        """The whole state, rows in order of their ids."""
        tables = {name: dict(sorted(rows.items())) for name, rows in self.tables.items()}
        return {"shop": {"name": "Fernway", "today": self.today.isoformat()}, **tables}

    def stock_up(self, words: Words, count: int) -> None:
        """Put products of `words` into the catalogue, each in two to four options."""
        for name, kind in words.goods(count):
            product = self._new("products", "K", 100, 999)
            years = self.rng.choice((2, 3, 4, 5, 6))
            row = {"name": name, "material": words.material(kind), "warranty_years": years}
            self.tables["products"][product] = row
            self.catalogue[words.side].append(product)
            base = self.rng.randint(*PRICES[kind])
            for option in words.options(kind, self.rng.choice((2, 3, 3, 4))):
                self.tables["variants"][self._new("variants", "V", 1000, 9999)] = {
                    "product": product,
                    "option": option,
                    "price": self.price(base, base + base // 4),
                    "stock": self.rng.choice((3, 4, 5, 6, 7, 8, 9, 12, 14, 16, 18, 21, 25)),
                }

    def customer(self, words: Words) -> str:
        """A new customer with one to three payment methods."""
        customer = self._new("customers", "C", 1000, 9999)
        name, postcode = self._name(words), words.postcode()
        email = words.email(name)
        while any(email == row["email"] for row in self.tables["customers"].values()):
            email = f"{self.rng.randint(2, 99)}{email}"
        self.tables["customers"][customer] = {
            "name": name,
            "email": email,
            "phone": words.phone(),
            "postcode": postcode,
            "address": words.address(postcode),
        }
        for _ in range(self.rng.choice((1, 1, 2))):
            self.payment(customer)
        return customer

    def payment(self, customer: str) -> str:
        """A new payment method of a customer."""
        payment = self._new("payments", "P", 1000, 9999)
        others = {row["ends_in"] for row in self.tables["payments"].values()}
        ends_in = next(
            each
            for each in iter(lambda: str(self.rng.randint(1000, 9999)), "")
            if each not in others
        )
        kind = self.rng.choice(("card", "account"))
        row = {"customer": customer, "kind": kind, "ends_in": ends_in}
        self.tables["payments"][payment] = row
        return payment

    def gift_card(self, customer: str) -> str:
        """A new gift card of a customer."""
        card = self._new("gift_cards", "G", 1000, 9999)
        until = self.today + datetime.timedelta(self.rng.randint(90, 900))
        self.tables["gift_cards"][card] = {
            "customer": customer,
            "balance": self.price(11, 140),
            "valid_until": until.isoformat(),
        }
        return card

    def order(
        self,
        customer: str,
        words: Words,
        status: Status,
        items: int | None = None,
        days: str = IN_TIME,
    ) -> str:
        """A new order.

        Args:
            customer: whose.
            words: of whose side of the catalogue it is.
            status: of the order.
            items: how many; one to three by default, all of different products.
            days: of a delivered order: `in time`, `late`, or `expired` for returns.
        """
        order = self._new("orders", "W", 10000, 99999)
        row: Row = {"customer": customer, "status": status, **self._dates(status, days)}
        row["items"] = self._items(words.side, items or self.rng.choice((1, 1, 2, 3)))
        row["paid_with"] = self.rng.choice(self.of("payments", customer))
        row["address"] = self.tables["customers"][customer]["address"]
        self.tables["orders"][order] = row
        if status in ("shipped", "delivered"):
            row["tracking"] = self._new("parcels", "T", 10000, 99999)
            self.tables["parcels"][row["tracking"]] = self._parcel(row, words)
        return order

    def of(self, table: str, customer: str) -> list[str]:
        """Ids of a customer's rows."""
        rows = self.tables[table].items()
        return [key for key, row in rows if row["customer"] == customer]

    def options_of(self, product: str) -> list[str]:
        """Ids of a product's variants."""
        rows = self.tables["variants"].items()
        return [key for key, row in rows if row["product"] == product]

    def product_of(self, variant: str) -> Row:
        """The product of a variant."""
        row: Row = self.tables["products"][self.tables["variants"][variant]["product"]]
        return row

    def last_day(self, order: str) -> str:
        """The last day for returns of a delivered order."""
        delivered = datetime.date.fromisoformat(self.tables["orders"][order]["delivered"])
        return (delivered + datetime.timedelta(RETURN_DAYS)).isoformat()

    def price(self, least: int, most: int) -> float:
        """An amount that no round number is mistaken for."""
        return round(self.rng.randint(least, most) + self.rng.choice(CENTS), 2)

    def _name(self, words: Words) -> str:
        """A name; a first name that nobody has yet, while there are some."""
        first = {row["name"].split()[0] for row in self.tables["customers"].values()}
        drawn = [words.name() for _ in range(20)]
        return next((each for each in drawn if each.split()[0] not in first), drawn[0])

    def _new(self, table: str, prefix: str, least: int, most: int) -> str:
        while (key := f"{prefix}{self.rng.randint(least, most)}") in self.tables[table]:
            pass
        return key

    def _items(self, side: Side, count: int) -> dict[str, float]:
        chosen = self.rng.sample(self.catalogue[side], count)
        variants = [self.rng.choice(self.options_of(product)) for product in chosen]
        return {each: self.tables["variants"][each]["price"] for each in variants}

    def _dates(self, status: Status, days: str) -> Row:
        rng = self.rng
        if status in ("pending", "cancelled"):
            placed, promised = -rng.randint(0, 3), rng.randint(3, 9)
        elif status == "shipped":
            placed, promised = -rng.randint(3, 8), rng.randint(1, 6)
        else:
            ago = rng.randint(40, 120) if days == EXPIRED else rng.randint(2, 26)
            late = rng.randint(2, 9) if days == LATE else 0
            placed, promised = -ago - late - rng.randint(4, 9), -ago - late
            return {
                "placed": self._day(placed),
                "promised": self._day(promised),
                "delivered": self._day(-ago),
            }
        return {"placed": self._day(placed), "promised": self._day(promised)}

    def _day(self, offset: int) -> str:
        return (self.today + datetime.timedelta(offset)).isoformat()

    def _parcel(self, row: Row, words: Words) -> Row:
        if row["status"] == "delivered":
            return {"place": "customer", "arrives": row["delivered"]}
        return {"place": words.place(), "arrives": row["promised"]}


def to_text(state: Row) -> str:
    """A state as JSON, one row a line."""
    tables = []
    for name, rows in state.items():
        lines = ",\n".join(
            f"  {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}"
            for key, row in rows.items()
        )
        tables.append(f" {json.dumps(name)}: {{\n{lines}\n }}" if rows else f' "{name}": {{}}')
    return "{\n" + ",\n".join(tables) + "\n}\n"
