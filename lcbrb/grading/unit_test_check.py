"""`UnitTestCheck`: functions graded by unittest cases in their own process, as BigCodeBench does.

Such tests patch and mock what the program uses, so a pass can't be proven from outside: a program
that sets out to can forge it. What the grader asks for all the same: every test that the source
defines has run and passed (none skipped, none expected to fail), the test that must fail has
failed, with a false statement by every assertion, and nothing of the machinery was changed. Records
of such runs say ``integrity: in-process``.

A library that the task itself needs and that is not installed is a failure of ours.
"""

from __future__ import annotations

import ast
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from lcbrb.grading.check_kinds import ReferenceKind
from lcbrb.grading.cost import Cost
from lcbrb.grading.false_statements import false_statements
from lcbrb.grading.forgery_signs import defines_equality, reads_frames
from lcbrb.protocols.sandbox import Execution, Program, Sandbox, Surroundings
from lcbrb.sandbox.borderline import most_of_three
from lcbrb.types import Problem, Status, UnitTestCheck, Verdict

#: names that upstream's runner puts into a program's namespace
_SURROUNDINGS = Surroundings(prelude="import os, sys\nfrom os import environ\n")
_MISSING = re.compile(r"No module named '([\w.]+)'")
_PASSED, _FAILED = "passed", "failed"
#: the test that must fail is called as the last one, with one of these behind
_WORDS = tuple("again also another case check extra more next other too twice".split())
_LARGEST = 10_000
_FORGED = "what came of the tests can't be read: it was written by the program"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    status: Status
    passed: int
    detail: str
    execution: Execution


class UnitTestKind(ReferenceKind[UnitTestCheck]):
    """Functions under unittest cases."""

    in_process: ClassVar[bool] = True

    def label(self, check: UnitTestCheck) -> str:
        """Unit tests are run."""
        del check
        return "unit tests"

    def tests(self, check: UnitTestCheck) -> int:
        """The test methods."""
        return len(test_names(check.tests, check.cases))

    def grade(
        self, problem: Problem, check: UnitTestCheck, program: str, sandbox: Sandbox
    ) -> Verdict:
        """Run all tests beside the program; where a limit decides by little, alone again."""
        source = Program(source=calibrated(check, program), surroundings=_SURROUNDINGS)
        cost = Cost()
        if name := reads_frames(program):
            detail = f"reaches for the variables of its tests ({name})"
            return cost.verdict(Status.WRONG_ANSWER, 0, detail)
        watched = check.entry_point if defines_equality(program) else None

        def tried(*, alone: bool) -> _Run:
            canary = _canary(check)
            order = {
                "source": check.tests,
                "name": check.cases,
                "canary": canary.name,
                "fails": canary.fails,
                "statements": false_statements(check.tests),
                "watched": watched,
            }
            with sandbox.open(source, problem.limits, alone=alone) as session:
                execution = session.run_tests(json.dumps(order))
            cost.add(execution)
            return _judged(check, canary, execution)

        run = tried(alone=False)
        if run.execution.borderline:
            run = most_of_three(
                lambda: tried(alone=True),
                lambda result: result.execution.borderline or result.status is Status.TIME_LIMIT,
            )
        return cost.verdict(run.status, run.passed, run.detail)


def calibrated(check: UnitTestCheck, program: str) -> str:
    """A program behind its calibration, unless it begins with it, as in upstream's result files."""
    return program if program.startswith(check.calibration) else check.calibration + program


@dataclass(frozen=True, slots=True, kw_only=True)
class _Canary:
    """A test that must fail: its last statement, and what it says then."""

    name: str
    fails: str
    said: str


def _canary(check: UnitTestCheck) -> _Canary:
    """One that looks like the others, drawn anew for each run.

    It is the last by its name, so it runs last: the others find what they would without it, random
    numbers above all.
    """
    name = f"{max(test_names(check.tests, check.cases))}_{secrets.choice(_WORDS)}"
    left, more = secrets.randbelow(_LARGEST), 1 + secrets.randbelow(_LARGEST)
    return _Canary(
        name=name,
        fails=f"self.assertEqual({left}, {left + more})",
        said=f"AssertionError: {left} != {left + more}",
    )


@lru_cache(maxsize=4096)
def test_names(tests: str, cases: str) -> frozenset[str]:
    """The names of the test methods that a class in a source defines; none where there is none."""
    classes = [
        node
        for node in ast.parse(tests).body
        if isinstance(node, ast.ClassDef) and node.name == cases
    ]
    return frozenset(
        node.name
        for node in (classes[-1].body if classes else ())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    )


def _judged(check: UnitTestCheck, canary: _Canary, execution: Execution) -> _Run:
    """What is to be made of a run."""
    if execution.status is not None:
        status, detail = _ours(check, execution.status, execution.detail)
        return _Run(status=status, passed=0, detail=detail, execution=execution)
    try:
        report = json.loads(execution.output)
        outcomes = {name: (word, detail) for name, (word, detail) in report["tests"].items()}
        whole = [str(text) for text in report["class"]]
        changed = str(report["changed"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _Run(status=Status.RUNTIME_ERROR, passed=0, detail=_FORGED, execution=execution)
    expected = test_names(check.tests, check.cases)
    passed = sum(outcomes.get(name, ("", ""))[0] == _PASSED for name in expected)
    status, detail = _decided(expected, outcomes, whole, changed)
    if status is Status.PASSED:
        if outcomes.get(canary.name) != (_FAILED, canary.said):
            told_of_it = outcomes.get(canary.name, ("did not run", ""))
            status, detail = Status.WRONG_ANSWER, f"a false statement passed: {told_of_it}"
        elif stray := outcomes.keys() - expected - {canary.name}:
            status, detail = Status.WRONG_ANSWER, f"tests of the program's own ran: {min(stray)}"
    status, detail = _ours(check, status, detail)
    return _Run(status=status, passed=passed, detail=detail, execution=execution)


def _decided(
    expected: frozenset[str],
    outcomes: Mapping[str, tuple[Any, Any]],
    whole: list[str],
    changed: str,
) -> tuple[Status, str]:
    """Status and detail by the expected tests alone; the first that is no pass says both."""
    if changed:
        return Status.WRONG_ANSWER, f"changed what tests are run with: {changed}"
    if whole:
        return Status.RUNTIME_ERROR, f"the class of tests: {whole[0]}"
    for name in sorted(expected):
        word, detail = outcomes.get(name, ("did not run", ""))
        if word != _PASSED:
            status = Status.RUNTIME_ERROR if word == "error" else Status.WRONG_ANSWER
            return status, f"{name}: {word}{': ' if detail else ''}{detail}"
    return Status.PASSED, ""


def _ours(check: UnitTestCheck, status: Status, detail: str) -> tuple[Status, str]:
    """A failure for want of a library that the task itself needs is no failure of the program."""
    if status in {Status.RUNTIME_ERROR, Status.WRONG_ANSWER}:
        for missing in _MISSING.findall(detail):
            if missing.partition(".")[0] in check.libraries:
                what = f"the environment lacks {missing}, which the task needs"
                return Status.HARNESS_ERROR, what
    return status, detail
