"""Whether of two runs one is better, told by the tasks both have; `tied` when it cannot be told.

Knows scores and, when given, the settings of both runs. Tasks are paired: each task's difference is
its pass rate in B less that in A, over its measured trials. A verdict needs both, a p value under
0.05 and an interval that leaves out zero; else the runs are tied, which says that these trials
cannot tell, not that the agents are equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from agentkit.evals.records import TrialRecord
from agentkit.evals.scoring import Score, TaskScore, score
from agentkit.evals.statistics import (
    Interval,
    detectable,
    interval_of_differences,
    mcnemar,
    permutation_test,
    spread_of,
    tasks_needed,
)
from agentkit.evals.versions import differing, earlier_of, listed, versions_of

if TYPE_CHECKING:
    from agentkit.evals.folder import RunSettings

FORMAT = "agentkit.comparison/1"
ALPHA = 0.05
FEWEST = math.ceil(math.log2(2 / ALPHA))
"""Tasks that must differ, all in one direction, before an exact test can give a p under `ALPHA`: of
n such tasks it is 2 / 2^n. So with fewer tasks than these nothing can be told."""
_MANY = 1_000_000

Verdict = Literal["A is better", "B is better", "tied"]


@dataclass(frozen=True)
class PairedTask:
    """One task in both runs.

    Args:
        task: its id.
        split: its split.
        passed_a: trials that passed in A.
        measured_a: trials that were measured in A.
        passed_b: as `passed_a`, in B.
        measured_b: as `measured_a`, in B.
        difference: pass rate in B less pass rate in A.
    """

    task: str
    split: str
    passed_a: int
    measured_a: int
    passed_b: int
    measured_b: int
    difference: float


@dataclass(frozen=True)
class Comparison:
    """Two runs against each other. All of it is JSON.

    Args:
        verdict: `A is better`, `B is better` or `tied`.
        words: the verdict with its numbers, and how much more would tell; sentences.
        rate_a: mean pass rate of A over the paired tasks; None without any.
        rate_b: of B.
        difference: `rate_b` less `rate_a`.
        interval: of `difference`, for other tasks of this kind.
        p_value: that a difference this large comes about when there is none; 1 without tasks.
        test: `exact McNemar`, `exact permutation` or `permutation`.
        detectable: the smallest true difference that so many tasks show four times of five; None
            for fewer tasks than `FEWEST`, which cannot show any.
        more_tasks: further tasks like these that the seen difference would need; None if it is
            zero or was told already.
        more_trials: further trials of each task that would do instead; None if no number would, or
            it cannot be told from one trial each or from so few tasks.
        gained: tasks with a higher pass rate in B.
        lost: tasks with a lower pass rate in B.
        flipped: tasks of which all trials passed in one run and all failed in the other.
        tasks: all paired tasks.
        only_a: tasks that only A has.
        only_b: tasks that only B has.
        unmeasured: tasks both have, without a measured trial in one of them.
        warnings: what else differs between the runs, a sentence each.
    """

    verdict: Verdict
    words: str
    rate_a: float | None
    rate_b: float | None
    difference: float | None
    interval: Interval | None
    p_value: float
    test: str
    detectable: float | None
    more_tasks: int | None
    more_trials: int | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    flipped: tuple[str, ...]
    tasks: tuple[PairedTask, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    unmeasured: tuple[str, ...]
    warnings: tuple[str, ...]
    format: str = FORMAT


def compare(
    a: Score | Iterable[TrialRecord],
    b: Score | Iterable[TrialRecord],
    settings_a: RunSettings | None = None,
    settings_b: RunSettings | None = None,
) -> Comparison:
    """Compare two runs.

    Args:
        a: the score of one, or its records.
        b: the same of the other.
        settings_a: what A was asked for, to warn of what else differs.
        settings_b: the same of B.
    """
    first = a if isinstance(a, Score) else score(a)
    second = b if isinstance(b, Score) else score(b)
    shared = [_Pair(one, other) for one, other in _both(first.tasks, second.tasks)]
    pairs = [each for each in shared if each.is_measured]
    warnings = [*_seen_in_scores(first, second, pairs)]
    if settings_a is not None and settings_b is not None:
        warnings += _seen_in_settings(settings_a, settings_b)
    result = _tested(pairs)
    return Comparison(
        **vars(result),
        words=_words(result, len(pairs)),
        gained=_ids(pairs, lambda each: each.difference > 0),
        lost=_ids(pairs, lambda each: each.difference < 0),
        flipped=_ids(pairs, lambda each: abs(each.difference) == 1),
        tasks=tuple(each.shown() for each in pairs),
        only_a=_only_in(first, second),
        only_b=_only_in(second, first),
        unmeasured=_ids(shared, lambda each: not each.is_measured),
        warnings=tuple(warnings),
    )


def _both(a: Sequence[TaskScore], b: Sequence[TaskScore]) -> Iterator[tuple[TaskScore, TaskScore]]:
    """The tasks that both have, in the order of A."""
    others = {(each.domain, each.task): each for each in b}
    for each in a:
        if (other := others.get((each.domain, each.task))) is not None:
            yield each, other


def _only_in(one: Score, other: Score) -> tuple[str, ...]:
    theirs = {(each.domain, each.task) for each in other.tasks}
    return tuple(each.task for each in one.tasks if (each.domain, each.task) not in theirs)


def _ids(pairs: Sequence[_Pair], chosen: Callable[[_Pair], bool]) -> tuple[str, ...]:
    return tuple(each.a.task for each in pairs if chosen(each))


class _Pair(NamedTuple):
    a: TaskScore
    b: TaskScore

    @property
    def is_measured(self) -> bool:
        return bool(self.a.measured and self.b.measured)

    @property
    def difference(self) -> Fraction:
        return Fraction(self.b.passed, self.b.measured) - Fraction(self.a.passed, self.a.measured)

    @property
    def single(self) -> bool:
        return self.a.measured == self.b.measured == 1

    def noise(self) -> float | None:
        """How much of the difference's variance comes of having few trials; None for unknown."""
        if min(self.a.measured, self.b.measured) < 2:
            return None
        return sum(
            each.passed * (each.measured - each.passed) / each.measured**2 / (each.measured - 1)
            for each in self
        )

    def shown(self) -> PairedTask:
        a, b = self
        return PairedTask(
            a.task, a.split, a.passed, a.measured, b.passed, b.measured, float(self.difference)
        )


