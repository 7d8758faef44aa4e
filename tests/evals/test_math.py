"""The math domain's answers are right: each is computed here by plain counting or exact arithmetic.

A solution knows the problem's words and nothing of the answer in the file; where the files would
count on a formula, it tries all cases.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from agentkit.evals import Domain, Task, load_domain
from agentkit.evals.agents import EvalAgent, Toolbox
from agentkit.evals.episode import Trial, run_trial
from agentkit.evals.lint import lint
from agentkit.evals.players import GoldAgent, NoopAgent
from agentkit.evals.task import AnswerCheck
from agentkit.evals.users import ScriptedUser
from tests.evals.support import FunctionAgent

MATH = Path(__file__).parents[2] / "examples" / "domains" / "math"

# Number theory


def ninety_one() -> int:
    return sum((n * n + n + 1) % 91 == 0 for n in range(1, 5001))


def own_powers() -> int:
    return sum(pow(k, k, 1000) for k in range(1, 2027)) % 1000


def zeros_in_base_twelve() -> int:
    factorial, n = 1, 0
    while factorial % 12**450:
        n += 1
        factorial *= n
    return n


def powers_meet_squares() -> int:
    return sum((pow(2, n, 1001) - n * n) % 1001 == 0 for n in range(1, 20001))


def divisor_staircase() -> int:
    divisors = [d for d in range(1, 1261) if 1260 % d == 0]
    triples = itertools.combinations(divisors, 3)
    return sum(b % a == 0 and c % b == 0 for a, b, c in triples)


def unit_fractions() -> int:
    quarter, found = Fraction(1, 4), 0
    for x in range(5, 13):
        for y in range(x, 2 * x * 4 // (x - 4) + 1):
            rest = quarter - Fraction(1, x) - Fraction(1, y)
            found += rest > 0 and rest.numerator == 1 and rest.denominator >= y
    return found


def multiples_of_the_diagonal() -> int:
    return sum(math.isqrt(2 * k * k) % 3 == 0 for k in range(1, 1001))


# Combinatorics


def three_seams() -> int:
    """Tilings of 4 rows and 8 columns, counted with the set of vertical lines that cut a domino."""

    @cache
    def tilings(cells: frozenset[tuple[int, int]], crossed: frozenset[int]) -> int:
        if not cells:
            return len(crossed) == 4
        x, y = min(cells)
        found = 0
        if (x, y + 1) in cells:
            found += tilings(cells - {(x, y), (x, y + 1)}, crossed)
        if (x + 1, y) in cells:
            found += tilings(cells - {(x, y), (x + 1, y)}, crossed | {x})
        return found

    return tilings(frozenset(itertools.product(range(8), range(4))), frozenset())


def bracelet_of_nine() -> int:
    seen: set[tuple[int, ...]] = set()
    for beads in itertools.product(range(3), repeat=9):
        if all(beads[i] != beads[i - 1] for i in range(9)):
            seen.add(min(beads[i:] + beads[:i] for i in range(9)))
    return len(seen)


def strangers_in_a_row() -> int:
    return sum(
        row[0] < row[-1] and all(abs(a - b) != 1 for a, b in itertools.pairwise(row))
        for row in itertools.permutations(range(7))
    )


def sparse_subsets() -> int:
    found = 0
    for bits in range(1 << 16):
        if bits & (bits << 1) == 0:
            found += sum(n + 1 for n in range(16) if bits >> n & 1) % 5 == 0
    return found


def touching_paths() -> int:
    found = 0
    for ups in itertools.combinations(range(14), 7):
        height, touches = 0, 0
        for step in range(14):
            height += 1 if step in ups else -1
            touches += height == 0 and step < 13
        found += touches == 2
    return found


def calm_words() -> int:
    return sum(
        sum(word) == 7
        and all(len(set(word[i : i + 3])) > 1 for i in range(12))
        and word[0] != word[-1]
        for word in itertools.product((0, 1), repeat=14)
    )


def four_couples() -> int:
    found = 0
    for order in itertools.permutations(range(1, 8)):
        seats = (0, *order)  # person n's partner is n ^ 1
        found += all(seats[i] ^ 1 not in (seats[(i + 1) % 8], seats[(i + 4) % 8]) for i in range(8))
    return found


def equal_sums() -> int:
    found = 0
    for a, b, c, d in itertools.product(range(7), repeat=4):
        square = (a, b, 6 - a - b, c, d, 6 - c - d, 6 - a - c, 6 - b - d, a + b + c + d - 6)
        if min(square) < 0:
            continue
        p, q, r, s, t, u, v, w, x = square
        found += p * (t * x - u * w) - q * (s * x - u * v) + r * (s * w - t * v) != 0
    return found


def braced_cube() -> int:
    edges = [(a, a ^ bit) for a in range(8) for bit in (1, 2, 4) if a < a ^ bit] + [(0, 7)]

    def spans(chosen: tuple[tuple[int, int], ...]) -> bool:
        part = list(range(8))
        for a, b in chosen:
            if part[a] == part[b]:
                return False
            part = [part[a] if each == part[b] else each for each in part]
        return True

    return sum(map(spans, itertools.combinations(edges, 7)))


# Geometry


def whole_triangles() -> int:
    found = 0
    for a in range(1, 101):
        for b in range(a, 101):
            for c in range(b, min(a + b, 101 - a - b)):
                sixteenfold = (a + b + c) * (-a + b + c) * (a - b + c) * (a + b - c)
                root = math.isqrt(sixteenfold)
                found += root * root == sixteenfold and root % 4 == 0
    return found


def right_angles() -> int:
    points = list(itertools.product(range(6), range(4)))
    found = 0
    for (px, py), (qx, qy), (rx, ry) in itertools.combinations(points, 3):
        sides = sorted(
            [
                (px - qx) ** 2 + (py - qy) ** 2,
                (qx - rx) ** 2 + (qy - ry) ** 2,
                (rx - px) ** 2 + (ry - py) ** 2,
            ]
        )
        found += sides[0] + sides[1] == sides[2]
    return found


def crossing_lines() -> int:
    """A(0,0), B(12,0), C(12,12), D(0,12); P(3,0) on AB and Q(12,4) on BC."""
    x = 12 / (4 + Fraction(1, 3))  # DP, y = 12 - 4x, meets AQ, y = x / 3
    corners = [(x, x / 3), *((Fraction(a), Fraction(b)) for a, b in ((3, 0), (12, 0), (12, 4)))]
    around = zip(corners, corners[1:] + corners[:1], strict=True)
    area = abs(sum((a * d - b * c for (a, b), (c, d) in around), Fraction(0))) / 2
    return area.numerator + area.denominator


def squares_in_a_disk() -> int:
    disk = {(x, y) for x in range(-4, 5) for y in range(-4, 5) if x * x + y * y <= 20}
    found = 0
    for x, y in disk:
        for dx, dy in itertools.product(range(1, 10), range(10)):
            others = {(x + dx, y + dy), (x - dy, y + dx), (x + dx - dy, y + dy + dx)}
            found += others <= disk
    return found


def hexagonal_points() -> int:
    return sum(x * x + x * y + y * y <= 250 for x in range(-20, 21) for y in range(-20, 21))


# Probability


def walk_on_an_octahedron() -> int:
    """Vertex 0 is opposite 1, 2 opposite 3, 4 opposite 5: exact chances after six steps."""
    chances = [Fraction(each == 0) for each in range(6)]
    for _ in range(6):
        chances = [
            sum((chances[a] for a in range(6) if a not in (b, b ^ 1)), Fraction(0)) / 4
            for b in range(6)
        ]
    return chances[1].numerator + chances[1].denominator


def two_patterns() -> int:
    """Solved as a chain over the last two throws, by exact elimination of the unknowns."""
    heads = Fraction(1, 3)
    states = ["HH", "HT", "TH", "TT"]
    rows = []
    for state in states:
        row = [Fraction(state == other) for other in states] + [Fraction(0)]
        for throw, chance in (("H", heads), ("T", 1 - heads)):
            seen = state + throw
            if seen == "HTH":
                row[4] += chance
            elif seen != "TTH":
                row[states.index(seen[1:])] -= chance
        rows.append(row)
    wins = dict(zip(states, _solved(rows), strict=True))
    weight = {"H": heads, "T": 1 - heads}
    answer = sum(
        (wins[state] * weight[state[0]] * weight[state[1]] for state in states), Fraction(0)
    )
    return answer.numerator + answer.denominator


def _solved(rows: list[list[Fraction]]) -> list[Fraction]:
    """The unknowns of a regular linear system, each row ending in its right-hand side."""
    size = len(rows)
    for column in range(size):
        pivot = next(n for n in range(column, size) if rows[n][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [each / rows[column][column] for each in rows[column]]
        for n in range(size):
            if n != column:
                factor = rows[n][column]
                rows[n] = [a - factor * b for a, b in zip(rows[n], rows[column], strict=True)]
    return [row[-1] for row in rows]


def eight_cards() -> int:
    draws = 0
    for deck in itertools.permutations(range(1, 9)):
        draws += next(n for n in range(1, 9) if sum(deck[:n]) >= 15)
    mean = Fraction(draws, math.factorial(8))
    return mean.numerator + mean.denominator


def winner_stays() -> int:
    """The unknowns are A's chances by who won the last game and who comes to play them next."""
    strength = {"A": 3, "B": 2, "C": 1}
    states = [(x, y) for x in "ABC" for y in "ABC" if x != y]
    rows = []
    for holder, comer in states:
        row = [Fraction((holder, comer) == each) for each in states] + [Fraction(0)]
        total = strength[holder] + strength[comer]
        out = ({"A", "B", "C"} - {holder, comer}).pop()
        row[-1] += Fraction(strength[holder], total) * (holder == "A")
        row[states.index((comer, out))] -= Fraction(strength[comer], total)
        rows.append(row)
    chance = dict(zip(states, _solved(rows), strict=True))
    answer = Fraction(3, 5) * chance["A", "C"] + Fraction(2, 5) * chance["B", "C"]
    return answer.numerator + answer.denominator


