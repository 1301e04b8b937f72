"""Two folders to a report."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.gates import decide
from lcbrb.gates.config import GateConfig
from lcbrb.gates.matching import check_comparable, match, pair
from lcbrb.gates.quarantine import Quarantine, expiry_notes, load_quarantine
from lcbrb.gates.report import CheckResult, GateReport, GateVerdict
from lcbrb.gates.rows import check_rows
from lcbrb.runs.folder import SCORES, now
from lcbrb.runs.results import Result, ResultKind, read_results
from lcbrb.types import RunKind

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
    (before, left_before), (after, left_after) = read_side(baseline), read_side(candidate)
    quarantine = load_quarantine(config.quarantine, today)
    checks, tested, notes = compare_sides(before, after, config, quarantine)
    return GateReport(
        verdict=decide.overall(checks),
        baseline=str(baseline),
        candidate=str(candidate),
        alpha=config.alpha,
        power=config.power,
        tested=tested,
        checks=tuple(checks),
        notes=(*notes, *left_before, *left_after, *expiry_notes(quarantine)),
        date=today,
    )


#: kinds of runs that measure nothing of their own
_LEFT_OUT = (RunKind.BEST_OF_N, RunKind.TRAINING)


def read_side(path: Path) -> tuple[list[Result], list[str]]:
    """Every result at or below a path that a gate compares, and a note on each run left out.

    Best-of-n runs are left out: they score what another run graded. So are trainings, whose
    evaluation is a run of its own.

    Raises:
        DataUnavailableError, UsageError: there is no run there, or none that can be compared.
        BadInputError: a file is broken, was changed since its run was finished, or is of a newer
            schema.
    """
    results, notes = [], []
    kinds: set[str] = set()
    side = read_results([path])
    check_rows(side)
    for result in side:
        if result.record.kind in _LEFT_OUT:
            what = f"a gate can't compare {result.record.kind} runs"
            notes.append(f"{result.folder.name} was left out: {what}")
            kinds.add(result.record.kind)
        else:
            results.append(_of_its_kind(result))
    if not results:
        raise UsageError(
            f"{path} contains only {' and '.join(sorted(kinds))} runs, which a gate can't compare: "
            "name runs of bench, or of eval on pairs"
        )
    return results, notes


def _of_its_kind(result: Result) -> Result:
    """A run that stopped before its first row is compared as what it would have been."""
    if result.kind is not ResultKind.FIGURES:
        return result
    of_pairs = result.record.kind == RunKind.REWARD_MODEL or (result.folder / SCORES).exists()
    kind = ResultKind.REWARD_MODEL if of_pairs else ResultKind.POLICY
    return dataclasses.replace(result, kind=kind)


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
    for index, matching in enumerate(matched):
        if paired := pair(matching, quarantine):
            pairs[index] = paired
        else:
            results[index] = decide.missing(matching, config)
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
