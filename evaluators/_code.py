"""What the code benchmarks share: run a program's tests in order and stop at the first failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lcbrb.protocols import Execution, Program, Sandbox
from lcbrb.types import CodeCheck, Completion, Problem, Status, StopReason, TestCase, Verdict

DETAIL_CHARACTERS = 1500

#: whether an output (STDIN: text, CALL: JSON) answers a test; None if so, else what differs
Compare = Callable[[TestCase, str], str | None]


@dataclass(slots=True)
class _Cost:
    """What a program has used so far, over all its tests."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_memory_mib: float = 0.0

    def add(self, execution: Execution) -> None:
        self.cpu_s += execution.cpu_s or 0.0
        self.wall_s += execution.wall_s or 0.0
        self.peak_memory_mib = max(self.peak_memory_mib, execution.peak_memory_mib or 0.0)


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
        cut = completion.stop_reason is StopReason.LENGTH
        return Verdict(status=Status.TRUNCATED if cut else Status.NO_ANSWER)
    if not isinstance(problem.check, CodeCheck) or not problem.check.tests:
        return Verdict(status=Status.HARNESS_ERROR, detail=f"{problem.id} has no tests to run")
    tests = problem.check.tests
    cost, passed = _Cost(), 0
    status, detail = Status.PASSED, ""
    executions = sandbox.run(program, (test.input for test in tests), problem.limits)
    for test, execution in zip(tests, executions, strict=False):  # the sandbox may give up early
        cost.add(execution)
        difference = compare(test, execution.output) if execution.status is None else None
        if execution.status is not None or difference is not None:
            status = execution.status or Status.WRONG_ANSWER
            detail = f"test {passed}: {difference or execution.detail}"
            break
        passed += 1
    if status is Status.PASSED and passed < len(tests):
        status, detail = Status.HARNESS_ERROR, f"only {passed} of {len(tests)} tests were run"
    return Verdict(
        status=status,
        tests_passed=passed,
        tests_total=len(tests),
        cpu_s=round(cost.cpu_s, 4),
        wall_s=round(cost.wall_s, 4),
        peak_memory_mib=round(cost.peak_memory_mib, 1),
        detail=detail[:DETAIL_CHARACTERS],
    )
