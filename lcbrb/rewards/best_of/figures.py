"""Scored and judged samples to figures: what a choice by score is worth.

For each k: the share of problems solved when the top-scored of k samples is taken (`best_of@k`),
beside a random choice (`random`) and an oracle's (`oracle@k`, which is pass@k), over all choices of
k samples. Then the correlation of score with verdict: within each problem that has both verdicts,
and over all samples together. Intervals are clustered by problem.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import combinations

from lcbrb.stats import (
    Samples,
    best_of_k,
    comparisons,
    mean_best_of_k,
    mean_spearman,
    paired_difference,
    pooled_spearman,
)
from lcbrb.types import Comparison, Estimate, Metric, ScoredSample

RANDOM = Metric("random")
WITHIN, POOLED = Metric("spearman_within_problem"), Metric("spearman_pooled")

#: a sampler's samples of a problem, by problem and sampler
Groups = Mapping[tuple[str, str], Samples]


def grouped(scored: Sequence[ScoredSample]) -> dict[tuple[str, str], Samples]:
    """Samples by problem and sampler; what has no score ranks below all others."""
    by_group: dict[tuple[str, str], list[ScoredSample]] = {}
    for sample in scored:
        by_group.setdefault((sample.problem_id, sample.policy_id), []).append(sample)
    return {
        group: Samples(
            [float("-inf") if member.score is None else member.score for member in members],
            [member.passed for member in members],
        )
        for group, members in by_group.items()
    }


def curve(groups: Groups) -> tuple[int, ...]:
    """The k of the curve: 1, 2, 4, … and the fewest samples of any group."""
    fewest = min(group.n for group in groups.values())
    powers = {1 << power for power in range(fewest.bit_length()) if 1 << power <= fewest}
    return tuple(sorted({*powers, fewest}))


def best(k: int) -> Metric:
    """Of the problems that the top-scored of k samples solves."""
    return Metric(f"best_of@{k}")


def oracle(k: int) -> Metric:
    """Of the problems that any of k samples solves."""
    return Metric(f"oracle@{k}")


def gain(k: int) -> Metric:
    """Of `best` above a random choice."""
    return Metric(f"gain@{k}")


def estimates(groups: Groups, ks: Sequence[int]) -> dict[Metric, Estimate]:
    """The curve, what it gains over chance, and the correlations.

    Metrics: ``best_of@K``, ``oracle@K``, ``random``, ``gain@K`` (best_of@K minus random, paired),
    ``spearman_within_problem``, ``spearman_pooled``; a correlation is missing where none exists.
    """
    samples, problems = list(groups.values()), [problem for problem, _ in groups]
    blind = [Samples([0.0] * sample.n, sample.passes) for sample in samples]
    sighted = [Samples([float(p) for p in sample.passes], sample.passes) for sample in samples]
    # the largest k first: where one figure stands for a run, it is that
    by_metric = {best(k): mean_best_of_k(samples, problems, k) for k in reversed(ks)}
    by_metric[RANDOM] = mean_best_of_k(blind, problems, 1)
    by_metric |= {oracle(k): mean_best_of_k(sighted, problems, k) for k in ks}
    chance = [best_of_k(sample, 1) for sample in blind]
    for k in ks:
        if k > 1:
            chosen = [best_of_k(sample, k) for sample in samples]
            gained = paired_difference(chosen, chance, problems).estimate
            by_metric[gain(k)] = dataclasses.replace(gained, n=sum(sample.n for sample in samples))
    correlations = {
        WITHIN: mean_spearman(samples, problems),
        POOLED: pooled_spearman(samples, problems),
    }
    return by_metric | {
        name: correlation for name, correlation in correlations.items() if correlation is not None
    }


def compare(models: Mapping[str, Groups]) -> list[Comparison]:
    """Every two models at the largest k, the later one against the earlier, p-values by Holm.

    Args:
        models: name to its groups; the same samples in the same order.
    """
    if not models:
        return []
    any_groups = next(iter(models.values()))
    k, problems = curve(any_groups)[-1], [problem for problem, _ in any_groups]
    values = {
        name: [best_of_k(group, k) for group in groups.values()] for name, groups in models.items()
    }
    results = [
        (new, old, paired_difference(values[new], values[old], problems))
        for old, new in combinations(values, 2)
    ]
    return comparisons(results)
