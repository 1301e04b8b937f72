"""avg@k and maj@k: k answers to a problem, averaged, or put to the vote."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lcbrb.errors import UsageError
from lcbrb.stats._checks import check_whole
from lcbrb.stats.pass_at_k import mean_over_problems
from lcbrb.types import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """The samples of one problem, by what they answer.

    Args:
        right: samples with the right answer (they are one candidate).
        wrong: for each wrong answer, how many samples give it.
        silent: samples without an answer, which vote for nothing.
    """

    right: int
    wrong: tuple[int, ...] = ()
    silent: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be counted."""
        check_whole("right", self.right, at_least=0)
        check_whole("silent", self.silent, at_least=0)
        for count in self.wrong:
            check_whole("wrong", count, at_least=1)

    @property
    def n(self) -> int:
        """All samples."""
        return self.right + sum(self.wrong) + self.silent


def maj_at_k(ballot: Ballot, k: int) -> float:
    """The chance that the commonest of k answers is the right one (Wang et al. 2022, 2203.11171).

    The mean over all choices of k of the n samples, without replacement, each answer given by the
    most samples being elected with equal chance: ties are split, not broken by order. Where no
    sample answers, nothing is elected. Computed in whole numbers and divided once: no seed, and no
    order of the samples, matters.

    Args:
        ballot: the problem's samples.
        k: samples that vote, in [1, n].

    Raises:
        UsageError: k is out of its range.
    """
    check_whole("k", k, at_least=1)
    if k > ballot.n:
        raise UsageError(f"maj@{k} needs {k} samples or more of each problem, one has {ballot.n}")
    won = Fraction(0)
    for votes in range(1, min(ballot.right, k) + 1):
        for (ties, others), ways in _others(ballot.wrong, votes, k - votes).items():
            silent = k - votes - others
            count = math.comb(ballot.right, votes) * ways * math.comb(ballot.silent, silent)
            won += Fraction(count, ties + 1)
    return float(won / math.comb(ballot.n, k))


def _others(wrong: Sequence[int], most: int, room: int) -> dict[tuple[int, int], int]:
    """Ways to draw wrong answers, each `most` times at most: by (how many tie, how many drawn)."""
    ways: Counter[tuple[int, int]] = Counter({(0, 0): 1})
    for size in wrong:
        after: Counter[tuple[int, int]] = Counter()
        for (ties, drawn), count in ways.items():
            for votes in range(min(size, most, room - drawn) + 1):
                after[ties + (votes == most), drawn + votes] += count * math.comb(size, votes)
        ways = after
    return dict(ways)


def mean_maj_at_k(ballots: Sequence[Ballot], k: int) -> Estimate:
    """Mean maj@k over problems, with the bootstrap interval over problems of `cluster_mean`.

    Args:
        ballots: one a problem.
        k: samples that vote, in [1, the fewest samples of any problem].

    Returns:
        A share in [0, 1]; `n` counts samples, `clusters` problems.

    Raises:
        UsageError: no problems, or an argument is not as above.
    """
    shares = [maj_at_k(ballot, k) for ballot in ballots]
    return mean_over_problems(shares, sum(ballot.n for ballot in ballots))


def mean_avg_at_k(counts: Sequence[tuple[int, int]], k: int) -> Estimate:
    """Mean avg@k over problems: the share of k samples that are right.

    Its expectation does not depend on k, so all samples of a problem count; k only says how many
    there are at least.

    Args:
        counts: (samples, passing samples) of each problem, shape (G, 2).
        k: in [1, the fewest samples of any problem].

    Returns:
        A share in [0, 1]; `n` counts samples, `clusters` problems.

    Raises:
        UsageError: no problems, or an argument is not as above.
    """
    check_whole("k", k, at_least=1)
    for n, c in counts:
        if not 0 <= c <= n or n < k:
            raise UsageError(f"avg@{k} needs {k} samples or more, found {c} passing of {n}")
    return mean_over_problems([c / n for n, c in counts], sum(n for n, _ in counts))
