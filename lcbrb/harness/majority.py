"""What several answers to a problem add up to, where problems have answers: avg@k and maj@k.

Beside them stand the shares of replies without an answer and of those cut off, so that nobody takes
a failure of extraction for a failure of mathematics.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

from lcbrb.engine.local import usable_cores
from lcbrb.harness.estimates import KS
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.stats import Ballot, cluster_mean, mean_avg_at_k, mean_maj_at_k, mean_pass_at_k
from lcbrb.types import Completion, Estimate, Metric, Status, Verdict

Graded = tuple[Completion, Verdict]
#: as `Benchmark.grouped`
Grouped = Callable[[Sequence[str]], Sequence[int]]
_NOT_COMPARED = (Status.TIME_LIMIT, Status.MEMORY_LIMIT)


def answer_estimates(
    benchmark: Benchmark, completions: Sequence[Completion], verdicts: Sequence[Verdict]
) -> dict[Metric, Estimate]:
    """Estimates of a benchmark whose problems have answers; none for any other.

    Metrics: ``no_answer`` and ``truncated``, shares of all samples; pass@1 by ``reading``, strict
    (which is pass@1 itself) and lenient, and ``readings_differ``, the share of samples of which the
    two say different things, where a check has two readings; with several samples a problem
    ``avg@K``, K the fewest samples of a problem, and ``maj@K`` for that K and the smaller ones of
    pass@k. Wrong answers that are equivalent vote as one; a reply without an answer does not vote.
    An answer that could not be compared with the expected one in time is the same as its own text
    only. Failures of ours are left out.
    """
    if not benchmark.votes:
        return {}
    samples: dict[str, list[Graded]] = defaultdict(list)
    for completion, verdict in zip(completions, verdicts, strict=True):
        if verdict.status is not Status.HARNESS_ERROR:
            samples[completion.problem_id].append((completion, verdict))
    if not samples:
        return {}
    by_metric = {
        Metric(status.value): _share(samples, status)
        for status in (Status.NO_ANSWER, Status.TRUNCATED)
    }
    by_metric.update(_readings(samples))
    fewest = min(map(len, samples.values()))
    if fewest > 1:
        with ThreadPoolExecutor(usable_cores()) as pool:
            ballots = list(pool.map(partial(ballot_of, benchmark.grouped), samples.values()))
        counts = [(ballot.n, ballot.right) for ballot in ballots]
        by_metric[Metric(f"avg@{fewest}")] = mean_avg_at_k(counts, fewest)
        for k in sorted({fewest, *(k for k in KS if 1 < k < fewest)}):
            by_metric[Metric(f"maj@{k}")] = mean_maj_at_k(ballots, k)
    return by_metric


def _readings(problems: dict[str, list[Graded]]) -> dict[Metric, Estimate]:
    """pass@1 by each reading, and how often they differ; nothing where there is one reading."""
    if all(sample.lenient_status is None for graded in problems.values() for _, sample in graded):
        return {}
    passes = {
        "strict": [[_right(sample.status) for _, sample in graded] for graded in problems.values()],
        "lenient": [
            [_right(sample.lenient_status or sample.status) for _, sample in graded]
            for graded in problems.values()
        ],
    }
    rates = {
        Metric.of("pass@1", reading=reading): mean_pass_at_k([(len(p), sum(p)) for p in each], k=1)
        for reading, each in passes.items()
    }
    labels = [name for name, graded in problems.items() for _ in graded]
    strict, lenient = (list(chain.from_iterable(each)) for each in passes.values())
    differ = [float(plain != other) for plain, other in zip(strict, lenient, strict=True)]
    return {**rates, Metric("readings_differ"): cluster_mean(differ, labels)}


def _right(status: Status) -> bool:
    return status is Status.PASSED


def _share(problems: dict[str, list[Graded]], status: Status) -> Estimate:
    labels = [name for name, graded in problems.items() for _ in graded]
    values = [
        float(verdict.status is status) for graded in problems.values() for _, verdict in graded
    ]
    return cluster_mean(values, labels)


def ballot_of(grouped: Grouped, graded: Sequence[Graded]) -> Ballot:
    """A problem's samples by what they answer."""
    right = sum(verdict.status is Status.PASSED for _, verdict in graded)
    wrong = [
        ((completion.solution or "").strip(), verdict.status)
        for completion, verdict in graded
        if verdict.status is not Status.PASSED
    ]
    votes = [(answer, status) for answer, status in wrong if answer]
    compared = [answer for answer, status in votes if status not in _NOT_COMPARED]
    alone = [answer for answer, status in votes if status in _NOT_COMPARED]
    counts = [*Counter(grouped(compared)).values(), *Counter(alone).values()]
    return Ballot(right=right, wrong=tuple(counts), silent=len(wrong) - len(votes))
