"""The mean of clustered observations, with an interval.

Legend: N observations, G clusters (problems), B bootstrap resamples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels, Values, check_share, check_whole, float_values
from lcbrb.stats._draws import (
    LEVEL,
    ROUNDING,
    Resampling,
    drawn_clusters,
    drawn_weights,
    percentiles,
)
from lcbrb.types import Estimate

FEWEST_CLUSTERS = 2  # below this nothing is known about how clusters differ


class Interval(NamedTuple):
    """Two bounds, or None for both, and how they came about."""

    low: float | None
    high: float | None
    method: str

    def around(self, value: float, *, n: int, clusters: int, level: float = LEVEL) -> Estimate:
        """The estimate that it is the interval of."""
        return Estimate(
            value=value,
            low=self.low,
            high=self.high,
            n=n,
            clusters=clusters,
            level=level,
            method=self.method,
        )


ONE_CLUSTER = Interval(None, None, "none: fewer than 2 clusters")
NO_VARIATION = Interval(None, None, "none: no variation between clusters")


@dataclass(frozen=True, slots=True)
class Grouped:
    """Observations summed by cluster, clusters in the order of their labels.

    `sums_G` and `counts_G` have shape (G,); `scale` is the largest absolute observation.
    """

    sums_G: Floats
    counts_G: Floats
    scale: float

    @property
    def n(self) -> int:
        """The number of observations."""
        return int(self.counts_G.sum())

    @property
    def clusters(self) -> int:
        """The number of clusters."""
        return self.sums_G.size

    @property
    def mean(self) -> float:
        """The mean over all observations."""
        return math.fsum(self.sums_G) / self.n

    @property
    def varies(self) -> bool:
        """Whether cluster means differ by more than rounding."""
        return bool(np.ptp(self.sums_G / self.counts_G) > ROUNDING * self.scale)

    @property
    def differing(self) -> Floats:
        """The sums that are not 0 but for rounding, shape (M,)."""
        return self.sums_G[np.abs(self.sums_G) > ROUNDING * self.scale * self.counts_G]

    @property
    def sd(self) -> float:
        """The standard deviation sd for which sd / sqrt(G) is the cluster-robust error of the mean.

        With residual sums u_g = sum_g - mean * count_g, the CR1 variance of the mean as a ratio is
        G / (G - 1) * sum(u_g ** 2) / N ** 2 (Liang & Zeger 1986; Cameron & Miller 2015).
        For an intercept alone the usual factor (N - 1) / (N - K) is 1, so this is what statsmodels
        calls ``cov_type="cluster"``. With clusters of one size it is the standard deviation
        (ddof 1) of the cluster means. It has the observations' unit.

        Raises:
            UsageError: fewer than 2 clusters.
        """
        groups = self.clusters
        if groups < FEWEST_CLUSTERS:
            raise UsageError("a standard deviation between clusters needs 2 clusters or more")
        if not self.varies:
            return 0.0
        residuals_G = self.sums_G - self.mean * self.counts_G
        return groups / self.n * math.sqrt(math.fsum(residuals_G**2) / (groups - 1))


def cluster_places(clusters: Labels, n: int) -> tuple[npt.NDArray[np.intp], int]:
    """Each observation's cluster by its place among the sorted labels, shape (N,); and G.

    Raises:
        UsageError: not one label an observation, or labels that can't be sorted.
    """
    labels = clusters.tolist() if isinstance(clusters, np.ndarray) else list(clusters)
    if len(labels) != n:
        raise UsageError(f"each value needs a cluster: {n} values, {len(labels)} clusters")
    try:
        place = {label: index for index, label in enumerate(sorted(set(labels)))}
    except TypeError as error:
        message = f"cluster labels must be all strings or all numbers: {error}"
        raise UsageError(message) from error
    return np.array([place[label] for label in labels], dtype=np.intp), len(place)


def group_by_cluster(values_N: Floats, clusters: Labels) -> Grouped:
    """Sum observations by cluster.

    Sums are exactly rounded (`math.fsum`) and clusters sorted by label, so that the order of the
    observations can't change any later digit.

    Args:
        values_N: checked observations, shape (N,).
        clusters: the cluster of each; all strings or all numbers (mixed ones can't be sorted).

    Raises:
        UsageError: lengths differ, or labels can't be sorted.
    """
    places_N, groups = cluster_places(clusters, values_N.size)
    counts_G = np.bincount(places_N, minlength=groups)
    ordered = values_N[np.argsort(places_N, kind="stable")].tolist()
    ends = [0, *np.cumsum(counts_G).tolist()]
    return Grouped(
        sums_G=np.array([math.fsum(ordered[start:end]) for start, end in pairwise(ends)]),
        counts_G=counts_G.astype(np.float64),
        scale=float(np.abs(values_N).max()),
    )


def bootstrap_estimate(grouped: Grouped, resampling: Resampling, *, unvaried: Interval) -> Estimate:
    """The mean with its bootstrap interval, or with `unvaried` if cluster means don't differ."""
    interval = unvaried if grouped.clusters >= FEWEST_CLUSTERS else ONE_CLUSTER
    if grouped.clusters >= FEWEST_CLUSTERS and grouped.varies:
        # Drawn indices, not multinomial weights: the same distribution, ten times faster.
        means_B = np.concatenate(
            [
                grouped.sums_G.take(drawn).sum(axis=1) / grouped.counts_G.take(drawn).sum(axis=1)
                for drawn in drawn_clusters(resampling, grouped.clusters)
            ]
        )
        method = f"cluster bootstrap, percentile, {resampling.resamples} resamples"
        interval = Interval(*percentiles(means_B, grouped.mean, resampling.level), method)
    return interval.around(
        grouped.mean, n=grouped.n, clusters=grouped.clusters, level=resampling.level
    )


def resampled(
    statistic: Callable[[Floats], Floats],
    clusters: int,
    value: float,
    resampling: Resampling,
    how: str = "",
) -> Interval:
    """The percentile interval of a statistic over resampled clusters.

    `statistic` is given how often each cluster is drawn, shape (B', G), and gives a value for each
    resample; `value` is that of the clusters as they are, and `how` is added to the method.
    """
    if clusters < FEWEST_CLUSTERS:
        return ONE_CLUSTER
    weights = drawn_weights(resampling, clusters)
    low, high = percentiles(np.concatenate([statistic(chunk) for chunk in weights]), value)
    if high - low <= ROUNDING:
        return NO_VARIATION
    method = f"cluster bootstrap, percentile, {resampling.resamples} resamples{how}"
    return Interval(low, high, method)


def wilson(successes: float, n: int, level: float = LEVEL) -> Estimate:
    """A share with the Wilson score interval (Wilson 1927; Brown, Cai & DasGupta 2001).

    Args:
        successes: how many of the `n`, in [0, n]; fractions are allowed (partial credit: the
            interval is then conservative, as no [0, 1] variable varies more than a coin).
        n: independent observations; each is its own cluster.
        level: coverage, in (0, 1).

    Raises:
        UsageError: `n` is below 1, `successes` is outside [0, n], or `level` outside (0, 1).
    """
    check_whole("n", n, at_least=1)
    check_share("level", level)
    if not 0.0 <= successes <= n:
        message = f"successes must lie in [0, {n}], not {successes!r}"
        raise UsageError(message)
    share = float(successes / n)
    interval = Interval(*wilson_bounds(share, n, level), "wilson")
    return interval.around(share, n=int(n), clusters=int(n), level=level)


def wilson_bounds(share: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """The two ends of Wilson's interval; `n` may be an effective sample size."""
    z2 = NormalDist().inv_cdf(0.5 + level / 2.0) ** 2
    centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = math.sqrt(z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))) / (1.0 + z2 / n)
    return float(max(0.0, min(centre - half, share))), float(min(1.0, max(centre + half, share)))


