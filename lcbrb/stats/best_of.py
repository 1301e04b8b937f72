"""Best of n: what a score is worth for choosing among samples of a problem.

Legend: N samples, G problems, U distinct scores, B bootstrap resamples.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from lcbrb.errors import UsageError
from lcbrb.stats._checks import Floats, Labels, check_whole
from lcbrb.stats._draws import ROUNDING, Resampling, drawn_weights, percentiles
from lcbrb.stats.intervals import (
    FEWEST_CLUSTERS,
    ONE_CLUSTER,
    Interval,
    cluster_mean,
    cluster_places,
)
from lcbrb.types import Estimate


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one problem (by one sampler): how each was scored, and whether it passed.

    Scores are compared and nothing else, so their unit does not matter; ``-inf`` ranks a sample
    below all others.
    """

    scores: Sequence[float]
    passes: Sequence[bool]

    def __post_init__(self) -> None:
        """Refuse what can't be ranked."""
        if len(self.scores) != len(self.passes) or not self.scores:
            raise UsageError(
                f"each sample needs a score and a verdict: {len(self.scores)} scores, "
                f"{len(self.passes)} verdicts"
            )
        if any(math.isnan(score) for score in self.scores):
            raise UsageError("a score is NaN: it can't be ranked")

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.scores)

    @property
    def passing(self) -> int:
        """How many pass."""
        return sum(self.passes)


def best_of_k(samples: Samples, k: int) -> float:
    """The chance that the sample with the top score among k of n passes.

    The mean over all choices of k of the n samples, without replacement, of the verdict of the one
    that is scored highest; samples that share the top score are chosen with equal chance. In closed
    form: with a samples above a score and t at it, the top score of k samples is that one in
    C(n - a, k) - C(n - a - t, k) of C(n, k) choices, and then each of the t is as likely. Whole
    numbers, divided once.

    With scores that are all equal this is the share that passes (a random choice); with the
    verdicts as scores it is pass@k (an oracle's choice).

    Args:
        samples: of one problem.
        k: in [1, n].

    Raises:
        UsageError: k is out of its range.
    """
    check_whole("k", k, at_least=1)
    if k > samples.n:
        raise UsageError(f"best of {k} needs {k} samples or more of each problem: {samples.n}")
    groups: dict[float, list[bool]] = {}
    for score, passed in zip(samples.scores, samples.passes, strict=True):
        groups.setdefault(score, []).append(bool(passed))
    above, won = 0, Fraction(0)
    for score in sorted(groups, reverse=True):
        group = groups[score]
        left = samples.n - above
        choices = math.comb(left, k) - math.comb(left - len(group), k)
        won += Fraction(sum(group) * choices, len(group))
        above += len(group)
    return float(won / math.comb(samples.n, k))


def mean_best_of_k(samples: Sequence[Samples], clusters: Labels, k: int) -> Estimate:
    """Mean best-of-k over problems, with the bootstrap interval over problems of `cluster_mean`.

    Args:
        samples: of each problem, or of each sampler on a problem.
        clusters: the problem of each.
        k: in [1, the fewest samples of any].

    Returns:
        A share in [0, 1]; `n` counts samples, `clusters` problems.

    Raises:
        UsageError: there are none, or an argument is not as above.
    """
    shares = [best_of_k(sample, k) for sample in samples]
    estimate = cluster_mean(shares, clusters)
    return dataclasses.replace(estimate, n=sum(sample.n for sample in samples))


def spearman(samples: Samples) -> float | None:
    """Spearman's rank correlation of score with verdict, ranks of ties averaged.

    0 where all scores are equal: they say nothing of the verdict. None where all verdicts
    are: there is nothing to say.
    """
    if samples.passing in {0, samples.n}:
        return None
    scores_N = np.asarray(samples.scores, dtype=np.float64)
    _, group_N, sizes_U = np.unique(scores_N, return_inverse=True, return_counts=True)
    passing_U = np.bincount(group_N, np.asarray(samples.passes, dtype=np.float64))
    sizes_1U, passing_1U = (row_U.astype(np.float64)[np.newaxis] for row_U in (sizes_U, passing_U))
    return float(_weighted(sizes_1U, passing_1U)[0])


