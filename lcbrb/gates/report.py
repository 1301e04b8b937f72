"""What a gate says: one result a check, and the verdict over all of them. Data only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from lcbrb.types import Estimate
from lcbrb.types.base import Record
from lcbrb.types.short_repr import ShortRepr


class GateVerdict(StrEnum):
    """What a check, or the whole gate, comes to."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    MISSING = "MISSING"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"


class Difference(StrEnum):
    """In what two records may differ only if the user says so."""

    VERSION = "version"
    DATA = "data"
    SAMPLING = "sampling"
    ISOLATION = "isolation"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult(ShortRepr, Record):
    """One metric of one benchmark, baseline against candidate.

    `difference` is candidate minus baseline in the metric's own direction, a share; its level is
    the one after adjustment. `p_value` is one-sided, that the candidate is no worse. `lost`
    and `won` are the problems (or pairs) that got worse and better. `unpaired` have a result on
    one side only, `quarantined` were left out by file. `blocking` says whether a MISSING or FAIL
    stops the gate. None where there is nothing to compare.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("benchmark", "metric", "verdict", "reason", "lost", "won")

    benchmark: str
    metric: str
    direction: Direction
    tolerance: float
    verdict: GateVerdict
    reason: str
    blocking: bool = True
    baseline_subject: str | None = None
    candidate_subject: str | None = None
    baseline: Estimate | None = None
    candidate: Estimate | None = None
    difference: Estimate | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    test: str = ""
    minimum_detectable_drop: float | None = None
    unpaired: int = 0
    quarantined: int = 0
    lost: tuple[str, ...] = ()
    won: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport(ShortRepr, Record):
    """A whole gate. `tested` is the number of checks that Holm's method was applied over."""

    verdict: GateVerdict
    baseline: str
    candidate: str
    alpha: float
    power: float
    tested: int
    checks: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()
    date: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakyProblem(Record):
    """A problem whose result changes between repeats: in `changed` of `comparisons` pairs."""

    problem_id: str
    changed: int
    comparisons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedCheck(Record):
    """One metric of one benchmark over all comparisons of repeats.

    `largest_drop` is the largest that was seen, `minimum_detectable_drop` the median over the
    comparisons (None where there is none).
    """

    benchmark: str
    metric: str
    comparisons: int
    verdicts: dict[str, int]
    largest_drop: float
    minimum_detectable_drop: float | None
    flaky: tuple[FlakyProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Record):
    """A/A runs: repeats of one subject held against one another, each in both roles.

    `false_alarms` is the share of the comparisons that FAIL; its `n` counts comparisons, its
    `clusters` the pairs of repeats that share none, on which the interval stands.
    """

    repeats: tuple[str, ...]
    alpha: float
    false_alarms: Estimate
    checks: tuple[CalibratedCheck, ...]
    notes: tuple[str, ...] = ()
