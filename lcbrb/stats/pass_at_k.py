"""pass@k: the chance that at least one of k samples solves a problem."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from lcbrb.errors import UsageError
from lcbrb.stats._checks import check_whole
from lcbrb.stats.intervals import cluster_mean
from lcbrb.types import Estimate


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimate 1 - C(n - c, k) / C(n, k) (Chen et al. 2021, arXiv:2107.03374, eq. 1).

    Computed in whole numbers and divided once, so the result is the correctly rounded one.

    Args:
        n: samples drawn for the problem, at least 1.
        c: samples that pass, in [0, n].
        k: samples allowed, in [1, n]; beyond n there is no unbiased estimate.

    Raises:
        UsageError: a number is not whole or out of its range.
    """
    check_whole("n", n, at_least=1)
    check_whole("c", c, at_least=0)
    check_whole("k", k, at_least=1)
    if c > n:
        message = f"{c} of {n} samples can't pass: c must be n at most"
        raise UsageError(message)
    if k > n:
        message = f"pass@{k} needs {k} samples or more of each problem, and one has {n}"
        raise UsageError(message)
    subsets = math.comb(n, k)
    return (subsets - math.comb(n - c, k)) / subsets


def mean_pass_at_k(counts: Sequence[tuple[int, int]], k: int) -> Estimate:
    """Mean pass@k over problems, each counting once however many samples it has.

    The interval is the bootstrap over problems of `cluster_mean`, with its rules for too few
    problems and for problems that all agree.

    Args:
        counts: (samples, passing samples) of each problem, shape (G, 2).
        k: samples allowed, in [1, the fewest samples of any problem].

    Returns:
        A share in [0, 1]; `n` counts samples, `clusters` problems.

    Raises:
        UsageError: no problems, or an argument is not as above.
    """
    shares = [pass_at_k(n, c, k) for n, c in counts]
    return mean_over_problems(shares, sum(n for n, _ in counts))


def mean_over_problems(shares: Sequence[float], samples: int) -> Estimate:
    """The mean of one share a problem, by `cluster_mean`; its `n` counts the problems' samples.

    Raises:
        UsageError: there are no problems.
    """
    if not shares:
        raise UsageError("a mean over problems needs one problem or more, and there are none")
    # Sorted, as problems have no labels here and their order must not matter.
    estimate = cluster_mean(sorted(shares), range(len(shares)))
    return dataclasses.replace(estimate, n=samples)
