"""The main job's second half: one reward model on one set of pairs, as a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import BadScoreError, IncompleteRunError, LcbrbError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.base import Ranker, RewardModel
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.metrics import accuracy, position, suites
from lcbrb.rewards.metrics.audit import Audit, alone, audit
from lcbrb.rewards.metrics.audit import baselines as baselines_of
from lcbrb.rewards.metrics.flips import flips
from lcbrb.rewards.pair_scores import score_pairs
from lcbrb.rewards.selection import Selection, new_record
from lcbrb.runs.folder import PAIRS, SCORES, Run, open_run, safe_name
from lcbrb.runs.record import Data
from lcbrb.runs.results import read_run
from lcbrb.types import RunKind, RunRecord, ScoredPair


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A finished run, its audit, and its scores; `fresh` pairs were scored now, in `seconds`."""

    record: RunRecord
    scored: Sequence[ScoredPair]
    audit: Audit
    path: Path
    fresh: int
    seconds: float


def evaluate(  # noqa: PLR0913, PLR0917 - what is run on what, where, and what is known of it
    model: Ranker,
    pair_set: PairSet,
    selection: Selection,
    folder: Path,
    on_pairs: Callable[[int], object] = int,
    baselines: Mapping[str, Audit] | None = None,
) -> Evaluated:
    """Score all pairs and write the run folder.

    Args:
        model: what is evaluated.
        pair_set: the pairs, already cut down to the selection.
        selection: how they were selected, for the record.
        folder: the run goes into a folder below this one, named after the model.
        on_pairs: called with a number of pairs done, for a progress bar.
        baselines: `audit.baselines` of the pairs, where the caller has them already.

    Raises:
        LcbrbError: the model does not load or gave no number. What was scored is kept, and the
            record is marked incomplete.
    """
    record = new_record(RunKind.REWARD_MODEL, model, _data(pair_set, selection), selection)
    with open_run(folder / safe_name(model.id), record) as run:
        if not (run.path / PAIRS).exists():
            codec.write_records(run.path / PAIRS, pair_set.pairs)
        earlier = read_run(run.path)
        with accounting.tallying() as tally:
            try:
                result = score_pairs(model, pair_set.pairs, run, on_pairs)
            except LcbrbError as error:
                run.finish(_incomplete(run, pair_set, error, _spent(earlier, tally)))
                raise
        spent = _spent(earlier, tally)
        differing = flips(model, pair_set.pairs, result.pairs, run)
        measured = accuracy.estimates(pair_set.pairs, result.pairs)
        if baselines is None:
            baselines = baselines_of(pair_set.pairs)
        audited = audit(pair_set.pairs, result.pairs, measured, logits=model.logits)
        per_text = isinstance(model, RewardModel)
        own = suites.suite(pair_set.pairs, result.pairs, per_text=per_text)
        done = dataclasses.replace(
            run.record,
            estimates=measured
            | own.estimates
            | position.estimates(result.pairs)
            | audited.estimates
            | alone(baselines)
            | differing.estimates,
            counts=accuracy.counts(result.pairs)
            | position.counts(result.pairs)
            | differing.counts
            | spent.counts,
            notes=(*pair_set.notes, *spent.notes, *own.notes, *differing.notes),
            wall_s=round(run.record.wall_s + result.seconds, 3),
            complete=True,
        )
        run.finish(done)
        return Evaluated(
            record=done,
            scored=result.pairs,
            audit=audited,
            path=run.path,
            fresh=result.fresh,
            seconds=result.seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spent:
    """What all starts of a run have cost, and what they have to tell of it."""

    counts: dict[str, int]
    notes: tuple[str, ...]


def _spent(earlier: RunRecord, tally: accounting.Tally) -> _Spent:
    return _Spent(
        counts=accounting.over_starts(earlier.counts, tally.tokens),
        notes=accounting.notes_over_starts(earlier.notes, tally.notes),
    )


def _incomplete(run: Run, pair_set: PairSet, error: LcbrbError, spent: _Spent) -> RunRecord:
    """The record of a run that stopped, with figures over the pairs that a judge did score."""
    record = dataclasses.replace(
        run.record,
        complete=False,
        counts=spent.counts,
        notes=(*pair_set.notes, *spent.notes, str(error)),
    )
    if isinstance(error, BadScoreError) or not isinstance(error, IncompleteRunError):
        return record
    known = {one.pair_id: one for one in run.stored(ScoredPair, SCORES)}
    pairs = [pair for pair in pair_set.pairs if pair.id in known]
    scored = [known[pair.id] for pair in pairs]
    if not scored:
        return record
    return dataclasses.replace(
        record,
        estimates=accuracy.estimates(pairs, scored) | position.estimates(scored),
        counts=accuracy.counts(scored)
        | position.counts(scored)
        | spent.counts
        | {"unscored": len(pair_set.pairs) - len(pairs)},
    )


def _data(pair_set: PairSet, selection: Selection) -> Data:
    return Data(
        name=pair_set.name,
        version=pair_set.version,
        sha256=codec.sha256_records(pair_set.pairs),
        count=len(pair_set.pairs),
        total=selection.total,
        notes=pair_set.notes,
    )
