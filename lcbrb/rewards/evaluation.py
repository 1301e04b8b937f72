"""The main job's second half: one reward model on one set of pairs, as a run."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lcbrb import codec
from lcbrb.protocols.reward import PairSet
from lcbrb.rewards.base import Ranker, RewardModel
from lcbrb.rewards.metrics import accuracy, position, suites
from lcbrb.rewards.metrics.audit import Audit, alone, audit, baselines as baselines_of
from lcbrb.rewards.metrics.flips import flips
from lcbrb.rewards.pair_scores import PairScores
from lcbrb.rewards.selection import Selection, new_record, score_all
from lcbrb.runs.folder import PAIRS, open_run, safe_name
from lcbrb.types import PreferencePair, RunKind, RunRecord, ScoredPair
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated(ShortRepr):
    """A finished run, its audit, and its scores; `fresh` pairs were scored now, in `seconds`."""

    SHOWN: ClassVar[tuple[str, ...]] = ("record", "scored", "path")

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
    pairs = pair_set.pairs
    sha256 = codec.sha256_records(pairs)
    record = new_record(RunKind.REWARD_MODEL, model, pair_set, sha256, selection)
    with open_run(folder / safe_name(model.id), record) as run:
        run.keep(pairs, PAIRS)
        scores = PairScores(model, run)
        record, scored = score_all(scores, pairs, on_pairs, functools.partial(_partial, pairs))
        differing = flips(model, pairs, scored, run)
        measured = accuracy.estimates(pairs, scored)
        if baselines is None:
            baselines = baselines_of(pairs)
        audited = audit(pairs, scored, measured, logits=model.logits)
        own = suites.suite(pairs, scored, per_text=isinstance(model, RewardModel))
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
            | dict(pair_set.counts)
            | record.counts,
            notes=(*record.notes, *own.notes, *differing.notes, *told_nothing(model.id, scored)),
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


def told_nothing(model_id: str, scored: Sequence[ScoredPair]) -> tuple[str, ...]:
    """A note where a score of 50% is no measurement: nothing was read, or all scores are one."""
    if not scored:
        return ()
    if all(pair.unparsable for pair in scored):
        return (f"{model_id}: no reply could be read, so all pairs are ties and 50% means nothing",)
    if len({score for pair in scored for score in (pair.chosen_score, pair.rejected_score)}) == 1:
        return (f"{model_id} gave every text the same score, so 50% says nothing about it",)
    return ()


def _partial(
    pairs: Sequence[PreferencePair], record: RunRecord, scored: Sequence[ScoredPair]
) -> RunRecord:
    """The record of a run that stopped, with figures over the pairs that have scores."""
    if not scored:
        return record
    known = {line.pair_id for line in scored}
    rows = [pair for pair in pairs if pair.id in known]
    return dataclasses.replace(
        record,
        estimates=accuracy.estimates(rows, scored) | position.estimates(scored),
        counts=accuracy.counts(scored)
        | position.counts(scored)
        | record.counts
        | {"unscored": len(pairs) - len(rows)},
    )
