"""`CodeCheck`: programs graded by stdin tests and by calls of a function, as LiveCodeBench does.

A program's tests run in order, up to the first failure. They share a process where the sandbox
offers that. A test failed there is run again in a process of its own, the reference mode. If it
fails there too, that is the verdict. If it is passed, there are three cases:

- A limit was reached: it was the process', and the rest goes on.
- The tests that shared its process, all in another one, fail alike: the program can't share one,
  and all its tests are graded in the reference mode.
- They do not: the program's answers vary by chance, and the first failure stands, as it would have
  in the reference mode. Otherwise chance would have two attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lcbrb.grading.check_kinds import ProgramKind
from lcbrb.grading.cost import Cost
from lcbrb.grading.outputs import compare
from lcbrb.grading.program_mutants import mutants
from lcbrb.prompts.code import solving
from lcbrb.protocols.sandbox import Execution, Program, Sandbox, Surroundings
from lcbrb.replies.extract import Asked
from lcbrb.types import CodeCheck, Limits, Problem, Prompt, Status, TestCase, TestKind, Verdict

#: whether an output (STDIN: text, CALL: JSON) answers a test; None if so, else what differs
Compare = Callable[[TestCase, str], str | None]
#: the first failure, if any, and how many tests were passed before it
_Found = tuple["_Failure | None", int]
#: failures that are the program's answer, and no limit's
_ANSWERS = (Status.WRONG_ANSWER, Status.RUNTIME_ERROR)

_PLAIN_IMPORTS = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools "
    "operator io sys json"
).split()
#: LiveCodeBench's: names that the official grader puts in scope (`builtins` comes after `math` and
#: gives `pow` back), and the recursion limit that it sets
SURROUNDINGS = Surroundings(
    prelude="".join(
        [f"from {name} import *\n" for name in (*_PLAIN_IMPORTS, "builtins", "typing")]
        + [f"import {name}\n" for name in _PLAIN_IMPORTS]
    ),
    recursion_limit=50_000,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeKind(ProgramKind[CodeCheck]):
    """Programs by their tests.

    Args:
        compare: the benchmark's idea of a right answer.
        surroundings: of each program.
    """

    compare: Compare = compare
    surroundings: Surroundings = SURROUNDINGS

    def label(self, check: CodeCheck) -> str:
        """Whether a function is called or a program reads standard input."""
        return "functional" if check.entry_point else "stdin"

    def prompt(self, problem: Problem, check: CodeCheck) -> Prompt:
        """The statement, and whether a program or a class is wanted."""
        return solving(problem, check.starter_code)

    def asked(self, check: CodeCheck) -> Asked:
        """A program that defines the function, or reads what the tests give it."""
        reads_input = any(test.input.strip() for test in check.tests)
        return Asked(entry_point=check.entry_point, reads_input=reads_input)

    def broken(self, check: CodeCheck, gold: str) -> Iterator[str]:
        """Small changes, then a function (or program) that does nothing."""
        return mutants(gold, check.entry_point)

    def tests(self, check: CodeCheck) -> int:
        """How many there are."""
        return len(check.tests)

    def grade(self, problem: Problem, check: CodeCheck, program: str, sandbox: Sandbox) -> Verdict:
        """Run the program on the tests, public ones first."""
        tests = _Tests(
            program=Program(
                source=program,
                kind=TestKind.STDIN if check.entry_point is None else TestKind.CALL,
                entry_point=check.entry_point,
                surroundings=self.surroundings,
            ),
            limits=problem.limits,
            sandbox=sandbox,
            compare=self.compare,
        )
        failure, passed = tests.first_failure(tuple(check.tests))
        if failure is None:
            return tests.cost.verdict(Status.PASSED, passed, "")
        return tests.cost.verdict(failure.status, passed, f"test {passed}: {failure.detail}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why a test was not passed, and how many tests its process had been given before."""

    status: Status
    detail: str
    after: int = 0

    @property
    def fresh(self) -> bool:
        """Whether it was the first of its process."""
        return not self.after


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
                company = tests[at - failure.after : at + 1]
                if self._is_chance(company):
                    detail = f"{failure.detail} (but not every time it was run)"
                    return replace(failure, detail=detail), at
                return self._run(tests, fresh=True)
            begun = at + 1
            if begun == len(tests):
                return None, begun

    def _is_chance(self, company: Sequence[TestCase]) -> bool:
        """Whether the last of these tests, which shared a process, passes in the same company now.

        A busy machine gives a process fewer tests; here it is given them all, so that only the
        program itself can have it otherwise, and gains nothing by that.
        """
        again, passed = self._run(company, together=True)
        return again is None or (again.status in _ANSWERS and passed != len(company) - 1)

    def _run(
        self, tests: Sequence[TestCase], *, fresh: bool = False, together: bool = False
    ) -> _Found:
        inputs = (test.input for test in tests)
        executions = self.sandbox.run(
            self.program, inputs, self.limits, fresh=fresh, together=together
        )
        return self._until_failure(tests, executions)

    def _until_failure(self, tests: Sequence[TestCase], executions: Iterable[Execution]) -> _Found:
        passed = shared = 0
        for test, execution in zip(tests, executions, strict=False):  # it may give up early
            self.cost.add(execution)
            shared = 0 if execution.fresh else shared + 1
            difference = self.compare(test, execution.output) if execution.status is None else None
            if execution.status is not None or difference is not None:
                status = execution.status or Status.WRONG_ANSWER
                detail = difference or execution.detail
                return _Failure(status=status, detail=detail, after=shared), passed
            passed += 1
        if passed == len(tests):
            return None, passed
        detail = f"only {passed} of {len(tests)} tests were run"
        return _Failure(status=Status.HARNESS_ERROR, detail=detail), passed
