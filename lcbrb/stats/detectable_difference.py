"""How far two subjects must be apart before pairs of so many problems can tell them apart."""

from __future__ import annotations

import math

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Labels, Values, check_share, float_values
from lcbrb.stats.intervals import FEWEST_CLUSTERS, group_by_cluster, t_quantile


def design_effect(values: Values, clusters: Labels) -> float:
    """How much larger the variance of a mean is for its clusters than for independent values.

    The cluster-robust variance (CR1) over the usual one (Kish 1965). It is estimated with noise,
    and values within a cluster that are less alike than chance have one below 1, which nobody
    should plan on: so at least 1.

    Args:
        values: shape (N,), finite.
        clusters: the cluster label of each.

    Raises:
        UsageError: an argument is not as above, or there are fewer than 2 clusters.
    """
    values_N = float_values("values", values)
    grouped = group_by_cluster(values_N, clusters)
    alone = float(np.var(values_N, ddof=1)) / values_N.size if values_N.size > 1 else 0.0
    if alone == 0.0:
        grouped.sd  # noqa: B018 - refuses a single cluster
        return 1.0
    return max(1.0, grouped.sd**2 / grouped.clusters / alone)


def minimum_detectable_difference(  # noqa: PLR0913 - what a plan is made of
    n: int,
    clusters: int,
    *,
    discordance: float,
    effect: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float | None:
    """The smallest true difference of two accuracies that a paired test finds with `power`.

    Two subjects are asked the same n questions and differ on the share q = `discordance` of them.
    Their difference d has the variance (q - d²) * effect / n, and d = (t(1 - alpha / 2) + t(power))
    times its root (Miller 2024, arXiv:2411.00640; Student's t with clusters - 1 degrees).

    Args:
        n: pairs.
        clusters: problems.
        discordance: the share of pairs on which one is right and the other wrong, in (0, 1).
        effect: the `design_effect` of pairs of one problem.
        alpha: of the two-sided test.
        power: how often the difference is to be found.

    Returns:
        A difference in (0, discordance]; None where no difference can be told.

    Raises:
        UsageError: an argument is not as above.
    """
    for name, share in (("discordance", discordance), ("alpha", alpha), ("power", power)):
        check_share(name, share)
    if effect < 1.0 or n < 1:
        raise UsageError(f"n and effect must be at least 1, not {n!r} and {effect!r}")
    if clusters < FEWEST_CLUSTERS:
        return None
    both = t_quantile(1.0 - alpha / 2.0, clusters - 1) + t_quantile(power, clusters - 1)
    scale = both * both * effect / n
    difference = math.sqrt(scale * discordance / (1.0 + scale))
    return difference if difference <= discordance else None
