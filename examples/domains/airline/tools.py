"""The tools of Kestrel Air's service desk, over the airline's state.

They know what is possible: that a flight exists and has seats, that a member owns a card and has
enough credit. They do not know what is allowed: fees, refunds, who may change what and how much a
member gets are the policy's, and the amounts are the caller's to work out. All amounts are whole
euros, for all passengers together. Times are those of the state's clock; there is no other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agentkit import ToolError
from agentkit.evals import State, reads, writes

Cabin = Literal["economy", "business"]
Fare = Literal["saver", "classic", "flex"]
Topic = Literal["baggage_claim", "group_booking", "medical", "unaccompanied_child"]
Row = dict[str, Any]
CONNECTION = timedelta(minutes=45)


class Passenger(BaseModel):
    """One who travels."""

    model_config = ConfigDict(extra="forbid")
    first: str = Field(description="first name, as in the passport")
    last: str = Field(description="last name, as in the passport")
    born: str = Field(description="date of birth, YYYY-MM-DD")


class Leg(BaseModel):
    """A flight on a day, in a cabin."""

    model_config = ConfigDict(extra="forbid")
    flight: str = Field(description="number, such as KA101")
    date: str = Field(description="YYYY-MM-DD")
    cabin: Cabin


class Payment(BaseModel):
    """A part of what is paid."""

    model_config = ConfigDict(extra="forbid")
    method: str = Field(description="id of a card or voucher of the member, or 'credit'")
    amount: int = Field(description="euros", gt=0)


# Looking


@reads
def find_member(state: State, email: str) -> Row:
    """Find a member by e-mail address.

    Args:
        email: the address in the member's profile; capitals do not matter.
    """
    for number, row in state.rows("members"):
        if row["email"] == email.strip().lower():
            return {"member": number, **row}
    raise ToolError(f"no member has the e-mail address {email}.")


@reads
def get_member(state: State, member: str) -> Row:
    """A member's profile: name, date of birth, status, upgrade certificates, travel credit in
    euros, cards, vouchers, and the codes of all reservations.

    Args:
        member: the member number, such as M1042.
    """
    return {"member": member, **_member(state, member)}


@reads
def get_reservation(state: State, code: str) -> Row:
    """A reservation: member, fare, passengers, segments with the price paid for each passenger,
    flights it was changed from, checked bags of all passengers together, payments, time of booking
    and status.

    Args:
        code: the six-letter code, such as KQWXYZ.
    """
    return {"code": code, **_reservation(state, code)}


@reads
def list_airports(state: State) -> Row:
    """All airports that Kestrel Air flies to: codes with cities."""
    return dict(state.get("airports"))


@reads
def get_flight(state: State, flight: str, date: str) -> Row:
    """A flight on a day, past or future: times, status, delay in minutes with its cause, prices for
    one passenger by cabin and fare, and free seats by cabin.

    Args:
        flight: number, such as KA101.
        date: YYYY-MM-DD.
    """
    return _flight(state, flight, date)


@reads
def search_flights(state: State, origin: str, destination: str, date: str) -> list[Row]:
    """Direct flights between two airports on a day that have not departed and are not cancelled,
    with prices for one passenger by cabin and fare, and free seats by cabin.

    Args:
        origin: code of an airport.
        destination: code of an airport.
        date: YYYY-MM-DD.
    """
    _airport(state, origin)
    _airport(state, destination)
    return _leaving(state, origin, date, destination)


@reads
def search_connections(state: State, origin: str, destination: str, date: str) -> list[list[Row]]:
    """Ways from one airport to another with one stop, on one day: pairs of flights with at least 45
    minutes between them.

    Args:
        origin: code of an airport.
        destination: code of an airport.
        date: YYYY-MM-DD.
    """
    _airport(state, origin)
    _airport(state, destination)
    return [
        [first, second]
        for first in _leaving(state, origin, date)
        if first["to"] != destination
        for second in _leaving(state, first["to"], date, destination)
        if _time(second, "departs") - _time(first, "arrives") >= CONNECTION
    ]


# Writing


@writes
def book(
    state: State,
    member: str,
    fare: Fare,
    passengers: list[Passenger],
    legs: list[Leg],
    bags: int,
    bag_charge: int,
    payments: list[Payment],
) -> Row:
    """Book a new reservation. The payments must add up to the price of all legs for all passengers
    and the charge for bags.

    Args:
        member: the member number.
        fare: of all legs.
        passengers: who travels, in the order in which the member named them.
        legs: in the order of travel.
        bags: checked bags of all passengers together.
        bag_charge: euros to pay for those bags that are not free.
        payments: how it is paid; of a voucher any part may be used, and the rest is lost.
    """
    if not passengers or not legs:
        raise ToolError("a reservation has at least one passenger and one leg.")
    owner = _member(state, member)
    segments: list[Row] = []
    for leg in legs:
        found = _open_flight(state, leg.flight, leg.date)
        price = _price(found, leg.cabin, fare)
        _take_seats(state, found, leg.cabin, len(passengers))
        segments.append({**leg.model_dump(), "price": price})
    total = len(passengers) * sum(each["price"] for each in segments) + bag_charge
    if sum(each.amount for each in payments) != total:
        raise ToolError(f"the payments do not add up to the price of {total} euros.")
    for payment in payments:
        _pay(state, member, payment.method, payment.amount, vouchers=True)
    code = state.next_id("reservations", prefix="KNEW", start=10)
    row = {
        "member": member,
        "fare": fare,
        "passengers": [each.model_dump() for each in passengers],
        "segments": segments,
        "former": [],
        "bags": bags,
        "payments": [each.model_dump() for each in sorted(payments, key=lambda p: p.method)],
        "booked": state.get("clock", "now"),
        "status": "booked",
    }
    state.set("reservations", code, to=row)
    state.set("members", member, "reservations", to=[*owner["reservations"], code])
    return {"code": code, **row}


@writes
def change_flight(
    state: State, code: str, segment: int, flight: str, date: str, amount: int, payment: str
) -> Row:
    """Move all passengers of one segment to another flight of the same route, fare and cabin.

    Args:
        code: of the reservation.
        segment: which of its segments, counted from 1.
        flight: number of the new flight.
        date: of the new flight, YYYY-MM-DD.
        amount: euros to charge in all: differences and fees. Below 0 to give as travel credit.
        payment: id of a card of the member, or 'credit'; 'credit' when the amount is not above 0.
    """
    row = _booked(state, code)
    old = _segment(row, segment)
    before = _flight(state, old["flight"], old["date"])
    after = _open_flight(state, flight, date)
    if (after["from"], after["to"]) != (before["from"], before["to"]):
        raise ToolError(f"{flight} does not fly from {before['from']} to {before['to']}.")
    if (flight, date) == (old["flight"], old["date"]):
        raise ToolError("this is the flight that is booked.")
    price = _price(after, old["cabin"], _fare_in(old["cabin"], row["fare"]))
    _take_seats(state, before, old["cabin"], -len(row["passengers"]))
    _take_seats(state, after, old["cabin"], len(row["passengers"]))
    moved = {"flight": flight, "date": date, "cabin": old["cabin"], "price": price}
    state.set("reservations", code, "segments", segment - 1, to=moved)
    former = [*row["former"], {"flight": old["flight"], "date": old["date"]}]
    former.sort(key=lambda each: (each["date"], each["flight"]))  # whatever is changed first
    state.set("reservations", code, "former", to=former)
    _settle(state, code, row, amount, payment)
    return _reservation(state, code)


@writes
def upgrade_segment(state: State, code: str, segment: int, amount: int, payment: str) -> Row:
    """Move all passengers of one segment from economy to business on the same flight.

    Args:
        code: of the reservation.
        segment: which of its segments, counted from 1.
        amount: euros to charge in all; 0 with certificates.
        payment: id of a card of the member, 'credit', or 'certificates' to spend one for each
            passenger.
    """
    row = _booked(state, code)
    old = _segment(row, segment)
    if old["cabin"] == "business":
        raise ToolError(f"segment {segment} is in business already.")
    found = _open_flight(state, old["flight"], old["date"])
    people = len(row["passengers"])
    price = _price(found, "business", _fare_in("business", row["fare"]))
    _take_seats(state, found, "economy", -people)
    _take_seats(state, found, "business", people)
    path = ("reservations", code, "segments", segment - 1)
    state.set(*path, "cabin", to="business")
    if payment == "certificates":
        have = state.get("members", row["member"], "certificates")
        if amount != 0 or have < people:
            raise ToolError(f"{people} certificates are needed and nothing else; there are {have}.")
        state.set("members", row["member"], "certificates", to=have - people)
    else:
        state.set(*path, "price", to=price)
        _settle(state, code, row, amount, payment)
    return _reservation(state, code)


@writes
def add_bags(state: State, code: str, bags: int, amount: int, payment: str) -> Row:
    """Add checked bags to a reservation.

    Args:
        code: of the reservation.
        bags: how many are added, for all passengers together.
        amount: euros to charge in all; 0 when they are free.
        payment: id of a card of the member, or 'credit'; 'credit' when the amount is 0.
    """
    row = _booked(state, code)
    if bags < 1 or amount < 0:
        raise ToolError("add at least one bag, for 0 euros or more.")
    state.set("reservations", code, "bags", to=row["bags"] + bags)
    _settle(state, code, row, amount, payment)
    return _reservation(state, code)


@writes
def cancel_reservation(state: State, code: str, refund: int, to: Literal["card", "credit"]) -> Row:
    """Cancel a whole reservation and give its seats free.

    Args:
        code: of the reservation.
        refund: euros to give back in all; 0 for nothing.
        to: the card it was paid with, or the member's travel credit; 'credit' when nothing is
            given back.
    """
    row = _booked(state, code)
    if refund < 0:
        raise ToolError("a refund is 0 euros or more.")
    for each in row["segments"]:
        found = _flight(state, each["flight"], each["date"])
        if found["status"] in ("landed", "departed"):
            raise ToolError(f"{each['flight']} of {each['date']} has departed.")
        _take_seats(state, found, each["cabin"], -len(row["passengers"]))
    cards = [each["method"] for each in row["payments"] if each["method"].startswith("card")]
    if to == "card" and not cards:
        raise ToolError("this reservation was not paid with a card.")
    state.set("reservations", code, "status", to="cancelled")
    if to == "card":
        paid = [*row["payments"], {"method": cards[0], "amount": -refund}]
        state.set("reservations", code, "payments", to=paid)
    else:
        _settle(state, code, row, -refund, "credit")
    return _reservation(state, code)


@writes
def issue_voucher(state: State, code: str, flight: str, date: str, amount: int) -> Row:
    """Give the member of a reservation a voucher in compensation for a flight; it is good for a
    year.

    Args:
        code: of the reservation.
        flight: number of the flight that was late or cancelled.
        date: of that flight, YYYY-MM-DD.
        amount: euros, for all passengers together.
    """
    row = _reservation(state, code)
    flown = [*row["segments"], *row["former"]]
    if not any((each["flight"], each["date"]) == (flight, date) for each in flown):
        raise ToolError(f"{code} never had a segment on {flight} of {date}.")
    if amount <= 0:
        raise ToolError("a voucher is worth more than 0 euros.")
    today = _now(state)
    path = ("members", row["member"], "vouchers")
    voucher = state.next_id(*path, prefix="V", start=100)
    value = {
        "amount": amount,
        "reason": f"{code} {flight} {date}",
        "expires": f"{today.year + 1}{today:-%m-%d}",
        "used": False,
    }
    state.set(*path, voucher, to=value)
    return {"voucher": voucher, **value}


@writes
def correct_name(state: State, code: str, passenger: int, first: str, last: str) -> Row:
    """Correct how a passenger's name is spelled in a reservation.

    Args:
        code: of the reservation.
        passenger: which of its passengers, counted from 1.
        first: the right first name.
        last: the right last name.
    """
    row = _booked(state, code)
    if not 1 <= passenger <= len(row["passengers"]):
        raise ToolError(f"{code} has {len(row['passengers'])} passengers.")
    path = ("reservations", code, "passengers", passenger - 1)
    state.set(*path, "first", to=first)
    state.set(*path, "last", to=last)
    return _reservation(state, code)


@writes
def refer(state: State, member: str, topic: Topic) -> str:
    """Hand the member over to the office that deals with a topic; it will call back.

    Args:
        member: the member number.
        topic: what it is about.
    """
    _member(state, member)
    number = state.next_id("referrals", prefix="C", start=1)
    state.set("referrals", number, to={"member": member, "topic": topic})
    return f"Case {number}: the office will call the member back within two working days."


# Shared


def _member(state: State, member: str) -> Row:
    row: Row = state.get("members", member)
    return row


def _reservation(state: State, code: str) -> Row:
    row: Row = state.get("reservations", code)
    return row


def _booked(state: State, code: str) -> Row:
    row = _reservation(state, code)
    if row["status"] != "booked":
        raise ToolError(f"{code} is cancelled.")
    return row


def _segment(row: Row, number: int) -> Row:
    if not 1 <= number <= len(row["segments"]):
        raise ToolError(f"the reservation has {len(row['segments'])} segments.")
    found: Row = row["segments"][number - 1]
    return found


def _airport(state: State, code: str) -> None:
    if not state.has("airports", code):
        raise ToolError(f"there is no airport {code}; list_airports tells the codes.")


def _flight(state: State, flight: str, date: str) -> Row:
    row: Row | None = state.get("flights", f"{flight}@{date}", default=None)
    if row is None:
        raise ToolError(f"there is no flight {flight} on {date}.")
    return row


def _open_flight(state: State, flight: str, date: str) -> Row:
    row = _flight(state, flight, date)
    if row["status"] == "cancelled":
        raise ToolError(f"{flight} of {date} is cancelled.")
    if _time(row, "departs") + timedelta(minutes=row["delay"]) <= _now(state):
        raise ToolError(f"{flight} of {date} has departed.")
    return row


def _leaving(state: State, origin: str, date: str, destination: str = "") -> list[Row]:
    """Flights of a day that can still be taken, by time of departure."""
    found = [
        row
        for _, row in state.rows("flights", date=date, **{"from": origin})
        if destination in ("", row["to"])
        and row["status"] not in ("cancelled", "landed", "departed")
        if _time(row, "departs") > _now(state)
    ]
    return sorted(found, key=lambda row: str(row["departs"]))


def _now(state: State) -> datetime:
    return datetime.fromisoformat(state.get("clock", "now"))


def _time(row: Row, which: Literal["departs", "arrives"]) -> datetime:
    return datetime.fromisoformat(f"{row['date']}T{row[which]}")


def _fare_in(cabin: str, fare: str) -> str:
    """Business has no saver fare: an upgraded saver counts as classic there."""
    return "classic" if cabin == "business" and fare == "saver" else fare


def _price(flight: Row, cabin: str, fare: str) -> int:
    prices = flight["prices"][cabin]
    if fare not in prices:
        raise ToolError(f"there is no {fare} fare in {cabin}.")
    return int(prices[fare])


def _take_seats(state: State, flight: Row, cabin: str, people: int) -> None:
    path = ("flights", f"{flight['flight']}@{flight['date']}", "seats", cabin)
    free = state.get(*path)
    if free < people:
        raise ToolError(f"{flight['flight']} of {flight['date']} has {free} free seats in {cabin}.")
    state.set(*path, to=free - people)


def _settle(state: State, code: str, row: Row, amount: int, method: str) -> None:
    """Charge an amount, or give it as credit when it is below 0, and note it in the reservation."""
    if amount <= 0 and method != "credit":
        raise ToolError("what is not charged has 'credit' as payment.")
    if amount == 0:
        return
    _pay(state, row["member"], method, amount)
    paid = [*row["payments"], {"method": method, "amount": amount}]
    state.set("reservations", code, "payments", to=paid)


def _pay(state: State, member: str, method: str, amount: int, vouchers: bool = False) -> None:
    owner = _member(state, member)
    if method == "credit":
        if owner["credit"] < amount:
            raise ToolError(f"the travel credit is {owner['credit']} euros.")
        state.set("members", member, "credit", to=owner["credit"] - amount)
    elif vouchers and method in owner["vouchers"]:
        voucher = owner["vouchers"][method]
        if voucher["used"] or voucher["amount"] < amount:
            raise ToolError(f"{method} does not cover {amount} euros.")
        state.set("members", member, "vouchers", method, "used", to=True)
    elif method not in owner["cards"]:
        raise ToolError(f"{member} cannot pay with {method!r} here.")


TOOLS = [
    find_member, get_member, get_reservation, list_airports, get_flight, search_flights,
    search_connections, book, change_flight, upgrade_segment, add_bags,
    cancel_reservation, issue_voucher, correct_name, refer,
]  # fmt: skip
