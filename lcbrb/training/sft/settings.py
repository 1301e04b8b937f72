"""What a supervised fine-tuning is told, checked before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import NonNegativeInt

from lcbrb.training.settings import SupervisedSettings

_LORA_RATE, _FULL_RATE = 1e-4, 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class SftSettings(SupervisedSettings):
    """How a policy is fine-tuned on examples, beside what `SupervisedSettings` has.

    Attributes:
        system_prompt: in place of the prompts' own system message, as in `lcbrb bench`.
        lora_rank: 0 trains all weights; else adapters of this rank on all linear layers.

    The rate is 1e-5, with LoRA 1e-4. The loss of a batch is the mean over its replies' tokens, an
    evaluation is a checkpoint too, and `patience` counts those without a lower held-out loss.
    """

    system_prompt: str | None = None
    lora_rank: NonNegativeInt = 0

    @property
    def rate(self) -> float:
        """The learning rate, said or not."""
        return self.learning_rate or (_LORA_RATE if self.lora_rank else _FULL_RATE)