def mean_spearman(samples: Sequence[Samples], clusters: Labels) -> Estimate | None:
    """Spearman's correlation within each problem, averaged over those with both verdicts.

    Its interval is that of `cluster_mean`, of (r + 1) / 2, which lies in [0, 1], taken back: where
    all problems agree it is Wilson's.

    Args:
        samples: of each problem, or of each sampler on a problem.
        clusters: the problem of each.

    Returns:
        A mean in [-1, 1]; `n` counts the samples that are in it. None where no problem has both
        verdicts.

    Raises:
        UsageError: an argument is not as above.
    """
    correlations = [
        (value, label, sample.n)
        for sample, label in zip(samples, clusters, strict=True)
        if (value := spearman(sample)) is not None
    ]
    if not correlations:
        return None
    values, kept, sizes = zip(*correlations, strict=True)
    share = cluster_mean([(value + 1.0) / 2.0 for value in values], kept)
    mean = math.fsum(values) / len(values)
    low, high = None, None
    if share.low is not None and share.high is not None:
        low, high = min(2.0 * share.low - 1.0, mean), max(2.0 * share.high - 1.0, mean)
    return dataclasses.replace(share, value=mean, low=low, high=high, n=sum(sizes))


def pooled_spearman(
    samples: Sequence[Samples],
    clusters: Labels,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> Estimate | None:
    """Spearman's correlation over all samples together, with a cluster-bootstrap interval.

    It mixes two things: whether scores are higher for easier problems, and whether they are higher
    for the right samples of a problem. Problems are resampled whole and everything is ranked anew
    in each resample; a resample with one verdict alone has no correlation and is left out, and
    `method` says how many were. Where resamples do not differ there is no interval: one without
    width would be a certainty that nobody has.

    Args:
        samples: of each problem, or of each sampler on a problem.
        clusters: the problem of each.
        resamples: at least 40.
        seed: of the resampling, at least 0.

    Returns:
        A correlation in [-1, 1]; `n` counts samples. None where both verdicts do not occur.

    Raises:
        UsageError: an argument is not as above.
    """
    resampling = Resampling(resamples, seed)
    every = Samples(
        [score for sample in samples for score in sample.scores],
        [passed for sample in samples for passed in sample.passes],
    )
    whole = spearman(every)
    if whole is None:
        return None
    places, groups = cluster_places(clusters, len(samples))
    interval = ONE_CLUSTER
    if groups >= FEWEST_CLUSTERS:
        found_B = _bootstrap(every, np.repeat(places, [sample.n for sample in samples]), resampling)
        kept_B = found_B[~np.isnan(found_B)]
        method = f"cluster bootstrap, percentile, {resamples} resamples"
        interval = Interval(None, None, method)
        if kept_B.size:
            low, high = percentiles(kept_B, whole)
            interval = Interval(low, high, method)
            if high - low <= ROUNDING:
                interval = Interval(None, None, "none: no variation between resamples")
        if lost := resamples - kept_B.size:
            how = f"{interval.method}, {lost} with one verdict left out"
            interval = interval._replace(method=how)
    return interval.around(whole, n=every.n, clusters=groups)


def _bootstrap(every: Samples, cluster_N: npt.NDArray[np.intp], resampling: Resampling) -> Floats:
    """Correlations of resamples, shape (B,); NaN where there is none.

    A resample gives each sample the weight that its cluster was drawn with, so ranks come from
    running sums over the sorted scores and nothing is sorted again.
    """
    scores_N = np.asarray(every.scores, dtype=np.float64)
    order = np.argsort(scores_N, kind="stable")
    _, starts_U = np.unique(scores_N[order], return_index=True)
    passes_N = np.asarray(every.passes, dtype=np.float64)[order]
    cluster_N = cluster_N[order]
    groups = int(cluster_N.max()) + 1
    parts = []
    for weights_BG in drawn_weights(resampling, groups, width=scores_N.size):
        weights_BN = weights_BG[:, cluster_N]
        sizes_BU = np.add.reduceat(weights_BN, starts_U, axis=1)
        passing_BU = np.add.reduceat(weights_BN * passes_N, starts_U, axis=1)
        parts.append(_weighted(sizes_BU, passing_BU))
    return np.concatenate(parts)


def _weighted(sizes_BU: Floats, passing_BU: Floats) -> Floats:
    """Rank correlations with a binary variable, given how many samples stand at each score."""
    total_B = sizes_BU.sum(axis=1)
    passing_B = passing_BU.sum(axis=1)
    ranks_BU = np.cumsum(sizes_BU, axis=1) - (sizes_BU - 1.0) / 2.0
    ranks_BU -= ((total_B + 1.0) / 2.0)[:, np.newaxis]
    covered_B = (passing_BU * ranks_BU).sum(axis=1)
    spread_B = (sizes_BU * ranks_BU**2).sum(axis=1)
    verdicts_B = passing_B * (total_B - passing_B) / total_B
    with np.errstate(invalid="ignore", divide="ignore"):
        found_B = np.clip(covered_B / np.sqrt(spread_B * verdicts_B), -1.0, 1.0)
    found_B[(spread_B == 0.0) & (verdicts_B > 0.0)] = 0.0
    result_B: Floats = found_B
    return result_B
