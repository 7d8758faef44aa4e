"""Writes `state.json`: the same bytes every time.

    python examples/domains/airline/make.py

The timetable and most members are drawn from a fixed seed; the tables of `cast.toml` say what the
tasks need: their members and reservations, flights that were late or cancelled, and seats that are
free or not. Whoever changes something here runs `agentkit eval lint examples/domains/airline`.
"""

from __future__ import annotations

import json
import random
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NOW = datetime(2031, 5, 14, 10)
FIRST_DAY, DAYS = date(2031, 5, 10), 14
EARLIER = [date(2031, 4, 29), date(2031, 5, 1)]  # what is left of the past: claims go back to it
AIRPORTS = {
    "HVN": "Havenby",
    "ALD": "Aldermoor",
    "BRN": "Brennick",
    "CAS": "Casperton",
    "DUN": "Dunmarrow",
    "ELS": "Elsinford",
    "FAR": "Farholm",
}
# number, from, to, departure and flying time in minutes, base price
DIRECT = [
    ("KA701", "ALD", "ELS", 675, 80, 74),
    ("KA702", "ELS", "ALD", 810, 80, 74),
    ("KA801", "BRN", "FAR", 720, 95, 81),
    ("KA802", "FAR", "BRN", 960, 95, 81),
]
FACTORS = {
    "economy": {"saver": 1.0, "classic": 1.3, "flex": 1.7},
    "business": {"classic": 2.6, "flex": 3.2},
}
FIRST = "Ada Bram Cleo Dirk Edda Falk Gesa Hugo Ines Jaro Kaia Lars Mina Nils Orla Piet Rhea Sven"
LAST = (
    "Ackroyd Bergsma Calloway Dufresne Eklund Fairbairn Gallo Hendry Ishikawa Jansson Kowalczyk"
    " Lindqvist Marchetti Novak Okafor Pemberton Quiroga Rasmussen Sorensen Thackeray"
)
Row = dict[str, Any]


def routes() -> list[tuple[str, str, str, int, int, int]]:
    """Each airport has two flights a day from the hub and two to it; four go past it."""
    found = list(DIRECT)
    for n, code in enumerate(list(AIRPORTS)[1:], 1):
        flying, price = 55 + 10 * n, 52 + 9 * n
        found += [
            (f"KA{n}02", code, "HVN", 380 + 10 * n, flying, price),
            (f"KA{n}01", "HVN", code, 560 + 5 * n, flying, price),
            (f"KA{n}06", code, "HVN", 880 + 10 * n, flying, price),
            (f"KA{n}05", "HVN", code, 1090 + 5 * n, flying, price),
        ]
    return sorted(found)


def flights(rng: random.Random, known: dict[str, Row]) -> dict[str, Row]:
    """The timetable; what is known of a flight stands in place of what is drawn."""
    rows = {}
    for day in [*EARLIER, *(FIRST_DAY + timedelta(n) for n in range(DAYS))]:
        for number, origin, destination, departs, flying, price in routes():
            row = _flight(rng, day, departs, flying, price)
            row = {"flight": number, "date": f"{day}", "from": origin, "to": destination, **row}
            key = f"{number}@{day}"
            told = known.get(key, {})
            row["seats"] |= told.get("seats", {})
            rows[key] = row | {k: v for k, v in told.items() if k != "seats"}
    return rows


def _flight(rng: random.Random, day: date, departs: int, flying: int, price: int) -> Row:
    saver = price * (0.8 + 0.6 * rng.random()) * (1.25 if day.weekday() in (4, 6) else 1)
    scarce = rng.random() < 0.1
    seats = {
        "economy": _below(rng, 3 if scarce else 40),
        "business": _below(rng, 9),
    }
    late = _below(rng, 40) if rng.random() < 0.3 else 0
    leaves = datetime(day.year, day.month, day.day) + timedelta(minutes=departs)
    arrives = leaves + timedelta(minutes=flying)
    status = "landed" if arrives < NOW else "departed" if leaves < NOW else "scheduled"
    return {
        "departs": f"{leaves:%H:%M}",
        "arrives": f"{arrives:%H:%M}",
        "status": status,
        "delay": 0 if status == "scheduled" else late,
        "cause": "late aircraft" if late and status != "scheduled" else "",
        "prices": {
            cabin: {fare: round(saver * factor) for fare, factor in factors.items()}
            for cabin, factors in FACTORS.items()
        },
        "seats": seats,
    }


