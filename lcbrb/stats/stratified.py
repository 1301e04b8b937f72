"""A weighted sum of stratum means, with an interval.

Legend: N observations, G clusters, S strata, B resamples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels, Values, float_values
from lcbrb.stats._draws import Resampling
from lcbrb.stats.intervals import (
    NO_VARIATION,
    Interval,
    cluster_places,
    resampled,
    wilson_over_clusters,
)
from lcbrb.types import Estimate


def stratified_mean(
    values: Values,
    strata: Sequence[str],
    weights: Mapping[str, float],
    clusters: Labels,
    *,
    resamples: int = 10_000,
) -> Estimate:
    """A weighted sum of stratum means, with a percentile cluster-bootstrap interval.

    Where a resample draws none of a stratum, its weight goes to the others in proportion. Shares
    that do not vary within any stratum get a Wilson interval on Kish's effective number of
    clusters, (sum of w) ** 2 / sum of w ** 2 / G_s, other values none.

    Args:
        values: observations, shape (N,), finite.
        strata: the stratum of each, shape (N,).
        weights: of each stratum that occurs; they need not sum to 1.
        clusters: the cluster label of each, shape (N,); a cluster may reach over several strata.
        resamples: bootstrap resamples; at least 40.

    Raises:
        UsageError: an argument is not as above.
    """
    resampling = Resampling(resamples)
    values_N = float_values("values", values)
    if len(strata) != values_N.size:
        raise UsageError(
            f"each value needs a stratum: {values_N.size} values, {len(strata)} strata"
        )
    names = sorted(set(strata))
    if unweighted := [name for name in names if name not in weights]:
        raise UsageError(f"no weight for the stratum '{unweighted[0]}'")
    weights_S = np.array([weights[name] for name in names], dtype=np.float64)
    if not (weights_S > 0.0).all() or not np.isfinite(weights_S).all():
        raise UsageError("the weights of strata must be finite and above 0")
    places_N, groups = cluster_places(clusters, values_N.size)
    cells_N = places_N * len(names) + np.searchsorted(names, strata)
    cells = groups * len(names)
    order = np.lexsort((values_N, cells_N))  # so that the order given changes no digit
    values_N, cells_N = values_N[order], cells_N[order]
    sums_G_S = np.bincount(cells_N, values_N, cells).reshape(groups, -1)
    counts_G_S = np.bincount(cells_N, minlength=cells).reshape(groups, -1).astype(np.float64)
    value = float(_weighted(sums_G_S.sum(0)[None], counts_G_S.sum(0)[None], weights_S)[0])
    interval = resampled(
        lambda drawn: _weighted(drawn @ sums_G_S, drawn @ counts_G_S, weights_S),
        groups,
        value,
        resampling,
        ", strata weighted",
    )
    if interval is NO_VARIATION:
        interval = _unvaried(value, values_N, weights_S, (counts_G_S > 0.0).sum(0))
    return interval.around(value, n=values_N.size, clusters=groups)


def _unvaried(value: float, values_N: Floats, weights_S: Floats, clusters_S: Floats) -> Interval:
    """The interval where resamples all agree; see `stratified_mean`."""
    if values_N.min() < 0.0 or values_N.max() > 1.0:
        return NO_VARIATION
    total = float(weights_S.sum())
    effective = max(1, int(total**2 / float((weights_S**2 / clusters_S).sum())))
    low, high, method = wilson_over_clusters(min(1.0, value / total), effective)
    return Interval(total * (low or 0.0), total * (high or 0.0), method)


def _weighted(sums_B_S: Floats, counts_B_S: Floats, weights_S: Floats) -> Floats:
    there = counts_B_S > 0.0
    means = np.divide(sums_B_S, counts_B_S, out=np.zeros_like(sums_B_S), where=there)
    share = np.where(there, weights_S, 0.0)
    mean: Floats = (share * means).sum(1) * weights_S.sum() / share.sum(1)
    return mean
