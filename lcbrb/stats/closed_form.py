"""Scores and tests by formula: what a page can recompute in its reader's browser, to the digit.

A bootstrap's draws can't be had again in another language; these can, and they need no draws. Both
functions have a twin in the leaderboard's page (`leaderboards/templates/stats.js`): Python ranks a
whole benchmark, for readers without scripts and for the notes of the command, the page what is
left in its reader's window, and neither can call the other. A test holds the two together.

Legend: G clusters (problems), M clusters whose difference is not 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import check_whole, float_values
from lcbrb.stats._draws import LEVEL, ROUNDING
from lcbrb.stats.intervals import (
    FEWEST_CLUSTERS,
    ONE_CLUSTER,
    Interval,
    wilson_bounds,
    wilson_over_clusters,
)
from lcbrb.stats.paired import ENUMERATED_CLUSTERS, enumerated_p_value, mcnemar_exact
from lcbrb.types import Estimate


def clustered_wilson(sums: Sequence[float], counts: Sequence[float], *, n: int) -> Estimate:
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

    Raises:
        UsageError: an argument is not as above.
    """
    sums_G, counts_G = float_values("sums", sums), float_values("counts", counts)
    groups = sums_G.size
    if groups != counts_G.size:
        raise UsageError(f"each sum needs a count: {groups} sums, {counts_G.size} counts")
    if bool((counts_G <= 0.0).any()):
        raise UsageError("counts must be above 0: leave clusters without observations out")
    check_whole("n", n, at_least=groups)
    if bool((sums_G < 0.0).any()) or bool((sums_G > counts_G * (1.0 + ROUNDING)).any()):
        raise UsageError("the values of a share must lie between 0 and 1")
    total = math.fsum(counts_G)
    value = min(1.0, math.fsum(sums_G) / total)
    if groups < FEWEST_CLUSTERS:
        interval = ONE_CLUSTER
    elif float(np.ptp(sums_G / counts_G)) <= ROUNDING:
        interval = wilson_over_clusters(value, groups)
    else:
        residuals_G = sums_G - value * counts_G
        variance = groups / (groups - 1) * math.fsum(residuals_G**2) / total**2
        effective = min(float(n), n * value * (1.0 - value) / (n - 1) / variance)
        effective *= (_t(n - 1) / _t(groups - 1)) ** 2
        interval = Interval(*wilson_bounds(value, effective), "wilson, clustered")
    return interval.around(value, n=n, clusters=groups)


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
    if sums_M.size <= ENUMERATED_CLUSTERS:
        return enumerated_p_value(sums_M)
    return math.erfc(abs(math.fsum(sums_M)) / math.sqrt(2.0 * math.fsum(sums_M**2)))


def _t(freedom: int) -> float:
    """Student's t quantile by its expansion about the normal (Abramowitz & Stegun 26.7.5).

    Not `t_quantile`: a browser has none.
    """
    z, v = NormalDist().inv_cdf(0.5 + LEVEL / 2.0), float(freedom)
    g1 = (z**3 + z) / 4.0
    g2 = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    g3 = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    g4 = (79.0 * z**9 + 776.0 * z**7 + 1482.0 * z**5 - 1920.0 * z**3 - 945.0 * z) / 92160.0
    return z + g1 / v + g2 / v**2 + g3 / v**3 + g4 / v**4