@dataclass(frozen=True)
class _Result:
    """What the tests say."""

    verdict: Verdict = "tied"
    rate_a: float | None = None
    rate_b: float | None = None
    difference: float | None = None
    interval: Interval | None = None
    p_value: float = 1.0
    test: str = "none"
    detectable: float | None = None
    more_tasks: int | None = None
    more_trials: int | None = None


def _tested(pairs: Sequence[_Pair]) -> _Result:
    if not pairs:
        return _Result()
    exact = [each.difference for each in pairs]
    differences = [float(each) for each in exact]
    mean = float(sum(exact, Fraction(0)) / len(exact))
    interval = interval_of_differences(differences)
    p_value, test = _p_value(pairs, exact)
    verdict: Verdict = "tied"
    if p_value < ALPHA and not interval.low <= 0 <= interval.high:
        verdict = "B is better" if mean > 0 else "A is better"
    variance = spread_of(differences)
    open_question = verdict == "tied" and mean != 0
    return _Result(
        verdict=verdict,
        rate_a=math.fsum(each.a.passed / each.a.measured for each in pairs) / len(pairs),
        rate_b=math.fsum(each.b.passed / each.b.measured for each in pairs) / len(pairs),
        difference=mean,
        interval=interval,
        p_value=p_value,
        test=test,
        detectable=detectable(variance, len(pairs)) if len(pairs) >= FEWEST else None,
        more_tasks=_more_tasks(exact, variance, mean) if open_question else None,
        more_trials=_more_trials(pairs, variance, mean) if open_question else None,
    )


def _p_value(pairs: Sequence[_Pair], differences: Sequence[Fraction]) -> tuple[float, str]:
    if all(each.single for each in pairs):
        gained, lost = (sum(each == sign for each in differences) for sign in (1, -1))
        return mcnemar(gained, lost), "exact McNemar"
    p_value, exact = permutation_test(differences)
    return p_value, "exact permutation" if exact else "permutation"


def _more_tasks(differences: Sequence[Fraction], variance: float, mean: float) -> int:
    """At least one: what is tied was not enough. Tasks that do not differ tell the test nothing, so
    that as many are needed as have `FEWEST` among them that do."""
    tasks, differing = len(differences), sum(each != 0 for each in differences)
    fewest = math.ceil(FEWEST * tasks / differing)
    return max(1, max(fewest, tasks_needed(variance, mean)) - tasks)


