"""What a trainer tells of its steps."""

from __future__ import annotations

from dataclasses import dataclass

from lcbrb.types.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStep(Record):
    """A line of a training run's ``metrics.jsonl``: one optimizer step.

    `epoch` counts passes over the pairs, with its fraction. `accuracy` and `held_out_loss` are of
    the pairs held out, where the step was followed by an evaluation.
    """

    step: int
    epoch: float
    loss: float | None = None
    learning_rate: float | None = None
    grad_norm: float | None = None
    accuracy: float | None = None
    held_out_loss: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverLongPair(Record):
    """A line of ``over_long.jsonl``: a pair that was left out, and its longer side's tokens."""

    pair_id: str
    problem_id: str
    tokens: int
    held_out: bool = False
