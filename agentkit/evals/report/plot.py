"""Drawings for the report: pass^k with its intervals, and bars. SVG without scripts or styles.

Knows numbers and where they lie in a drawing; colours are the page's, by class. A drawing's text
alternative says all its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentkit.evals.report.markup import Html, element, joined, text
from agentkit.evals.report.words import share
from agentkit.evals.scoring import PassHat

_WIDTH, _HEIGHT = 520, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 18, 14, 32
_LABELLED = 8


def pass_hat_plot(points: Sequence[PassHat]) -> Html:
    """The curve of pass^k: dots with intervals as whiskers, the bounds as a band behind them."""
    crowded = len(points) > _LABELLED
    named = _named(len(points))
    xs = [_x(number, len(points)) for number in range(len(points))]
    told = "; ".join(
        f"pass^{each.k} {share(each.value)}"
        + (f", {share(each.interval.low)} to {share(each.interval.high)}" if each.interval else "")
        for each in points
    )
    known = [(x, each.value) for x, each in zip(xs, points, strict=True) if each.value is not None]
    curve = " ".join(f"{x:.1f},{_y(value):.1f}" for x, value in known)
    return element(
        "svg",
        element("title", told),
        *_axis(),
        *(_bounds(x, each) for x, each in zip(xs, points, strict=True) if each.high > each.low),
        element("polyline", points=curve, class_="curve") if len(known) > 1 else None,
        *(
            _drawn(x, each, named=number in named, valued=not crowded)
            for number, (x, each) in enumerate(zip(xs, points, strict=True))
        ),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        class_="plot",
        role="img",
    )


def _named(count: int) -> set[int]:
    """Which of so many points have room for their names."""
    every = max(1, -(-count // _LABELLED))
    return {number for number in range(0, count, every) if count - 1 - number >= every} | {
        count - 1
    }


def _x(number: int, count: int) -> float:
    inner = _WIDTH - _LEFT - _RIGHT
    return _LEFT + inner * (number + 0.5) / count


def _y(value: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value)


def _axis() -> Sequence[Html]:
    lines = []
    for quarter in range(5):
        y = f"{_y(quarter / 4):.1f}"
        lines.append(element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, class_="grid"))
        label = f"{quarter / 4:g}"
        lines.append(element("text", label, x=_LEFT - 8, y=y, dy="0.35em", text_anchor="end"))
    return lines


def _bounds(x: float, point: PassHat) -> Html:
    top, bottom = _y(point.high), _y(point.low)
    return element(
        "rect",
        x=f"{x - 9:.1f}",
        y=f"{top:.1f}",
        width=18,
        height=f"{max(bottom - top, 1):.1f}",
        rx=2,
        class_="bounds",
    )


def _drawn(x: float, point: PassHat, *, named: bool, valued: bool) -> Html:
    at = f"{x:.1f}"
    parts = [*_whisker(x, point)]
    if point.value is not None:
        y = f"{_y(point.value):.1f}"
        parts.append(element("circle", cx=at, cy=y, r=4, class_="dot"))
        if valued:
            shown = f"{point.value:.2f}"
            parts.append(
                element("text", shown, x=f"{x + 9:.1f}", y=y, dy="-0.45em", class_="value")
            )
    if named:
        foot = _HEIGHT - 10
        raised = element("tspan", str(point.k), dy=-4, font_size=9)
        parts.append(element("text", "pass", raised, x=at, y=foot, text_anchor="middle"))
    return joined(parts)


def _whisker(x: float, point: PassHat) -> Iterator[Html]:
    if point.interval is None:
        return
    ends = [f"{_y(value):.1f}" for value in (point.interval.high, point.interval.low)]
    at, left, right = f"{x:.1f}", f"{x - 5:.1f}", f"{x + 5:.1f}"
    yield element("line", x1=at, x2=at, y1=ends[0], y2=ends[1], class_="whisker")
    for end in ends:
        yield element("line", x1=left, x2=right, y1=end, y2=end, class_="whisker")


def stack(parts: Sequence[tuple[str, int]]) -> Html:
    """A bar of counts side by side.

    Args:
        parts: class and count of each.
    """
    total = sum(count for _, count in parts) or 1
    drawn, start = [], 0.0
    for name, count in parts:
        width = 1000 * count / total
        if count:
            shown = max(width - 3, 1)
            drawn.append(
                element("rect", x=f"{start:.1f}", y=0, width=f"{shown:.1f}", height=10, class_=name)
            )
        start += width
    return element(
        "svg",
        *drawn,
        viewBox="0 0 1000 10",
        preserveAspectRatio="none",
        class_="stack",
        aria_hidden="true",
    )


def bar(length: float, name: str = "") -> Html:
    """A bar in a table.

    Args:
        length: of the longest one, 0 to 1.
        name: its class.
    """
    drawn = element("rect", width=f"{100 * length:.1f}", height=10, rx=1, class_=name or None)
    return element(
        "svg", drawn, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true"
    )


def superscript(k: str) -> Html:
    """pass^k, set as it is read."""
    return Html(f"pass<sup>{text(k)}</sup>")
