"""The statistics agree with closed forms, with counting everything, and with scipy."""

from __future__ import annotations

import itertools
import math
import random
import time
from fractions import Fraction

import pytest
import scipy.stats  # type: ignore[import-untyped]

from agentkit.evals.statistics import (
    bootstrap,
    detectable,
    interval_of_differences,
    interval_of_shares,
    mcnemar,
    pass_hat_k,
    permutation_test,
    spread_of,
    tasks_needed,
    wilson,
)


@pytest.mark.parametrize(("n", "c"), [(4, 0), (4, 1), (4, 3), (4, 4), (6, 2)])
def test_pass_k_is_the_share_of_all_choices_of_k_trials(n: int, c: int) -> None:
    trials = [True] * c + [False] * (n - c)
    for k in range(1, n + 1):
        chosen = list(itertools.combinations(trials, k))
        assert pass_hat_k(n, c, k) == Fraction(sum(map(all, chosen)), len(chosen))


def test_pass_k_of_more_trials_than_were_made_is_refused() -> None:
    with pytest.raises(ValueError, match="k=5 of 4 trials"):
        pass_hat_k(4, 4, 5)


@pytest.mark.parametrize(("passed", "trials"), [(0, 10), (3, 10), (10, 10), (57, 114), (1, 1)])
def test_wilson_is_scipys(passed: int, trials: int) -> None:
    ours = wilson(passed / trials, trials)
    theirs = scipy.stats.binomtest(passed, trials).proportion_ci(0.95, "wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-9)
    assert ours.high == pytest.approx(theirs.high, abs=1e-9)


def test_the_bootstrap_of_few_tasks_is_what_drawing_all_samples_gives() -> None:
    values = [0.0, 0.25, 1.0, 0.75]
    means = sorted(sum(drawn) / 4 for drawn in itertools.product(values, repeat=4))
    interval = bootstrap(values, resamples=20_000, seed=3)
    assert interval.low == pytest.approx(means[round(0.025 * 255)], abs=0.04)
    assert interval.high == pytest.approx(means[round(0.975 * 255)], abs=0.04)


def test_the_bootstrap_of_many_tasks_is_the_normal_interval() -> None:
    draw = random.Random(5)
    values = [draw.choice([0, 0.25, 0.5, 0.75, 1.0]) for _ in range(400)]
    mean = sum(values) / 400
    reach = 1.96 * math.sqrt(sum((each - mean) ** 2 for each in values) / 400 / 400)
    interval = bootstrap(values)
    assert (interval.low, interval.high) == pytest.approx((mean - reach, mean + reach), abs=0.004)


def test_trials_of_one_task_count_as_one_draw() -> None:
    """Twenty tasks of four equal trials know no more than twenty trials."""
    clustered = interval_of_shares([1.0] * 10 + [0.0] * 10, trials_each=4)
    single = wilson(0.5, 20)
    naive = wilson(0.5, 80)
    assert clustered.high - clustered.low > 0.9 * (single.high - single.low)
    assert clustered.high - clustered.low > 1.8 * (naive.high - naive.low)


def test_tasks_that_are_all_alike_do_not_make_a_certain_interval() -> None:
    all_pass = interval_of_shares([1.0] * 30, trials_each=4)
    assert (all_pass.method, all_pass.high) == ("wilson", 1.0)
    assert all_pass.low == pytest.approx(wilson(1, 30).low)
    assert all_pass.low < 0.9
    half = interval_of_shares([0.5], trials_each=4)
    assert half.high - half.low > 0.5
    no_flips = interval_of_differences([0.0] * 30)
    assert no_flips.method == "agresti-min"
    assert no_flips.low == -no_flips.high == pytest.approx(-0.0613, abs=1e-3)
    assert interval_of_differences([1.0] * 30).high == 1.0


def test_the_same_seed_draws_the_same_interval_in_time() -> None:
    values = [number % 5 / 4 for number in range(114)]
    began = time.process_time()
    first = bootstrap(values, resamples=2_000, seed=1)
    assert time.process_time() - began < 0.5
    assert first == bootstrap(values, resamples=2_000, seed=1)
    assert first != bootstrap(values, resamples=2_000, seed=2)


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (1, 0), (5, 0), (6, 0), (9, 2), (7, 7)])
def test_mcnemar_is_scipys_binomial_test(gained: int, lost: int) -> None:
    count = gained + lost
    theirs = scipy.stats.binomtest(gained, count).pvalue if count else 1.0
    assert mcnemar(gained, lost) == pytest.approx(theirs, abs=1e-12)