# Recurrences and games


def squared_steps() -> int:
    a, b = 1, 3
    for _ in range(2024):
        a, b = b, (b * b + a) % 1000
    return b


def word_machine() -> int:
    word = "A"
    for _ in range(12):
        word = "".join({"A": "AB", "B": "CA", "C": "B"}[letter] for letter in word)
    return word.count("AB")


def take_one_three_eight() -> int:
    loses: list[bool] = []
    for pile in range(1001):
        loses.append(not any(loses[pile - take] for take in (1, 3, 8) if take <= pile))
    return sum(loses[1:])


def two_piles() -> int:
    @cache
    def loses(a: int, b: int) -> bool:
        after = [(a - 1, b), (a - 2, b), (a, b - 1), (a, b - 2), (a - 1, b - 1), (a - 3, b - 3)]
        return not any(min(each) >= 0 and loses(*each) for each in after)

    return sum(loses(a, b) for a in range(51) for b in range(a, 51))


def lonely_stones() -> int:
    @cache
    def value(cells: int) -> int:
        options = {
            value(max(0, place - 1)) ^ value(max(0, cells - place - 2)) for place in range(cells)
        }
        return next(n for n in itertools.count() if n not in options)

    return sum(cells for cells in range(1, 101) if value(cells) == 0)


