"""How many pairs a model's precision decides: a sample is scored in float32 too.

A model in bfloat16 keeps eight bits of each number, and near ties fall either way. The share of
pairs whose outcome differs from float32's says what the precision does to the accuracy's digits.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from lcbrb.errors import BadScoreError, IncompleteRunError, SetupError
from lcbrb.rewards.base import Ranker
from lcbrb.rewards.pair_scores import PORTION, rank_pairs
from lcbrb.runs.folder import Run
from lcbrb.runs.journal import cut_torn_line
from lcbrb.stats import cluster_mean
from lcbrb.types import Estimate, Metric, PreferencePair, ScoredPair

FLIP_RATE = Metric("flip_rate")
TWIN = "scores-float32.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Estimates, counts and notes for the record; all empty where nothing was compared."""

    estimates: dict[Metric, Estimate] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def flips(
    model: Ranker, pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair], run: Run
) -> Flips:
    """Score a seeded sample of pairs in float32, and count the outcomes that differ.

    What was scored in float32 before is kept in the run folder and not scored again. Where the twin
    can't be had (out of memory), a note says so: the accuracy stands without it. The twin's scores
    are kept in the run, whose seed draws the sample.
    """
    if not model.flips:
        return Flips()
    most = min(model.flips, len(pairs))
    chosen = random.Random(run.record.seed or 0).sample(range(len(pairs)), most)
    wanted = [pairs[i] for i in sorted(chosen)]
    try:
        known = _twin_scores(model, wanted, run)
    except BadScoreError:
        raise
    except (SetupError, IncompleteRunError) as error:
        return Flips(notes=(f"flips against float32 were not counted: {error}",))
    both = [(row, known[row.pair_id]) for row in scored if row.pair_id in known]
    if not both:
        return Flips()
    differ = [float(row.outcome is not other.outcome) for row, other in both]
    changed = int(sum(differ))
    note = f"{changed} of {len(both)} sampled pairs have another outcome in float32"
    return Flips(
        estimates={FLIP_RATE: cluster_mean(differ, [row.problem_id for row, _ in both])},
        counts={"flips_sampled": len(both), "flips": changed},
        notes=(note,),
    )


def _twin_scores(
    model: Ranker, wanted: Sequence[PreferencePair], run: Run
) -> dict[str, ScoredPair]:
    """By pair, from the run folder and, for the rest, from the twin; empty where there is none."""
    cut_torn_line(run.path / TWIN)
    known = {row.pair_id: row for row in run.stored(ScoredPair, TWIN)}
    missing = [pair for pair in wanted if pair.id not in known]
    if not missing or ((run.path / TWIN).exists() and not known):  # an empty file: there is none
        return known
    twin = model.in_float32()
    if twin is None:
        with run.appender(TWIN):
            return known
    portions = [missing[at : at + PORTION] for at in range(0, len(missing), PORTION)]
    for rows in rank_pairs(twin, portions):
        with run.appender(TWIN) as file:
            for row in rows:
                if row.pair_id not in known:
                    file.append(row)
                    known[row.pair_id] = row
    return known
