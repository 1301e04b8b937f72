"""What the study's cells are compared by, as tables of seeds by problems.

Each endpoint gives one number for a problem and a cell, so that cells of one seed can be compared
problem by problem. Shapes: S seeds, P problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lcbrb.training.study.results import Measured

Array = NDArray[np.float64]
_THOUSANDTHS = 1000.0


class Endpoint(StrEnum):
    """A figure of a policy on problems held out."""

    SAMPLED = "pass@1"  # at temperature 1
    SOUNDNESS = "soundness of right answers"
    GREEDY = "greedy"
    ANY = "pass@k"  # k is all samples of a problem


def values(measured: Measured, endpoint: Endpoint) -> Array | None:
    """An endpoint by problem, shape (P,); their mean is the endpoint's value; None: it has none.

    Soundness is a ratio of two sums, over right samples. A problem's value is the ratio plus what
    the problem adds to it (the linearised ratio, as in `Grouped.sd`), so that means, differences
    and variances can be taken as of the others.
    """
    return _VALUES[endpoint](measured)


def _soundness(measured: Measured) -> Array | None:
    right_P, sound_P = np.array(measured.right, float), np.array(measured.sound, float)
    if not right_P.any():
        return None  # without right answers there is nothing to be sound
    sound_P /= _THOUSANDTHS
    ratio = sound_P.sum() / right_P.sum()
    linear: Array = ratio + (sound_P - ratio * right_P) / right_P.mean()
    return linear


_VALUES: Mapping[Endpoint, Callable[[Measured], Array | None]] = {
    Endpoint.SAMPLED: lambda measured: np.array(measured.right, float) / measured.samples,
    Endpoint.SOUNDNESS: _soundness,
    Endpoint.GREEDY: lambda measured: np.array(measured.greedy, float),
    Endpoint.ANY: lambda measured: (np.array(measured.right) > 0).astype(float),
}


def table(measured: Sequence[Measured], endpoint: Endpoint) -> Array | None:
    """An endpoint of one condition, shape (S, P), of the seeds that have a value; None: none."""
    rows = [row for result in measured if (row := values(result, endpoint)) is not None]
    return np.stack(rows) if rows else None
