"""What the code benchmarks share: run a program's tests in order and stop at the first failure.

The tests of a program share a process where the sandbox offers that. A test failed there is run
again in a process of its own, and only that counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from evaluators._cost import DETAIL_CHARACTERS, Cost, unanswered
from lcbrb.protocols import Execution, Program, Sandbox
from lcbrb.types import CodeCheck, Completion, Problem, Status, TestCase, Verdict

#: whether an output (STDIN: text, CALL: JSON) answers a test; None if so, else what differs
Compare = Callable[[TestCase, str], str | None]


def verify_tests(
    problem: Problem, completion: Completion, program: Program, sandbox: Sandbox, compare: Compare
) -> Verdict:
    """Judge a completion by its problem's tests.

    Args:
        problem: its check must be a `CodeCheck` with at least one test.
        completion: what is judged; without a solution the verdict is TRUNCATED or NO_ANSWER.
        program: the completion's solution, made ready to run.
        sandbox: where it runs.
        compare: the benchmark's idea of a right answer.
    """
    if completion.solution is None:
        return unanswered(completion)
    if not isinstance(problem.check, CodeCheck) or not problem.check.tests:
        return Verdict(status=Status.HARNESS_ERROR, detail=f"{problem.id} has no tests to run")
    tests = problem.check.tests
    cost, passed = Cost(), 0
    failure: _Failure | None = None
    while passed < len(tests) and failure is None:
        failure, count = _until_failure(
            tests[passed:],
            sandbox.run(program, _inputs(tests[passed:]), problem.limits),
            compare,
            cost,
        )
        passed += count
        if failure is not None and not failure.fresh:  # only what it does alone counts
            again = tests[passed : passed + 1]
            failure, count = _until_failure(
                again,
                sandbox.run(program, _inputs(again), problem.limits, fresh=True),
                compare,
                cost,
            )
            passed += count
    status, detail = Status.PASSED, ""
    if failure is not None:
        status, detail = failure.status, f"test {passed}: {failure.detail}"
    return Verdict(
        status=status,
        tests_passed=passed,
        tests_total=len(tests),
        detail=detail[:DETAIL_CHARACTERS],
        **cost.rounded(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why a test was not passed, and whether its process had run nothing before."""

    status: Status
    detail: str
    fresh: bool


def _inputs(tests: Sequence[TestCase]) -> Iterator[str]:
    return (test.input for test in tests)


def _until_failure(
    tests: Sequence[TestCase], executions: Iterable[Execution], compare: Compare, cost: Cost
) -> tuple[_Failure | None, int]:
    """The first failure, and how many tests were passed before it."""
    passed = 0
    for test, execution in zip(tests, executions, strict=False):  # the sandbox may give up early
        cost.add(execution)
        difference = compare(test, execution.output) if execution.status is None else None
        if execution.status is not None or difference is not None:
            status = execution.status or Status.WRONG_ANSWER
            detail = difference or execution.detail
            return _Failure(status=status, detail=detail, fresh=execution.fresh), passed
        passed += 1
    if passed == len(tests):
        return None, passed
    detail = f"only {passed} of {len(tests)} tests were run"
    return _Failure(status=Status.HARNESS_ERROR, detail=detail, fresh=True), passed
