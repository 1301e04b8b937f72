"""`FunctionCheck`: functions graded by what the reference answers, as HumanEval+ and MBPP+ do.

The rules are EvalPlus' (0.3.1, ``evalplus/eval/__init__.py``, ``untrusted_check``). Base and plus
tests each have a process of their own, in which calls share what the program keeps between them.
Each kind stops at its first failure. What each test may use, and all of them,
is in `reference_answers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lcbrb.grading.batched_calls import call_digest, call_many, call_one, callable_program
from lcbrb.grading.check_kinds import ReferenceKind
from lcbrb.grading.cost import DETAIL_CHARACTERS, Cost
from lcbrb.grading.oracles import difference, text_decides
from lcbrb.grading.reference_answers import FLOOR_S, Answers, ReferenceFailedError, References
from lcbrb.prompts.code import describing
from lcbrb.protocols.sandbox import Batch, Execution, Program, Sandbox, Session
from lcbrb.sandbox.borderline import most_of_three
from lcbrb.sandbox.inside import wire
from lcbrb.types import FunctionCheck, Limits, Problem, Prompt, Status, Verdict


@dataclass(slots=True, kw_only=True)
class _Run:
    """Base or plus tests of one program: how far it came, and what stopped it."""

    status: Status = Status.PASSED
    passed: int = 0
    detail: str = ""
    borderline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionKind(ReferenceKind[FunctionCheck]):
    """Functions held against a reference; `references` is what references answered so far."""

    references: References = field(default_factory=References, repr=False)

    def prompt(self, problem: Problem, check: FunctionCheck) -> Prompt:
        """A function described in a sentence (MBPP's manner)."""
        del check
        return describing(problem)

    def tests(self, check: FunctionCheck) -> int:
        """How many there are, unless base tests are missing."""
        return len(check.base_inputs) and len(check.base_inputs) + len(check.plus_inputs)

    def grade(
        self, problem: Problem, check: FunctionCheck, program: str, sandbox: Sandbox
    ) -> Verdict:
        """Hold the program's answers against the reference's, base and plus tests apart."""
        try:
            expected = self.references.of(problem, check, sandbox)
        except ReferenceFailedError as error:
            return Verdict(status=Status.HARNESS_ERROR, detail=str(error)[:DETAIL_CHARACTERS])
        digests = any(test.digested for test in expected.base.tests + expected.plus.tests)
        callable_ = callable_program(check, program, digests=digests)
        graded = _Comparison(callable_, check, problem.limits, sandbox)
        runs = {"base": graded.run(check.base_inputs, expected.base)}
        if check.plus_inputs:
            runs["plus"] = graded.run(check.plus_inputs, expected.plus)
        base, plus = runs["base"].status, runs.get("plus", runs["base"]).status
        return graded.cost.verdict(
            _both(base, plus),
            sum(run.passed for run in runs.values()),
            "; ".join(f"{tests} {run.detail}" for tests, run in runs.items() if run.detail),
            base_status=base,
            plus_status=plus,
        )


def _both(base: Status, plus: Status) -> Status:
    if Status.HARNESS_ERROR in (base, plus):  # half a verdict is none
        return Status.HARNESS_ERROR
    return plus if base is Status.PASSED else base


@dataclass(slots=True)
class _Comparison:
    """A program beside the answers of its problem's reference."""

    program: Program
    check: FunctionCheck
    limits: Limits
    sandbox: Sandbox
    cost: Cost = field(default_factory=Cost)

    def run(self, inputs: Sequence[str], expected: Answers) -> _Run:
        """Base or plus tests, in a process of their own: quickly, else one by one."""
        outcome = self._quickly(inputs, expected)
        if outcome is None:
            outcome = self._one_by_one(inputs, expected, alone=False)
        if not outcome.borderline:
            return outcome
        return most_of_three(
            lambda: self._one_by_one(inputs, expected, alone=True),
            lambda run: run.borderline or run.status is Status.TIME_LIMIT,
        )

    def _quickly(self, inputs: Sequence[str], expected: Answers) -> _Run | None:
        """Batch by batch.

        None where a batch ends in a way that is no single test's: it ran out of time, or died.
        """
        run, left_s = _Run(), expected.total_s
        with self.sandbox.open(self.program, self.limits) as session:
            for batch, part in enumerate(expected.batches):
                if part.stop - part.start == 1:
                    left_s -= self._one(session, inputs, expected, run, left_s)
                else:
                    limit_s = min(max(left_s, FLOOR_S), *expected.limits_s[part])
                    answered = call_many(session, self.check, inputs[part], limit_s)
                    self.cost.add(answered.execution)
                    left_s -= answered.execution.cpu_s or 0.0
                    if left_s <= 0 or (answered.execution.status and answered.failed_at is None):
                        return None
                    self._count(run, answered, inputs[part], expected, batch)
                if run.status is not Status.PASSED:
                    break
        return run

    def _count(
        self, run: _Run, answered: Batch, inputs: Sequence[str], expected: Answers, batch: int
    ) -> None:
        """Take a batch's tests into `run`, up to the first that is not passed."""
        exact = answered.failed_at is None and expected.same(batch, answered.outputs)
        if exact and all(text_decides(self.check.oracle, output) for output in answered.outputs):
            run.passed += len(answered.outputs)
            return
        for text, output in zip(inputs, answered.outputs, strict=False):
            number = run.passed
            answer, atol = expected.text(number), expected.tolerances[number]
            returned = Execution(status=None, output=output)
            run.status, detail = _held_against(self.check, text, returned, answer, atol)
            if run.status is not Status.PASSED:
                run.detail = f"test {number}: {detail}"
                return
            run.passed += 1
        if answered.execution.status is not None:
            run.status = answered.execution.status
            run.detail = f"test {run.passed}: {answered.execution.detail}"

    def _one_by_one(self, inputs: Sequence[str], expected: Answers, *, alone: bool) -> _Run:
        run, left_s = _Run(), expected.total_s
        with self.sandbox.open(self.program, self.limits, alone=alone) as session:
            while run.passed < len(inputs) and run.status is Status.PASSED:
                left_s -= self._one(session, inputs, expected, run, left_s)
        return run

    def _one(
        self, session: Session, inputs: Sequence[str], expected: Answers, run: _Run, left_s: float
    ) -> float:
        """The next test, as `run` counts them; the CPU time that it took."""
        number = run.passed
        limit_s = min(expected.limits_s[number], max(left_s, FLOOR_S))
        if expected.tests[number].digested:
            execution = call_digest(session, inputs[number], limit_s)
        else:
            execution = call_one(session, self.check, inputs[number], limit_s)
        self.cost.add(execution)
        used_s = execution.cpu_s or 0.0
        atol = expected.tolerances[number]
        run.status, detail = _held_against(
            self.check, inputs[number], execution, expected.text(number), atol
        )
        late = run.status is Status.PASSED and used_s > left_s
        squeezed = run.status is Status.TIME_LIMIT and limit_s < expected.limits_s[number]
        run.borderline = execution.borderline or late or squeezed
        if late:
            run.status = Status.TIME_LIMIT
            detail = f"all tests together used more than {expected.total_s:g} s of CPU time"
        if run.status is Status.PASSED:
            run.passed += 1
        else:
            run.detail = f"test {number}: {detail}"
        return used_s


def _held_against(
    check: FunctionCheck, arguments: str, execution: Execution, answer: str, atol: float
) -> tuple[Status, str]:
    if execution.status is not None:
        return execution.status, execution.detail
    if execution.output == answer and text_decides(check.oracle, answer):
        return Status.PASSED, ""
    try:
        returned = wire.decode(execution.output)
    except ValueError as error:
        return Status.WRONG_ANSWER, f"the answer can't be read: {error}"
    differs = difference(check.oracle, wire.decode(arguments), returned, wire.decode(answer), atol)
    return (Status.PASSED, "") if differs is None else (Status.WRONG_ANSWER, differs)
