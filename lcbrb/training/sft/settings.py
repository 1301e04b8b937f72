"""What a supervised fine-tuning is told, checked before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from lcbrb.errors import UsageError
from lcbrb.training.settings import Share

_LORA_RATE, _FULL_RATE = 1e-4, 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class SftSettings:
    """How a policy is fine-tuned on examples.

    Attributes:
        epochs: passes over the examples.
        learning_rate: 1e-5, with LoRA 1e-4; it rises in the warm-up and then falls to 0.
        batch_size: examples of an optimizer step; the loss is the mean over their replies' tokens.
        micro_batch: examples that go through the model at once.
        weight_decay: of AdamW; biases and normalisations are not decayed.
        warmup: the share of the steps in which the learning rate rises.
        max_grad_norm: gradients are cut to it; 0 for no cut.
        max_length: tokens of a prompt and its reply; the model's own limit where not given. An
            example above it is left out and named.
        system_prompt: in place of the prompts' own system message, as in `lcbrb bench`.
        held_out: the share of the examples, whole problems, that is evaluated on and not trained
            on, where none are given for that.
        eval_every: optimizer steps between evaluations, which are checkpoints too; 0 for the end
            of each epoch.
        patience: evaluations without a lower held-out loss until training ends; 0 for never. The
            weights with the lowest are kept.
        lora_rank: 0 trains all weights; else adapters of this rank on all linear layers.
        lora_alpha, lora_dropout: of LoRA.
        dtype: of the weights; ``auto``: float32, with which a GPU computes in bfloat16.
        device: a torch device, or ``auto``.
        report_to: where TRL sends its metrics (``tensorboard``, ``wandb``, ``trackio``); ``none``.

    Raises:
        UsageError: settings that do not go together.
    """

    epochs: PositiveInt = 1
    learning_rate: PositiveFloat | None = None
    batch_size: PositiveInt = 64
    micro_batch: PositiveInt = 4
    weight_decay: NonNegativeFloat = 0.0
    warmup: Share = 0.0
    max_grad_norm: NonNegativeFloat = 1.0
    max_length: PositiveInt | None = 4096
    system_prompt: str | None = None
    held_out: Share = 0.1
    eval_every: NonNegativeInt = 0
    patience: NonNegativeInt = 0
    lora_rank: NonNegativeInt = 0
    lora_alpha: PositiveInt = 32
    lora_dropout: Share = 0.0
    dtype: str = "auto"
    device: str = "auto"
    report_to: str = "none"

    def __post_init__(self) -> None:
        if self.batch_size % min(self.micro_batch, self.batch_size):
            raise UsageError(
                f"batch_size {self.batch_size} is no multiple of micro_batch {self.micro_batch}"
            )

    @property
    def rate(self) -> float:
        """The learning rate, said or not."""
        return self.learning_rate or (_LORA_RATE if self.lora_rank else _FULL_RATE)

    @property
    def precision(self) -> str:
        """The torch dtype of the weights."""
        return "float32" if self.dtype == "auto" else self.dtype
