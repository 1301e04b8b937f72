"""Intervals and tests by formula: what a page can recompute in its reader's browser, to the digit.

A bootstrap's draws can't be had again in another language; these can, and they need no draws. The
leaderboard's page has a twin of each function here (`leaderboards/templates/stats.js`), and a test
holds the two against each other.

Legend: G clusters (problems), M clusters whose difference is not 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, check_share, check_whole, float_values
from lcbrb.stats.intervals import FEWEST_CLUSTERS, ROUNDING, wilson
from lcbrb.stats.paired import mcnemar_exact
from lcbrb.types import Estimate

_ENUMERATED_CLUSTERS = 12  # up to 2**12 sign patterns are counted one by one


def clustered_wilson(
    sums: Sequence[float], counts: Sequence[float], *, n: int, level: float = 0.95
) -> Estimate:
    """A share over clustered observations, with a Wilson interval on the effective sample size.

    The share is the ratio of summed values to summed counts, as in `cluster_mean`. The design
    effect is its cluster-robust (CR1) variance over the variance that `n` independent observations
    would have; the Wilson interval takes n / design effect in place of n, at most n, corrected for
    few clusters by (t(n - 1) / t(G - 1)) ** 2 (Korn & Graubard 1998, with Wilson's interval in
    place of the exact one as in Franco et al. 2019). With one 0/1 observation a cluster it is the
    plain Wilson interval. Clusters that all agree get the Wilson interval over clusters.

    Args:
        sums: of the values of each cluster, shape (G,); values lie in [0, 1].
        counts: of the observations of each cluster, shape (G,), above 0. To let each problem weigh
            the same, give its mean as its sum and 1 as its count.
        n: all observations (samples, pairs), at least G.
        level: coverage, in (0, 1).

    Raises:
        UsageError: an argument is not as above.
    """
    sums_G, counts_G = _clusters(sums, counts)
    groups = sums_G.size
    check_whole("n", n, at_least=groups)
    check_share("level", level)
    if bool((sums_G < 0.0).any()) or bool((sums_G > counts_G * (1.0 + ROUNDING)).any()):
        raise UsageError("the values of a share must lie between 0 and 1")
    value = min(1.0, math.fsum(sums_G) / math.fsum(counts_G))
    if groups < FEWEST_CLUSTERS:
        return _estimate(value, None, n, groups, level, "none: fewer than 2 clusters")
    if float(np.ptp(sums_G / counts_G)) <= ROUNDING:
        plain = wilson(value * groups, groups, level)
        bounds = (plain.low, plain.high)
        return _estimate(value, bounds, n, groups, level, "wilson over clusters: no variation")
    total = math.fsum(counts_G)
    residuals_G = sums_G - value * counts_G
    variance = groups / (groups - 1) * math.fsum(residuals_G**2) / total**2
    effective = min(float(n), n * value * (1.0 - value) / (n - 1) / variance)
    effective *= (_t(level, n - 1) / _t(level, groups - 1)) ** 2
    bounds = _wilson_bounds(value, effective, level)
    return _estimate(value, bounds, n, groups, level, "wilson, clustered")


def adjusted_difference(
    sums: Sequence[float], counts: Sequence[float], *, n: int, level: float = 0.95
) -> Estimate:
    """A paired difference of shares with an adjusted Wald interval.

    Two clusters of average size are added, one in which all went one subject's way and one in which
    all went the other's, and the interval is the usual one about the mean of these G + 2 (Bonett &
    Price 2012, exactly theirs with one 0/1 observation of each subject a cluster). So it has a
    width even where no cluster differs from another. `value` is the plain difference.

    Args:
        sums: of the differences in each cluster, shape (G,); differences lie in [-1, 1].
        counts: of the paired observations of each cluster, shape (G,), above 0.
        n: all paired observations, at least G.
        level: coverage, in (0, 1).

    Raises:
        UsageError: an argument is not as above.
    """
    sums_G, counts_G = _clusters(sums, counts)
    groups = sums_G.size
    check_whole("n", n, at_least=groups)
    check_share("level", level)
    if bool((np.abs(sums_G) > counts_G * (1.0 + ROUNDING)).any()):
        raise UsageError("the differences of shares must lie between -1 and 1")
    total = math.fsum(counts_G)
    value = math.fsum(sums_G) / total
    if groups < FEWEST_CLUSTERS:
        return _estimate(value, None, n, groups, level, "none: fewer than 2 clusters")
    size = total / groups
    all_sums = np.concatenate([sums_G, [size, -size]])
    all_counts = np.concatenate([counts_G, [size, size]])
    whole = total + 2.0 * size
    centre = math.fsum(sums_G) / whole
    variance = math.fsum((all_sums - centre * all_counts) ** 2) / whole**2
    half = _z(level) * math.sqrt(variance)
    bounds = (max(-1.0, min(centre - half, value)), min(1.0, max(centre + half, value)))
    return _estimate(value, bounds, n, groups, level, "adjusted Wald, clustered")


def sign_flip_p_value(sums: Sequence[float]) -> float:
    """The two-sided p value of paired differences under sign flips of whole clusters, by formula.

    If two subjects are alike, each cluster's summed difference might as well have had the other
    sign (Fisher 1935). Where all differences are -1, 0 or 1 this is McNemar's exact test; up to 12
    clusters that differ are enumerated; beyond that the total is taken as normal with variance
    sum(d ** 2), its exact variance under flips.

    Args:
        sums: the summed difference of each cluster, shape (G,), finite.

    Raises:
        UsageError: no clusters, or a sum that is not finite.
    """
    sums_G = float_values("sums", sums)
    scale = float(np.abs(sums_G).max())
    sums_M = sums_G[np.abs(sums_G) > ROUNDING * scale]
    if sums_M.size == 0:
        return 1.0
    if bool(np.isin(sums_M, (-1.0, 1.0)).all()):
        return mcnemar_exact(int((sums_M > 0).sum()), int((sums_M < 0).sum()))
    observed = abs(math.fsum(sums_M))
    if sums_M.size <= _ENUMERATED_CLUSTERS:
        patterns = np.arange(2**sums_M.size)[:, np.newaxis] >> np.arange(sums_M.size) & 1
        totals = np.abs(np.where(patterns, sums_M, -sums_M).sum(axis=1))
        least = observed - ROUNDING * math.fsum(np.abs(sums_M))
        return float((totals >= least).mean())
    return math.erfc(observed / math.sqrt(2.0 * math.fsum(sums_M**2)))


def _clusters(sums: Sequence[float], counts: Sequence[float]) -> tuple[Floats, Floats]:
    sums_G, counts_G = float_values("sums", sums), float_values("counts", counts)
    if sums_G.size != counts_G.size:
        raise UsageError(f"each sum needs a count: {sums_G.size} sums, {counts_G.size} counts")
    if bool((counts_G <= 0.0).any()):
        raise UsageError("counts must be above 0: leave clusters without observations out")
    return sums_G, counts_G


def _estimate(  # noqa: PLR0913, PLR0917 - an Estimate's fields
    value: float,
    bounds: tuple[float | None, float | None] | None,
    n: int,
    clusters: int,
    level: float,
    method: str,
) -> Estimate:
    low, high = bounds or (None, None)
    return Estimate(
        value=value, low=low, high=high, n=n, clusters=clusters, level=level, method=method
    )


def _wilson_bounds(share: float, n: float, level: float) -> tuple[float, float]:
    z2 = _z(level) ** 2
    centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = math.sqrt(z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))) / (1.0 + z2 / n)
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def _z(level: float) -> float:
    return NormalDist().inv_cdf(0.5 + level / 2.0)


def _t(level: float, freedom: int) -> float:
    """Student's t quantile by its expansion about the normal (Abramowitz & Stegun 26.7.5)."""
    z, v = _z(level), float(freedom)
    g1 = (z**3 + z) / 4.0
    g2 = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    g3 = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    g4 = (79.0 * z**9 + 776.0 * z**7 + 1482.0 * z**5 - 1920.0 * z**3 - 945.0 * z) / 92160.0
    return z + g1 / v + g2 / v**2 + g3 / v**3 + g4 / v**4
