"""The main job's second half: one reward model on one set of pairs, as a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb import codec
from lcbrb.errors import LcbrbError
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.base import Ranker, RewardModel
from lcbrb.rewards.forward import accounting
from lcbrb.rewards.metrics import accuracy, position, suites
from lcbrb.rewards.metrics.audit import Audit, alone, audit, baselines as baselines_of
from lcbrb.rewards.metrics.flips import flips
from lcbrb.rewards.pair_scores import PairScores
from lcbrb.rewards.selection import (
    Selection,
    new_record,
    only_some_lack_scores,
    stopped,
    with_costs,
)
from lcbrb.runs.folder import PAIRS, open_run, safe_name
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
        scores, earlier = PairScores(model, run), read_run(run.path)
        with accounting.tallying() as tally:
            try:
                scores.make(pair_set.pairs, on_pairs)
            except LcbrbError as error:
                record = with_costs(run.record, earlier, tally)
                run.finish(_incomplete(record, pair_set, scores, error))
                raise
        record, scored = with_costs(run.record, earlier, tally), scores.of(pair_set.pairs)
        differing = flips(model, pair_set.pairs, scored, run)
        measured = accuracy.estimates(pair_set.pairs, scored)
        if baselines is None:
            baselines = baselines_of(pair_set.pairs)
        audited = audit(pair_set.pairs, scored, measured, logits=model.logits)
        per_text = isinstance(model, RewardModel)
        own = suites.suite(pair_set.pairs, scored, per_text=per_text)
        done = dataclasses.replace(
            record,
            estimates=measured
            | own.estimates
            | position.estimates(scored)
            | audited.estimates
            | alone(baselines)
            | differing.estimates,
            counts=accuracy.counts(scored)
            | position.counts(scored)
            | differing.counts
            | record.counts,
            notes=(*record.notes, *own.notes, *differing.notes),
            wall_s=round(record.wall_s + scores.seconds, 3),
            complete=True,
        )
        run.finish(done)
        return Evaluated(
            record=done,
            scored=scored,
            audit=audited,
            path=run.path,
            fresh=scores.fresh,
            seconds=scores.seconds,
        )


def _incomplete(
    record: RunRecord, pair_set: PairSet, scores: PairScores, error: LcbrbError
) -> RunRecord:
    """The record of a run that stopped, with figures over the pairs that a judge did score."""
    record, scored = stopped(record, error), scores.of(pair_set.pairs)
    if not scored or not only_some_lack_scores(error):
        return record
    pairs = [pair for pair in pair_set.pairs if pair.id in scores.known]
    return dataclasses.replace(
        record,
        estimates=accuracy.estimates(pairs, scored) | position.estimates(scored),
        counts=accuracy.counts(scored)
        | position.counts(scored)
        | record.counts
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
