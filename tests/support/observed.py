"""Observations in clusters for the tests of `lcbrb.stats`: drawn by hypothesis, or simulated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import settings, strategies as st

from lcbrb.stats.intervals import group_by_cluster
from lcbrb.types import Estimate

few = settings(max_examples=60)
shares = st.floats(0.0, 1.0)
scores = st.floats(-1e6, 1e6)
labels = st.integers(0, 5).map("problem-{}".format)


def observations(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[str, float]]]:
    """Some observations, each with the label of its cluster."""
    return st.lists(st.tuples(labels, values), min_size=1, max_size=30)


def clustered(
    rng: np.random.Generator, clusters: int = 60, largest: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Right or wrong answers whose problems differ much in difficulty; the true mean is 0.5."""
    sizes = rng.integers(1, largest + 1, clusters)
    difficulty = rng.beta(0.5, 0.5, clusters)
    problem = np.repeat(np.arange(clusters), sizes)
    return (rng.random(problem.size) < difficulty[problem]).astype(float), problem


def bounds(estimate: Estimate) -> tuple[float, float]:
    """The interval, which must be there."""
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def sd_between(values: Sequence[float], clusters: Sequence[object]) -> float:
    """The standard deviation between clusters."""
    return group_by_cluster(np.asarray(values, dtype=np.float64), clusters).sd
