"""Scores of different ranges brought onto one, by rules that look at nothing but the score."""

from __future__ import annotations

import math
from enum import StrEnum


class Scale(StrEnum):
    """How a score is brought onto a common scale."""

    NONE = "none"  # as it is
    UNIT = "unit"  # to [0, 1], by the model's bounds
    Z = "z"  # less a centre, over a spread: constants in the spec


def to_unit(score: float, bounds: tuple[float, float]) -> float:
    """A score in [0, 1], in the same order.

    Two bounds: the place between them. Only an upper one: exp(score - bound), which makes a
    log-probability a probability. Only a lower one: x / (1 + x) of what lies above it. None: the
    logistic function, as a reward head's logit is read.
    """
    low, high = bounds
    if math.isfinite(low) and math.isfinite(high):
        return (score - low) / (high - low) if high > low else 0.0
    if math.isfinite(high):
        return math.exp(min(0.0, score - high))
    if math.isfinite(low):
        return (score - low) / (1.0 + score - low)
    return 1.0 / (1.0 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))


def unit_bounds(bounds: tuple[float, float]) -> tuple[float, float]:
    """What `to_unit` gives: 0 and 1, or 0 alone where a model gives one score only."""
    return (0.0, 1.0) if bounds[1] > bounds[0] else (0.0, 0.0)