def wilson_over_clusters(share: float, clusters: int, level: float = LEVEL) -> Interval:
    """The interval of a share that is the same in all clusters."""
    bounds = wilson_bounds(share, clusters, level)
    return Interval(*bounds, "wilson over clusters: no variation")


def cluster_mean(
    values: Values,
    clusters: Labels,
    *,
    level: float = LEVEL,
    resamples: int = 10_000,
    seed: int = 0,
) -> Estimate:
    """The mean over all observations, with a percentile cluster-bootstrap interval.

    Clusters are resampled with replacement and the statistic is the ratio of their summed values
    to their summed counts, so large clusters weigh more, as they do in the plain mean.
    (Field & Welsh 2007; percentile: Efron & Tibshirani 1993, chapter 13.)
    The interval is asymptotic in G: below some 20 clusters it covers less than `level` says.

    Where no cluster mean differs from another the bootstrap would give a zero-width interval, a
    certainty that nobody has. Values in [0, 1] then get a Wilson interval on the number of
    clusters, others none. `method` tells which of these it is.

    Args:
        values: observations, shape (N,), finite, any unit; the result is in the same unit.
        clusters: the cluster label of each, shape (N,).
        level: coverage, in (0, 1).
        resamples: bootstrap resamples; at least 2 / (1 - level).
        seed: of the resampling, at least 0.

    Raises:
        UsageError: an argument is not as above.
    """
    resampling = Resampling(resamples, seed, level)
    values_N = float_values("values", values)
    grouped = group_by_cluster(values_N, clusters)
    unvaried = NO_VARIATION
    if values_N.min() >= 0.0 and values_N.max() <= 1.0:
        unvaried = wilson_over_clusters(grouped.mean, grouped.clusters, level)
    return bootstrap_estimate(grouped, resampling, unvaried=unvaried)


def t_quantile(share: float, freedom: int) -> float:
    """The value that Student's t with `freedom` degrees of freedom stays below so often."""
    from scipy.special import stdtrit  # half a second, which no command that draws pays

    return float(stdtrit(freedom, share))
