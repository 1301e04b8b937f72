"""Two subjects on the same observations: difference, tests, correction.

Legend: N paired observations, G clusters (problems), M clusters whose difference is not 0,
B sign flips.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels, Values, check_whole, float_values
from lcbrb.stats._draws import LEVEL, ROUNDING, Resampling, flipped_totals
from lcbrb.stats.intervals import (
    FEWEST_CLUSTERS,
    NO_VARIATION,
    Grouped,
    Interval,
    bootstrap_estimate,
    group_by_cluster,
)
from lcbrb.types import Comparison, Estimate

ENUMERATED_CLUSTERS = 12  # up to 2**12 sign patterns are counted one by one, then drawn


class PairedResult(NamedTuple):
    """A mean difference with its interval, and the test that it is 0.

    `p_value` is two-sided, None below 2 clusters; `method` names the test
    (`estimate.method` names the interval).
    """

    estimate: Estimate
    p_value: float | None
    method: str


def paired_difference(
    a: Values, b: Values, clusters: Labels, *, resamples: int = 10_000
) -> PairedResult:
    """The mean of a - b over paired observations, its interval, and a two-sided test.

    Interval: the paired cluster bootstrap of `cluster_mean`, on the differences. Where no cluster
    differs from another (identical subjects above all) that would be a zero-width interval. If
    all of a and b lie in [0, 1], the bound is then on what was not seen: with confidence 0.95
    at most u = 1 - 0.05 ** (1 / G) of all clusters (about 3 / G, the "rule of three", Hanley &
    Lippman-Hand 1983) behave otherwise, and those by at most 1 in either direction, so
    the mean lies in (1 - u) * value -/+ u. Identical subjects so get [-u, u], which a gate can hold
    against its margin. Clusters are taken as equally large here. Values on another scale have no
    such bound, and get no interval.

    Test: exact McNemar if each cluster has one observation and a, b are all 0 or 1; otherwise
    sign flips over clusters (Fisher 1935): if the subjects are alike, each cluster's summed
    difference might as well have had the other sign. Exact for up to 12 clusters that differ,
    beyond that (count + 1) / (resamples + 1) (Phipson & Smyth 2010).

    Interval and test are made separately: with only a handful of clusters that differ, the
    percentile interval can leave out 0 where the exact test finds nothing. Trust the test.

    Args:
        a: observations of one subject, shape (N,), finite, any unit.
        b: observations of the other, paired with `a`, in the same unit.
        clusters: the cluster label of each pair, shape (N,).
        resamples: bootstrap resamples and, apart from them, sign flips; at least 40.

    Raises:
        UsageError: lengths differ, or an argument is not as above.
    """
    resampling = Resampling(resamples)
    a_N, b_N = float_values("a", a), float_values("b", b)
    if a_N.size != b_N.size:
        message = f"a and b must be paired: {a_N.size} values against {b_N.size}"
        raise UsageError(message)
    grouped = group_by_cluster(_differences(a_N, b_N), clusters)
    both = np.concatenate([a_N, b_N])
    shares = bool(both.min() >= 0.0 and both.max() <= 1.0)
    estimate = bootstrap_estimate(
        grouped, resampling, unvaried=_unvaried_difference(grouped, shares=shares)
    )
    binary = bool(np.isin(both, (0.0, 1.0)).all())
    return PairedResult(estimate, *_test(grouped, resampling, binary=binary))


def _differences(a_N: Floats, b_N: Floats) -> Floats:
    """The differences a - b, with 0 where the two are equal but for rounding."""
    differences_N = a_N - b_N
    noise_N = ROUNDING * np.maximum(np.abs(a_N), np.abs(b_N))
    return np.where(np.abs(differences_N) <= noise_N, 0.0, differences_N)


def _unvaried_difference(grouped: Grouped, *, shares: bool) -> Interval:
    """The interval of a difference that is the same in all clusters; see `paired_difference`."""
    if not shares:
        return NO_VARIATION
    unseen = 1.0 - (1.0 - LEVEL) ** (1.0 / grouped.clusters)
    centre = (1.0 - unseen) * grouped.mean
    return Interval(
        max(-1.0, centre - unseen),
        min(1.0, centre + unseen),
        "rule of three over clusters: no variation",
    )


def _test(grouped: Grouped, resampling: Resampling, *, binary: bool) -> tuple[float | None, str]:
    """The p value of the test that fits the data, and its name; see `paired_difference`."""
    if grouped.clusters < FEWEST_CLUSTERS:
        return None, "none: fewer than 2 clusters"
    if binary and grouped.n == grouped.clusters:
        only_a, only_b = int((grouped.sums_G > 0).sum()), int((grouped.sums_G < 0).sum())
        return mcnemar_exact(only_a, only_b), "McNemar, exact"
    sums_M = grouped.differing
    if sums_M.size <= ENUMERATED_CLUSTERS:
        return enumerated_p_value(sums_M), "sign flips over clusters, exact"
    drawn = resampling.resamples
    totals = flipped_totals(sums_M, drawn, resampling.seed)
    extreme = sum(_as_far_from_zero(totals_B, sums_M) for totals_B in totals)
    return (extreme + 1) / (drawn + 1), f"sign flips over clusters, {drawn} drawn"


def enumerated_p_value(sums_M: Floats) -> float:
    """The two-sided p value under all sign patterns of a few sums, counted one by one."""
    patterns = np.arange(2**sums_M.size)[:, np.newaxis] >> np.arange(sums_M.size) & 1
    totals = np.where(patterns, sums_M, -sums_M).sum(axis=1)
    return _as_far_from_zero(totals, sums_M) / len(patterns)


def _as_far_from_zero(totals_B: Floats, sums_M: Floats) -> int:
    """How many totals lie at least as far from 0 as the one observed."""
    observed = abs(math.fsum(sums_M)) - ROUNDING * math.fsum(np.abs(sums_M))
    return int((np.abs(totals_B) >= observed).sum())


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """The two-sided exact McNemar p value (McNemar 1947; a binomial test of 1/2).

    Args:
        only_a: problems that only the one subject solved.
        only_b: problems that only the other solved. With none of either the p value is 1.

    Raises:
        UsageError: a count is negative or not whole.
    """
    check_whole("only_a", only_a, at_least=0)
    check_whole("only_b", only_b, at_least=0)
    from scipy.special import bdtr  # slow to import

    return min(1.0, 2.0 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values, adjusted for their number by Holm's step-down method (Holm 1979).

    They stay in the order given. The i-th smallest of m (from 0) becomes the largest of
    (m - j) * p_j over j <= i, at most 1. Calling a difference real where its adjusted p value is
    below alpha errs anywhere among the m with probability alpha at most.

    Raises:
        UsageError: a p value is outside [0, 1].
    """
    for index, p_value in enumerate(p_values):
        if not 0.0 <= p_value <= 1.0:
            message = f"a p value must lie in [0, 1], but number {index} (from 0) is {p_value!r}"
            raise UsageError(message)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * float(p_values[index])))
        adjusted[index] = largest
    return adjusted


def comparisons(results: Iterable[tuple[str, str, PairedResult]]) -> list[Comparison]:
    """Comparisons of subjects with baselines, adjusted by Holm's method over all that were tested.

    Args:
        results: subject, baseline, and the paired difference of the two.
    """
    results = list(results)
    tested = [result.p_value for _, _, result in results if result.p_value is not None]
    adjusted = iter(holm(tested))
    return [
        Comparison(
            subject=subject,
            baseline=baseline,
            difference=result.estimate,
            p_value=result.p_value,
            p_adjusted=None if result.p_value is None else next(adjusted),
            method=result.method,
        )
        for subject, baseline, result in results
    ]
