"""Has a subject become worse? A one-sided test, and an interval that agrees with it.

Everything here is about the mean of paired differences, candidate minus baseline, each in
[-1, 1] (differences of shares), clustered by problem. A negative mean is a drop.

The percentile bootstrap is not used: with few problems, or few that differ, it covers too little
and can leave out 0 where an exact test finds nothing, which for a gate is a false alarm.

Legend: N paired observations, G clusters (problems), M clusters whose difference is not 0,
B sign flips.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels, Values, float_values
from lcbrb.stats._draws import ROUNDING, flipped_totals
from lcbrb.stats.intervals import FEWEST_CLUSTERS, Grouped, Interval, group_by_cluster, t_quantile
from lcbrb.types import Estimate

_DRAWN = 10_000  # sign patterns, where not all are counted
_LARGEST_DENOMINATOR = 1000  # of a problem's summed difference: samples a problem, or 2 for ties
_LARGEST_STEPS = 1_000_000  # lattice points between the smallest and the largest total
_LARGEST_CELLS = 200_000_000  # lattice points x clusters: below a second


class DropTest(NamedTuple):
    """A one-sided p value, None below 2 clusters, and the test that gave it."""

    p_value: float | None
    method: str


def drop_test(differences: Values, clusters: Labels) -> DropTest:
    """Is the mean difference below 0? Sign flips over clusters, one-sided (Fisher 1935).

    If candidate and baseline are alike, each problem's summed difference might as well have had
    the other sign; p is the share of sign patterns with a total as low as the one observed or
    lower. It is exact for any number of problems, and of samples within them: under the null
    P(p <= alpha) <= alpha. With one right-or-wrong sample a problem it is McNemar's exact test.

    Sums on a lattice (shares with a common denominator, ties as halves) are counted with the
    shift algorithm (Streitberg & Roehmel 1986), no pattern left out. Others are drawn:
    (count + 1) / (10,000 + 1) (Phipson & Smyth 2010).

    Args:
        differences: candidate minus baseline, shape (N,), finite.
        clusters: the cluster label of each, shape (N,).

    Raises:
        UsageError: an argument is not as above.
    """
    grouped = grouped_drops(differences, clusters)
    if grouped.clusters < FEWEST_CLUSTERS:
        return DropTest(None, "none: fewer than 2 problems")
    sums_M = grouped.differing
    steps_M = on_lattice(sums_M)
    if steps_M is not None:
        return DropTest(_exact(steps_M), "sign flips over problems, exact, one-sided")
    return DropTest(_drawn(sums_M), f"sign flips over problems, {_DRAWN} drawn, one-sided")


def grouped_drops(differences: Values, clusters: Labels) -> Grouped:
    """Differences of shares, checked and summed by cluster."""
    differences_N = float_values("differences", differences)
    if np.abs(differences_N).max() > 1.0 + ROUNDING:
        raise UsageError("differences must be differences of shares, in [-1, 1]")
    return group_by_cluster(differences_N, clusters)


def on_lattice(sums_M: Floats) -> list[int] | None:
    """The sums in steps of their common unit; None where there is none that is coarse enough."""
    fractions = {}
    for value in np.unique(sums_M).tolist():
        fraction = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
        if abs(float(fraction) - value) > ROUNDING * 100 * max(1.0, abs(value)):
            return None
        fractions[value] = fraction
    unit = math.lcm(*(fraction.denominator for fraction in fractions.values()))
    whole = {value: int(fraction * unit) for value, fraction in fractions.items()}
    common = math.gcd(*whole.values()) or 1
    steps = [whole[value] // common for value in sums_M.tolist()]
    total = sum(map(abs, steps))
    if total > _LARGEST_STEPS or total * len(steps) > _LARGEST_CELLS:
        return None
    return steps


def _exact(steps_M: Sequence[int]) -> float:
    """The share of sign patterns whose positive part is at most the one observed."""
    observed = sum(step for step in steps_M if step > 0)
    shares = np.zeros(observed + 1)
    shares[0] = 1.0
    for step in sorted(map(abs, steps_M)):
        shares *= 0.5
        if step <= observed:
            shares[step:] += shares[:-step]
    return min(1.0, math.fsum(shares))


def _drawn(sums_M: Floats) -> float:
    observed = math.fsum(sums_M) + ROUNDING * math.fsum(np.abs(sums_M))
    totals = flipped_totals(sums_M, _DRAWN, seed=0)
    low = sum(int((totals_B <= observed).sum()) for totals_B in totals)
    return (low + 1) / (_DRAWN + 1)


# -------------------------------------------------------------------------------- the interval


def drop_interval(
    differences: Values,
    clusters: Labels,
    p_value: float | None,
    *,
    alpha: float,
    alpha_low: float,
) -> Estimate:
    """The mean difference with an interval of level 1 - alpha - alpha_low.

    Upper end: t with G - 1 degrees of freedom on the cluster-robust error, but never below 0 where
    `p_value` is above alpha. So it lies below 0 only where the exact test finds a drop too.

    Lower end: a score interval, as Wilson's is for a share. A mean of theta < mean is taken as the
    observed problems mixed with as many lost ones (difference -1) as it needs, and theta is kept
    while (mean - theta)^2 <= t^2 * V(theta) / G, V(theta) being the variance of that mixture.
    With plain losses that is Wilson's interval; with many problems, t's. It does not collapse
    where few problems differ, as t and the bootstrap do. It also never lies above what the rule of
    three leaves open (Hanley & Lippman-Hand 1983): with confidence 1 - alpha at most
    u = 1 - alpha ** (1 / G) of all problems behave as none of these did (alpha: alpha_low).

    Where no cluster differs from another both ends are the rule of three's.

    Args:
        differences: candidate minus baseline, shape (N,), in [-1, 1].
        clusters: the cluster label of each, shape (N,).
        p_value: of `drop_test` on the same data.
        alpha: the error allowed at the upper end, in (0, 0.5).
        alpha_low: the same at the lower end.

    Raises:
        UsageError: an argument is not as above.
    """
    check_alpha(alpha)
    check_alpha(alpha_low)
    grouped = grouped_drops(differences, clusters)
    interval = _interval(grouped, p_value, alpha, alpha_low)
    return interval.around(
        grouped.mean, n=grouped.n, clusters=grouped.clusters, level=1.0 - alpha - alpha_low
    )


def check_alpha(alpha: float) -> None:
    """Refuse an error rate that leaves no interval."""
    if not 0.0 < alpha < 0.5:  # noqa: PLR2004 - both ends would meet
        raise UsageError(f"alpha must lie between 0 and 0.5 (both excluded), not {alpha!r}")


def _interval(grouped: Grouped, p_value: float | None, alpha: float, alpha_low: float) -> Interval:
    groups, mean = grouped.clusters, grouped.mean
    if groups < FEWEST_CLUSTERS:
        return Interval(None, None, "none: fewer than 2 problems")
    inequality = groups * float((grouped.counts_G**2).sum()) / grouped.n**2
    unseen, unseen_low = (1.0 - a ** (inequality / groups) for a in (alpha, alpha_low))
    lowest = (1.0 - unseen_low) * mean - unseen_low
    if not grouped.varies:
        high = (1.0 - unseen) * mean + unseen
        method = "rule of three over problems: no variation"
    else:
        t_low = t_quantile(1.0 - alpha_low, groups - 1)
        lowest = min(lowest, _score_end(mean, grouped.sd, inequality, t_low * t_low / groups))
        high = mean + t_quantile(1.0 - alpha, groups - 1) * grouped.sd / math.sqrt(groups)
        method = "score below, t above, over problems"
    if p_value is None or p_value > alpha:
        high = max(high, 0.0)
    return Interval(max(-1.0, lowest), min(1.0, high), method)


def _score_end(mean: float, sd: float, inequality: float, c: float) -> float:
    """The lower end of the score interval; see `drop_interval`.

    With x = mean - theta and a = 1 + mean, the mixture holds w = x / a lost problems, and its
    variance is (1 - w)(sd^2 + x^2) + w * inequality * (a - x)^2, `inequality` being
    G * sum(n_g^2) / N^2 (1 where problems weigh alike). The end is the largest x in [0, a] with
    x^2 = c * variance.
    """
    a = 1.0 + mean
    if a <= 0.0:
        return -1.0
    cubic = [c / a * (1.0 - inequality), 1.0 - c + 2.0 * c * inequality]
    cubic += [c * (sd * sd / a - inequality * a), -c * sd * sd]
    roots = np.roots(cubic)
    real = roots[np.abs(roots.imag) <= 1e-9 * (1.0 + np.abs(roots.real))].real
    inside = real[(real >= 0.0) & (real <= a)]
    return mean - float(inside.max()) if inside.size else -1.0
