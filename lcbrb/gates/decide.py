"""Paired results to verdicts.

- FAIL: the candidate's drop exceeds the tolerance, and the adjusted interval of candidate minus
  baseline lies below zero.
- PASS: the interval lies above minus the tolerance, even were every result that is lacking a loss;
  or both sides gave the very same outputs and verdicts.
- INCONCLUSIVE: neither; the minimum detectable drop says what these records could have shown.
- MISSING: a side has no result.

Below, a *gain* is a difference turned so that more is better. The test is the exact one-sided sign
flip over problems, adjusted by Holm's method over all checks: with nothing changed, the chance that
any check FAILs is `alpha` at most, however few problems there are or differ, and with any number of
samples a problem. The interval's end towards a loss of quality counts for PASS: it errs with
alpha / m for each of m checks (Bonferroni), so that any wrong PASS has a chance of `alpha` at most.
Its other end counts for FAIL and errs with the level at which Holm's method judges the check:
alpha / (m - i) for the i-th (from 0) that is rejected, alpha / (m - k) for those left after k.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lcbrb.gates import check_text
from lcbrb.gates.config import GateConfig, Missing
from lcbrb.gates.matching import Matched, Paired
from lcbrb.gates.report import CheckResult, Direction, GateVerdict
from lcbrb.stats import cluster_mean, drop_interval, drop_test, holm, minimum_detectable_drop
from lcbrb.types import Estimate


def decide(
    paired: Sequence[Paired], config: GateConfig, *, resamples: int = 2000
) -> list[CheckResult]:
    """A verdict on each, in order.

    `resamples` are those of the two sides' own intervals, which decide nothing.
    """
    tests = [drop_test(pairing.gains_N, pairing.problems_N) for pairing in paired]
    tested = [index for index, test in enumerate(tests) if test.p_value is not None]
    p_values = [p for test in tests if (p := test.p_value) is not None]
    adjusted = dict(zip(tested, holm(p_values), strict=True))
    levels = dict(zip(tested, holm_levels(p_values, config.alpha), strict=True))
    results = []
    for index, (pairing, test) in enumerate(zip(paired, tests, strict=True)):
        alpha = levels.get(index, config.alpha)
        gains, problems = pairing.gains_N, pairing.problems_N
        tolerance = _tolerance(pairing.matched, config)
        gain = drop_interval(
            gains, problems, test.p_value, alpha=alpha, alpha_low=config.alpha / max(1, len(tested))
        )
        detectable = minimum_detectable_drop(
            gains, problems, alpha=alpha, power=config.power, tolerance=tolerance
        )
        measured = dataclasses.replace(
            _result(pairing, tolerance, resamples),
            difference=_native(gain, pairing.direction),
            p_value=test.p_value,
            p_adjusted=adjusted.get(index),
            test=test.method,
            minimum_detectable_drop=detectable,
        )
        verdict, reason = _verdict(measured, pairing, gain, config.power)
        results.append(dataclasses.replace(measured, verdict=verdict, reason=reason))
    return results


def holm_levels(p_values: Sequence[float], alpha: float) -> list[float]:
    """The level at which Holm's method judges each of m hypotheses, in the order given."""
    m = len(p_values)
    levels = [0.0] * m
    level, stopped = alpha, False
    for rank, index in enumerate(sorted(range(m), key=p_values.__getitem__)):
        if not stopped:
            level = alpha / (m - rank)
            stopped = p_values[index] > level
        levels[index] = level
    return levels


def missing(matching: Matched, config: GateConfig) -> CheckResult:
    """The result of a check without a result that is on both sides."""
    lacking = [
        role
        for role, side in (("baseline", matching.baseline), ("candidate", matching.candidate))
        if side is None or not (side.samples or side.scored_pairs)
    ]
    reasons = {
        0: "no problem has a result on both sides",
        1: f"the {''.join(lacking)} has no result here",
        2: "neither side has a result here",
    }
    blocking = config.missing is Missing.FAIL and lacking != ["baseline"]
    return CheckResult(
        benchmark=matching.benchmark,
        metric=matching.check.metric or "",
        direction=matching.check.direction or Direction.HIGHER,
        tolerance=_tolerance(matching, config),
        verdict=GateVerdict.MISSING,
        reason=reasons[len(lacking)],
        blocking=blocking,
        baseline_subject=matching.baseline.subject if matching.baseline else None,
        candidate_subject=matching.candidate.subject if matching.candidate else None,
    )


