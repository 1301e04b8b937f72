"""The drop that a gate could have told: what an inconclusive verdict is worth."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lcbrb.stats._checks import Labels, Values, check_share
from lcbrb.stats._draws import ROUNDING
from lcbrb.stats.drops import check_alpha, grouped_drops, on_lattice
from lcbrb.stats.intervals import FEWEST_CLUSTERS, Grouped, t_quantile

_PRECISION = 1e-9
_UNEQUAL = 0.5  # variance of the problems' drops over their mean squared: see below


def minimum_detectable_drop(
    differences: Values,
    clusters: Labels,
    *,
    alpha: float,
    power: float = 0.8,
    tolerance: float = 0.0,
) -> float | None:
    """The smallest true drop that the test finds, and that exceeds the tolerance, with `power`.

    The drop d = max(t(1 - alpha) * se + step / N, tolerance) + t(power) * se, with the
    cluster-robust standard error of these differences (Cohen 1988; Miller 2024, arXiv:2411.00640).
    To their variance comes what the drop itself adds; step / N stands for the test's counting in
    whole samples. A drop is thought of as spread over the problems in proportion to how often each
    is solved, and these shares as spread widely (a beta distribution of 0.5 and 0.5, whose variance
    is half its squared mean). One that takes away all samples of a few problems varies more, and
    needs to be larger.

    The exact test needs ceil(log2(1 / alpha)) problems that got worse: with fewer problems no drop
    is told at all.

    Args:
        differences: as in `drop_test`; they need not show a drop.
        clusters: the cluster label of each.
        alpha: of the test, in (0, 0.5).
        power: in (0.5, 1).
        tolerance: a drop up to this is accepted, at least 0.

    Returns:
        A drop above 0 and at most 1; None where none is told.

    Raises:
        UsageError: an argument is not as above.
    """
    check_alpha(alpha)
    check_share("power", power)
    grouped = grouped_drops(differences, clusters)
    groups = grouped.clusters
    if groups < FEWEST_CLUSTERS:
        return None
    if math.ceil(-math.log2(alpha) * (1.0 - ROUNDING)) > groups:
        return None
    drop = _spread_drop(grouped, _grain(differences), alpha, power, tolerance)
    return drop if drop <= 1.0 else None


class _Grain(NamedTuple):
    """How finely differences are divided, and the share of a drop that adds to their variance."""

    step: float
    added: float


def _grain(differences: Values) -> _Grain:
    """The unit that all differences are multiples of (0 where there is none), and what it means.

    A sample that turns from right to wrong adds a difference of one step; where samples differ at
    random anyway, part of that is not new: with a share q of them differing, 1 - 2q is.
    """
    differences_N = np.asarray(differences, dtype=np.float64)
    magnitudes = np.unique(np.abs(differences_N))
    steps = on_lattice(magnitudes[magnitudes > 0.0])
    if steps is None:
        return _Grain(0.0, 0.0)
    step = float(magnitudes.max()) / max(steps) if steps else 1.0
    return _Grain(step, max(0.5, 1.0 - 2.0 * float((differences_N**2).mean()) / step))


def _spread_drop(
    grouped: Grouped, grain: _Grain, alpha: float, power: float, tolerance: float
) -> float:
    """The drop that the test finds where it is spread over the problems."""
    groups, n = grouped.clusters, grouped.n
    variance = grouped.sd**2 / groups
    critical_t, power_t = (t_quantile(share, groups - 1) for share in (1.0 - alpha, power))
    low, high = 0.0, 2.0
    while high - low > _PRECISION:
        drop = (low + high) / 2.0
        within = (grain.added * drop - drop * drop) * grain.step / n
        between = _UNEQUAL * drop * drop * max(0.0, 1.0 / groups - grain.step / n)
        error = math.sqrt(max(0.0, variance + within + between))
        needed = max(critical_t * error + grain.step / n, tolerance) + power_t * error
        low, high = (low, drop) if drop >= needed else (drop, high)
    return high
