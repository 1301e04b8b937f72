"""What every trainer is told, checked before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from lcbrb.errors import UsageError

Share = Annotated[float, Field(ge=0.0, lt=1.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerSettings:
    """What all trainers share.

    Attributes:
        learning_rate: as `rate` says where it is not given.
        max_grad_norm: gradients are cut to it; 0 for no cut.
        held_out: the share that is evaluated on and not trained on, whole problems, where nothing
            is given for that.
        lora_alpha: of LoRA.
        dtype: of the weights; ``auto``: float32, with which a GPU computes in bfloat16.
        device: a torch device, or ``auto``.
        report_to: where TRL sends its metrics (``tensorboard``, ``wandb``, ``trackio``; several
            with commas); ``none``.
    """

    learning_rate: PositiveFloat | None = None
    max_grad_norm: NonNegativeFloat = 1.0
    held_out: Share = 0.1
    lora_alpha: PositiveInt = 32
    dtype: str = "auto"
    device: str = "auto"
    report_to: str = "none"

    @property
    def rate(self) -> float:
        """The learning rate, given or not."""
        raise NotImplementedError

    @property
    def precision(self) -> str:
        """The torch dtype of the weights."""
        return "float32" if self.dtype == "auto" else self.dtype


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisedSettings(TrainerSettings):
    """What trainers share that learn from given texts, pass by pass.

    Attributes:
        epochs: passes over the texts; 1 where it is not said.
        batch_size: texts (or pairs) of an optimizer step.
        micro_batch: of them that go through the model at once; the batch is accumulated from them.
        weight_decay: of AdamW; biases and normalisations are not decayed.
        warmup: the share of the steps in which the learning rate rises; then it falls to 0.
        max_length: tokens of a text, of the longer side of a pair; the model's own limit where not
            given. What is above it is left out and named.
        eval_every: optimizer steps between evaluations; 0 for the end of each epoch.
        patience: evaluations without a better one until training ends; 0 for never. The best
            weights are the ones that are kept.
        lora_dropout: of LoRA.

    Raises:
        UsageError: a batch that is no multiple of the micro batch.
    """

    epochs: PositiveInt | None = None
    batch_size: PositiveInt = 64
    micro_batch: PositiveInt = 4
    weight_decay: NonNegativeFloat = 0.0
    warmup: Share = 0.0
    max_length: PositiveInt | None = 4096
    eval_every: NonNegativeInt = 0
    patience: NonNegativeInt = 0
    lora_dropout: Share = 0.0

    def __post_init__(self) -> None:
        if self.batch_size % min(self.micro_batch, self.batch_size):
            raise UsageError(
                f"batch_size {self.batch_size} is not a multiple of micro_batch {self.micro_batch}"
            )

    @property
    def passes(self) -> int:
        """Epochs, said or not."""
        return self.epochs or 1
