"""Causes, checks and numbers in words, as reports write them.

Knows the vocabulary of records and nothing of pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentkit.serialise import to_json

CAUSES: Mapping[str, tuple[str, str, str]] = {
    "model_format": ("F", "model format", "the model's output could not be read"),
    "invalid_arguments": ("A", "invalid arguments", "a call's arguments did not fit the tool"),
    "unknown_tool": ("T", "unknown tool", "a tool was called that does not exist"),
    "wrong_write": ("W", "wrong write", "the state was changed, but to another value"),
    "missing_write": ("M", "missing write", "a change that was needed was not made"),
    "extra_write": ("X", "extra write", "a change was made that nobody needed"),
    "not_communicated": ("C", "not communicated", "the user was not told what they needed"),
    "wrong_call": ("K", "wrong call", "a call was missing, or one was made that must not be"),
    "judged": ("J", "judged", "the judge said no"),
    "limit": ("L", "limit", "turns, calls, errors, tokens or time were used up"),
    "agent_crash": ("!", "agent crash", "the agent's own code failed"),
    "user_simulator": ("U", "user simulator", "the simulated user did wrong"),
    "environment": ("E", "environment", "the domain's own code failed"),
    "model": ("O", "model", "the model could not be reached or failed"),
    "harness": ("H", "harness", "the runner itself failed, or was stopped"),
}
"""For each cause: the letter that marks it, its name and what it means."""

REASONS: Mapping[str, tuple[str, str, str]] = {
    "user": CAUSES["user_simulator"],
    "environment": CAUSES["environment"],
    "model": CAUSES["model"],
    "harness": CAUSES["harness"],
    "cancelled": ("H", "cancelled", "the run was stopped"),
    "undecided check": ("–", "undecided check", "a check that nobody could decide"),
    "not run": ("", "not run", "asked for, and not begun"),
}
"""The same for the reasons why a trial was not measured."""

OUTCOMES: Mapping[str, str] = {
    "passed": "passed",
    "failed": "failed",
    "not_measured": "not measured",
}


def cause_name(cause: str) -> str:
    """A cause for people; of a later version's causes, their own word."""
    return CAUSES[cause][1] if cause in CAUSES else cause.replace("_", " ")


def mark(outcome: str, cause: str, *, ran: bool = True) -> str:
    """The sign of a trial: a tick, the letter of its cause, or nothing when it was not run."""
    if outcome == "passed":
        return "✓"
    if cause in CAUSES:
        return CAUSES[cause][0]
    if outcome == "not_measured" and not ran:
        return ""
    return "✕" if outcome == "failed" else "–"


def check_in_words(check: Mapping[str, Any]) -> str:
    """What a check of a task asks for; one of an unknown kind or form as its JSON."""
    match check:
        case {"state": "gold"}:
            return "the state is what the gold actions make of it"
        case {"state": dict(values)}:
            wanted = "; ".join(f"{path} is {to_json(value)}" for path, value in values.items())
            return f"in the state, {wanted}"
        case {"unchanged_except": list(paths) | tuple(paths)}:
            return f"nothing is changed but {_listed(paths)}" if paths else "nothing is changed"
        case {"said": list(texts) | tuple(texts)}:
            return f"the user is told {', '.join(to_json(each) for each in texts)}"
        case {"called": pattern}:
            return f"{_called(pattern)} is called"
        case {"not_called": pattern}:
            return f"{_called(pattern)} is not called"
        case {"answer": answer}:
            return f"the answer is {answer}"
        case {"holds": {"name": name, **more}}:
            wanted = to_json(more.get("value", True))
            return f"{_called({'tool': name, 'args': more.get('args')})} is {wanted}"
        case {"judge": statement}:
            return f"judge: {statement}"
    return to_json(check)


def _listed(names: Sequence[Any]) -> str:
    return ", ".join(map(str, names))


def _called(pattern: Any) -> str:
    if not isinstance(pattern, Mapping):
        return str(pattern)
    arguments = pattern.get("args")
    named = arguments.items() if isinstance(arguments, Mapping) else ()
    shown = ", ".join(f"{name}={to_json(value)}" for name, value in named)
    return f"{pattern.get('tool', '?')}({shown})"


def share(value: float | None) -> str:
    """A share of one with three digits; a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def number(value: float | None) -> str:
    """A count, or a mean with as many digits as it needs; thousands with a thin space."""
    if value is None:
        return "–"
    digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}".replace(",", "\u202f")


def plural(count: int, one: str) -> str:
    """A count with its noun."""
    return f"{number(count)} {one if count == 1 else one + 's'}"


def duration(seconds: float | None) -> str:
    """A time in the unit that reads well, from milliseconds to hours."""
    if seconds is None:
        return "–"
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"
