"""Metrics that a gate can hold two runs against each other by: one number a problem, or a pair.

- ``accuracy`` of scored pairs: win 1, tie 0.5, loss 0.
- ``pass@K`` of judged samples. Where there are base and plus tests it asks for both, as EvalPlus'
  HumanEval+ does; ``pass@K/base`` looks at the base tests and ``pass@K/plus`` at the plus inputs,
  each alone.
- a status (``truncated``, ``no_answer``, ``time_limit`` …): the share of samples that end so.

A harness error is no result: its sample is left out, and a problem without another sample too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.gates.report import Direction
from lcbrb.rewards.metrics import accuracy
from lcbrb.runs.results import Result, ResultKind
from lcbrb.stats import pass_at_k
from lcbrb.types import Metric, SampleVerdict, Status

_PASS_AT_1 = "pass@1"  # noqa: S105 - no password
_PASS = re.compile(r"pass@([1-9][0-9]{0,5})(?:/(base|plus))?")
_STATUSES = [status.value for status in Status if status is not Status.HARNESS_ERROR]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a gate compares by: a metric under the name that users write, and how it is counted."""

    name: str
    metric: Metric
    kind: ResultKind
    k: int = 1
    status: Status = Status.PASSED

    @property
    def tests(self) -> str | None:
        """``base`` or ``plus``, where only one kind of tests is looked at."""
        return dict(self.metric.slices).get("tests")

    @property
    def direction(self) -> Direction:
        """Which way is better, where the user does not say."""
        return Direction.HIGHER if self.status is Status.PASSED else Direction.LOWER


def parse_measure(name: str) -> Measure:
    """What to compare by, from its name in gate.toml.

    Raises:
        UnknownNameError: there is none.
    """
    if name == accuracy.ACCURACY.name:
        return Measure(name=name, metric=accuracy.ACCURACY, kind=ResultKind.REWARD_MODEL)
    if parsed := _PASS.fullmatch(name):
        k, tests = int(parsed[1]), {"tests": parsed[2]} if parsed[2] else {}
        metric = Metric.of(f"pass@{k}", **tests)
        return Measure(name=name, metric=metric, kind=ResultKind.POLICY, k=k)
    if name in _STATUSES:
        metric = Metric(name)
        return Measure(name=name, metric=metric, kind=ResultKind.POLICY, status=Status(name))
    known = [accuracy.ACCURACY.name, _PASS_AT_1, "pass@K", "pass@1/base", "pass@1/plus", *_STATUSES]
    raise UnknownNameError("metric", name, known)


def default_measure(kind: ResultKind) -> Measure:
    """What is compared where gate.toml names nothing."""
    name = accuracy.ACCURACY.name if kind is ResultKind.REWARD_MODEL else _PASS_AT_1
    return parse_measure(name)


def values(result: Result, measure: Measure) -> dict[str, float]:
    """Every result that there is: pair or problem to its value, a share.

    Raises:
        UsageError: the run has no such results (too few samples for pass@K, no base tests).
    """
    if measure.kind is ResultKind.REWARD_MODEL:
        points = accuracy.points(result.scored_pairs)
        return {p.pair_id: point for p, point in zip(result.scored_pairs, points, strict=True)}
    problems: dict[str, list[SampleVerdict]] = defaultdict(list)
    for sample in result.samples:
        if sample.status is not Status.HARNESS_ERROR:
            problems[sample.problem_id].append(sample)
    scored = [sample for samples in problems.values() for sample in samples]
    if scored and all(_tested(sample, measure) is None for sample in scored):
        raise UsageError(
            f"{result.folder}: {measure.name} needs {measure.tests} tests, but the run has none"
        )
    by_unit = {
        name: _share(samples, measure)
        for name, samples in problems.items()
        if len(samples) >= measure.k
    }
    if scored and not by_unit:
        most = max(map(len, problems.values()))
        raise UsageError(
            f"{result.folder}: {measure.name} needs {measure.k} samples of a problem, but the "
            f"run has at most {most}"
        )
    return by_unit


def _share(samples: Sequence[SampleVerdict], measure: Measure) -> float:
    """A problem's value; a sample without an answer fails both kinds of tests."""
    hits = [(_tested(sample, measure) or sample.status) is measure.status for sample in samples]
    return pass_at_k(len(hits), sum(hits), measure.k)


def _tested(sample: SampleVerdict, measure: Measure) -> Status | None:
    """The status that the metric looks at; None where the sample has none of that kind."""
    match measure.tests:
        case "base":
            return sample.verdict.base_status
        case "plus":
            return sample.verdict.plus_status
        case _:
            return sample.status
