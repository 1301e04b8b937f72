"""What a trainer tells of its steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from lcbrb.types.base import Record
from lcbrb.types.completions import Status
from lcbrb.types.runs import Estimate


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
class OverLongExample(Record):
    """A line of ``over_long.jsonl`` of a fine-tuning: an example left out, and all its tokens."""

    example_id: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStep(Record):
    """A line of a policy training's ``metrics.jsonl``: one optimizer step, or the start (step 0).

    `figures` are those of `lcbrb.training.pgrpo.statistics` at steps that begin a generated batch,
    and TRL's at every step; times are in seconds. `held_out` is pass@1 on the problems held out,
    where the step was followed by an evaluation.
    """

    step: int
    epoch: float = 0.0
    loss: float | None = None
    learning_rate: float | None = None
    grad_norm: float | None = None
    figures: dict[str, float] = field(default_factory=dict)
    held_out: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout(Record):
    """A line of ``rollouts.jsonl``: a reply of a policy in training, and what it was paid.

    `step` is the optimizer step before it was sampled, `group` the place of its prompt in the
    batch. `outcome`, `pass_rate`, `thinking`, `reward` and `advantage` are None where they are not
    known; replies to problems held out have no advantage.
    """

    step: int
    problem_id: str
    group: int
    sample_index: int
    held_out: bool = False
    text: str
    tokens: int
    truncated: bool
    well_formed: bool
    status: Status
    outcome: bool | None
    pass_rate: float | None
    thinking: float | None
    reward: float | None = None
    advantage: float | None = None
