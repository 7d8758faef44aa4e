"""Forty types that an answer can be asked to be: nested, enumerated, bounded, patterned, recursive.

Texts are short, so that a model that writes at random comes to an end.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import ipaddress
import uuid
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, HttpUrl, SecretStr
from typing_extensions import TypedDict

Short = Annotated[str, Field(max_length=8)]
Small = Annotated[int, Field(ge=-99, le=99)]
Price = Annotated[decimal.Decimal, Field(ge=0, le=100, decimal_places=2, multiple_of=0.25)]
Share = Annotated[float, Field(ge=0, le=1, multiple_of=0.125)]


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Point(NamedTuple):
    x: Small
    y: Small


class Movie(TypedDict):
    title: Short
    year: Annotated[int, Field(ge=1900, le=2100)]


class Person(BaseModel):
    name: Short
    age: Annotated[int, Field(ge=0, le=120)]


class Team(BaseModel):
    leader: Person
    members: Annotated[list[Person], Field(max_length=2)]


class Company(BaseModel):
    teams: Annotated[dict[Literal["a", "b"], Team], Field(min_length=0)]
    founded: datetime.date


class Optionals(BaseModel):
    a: Small | None = None
    b: Short | None = None
    c: bool = False


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: Annotated[int, Field(ge=1, le=9)]


class Dog(BaseModel):
    kind: Literal["dog"]
    name: Short


class Owner(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


class Chain(BaseModel):
    value: Small
    next: Chain | None = None


class Tree(BaseModel):
    name: Short
    children: Annotated[list[Tree], Field(max_length=2)] = []


class Ticket(BaseModel):
    code: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{3}$")]
    at: datetime.datetime
    row: Literal["A", "B", 7]


class Line(BaseModel):
    product: Short
    price: Price
    quantity: Annotated[int, Field(gt=0, lt=10)]


class Invoice(BaseModel):
    number: Annotated[str, Field(pattern=r"^#\d{4}$")]
    lines: Annotated[list[Line], Field(min_length=1, max_length=2)]
    paid: bool


class Quoted(BaseModel):
    title: Annotated[str, Field(alias='the "title"', max_length=4)]
    ключ: Small


class Nothing(BaseModel):
    """Nothing at all."""


KINDS: tuple[Any, ...] = (
    bool,
    Small,
    Annotated[int, Field(multiple_of=7, ge=0, le=100)],
    Short,
    Share,
    Price,
    Colour,
    Level,
    Literal["yes", "no", 3, None],
    Annotated[str, Field(pattern=r"^(?:ab|cd){1,3}$")],
    Annotated[str, Field(pattern=r"^\d{3}-\d{4}$")],
    Annotated[str, Field(min_length=2, max_length=4)],
    datetime.date,
    datetime.time,
    datetime.datetime,
    datetime.timedelta,
    uuid.UUID,
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    HttpUrl,
    Annotated[SecretStr, Field(max_length=6)],
    Annotated[list[bool], Field(max_length=4)],
    Annotated[list[Annotated[list[Small], Field(max_length=2)]], Field(max_length=2)],
    Annotated[set[Level], Field(max_length=3)],
    tuple[Small, bool, Colour],
    Point,
    Movie,
    Small | Colour,
    Small | None,
    Person,
    Team,
    Company,
    Optionals,
    Owner,
    Chain,
    Tree,
    Ticket,
    Invoice,
    Quoted,
    Nothing,
)
