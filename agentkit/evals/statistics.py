"""What can be said from few trials: pass^k, intervals, paired tests and what they can detect.

Pure functions on numbers; knows nothing of tasks and records. Plain Python. Everything drawn at
random is drawn from a seed, so the same numbers give the same answer. Tasks are the unit that is
drawn again: trials of one task are alike, and counting them as independent makes intervals too
narrow (Miller 2024, arXiv:2411.00640). With fewer than about ten tasks the bootstrap's intervals
are too narrow still.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

RESAMPLES = 2_000
DRAWS = 20_000
LEVEL = 0.95
POWER = 0.8
_NORMAL = statistics.NormalDist()
_EXACT_WORK = 1_000_000  # additions; about half a second


@dataclass(frozen=True)
class Interval:
    """Where a true value lies, as far as the data can tell.

    Args:
        low: its lower end.
        high: its upper end.
        method: `wilson`, `bootstrap` or `agresti-min`.
        level: how often such an interval holds the true value.
    """

    low: float
    high: float
    method: str
    level: float = LEVEL


def pass_hat_k(trials: int, passed: int, k: int) -> Fraction:
    """The chance that k trials of a task all pass, estimated without bias: C(c,k) / C(n,k).

    Source: Yao et al. 2024, tau-bench, arXiv:2406.12045, section 5.

    Args:
        trials: how many were made, at least k.
        passed: how many of them passed.
        k: from 1.

    Raises:
        ValueError: there are fewer than k trials.
    """
    _check_counts(trials, passed, k)
    return Fraction(math.comb(passed, k), math.comb(trials, k))


def wilson(share: float, trials: int, level: float = LEVEL) -> Interval:
    """The score interval of a share of independent trials.

    Source: Wilson 1927, JASA 22; recommended by Brown, Cai and DasGupta 2001.

    Args:
        share: passed of trials, 0 to 1.
        trials: how many, at least 1.
        level: as in `Interval`.
    """
    if trials < 1:
        raise ValueError("an interval needs a trial")
    z = _NORMAL.inv_cdf(0.5 + level / 2)
    spread = z * math.sqrt(share * (1 - share) / trials + (z / trials) ** 2 / 4)
    scale = 1 + z * z / trials
    middle = share + z * z / (2 * trials)
    low = 0.0 if share == 0 else max(0.0, (middle - spread) / scale)
    high = 1.0 if share == 1 else min(1.0, (middle + spread) / scale)
    return Interval(low, high, "wilson", level)


def bootstrap(
    values: Sequence[float], *, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The percentile interval of a mean over tasks: tasks are drawn again, with all their trials.
    The order of the values does not matter.

    Source: Efron and Tibshirani 1993, chapter 13, on clusters as Davison and Hinkley 1997, 3.8.

    Args:
        values: one a task.
        level: as in `Interval`.
        resamples: how often.
        seed: of the draws.
    """
    if not values:
        raise ValueError("an interval needs a task")
    draw = random.Random(seed).choices
    count, ordered = len(values), sorted(values)
    means = sorted(sum(draw(ordered, k=count)) / count for _ in range(resamples))
    return Interval(*_percentiles(means, level), "bootstrap", level)


def interval_of_shares(shares: Sequence[float], *, trials_each: int, seed: int = 0) -> Interval:
    """The interval of a mean of shares, one a task.

    Wilson's for one trial a task. For more, the bootstrap; but where all tasks have the same share
    it sees no spread and would claim to be certain: then Wilson's, each task counting as one trial,
    which is wide on purpose.

    Args:
        shares: one a task, 0 to 1.
        trials_each: the most trials that any task has.
        seed: of the bootstrap.
    """
    if trials_each == 1 or len(set(shares)) == 1:
        return wilson(math.fsum(shares) / len(shares), len(shares))
    return bootstrap(shares, seed=seed)


