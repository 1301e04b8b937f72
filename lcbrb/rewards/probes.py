"""Scores of fixed texts, by which a run that goes on notices that a server serves another model.

They stand in the record's `environment`, which is no part of a run's identity: a server's kernels
round in another way at every batch, so that they are compared within a tolerance.
"""

from __future__ import annotations

from lcbrb.errors import UsageError
from lcbrb.rewards.base import Ranker
from lcbrb.types import RunRecord

_NAME = "probe scores of "
_TOLERANCE = 0.02  # of a score; relative where it is above 1


def noted(model: Ranker) -> dict[str, str]:
    """What a record's environment says of a model's probes, and its members'."""
    return {_NAME + name: " ".join(map(repr, scores)) for name, scores in model.probes.items()}


def check(earlier: RunRecord, now: RunRecord) -> None:
    """Hold the probes of a run that goes on against those of its last start.

    Raises:
        UsageError: they differ by more than rounding.
    """
    for name, after in now.environment.items():
        before = earlier.environment.get(name)
        if before is None or not name.startswith(_NAME):
            continue
        pairs = list(zip(map(float, before.split()), map(float, after.split()), strict=True))
        if any(abs(new - old) > _TOLERANCE * max(1.0, abs(old)) for old, new in pairs):
            raise UsageError(
                f"{name.removeprefix(_NAME)} is a different model than when this run began: the "
                f"same texts scored {before} then and {after} now. Choose another folder for "
                "this model, or serve the earlier weights"
            )
