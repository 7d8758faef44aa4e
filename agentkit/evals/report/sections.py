"""The parts of the report's page that are numbers: what was run, how it went, why, what it took.

Knows `Report` and the words for it; computes nothing. The trials themselves are in `page`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agentkit.evals.report.data import Report
from agentkit.evals.report.markup import Child, Html, element, joined
from agentkit.evals.report.plot import bar, pass_hat_plot, stack, superscript
from agentkit.evals.report.words import (
    CAUSES,
    OUTCOMES,
    REASONS,
    cause_name,
    duration,
    number,
    plural,
    share,
)
from agentkit.evals.scoring import Amount, PassHat, Rates
from agentkit.serialise import to_json

_MOST_FLAKY = 12
_LONG = 160


def lead(report: Report) -> Html:
    """Under the title: who was evaluated on what, and when."""
    rates = report.score.overall
    user = report.settings.get("user")
    name = user.get("name") if isinstance(user, Mapping) else user
    known = (
        report.agent,
        f"{' + '.join(report.domain.splits)} split" if report.domain.splits else "",
        f"{plural(rates.tasks, 'task')}, {plural(rates.trials, 'trial')}",
        f"user: {name}" if name else "",
        _day(report.began),
    )
    described = report.domain.description
    return joined(
        (
            element("p", described, class_="lead") if described else None,
            element("p", *(element("span", each) for each in known if each), class_="lead"),
        )
    )


def _day(seconds: float) -> str:
    if not seconds:
        return ""
    try:
        when = time.gmtime(seconds)
    except (OverflowError, ValueError, OSError):  # no date that a clock has ever shown
        return ""
    return f"{when.tm_mday} {time.strftime('%B %Y, %H:%M', when)} UTC"


# How it went


def headline(report: Report) -> Html:
    """pass^1 with its interval, the three counts with both bounds, and the curve of pass^k."""
    rates = report.score.overall
    points = rates.pass_hat
    figure = element(
        "figure",
        pass_hat_plot(points),
        element(
            "figcaption",
            superscript("k"),
            ": the chance that k trials of one task all pass. Whiskers: 95 % intervals over tasks.",
            " Grey: bounds for what was not measured." if rates.not_measured else None,
            " No estimate where a task has fewer measured trials than k."
            if any(each.value is None for each in points)
            else None,
        ),
        _as_numbers(points),
    )
    told = element("div", _big(points), *_counts(rates))
    return joined((element("div", told, figure, class_="headline"), _splits(report)))


def _big(points: Sequence[PassHat]) -> Html:
    first = points[0] if points else None
    if first is None or first.value is None:
        return element("div", element("span", "–", class_="big"), " nothing was measured")
    interval = first.interval
    said = (
        f"{interval.level * 100:g} % interval {_range(interval.low, interval.high)}"
        if interval
        else ""
    )
    return element(
        "div",
        element("span", share(first.value), class_="big"),
        element("span", superscript("1"), element("br"), said, class_="name"),
        class_="score",
    )


def _counts(rates: Rates) -> Iterator[Html]:
    counts = {
        "passed": rates.passed,
        "failed": rates.failed,
        "not_measured": rates.not_measured,
    }
    yield stack(list(counts.items()))
    rows: list[Child] = []
    for name, count in counts.items():
        rows += [
            element("dt", element("span", class_=f"sign {name}")),
            element("dd", number(count)),
            element("dd", OUTCOMES[name], class_="of"),
        ]
    yield element("dl", *rows, class_="counts")
    if rates.not_measured and rates.pass_hat:
        first = rates.pass_hat[0]
        yield element(
            "p",
            f"{plural(rates.not_measured, 'trial')} of {number(rates.trials)} could not be "
            "measured. Had they failed, ",
            superscript("1"),
            f" would be {share(first.low)}; had they passed, {share(first.high)}.",
            class_="note",
        )


def _as_numbers(points: Sequence[PassHat]) -> Html | None:
    if not points:
        return None
    rows = [
        (
            superscript(str(each.k)),
            share(each.value),
            _range(each.interval.low, each.interval.high) if each.interval else "–",
            _range(each.low, each.high),
        )
        for each in points
    ]
    shown = _table(("", "estimate", "95 % interval", "bounds"), rows, numbers={1, 2, 3})
    return element("details", element("summary", "As numbers"), shown, class_="note")


def _splits(report: Report) -> Html | None:
    splits = report.score.splits
    if len(splits) < 2:
        return None
    rows = [
        (
            name or "no split",
            number(its.tasks),
            number(its.passed),
            number(its.failed),
            number(its.not_measured),
            share(its.pass_hat[0].value) if its.pass_hat else "–",
            _range(its.pass_hat[0].interval.low, its.pass_hat[0].interval.high)
            if its.pass_hat and its.pass_hat[0].interval
            else "–",
        )
        for name, its in splits.items()
    ]
    heads = ("split", "tasks", "passed", "failed", "not measured", "pass^1", "95 % interval")
    return element(
        "section", element("h2", "Splits"), _table(heads, rows, numbers=set(range(1, 7)))
    )


def _range(low: float, high: float) -> str:
    return f"{share(low)} to {share(high)}"


# Why


def causes(report: Report) -> Html:
    """First causes of failures, then the reasons why trials were not measured."""
    failed, reasons = report.score.causes, report.score.reasons
    longest = max((*failed.values(), *reasons.values()), default=1)
    rows = [
        _cause(CAUSES.get(name, ("✕", cause_name(name), "")), count, longest, "failed")
        for name, count in failed.items()
    ]
    rows += [
        _cause(REASONS.get(name, ("–", cause_name(name), "")), count, longest, "not_measured")
        for name, count in reasons.items()
    ]
    body: Child = (
        element("table", element("tbody", *rows))
        if rows
        else element("p", "Every trial passed.", class_="note")
    )
    return element("section", element("h2", "First causes"), body)


def _cause(words: tuple[str, str, str], count: int, longest: int, kind: str) -> Html:
    letter, name, meaning = words
    return element(
        "tr",
        element("td", element("span", letter, class_=f"key {kind}")),
        element(
            "th",
            name,
            " · not measured" if kind == "not_measured" else None,
            element("div", meaning, class_="note") if meaning else None,
            scope="row",
        ),
        element("td", number(count), class_="n"),
        element("td", bar(count / longest, kind), class_="barcell"),
    )


def flaky(report: Report) -> Html:
    """Tasks that passed sometimes and failed sometimes, with what failed."""
    rows = [
        (
            each.task,
            f"{each.passed}/{each.measured}",
            ", ".join(cause_name(cause) for cause in each.causes),
        )
        for each in report.score.tasks
        if each.flaky
    ]
    heads = ("task", "passed", "causes")
    parts: list[Child] = [_table(heads, rows[:_MOST_FLAKY], numbers={1})]
    if len(rows) > _MOST_FLAKY:
        rest = _table(heads, rows[_MOST_FLAKY:], numbers={1})
        more = element("summary", f"{len(rows) - _MOST_FLAKY} more")
        parts.append(element("details", more, rest))
    if not rows:
        parts = [element("p", "No task passed in one trial and failed in another.", class_="note")]
    return element("section", element("h2", "Flaky tasks"), *parts)


# What it took


def usage(report: Report) -> Html:
    """Tokens, turns and time; and how the checks went, by kind."""
    used = report.score.usage
    amounts = {
        "Prompt tokens": used.prompt_tokens,
        "of them cached": used.cached_tokens,
        "Tokens sampled": used.output_tokens,
        "Tokens of the user": used.user_tokens,
        "Turns": used.turns,
        "Calls": used.calls,
        "Tool errors": used.tool_errors,
    }
    rows = [_amount(name, each) for name, each in amounts.items() if each.most or name == "Turns"]
    times = {"Time in the model": used.model_seconds, "Time": used.seconds}
    rows += [
        (name, *map(duration, (each.total, each.mean, each.median, each.most)))
        for name, each in times.items()
        if each.most
    ]
    heads = ("a trial", "in all", "mean", "median", "most")
    table = _table(heads, rows, numbers={1, 2, 3, 4})
    spent = element("section", element("h2", "What it took"), table, *_rates_of_faults(report))
    return element("div", spent, _checks(report), class_="two")


def _amount(name: str, each: Amount) -> tuple[str, ...]:
    return (name, *map(number, (each.total, each.mean, each.median, each.most)))


def _rates_of_faults(report: Report) -> Iterator[Html]:
    rate = report.score.usage.tool_error_rate
    said = (
        []
        if rate is None
        else [f"{rate * 100:.1f} % of the agent's calls were answered with an error."]
    )
    if report.score.user_faults:
        said.append(
            f"In {report.score.user_fault_rate * 100:.1f} % of the trials the simulated user "
            f"had to be kept from something, {plural(report.score.user_faults, 'time')} in all."
        )
    if said:
        yield element("p", " ".join(said), class_="note")


def _checks(report: Report) -> Html:
    rows = [
        (kind.replace("_", " "), number(its.passed), number(its.failed), number(its.undecided))
        for kind, its in report.score.checks.items()
    ]
    heads = ("kind", "held", "failed", "undecided")
    return element("section", element("h2", "Checks"), _table(heads, rows, numbers={1, 2, 3}))


# What was run


def settings(report: Report, policy: str) -> Html:
    """All settings, as the run kept them, in groups; tasks by their number alone."""
    groups: dict[str, list[tuple[str, Any]]] = {"Run": []}
    for name, value in report.settings.items():
        if name in ("tasks", "format"):
            continue
        if name == "about" and isinstance(value, Mapping):
            _grouped(groups, value.items())
        else:
            _grouped(groups, [(name, value)])
    if report.began:
        took = duration(report.ended - report.began)
        groups["Run"] += [("began", _day(report.began)), ("took", took)]
    shown = (
        element("div", element("h3", name), _pairs(pairs))
        for name, pairs in groups.items()
        if pairs
    )
    parts: list[Child] = [element("h2", "What was run"), element("div", *shown, class_="settings")]
    if policy:
        head = element("summary", "The policy that the agent was given")
        parts.append(element("details", head, element("pre", policy), class_="policy"))
    return element("section", *parts)


def _grouped(groups: dict[str, list[tuple[str, Any]]], pairs: Any) -> None:
    for name, value in pairs:
        if isinstance(value, Mapping):
            title = str(name).replace("_", " ").capitalize()
            groups.setdefault(title, []).extend(_flat("", value))
        elif value is not None:
            groups["Run"].append((str(name), value))


def _flat(before: str, value: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, each in value.items():
        if isinstance(each, Mapping) and each:
            yield from _flat(f"{before}{key}.", each)
        elif each not in (None, "", [], ()):
            yield f"{before}{key}", each


def _pairs(pairs: Sequence[tuple[str, Any]]) -> Html:
    rows = (element("tr", element("th", name, scope="row"), _value(each)) for name, each in pairs)
    return element("table", element("tbody", *rows))


def _value(value: Any) -> Html:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = ", ".join(value)
    shown = value if isinstance(value, str) else to_json(value, serialize_unknown=True)
    if len(shown) <= _LONG:
        return element("td", shown)
    head = element("summary", shown[:60] + " …")
    return element("td", element("details", head, element("pre", shown)))


def _table(heads: Sequence[str], rows: Sequence[Sequence[Child]], *, numbers: set[int]) -> Html:
    """A table; the columns in `numbers` are set to the right."""

    def kind(column: int) -> str | None:
        return "n" if column in numbers else "what" if column else None

    head = (
        element("th", each, scope="col", class_=kind(column)) for column, each in enumerate(heads)
    )
    body = (
        element(
            "tr",
            element("th", row[0], scope="row", class_="what"),
            *(element("td", each, class_=kind(n)) for n, each in enumerate(row[1:], 1)),
        )
        for row in rows
    )
    table = element("table", element("thead", element("tr", *head)), element("tbody", *body))
    return element("div", table, class_="scroll")
