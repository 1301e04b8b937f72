"""A logistic fit of clustered shares on one quantity, and what it says at a point of it.

By hand, since every `eval` fits one: `scipy.optimize` would be given the same loss, gradient and
curvature to save ten lines, and takes half a second to load. What else is here (shares as outcomes,
errors by cluster, separation) SciPy does not have.

Legend: N observations, G clusters.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels, Values, float_values
from lcbrb.stats._draws import LEVEL
from lcbrb.stats.intervals import FEWEST_CLUSTERS, ONE_CLUSTER, Interval, cluster_places, t_quantile
from lcbrb.types import Estimate

RIDGE = 1e-6  # on both coefficients: nothing beside data, and a limit where data set none
_STEPS = 200
_CONVERGED = 1e-10
_PARAMETERS = 2
_SEPARATED = Interval(None, None, "none: x alone tells all high from all low values")


class LogisticFit(NamedTuple):
    """logit E[y] = intercept + slope * x.

    `covariance` is of (intercept, slope), cluster-robust; None below 2 clusters. With `separated`
    some value of x parts all high y from all low ones (or y never varies): then the slope (or
    intercept) has no finite estimate, only the ridge holds it, and the covariance means nothing.
    """

    intercept: float
    slope: float
    covariance: tuple[tuple[float, float], tuple[float, float]] | None
    separated: bool
    n: int
    clusters: int


def fit_logistic(x: Values, y: Values, clusters: Labels) -> LogisticFit:
    """Maximum likelihood with a ridge of `RIDGE`, by damped Newton steps.

    y may lie between 0 and 1 (a tie is half a win): then it is a quasi-likelihood, which the
    cluster-robust errors allow for (Papke & Wooldridge 1996). Errors are the sandwich over clusters
    times G / (G - 1) * (N - 1) / (N - 2) (Liang & Zeger 1986), as statsmodels has them.

    Args:
        x: shape (N,), finite; it must vary. Scale it to a size near 1.
        y: shares in [0, 1], shape (N,).
        clusters: the cluster label of each, shape (N,).

    Raises:
        UsageError: an argument is not as above.
    """
    x_N, y_N = float_values("x", x), float_values("y", y)
    if x_N.size != y_N.size:
        raise UsageError(f"x and y must be paired: {x_N.size} against {y_N.size} values")
    if bool((y_N < 0.0).any()) or bool((y_N > 1.0).any()):
        raise UsageError("y must lie between 0 and 1")
    if float(np.ptp(x_N)) == 0.0:
        raise UsageError("x does not vary: there is no slope to fit")
    places_N, groups = cluster_places(clusters, x_N.size)
    order = np.lexsort((y_N, x_N, places_N))  # so that the order given changes no digit
    x_N, y_N, places_N = x_N[order], y_N[order], places_N[order]
    design = np.column_stack([np.ones_like(x_N), x_N])
    beta = _newton(design, y_N)
    return LogisticFit(
        intercept=float(beta[0]),
        slope=float(beta[1]),
        covariance=_covariance(design, y_N, beta, places_N, groups),
        separated=_separated(x_N, y_N),
        n=x_N.size,
        clusters=groups,
    )


def probability_at(fit: LogisticFit, x: float) -> Estimate:
    """The fitted share at a value of x, with Student's t (G - 1) on the logit scale."""
    method = "logistic fit, delta method on the logit, clustered (CR1)"
    logit, interval = _linear(fit, 1.0, x, method)
    if interval.low is not None and interval.high is not None:
        interval = Interval(float(sigmoid(interval.low)), float(sigmoid(interval.high)), method)
    return interval.around(float(sigmoid(logit)), n=fit.n, clusters=fit.clusters)


def slope_estimate(fit: LogisticFit) -> Estimate:
    """The slope in logits per unit of x, with Student's t (G - 1); none where it is not finite."""
    slope, interval = _linear(fit, 0.0, 1.0, "logistic fit, clustered (CR1)")
    return interval.around(slope, n=fit.n, clusters=fit.clusters)


def _linear(fit: LogisticFit, constant: float, x: float, method: str) -> tuple[float, Interval]:
    """The value of one * intercept + x * slope, and its interval."""
    value = constant * fit.intercept + x * fit.slope
    if fit.covariance is None:
        return value, ONE_CLUSTER
    if fit.separated:
        return value, _SEPARATED
    (a, b), (_, c) = fit.covariance
    half = t_quantile(0.5 + LEVEL / 2.0, fit.clusters - 1)
    half *= math.sqrt(max(0.0, constant * constant * a + 2.0 * constant * x * b + x * x * c))
    return value, Interval(value - half, value + half, method)


def _newton(design: Floats, y_N: Floats) -> Floats:
    beta = np.zeros(_PARAMETERS)
    loss = _loss(design, y_N, beta)
    for _ in range(_STEPS):
        mean_N = sigmoid(design @ beta)
        gradient = design.T @ (y_N - mean_N) - RIDGE * beta
        step = np.linalg.solve(_curvature(design, mean_N), gradient)
        size = 1.0
        while (tried := _loss(design, y_N, beta + size * step)) > loss and size > _CONVERGED:
            size /= 2.0
        if tried > loss:
            break
        beta, loss = beta + size * step, tried
        if float(np.abs(size * step).max()) <= _CONVERGED * (1.0 + float(np.abs(beta).max())):
            break
    return beta


def _loss(design: Floats, y_N: Floats, beta: Floats) -> float:
    logits_N = design @ beta
    # not logaddexp(0, logit) - y * logit, which cancels where y is 1 and the logit large
    lost_N = y_N * np.logaddexp(0.0, -logits_N) + (1.0 - y_N) * np.logaddexp(0.0, logits_N)
    return float(lost_N.sum() + RIDGE / 2.0 * beta @ beta)


def _curvature(design: Floats, mean_N: Floats) -> Floats:
    weights_N = mean_N * (1.0 - mean_N)
    curved: Floats = (design * weights_N[:, np.newaxis]).T @ design
    return curved + RIDGE * np.eye(_PARAMETERS)


def _covariance(
    design: Floats, y_N: Floats, beta: Floats, places_N: Labels, groups: int
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    n = len(y_N)
    if groups < FEWEST_CLUSTERS or n <= _PARAMETERS:
        return None
    mean_N = sigmoid(design @ beta)
    scores_N_2 = design * (y_N - mean_N)[:, np.newaxis]
    scores_G_2 = np.column_stack(
        [np.bincount(places_N, scores_N_2[:, i], groups) for i in range(_PARAMETERS)]
    )
    bread = np.linalg.inv(_curvature(design, mean_N))
    correction = groups / (groups - 1) * (n - 1) / (n - _PARAMETERS)
    (a, b), (c, d) = (correction * bread @ (scores_G_2.T @ scores_G_2) @ bread).tolist()
    return (a, b), (c, d)


def _separated(x_N: Floats, y_N: Floats) -> bool:
    """Whether y never varies, or a threshold parts what is partly high from what is partly low."""
    if float(np.ptp(y_N)) == 0.0:
        return True
    high, low = x_N[y_N > 0.0], x_N[y_N < 1.0]
    if not high.size or not low.size:
        return True
    return bool(high.min() >= low.max() or high.max() <= low.min())


def sigmoid(logits: Floats | float) -> Floats:
    """1 / (1 + exp(-logit)), without overflow."""
    values: Floats = np.exp(-np.logaddexp(0.0, -np.asarray(logits)))
    return values
