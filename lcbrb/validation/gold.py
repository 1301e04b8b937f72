"""Is a benchmark's own solution a pass here, and a broken copy of it a failure?

Whoever trusts a score should know both. A copy is broken by one small change at a time (a
comparison, a number, an operator, a truth value, then everything at once: ``return None``) until
the tests notice; small changes come first, since any test notices large ones. How a copy is broken
is the check's to say (`lcbrb.grading.check_kinds`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.errors import UsageError
from lcbrb.grading.check_kinds import kind_of
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.types import Completion, Problem, Status, Verdict

#: the policy that golds are completions of
GOLD = "gold"
_LEAST_S = 0.5


class Outcome(StrEnum):
    """What became of one gold solution."""

    GOOD = "passes, and a broken copy fails"
    BLIND = "passes, and so does every broken copy"
    FAILS = "fails"
    NO_VERDICT = "no verdict: the runner failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One problem, checked. `tried` counts the broken copies that were run.

    `graded` holds every program that was run with its verdict: the gold, then the broken copies.
    """

    problem_id: str
    outcome: Outcome
    verdict: Verdict
    tried: int = 0
    detail: str = ""
    graded: tuple[tuple[str, Verdict], ...] = ()


def golds(bench: Benchmark, problems: Sequence[Problem]) -> dict[str, str]:
    """Problem to its gold solution, where it has one.

    Raises:
        UsageError: none has.
    """
    by_problem = {problem.id: gold for problem in problems if (gold := bench.gold(problem))}
    if not by_problem:
        raise UsageError(f"{bench.name} has no gold solutions to check it with")
    return by_problem


def completion_of(problem: Problem, source: str, number: int = 0) -> Completion:
    """A gold solution, or a broken copy of it, as a completion of the policy `GOLD`."""
    text, solution = kind_of(problem.check).reply(source)
    return Completion(
        problem_id=problem.id, policy_id=GOLD, sample_index=number, text=text, solution=solution
    )


def check_golds(
    bench: Benchmark, problems: Sequence[Problem], sandbox: Sandbox, executor: Executor
) -> Iterator[Checked]:
    """Check each problem that has a gold solution, as results come (any order).

    Raises:
        UsageError: no problem has one.
    """
    by_problem = golds(bench, problems)

    def check(problem: Problem) -> Checked:
        return _check(bench, problem, by_problem[problem.id], sandbox)

    with_gold = [problem for problem in problems if problem.id in by_problem]
    return (checked for _, checked in executor.map(check, with_gold))


def _check(bench: Benchmark, problem: Problem, gold: str, sandbox: Sandbox) -> Checked:
    kind = kind_of(problem.check)

    def verify(source: str, problem: Problem = problem) -> Verdict:
        return bench.verify(problem, completion_of(problem, source), sandbox)

    verdict = verify(gold)
    graded = [(gold, verdict)]
    outcome, detail = Outcome.BLIND, ""
    if verdict.status is not Status.PASSED:
        ours = verdict.status is Status.HARNESS_ERROR
        outcome = Outcome.NO_VERDICT if ours else Outcome.FAILS
        detail = f"({verdict.status}) {verdict.detail}"
    else:
        hurried = _hurried(problem, verdict)
        for copy in kind.broken(problem.check, gold):
            graded.append((copy, verify(copy, hurried)))
            if graded[-1][1].status not in (Status.PASSED, Status.HARNESS_ERROR):
                outcome = Outcome.GOOD
                break
    return Checked(
        problem_id=problem.id,
        outcome=outcome,
        verdict=verdict,
        tried=len(graded) - 1,
        detail=detail,
        graded=tuple(graded),
    )


def _hurried(problem: Problem, gold: Verdict) -> Problem:
    """The problem with little time: many mutants loop for ever, and none needs more than a gold."""
    cpu_s = min(problem.limits.cpu_s, max(_LEAST_S, 4 * (gold.cpu_s or 0.0)))
    return dataclasses.replace(problem, limits=dataclasses.replace(problem.limits, cpu_s=cpu_s))
