"""What every training run's folder keeps, and how a run goes on, breaks off and ends."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import LcbrbError, UsageError
from lcbrb.models.weights import TRAINED
from lcbrb.runs.folder import Run
from lcbrb.runs.journal import check_own, cut_torn_line
from lcbrb.training.resume import checkpoints, remove_others, step_of
from lcbrb.training.settings import TrainerSettings
from lcbrb.types import JsonValue, OverLongExample, OverLongPair, TrainingStep

METRICS = "metrics.jsonl"
ROLLOUTS = "rollouts.jsonl"
OVER_LONG = "over_long.jsonl"
_SEEDS = 2**32  # what NumPy takes


def check_seed(seed: int) -> None:
    """Hold that every library takes a seed.

    Raises:
        UsageError: it is none.
    """
    if not 0 <= seed < _SEEDS:
        raise UsageError(f"seed {seed}: expected a whole number from 0 to 2**32 - 1")


def settings_kept(settings: TrainerSettings, leaving_out: Sequence[str]) -> dict[str, JsonValue]:
    """Every setting that the model depends on, as a record keeps it."""
    config: dict[str, JsonValue] = dataclasses.asdict(settings)
    for name in leaving_out:
        config.pop(name)
    return config | {"learning_rate": settings.rate, "dtype": settings.precision}


def last_checkpoint(run: Run) -> Path | None:
    """The checkpoint to go on from; those that can't be used are removed, and what is lost told."""
    existing = checkpoints(run.path)
    if note := existing.note():
        run.log(note)
        run.record = dataclasses.replace(run.record, notes=(*run.record.notes, note))
    remove_others(run.path, existing.usable)
    return existing.usable[-1] if existing.usable else None


def steps_before(run: Run, last: Path | None) -> Sequence[TrainingStep]:
    """The steps until a checkpoint; those after it are done again, and cut off the file."""
    cut_torn_line(run.path / METRICS)  # a link in its place is refused
    begun = step_of(last) if last else 0
    steps = [step for step in run.stored(TrainingStep, METRICS) if step.step <= begun]
    codec.write_records(run.path / METRICS, steps)
    return steps


@contextlib.contextmanager
def kept_when_broken_off(run: Run, write_page: Callable[[], object]) -> Iterator[None]:
    """Where training ends early, the record says why, and the page shows what was done."""
    try:
        yield
    except (LcbrbError, KeyboardInterrupt) as error:
        why = str(error) or "stopped from the keyboard"
        with contextlib.suppress(OSError, LcbrbError):  # the error that ended it is told
            run.finish(dataclasses.replace(run.record, notes=(*run.record.notes, why)))
            write_page()
        raise


def keep_over_long(run: Run, parts: Sequence[Sequence[OverLongPair | OverLongExample]]) -> None:
    """Name what was left out for its length, of what is trained on and of what is held out."""
    rows = [
        dataclasses.replace(row, held_out=is_held_out)
        for part, is_held_out in zip(parts, (False, True), strict=True)
        for row in part
    ]
    check_own(run.path / OVER_LONG)
    codec.write_records(run.path / OVER_LONG, rows)


def remove_checkpoints(run: Run) -> None:
    """What they were for is done."""
    for checkpoint in run.path.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)


def trained_model(run: Run) -> Path:
    """The model of a finished training.

    Raises:
        UsageError: somebody removed it.
    """
    path = run.path / TRAINED
    if not path.is_dir():
        raise UsageError(
            f"{run.path} is a finished training whose {TRAINED}/ is gone: restore it, or delete "
            "the folder to train again"
        )
    return path