def test_the_permutation_test_counts_all_signs() -> None:
    differences = [Fraction(n, d) for n, d in [(1, 4), (1, 2), (-1, 4), (3, 4), (1, 3), (0, 1)]]
    observed = abs(sum(differences, Fraction(0)))
    all_signs = list(itertools.product((1, -1), repeat=len(differences)))
    hits = sum(
        abs(sum((s * each for s, each in zip(signs, differences, strict=True)), Fraction(0)))
        >= observed
        for signs in all_signs
    )
    p_value, exact = permutation_test(differences)
    assert exact
    assert p_value == pytest.approx(hits / len(all_signs))


def test_the_permutation_test_of_single_trials_is_mcnemars() -> None:
    ones = [Fraction(1)] * 9 + [Fraction(-1)] * 2 + [Fraction(0)] * 40
    assert permutation_test(ones)[0] == pytest.approx(mcnemar(9, 2))


def test_the_permutation_test_is_scipys() -> None:
    differences = [Fraction(n, 4) for n in (1, 2, -1, 3, 0, 1, -2, 4, 2, 1)]
    theirs = scipy.stats.permutation_test(
        ([float(each) for each in differences],),
        lambda x, axis: x.mean(axis=axis),
        permutation_type="samples",
        n_resamples=2**11,
        vectorized=True,
    )
    assert permutation_test(differences)[0] == pytest.approx(float(theirs.pvalue), abs=1e-9)


def test_hundreds_of_tasks_are_counted_exactly_and_in_time() -> None:
    draw = random.Random(1)
    differences = [Fraction(draw.randint(-3, 4), 4) for _ in range(300)]
    began = time.process_time()
    p_value, exact = permutation_test(differences)
    assert exact
    assert 0 < p_value < 0.01
    assert time.process_time() - began < 2


def test_shares_of_many_denominators_are_drawn_and_come_close() -> None:
    numbers = [7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83]
    differences = [Fraction((-1) ** place * (place % 3 + 1), n) for place, n in enumerate(numbers)]
    drawn, exact = permutation_test(differences, seed=2)
    assert not exact
    rounded = [Fraction(round(each * 2_000), 2_000) for each in differences]
    counted, exact = permutation_test(rounded)
    assert exact
    assert drawn == pytest.approx(counted, abs=0.02)


def test_nothing_differs_and_nothing_is_significant() -> None:
    assert permutation_test([Fraction(0)] * 5) == (1.0, True)
    assert mcnemar(0, 0) == 1.0


def test_what_is_detectable_is_found_four_times_of_five() -> None:
    """Simulated: true difference as computed, test as used."""
    draw = random.Random(11)
    tasks, up, down = 120, 0.25, 0.09
    variance = up + down - (up - down) ** 2
    found = sum(
        mcnemar(sum(each < up for each in drawn), sum(up <= each < up + down for each in drawn))
        < 0.05
        for drawn in ([draw.random() for _ in range(tasks)] for _ in range(400))
    )
    difference = detectable(variance, tasks)
    assert difference == pytest.approx(2.8016 * math.sqrt(variance / tasks), rel=1e-4)
    assert up - down == pytest.approx(difference, abs=0.02)
    assert found / 400 == pytest.approx(0.8, abs=0.07)


def test_tasks_needed_turns_detectable_round() -> None:
    assert tasks_needed(0.3, detectable(0.3, 57)) == 57
    assert spread_of([0.0, 1.0, -1.0]) == pytest.approx(1.0)
    assert spread_of([0.0] * 30) == pytest.approx(1 / 32)