def interval_of_differences(
    differences: Sequence[float], *, level: float = LEVEL, seed: int = 0
) -> Interval:
    """The interval of a mean of paired differences, one a task: the bootstrap over tasks.

    Where all differences are alike the bootstrap sees no spread; then the interval of Agresti and
    Min 2005 (Statistics in Medicine 24): half a task added to every cell of the paired table.

    Args:
        differences: one a task, -1 to 1.
        level: as in `Interval`.
        seed: of the bootstrap.
    """
    if len(set(differences)) > 1:
        return bootstrap(differences, level=level, seed=seed)
    count = len(differences)
    middle = math.fsum(differences) / (count + 2)
    reach = _NORMAL.inv_cdf(0.5 + level / 2) * math.sqrt(spread_of(differences) / (count + 2))
    return Interval(max(-1.0, middle - reach), min(1.0, middle + reach), "agresti-min", level)


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p value of McNemar's test: binomial on the pairs that differ.

    Source: McNemar 1947, Psychometrika 12; exact form as in Agresti, Categorical Data Analysis.

    Args:
        gained: tasks that only the second passed.
        lost: tasks that only the first passed.
    """
    count = gained + lost
    tail = sum(math.comb(count, each) for each in range(min(gained, lost) + 1))
    return min(1.0, float(Fraction(2 * tail, 2**count)))


def permutation_test(
    differences: Sequence[Fraction], *, draws: int = DRAWS, seed: int = 0
) -> tuple[float, bool]:
    """The two-sided p value of a paired permutation test: every task's difference may have either
    sign, and the sum of all is compared.

    Exact by counting all signs at once (a convolution over the sums there can be), also for
    hundreds of tasks as long as their shares have few denominators; else drawn, and then
    (hits + 1) / (draws + 1) as Phipson and Smyth 2010 have it. Source: Fisher 1935; Pagano and
    Tritchler 1983 for the convolution.

    Args:
        differences: one a task, as exact fractions.
        draws: how many, when drawn.
        seed: of the draws.

    Returns:
        The p value, and whether it is exact.
    """
    untied = [each for each in differences if each]
    scale = math.lcm(*(each.denominator for each in untied))
    steps = [abs(int(each * scale)) for each in untied]
    observed = abs(int(sum(untied) * scale))
    if len(steps) * min(2 ** len(steps), 2 * sum(steps) + 1) <= _EXACT_WORK:
        return _exact_tail(steps, observed), True
    draw = random.Random(seed).getrandbits
    hits = sum(_signed_sum(steps, draw(len(steps))) >= observed for _ in range(draws))
    return (hits + 1) / (draws + 1), False


def spread_of(differences: Sequence[float]) -> float:
    """The variance of paired differences, one a task.

    Where all are alike, the data say nothing of the spread: half a task is added to every cell of
    the paired table, as `interval_of_differences` does it.
    """
    if len(set(differences)) > 1:
        return statistics.variance(differences)
    count = len(differences)
    total = math.fsum(differences)
    squares = math.fsum(each * each for each in differences) + 1
    return squares / (count + 2) - (total / (count + 2)) ** 2


def detectable(variance: float, tasks: float, power: float = POWER, level: float = LEVEL) -> float:
    """The smallest true mean difference that `tasks` tasks show with this power (z test).

    Args:
        variance: of the paired differences.
        tasks: how many.
        power: the chance to see it.
        level: one minus the test's alpha, two-sided.
    """
    return _reach(power, level) * math.sqrt(variance / tasks)


def tasks_needed(
    variance: float, difference: float, power: float = POWER, level: float = LEVEL
) -> int:
    """How many tasks show a true mean difference with this power; `detectable` turned round."""
    return math.ceil(variance * (_reach(power, level) / difference) ** 2 - 1e-9)


def _reach(power: float, level: float) -> float:
    return _NORMAL.inv_cdf(0.5 + level / 2) + _NORMAL.inv_cdf(power)


def _check_counts(trials: int, passed: int, k: int) -> None:
    if not 1 <= k <= trials or not 0 <= passed <= trials:
        raise ValueError(f"k={k} of {trials} trials with {passed} passed")


def _percentiles(ordered: Sequence[float], level: float) -> tuple[float, float]:
    """The two ends that leave half of the rest outside each; between neighbours, linear."""

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])

    return at((1 - level) / 2), at((1 + level) / 2)


def _exact_tail(steps: Sequence[int], observed: int) -> float:
    ways = {0: 1}
    for step in steps:
        grown: dict[int, int] = {}
        for total, count in ways.items():
            for reached in (total - step, total + step):
                grown[reached] = grown.get(reached, 0) + count
        ways = grown
    tail = sum(count for total, count in ways.items() if abs(total) >= observed)
    return float(Fraction(tail, 2 ** len(steps)))


def _signed_sum(steps: Sequence[int], bits: int) -> int:
    return abs(sum(step if bits >> place & 1 else -step for place, step in enumerate(steps)))
