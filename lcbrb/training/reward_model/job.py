"""What both trainers are handed: pairs as tokens, settings, and whom to tell of steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lcbrb.errors import UsageError
from lcbrb.protocols.progress import Progress
from lcbrb.training.order import steps_of
from lcbrb.training.processes import ALONE, Processes
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.training.reward_model.tokenised import Tokenised
from lcbrb.types import Estimate, Metric, TrainingStep

NO_PAIR = -1  # in place of a row's number: it fills a batch, and no loss has it


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
        processes: those that train together; each is handed all pairs.
        counts, estimates: what the trainer counted and measured, for the record.
    """

    train: Tokenised
    held_out: Tokenised
    settings: RewardSettings
    seed: int
    folder: Path
    on_step: Callable[[TrainingStep], object]
    progress: Progress
    processes: Processes = ALONE
    counts: Counter[str] = field(default_factory=Counter)
    estimates: dict[Metric, Estimate] = field(default_factory=dict)

    @property
    def total_steps(self) -> int:
        """Optimizer steps of the whole training."""
        return steps_of(len(self.train.pairs), self.settings.batch_size, self.settings.passes)

    @property
    def micro_batch(self) -> int:
        """Pairs that go through the model of one process at once."""
        return min(
            self.settings.micro_batch, max(1, self.settings.batch_size // self.processes.count)
        )

    @property
    def accumulation(self) -> int:
        """Micro-batches of an optimizer step in each process.

        Raises:
            UsageError: the batch can't be dealt out evenly.
        """
        together = self.micro_batch * self.processes.count
        if self.settings.batch_size % together:
            raise UsageError(
                f"batch_size {self.settings.batch_size} is not a multiple of {together}, which "
                f"is {self.micro_batch} pairs at a time (micro_batch) in each of "
                f"{self.processes.count} processes"
            )
        return self.settings.batch_size // together

    def count(self, name: str, number: int) -> None:
        """Add to a count."""
        self.counts[name] += number
