"""What a person or a model asks, as queries for SQLite's full-text search.

Pure. Whatever the text holds - quotes, operators, other scripts, nothing - only its words go into
a query, each quoted, so that none can be read as an operator.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["all_of", "any_of", "some_of", "words"]

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 32
_LONGEST_WORD = 64

# Words of English that say nothing about a subject.
_STOP = frozenset(
    re.findall(
        r"\w+",
        """
    a about after all also an and any are as at be because been before being between both but by
    can could did do does doing during each for from further had has have having he her here hers
    him his how i if in into is it its itself just me more most my no nor not of off on once only
    or other our out over own please same she should so some such tell than that the their them
    then there these they this those through to too under until up very was we were what when
    where which while who whom whose why will with would you your
    """,
    )
)


def words(query: str) -> list[str]:
    """The words to look for, each once: without stop words, unless there are no others."""
    found = dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(query.lower()))
    telling = [word for word in found if word not in _STOP]
    return (telling or list(found))[:_MOST_WORDS]


def all_of(words: Sequence[str]) -> str:
    """A query for documents that have every word."""
    return " AND ".join(f'"{word}"' for word in words)


def any_of(words: Sequence[str]) -> str:
    """A query for documents that have one of the words."""
    return " OR ".join(f'"{word}"' for word in words)


def some_of(common: Sequence[str], rare: Sequence[str]) -> str:
    """A query for documents that have one of the rare words; the common ones only add to their
    rank, in which the rare ones count twice."""
    if not common:
        return any_of(rare)
    return f"({any_of(rare)}) AND ({any_of([*rare, *common])})"
