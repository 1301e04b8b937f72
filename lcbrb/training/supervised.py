"""What trainers share that learn from given texts: the job, its record, and its steps as kept."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from lcbrb.errors import UsageError
from lcbrb.models import Weights, commit_of
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import Run
from lcbrb.runs.record import Data, new_record
from lcbrb.training.fitted import Fitted
from lcbrb.training.order import steps_of
from lcbrb.training.page import write_curves
from lcbrb.training.processes import ALONE, Processes
from lcbrb.training.run_files import METRICS, kept_when_broken_off, last_checkpoint, steps_before
from lcbrb.training.settings import SupervisedSettings
from lcbrb.training.tokenised import Tokenised
from lcbrb.types import Estimate, JsonValue, Metric, RunKind, RunRecord, TrainingStep

Row = TypeVar("Row")
Settings = TypeVar("Settings", bound=SupervisedSettings)
Model = TypeVar("Model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[Row, Settings]):
    """One training.

    Attributes:
        train: what to train on.
        held_out: what to evaluate on, and to choose the weights by; there may be nothing.
        settings: how.
        seed: of new weights, and of the order of the rows.
        folder: of the run; checkpoints to go on from are kept in it.
        on_step: told of every optimizer step, once.
        progress: is told how far the work is.
        processes: those that train together; each is handed all rows.
        counts, estimates: what the trainer counted and measured, for the record.
    """

    train: Tokenised[Row]
    held_out: Tokenised[Row]
    settings: Settings
    seed: int
    folder: Path
    on_step: Callable[[TrainingStep], object] = lambda _: None
    progress: Progress = SILENT
    processes: Processes = ALONE
    counts: Counter[str] = field(default_factory=Counter)
    estimates: dict[Metric, Estimate] = field(default_factory=dict)

    @property
    def total_steps(self) -> int:
        """Optimizer steps of the whole training."""
        return steps_of(len(self.train.rows), self.settings.batch_size, self.settings.passes)

    @property
    def eval_every(self) -> int:
        """Optimizer steps between evaluations."""
        settings = self.settings
        return settings.eval_every or steps_of(len(self.train.rows), settings.batch_size, 1)

    @property
    def micro_batch(self) -> int:
        """Rows that go through the model of one process at once."""
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

    @contextmanager
    def told_of_steps(self, begun: int = 0) -> Iterator[Callable[[TrainingStep], None]]:
        """`on_step` with a bar that moves, from the `begun` steps of an earlier start on."""
        with self.progress.bar("training", self.total_steps, "steps") as advance:
            advance(begun)

            def on_step(step: TrainingStep) -> None:
                self.on_step(step)
                advance(1)

            yield on_step


def begun_record(  # noqa: PLR0913, PLR0917 - what a run is
    trains: str,
    weights: Weights,
    data: Data,
    held_out: Data | None,
    config: dict[str, JsonValue],
    seed: int,
) -> RunRecord:
    """The record of a training that begins; a hub model without a revision has today's commit."""
    if held_out is not None:
        named = {"name": held_out.name, "version": held_out.version, "sha256": held_out.sha256}
        config = config | {"held_out": named}
        notes = dict.fromkeys([*data.notes, *held_out.notes])
        data = dataclasses.replace(data, notes=tuple(notes))
    return new_record(
        RunKind.TRAINING,
        f"{trains} on {weights.name}",
        data,
        config=config,
        seed=seed,
        revision=weights.revision or commit_of(weights),
    )


def trained(
    run: Run,
    job: Job[Row, Settings],
    fit: Callable[[Job[Row, Settings], Path | None], tuple[Model, Fitted]],
    *,
    goes_on: bool = True,
) -> tuple[Model, Fitted]:
    """Train, keeping every step; those after the checkpoint that it goes on from are redone.

    `fit` is given the job and that checkpoint; where it does not go on from any, all is redone.
    """

    def left_by_earlier() -> tuple[Path | None, Any]:
        last = last_checkpoint(run) if goes_on else None
        return last, steps_before(run, last)

    def write_page() -> None:
        if job.processes.is_first:
            write_curves(run, run.stored(TrainingStep, METRICS))

    last, earlier = job.processes.told(left_by_earlier)
    with run.appender(METRICS) as metrics, kept_when_broken_off(run, write_page):
        model, done = fit(dataclasses.replace(job, on_step=metrics.append), last)
    return model, dataclasses.replace(done, steps=[*earlier, *done.steps])
