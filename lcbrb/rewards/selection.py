"""The record of an evaluation of a reward model: as it begins, what it cost, how it stopped."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from lcbrb.errors import BadScoreError, IncompleteRunError, LcbrbError
from lcbrb.rewards.base import Ranker
from lcbrb.rewards.forward import accounting
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


def with_costs(record: RunRecord, earlier: RunRecord, tally: accounting.Tally) -> RunRecord:
    """The record with what all starts of its run have cost and have to tell.

    Args:
        record: of this start.
        earlier: as the last start left it.
        tally: of this start.
    """
    return dataclasses.replace(
        record,
        counts=accounting.over_starts(earlier.counts, tally.tokens),
        notes=(*record.notes, *accounting.notes_over_starts(earlier.notes, tally.notes)),
    )


def stopped(record: RunRecord, error: LcbrbError) -> RunRecord:
    """The record of a run that an error ended."""
    return dataclasses.replace(record, complete=False, notes=(*record.notes, str(error)))


def only_some_lack_scores(error: LcbrbError) -> bool:
    """Whether what has no score was refused, and all else stands."""
    return isinstance(error, IncompleteRunError) and not isinstance(error, BadScoreError)
