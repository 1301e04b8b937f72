"""The record with which every evaluation of a reward model begins."""

from __future__ import annotations

from dataclasses import dataclass

from lcbrb.rewards.base import Ranker
from lcbrb.runs import record
from lcbrb.runs.record import Data
from lcbrb.types import JsonValue, RunKind, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which of a source's pairs are scored: all, or a seeded subset of about `limit`."""

    limit: int | None = None
    seed: int = 0
    total: int = 0  # pairs that the source holds


def new_record(kind: RunKind, model: Ranker, data: Data, selection: Selection) -> RunRecord:
    """The record of a run that begins; the model's `identity` says with which settings.

    Args:
        kind: of the run.
        model: what is evaluated.
        data: what it is evaluated on.
        selection: how that was drawn.
    """
    config: dict[str, JsonValue] = {"limit": selection.limit}
    if model.identity is not None:
        config["model"] = model.identity
    return record.new_record(
        kind, model.id, data, config=config, seed=selection.seed, revision=model.revision
    )
