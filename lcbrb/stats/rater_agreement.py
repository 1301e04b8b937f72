"""How far raters agree beyond chance: Cohen's kappa of two, Krippendorff's alpha of any number.

Both set the disagreement that was seen against the one that chance would give: 1 is agreement
throughout, 0 what chance gives, below 0 less than that. Both are functions of a table of counts to
which every item adds its part, so that clusters of items (problems) can be resampled. SciPy has
neither; statsmodels, scikit-learn and krippendorff have the values without such an interval.

Legend: N items, K categories, G clusters, B resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
import numpy.typing as npt

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels
from lcbrb.stats._draws import Resampling, drawn_weights, percentiles
from lcbrb.stats.intervals import (
    FEWEST_CLUSTERS,
    NO_VARIATION,
    ONE_CLUSTER,
    Interval,
    cluster_places,
)
from lcbrb.types import Estimate

_RATERS = 2  # fewer say nothing of agreement
_NONE_BY_CHANCE = 1e-9  # but for rounding: chance alone would give agreement throughout


def cohens_kappa(
    a: Sequence[str],
    b: Sequence[str],
    clusters: Labels,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> Estimate | None:
    """Cohen's kappa (Cohen 1960), unweighted, with a percentile cluster-bootstrap interval.

    It is (p - e) / (1 - e), where p is the share of items on which the two agree, and e the share
    on which they would if each gave the categories as often as they did, but at random.

    Args:
        a: the first rater's category of each item, shape (N,).
        b: the second rater's.
        clusters: the cluster of each item.
        resamples: bootstrap resamples, at least 40.
        seed: of the resampling.

    Returns:
        None where it is undefined: both raters gave one and the same category to all items.

    Raises:
        UsageError: an argument is not as above, or there is no item.
    """
    if len(a) != len(b):
        raise UsageError(f"two raters have a category each for an item: {len(a)} and {len(b)}")
    given = [[(x, y, 1.0)] for x, y in zip(a, b, strict=True)]
    return _estimate(given, clusters, _kappa, Resampling(resamples, seed))


def krippendorff_alpha(
    ratings: Sequence[Sequence[str | None]],
    clusters: Labels,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> Estimate | None:
    """Krippendorff's alpha for categories without order, with a cluster-bootstrap interval.

    It is 1 - observed / expected disagreement over pairs of ratings of one item (Krippendorff 2019,
    chapter 12); an item with m ratings adds its ordered pairs with a weight of 1 / (m - 1). Raters
    may be any number and need not have rated everything; items with fewer than 2 ratings say
    nothing and are left out.

    Args:
        ratings: of each item, what its raters gave; None: a rater gave nothing.
        clusters: the cluster of each item.
        resamples: bootstrap resamples, at least 40.
        seed: of the resampling.

    Returns:
        None where it is undefined: no item has 2 ratings, or all ratings are the same category.

    Raises:
        UsageError: an argument is not as above.
    """
    labels = clusters.tolist() if isinstance(clusters, np.ndarray) else list(clusters)
    if len(labels) != len(ratings):
        raise UsageError(f"each item needs a cluster: {len(ratings)} items, {len(labels)} clusters")
    given, kept = [], []
    for row, cluster in zip(ratings, labels, strict=True):
        present = [label for label in row if label is not None]
        if len(present) >= _RATERS:
            given.append([(x, y, 1 / (len(present) - 1)) for x, y in permutations(present, 2)])
            kept.append(cluster)
    if not given:
        return None
    return _estimate(given, kept, _alpha, Resampling(resamples, seed))


_Pairs = Sequence[tuple[str, str, float]]  # two ratings of one item, and their weight


def _estimate(
    given: Sequence[_Pairs],
    clusters: Labels,
    statistic: Callable[[Floats], Floats],
    resampling: Resampling,
) -> Estimate | None:
    """The statistic of the summed table, and of tables of resampled clusters."""
    if not given:
        raise UsageError("there is no item that was rated")
    places, groups = cluster_places(clusters, len(given))
    tables = _tables(given, places, groups)
    (value,) = statistic(tables.sum(axis=0)[np.newaxis])
    if np.isnan(value):
        return None
    interval = ONE_CLUSTER
    if groups >= FEWEST_CLUSTERS:
        interval = _bootstrapped(tables, float(value), statistic, resampling)
    return interval.around(float(value), n=len(given), clusters=groups)


def _tables(given: Sequence[_Pairs], places: npt.NDArray[np.intp], groups: int) -> Floats:
    """How often category met category in each cluster, shape (G, K, K)."""
    names = sorted({name for pairs in given for x, y, _ in pairs for name in (x, y)})
    place_of = {name: place for place, name in enumerate(names)}
    tables = np.zeros((groups, len(names), len(names)))
    for pairs, group in zip(given, places, strict=True):
        for x, y, weight in pairs:
            tables[group, place_of[x], place_of[y]] += weight
    return tables


def _bootstrapped(
    tables: Floats, value: float, statistic: Callable[[Floats], Floats], resampling: Resampling
) -> Interval:
    groups, names, _ = tables.shape
    flat = tables.reshape(groups, names * names)
    drawn = [
        statistic((weights @ flat).reshape(-1, names, names))
        for weights in drawn_weights(resampling, groups, width=max(groups, names * names))
    ]
    agreements_B = np.concatenate(drawn)
    agreements_B = agreements_B[
        ~np.isnan(agreements_B)
    ]  # a resample in which all gave one category
    if not agreements_B.size or np.ptp(agreements_B) == 0.0:
        return NO_VARIATION
    method = f"cluster bootstrap, percentile, {resampling.resamples} resamples"
    undefined = resampling.resamples - agreements_B.size
    if undefined:
        method += f", {undefined} of them undefined"
    return Interval(*percentiles(agreements_B, value), method)


def _kappa(tables_B: Floats) -> Floats:
    """Kappa of each table (B, K, K); NaN where it is undefined."""
    shares = tables_B / tables_B.sum(axis=(1, 2), keepdims=True)
    observed = np.trace(shares, axis1=1, axis2=2)
    expected = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
    return _beyond_chance(1.0 - observed, 1.0 - expected)


def _alpha(tables_B: Floats) -> Floats:
    """Alpha of each table of coincidences (B, K, K); NaN where it is undefined."""
    total = tables_B.sum(axis=(1, 2))
    observed = total - np.trace(tables_B, axis1=1, axis2=2)
    expected = (total**2 - (tables_B.sum(axis=2) ** 2).sum(axis=1)) / (total - 1.0)
    return _beyond_chance(observed, expected)


def _beyond_chance(observed: Floats, expected: Floats) -> Floats:
    agreement = np.full(observed.shape, np.nan)
    by_chance = expected > _NONE_BY_CHANCE
    agreement[by_chance] = 1.0 - observed[by_chance] / expected[by_chance]
    return agreement
