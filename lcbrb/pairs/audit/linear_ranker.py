"""A linear ranker over sparse features, fitted by pairs: what a shortcut learns of other problems.

The Bradley-Terry model: the chosen side is better with probability sigma(w · (x - y)). w has the
least loss with a ridge of `RIDGE` / 2 · |w|², without an intercept, since sides have no order.
SciPy finds it by Newton's method with a trust region; scikit-learn's logistic regression gives the
same, for one more dependency.

Few features of different units are `scaled` first: each divided by the root mean square of its
differences. Words are not, so that the ridge holds rare ones back.

Legend: N pairs, D features.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lcbrb.pairs.audit.text_features import Counts, Reader
from lcbrb.stats.logistic import sigmoid

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]

RIDGE = 1.0
_FEWEST_TEXTS = 3  # sides that a feature stands in; what is rarer can tell little of other problems
_MOST_FEATURES = 20_000
_CONVERGED = 1e-6


def tables(
    better: Sequence[str], worse: Sequence[str], read: Reader
) -> tuple[dict[str, int], csr_array, csr_array]:
    """What a reader finds in the texts of both sides.

    A text may stand in many pairs: it is read once to count names and once to fill its row.

    Returns:
        Names to columns, and the features of the better and of the worse texts, shape (N, D) each.
    """
    texts = Counter([*better, *worse])
    places = {text: place for place, text in enumerate(texts)}
    held = Counter[str]()
    for text, times in texts.items():
        for name in read(text):
            held[name] += times
    kept = [name for name, count in held.most_common(_MOST_FEATURES) if count >= _FEWEST_TEXTS]
    columns = {name: place for place, name in enumerate(sorted(kept))}
    whole = _table(map(read, texts), columns)
    ours, theirs = ([places[text] for text in side] for side in (better, worse))
    return columns, whole[ours], whole[theirs]


def _table(texts: Iterable[Counts], columns: dict[str, int]) -> csr_array:
    from scipy.sparse import csr_array

    values, places, ends = array("d"), array("l"), [0]
    for counts in texts:
        for name, value in counts.items():
            if value and (place := columns.get(name)) is not None:
                places.append(place)
                values.append(value)
        ends.append(len(values))
    parts = (np.frombuffer(values), np.frombuffer(places, dtype=np.int64), np.array(ends))
    return csr_array(parts, shape=(len(ends) - 1, len(columns)))


def fit(rows_N_D: Any, *, scaled: bool = False) -> Floats:
    """The weights under which every row scores above 0, shape (D,).

    Rows are better minus worse features; of single texts, negated where they should score below 0.
    With `scaled` each feature is divided by its root mean square.
    """
    count = rows_N_D.shape[1]
    if not count or not rows_N_D.shape[0]:
        return np.zeros(count)
    from scipy.optimize import minimize  # a third of a second

    scale_D = _scale(rows_N_D) if scaled else np.ones(count)
    rows = (rows_N_D * scale_D).tocsr()
    turned = rows.T.tocsr()

    def loss(weights_D: Floats) -> tuple[float, Floats]:
        margins_N = rows @ weights_D
        lost = np.logaddexp(0.0, -margins_N).sum() + RIDGE / 2.0 * weights_D @ weights_D
        return float(lost), RIDGE * weights_D - turned @ sigmoid(-margins_N)

    def curved(weights_D: Floats, way_D: Floats) -> Floats:
        doubt_N = sigmoid(-(rows @ weights_D))
        along: Floats = RIDGE * way_D + turned @ (doubt_N * (1.0 - doubt_N) * (rows @ way_D))
        return along

    least = minimize(
        loss,
        np.zeros(count),
        jac=True,
        hessp=curved,
        method="trust-ncg",
        options={"gtol": _CONVERGED * math.sqrt(rows.shape[0])},
    )
    weights: Floats = least.x * scale_D
    return weights


def _scale(rows_N_D: Any) -> Floats:
    squares_D = np.asarray(rows_N_D.multiply(rows_N_D).sum(axis=0)).ravel()
    spread_D = np.sqrt(squares_D / rows_N_D.shape[0])
    scale: Floats = np.divide(1.0, spread_D, out=np.zeros(len(spread_D)), where=spread_D > 0.0)
    return scale


def points(better_N: Floats, worse_N: Floats) -> Floats:
    """1 where the better side scores higher, 0 where lower, a half where they tie."""
    gaps_N = better_N - worse_N
    tied = np.abs(gaps_N) <= 1e-9 * (1.0 + np.abs(better_N))
    won: Floats = np.where(tied, 0.5, (gaps_N > 0.0).astype(np.float64))
    return won
