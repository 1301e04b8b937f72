"""What a reward model's training is told, beside what every trainer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from lcbrb.errors import UsageError
from lcbrb.training.settings import SupervisedSettings
from lcbrb.types import Relation


class Loss(StrEnum):
    """What is minimised."""

    BRADLEY_TERRY = "bradley-terry"
    REGRESSION = "regression"


class Trunk(StrEnum):
    """What is trained beside the head."""

    FROZEN = "frozen"  # nothing: the head alone, on hidden states that are computed once
    LORA = "lora"
    FULL = "full"


#: what is taken where it is not said: the learning rate, and the passes over the pairs
LEARNING_RATES: Mapping[Trunk, float] = {Trunk.FROZEN: 1e-3, Trunk.LORA: 1e-4, Trunk.FULL: 1e-5}
_FROZEN_EPOCHS = 20
#: what the better and the worse side of a pair should score, by regression (after the sigmoid)
TARGETS: Mapping[Relation, tuple[float, float]] = {
    Relation.OPTIMIZED_OVER_INITIAL: (1.0, 0.5),
    Relation.INITIAL_OVER_DEGRADED: (0.5, 0.0),
}
PLAIN_TARGETS = (1.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSettings(SupervisedSettings):
    """How a reward model is trained, beside what `SupervisedSettings` has.

    Attributes:
        trunk: what is trained beside the head.
        loss: Bradley-Terry, or regression of the score to what each side deserves (`TARGETS`).
        margin: in logits; by so much the better side should lead (Bradley-Terry only).
        margins: the same by relation (``optimized_over_degraded``), over `margin`.
        centering: weight of the squared sum of both scores, which keeps them around 0 (TRL's
            ``center_rewards_coefficient``; arXiv 2312.09244).
        epochs: passes over the pairs; 20 for a frozen trunk, 1 else.
        learning_rate: 1e-3 for a frozen trunk, 1e-4 for LoRA, 1e-5 for all weights.
        folds: with a frozen trunk, parts for a cross-validation over all pairs that are trained on,
            before the training itself; 0 for none.
        seeds: so many cross-validations, of which the mean is told.
        lora_rank: of the adapters, on all linear layers.
        batch_tokens: the most tokens of a batch where hidden states or scores are computed.

    `patience` counts evaluations without a better held-out accuracy. A frozen trunk is computed in
    float32 always, and takes no `report_to`.

    Raises:
        UsageError: settings that do not go together.
    """

    trunk: Trunk = Trunk.LORA
    loss: Loss = Loss.BRADLEY_TERRY
    margin: NonNegativeFloat = 0.0
    margins: dict[Relation, NonNegativeFloat] = field(default_factory=dict)
    centering: NonNegativeFloat = 0.0
    folds: NonNegativeInt = 0
    seeds: PositiveInt = 1
    lora_rank: PositiveInt = 16
    batch_tokens: PositiveInt = 16384

    def __post_init__(self) -> None:
        SupervisedSettings.__post_init__(self)  # slots leave `super()` without its class
        if self.loss == Loss.REGRESSION and (self.margin or self.margins):
            raise UsageError(
                "margin belongs to the Bradley-Terry loss: leave it out with --loss regression"
            )
        if self.trunk == Trunk.FROZEN and self.precision != "float32":
            raise UsageError(
                f"dtype {self.dtype}: a frozen trunk is always computed in float32; leave dtype out"
            )
        if self.folds and self.trunk != Trunk.FROZEN:
            raise UsageError(
                "folds (cross-validation) are only for --trunk frozen: other trunks would be "
                "trained many times"
            )
        if self.trunk == Trunk.FROZEN and self.report_to != "none":
            raise UsageError(
                f"report_to {self.report_to}: only TRL sends metrics, and a frozen trunk is "
                "trained without it; find them in metrics.jsonl and curves.html"
            )

    @property
    def passes(self) -> int:
        """Epochs, said or not."""
        return self.epochs or (_FROZEN_EPOCHS if self.trunk == Trunk.FROZEN else 1)

    @property
    def rate(self) -> float:
        """The learning rate, said or not."""
        return self.learning_rate or LEARNING_RATES[self.trunk]

    def margin_of(self, relation: Relation) -> float:
        """By how much the better side of such a pair should lead, in logits."""
        return self.margins.get(relation, self.margin)
