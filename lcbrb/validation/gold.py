"""Is a benchmark's own solution a pass here, and a broken copy of it a failure?

Whoever trusts a score should know both. A copy is broken by one small change at a time (a
comparison, a number, an operator, a truth value, then everything at once: ``return None``) until
the tests notice; small changes come first, since any test notices large ones.
"""

from __future__ import annotations

import ast
import copy
import dataclasses
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from lcbrb.errors import UsageError
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.replies.final_answer import final_answer
from lcbrb.sources import mini
from lcbrb.types import (
    AnswerCheck,
    Completion,
    FunctionCheck,
    Problem,
    ScriptCheck,
    Status,
    Verdict,
)
from lcbrb.validation.answer_mutants import answer_mutants

_LEAST_S = 0.5
_MUTANTS_MOST = 12  # small changes tried before the function is emptied


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
    found = {
        problem.id: problem.check.reference
        for problem in problems
        if isinstance(problem.check, FunctionCheck | ScriptCheck)
    } | {
        problem.id: problem.check.gold
        for problem in problems
        if isinstance(problem.check, AnswerCheck)
    }
    if not found and problems and problems[0].id.startswith("mini/"):
        wanted = {problem.id for problem in problems}
        found = {
            one.problem_id: one.solution
            for one in mini.recorded_completions()
            if one.solution and one.recorded and one.recorded.passed and one.problem_id in wanted
        }
    if not found:
        raise UsageError(f"{bench.name} has no gold solutions to validate it with")
    return found


def check_golds(
    bench: Benchmark, problems: Sequence[Problem], sandbox: Sandbox, executor: Executor
) -> Iterator[Checked]:
    """Check each problem that has a gold solution, as results come (any order).

    Raises:
        UsageError: no problem has one.
    """
    found = golds(bench, problems)

    def one(problem: Problem) -> Checked:
        return _check(bench, problem, found[problem.id], sandbox)

    having = [problem for problem in problems if problem.id in found]
    return (checked for _, checked in executor.map(one, having))


def _check(bench: Benchmark, problem: Problem, gold: str, sandbox: Sandbox) -> Checked:
    answered = isinstance(problem.check, AnswerCheck)

    def verify(source: str, problem: Problem = problem) -> Verdict:
        text = f"The answer is $\\boxed{{{source}}}$." if answered else source
        solution = final_answer(text) if answered else source
        completion = Completion(
            problem_id=problem.id, policy_id="gold", sample_index=0, text=text, solution=solution
        )
        return bench.verify(problem, completion, sandbox)

    verdict = verify(gold)
    if verdict.status is not Status.PASSED:
        outcome = Outcome.FAILS
        if verdict.status is Status.HARNESS_ERROR:
            outcome = Outcome.NO_VERDICT
        return Checked(
            problem_id=problem.id,
            outcome=outcome,
            verdict=verdict,
            detail=f"({verdict.status}) {verdict.detail}",
            graded=((gold, verdict),),
        )
    hurried = _hurried(problem, verdict)
    graded = [(gold, verdict)]
    outcome = Outcome.BLIND
    broken = (
        answer_mutants(gold)
        if answered
        else mutants(gold, getattr(problem.check, "entry_point", None))
    )
    for mutant in broken:
        graded.append((mutant, verify(mutant, hurried)))
        if graded[-1][1].status not in (Status.PASSED, Status.HARNESS_ERROR):
            outcome = Outcome.GOOD
            break
    return Checked(
        problem_id=problem.id,
        outcome=outcome,
        verdict=verdict,
        tried=len(graded) - 1,
        graded=tuple(graded),
    )


def _hurried(problem: Problem, gold: Verdict) -> Problem:
    """The problem with little time: many mutants loop for ever, and none needs more than a gold."""
    cpu_s = min(problem.limits.cpu_s, max(_LEAST_S, 4 * (gold.cpu_s or 0.0)))
    return dataclasses.replace(problem, limits=dataclasses.replace(problem.limits, cpu_s=cpu_s))


# ----------------------------------------------------------------------------------- mutants


def mutants(source: str, entry_point: str | None) -> Iterator[str]:
    """Broken copies of a program: at most a dozen with one small change each, then an empty one.

    Args:
        source: must parse.
        entry_point: the function to empty; the whole program where None.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a "\\w" in a solution
        tree = ast.parse(source)
    sites = [
        (index, change)
        for change in (_compare, _number, _operator, _truth)
        for index, node in enumerate(ast.walk(tree))
        if change(copy.deepcopy(node))
    ]
    for index, change in islice(sites, _MUTANTS_MOST):
        mutant = copy.deepcopy(tree)
        change(list(ast.walk(mutant))[index])
        yield ast.unparse(ast.fix_missing_locations(mutant))
    yield _emptied(source, entry_point)


def _compare(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare):
        return False
    swapped = _SWAPPED.get(type(node.ops[0]))
    if swapped is not None:
        node.ops[0] = swapped()
    return swapped is not None


_SWAPPED: dict[type[ast.cmpop], Callable[[], ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def _number(node: ast.AST) -> bool:
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return False
    node.value += 1  # type: ignore[operator]
    return True


def _operator(node: ast.AST) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        return False
    node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    return True


def _truth(node: ast.AST) -> bool:
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return True
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return True
    return False


def _emptied(source: str, entry_point: str | None) -> str:
    if entry_point is None:
        return "pass\n"
    return f"{source}\n\ndef {entry_point}(*arguments):\n    return None\n"
