"""What verdicts add up to: pass@k of each sampler, over all problems and parts, and comparisons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from lcbrb.stats import comparisons, mean_pass_at_k, paired_difference
from lcbrb.types import Comparison, Completion, Estimate, Problem, Status, Verdict

KS = (1, 5, 10, 25, 50, 100)

#: of a verdict: the status that an estimate counts
StatusOf = Callable[[Verdict], Status | None]
Counts = dict[str, dict[str, list[bool]]]


def estimates(
    completions: Sequence[Completion], verdicts: Sequence[Verdict], problems: Sequence[Problem]
) -> dict[str, Estimate]:
    """pass@k of each sampler over the problems that it answered.

    Keys: ``pass@K/SAMPLER``, K among `KS` up to the fewest samples of a problem, and that number;
    then pass@1 over parts, ``pass@1/SAMPLER/tests=base`` and ``plus`` where a benchmark tells them
    apart, and ``pass@1/SAMPLER/difficulty=…``. Failures of ours are left out.
    """
    difficulties = {problem.id: problem.difficulty for problem in problems}
    graded = [
        (completion, verdict)
        for completion, verdict in zip(completions, verdicts, strict=True)
        if verdict.status is not Status.HARNESS_ERROR
    ]
    found: dict[str, Estimate] = {}
    for sampler, counts in sorted(_counts(graded, lambda verdict: verdict.status).items()):
        fewest = min(map(len, counts.values()))
        for k in sorted({fewest, *(k for k in KS if k <= fewest)}):
            found[f"pass@{k}/{sampler}"] = _pass_at(counts.values(), k)
        kinds = {difficulties[name] for name in counts}
        for kind in sorted(kind for kind in kinds if kind is not None and len(kinds) > 1):
            some = [passes for name, passes in counts.items() if difficulties[name] == kind]
            found[f"pass@1/{sampler}/difficulty={kind}"] = _pass_at(some, 1)
    for tests, status_of in _PARTS.items():
        for sampler, counts in sorted(_counts(graded, status_of).items()):
            found[f"pass@1/{sampler}/tests={tests}"] = _pass_at(counts.values(), 1)
    return found


_PARTS: dict[str, StatusOf] = {
    "base": lambda verdict: verdict.base_status,
    "plus": lambda verdict: verdict.plus_status,
}


def _counts(graded: Iterable[tuple[Completion, Verdict]], status_of: StatusOf) -> Counts:
    """Sampler to problem to whether each sample passes."""
    graded = list(graded)
    has_parts = {
        completion.policy_id for completion, verdict in graded if status_of(verdict) is not None
    }
    found: Counts = defaultdict(lambda: defaultdict(list))
    for completion, verdict in graded:
        if completion.policy_id in has_parts:  # no answer fails both kinds of tests
            status = status_of(verdict) or verdict.status
            found[completion.policy_id][completion.problem_id].append(status is Status.PASSED)
    return found


def _pass_at(counts: Iterable[Sequence[bool]], k: int) -> Estimate:
    return mean_pass_at_k([(len(passes), sum(passes)) for passes in counts], k=k)


def compare(completions: Sequence[Completion], verdicts: Sequence[Verdict]) -> list[Comparison]:
    """Every two samplers on the problems that both answered; p-values by Holm's method."""
    graded = [
        (completion, verdict)
        for completion, verdict in zip(completions, verdicts, strict=True)
        if verdict.status is not Status.HARNESS_ERROR
    ]
    shares = {
        sampler: {name: sum(passes) / len(passes) for name, passes in problems.items()}
        for sampler, problems in _counts(graded, lambda verdict: verdict.status).items()
    }
    results = []
    for baseline, subject in combinations(sorted(shares), 2):
        common = sorted(shares[baseline].keys() & shares[subject].keys())
        if common:
            a = [shares[subject][name] for name in common]
            b = [shares[baseline][name] for name in common]
            results.append((subject, baseline, paired_difference(a, b, common)))
    return comparisons(results)
