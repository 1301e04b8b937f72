"""Scores to a report: how often a reward model ranks a pair right, and where.

A win counts 1, a tie 0.5, a loss 0. Every interval is clustered by problem: pairs of one problem
are not independent. Slices are accuracies over a part of the pairs, each with its own interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from lcbrb.rewards.metrics.length_gap import GAPS, gap_of
from lcbrb.stats import cluster_mean, comparisons, letters, paired_difference, tied_ranks
from lcbrb.stats.groups import ALPHA
from lcbrb.types import Comparison, Estimate, Metric, Outcome, PreferencePair, ScoredPair

ACCURACY = Metric("accuracy")
_VALUES = {Outcome.WIN: 1.0, Outcome.TIE: 0.5, Outcome.LOSS: 0.0}


def estimates(
    pairs: Sequence[PreferencePair],
    scored: Sequence[ScoredPair],
    only: Sequence[str] | None = None,
) -> dict[Metric, Estimate]:
    """Accuracy over all pairs, and over each slice that is a part of them.

    Metrics: ``accuracy``, whole and by the slices difficulty, category, relation, kind and cell (of
    pairs that the factory built), length (is the chosen text longer?), gap (by how much, see
    `length_gap.GAPS`) and truncated. A slice in which all pairs have the same value says nothing
    new and is left out.
    """
    by_metric = {ACCURACY: _accuracy(scored)}
    for name, values in _slices(pairs, scored).items():
        if only is not None and name not in only:
            continue
        there = {value for value in values if value is not None}
        # gaps from chosen shorter to chosen longer, all else by name
        kinds = sorted(there, key=lambda kind: (GAPS.index(kind) if kind in GAPS else -1, kind))
        if len(kinds) < 2 and None not in values:  # noqa: PLR2004 - one kind is the whole
            continue
        for kind in kinds:
            part = [row for row, value in zip(scored, values, strict=True) if value == kind]
            by_metric[in_slice(name, kind)] = _accuracy(part)
    return by_metric


def counts(scored: Sequence[ScoredPair]) -> dict[str, int]:
    """Pairs, wins, ties, losses and truncated pairs."""
    outcomes = Counter(row.outcome for row in scored)
    return {
        "pairs": len(scored),
        "wins": outcomes[Outcome.WIN],
        "ties": outcomes[Outcome.TIE],
        "losses": outcomes[Outcome.LOSS],
        "truncated": sum(row.truncated for row in scored),
    }


def compare(scored: Mapping[str, Sequence[ScoredPair]]) -> list[Comparison]:
    """Every two subjects on the same pairs, the later one against the earlier.

    Differences are paired by pair and clustered by problem; p-values are adjusted by Holm's method
    over all comparisons made here.

    Args:
        scored: subject to its scored pairs; all in the same order.
    """
    results = []
    for baseline, subject in combinations(scored, 2):
        clusters = [row.problem_id for row in scored[subject]]
        values = points(scored[subject]), points(scored[baseline])
        results.append((subject, baseline, paired_difference(*values, clusters)))
    return comparisons(results)


class Group(NamedTuple):
    """Where a subject stands: those that share a letter can't be told apart.

    `rank` is 1 + the number of subjects that are better beyond chance.
    """

    subject: str
    rank: int
    letters: str


def groups(subjects: Sequence[str], comparisons: Sequence[Comparison]) -> list[Group]:
    """Ranks and letters of all subjects of a run, by paired tests at 0.05 after Holm's adjustment.

    Subjects come best first, comparisons are of every two of them.
    """
    place = {subject: index for index, subject in enumerate(subjects)}
    wins = [
        (comparison.subject, comparison.baseline)
        if comparison.difference.value > 0
        else (comparison.baseline, comparison.subject)
        for comparison in comparisons
        if comparison.p_adjusted is not None and comparison.p_adjusted < ALPHA
    ]
    apart = [(place[winner], place[loser]) for winner, loser in wins]
    ranks, marks = tied_ranks(len(place), apart), letters(len(place), apart)
    return [Group(*fields) for fields in zip(subjects, ranks, marks, strict=True)]


def _accuracy(scored: Sequence[ScoredPair]) -> Estimate:
    return cluster_mean(points(scored), [row.problem_id for row in scored])


def points(scored: Sequence[ScoredPair]) -> list[float]:
    """What each pair counts: a win 1, a tie 0.5, a loss 0."""
    return [_VALUES[row.outcome] for row in scored]


def _slices(
    pairs: Sequence[PreferencePair], scored: Sequence[ScoredPair]
) -> dict[str, list[str | None]]:
    return {
        "difficulty": [pair.difficulty for pair in pairs],
        "category": [pair.category for pair in pairs],
        "relation": [pair.relation.value for pair in pairs],
        "kind": [pair.kind for pair in pairs],
        "cell": [pair.cell for pair in pairs],
        "length": [_length_gap(pair) for pair in pairs],
        "gap": [GAPS[gap_of(pair)] for pair in pairs],
        "truncated": ["yes" if row.truncated else "no" for row in scored],
    }


def _length_gap(pair: PreferencePair) -> str:
    gap = len(pair.chosen) - len(pair.rejected)
    return "chosen longer" if gap > 0 else "chosen shorter" if gap < 0 else "equal"


def in_slice(name: str, value: str) -> Metric:
    """Accuracy over the pairs of a slice."""
    return Metric.of(ACCURACY.name, **{name: value})
