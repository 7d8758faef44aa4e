"""Regular languages as deterministic automata: one state at a time, whatever the pattern was.

Expressions are sets of code points, sequences, choices and repetitions; `automaton` turns one into
states of which each leads on to the end of some word. A grammar engine that follows such states
cannot be slowed down by `(a+)+` and never gets where nothing may follow. What would take too many
states is refused. Knows nothing of JSON nor of how patterns are spelled.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agentkit.errors import UserError

Ranges = tuple[tuple[int, int], ...]
"""Code points, as ascending pairs of the first and the last."""

MOST_STATES = 3_000
_MOST_STEPS = 60_000
_MOST_WORK = 600_000


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Chain:
    """One part after the other."""

    parts: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part, `least` to `most` times; None for no end."""

    part: Expression
    least: int = 0
    most: int | None = None


Expression = Chars | Chain | Choice | Repeat


def literal(text: str) -> Chain:
    """The word `text`."""
    return Chain(tuple(Chars(((ord(char), ord(char)),)) for char in text))


def minus(ranges: Ranges, without: Ranges) -> Ranges:
    """The code points of one set that are not in the other."""
    left = []
    for first, last in ranges:
        for low, high in without:
            if low > last or high < first:
                continue
            if first < low:
                left.append((first, low - 1))
            first = high + 1
        if first <= last:
            left.append((first, last))
    return tuple(left)


def union(*sets: Ranges) -> Ranges:
    """The code points of all sets, in ascending pairs that do not touch."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(pair for ranges in sets for pair in ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Automaton:
    """States from 0, where words begin.

    Args:
        edges: for each state, the code points that lead to another; a code point leads to one.
        accepting: whether a word may end there.
    """

    edges: tuple[dict[int, Ranges], ...]
    accepting: tuple[bool, ...]


def automaton(expression: Expression, least: int = 0, most: int | None = None) -> Automaton:
    """The words of `expression` that have `least` to `most` characters.

    Raises:
        UserError: there is no such word, or there are too many states.
    """
    steps = _Steps()
    end = steps.build(expression, start := steps.new())
    states, edges = [(steps.reach({start}), 0)], []
    numbers = {states[0]: 0}
    work = 0
    for reached, length in states:
        work += len(reached)
        if len(states) > MOST_STATES or work > _MOST_WORK:
            raise UserError("a pattern or a bound takes too many states for a grammar")
        following: dict[int, Ranges] = {}
        counted = length if most is None and length >= least else length + 1
        if most is None or counted <= most:
            for ranges, targets in steps.leave(reached):
                state = (steps.reach(targets), counted)
                if state not in numbers:
                    numbers[state] = len(states)
                    states.append(state)
                number = numbers[state]
                following[number] = union(following.get(number, ()), ranges)
        edges.append(following)
    return _pruned(edges, [end in reached and length >= least for reached, length in states])


def none_of(words: Iterable[str], alphabet: Ranges) -> Automaton:
    """All words over `alphabet` but some."""
    nodes: list[dict[str, int]] = [{}]
    ends = set()
    for word in words:
        node = 0
        for char in word:
            if char not in nodes[node]:
                nodes[node][char] = len(nodes)
                nodes.append({})
            node = nodes[node][char]
        ends.add(node)
    free = len(nodes)
    edges: list[dict[int, Ranges]] = []
    for children in nodes:
        singles = {child: ((ord(char), ord(char)),) for char, child in children.items()}
        others = minus(alphabet, union(*singles.values()))
        edges.append({free: others} | {k: v for k, v in singles.items() if not minus(v, alphabet)})
    accepting = (node not in ends for node in range(free))
    return Automaton((*edges, {free: alphabet}), (*accepting, True))


class _Steps:
    """Thompson's construction: states with silent steps and steps over characters."""

    def __init__(self) -> None:
        self._silent: list[list[int]] = []
        self._over: list[list[tuple[Ranges, int]]] = []

    def new(self) -> int:
        if len(self._silent) > _MOST_STEPS:
            raise UserError("a pattern repeats too much for a grammar")
        self._silent.append([])
        self._over.append([])
        return len(self._silent) - 1

    def build(self, expression: Expression, start: int) -> int:
        """Add what leads from `start` over `expression`; where it ends."""
        match expression:
            case Chars(ranges):
                end = self.new()
                if ranges:
                    self._over[start].append((ranges, end))
                return end
            case Chain(parts):
                for part in parts:
                    start = self.build(part, start)
                return start
            case Choice(parts):
                end = self.new()
                for part in parts:
                    branch = self.new()
                    self._silent[start].append(branch)
                    self._silent[self.build(part, branch)].append(end)
                return end
            case Repeat(part, least, most):
                return self._repeat(part, least, most, start)

    def _repeat(self, part: Expression, least: int, most: int | None, start: int) -> int:
        for _ in range(least):
            start = self.build(part, self._after(start))
        if most is None:
            # Two states of its own keep the loop apart from what stands before and after it.
            again = self._after(start)
            self._silent[self.build(part, again)].append(again)
            return self._after(again)
        end = self.new()
        self._silent[start].append(end)
        for _ in range(most - least):
            start = self.build(part, self._after(start))
            self._silent[start].append(end)
        return end

    def _after(self, state: int) -> int:
        fresh = self.new()
        self._silent[state].append(fresh)
        return fresh

    def reach(self, states: set[int]) -> frozenset[int]:
        """`states` and all that silent steps lead to."""
        seen, waiting = set(states), list(states)
        while waiting:
            for following in self._silent[waiting.pop()]:
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return frozenset(seen)

    def leave(self, states: frozenset[int]) -> Iterator[tuple[Ranges, set[int]]]:
        """Code points, and where all of them lead to from `states`; in ascending order."""
        steps = [
            (first, last, target)
            for state in states
            for ranges, target in self._over[state]
            for first, last in ranges
        ]
        cuts = sorted({cut for first, last, _ in steps for cut in (first, last + 1)})
        begins = sorted(steps)
        active: list[tuple[int, int]] = []
        position = 0
        for low, high in itertools.pairwise(cuts):
            active = [(last, target) for last, target in active if last >= low]
            while position < len(begins) and begins[position][0] == low:
                active.append(begins[position][1:])
                position += 1
            if active:
                yield ((low, high - 1),), {target for _, target in active}


def _pruned(edges: list[dict[int, Ranges]], accepting: list[bool]) -> Automaton:
    """Without the states that no word ends from."""
    before: list[list[int]] = [[] for _ in edges]
    for state, following in enumerate(edges):
        for target in following:
            before[target].append(state)
    alive = {state for state, ends in enumerate(accepting) if ends}
    waiting = list(alive)
    while waiting:
        for state in before[waiting.pop()]:
            if state not in alive:
                alive.add(state)
                waiting.append(state)
    if 0 not in alive:
        raise UserError("its conditions contradict each other: no value fits them all")
    numbers = {state: number for number, state in enumerate(sorted(alive))}
    return Automaton(
        tuple(
            {numbers[target]: ranges for target, ranges in edges[state].items() if target in alive}
            for state in numbers
        ),
        tuple(accepting[state] for state in numbers),
    )
