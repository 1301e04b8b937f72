"""The record with which every evaluation of a reward model begins."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from lcbrb.protocols.reward import PairwiseModel, RewardModel
from lcbrb.runs.folder import environment, now
from lcbrb.types import JsonValue, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a reward model is evaluated on: a named set, its hash and the number of its parts."""

    name: str
    version: str
    sha256: str
    count: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which of a source's pairs are scored: all, or a seeded subset of about `limit`."""

    limit: int | None = None
    seed: int = 0
    total: int = 0  # pairs that the source holds


def new_record(
    kind: str,
    model: RewardModel | PairwiseModel,
    judged: Judged,
    selection: Selection,
) -> RunRecord:
    """The record of a run that begins: what is evaluated on what, and nothing measured yet.

    Args:
        kind: of the run.
        model: what is evaluated; its `identity`, where it has one, says with which settings.
        judged: what it is evaluated on.
        selection: how that was drawn.
    """
    config: dict[str, JsonValue] = {"limit": selection.limit}
    identity = getattr(model, "identity", None)
    if identity is not None:
        config["model"] = identity
    return RunRecord(
        kind=kind,
        run_id=uuid4().hex,
        subject=model.id,
        revision=getattr(model, "revision", None),
        benchmark=judged.name,
        benchmark_version=judged.version,
        dataset_sha256=judged.sha256,
        config=config,
        estimates={},
        counts={},
        seed=selection.seed,
        started_at=now(),
        wall_s=0.0,
        environment=environment(),
        complete=False,
        partial=judged.count < selection.total,
        coverage=judged.count / selection.total if selection.total else 1.0,
        notes=judged.notes,
    )
