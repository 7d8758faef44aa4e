"""Functions of the catalogue under other words.

A network that has seen five hundred functions ten thousand times each knows them by heart: the word
"league" alone then stands for `get_league_table`. Where the words of a function are exchanged for
others, in its declaration and in the requests alike, nothing is left to know: only which words of
the request are those of a name, and what stands beside them.
"""

import dataclasses
import functools
import re
from collections.abc import Mapping

from examples.tiny_model.skills.entries import Entry, Parameter, catalogue, is_unseen
from examples.tiny_model.skills.request_phrases import ATTRIBUTES, COUNTED, NOUNS, TOPICS, VERBS
from examples.tiny_model.words import Lexicon

SHARE = 0.75
"""How many of a function's words are exchanged."""

COMMON = 0.7
"""How many of the new words are the usual ones of functions; the others may be any."""

STEM = 5
"""Words are the same when they begin with the same five letters: shuffle, shuffled, shuffling."""

ENDINGS = ("ing", "ed", "s")

KEPT_APART = re.compile(r"({[^}]*}|\[[a-z_]+:)")
"""What a request holds places for: these follow the parameters' names, not the words."""


def disguised(words: Lexicon, entry: Entry) -> Entry:
    """The same function, called and asked for by other words."""
    spoken = {part for name in _names(entry) for part in name.split("_") if len(part) > 2}
    fresh = _exchange(words, sorted(spoken))
    renamed = {each.name: _renamed(each.name, fresh) for each in entry.parameters}
    if len(set(renamed.values())) < len(renamed):
        return entry
    return Entry(
        _renamed(entry.name, fresh),
        _retold(entry.description, fresh),
        tuple(_redeclared(each, renamed, fresh) for each in entry.parameters),
        tuple(_rephrased(each, renamed, fresh) for each in entry.requests),
        re.sub(r"\$(\w+)", lambda found: f"${renamed[found[1]]}", entry.results),
    )


def _names(entry: Entry) -> list[str]:
    return [entry.name, *(each.name for each in entry.parameters)]


def _exchange(words: Lexicon, spoken: list[str]) -> dict[str, str]:
    """A new word for most of the old ones."""
    return {
        word: words.rng.choice(_usual_words()) if words.chance(COMMON) else words.word()
        for word in spoken
        if words.chance(SHARE)
    }


@functools.cache
def _usual_words() -> tuple[str, ...]:
    trained = [entry for entry in catalogue() if not is_unseen(entry.name)]
    parts = {part for entry in trained for name in _names(entry) for part in name.split("_")}
    listed = {*parts, *NOUNS, *VERBS, *COUNTED, *ATTRIBUTES, *TOPICS}
    return tuple(sorted(word for word in listed if len(word) > 2 and word.isalpha()))


def _renamed(name: str, fresh: Mapping[str, str]) -> str:
    return "_".join(fresh.get(part, part) for part in name.split("_"))


def _redeclared(
    parameter: Parameter, renamed: Mapping[str, str], fresh: Mapping[str, str]
) -> Parameter:
    return dataclasses.replace(
        parameter,
        name=renamed[parameter.name],
        description=_retold(parameter.description, fresh),
    )


def _rephrased(request: str, renamed: Mapping[str, str], fresh: Mapping[str, str]) -> str:
    pieces = KEPT_APART.split(request)
    pieces[::2] = [_retold(piece, fresh) for piece in pieces[::2]]
    pieces[1::2] = [
        re.sub(r"\w+", lambda found: renamed[found[0]], place) for place in pieces[1::2]
    ]
    return "".join(pieces)


def _retold(text: str, fresh: Mapping[str, str]) -> str:
    """`text` with its words exchanged; endings and capital letters stay."""
    return re.sub(r"[A-Za-z]{3,}", lambda found: _word(found[0], fresh), text)


def _word(old: str, fresh: Mapping[str, str]) -> str:
    lower = old.lower()
    new = fresh.get(lower) or _inflected(lower, fresh)
    return old if new is None else new.capitalize() if old[0].isupper() else new


def _inflected(word: str, fresh: Mapping[str, str]) -> str | None:
    """The new word, with the ending of `word`, for an old one of its stem."""
    for old, new in fresh.items():
        if word.startswith(old[:STEM]) and (len(old) >= STEM or len(word) <= len(old) + 3):
            return new + next((each for each in ENDINGS if word.endswith(each)), "")
    return None
