"""What the record of a policy's training says: at its beginning, and of how it went."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb import models
from lcbrb.models import Weights
from lcbrb.rewards.base import RewardModel
from lcbrb.runs.record import Data, new_record
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo.tasks import Tasks, described
from lcbrb.training.run_files import settings_kept
from lcbrb.types import Estimate, Metric, PolicyStep, RunKind, RunRecord

_NOT_OF_THE_MODEL = ("device", "report_to", "alarm", "save_every")


def begun_record(  # noqa: PLR0913, PLR0917 - what a run is
    tasks: Tasks,
    weights: Weights,
    settings: PolicySettings,
    reward_model: RewardModel | None,
    isolation: str,
    seed: int,
) -> RunRecord:
    """The record of a training that begins; `isolation` is that of its programs."""
    config = settings_kept(settings, _NOT_OF_THE_MODEL) | {
        "trains": "policy",
        "isolation": isolation,
        "held_out": described(tasks.held_out),
        "reward_model": None
        if reward_model is None
        else {
            "id": reward_model.id,
            "revision": reward_model.revision,
            "identity": reward_model.identity,
        },
    }
    facts = described(tasks.train)
    names = {task.benchmark.name: task.benchmark for task in tasks.train}
    notes = dict.fromkeys(note for benchmark in names.values() for note in benchmark.notes)
    data = Data(
        name=" + ".join(names),
        version=" + ".join(benchmark.version for benchmark in names.values()),
        sha256=str(facts["sha256"]),
        count=len(tasks.train),
        total=len(tasks.train),
        notes=tuple(notes),
    )
    return new_record(
        RunKind.TRAINING,
        f"policy on {weights.name}",
        data,
        config=config | {"prompts_sha256": facts["prompts_sha256"]},
        seed=seed,
        revision=weights.revision or models.commit_of(weights),
    )


def estimates_of(steps: Sequence[PolicyStep]) -> dict[Metric, Estimate]:
    """Pass@1 on the problems held out, of the policy as it came and as it is."""
    measured = [step for step in steps if step.held_out is not None]
    if not measured:
        return {}
    ends = {"before": measured[0], "after": measured[-1]}
    return {
        Metric.of("pass@1", held_out=when): step.held_out
        for when, step in ends.items()
        if step.held_out is not None
    }
