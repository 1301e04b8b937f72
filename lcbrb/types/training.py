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


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedProblem(Record):
    """A line of ``trained_on.jsonl``: a problem that a model was trained on, without its text.

    `sha256` is of the statement and `sentences` are of each of its sentences, normalised as
    `lcbrb.models.trained_on` says. `source` names the data set, and `total` counts the lines of the
    file, so that a file which lost some is noticed.
    """

    id: str
    source: str
    sha256: str
    sentences: tuple[str, ...]
    total: int
