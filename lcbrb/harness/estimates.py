"""What verdicts add up to: pass@k over all problems and over parts, and policies compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

from lcbrb.stats import comparisons, mean_pass_at_k, paired_difference
from lcbrb.types import Comparison, Completion, Estimate, Metric, Problem, Status, Verdict

KS = (1, 5, 10, 25, 50, 100)

#: of a verdict: the status that an estimate counts
StatusOf = Callable[[Verdict], Status | None]
#: problem to whether each of its samples passes
Passes = dict[str, list[bool]]


def estimates(
    completions: Sequence[Completion], verdicts: Sequence[Verdict], problems: Sequence[Problem]
) -> dict[Metric, Estimate]:
    """pass@k of one policy over the problems that it answered.

    Metrics: ``pass@K``, K among `KS` up to the fewest samples of a problem, and that number; then
    pass@1 by ``difficulty``, as far as `problems` tell it, and by ``tests`` where a benchmark tells
    them apart: ``base``, and ``base + plus``, which EvalPlus calls HumanEval+ and MBPP+. Failures
    of ours are left out.
    """
    difficulties = {problem.id: problem.difficulty for problem in problems}
    passes = _passes(completions, verdicts, lambda verdict: verdict.status)
    if not passes:
        return {}
    fewest = min(map(len, passes.values()))
    by_metric = {
        Metric(f"pass@{k}"): _pass_at(passes.values(), k)
        for k in sorted({fewest, *(k for k in KS if k <= fewest)})
    }
    kinds = {difficulties.get(name) for name in passes}
    for kind in sorted(kind for kind in kinds if kind is not None and len(kinds) > 1):
        of_kind = [samples for name, samples in passes.items() if difficulties.get(name) == kind]
        by_metric[Metric.of("pass@1", difficulty=kind)] = _pass_at(of_kind, 1)
    for tests, status_of in _PARTS.items():
        if part := _passes(completions, verdicts, status_of):
            by_metric[Metric.of("pass@1", tests=tests)] = _pass_at(part.values(), 1)
    return by_metric


_PARTS: dict[str, StatusOf] = {
    "base": lambda verdict: verdict.base_status,
    "base + plus": lambda verdict: verdict.plus_status and verdict.status,
}


def _passes(
    completions: Sequence[Completion], verdicts: Sequence[Verdict], status_of: StatusOf
) -> Passes:
    """Nothing where no verdict has such a status; no answer at all fails all tests."""
    passes: Passes = defaultdict(list)
    if any(status_of(verdict) is not None for verdict in verdicts):
        for completion, verdict in zip(completions, verdicts, strict=True):
            if verdict.status is not Status.HARNESS_ERROR:
                status = status_of(verdict) or verdict.status
                passes[completion.problem_id].append(status is Status.PASSED)
    return passes


def pass_rates(
    completions: Sequence[Completion], verdicts: Sequence[Verdict]
) -> dict[str, Estimate]:
    """pass@1 of each sampler over the problems that it answered; our own failures are left out."""
    texts, grades = defaultdict(list), defaultdict(list)
    for completion, verdict in zip(completions, verdicts, strict=True):
        texts[completion.policy_id].append(completion)
        grades[completion.policy_id].append(verdict)
    passes = {
        name: _passes(texts[name], grades[name], lambda v: v.status) for name in sorted(texts)
    }
    return {name: _pass_at(passed.values(), 1) for name, passed in passes.items() if passed}


def _pass_at(samples: Iterable[Sequence[bool]], k: int) -> Estimate:
    return mean_pass_at_k([(len(passes), sum(passes)) for passes in samples], k=k)


def compare(
    graded: Mapping[str, tuple[Sequence[Completion], Sequence[Verdict]]],
) -> list[Comparison]:
    """Every two policies on the problems that both answered; p-values by Holm's method.

    Args:
        graded: a policy's name to its completions and their verdicts, on the same benchmark.
    """
    shares = {
        name: {
            problem: sum(samples) / len(samples)
            for problem, samples in _passes(*both, lambda verdict: verdict.status).items()
        }
        for name, both in graded.items()
    }
    results = []
    for baseline, subject in combinations(sorted(shares), 2):
        common = sorted(shares[baseline].keys() & shares[subject].keys())
        if common:
            a = [shares[subject][name] for name in common]
            b = [shares[baseline][name] for name in common]
            results.append((subject, baseline, paired_difference(a, b, common)))
    return comparisons(results)