def others(rng: random.Random, timetable: dict[str, Row]) -> tuple[list[Row], list[Row]]:
    """Members and reservations that no task is about."""
    first, last = FIRST.split(), LAST.split()
    members, reservations = [], []
    for n in range(70):
        name, family = first[_below(rng, len(first))], last[_below(rng, len(last))]
        born = date(1950, 1, 1) + timedelta(_below(rng, 19000))
        member = {
            "number": f"M{2001 + n}",
            "first": name,
            "last": family,
            "born": f"{born}",
            "status": ("none", "none", "none", "silver", "gold")[_below(rng, 5)],
            "credit": 10 * _below(rng, 12),
            "cards": [f"card_{1000 + _below(rng, 9000)}"],
        }
        members.append(member)
        for _ in range(1 + _below(rng, 2)):
            code = "K" + "".join("BCDFGHJLMPQRSTVWXZ"[_below(rng, 18)] for _ in range(5))
            reservations.append(_drawn(rng, code, member, list(timetable.values())))
    return members, reservations


def _drawn(rng: random.Random, code: str, member: Row, timetable: list[Row]) -> Row:
    flight = timetable[_below(rng, len(timetable))]
    cabin = "business" if rng.random() < 0.15 else "economy"
    fares = list(FACTORS[cabin])
    fare = fares[_below(rng, len(fares))]
    price = max(20, flight["prices"][cabin][fare] - 12 + _below(rng, 25))
    day = date.fromisoformat(flight["date"]) - timedelta(12 + _below(rng, 40))
    return {
        "code": code,
        "member": member["number"],
        "fare": fare,
        "booked": f"{day}T{8 + _below(rng, 12):02}:{_below(rng, 60):02}",
        "segments": [f"{flight['flight']} {flight['date']} {cabin} {price}"],
    }


def member_row(given: Row, codes: list[str]) -> Row:
    """A member as the state keeps it."""
    return {
        "first": given["first"],
        "last": given["last"],
        "born": given["born"],
        "email": f"{given['first']}.{given['last']}.{given['number'][1:]}@post.example".lower(),
        "status": given.get("status", "none"),
        "certificates": given.get("certificates", 0),
        "credit": given.get("credit", 0),
        "cards": given.get("cards", []),
        "vouchers": given.get("vouchers", {}),
        "reservations": codes,
    }


def reservation_row(given: Row, owner: Row) -> Row:
    """A reservation as the state keeps it: its member travels first and paid all by card, unless
    it says otherwise."""
    travellers = [f"{owner['first']} {owner['last']} {owner['born']}", *given.get("with", [])]
    names = [each.rsplit(" ", 2) for each in given.get("passengers", travellers)]
    segments = [each.split() for each in given["segments"]]
    price = len(names) * sum(int(paid) for _, _, _, paid in segments)
    paid = given.get("payments") or [
        {"method": owner["cards"][0], "amount": price + given.get("bag_charge", 0)}
    ]
    return {
        "member": given["member"],
        "fare": given["fare"],
        "passengers": [{"first": a, "last": b, "born": c} for a, b, c in names],
        "segments": [
            {"flight": flight, "date": day, "cabin": cabin, "price": int(each)}
            for flight, day, cabin, each in segments
        ],
        "former": [],
        "bags": given.get("bags", 0),
        "payments": paid,
        "booked": given["booked"],
        "status": given.get("status", "booked"),
    }


def make() -> Row:
    """The whole state."""
    rng = random.Random(20310514)
    cast = tomllib.loads((HERE / "cast.toml").read_text("utf-8"))
    timetable = flights(rng, cast["flights"])
    members, reservations = others(rng, timetable)
    members, reservations = cast["members"] + members, cast["reservations"] + reservations
    codes: dict[str, list[str]] = {}
    for each in reservations:
        codes.setdefault(each["member"], []).append(each["code"])
    rows = {each["number"]: member_row(each, codes.get(each["number"], [])) for each in members}
    return {
        "clock": {"now": f"{NOW:%Y-%m-%dT%H:%M}"},
        "airports": AIRPORTS,
        "members": rows,
        "reservations": {
            each["code"]: reservation_row(each, rows[each["member"]]) for each in reservations
        },
        "flights": timetable,
        "referrals": {},
    }


def text(state: Row) -> str:
    """The state as JSON, a row a line."""
    tables = []
    for name, table in state.items():
        rows = [f"{json.dumps(key)}: {json.dumps(row)}" for key, row in table.items()]
        tables.append(f"{json.dumps(name)}: {{" + ",".join("\n" + row for row in rows) + "\n}")
    return "{" + ",\n".join(tables) + "}\n"


def _below(rng: random.Random, bound: int) -> int:
    """A number from 0 up to below `bound`, by the one method that all versions of Python share."""
    return int(rng.random() * bound)


if __name__ == "__main__":
    (HERE / "state.json").write_text(text(make()), "utf-8")
