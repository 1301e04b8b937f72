"""The mean of two F1 scores, of right and of wrong steps, with an interval.

Legend: G clusters, B resamples; the four cells are steps by what they are and what was said.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels
from lcbrb.stats._draws import Resampling
from lcbrb.stats.intervals import cluster_places, resampled
from lcbrb.types import Estimate

_CELLS = 4  # right and said so, right and called wrong, wrong and called right, wrong and said so


def balanced_f1(
    right: Sequence[bool],
    called_right: Sequence[bool],
    clusters: Labels,
    *,
    resamples: int = 10_000,
) -> Estimate:
    """Half the F1 of right steps plus half that of wrong ones (PRMScore of arXiv 2501.03124).

    All steps are counted together. An F1 of which there is neither a case nor a call is 0. The
    interval is a percentile cluster bootstrap.

    Args:
        right: whether each step is right, shape (N,).
        called_right: whether it was called so.
        clusters: the cluster label of each step.
        resamples: bootstrap resamples; at least 40.

    Raises:
        UsageError: lengths differ, or there is no step.
    """
    resampling = Resampling(resamples)
    if len(right) != len(called_right) or not len(right):
        raise UsageError(f"{len(right)} labels and {len(called_right)} calls of steps do not pair")
    places_N, groups = cluster_places(clusters, len(right))
    cells_N = np.where(right, 0, 2) + np.where(called_right, 0, 1)
    counted = np.bincount(places_N * _CELLS + cells_N, minlength=groups * _CELLS)
    counts_G_4 = counted.reshape(groups, _CELLS).astype(np.float64)
    value = float(_scores(counts_G_4.sum(0)[None])[0])
    interval = resampled(lambda drawn: _scores(drawn @ counts_G_4), groups, value, resampling)
    return interval.around(value, n=len(right), clusters=groups)


def _scores(cells_B_4: Floats) -> Floats:
    passed_right, missed, let_past, caught = cells_B_4.T
    wrong_calls = missed + let_past
    both = (_f1(passed_right, wrong_calls), _f1(caught, wrong_calls))
    scores: Floats = (both[0] + both[1]) / 2.0
    return scores


def _f1(hits_B: Floats, errors_B: Floats) -> Floats:
    total_B = 2.0 * hits_B + errors_B
    return np.divide(2.0 * hits_B, total_B, out=np.zeros_like(hits_B), where=total_B > 0.0)
