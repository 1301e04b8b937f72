"""What the record of a reward model's training says, and what its evaluation is called."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb import codec
from lcbrb.protocols.reward import PairSet
from lcbrb.runs.folder import RECORD, Run
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.training.run_files import settings_kept
from lcbrb.types import JsonValue, PreferencePair, RunRecord

HELD_OUT = "held_out"
_NOT_OF_THE_MODEL = ("device", "batch_tokens", "report_to")


def config_of(settings: RewardSettings) -> dict[str, JsonValue]:
    """Every setting that the model depends on, as a record keeps it."""
    config = settings_kept(settings, _NOT_OF_THE_MODEL)
    config["margins"] = {relation.value: margin for relation, margin in settings.margins.items()}
    return config | {"epochs": settings.passes}


def held_out_set(record: RunRecord, pairs: Sequence[PreferencePair]) -> PairSet:
    """The pairs held out, under the name that they were given or that of the others."""
    held_out = record.config["held_out"]
    name = held_out["name"] if isinstance(held_out, dict) else f"{record.benchmark} (held out)"
    version = held_out["version"] if isinstance(held_out, dict) else record.benchmark_version
    return PairSet(name=str(name), version=str(version), pairs=pairs)


def evaluated_as(run: Run) -> str | None:
    """What the evaluation in a run's folder calls the model, by the place where the folder was."""
    records = [
        codec.read_record(RunRecord, path) for path in run.path.glob(f"{HELD_OUT}/*/{RECORD}")
    ]
    return records[0].subject if len(records) == 1 else None
