"""What the trainer is handed: examples as tokens, settings, and whom to tell of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lcbrb.training.order import steps_of
from lcbrb.training.sft.settings import SftSettings
from lcbrb.training.sft.tokens import TokenExamples
from lcbrb.types import TrainingStep


@dataclass(frozen=True, slots=True, kw_only=True)
class SftJob:
    """One fine-tuning.

    Attributes:
        train: examples to train on.
        held_out: examples to evaluate on, and to choose the weights by; there may be none.
        settings: how.
        seed: of the order of the examples, and of LoRA's first weights.
        folder: of the run; checkpoints to go on from are kept in it.
        on_step: told of every optimizer step, once.
    """

    train: TokenExamples
    held_out: TokenExamples
    settings: SftSettings
    seed: int
    folder: Path
    on_step: Callable[[TrainingStep], object]

    @property
    def total_steps(self) -> int:
        """Optimizer steps of the whole training."""
        settings = self.settings
        return steps_of(len(self.train.examples), settings.batch_size, settings.epochs)
