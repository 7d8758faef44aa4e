"""JSON numbers between bounds, as regular expressions over their digits.

Integers are written without fraction or exponent, others with at most 16 digits after the point,
and with an exponent only where neither they nor their digits have a bound. No number has more than
one spelling of its whole part. Source of the spelling: RFC 8259, section 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from agentkit.errors import UserError
from agentkit.harmony.automaton import Chain, Chars, Choice, Expression, Repeat, literal

_DIGIT = Chars(((0x30, 0x39),))
_NOTHING = Chain()
_LARGEST_WHOLE = 10**15 - 1
_FRACTION_DIGITS = 16
_MOST_DIGITS = 400


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a schema says of a number; None for no bound.

    Args:
        low: the least number.
        high: the greatest.
        above: `low` itself is too small.
        below: `high` itself is too large.
        places: most digits after the point, of numbers that are not whole.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    above: bool = False
    below: bool = False
    places: int = _FRACTION_DIGITS


def integers(bounds: Bounds) -> Expression:
    """The integers within `bounds`, which default to 15 digits.

    Raises:
        UserError: there is none.
    """
    low, high = _closed(bounds, Decimal(1))
    first = math.floor(low) + 1 if bounds.above else math.ceil(low)
    last = math.ceil(high) - 1 if bounds.below else math.floor(high)
    parts: list[Expression] = []
    if first < 0:
        parts.append(Chain((literal("-"), Choice(tuple(_naturals(max(1, -last), -first))))))
    if last >= 0:
        parts += _naturals(max(0, first), last)
    if not parts or first > last:
        raise UserError("its bounds leave no number")
    return Choice(tuple(parts))


def numbers(bounds: Bounds) -> Expression:
    """The numbers within `bounds`.

    Raises:
        UserError: there is none.
    """
    places = bounds.places
    if bounds.low is None and bounds.high is None:
        whole = Choice(tuple(_naturals(0, _LARGEST_WHOLE)))
        exponent = [_optional(_exponent())] if places == _FRACTION_DIGITS else []
        return Chain((_optional(literal("-")), whole, _fraction(places), *exponent))
    low, high = _closed(bounds, Decimal(1))
    if low > high or (low == high and (bounds.above or bounds.below)):
        raise UserError("its bounds leave no number")
    parts: list[Expression] = []
    zero = Decimal(0)
    if high > 0 or (high == 0 and not bounds.below):
        above = bounds.above and low >= 0
        parts += _between(max(low, zero), above, high, bounds.below, places)
    if low < 0:
        below = bounds.below and high <= 0
        found = _between(max(-high, zero), below, -low, bounds.above, places)
        parts += [Chain((literal("-"), part)) for part in found]
    if not parts:
        raise UserError(f"its bounds leave no number that {places} digits after the point can tell")
    return Choice(tuple(parts))


def _closed(bounds: Bounds, spread: Decimal) -> tuple[Decimal, Decimal]:
    """Both bounds; a missing one lies where no program loses digits."""
    largest = Decimal(_LARGEST_WHOLE)
    low, high = bounds.low, bounds.high
    if low is None:
        low = -largest if high is None else min(-largest, high * 10 - spread)
    if high is None:
        high = max(largest, low * 10 + spread)
    if max(abs(low), abs(high)) > Decimal(10) ** _MOST_DIGITS:
        raise UserError(f"its bounds have more than {_MOST_DIGITS} digits")
    return low, high


def _exponent() -> Expression:
    signs = Chars(((0x2B, 0x2B), (0x2D, 0x2D)))
    return Chain((Chars(((0x45, 0x45), (0x65, 0x65))), _optional(signs), _digits(2)))


def _digits(most: int) -> Expression:
    return Repeat(_DIGIT, 1, most)


def _optional(part: Expression) -> Expression:
    return Repeat(part, 0, 1)


def _fraction(places: int) -> Expression:
    return _optional(Chain((literal("."), _digits(places))))


def _naturals(first: int, last: int) -> list[Expression]:
    """The numbers from `first` to `last`, none of which is negative, by their number of digits."""
    parts = []
    for length in range(len(str(first)), len(str(last)) + 1):
        low = max(first, 10 ** (length - 1) if length > 1 else 0)
        high = min(last, 10**length - 1)
        if low <= high:
            parts.append(_same_length(str(low), str(high)))
    return parts


def _same_length(low: str, high: str) -> Expression:
    """The digits between two numbers of as many digits."""
    if not low:
        return _NOTHING
    if low[0] == high[0]:
        return Chain((literal(low[0]), _same_length(low[1:], high[1:])))
    rest = len(low) - 1
    nines, zeros = "9" * rest, "0" * rest
    first, last = ord(low[0]) + (low[1:] != zeros), ord(high[0]) - (high[1:] != nines)
    parts: list[Expression] = []
    if low[1:] != zeros:
        parts.append(Chain((literal(low[0]), _same_length(low[1:], nines))))
    if first <= last:
        parts.append(Chain((Chars(((first, last),)), Repeat(_DIGIT, rest, rest))))
    if high[1:] != nines:
        parts.append(Chain((literal(high[0]), _same_length(zeros, high[1:]))))
    return Choice(tuple(parts))


def _between(
    low: Decimal, above: bool, high: Decimal, below: bool, places: int
) -> list[Expression]:
    """The numbers between two, neither of which is negative."""
    first, last = int(low), int(high)
    after_low, after_high = _after_point(low), _after_point(high)
    if first == last:
        return _with_fraction(first, (after_low, above), (after_high, below), places)
    parts = _with_fraction(first, (after_low, above), None, places)
    if last - first > 1:
        whole = Choice(tuple(_naturals(first + 1, last - 1)))
        parts.append(Chain((whole, _fraction(places))))
    return parts + _with_fraction(last, None, (after_high, below), places)


_Edge = tuple[str, bool] | None
"""Digits after the point that bound others, and whether they themselves are excluded."""


def _with_fraction(whole: int, low: _Edge, high: _Edge, places: int) -> list[Expression]:
    """A whole part, with and without the fractions that lie between two."""
    parts: list[Expression] = []
    if _may_end(low, high):
        parts.append(literal(str(whole)))
    fraction = _fractions(low, high, places)
    if fraction is not None:
        parts.append(Chain((literal(f"{whole}."), fraction)))
    return parts


def _after_point(value: Decimal) -> str:
    return f"{value:f}".partition(".")[2].rstrip("0")


def _may_end(low: _Edge, high: _Edge) -> bool:
    """Whether no more digits, which is nothing but zeros, is enough and not too much."""
    enough = low is None or (not low[0] and not low[1])
    return enough and (high is None or bool(high[0]) or not high[1])


def _fractions(low: _Edge, high: _Edge, most: int) -> Expression | None:
    """One to `most` digits between two; None when there are none."""
    if most == 0:
        return None
    if low is None and high is None:
        return _digits(most)
    if high is not None and not high[0]:
        return None if low is not None or high[1] else Repeat(literal("0"), 1, most)
    least, greatest = _digit(low, 0), _digit(high, 9)
    parts = [_from_digit(digit, low, high, most) for digit in range(least, greatest + 1)]
    found = tuple(part for part in parts if part is not None)
    return Choice(found) if found else None


def _from_digit(digit: int, low: _Edge, high: _Edge, most: int) -> Expression | None:
    """`digit` and up to `most` - 1 others; None when none of them lie between the two."""
    lower, upper = _after_digit(low, digit), _after_digit(high, digit)
    if lower == ("", False):
        lower = None
    tail: list[Expression] = [_NOTHING] if _may_end(lower, upper) else []
    if (more := _fractions(lower, upper, most - 1)) is not None:
        tail.append(more)
    return Chain((literal(str(digit)), Choice(tuple(tail)))) if tail else None


def _digit(edge: _Edge, otherwise: int) -> int:
    return otherwise if edge is None else int(edge[0][:1] or "0")


def _after_digit(edge: _Edge, digit: int) -> _Edge:
    """What an edge says of the digits after `digit`; nothing where that decides already."""
    return (edge[0][1:], edge[1]) if edge is not None and _digit(edge, 0) == digit else None
