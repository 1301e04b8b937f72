"""What both trainers are handed: pairs as tokens, settings, and whom to tell of steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lcbrb.protocols.progress import Progress
from lcbrb.training.order import steps_of
from lcbrb.training.settings import RewardSettings
from lcbrb.training.tokenised import Tokenised
from lcbrb.types import Estimate, Metric, TrainingStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One training.

    Attributes:
        train: pairs to train on.
        held_out: pairs to evaluate on, and to choose the weights by; there may be none.
        settings: how.
        seed: of a new head's weights, and of the order of the pairs.
        folder: of the run; checkpoints to go on from are kept in it.
        on_step: told of every optimizer step, once.
        progress: is told how far the work is.
        counts, estimates: what the trainer counted and measured, for the record.
    """

    train: Tokenised
    held_out: Tokenised
    settings: RewardSettings
    seed: int
    folder: Path
    on_step: Callable[[TrainingStep], object]
    progress: Progress
    counts: Counter[str] = field(default_factory=Counter)
    estimates: dict[Metric, Estimate] = field(default_factory=dict)

    @property
    def total_steps(self) -> int:
        """Optimizer steps of the whole training."""
        return steps_of(len(self.train.pairs), self.settings.batch_size, self.settings.passes)

    def count(self, name: str, number: int) -> None:
        """Add to a count."""
        self.counts[name] += number
