"""Trainings of policies read back: their settings, steps and groups of replies."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.config import build
from lcbrb.errors import BadInputError, UsageError, in_file
from lcbrb.runs.folder import RECORD
from lcbrb.runs.results import each_row, find_runs, read_rows, read_run
from lcbrb.training.pgrpo.alarm import Raised, alarm_of
from lcbrb.training.pgrpo.rollouts import RecordedBatch, recorded_batches
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo_reward import Formula
from lcbrb.training.run_files import METRICS, ROLLOUTS
from lcbrb.types import PolicyStep, Rollout, RunKind, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRun:
    """A training's folder, its record, and the formula and the shape of batch that trained."""

    folder: Path
    record: RunRecord
    formula: Formula
    prompts: int
    group_size: int

    def steps(self) -> list[PolicyStep]:
        """What was done, as far as it is.

        Raises:
            BadInputError: a line can't be read.
        """
        return read_rows(PolicyStep, self.folder, METRICS)

    def replies(self) -> Iterator[Rollout]:
        """Every reply that was paid, as far as it is written; none where the folder keeps none.

        Raises:
            BadInputError: a line can't be read.
        """
        return (row for row in each_row(Rollout, self.folder, ROLLOUTS) if not row.held_out)

    def alarm(self, steps: Sequence[PolicyStep]) -> Raised | None:
        """The reward-hacking alarm that these steps raise; none where no reasoning is paid for."""
        return alarm_of(steps) if self.formula.reads_thinking else None


def is_policy_run(record: RunRecord) -> bool:
    """Whether a record is of a policy's training."""
    return record.kind == RunKind.TRAINING and record.config.get("trains") == "policy"


def read_policy_runs(paths: Iterable[Path]) -> list[PolicyRun]:
    """The trainings of policies at or below some paths; a folder that is met twice is read once.

    Raises:
        DataUnavailableError: a path is no folder.
        UsageError: a path holds none.
        BadInputError: a record can't be read.
    """
    by_folder: dict[Path, PolicyRun] = {}
    for path in paths:
        records = {folder: read_run(folder) for folder in find_runs(path)}
        runs = {f: policy_run(f, r) for f, r in records.items() if is_policy_run(r)}
        if not runs:
            raise UsageError(f"{path} contains no training of a policy (lcbrb train pgrpo)")
        for folder, run in runs.items():
            by_folder.setdefault(folder.resolve(), run)
    return list(by_folder.values())


def policy_run(folder: Path, record: RunRecord) -> PolicyRun:
    """A training, by its folder and its record.

    Raises:
        BadInputError: the record's settings are none.
    """
    names = ("arm", "thinking_weight", "scale_rewards", "min_spread", "prompts", "group_size")
    kept = {name: record.config[name] for name in names if name in record.config}
    with in_file(folder / RECORD):
        settings = build(PolicySettings, kept | {"micro_batch": 1, "updates": 1}, "this training")
    return PolicyRun(
        folder=folder,
        record=record,
        formula=settings.formula,
        prompts=settings.prompts,
        group_size=settings.group_size,
    )


def read_batches(run: PolicyRun) -> tuple[Sequence[RecordedBatch], Sequence[str]]:
    """The groups that were trained on, and notes on what is not among them.

    The last batch of a training that has not finished may not be written to its end; it is left
    out, and the notes say so.

    Raises:
        UsageError: none was recorded.
        BadInputError: a line can't be read, or a batch is not whole.
    """
    path = run.folder / ROLLOUTS
    if not path.is_file():
        raise UsageError(f"{run.folder} has no {ROLLOUTS}, which a training writes as it samples")
    rows = [dataclasses.replace(row, text="") for row in run.replies()]  # texts are large
    per_batch = run.prompts * run.group_size
    last = [row for row in rows if row.step == rows[-1].step]
    notes: list[str] = []
    if not run.record.complete and rows and len(last) < per_batch:
        rows = rows[: len(rows) - len(last)]
        notes = [f"the batch of step {last[0].step} was not written completely, and is left out"]
    if not rows:
        raise UsageError(f"{path} contains no complete batch of replies yet")
    with in_file(path):
        batches = recorded_batches(rows)
    for batch in batches:
        shape = batch.advantage_P_G.shape
        if shape != (run.prompts, run.group_size):
            raise BadInputError(
                f"the batch of step {batch.step} has {shape[0]} groups of {shape[1]} replies, "
                f"but the training has {run.prompts} of {run.group_size}: the file was changed "
                "afterwards",
                path=path,
            )
    return batches, notes
