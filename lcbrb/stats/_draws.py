"""What is drawn at random: resamples of clusters, and signs.

Draws are made in chunks that stay in cache; how large these are changes no draw.

Legend: N observations, G clusters, B resamples, M clusters whose difference is not 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, check_share, check_whole

ROUNDING = 1e-12  # relative; differences below this are floating-point noise, not data
LEVEL = 0.95  # the coverage of every interval, unless a caller wants another
_CHUNK_CELLS = 250_000  # held at once: about 2 MB an array


@dataclass(frozen=True, slots=True)
class Resampling:
    """How a bootstrap is drawn. Checked when made."""

    resamples: int = 10_000
    seed: int = 0
    level: float = LEVEL

    def __post_init__(self) -> None:
        """Refuse what can't give an interval."""
        check_share("level", self.level)
        check_whole("resamples", self.resamples, at_least=1)
        check_whole("seed", self.seed, at_least=0)
        needed = math.ceil(2.0 / (1.0 - self.level) - 1e-6)
        if self.resamples < needed:
            message = (
                f"{self.resamples} resamples leave none in the tails of a {self.level:g} interval: "
                f"use {needed} or more (10000 is usual)"
            )
            raise UsageError(message)


def _chunks(total: int, width: int) -> Iterator[int]:
    """How many resamples of `width` cells each chunk holds; `total` in all."""
    rows = max(1, _CHUNK_CELLS // width)
    for start in range(0, total, rows):
        yield min(rows, total - start)


def drawn_clusters(
    resampling: Resampling, clusters: int, *, width: int | None = None
) -> Iterator[npt.NDArray[np.int64]]:
    """The clusters of each resample, with replacement, shape (B', G); B in all.

    Args:
        resampling: how many, and the seed.
        clusters: G.
        width: cells that the caller needs for a resample, where it needs more than G.
    """
    rng = np.random.default_rng(resampling.seed)
    for rows in _chunks(resampling.resamples, width or clusters):
        yield rng.integers(0, clusters, size=(rows, clusters))


def drawn_weights(
    resampling: Resampling, clusters: int, *, width: int | None = None
) -> Iterator[Floats]:
    """How often each cluster is drawn in each resample, shape (B', G); as `drawn_clusters`."""
    for drawn in drawn_clusters(resampling, clusters, width=width):
        flat = drawn + np.arange(len(drawn))[:, np.newaxis] * clusters
        counted = np.bincount(flat.ravel(), minlength=drawn.size)
        yield counted.reshape(drawn.shape).astype(np.float64)


def percentiles(values_B: Floats, value: float, level: float = LEVEL) -> tuple[float, float]:
    """The percentile interval of a bootstrap (Efron & Tibshirani 1993, chapter 13).

    It is stretched to hold the value itself: at small levels the middle of a skewed bootstrap can
    lie beside it.
    """
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(values_B, [tail, 1.0 - tail])
    return min(float(low), value), max(float(high), value)


def flipped_totals(sums_M: Floats, resamples: int, seed: int) -> Iterator[Floats]:
    """Totals of the sums, each with a sign drawn at random, shape (B',); B in all."""
    rng = np.random.default_rng(seed)
    for rows in _chunks(resamples, sums_M.size):
        flips = rng.integers(0, 2, size=(rows, sums_M.size), dtype=np.bool_)
        yield np.where(flips, sums_M, -sums_M).sum(axis=1)
