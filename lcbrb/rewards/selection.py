"""What evaluations of a reward model share: the record as it begins, and all rows scored."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lcbrb.errors import BadScoreError, IncompleteRunError, LcbrbError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards import probes
from lcbrb.rewards.base import Ranker
from lcbrb.rewards.best_of.samples import SampleSet
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.scoring import Line, Row, Scores
from lcbrb.runs import record
from lcbrb.runs.folder import Run
from lcbrb.runs.record import Data
from lcbrb.types import JsonValue, RunKind, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which of a source's pairs are scored: all, or a seeded subset of about `limit`."""

    limit: int | None = None
    seed: int = 0
    total: int = 0  # pairs that the source holds


def new_record(
    kind: RunKind, model: Ranker, given: PairSet | SampleSet, sha256: str, selection: Selection
) -> RunRecord:
    """The record of a run that begins; the model's `identity` says with which settings.

    `given` is cut down to the selection already.
    """
    rows = given.pairs if isinstance(given, PairSet) else given.samples
    data = Data.of(given, rows, sha256, selection.total)
    config: dict[str, JsonValue] = {"limit": selection.limit}
    if model.identity is not None:
        config["model"] = model.identity
    if model.made_from != model.id:
        config["spec"] = model.made_from
    begun = record.new_record(
        kind, model.id, data, config=config, seed=selection.seed, revision=model.revision
    )
    return dataclasses.replace(begun, environment=begun.environment | probes.noted(model))


def score_all(
    scores: Scores[Row, Line],
    rows: Sequence[Row],
    on_rows: Callable[[int], object],
    partial: Callable[[RunRecord, Sequence[Line]], RunRecord],
) -> tuple[RunRecord, list[Line]]:
    """Score what is missing: the record with what all starts have cost, and all lines.

    Args:
        scores: of the run.
        rows: all of them.
        on_rows: called with a number of rows done.
        partial: puts figures over some lines into the record of a run that stopped since a judge
            or server gave no score for the others.

    Raises:
        LcbrbError: as `Scores.make`. The run is finished then, incomplete.
    """
    run = scores.run
    with accounting.tallying() as tally:
        try:
            scores.make(rows, on_rows)
        except LcbrbError as error:
            stopped = _with_costs(run, tally, str(error))
            if isinstance(error, IncompleteRunError) and not isinstance(error, BadScoreError):
                stopped = partial(stopped, scores.of(rows))
            run.finish(stopped)
            raise
    wall_s = round(run.record.wall_s + scores.seconds, 3)
    done = dataclasses.replace(_with_costs(run, tally), wall_s=wall_s, complete=True)
    return done, scores.of(rows)


def _with_costs(run: Run, tally: accounting.Tally, *notes: str) -> RunRecord:
    """The record with what all starts of the run have cost and have to tell."""
    now, earlier = run.record, run.earlier or run.record
    cost_notes = accounting.notes_over_starts(earlier.notes, tally.notes)
    return dataclasses.replace(
        now,
        counts=accounting.over_starts(earlier.counts, tally.tokens),
        notes=(*now.notes, *cost_notes, *notes),
    )
