"""What a simulated user said, looked at before the agent hears it. Pure functions.

Simulated users fail in a few known ways, each of which would be counted against the agent: they
leave as soon as they have agreed to something, leave in the middle of a text, answer nothing, or
fall into the agent's role. Here each is seen, mended where it can be, and named.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

STOP = "###STOP###"

# Not from inside a run of signs: looking from each of very many would take the square of the time.
_STOP = re.compile(r"(?<!#)#{2,}\s*STOP\s*#{2,}", re.IGNORECASE)
_CLOSING = re.compile(
    r"\b(?:anything|something|what) else\b|\bany (?:other|more|further)\b"
    r"|\bfurther (?:help|assist)",
    re.IGNORECASE,
)
_AGENT = re.compile(
    r"\bhow (?:can|may) I (?:help|assist|be of)\b|\banything else (?:that )?I can (?:help|assist)\b"
    r"|\bas an? (?:AI|language model|assistant)\b"
    r"|\bI(?:'m| am) (?:an?|the|your) (?:AI|virtual|language model|assistant\b)"
    r"|\A\W*(?:agent|assistant)\W*:",
    re.IGNORECASE,
)
_MARKERS = re.compile(r"<\|[a-z_]+\|>|\bto=functions\.|\bassistant(?:analysis|commentary|final)")
_MOST_COMMON_WORDS = 5
"""A text of so few words may be the same by chance: "Thank you very much"."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message.

    Args:
        text: what the agent may hear of it.
        leaves: the user leaves with it.
        faults: what was wrong, a short sentence each.
        hint: what to tell the model so that it tries again; empty when it need not. With `leaves`,
            a second such message is taken as it is.
        stop_ignored: it held the stop word at the end of a line of text, which does not count.
    """

    text: str
    leaves: bool = False
    faults: tuple[str, ...] = ()
    hint: str = ""
    stop_ignored: bool = False


def guarded(said: str, heard: str, *, first: bool = False, insists: bool = False) -> Verdict:
    """Look at what a simulated user said.

    Args:
        said: its final text.
        heard: what the agent said before; the greeting at first.
        first: nothing was said before, so there is nothing to leave for.
        insists: its last message had `stop_ignored`; again at the end of a line, the word counts.
    """
    lines = said.strip().splitlines()
    alone = bool(lines) and _STOP.fullmatch(lines[-1].strip(" *_`.\"'")) is not None
    body = "\n".join(lines[:-1] if alone else lines)
    text = _without_stop(body)
    at_end = not alone and bool(re.search(rf"(?:{_STOP.pattern})\W*\Z", body, re.IGNORECASE))
    faults = ("The stop word stood in the text.",) if _STOP.search(body) else ()
    if alone and not text:
        return _leaving_silently(heard, first, faults)
    if out_of_role := _out_of_role(text, heard):
        return Verdict("", faults=(*faults, out_of_role[0]), hint=out_of_role[1])
    if not (alone or (at_end and insists)):
        return Verdict(text, faults=faults, stop_ignored=at_end)
    if first or asks(heard):
        if not first and is_closing(heard):
            return Verdict(text, faults=faults)
        return Verdict(text, faults=(*faults, "It left while it was answering."))
    return Verdict(text, leaves=True, faults=faults)


def asks(text: str) -> bool:
    """Whether a text ends in a question: there is a question mark in its last line."""
    return "?" in _last_line(text)


def _leaving_silently(heard: str, first: bool, faults: tuple[str, ...]) -> Verdict:
    if not first and (not asks(heard) or is_closing(heard)):
        return Verdict("", leaves=True, faults=faults)
    hint = (
        "You left although you were asked something. Write what you, the customer, answer."
        f" Write {STOP} again only if there is nothing left that you want."
    )
    return Verdict("", True, (*faults, "It left without an answer."), hint)


def _out_of_role(text: str, heard: str) -> tuple[str, str] | None:
    """What is wrong and a hint, or None."""
    again = "Write again what you, the customer, say to the agent, in plain words."
    if not text:
        return "It said nothing.", f"You said nothing. {again}"
    if _MARKERS.search(text) or _is_json(text):
        return "It wrote a call or markers as text.", f"That was no plain text. {again}"
    if _repeats(text, heard):
        return "It repeated the agent.", f"You repeated the agent's words. {again}"
    if _AGENT.search(text):
        return "It spoke as the agent.", f"You are the customer, not the agent. {again}"
    return None


def is_closing(text: str) -> bool:
    """Whether the only question is if there is anything else."""
    line = _last_line(text)
    return line.count("?") == 1 and _CLOSING.search(line) is not None


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2]


def _without_stop(text: str) -> str:
    lines = (re.sub(r"[ \t]{2,}", " ", _STOP.sub(" ", line)).strip() for line in text.splitlines())
    return "\n".join(lines).strip(" \n*_`") if _STOP.search(text) else text.strip()


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _repeats(text: str, heard: str) -> bool:
    said, by_agent = " ".join(text.lower().split()), " ".join(heard.lower().split())
    return by_agent.count(" ") >= _MOST_COMMON_WORDS and by_agent in said
