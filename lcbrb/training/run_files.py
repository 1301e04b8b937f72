"""What a training run's folder keeps: the record it begins with, and the files beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from lcbrb import codec
from lcbrb.models import Weights, commit_of
from lcbrb.protocols.reward import PairSet
from lcbrb.runs.folder import RECORD, Run
from lcbrb.runs.journal import check_own
from lcbrb.runs.record import Data, new_record
from lcbrb.training.resume import checkpoints, remove_others
from lcbrb.training.settings import RewardSettings
from lcbrb.training.tokenised import Tokenised
from lcbrb.types import JsonValue, OverLongPair, PreferencePair, RunKind, RunRecord

METRICS = "metrics.jsonl"
ROLLOUTS = "rollouts.jsonl"
OVER_LONG = "over_long.jsonl"
HELD_OUT = "held_out"
_NOT_OF_THE_MODEL = ("device", "batch_tokens", "report_to")


def begun_record(
    pair_set: PairSet,
    held_out: PairSet | None,
    weights: Weights,
    settings: RewardSettings,
    seed: int,
) -> RunRecord:
    """The record of a training that begins; a hub model without a revision has today's commit."""
    config = _config(settings)
    notes = pair_set.notes
    if held_out is not None:
        config["held_out"] = {
            "name": held_out.name,
            "version": held_out.version,
            "sha256": codec.sha256_records(held_out.pairs),
        }
        notes = tuple(dict.fromkeys([*notes, *held_out.notes]))
    data = Data(
        name=pair_set.name,
        version=pair_set.version,
        sha256=codec.sha256_records(pair_set.pairs),
        count=len(pair_set.pairs),
        total=len(pair_set.pairs),
        notes=notes,
    )
    return new_record(
        RunKind.TRAINING,
        f"reward model on {weights.name}",
        data,
        config=config,
        seed=seed,
        revision=weights.revision or commit_of(weights),
    )


def _config(settings: RewardSettings) -> dict[str, JsonValue]:
    """Every setting that the model depends on, as a record keeps it."""
    config: dict[str, JsonValue] = dataclasses.asdict(settings)
    for name in _NOT_OF_THE_MODEL:
        config.pop(name)
    config["margins"] = {relation.value: margin for relation, margin in settings.margins.items()}
    own = {"epochs": settings.passes, "learning_rate": settings.rate, "dtype": settings.precision}
    return config | own


def keep_over_long(run: Run, tokenised: Sequence[Tokenised]) -> None:
    """Name the pairs that were left out, of those to train on and of those held out."""
    rows: list[OverLongPair] = []
    for part, is_held_out in zip(tokenised, (False, True), strict=True):
        rows += [dataclasses.replace(pair, held_out=is_held_out) for pair in part.over_long]
    check_own(run.path / OVER_LONG)
    codec.write_records(run.path / OVER_LONG, rows)


def held_out_set(record: RunRecord, pairs: Sequence[PreferencePair]) -> PairSet:
    """The pairs held out, under the name that they were given or that of the others."""
    told = record.config["held_out"]
    name = told["name"] if isinstance(told, dict) else f"{record.benchmark} (held out)"
    version = told["version"] if isinstance(told, dict) else record.benchmark_version
    return PairSet(name=str(name), version=str(version), pairs=pairs)


def last_checkpoint(run: Run) -> Path | None:
    """The checkpoint to go on from; those that can't be used are removed, and what is lost told."""
    found = checkpoints(run.path)
    if note := found.note():
        run.log(note)
        run.record = dataclasses.replace(run.record, notes=(*run.record.notes, note))
    remove_others(run.path, found.usable)
    return found.usable[-1] if found.usable else None


def evaluated_as(run: Run) -> str | None:
    """What the evaluation in a run's folder calls the model, by the place where the folder was."""
    found = [codec.read_record(RunRecord, path) for path in run.path.glob(f"{HELD_OUT}/*/{RECORD}")]
    return found[0].subject if len(found) == 1 else None
