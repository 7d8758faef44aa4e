"""The thirty functions whose declarations are kept in `signatures/`: one kind of type each."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

from pydantic import BaseModel, ConfigDict, Field, HttpUrl
from typing_extensions import TypedDict

from agentkit.tools.base import RunContext


class Colour(enum.Enum):
    """A paint."""

    RED = "red"
    GREEN = "green"


class Priority(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Address(BaseModel):
    """Where a parcel goes."""

    street: str = Field(description="Street and house number")
    city: str
    zip_code: str = Field(title="Postal code", pattern=r"^\d{5}$")
    country: str = "DE"


class Customer(BaseModel):
    name: str
    home: Address
    work: Address | None = None


class Node(BaseModel):
    value: int
    children: list[Node] = []


class Card(BaseModel):
    """Paid by card."""

    kind: Literal["card"]
    number: str = Field(min_length=12, max_length=19)


class Transfer(BaseModel):
    """Paid by bank transfer."""

    kind: Literal["transfer"]
    iban: str


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.5


class Range(NamedTuple):
    first: int
    last: int


class Filter(TypedDict):
    field: str
    negate: NotRequired[bool]


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")
    known: int


def no_arguments() -> str:
    """What time it is."""
    return ""


def only_context(ctx: RunContext[None]) -> str:
    """Who is asking."""
    return ""


def simple(name: str, count: int, ratio: float, exact: bool) -> None:
    """Four plain types."""


def defaults(
    unit: str = "celsius",
    count: int = 3,
    ratio: float = 0.5,
    tiny: float = 1e-05,
    on: bool = True,
    tags: tuple[str, ...] = ("a", "b"),
) -> None:
    """A default of every plain type."""


def google(city: str, days: int = 3) -> None:
    """The weather of a city.

    Several sources are asked, and the median is given.

    Args:
        city: name of the city,
            with its country when it is ambiguous
        days: how far to look ahead

    Returns:
        The forecast.
    """


def numpy(city: str, days: int = 3) -> None:
    """The weather of a city.

    Several sources are asked, and the median is given.

    Parameters
    ----------
    city : str
        Name of the city.
    days : int, optional
        How far to look ahead.

    Returns
    -------
    dict
        The forecast.
    """


def sphinx(city: str, days: int = 3) -> None:
    """The weather of a city.

    Several sources are asked, and the median is given.

    :param city: name of the city
    :param days: how far to look ahead
    :returns: the forecast
    """


def string_choice(unit: Literal["celsius", "fahrenheit"] = "celsius") -> None:
    """One of several words."""


def integer_choice(level: Literal[1, 2, 3]) -> None:
    """One of several numbers."""


def mixed_choice(value: Literal["auto", 0, True, None] = "auto") -> None:
    """One of several values of different types."""


def constant(version: Literal["v2"]) -> None:
    """The only value there is."""


def enums(colour: Colour, priority: Priority = Priority.LOW) -> None:
    """Enums of strings and of integers."""


def optional(a: str | None, b: int | None = None, c: Literal["x", "y"] | None = "x") -> None:
    """Values that may be null."""


def unions(key: int | str, value: str | float | bool | None, whole: int | float = 1) -> None:
    """Several types."""


def lists(names: list[str], keys: Sequence[int | str], unique: set[Literal["a", "b"]]) -> None:
    """Lists of one type and of several."""


def nested_lists(grid: list[list[float | None]]) -> None:
    """Lists of lists."""


def dictionaries(
    counts: dict[str, int],
    groups: Mapping[str, list[str]],
    places: dict[str, Address],
    sides: dict[Literal["left", "right"], float],
) -> None:
    """Dictionaries."""


def tuples(pair: tuple[int, str], many: tuple[float, ...], empty: tuple[()], span: Range) -> None:
    """Tuples."""


def model(address: Address, note: str = "") -> None:
    """A pydantic model."""


def nested_models(customer: Customer) -> None:
    """A model of models."""


def optional_model(address: Address | None = None) -> None:
    """A model or nothing."""


def list_of_models(addresses: list[Address], payers: list[Card | Transfer]) -> None:
    """Lists of models."""


def model_union(payment: Card | Transfer) -> None:
    """One of several models.

    Args:
        payment: how it is paid
    """


def discriminated(
    payment: Annotated[Card | Transfer, Field(discriminator="kind")],
    refund: Annotated[Card | Transfer, Field(discriminator="kind")] | None = None,
) -> None:
    """One of several models, told apart by a field."""


def data_types(point: Point, filters: list[Filter], loose: Loose) -> None:
    """A dataclass, a TypedDict and a model open to more fields."""


def dates(
    day: datetime.date,
    at: datetime.datetime | None = None,
    takes: datetime.timedelta = datetime.timedelta(minutes=5),
    either: int | datetime.date = 0,
) -> None:
    """Dates and durations."""


def other_formats(order: uuid.UUID, link: HttpUrl, price: Decimal, file: Path, blob: bytes) -> None:
    """Strings of a known format."""


def limits(
    age: Annotated[int, Field(ge=0, lt=150, description="In years")],
    code: Annotated[str, Field(pattern="^#W", max_length=8, examples=["#W1", "#W2"])],
    scores: Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=1)],
    step: Annotated[int, Field(multiple_of=5)] = 5,
) -> None:
    """Limits that TypeScript cannot say."""


def awkward_text(
    quote: Annotated[Literal['"', "\\", "a\nb"], Field(description="First line\nsecond line")],
    text: str = 'say "hi"\n',
) -> None:
    r"""Quotes, backslashes and new lines: \" \\ \n.

    An indented block:

        x = 1
    """


class Service:
    def method(self, ctx: RunContext[Any], schema: str, json: int, /, *, _id: int = 1) -> None:
        """A method, with names that a pydantic model keeps for itself."""


async def stream(limit: int = 10) -> AsyncIterator[str]:
    """An async generator."""
    yield str(limit)


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    no_arguments, only_context, simple, defaults, google, numpy, sphinx, string_choice,
    integer_choice, mixed_choice, constant, enums, optional, unions, lists, nested_lists,
    dictionaries, tuples, model, nested_models, optional_model, list_of_models, model_union,
    discriminated, data_types, dates, other_formats, limits, awkward_text, Service().method,
    stream,
)  # fmt: skip
