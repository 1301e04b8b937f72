"""Two folders to a report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from lcbrb.gates import decide
from lcbrb.gates.config import GateConfig
from lcbrb.gates.pairing import check_comparable, match, pair
from lcbrb.gates.quarantine import Quarantine, expiry_notes, load_quarantine
from lcbrb.gates.report import CheckResult, GateReport, GateVerdict
from lcbrb.gates.sides import left_out, read_side
from lcbrb.runs.folder import now
from lcbrb.runs.results import Result

FAILED = 1
INCONCLUSIVE = 5


def compare_runs(
    baseline: Path, candidate: Path, config: GateConfig, today: dt.date | None = None
) -> GateReport:
    """Hold a candidate against a baseline.

    Args:
        baseline: a run folder, or a folder with run folders at any depth.
        candidate: the same.
        config: tolerances, directions, what may differ.
        today: the day that quarantines end by; today's, in UTC, where it is not given.

    Raises:
        LcbrbError: there is no run, a file can't be read, or the records don't compare.
    """
    today = today or now().date()
    sides = (read_side(baseline), read_side(candidate))
    quarantine = load_quarantine(config.quarantine, today)
    checks, tested, notes = compare_sides(*sides, config, quarantine)
    return GateReport(
        verdict=decide.overall(checks),
        baseline=str(baseline),
        candidate=str(candidate),
        alpha=config.alpha,
        power=config.power,
        tested=tested,
        checks=tuple(checks),
        notes=(*notes, *left_out(baseline), *left_out(candidate), *expiry_notes(quarantine)),
        date=today,
    )


def compare_sides(
    baseline: Sequence[Result],
    candidate: Sequence[Result],
    config: GateConfig,
    quarantine: Quarantine,
) -> tuple[list[CheckResult], int, list[str]]:
    """Results in the order of the checks, how many were tested, and notes on allowed differences.

    Raises:
        UsageError: the records don't compare.
    """
    matched = match(baseline, candidate, config)
    notes = check_comparable(matched, config.allow)
    results: dict[int, CheckResult] = {}
    pairs = {}
    for index, one in enumerate(matched):
        old, new = one.baseline, one.candidate
        paired = pair(one, old, new, quarantine) if old is not None and new is not None else None
        if paired is None or not paired.units_N:
            results[index] = decide.missing(one, config)
        else:
            pairs[index] = paired
    decided = decide.decide(list(pairs.values()), config)
    results |= dict(zip(pairs, decided, strict=True))
    tested = sum(result.p_value is not None for result in decided)
    return [results[index] for index in range(len(matched))], tested, notes


def exit_code(report: GateReport, *, strict: bool) -> int:
    """0 good; 1 a check failed or is missing; with `strict` 5 where a verdict is open."""
    if report.verdict in {GateVerdict.FAIL, GateVerdict.MISSING}:
        return FAILED
    settled = all(check.verdict is GateVerdict.PASS for check in report.checks)
    return INCONCLUSIVE if strict and not settled else 0
