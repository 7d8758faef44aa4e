"""Two runs are compared task by task, and called tied when these trials cannot tell."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from agentkit.evals.compare import compare
from agentkit.evals.folder import RunSettings, settings_of
from agentkit.evals.records import TrialRecord
from agentkit.evals.statistics import mcnemar
from agentkit.serialise import to_json
from tests.evals.support import library
from tests.evals.test_scoring import trials


def run(**tasks: str) -> list[TrialRecord]:
    return trials(**tasks)


def many(signs: str, count: int, start: int = 0) -> dict[str, str]:
    return {f"t{number}": signs for number in range(start, start + count)}


def test_a_run_that_passes_clearly_more_tasks_is_better() -> None:
    a = run(**many("+", 10), **many("-", 20, start=10))
    b = run(**many("+", 25), **many("-", 5, start=25))
    comparison = compare(a, b)
    assert comparison.verdict == "B is better"
    assert comparison.difference == pytest.approx(0.5)
    assert comparison.p_value == pytest.approx(mcnemar(15, 0))
    assert comparison.test == "exact McNemar"
    assert comparison.words.startswith("B is better: B less A is +50.0 points of pass^1 over 30")
    assert comparison.flipped == comparison.gained == tuple(f"t{n}" for n in range(10, 25))
    assert comparison.more_tasks is None
    assert compare(b, a).verdict == "A is better"


def test_a_small_difference_is_called_tied_with_what_would_tell() -> None:
    a = run(**many("+", 15), **many("-", 15, start=15))
    b = run(**many("+", 18), **many("-", 12, start=18))
    comparison = compare(a, b)
    assert comparison.verdict == "tied"
    assert comparison.p_value == pytest.approx(0.25)
    assert comparison.interval is not None
    assert comparison.interval.low <= 0.0 < comparison.interval.high
    assert comparison.more_tasks is not None
    assert comparison.more_tasks > 20
    assert f"{comparison.more_tasks} further tasks" in comparison.words
    assert comparison.more_trials is None


def test_equal_runs_are_tied_and_not_said_to_be_known_equal() -> None:
    a = run(**many("+", 20), **many("-", 10, start=20))
    comparison = compare(a, a)
    assert (comparison.verdict, comparison.difference, comparison.p_value) == ("tied", 0.0, 1.0)
    assert comparison.interval is not None
    assert comparison.interval.low < 0 < comparison.interval.high
    assert comparison.detectable is not None
    assert comparison.detectable > 0.05


def test_fewer_than_six_tasks_are_said_to_show_nothing() -> None:
    """Six that all differ in one direction are the fewest with a p under 0.05: 2 / 2^6."""
    assert compare(run(**many("-", 6)), run(**many("+", 6))).verdict == "B is better"
    few = compare(run(**many("---", 4)), run(**many("+++", 3), **many("---", 1, start=3)))
    assert few.verdict == "tied"
    assert few.detectable is None
    assert "Fewer than 6 tasks cannot show any difference." in few.words
    assert (few.more_tasks, few.more_trials) == (4, None)  # of 8, six would differ


def test_trials_of_a_task_are_weighed_as_one_task() -> None:
    a = run(**many("++--", 8), **many("+---", 8, start=8))
    b = run(**many("++++", 8), **many("++--", 8, start=8))
    comparison = compare(a, b)
    assert comparison.test == "exact permutation"
    assert comparison.p_value == pytest.approx(2 / 2**16)
    assert comparison.verdict == "B is better"
    assert comparison.rate_b == pytest.approx(0.75)


def test_more_trials_help_where_the_noise_of_trials_hides_the_difference() -> None:
    """Every task is a coin in both: all of the variance is noise."""
    a = run(**many("++--", 20))
    b = run(**many("+++-", 11), **many("+---", 9, start=11))
    comparison = compare(a, b)
    assert comparison.verdict == "tied"
    assert comparison.more_trials is not None
    assert "further trial" in comparison.words


def test_more_trials_do_not_help_where_the_tasks_themselves_disagree() -> None:
    a = run(**many("++++", 6), **many("----", 7, start=6))
    b = run(**many("----", 6), **many("++++", 7, start=6))
    comparison = compare(a, b)
    assert comparison.verdict == "tied"
    assert comparison.more_trials is None
    assert comparison.more_tasks is not None
    assert len(comparison.flipped) == 13


def test_tasks_that_only_one_run_has_are_named_and_left_out() -> None:
    comparison = compare(run(a="+", b="-", c="?"), run(b="+", c="+", d="+"))
    assert comparison.only_a == ("a",)
    assert comparison.only_b == ("d",)
    assert comparison.unmeasured == ("c",)
    assert [each.task for each in comparison.tasks] == ["b"]
    assert comparison.warnings == ("Of A, 1 trial of 3 are not measured and left out.",)


def test_runs_without_a_common_task_are_tied_for_lack_of_data() -> None:
    comparison = compare(run(a="+"), run(b="+"))
    assert comparison.verdict == "tied"
    assert "nothing can be compared" in comparison.words


def test_uneven_numbers_of_trials_are_compared_by_rate_and_warned_of() -> None:
    comparison = compare(run(a="++--", b="+"), run(a="+-", b="-"))
    assert [each.difference for each in comparison.tasks] == [0.0, -1.0]
    assert comparison.warnings == ("1 task of 2 differ in the number of trials.",)


def test_a_comparison_is_json_and_the_same_every_time() -> None:
    signs = ["".join(each) for each in itertools.product("+-", repeat=3)]
    a = run(**{f"t{n}": sign for n, sign in enumerate(signs)})
    b = run(**{f"t{n}": sign for n, sign in enumerate(reversed(signs))})
    assert to_json(compare(a, b)) == to_json(compare(a, b))
    assert json.loads(to_json(compare(a, b)))["verdict"] == "tied"


def test_of_two_equal_agents_one_is_rarely_called_better() -> None:
    draw = random.Random(9)
    wrong = 0
    for _ in range(12):
        rates = [draw.random() for _ in range(25)]
        a, b = (
            run(**{f"t{n}": "".join("-+"[draw.random() < rate] for _ in range(3))
                   for n, rate in enumerate(rates)})
            for _ in range(2)
        )  # fmt: skip
        wrong += compare(a, b).verdict != "tied"
    assert wrong <= 3


def test_versions_that_differ_are_told_also_of_a_run_that_was_gone_on_with() -> None:
    def settings(**about: object) -> RunSettings:
        return settings_of(library(), [], ({"name": "x"}, {}, None), 1, 0, about)

    old = settings(versions={"agentkit": "0.1.0", "torch": "2.7.0"})
    new = settings(
        versions={"agentkit": "0.1.0", "torch": "2.8.0", "transformers": "5.20.0"},
        earlier_versions={"torch": ["2.6.0", "2.7.0"]},
    )
    warnings = compare(run(a="+"), run(a="+"), old, new).warnings
    assert "The versions differ: torch 2.7.0 and 2.8.0, transformers none and 5.20.0." in warnings
    assert "Of B, trials were also played with torch 2.6.0 or 2.7.0." in warnings
    same = compare(run(a="+"), run(a="+"), old, old).warnings
    assert same == ("The agent is the same in both, with the same settings.",)