SOLUTIONS: dict[str, Callable[[], int]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        ninety_one, own_powers, zeros_in_base_twelve, powers_meet_squares, divisor_staircase,
        unit_fractions, multiples_of_the_diagonal, three_seams,
        bracelet_of_nine, strangers_in_a_row, sparse_subsets, touching_paths, calm_words,
        four_couples, equal_sums, braced_cube, whole_triangles, right_angles, crossing_lines,
        squares_in_a_disk, hexagonal_points, walk_on_an_octahedron, two_patterns, eight_cards,
        winner_stays, squared_steps, word_machine, take_one_three_eight, two_piles,
        lonely_stones,
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def domain() -> Domain:
    return load_domain(MATH)


def answer(task: Task) -> str:
    return next(check.answer for check in task.checks if isinstance(check, AnswerCheck))


def test_there_are_fifteen_problems_to_train_on_and_fifteen_others_to_be_tested_on(
    domain: Domain,
) -> None:
    assert {split: len(tasks) for split, tasks in domain.splits.items()} == {
        "train": 15,
        "test": 15,
    }
    assert {task.id for task in domain.tasks()} == set(SOLUTIONS)
    assert not domain.tools


@pytest.mark.parametrize("name", SOLUTIONS)
def test_each_answer_is_what_counting_gives(domain: Domain, name: str) -> None:
    task = next(task for task in domain.tasks() if task.id == name)

    assert answer(task) == str(SOLUTIONS[name]())
    assert 0 <= int(answer(task)) <= 999


def test_the_splits_are_of_like_fields_and_difficulty(domain: Domain) -> None:
    notes = {split: [task.note for task in tasks] for split, tasks in domain.splits.items()}
    fields = {split: {note.split(",")[0] for note in each} for split, each in notes.items()}
    levels = {
        split: sum(int(note.split()[-3]) for note in each) / 15 for split, each in notes.items()
    }

    assert fields["train"] >= {"number theory", "combinatorics", "geometry", "probability", "games"}
    assert abs(levels["train"] - levels["test"]) < 0.5


async def outcomes(agent: EvalAgent, domain: Domain) -> set[str]:
    tasks = domain.tasks()
    return {(await run_trial(Trial(domain, task), agent, ScriptedUser())).outcome for task in tasks}


async def test_lint_finds_nothing(domain: Domain) -> None:
    assert await lint(domain) == []


async def test_gold_passes_and_doing_nothing_fails(domain: Domain) -> None:
    assert await outcomes(GoldAgent(domain), domain) == {"passed"}
    assert await outcomes(NoopAgent(), domain) == {"failed"}


async def test_only_the_final_answer_counts_and_only_when_it_is_right(domain: Domain) -> None:
    task = domain.tasks("train")[0]
    right = answer(task)
    wrong = str(int(right) + 1)

    async def played(text: str) -> str:
        async def reply(toolbox: Toolbox, heard: str) -> str:
            return text

        return (await run_trial(Trial(domain, task), FunctionAgent(reply), ScriptedUser())).outcome

    long_way = rf"First I thought {wrong}; but no: \boxed{{{right}}}. Checked in 3 ways."
    assert await played(long_way) == "passed"
    assert await played(rf"\boxed{{{wrong}}}") == "failed"
    assert await played(rf"It is {right}; no, it is \boxed{{{wrong}}}.") == "failed"
    assert await played("I do not know.") == "failed"
