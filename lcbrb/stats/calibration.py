"""Calibration of preferences: is a model that is 80% sure right in 80% of the cases?

A margin m between the two sides of a pair stands for the probability sigma(m) that the first is the
better one (Bradley & Terry 1952), so the model is sigma(abs(m)) sure of the side it prefers.

Legend: N pairs, G clusters (problems), K bins of confidence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels, Values, float_values
from lcbrb.stats._draws import Resampling
from lcbrb.stats.intervals import cluster_mean, cluster_places, resampled
from lcbrb.stats.logistic import sigmoid
from lcbrb.types import Estimate

BINS = 10  # equally wide, from 0.5 to 1
_RESAMPLES = 2000


class Bin(NamedTuple):
    """Pairs of like confidence, in [low, high); the last bin holds 1 too."""

    low: float
    high: float
    confidence: float
    accuracy: Estimate


class Calibration(NamedTuple):
    """How sure a model is against how often it is right.

    `ece` is the expected calibration error (Naeini et al. 2015): the mean over bins, weighted by
    their pairs, of abs(accuracy - confidence). It is above 0 for the best of models, the more so
    the fewer pairs there are: `ece_by_chance` is what 95% of calibrated models of this confidence
    stay below (simulated; pairs taken as independent). `overconfidence` is mean confidence minus
    accuracy, which has no such bias. `brier` is the mean of (1 - sigma(m)) ** 2: 0 is best, 0.25 is
    what always saying 0.5 gets.
    """

    ece: Estimate
    ece_by_chance: float
    overconfidence: Estimate
    brier: Estimate
    bins: tuple[Bin, ...]


def calibration(margins: Values, points: Values, clusters: Labels) -> Calibration:
    """Calibration of sigma(margin), in `BINS` bins, of which empty ones are left out.

    Args:
        margins: score of the better side minus score of the worse one, in logits, shape (N,).
        points: what each counts: 1 where the margin is above 0, 0 below, 0.5 for a tie; shape (N,).
        clusters: the cluster label of each, shape (N,).

    Raises:
        UsageError: an argument is not as above.
    """
    margins_N, points_N = float_values("margins", margins), float_values("points", points)
    if margins_N.size != points_N.size:
        raise UsageError(f"{margins_N.size} margins against {points_N.size} points")
    if not bool((points_N == (np.sign(margins_N) + 1.0) / 2.0).all()):
        raise UsageError("points must say what the sign of each margin says")
    labels = np.asarray(clusters)
    order = np.lexsort((margins_N, cluster_places(labels, margins_N.size)[0]))
    margins_N, points_N, labels = margins_N[order], points_N[order], labels[order]
    sure_N = sigmoid(np.abs(margins_N))
    edges = np.linspace(0.5, 1.0, BINS + 1)
    bin_N = np.minimum(np.searchsorted(edges, sure_N, side="right") - 1, BINS - 1)
    return Calibration(
        ece=_ece_estimate(sure_N, points_N, bin_N, labels),
        ece_by_chance=_by_chance(sure_N, bin_N),
        overconfidence=cluster_mean(sure_N - points_N, labels),
        brier=cluster_mean((1.0 - sigmoid(margins_N)) ** 2, labels),
        bins=tuple(
            Bin(
                low=float(edges[k]),
                high=float(edges[k + 1]),
                confidence=float(sure_N[there].mean()),
                accuracy=cluster_mean(points_N[there], labels[there]),
            )
            for k in range(BINS)
            if (there := bin_N == k).any()
        ),
    )


def _ece_estimate(sure_N: Floats, points_N: Floats, bin_N: Floats, labels: Labels) -> Estimate:
    places_N, groups = cluster_places(labels, sure_N.size)
    cells_N = places_N * BINS + bin_N
    gaps_G_K = np.bincount(cells_N, points_N - sure_N, groups * BINS).reshape(groups, BINS)
    counts_G = np.bincount(places_N, minlength=groups).astype(np.float64)
    value = float(np.abs(gaps_G_K.sum(0)).sum() / sure_N.size)

    def errors(drawn_B_G: Floats) -> Floats:
        gaps: Floats = np.abs(drawn_B_G @ gaps_G_K).sum(1) / (drawn_B_G @ counts_G)
        return gaps

    interval = resampled(errors, groups, value, Resampling(_RESAMPLES), "; biased upwards")
    return interval.around(value, n=sure_N.size, clusters=groups)


def _by_chance(sure_N: Floats, bin_N: Floats) -> float:
    """The 95% quantile of the error of models that are as sure, and right as often."""
    rng = np.random.default_rng(0)
    order = np.argsort(bin_N, kind="stable")
    sorted_N, starts = sure_N[order], np.searchsorted(bin_N[order], np.arange(BINS))
    bin_starts = np.unique(starts[starts < sure_N.size])
    errors = []
    for _ in range(_RESAMPLES // 2):
        gaps_N = (rng.random(sure_N.size) < sorted_N) - sorted_N
        errors.append(np.abs(np.add.reduceat(gaps_N, bin_starts)).sum() / sure_N.size)
    return float(np.quantile(errors, 0.95))