def overall(checks: Sequence[CheckResult]) -> GateVerdict:
    """The gate's verdict: the worst of its checks; a MISSING that only notes does not count."""
    verdicts = {check.verdict for check in checks if check.blocking}
    for verdict in (GateVerdict.FAIL, GateVerdict.MISSING, GateVerdict.INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    compared = any(check.verdict is not GateVerdict.MISSING for check in checks)
    return GateVerdict.PASS if compared else GateVerdict.MISSING


def _tolerance(matching: Matched, config: GateConfig) -> float:
    return config.tolerance if matching.check.tolerance is None else matching.check.tolerance


def _native(gain: Estimate, direction: Direction) -> Estimate:
    """A gain as candidate minus baseline."""
    if direction is Direction.HIGHER:
        return gain
    return dataclasses.replace(
        gain,
        value=-gain.value,
        low=None if gain.high is None else -gain.high,
        high=None if gain.low is None else -gain.low,
    )


def _result(pairing: Paired, tolerance: float, resamples: int) -> CheckResult:
    old, new = pairing.matched.baseline, pairing.matched.candidate
    gains = list(zip(pairing.units_N, pairing.gains_N, strict=True))
    return CheckResult(
        benchmark=pairing.matched.benchmark,
        metric=pairing.measure.name,
        direction=pairing.direction,
        tolerance=tolerance,
        verdict=GateVerdict.INCONCLUSIVE,
        reason="",
        baseline_subject=old.subject if old else None,
        candidate_subject=new.subject if new else None,
        baseline=cluster_mean(pairing.baseline_N, pairing.problems_N, resamples=resamples),
        candidate=cluster_mean(pairing.candidate_N, pairing.problems_N, resamples=resamples),
        unpaired=pairing.unpaired,
        quarantined=pairing.quarantined,
        lost=tuple(unit for unit, gain in gains if gain < 0),
        won=tuple(unit for unit, gain in gains if gain > 0),
        notes=pairing.notes,
    )


def _verdict(
    check: CheckResult, pairing: Paired, gain: Estimate, power: float
) -> tuple[GateVerdict, str]:
    accepted = check_text.points(check.tolerance, sign=False)
    shown = check_text.interval(check.difference)
    if pairing.same_outputs and not any(pairing.gains_N):
        return GateVerdict.PASS, "both sides gave the same outputs, and the same verdicts"
    if gain.low is None or gain.high is None:
        return GateVerdict.INCONCLUSIVE, "one problem is too few to say anything"
    if gain.high < 0.0 and -gain.value > check.tolerance:
        worse = check_text.points(-gain.value, sign=False)
        reason = f"worse by {worse} points {shown}, which is more than the tolerance of {accepted}"
        return GateVerdict.FAIL, reason
    if gain.low > -check.tolerance:
        lacking = pairing.unpaired / (pairing.unpaired + len(pairing.units_N))
        if gain.low - lacking > -check.tolerance:
            return GateVerdict.PASS, f"no drop of {accepted} points or more: {shown}"
        lost = f"were they losses, the drop could be {accepted} points or more"
        return GateVerdict.INCONCLUSIVE, f"{pairing.unpaired} results are missing; {lost}"
    if gain.high < 0.0:
        text = f"worse, but not certainly by more than {accepted} points: {shown}"
    else:
        text = f"could be worse by {accepted} points or more, or not worse at all: {shown}"
    return GateVerdict.INCONCLUSIVE, f"{text}; {_could_tell(check, power)}"


def _could_tell(check: CheckResult, power: float) -> str:
    drop = check.minimum_detectable_drop
    if drop is None:
        return "no drop can be detected with so few problems"
    least = check_text.points(drop, sign=False)
    return f"the detectable drop is {least} points (power {100 * power:g}%)"
