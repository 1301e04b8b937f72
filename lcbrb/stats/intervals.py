"""The mean of clustered observations, with an interval.

Legend: N observations, G clusters (problems), B bootstrap resamples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import (
    Floats,
    Labels,
    Values,
    check_share,
    check_whole,
    float_values,
)
from lcbrb.types import Estimate

FEWEST_CLUSTERS = 2  # below this nothing is known about how clusters differ
ROUNDING = 1e-12  # relative; differences below this are floating-point noise, not data
_CHUNK_CELLS = 250_000  # drawn at once: about 2 MB an array, which stays in cache and is fastest


class Interval(NamedTuple):
    """Two bounds, or None for both, and how they came about."""

    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Resampling:
    """How a bootstrap is drawn. Checked when made."""

    level: float
    resamples: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse what can't give an interval."""
        check_share("level", self.level)
        check_whole("resamples", self.resamples, at_least=1)
        check_whole("seed", self.seed, at_least=0)
        needed = math.ceil(2.0 / (1.0 - self.level) - 1e-6)
        if self.resamples < needed:
            message = (
                f"{self.resamples} resamples leave none in the tails of a {self.level:g} interval: "
                f"use {needed} or more (10000 is usual)"
            )
            raise UsageError(message)


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
    labels = clusters.tolist() if isinstance(clusters, np.ndarray) else list(clusters)
    if len(labels) != values_N.size:
        message = f"each value needs a cluster: {values_N.size} values, {len(labels)} clusters"
        raise UsageError(message)
    groups: dict[str | int, list[float]] = {}
    try:
        for label, value in zip(labels, values_N.tolist(), strict=True):
            groups.setdefault(label, []).append(value)
        ordered = [groups[label] for label in sorted(groups)]
    except TypeError as error:
        message = f"cluster labels must be all strings or all numbers: {error}"
        raise UsageError(message) from error
    return Grouped(
        sums_G=np.array([math.fsum(group) for group in ordered]),
        counts_G=np.array([len(group) for group in ordered], dtype=np.float64),
        scale=float(np.abs(values_N).max()),
    )


def _bootstrap_means(grouped: Grouped, resampling: Resampling) -> Floats:
    """Means of B resamples of G clusters with replacement, shape (B,)."""
    rng = np.random.default_rng(resampling.seed)
    groups, total = grouped.clusters, resampling.resamples
    rows = max(1, _CHUNK_CELLS // groups)
    means_B = np.empty(total)
    for start in range(0, total, rows):
        stop = min(start + rows, total)
        # Drawn indices, not multinomial weights: the same distribution, ten times faster.
        drawn = rng.integers(0, groups, size=(stop - start, groups))
        sums = grouped.sums_G.take(drawn).sum(axis=1)
        means_B[start:stop] = sums / grouped.counts_G.take(drawn).sum(axis=1)
    return means_B


def _percentile_interval(grouped: Grouped, resampling: Resampling) -> Interval:
    """The percentile interval of the cluster bootstrap (Efron & Tibshirani 1993, chapter 13)."""
    tail = (1.0 - resampling.level) / 2.0
    low, high = np.quantile(_bootstrap_means(grouped, resampling), [tail, 1.0 - tail])
    return Interval(
        # At small levels the middle of a skewed bootstrap can lie beside the mean.
        low=min(float(low), grouped.mean),
        high=max(float(high), grouped.mean),
        method=f"cluster bootstrap, percentile, {resampling.resamples} resamples",
    )


def bootstrap_estimate(grouped: Grouped, resampling: Resampling, *, unvaried: Interval) -> Estimate:
    """The mean with its bootstrap interval, or with `unvaried` if cluster means don't differ."""
    if grouped.clusters < FEWEST_CLUSTERS:
        interval = Interval(None, None, "none: fewer than 2 clusters")
    elif grouped.varies:
        interval = _percentile_interval(grouped, resampling)
    else:
        interval = unvaried
    return Estimate(
        value=grouped.mean,
        low=interval.low,
        high=interval.high,
        n=grouped.n,
        clusters=grouped.clusters,
        level=resampling.level,
        method=interval.method,
    )


def wilson(successes: float, n: int, level: float = 0.95) -> Estimate:
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
    share = successes / n
    z2 = NormalDist().inv_cdf(0.5 + level / 2.0) ** 2
    centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n)
    half = math.sqrt(z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))) / (1.0 + z2 / n)
    return Estimate(
        value=float(share),
        low=float(max(0.0, min(centre - half, share))),
        high=float(min(1.0, max(centre + half, share))),
        n=int(n),
        clusters=int(n),
        level=level,
        method="wilson",
    )


def _unvaried_mean(grouped: Grouped, level: float, *, shares: bool) -> Interval:
    """The interval of a mean whose clusters all agree: Wilson for shares, none otherwise."""
    if not shares:
        return Interval(None, None, "none: no variation between clusters")
    estimate = wilson(grouped.mean * grouped.clusters, grouped.clusters, level)
    return Interval(estimate.low, estimate.high, "wilson over clusters: no variation")


def cluster_mean(
    values: Values,
    clusters: Labels,
    *,
    level: float = 0.95,
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
    resampling = Resampling(level, resamples, seed)
    values_N = float_values("values", values)
    grouped = group_by_cluster(values_N, clusters)
    shares = bool(values_N.min() >= 0.0 and values_N.max() <= 1.0)
    unvaried = _unvaried_mean(grouped, level, shares=shares)
    return bootstrap_estimate(grouped, resampling, unvaried=unvaried)


def effective_sd(values: Values, clusters: Labels) -> float:
    """The standard deviation sd for which sd / sqrt(G) is the cluster-robust error of the mean.

    With residual sums u_g = sum_g - mean * count_g, the CR1 variance of the mean as a ratio is
    G / (G - 1) * sum(u_g ** 2) / N ** 2 (Liang & Zeger 1986; Cameron & Miller 2015).
    For an intercept alone the usual factor (N - 1) / (N - K) is 1, so this is what statsmodels
    calls ``cov_type="cluster"``. With clusters of one size it is the standard deviation
    (ddof 1) of the cluster means. It feeds `minimum_detectable_effect`.

    Args:
        values: observations, shape (N,); the result is in their unit.
        clusters: the cluster label of each, shape (N,).

    Raises:
        UsageError: fewer than 2 clusters, or arguments that `cluster_mean` would refuse.
    """
    return sd_of_clusters(group_by_cluster(float_values("values", values), clusters))


def sd_of_clusters(grouped: Grouped) -> float:
    """`effective_sd` of what is grouped already."""
    groups = grouped.clusters
    if groups < FEWEST_CLUSTERS:
        message = "a standard deviation between clusters needs 2 clusters or more"
        raise UsageError(message)
    if not grouped.varies:
        return 0.0
    residuals_G = grouped.sums_G - grouped.mean * grouped.counts_G
    return groups / grouped.n * math.sqrt(math.fsum(residuals_G**2) / (groups - 1))
