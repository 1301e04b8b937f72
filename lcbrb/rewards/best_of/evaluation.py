"""Best-of-n: how well a reward model chooses among a policy's samples of a problem, as a run.

Scores are made in `sample_scores`, and what is computed from them is in `figures`. A sample without
a score (an empty reply, or one that a judge gave no score that can be read) ranks below all others,
and is counted. One that a judge's server refused is neither: it has no line, the run goes on and
ends incomplete.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.best_of.figures import Groups, curve, estimates, grouped
from lcbrb.rewards.best_of.sample_scores import SampleScores
from lcbrb.rewards.best_of.samples import SampleSet
from lcbrb.rewards.selection import Selection, new_record, score_all
from lcbrb.runs.folder import open_run, safe_name
from lcbrb.stats import spearman
from lcbrb.types import RunKind, RunRecord, ScoredSample

_NO_FLIPS = "flips against float32 are counted only on pairs (--pairs)"
_FEWEST = 2  # samples among which there is a choice


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOf:
    """A finished run: `fresh` samples were scored now, in `seconds`; the curve is over `ks`."""

    record: RunRecord
    groups: Groups
    ks: tuple[int, ...]
    path: Path
    fresh: int
    seconds: float


def evaluate_best_of(
    model: RewardModel,
    sample_set: SampleSet,
    selection: Selection,
    folder: Path,
    on_samples: Callable[[int], object] = int,
) -> BestOf:
    """Score all samples and write the run folder.

    The samples are cut down to the selection already; the run goes into a folder below `folder`,
    named after the model.

    Raises:
        LcbrbError: the model does not load or gave no number. What was scored is kept, and the
            record is marked incomplete; where a judge's server refused samples, it has figures
            over the others.
    """
    record = new_record(RunKind.BEST_OF_N, model, sample_set, sample_set.sha256, selection)
    with open_run(folder / safe_name(f"best-of {model.id}"), record) as run:
        scores = SampleScores(model, run)
        partial = functools.partial(_partial, model, sample_set)
        record, scored = score_all(scores, sample_set.samples, on_samples, partial)
        groups = grouped(scored)
        counts = _counts(scored, groups, sample_set)
        done = _measured(model, record, groups, counts)
        run.finish(done)
        return BestOf(
            record=done,
            groups=groups,
            ks=curve(groups),
            path=run.path,
            fresh=scores.fresh,
            seconds=scores.seconds,
        )


def _partial(
    model: RewardModel, sample_set: SampleSet, record: RunRecord, scored: Sequence[ScoredSample]
) -> RunRecord:
    """The record of a run that stopped, with figures over the samples that a judge did score.

    A group that is left with a single sample has no figures. ``missing`` counts samples without a
    line; ``unscored`` counts them too.
    """
    groups = {name: group for name, group in grouped(scored).items() if group.n >= _FEWEST}
    if not groups:
        return record
    missing = len(sample_set.samples) - len(scored)
    counts = _counts(scored, groups, sample_set)
    counts |= {"unscored": counts["unscored"] + missing, "missing": missing}
    return _measured(model, record, groups, counts)


def _measured(
    model: RewardModel, record: RunRecord, groups: Groups, counts: Mapping[str, int]
) -> RunRecord:
    """The record with what the groups show."""
    ks = curve(groups)
    return dataclasses.replace(
        record,
        estimates=estimates(groups, ks),
        counts={**counts, **record.counts},
        notes=(*record.notes, *_notes(model, groups, ks)),
    )


def _counts(
    scored: Sequence[ScoredSample], groups: Groups, sample_set: SampleSet
) -> dict[str, int]:
    return {
        "samples": len(scored),
        "problems": len({sample.problem_id for sample in scored}),
        "samplers": len({sample.policy_id for sample in scored}),
        "groups": len(groups),
        "groups_of_one_verdict": sum(spearman(group) is None for group in groups.values()),
        "unscored": sum(sample.score is None for sample in scored),
        "truncated": sum(sample.truncated for sample in scored),
        **{f"left_out_{why}": count for why, count in sample_set.left_out.items()},
        **sample_set.counts,
    }


def _notes(model: RewardModel, groups: Groups, ks: Sequence[int]) -> list[str]:
    """Flips in a coarser precision are counted on pairs alone, and a short curve says why."""
    notes = [_NO_FLIPS] if model.flips else []
    most = max(group.n for group in groups.values())
    if short := sum(group.n < most for group in groups.values()):
        notes.append(
            f"{short} of {len(groups)} groups have fewer than {most} samples, so the curve ends at "
            f"{ks[-1]}; ?fewest={most} leaves them out"
        )
    return notes
