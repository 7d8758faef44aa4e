"""What a run's records are counted to; nothing that was not measured vanishes."""

from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from agentkit.evals.records import (
    Attribution,
    CheckResult,
    Event,
    Outcome,
    TrialRecord,
    TrialUsage,
)
from agentkit.evals.scoring import CheckScore, Score, score
from agentkit.evals.statistics import wilson
from agentkit.serialise import to_json

OUTCOMES: dict[str, Outcome] = {"+": "passed", "-": "failed", "?": "not_measured"}


@dataclass(frozen=True)
class Asked:
    split: str
    task: str
    number: int
    key: str


def trial(task: str, number: int, outcome: Outcome, **fields: Any) -> TrialRecord:
    ending = {"passed": "finished", "failed": "finished", "not_measured": "model"}[outcome]
    given = {"key": f"{task}/{number}", "domain": "library", "split": "test", "seed": 1, **fields}
    return TrialRecord.model_validate(
        {"task": task, "trial": number, "outcome": outcome, "ending": ending, **given}
    )


def trials(**tasks: str) -> list[TrialRecord]:
    """Records written as `a="++-?"`: passed, passed, failed, not measured."""
    return [
        trial(task, number, OUTCOMES[sign])
        for task, signs in tasks.items()
        for number, sign in enumerate(signs)
    ]


def values(scored: Score) -> list[float | None]:
    return [each.value for each in scored.overall.pass_hat]


def bounds(scored: Score) -> list[tuple[float, float]]:
    return [(each.low, each.high) for each in scored.overall.pass_hat]


def test_pass_k_is_the_mean_over_tasks() -> None:
    scored = score(trials(a="++++", b="++--", c="----"))
    assert values(scored) == pytest.approx([1.5 / 3, (1 + 1 / 6) / 3, 1 / 3, 1 / 3])
    assert bounds(scored) == [(each, each) for each in values(scored)]
    assert (scored.overall.passed, scored.overall.failed) == (6, 6)
    assert scored.flaky == ("b",)
    assert scored.complete


def test_what_was_not_measured_widens_the_bounds_and_is_no_failure() -> None:
    scored = score(trials(a="++", b="+?"))
    assert (scored.overall.passed, scored.overall.failed, scored.overall.not_measured) == (3, 0, 1)
    assert values(scored) == [1.0, None]
    assert bounds(scored) == [(0.75, 1.0), (0.5, 1.0)]
    assert scored.reasons == {"model": 1}
    assert not scored.complete


def test_a_task_that_was_never_measured_does_not_vanish() -> None:
    scored = score(trials(a="++", b="??"))
    assert scored.overall.tasks == 2
    assert values(scored) == [1.0, 1.0]
    assert bounds(scored) == [(0.5, 1.0), (0.5, 1.0)]
    assert scored.unmeasured == ("b",)


def test_no_pass_k_stands_on_the_tasks_that_happened_to_be_measured_often() -> None:
    """Over `a` alone pass^2 would be 1; `b` has failed, and cannot pass twice."""
    scored = score(trials(a="++", b="-?"))
    assert values(scored) == [0.5, None]
    assert bounds(scored)[1] == (0.5, 0.5)


@pytest.mark.parametrize("seed", range(20))
def test_a_value_lies_within_its_bounds_and_the_bounds_hold_what_might_have_been(
    seed: int,
) -> None:
    draw = random.Random(seed)
    signs = {f"t{n}": "".join(draw.choices("+-?", k=4)) for n in range(5)}
    scored = score(trials(**signs))
    might = score(trials(**{k: "".join(draw.choice("+-") if s == "?" else s for s in v)
                            for k, v in signs.items()}))  # fmt: skip
    for each, other in zip(scored.overall.pass_hat, might.overall.pass_hat, strict=True):
        assert each.low - 1e-12 <= (other.value or 0.0) <= each.high + 1e-12
        assert each.value is None or each.low - 1e-12 <= each.value <= each.high + 1e-12


def test_one_trial_a_task_has_wilsons_interval_and_more_have_the_bootstraps() -> None:
    single = score(trials(a="+", b="-", c="+")).overall.pass_hat[0]
    assert single.interval == wilson(2 / 3, 3)
    several = score(trials(a="++", b="--", c="+-")).overall.pass_hat
    assert [each.interval and each.interval.method for each in several] == ["bootstrap"] * 2


def test_the_last_record_of_a_key_counts() -> None:
    first = trial("a", 0, "not_measured", key="k")
    again = trial("a", 0, "passed", key="k")
    scored = score([first, trial("b", 0, "failed"), again])
    assert (scored.overall.trials, scored.overall.passed) == (2, 1)
    assert scored.complete


def test_records_without_a_key_all_count() -> None:
    records = [trial("a", number, "passed", key="") for number in range(3)]
    assert score(records).overall.trials == 3


def test_what_was_asked_for_and_not_run_is_not_measured() -> None:
    planned = [Asked("test", task, n, f"{task}/{n}") for task in "ab" for n in range(2)]
    scored = score(trials(a="++"), planned)
    assert scored.reasons == {"not run": 2}
    assert bounds(scored)[0] == (0.5, 1.0)
    assert scored.unmeasured == ("b",)
    assert not scored.complete
    assert scored.tasks[1].domain == "library"


def test_no_trials_are_no_complete_run() -> None:
    scored = score([])
    assert not scored.complete
    assert scored.overall.pass_hat == ()


def test_the_order_of_records_does_not_matter() -> None:
    records = trials(t1="++-?", t2="++++", t10="--?+", t3="+-+-")
    shuffled = records.copy()
    random.Random(4).shuffle(shuffled)
    assert to_json(score(records)) == to_json(score(shuffled))
    assert [each.task for each in score(records).tasks] == ["t1", "t2", "t3", "t10"]


def test_causes_checks_splits_and_usage_are_counted() -> None:
    wrong = Attribution(cause="wrong_write", detail="")
    checks = (CheckResult(check={"state": "gold"}, passed=False),
              CheckResult(check={"judge": "kind"}, passed=None, gates=False))  # fmt: skip
    usage = TrialUsage(turns=2, calls=8, tool_errors=2, output_tokens=100)
    undecided = (CheckResult(check={"judge": "kind"}, passed=None),)
    scored = score(
        [
            trial("a", 0, "failed", attribution=wrong, checks=checks, usage=usage, seconds=2.0),
            trial("b", 0, "passed", split="train", user_faults=("left early",), seconds=4.0),
            trial("c", 0, "not_measured", ending="finished", checks=undecided),
        ]
    )
    assert scored.causes == {"wrong_write": 1}
    assert scored.reasons == {"undecided check": 1}
    assert scored.checks == {"state": CheckScore(failed=1), "judge": CheckScore(undecided=2)}
    assert {name: each.passed for name, each in scored.splits.items()} == {"test": 0, "train": 1}
    assert scored.user_fault_rate == pytest.approx(1 / 3)
    assert scored.usage.tool_error_rate == 0.25
    assert (scored.usage.seconds.total, scored.usage.seconds.median) == (6.0, 2.0)
    assert scored.tasks[0].causes == {"wrong_write": 1}
    assert json.loads(to_json(scored))["overall"]["pass_hat"][0]["k"] == 1


def test_records_are_streamed_and_only_numbers_are_kept() -> None:
    def long_trials() -> Iterator[TrialRecord]:
        for number in range(200):
            events = (Event(kind="answer", text=f"{number}" * 50_000),)
            yield trial("a", number, "passed", events=events)

    tracemalloc.start()
    score(long_trials())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000