def _more_trials(pairs: Sequence[_Pair], variance: float, difference: float) -> int | None:
    """Trials to add to each task, when the noise of single trials is what hides the difference.

    The variance between tasks stays, the noise within them shrinks with the number of trials.
    """
    noises = [each.noise() for each in pairs]
    known = [each for each in noises if each is not None]
    if len(known) < len(pairs) or len(pairs) < FEWEST:
        return None
    noise = min(variance, math.fsum(known) / len(known))
    wanted = variance * len(pairs) / max(1, tasks_needed(variance, difference))
    left_for_noise = wanted - (variance - noise)
    if left_for_noise <= 0 or noise / left_for_noise > _MANY:
        return None
    trials = min(min(each.a.measured, each.b.measured) for each in pairs)
    return max(1, math.ceil(trials * (noise / left_for_noise - 1)))


def _words(result: _Result, tasks: int) -> str:
    if result.difference is None or result.interval is None:
        return "The runs have no measured task in common: nothing can be compared."
    low, high = 100 * result.interval.low, 100 * result.interval.high
    numbers = (
        f"B less A is {100 * result.difference:+.1f} points of pass^1 over"
        f" {_counted(tasks, 'task')} (95 % interval {low:+.1f} to {high:+.1f},"
        f" p = {result.p_value:.3g}, {result.test})"
    )
    if result.verdict != "tied":
        return f"{result.verdict}: {numbers}."
    return f"A and B are tied: {numbers}. {_shown(result)} {_more(result)}"


def _shown(result: _Result) -> str:
    if result.detectable is None:
        return f"Fewer than {FEWEST} tasks cannot show any difference."
    points = f"{100 * result.detectable:.1f} points"
    return f"So many tasks show a true difference of {points} or more, four times of five."


def _more(result: _Result) -> str:
    if result.more_tasks is None:
        return "No difference was seen, so it cannot be said how many tasks would show one."
    further = _counted(result.more_tasks, "further task")
    if result.more_trials is not None:
        further += f", or {_counted(result.more_trials, 'further trial')} of each task"
    return f"If the difference seen is the true one, it takes about {further} to show it."


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _seen_in_scores(a: Score, b: Score, pairs: Sequence[_Pair]) -> Iterator[str]:
    if a.domains != b.domains:
        yield f"The domains differ: {_listed(a.domains)} and {_listed(b.domains)}."
    for name, each in (("A", a), ("B", b)):
        if each.overall.not_measured:
            lost = _counted(each.overall.not_measured, "trial")
            yield f"Of {name}, {lost} of {each.overall.trials:,} are not measured and left out."
    uneven = sum(each.a.measured != each.b.measured for each in pairs)
    if uneven:
        yield f"{_counted(uneven, 'task')} of {len(pairs):,} differ in the number of trials."


def _seen_in_settings(a: RunSettings, b: RunSettings) -> Iterator[str]:
    changed = [
        task
        for task in a.tasks
        if task in b.tasks and a.tasks[task].get("digest") != b.tasks[task].get("digest")
    ]
    if a.domain.get("digest") != b.domain.get("digest"):
        yield "The domain's policy, state or tools were changed between the runs."
    elif changed:
        yield f"{_counted(len(changed), 'task')} were changed between the runs: {_listed(changed)}."
    for name, one, other in (("user", a.user, b.user), ("judge", a.judge, b.judge)):
        if one != other:
            yield f"The {name} is not the same: {_differing(one, other)}."
    yield from _seen_in_versions(a.about, b.about)
    if a.agent == b.agent:
        yield "The agent is the same in both, with the same settings."


def _seen_in_versions(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    one, other = versions_of(a), versions_of(b)
    if one and other and (words := differing(one, other)):
        yield f"The versions differ: {words}."
    for name, about in (("A", a), ("B", b)):
        if others := earlier_of(about):
            yield f"Of {name}, trials were also played with {listed(others)}."


def _differing(one: object, other: object) -> str:
    """The settings that differ, or both names."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return f"{_name(one)} and {_name(other)}"
    names = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    return ", ".join(f"{key} is {one.get(key)!r} and {other.get(key)!r}" for key in names[:4])


def _name(settings: object) -> str:
    return str(settings.get("name", "unnamed")) if isinstance(settings, dict) else "none"


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return (", ".join(names[:8]) or "none") + rest
