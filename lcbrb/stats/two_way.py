"""The mean of values that share both their row and their column, such as seeds and problems.

Training runs of one seed share their start, and all runs share the problems that they are tested
on: neither seeds nor problems alone are independent observations.

Legend: S seeds (rows), P problems (columns).
"""

from __future__ import annotations

import math

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats
from lcbrb.stats._draws import LEVEL, ROUNDING
from lcbrb.stats.intervals import FEWEST_CLUSTERS, Interval, t_quantile
from lcbrb.types import Estimate

TWO_WAY = "two-way clustered by seed and problem, t"


def two_way_mean(values_S_P: Floats, *, level: float = LEVEL) -> Estimate:
    """The mean of all values, with an interval over rows (seeds) and columns (problems).

    The variance is that of row means, plus that of column means, less that of single values, each
    of a mean (Cameron, Gelbach & Miller 2011), and never below that of row means alone. The
    interval takes Student's t with S - 1 degrees of freedom, as seeds are the few.

    Args:
        values_S_P: one value for each seed and problem, shape (S, P), finite.
        level: coverage, in (0, 1).

    Returns:
        `n` is S times P, `clusters` is S. Without an interval below 2 seeds, or where nothing
        varies.

    Raises:
        UsageError: no table of finite numbers.
    """
    if values_S_P.ndim != 2 or not values_S_P.size or not np.isfinite(values_S_P).all():  # noqa: PLR2004
        raise UsageError(
            f"seeds by problems must be a table of finite numbers, not {values_S_P.shape}"
        )
    seeds, problems = values_S_P.shape
    mean = float(values_S_P.mean())
    interval = Interval(None, None, "none: fewer than 2 seeds")
    if seeds >= FEWEST_CLUSTERS:
        error = math.sqrt(_variance(values_S_P))
        scale = float(np.abs(values_S_P).max())
        if error > ROUNDING * max(scale, 1.0):
            half = t_quantile(0.5 + level / 2.0, seeds - 1) * error
            interval = Interval(mean - half, mean + half, TWO_WAY)
        else:
            interval = Interval(None, None, "none: no variation between seeds")
    return interval.around(mean, n=seeds * problems, clusters=seeds, level=level)


def _variance(values_S_P: Floats) -> float:
    """Of the mean, shape (S, P) with S at least 2."""
    by_seed = _of_mean(values_S_P.mean(axis=1))
    if values_S_P.shape[1] < FEWEST_CLUSTERS:
        return by_seed
    both = by_seed + _of_mean(values_S_P.mean(axis=0)) - _of_mean(values_S_P.ravel())
    return max(by_seed, both)


def _of_mean(values_N: Floats) -> float:
    return float(values_N.var(ddof=1)) / values_N.size
