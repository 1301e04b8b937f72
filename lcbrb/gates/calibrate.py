"""A/A runs: how often does the gate FAIL where nothing changed?

Repeats of one subject are held against one another, every two of them in both roles. What differs
between them is what differs between any two runs: sampling, load, a flaky judge. A rate above
alpha says that the gate's assumptions do not hold here; the problems that change are named, and
may be mended, or quarantined.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, permutations
from pathlib import Path
from statistics import median

from lcbrb.errors import UsageError
from lcbrb.gates import decide
from lcbrb.gates.compare import compare_sides, read_side
from lcbrb.gates.config import GateConfig
from lcbrb.gates.quarantine import load_quarantine
from lcbrb.gates.report import (
    CalibratedCheck,
    Calibration,
    CheckResult,
    Direction,
    FlakyProblem,
    GateVerdict,
)
from lcbrb.runs.folder import RECORD, now
from lcbrb.runs.results import Result
from lcbrb.stats import wilson
from lcbrb.types import Estimate

_FEWEST = 2


def find_repeats(paths: Sequence[Path]) -> list[Path]:
    """The repeats that paths name: each a run folder or a folder of them.

    One path is the folder that holds the repeats; several are the repeats themselves.

    Raises:
        UsageError: there are fewer than two.
    """
    repeats = list(paths)
    if len(paths) == 1:
        (root,) = paths
        if root.is_dir() and not (root / RECORD).exists():
            repeats = sorted(
                path
                for path in root.iterdir()
                if path.is_dir() and next(path.rglob(RECORD), None) is not None
            )
    if len(repeats) < _FEWEST:
        raise UsageError(
            f"{paths[0]}: --calibrate needs at least two repeated runs of the baseline, each in "
            "its own folder below this one"
        )
    return repeats


def calibrate(repeats: Sequence[Path], config: GateConfig) -> Calibration:
    """Hold every two repeats against each other, in both roles.

    Args:
        repeats: two or more; each a run folder, or a folder of them.
        config: as for a gate.

    Raises:
        LcbrbError: a file can't be read, the repeats don't compare, or are copies.
    """
    sides = {str(path): read_side(path)[0] for path in repeats}
    _check_repeats(sides)
    quarantine = load_quarantine(config.quarantine, now().date())
    by_check: dict[tuple[str, str], list[CheckResult]] = defaultdict(list)
    failures = total = 0
    notes: dict[str, None] = {}
    for baseline, other in permutations(sides, 2):
        checks, _, noted = compare_sides(sides[baseline], sides[other], config, quarantine)
        compared = [check for check in checks if check.verdict is not GateVerdict.MISSING]
        if compared:
            total += 1
            failures += decide.overall(compared) is GateVerdict.FAIL
        for check in compared:
            by_check[check.benchmark, check.metric].append(check)
        notes |= dict.fromkeys(noted)
    if not by_check:
        raise UsageError("no benchmark was run in two of the repeats")
    return Calibration(
        repeats=tuple(sides),
        alpha=config.alpha,
        false_alarms=_rate(failures, total, len(sides)),
        checks=tuple(_check(results) for _, results in sorted(by_check.items())),
        notes=tuple(notes),
    )


def _check_repeats(sides: Mapping[str, Sequence[Result]]) -> None:
    """Copies of one run are no repeats: they would show no noise where there is some."""
    ids = {name: {result.record.run_id for result in side} for name, side in sides.items()}
    for run, other in combinations(ids, 2):
        if ids[run] & ids[other]:
            raise UsageError(f"{run} and {other} hold the same run: a copy is not a repeat")


def _rate(failures: int, total: int, repeats: int) -> Estimate:
    """The share of comparisons that FAIL; those that share a repeat are not independent."""
    apart = min(repeats // 2, total)
    return dataclasses.replace(
        wilson(failures / total * apart, apart),
        value=failures / total,
        n=total,
        method="wilson over disjoint pairs of repeats",
    )


def _check(results: Sequence[CheckResult]) -> CalibratedCheck:
    drops = [_drop(result) for result in results]
    detectable = [
        drop for result in results if (drop := result.minimum_detectable_drop) is not None
    ]
    # both roles of a pair name the same problems, so each pair counts once
    changed = Counter(unit for result in results for unit in result.lost)
    pairs = len(results) // 2
    flaky = [
        FlakyProblem(problem_id=unit, changed=count, comparisons=pairs)
        for unit, count in sorted(changed.items(), key=lambda item: (-item[1], item[0]))
    ]
    return CalibratedCheck(
        benchmark=results[0].benchmark,
        metric=results[0].metric,
        comparisons=len(results),
        verdicts=dict(sorted(Counter(result.verdict.value for result in results).items())),
        largest_drop=max(0.0, *drops),
        minimum_detectable_drop=median(detectable) if detectable else None,
        flaky=tuple(flaky),
    )


def _drop(result: CheckResult) -> float:
    if result.difference is None:
        return 0.0
    value = result.difference.value
    return -value if result.direction is Direction.HIGHER else value
