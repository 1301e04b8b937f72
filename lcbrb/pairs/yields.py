"""How many problems gave both kinds of completions, by difficulty: what a build lives on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lcbrb.pairs.labels import Label, Labelled
from lcbrb.pairs.pairing import PairingRule, can_pair
from lcbrb.stats import cluster_mean
from lcbrb.types import Estimate, Metric, PreferencePair, Problem

ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What the problems of one difficulty gave; `ALL` stands for all of them.

    `superior` and `inferior` count problems with at least one such completion, `both` those with
    completions on both sides of a wanted kind of pair (of one sampler, unless samplers are mixed),
    whose share is `rate`, and `paired` those with a pair. `stops` counts, by reason, problems (of
    each policy) that were sampled no further.
    """

    difficulty: str
    problems: int
    completions: int
    superior: int
    inferior: int
    both: int
    paired: int
    pairs: int
    rate: Estimate
    stops: Mapping[str, int]


def yields(
    problems: Sequence[Problem],
    labelled: Mapping[str, Sequence[Labelled]],
    pairs: Iterable[PreferencePair],
    stops: Mapping[tuple[str, str], str],
    rule: PairingRule,
) -> list[Yield]:
    """The yield of all problems, and where they differ in difficulty of each.

    `stops` says why each problem was sampled no further, by problem and policy.
    """
    both = {name for name, own in labelled.items() if can_pair(own, rule)}
    number = Counter(pair.problem_id for pair in pairs)
    groups = {ALL: list(problems)}
    kinds = sorted({problem.difficulty or "" for problem in problems})
    if len(kinds) > 1:
        groups |= {
            kind or "unknown": [
                problem for problem in problems if (problem.difficulty or "") == kind
            ]
            for kind in kinds
        }
    return [
        _yield(name, group, labelled, both, number, stops)
        for name, group in groups.items()
        if group
    ]


def _yield(  # noqa: PLR0913, PLR0917 - all that is counted
    name: str,
    problems: Sequence[Problem],
    labelled: Mapping[str, Sequence[Labelled]],
    both: Collection[str],
    number: Counter[str],
    stops: Mapping[tuple[str, str], str],
) -> Yield:
    ids = [problem.id for problem in problems]
    there = [{item.label for item in labelled.get(name, ())} for name in ids]
    own = set(ids)
    counted = Counter(stop for (problem, _), stop in stops.items() if problem in own)
    return Yield(
        difficulty=name,
        problems=len(ids),
        completions=sum(len(labelled.get(name, ())) for name in ids),
        superior=sum(Label.SUPERIOR in labels for labels in there),
        inferior=sum(Label.INFERIOR in labels for labels in there),
        both=sum(name in both for name in ids),
        paired=sum(number[name] > 0 for name in ids),
        pairs=sum(number[name] for name in ids),
        rate=cluster_mean([float(name in both) for name in ids], ids),
        stops=dict(sorted(counted.items())),
    )


def yield_estimates(rows: Iterable[Yield]) -> dict[Metric, Estimate]:
    """For a record: ``yield``, the share of problems with both sides, whole and by difficulty."""
    return {
        Metric("yield") if row.difficulty == ALL else Metric.of("yield", difficulty=row.difficulty):
            row.rate
        for row in rows
    }  # fmt: skip


def yield_counts(rows: Iterable[Yield]) -> dict[str, int]:
    """For a manifest: problems, those with both kinds and those with a pair, by difficulty."""
    counts: dict[str, int] = {}
    for row in rows:
        counts |= {
            f"yield_{row.difficulty}_problems": row.problems,
            f"yield_{row.difficulty}_both": row.both,
            f"yield_{row.difficulty}_paired": row.paired,
        }
        if row.difficulty == ALL:
            counts |= {f"stopped_{reason}": count for reason, count in row.stops.items()}
    return counts
