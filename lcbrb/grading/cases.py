"""What the code benchmarks share: run a program's tests in order and stop at the first failure.

The tests of a program share a process where the sandbox offers that. A test failed there is run
again in a process of its own, the reference mode. If it fails there too, that is the verdict. If it
is passed, there are three cases:

- A limit was reached: it was the process', and the rest goes on.
- The same tests in another shared process fail alike: the program does not bear company, and all
  its tests are graded in the reference mode.
- They do not: the program's answers vary by chance, and the first failure stands, as it would have
  in the reference mode. Otherwise chance would have two attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from lcbrb.grading.cost import DETAIL_CHARACTERS, Cost, unanswered
from lcbrb.protocols.sandbox import Execution, Program, Sandbox
from lcbrb.types import CodeCheck, Completion, Limits, Problem, Status, TestCase, Verdict

#: whether an output (STDIN: text, CALL: JSON) answers a test; None if so, else what differs
Compare = Callable[[TestCase, str], str | None]
#: the first failure, if any, and how many tests were passed before it
_Found = tuple["_Failure | None", int]
#: failures that are the program's answer, and no limit's
_ANSWERS = (Status.WRONG_ANSWER, Status.RUNTIME_ERROR)


def verify_tests(
    problem: Problem, completion: Completion, program: Program, sandbox: Sandbox, compare: Compare
) -> Verdict:
    """Grade a completion by its problem's tests.

    Args:
        problem: its check must be a `CodeCheck` with at least one test.
        completion: what is graded; without a solution the verdict is TRUNCATED or NO_ANSWER.
        program: the completion's solution, made ready to run.
        sandbox: where it runs.
        compare: the benchmark's idea of a right answer.
    """
    if completion.solution is None:
        return unanswered(completion)
    if not isinstance(problem.check, CodeCheck) or not problem.check.tests:
        return Verdict(status=Status.HARNESS_ERROR, detail=f"{problem.id} has no tests to run")
    tests = problem.check.tests
    graded = _Tests(program=program, limits=problem.limits, sandbox=sandbox, compare=compare)
    failure, passed = graded.first_failure(tests)
    status, detail = Status.PASSED, ""
    if failure is not None:
        status, detail = failure.status, f"test {passed}: {failure.detail}"
    return Verdict(
        status=status,
        tests_passed=passed,
        tests_total=len(tests),
        detail=detail[:DETAIL_CHARACTERS],
        **graded.cost.rounded(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why a test was not passed, and whether its process had run nothing before."""

    status: Status
    detail: str
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tests:
    """A program, and all it takes to run tests of it."""

    program: Program
    limits: Limits
    sandbox: Sandbox
    compare: Compare
    cost: Cost = field(default_factory=Cost)

    def first_failure(self, tests: Sequence[TestCase]) -> _Found:
        """The first failure that counts, and how many tests were passed before it."""
        begun = 0
        while True:
            failure, count = self._run(tests[begun:])
            at = begun + count
            if failure is None or failure.fresh:
                return failure, at
            alone, count = self._run(tests[at : at + 1], fresh=True)
            if alone is not None:
                return alone, at + count
            if failure.status in _ANSWERS:
                return self._kept_or_drawn(tests, begun, at, failure)
            begun = at + 1
            if begun == len(tests):
                return None, begun

    def _kept_or_drawn(
        self, tests: Sequence[TestCase], begun: int, at: int, failure: _Failure
    ) -> _Found:
        """What is true of a program that failed in company what it passes alone."""
        again, count = self._run(tests[begun : at + 1])
        if again is None or (again.status in _ANSWERS and begun + count != at):
            detail = f"{failure.detail} (not every time it was run)"
            return replace(failure, detail=detail), at
        return self._run(tests, fresh=True)

    def _run(self, tests: Sequence[TestCase], *, fresh: bool = False) -> _Found:
        inputs = (test.input for test in tests)
        executions = self.sandbox.run(self.program, inputs, self.limits, fresh=fresh)
        return self._until_failure(tests, executions)

    def _until_failure(self, tests: Sequence[TestCase], executions: Iterable[Execution]) -> _Found:
        passed = 0
        for test, execution in zip(tests, executions, strict=False):  # it may give up early
            self.cost.add(execution)
            difference = self.compare(test, execution.output) if execution.status is None else None
            if execution.status is not None or difference is not None:
                status = execution.status or Status.WRONG_ANSWER
                detail = difference or execution.detail
                return _Failure(status=status, detail=detail, fresh=execution.fresh), passed
            passed += 1
        if passed == len(tests):
            return None, passed
        detail = f"only {passed} of {len(tests)} tests were run"
        return _Failure(status=Status.HARNESS_ERROR, detail=detail, fresh=True), passed
