"""The share of a problem's tests that a program passes, each test graded by itself.

A verdict ends at the first failure, so it does not tell. This is for whoever wants a soft outcome.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lcbrb.grading.grader import Grader
from lcbrb.types import (
    Check,
    CodeCheck,
    Completion,
    FunctionCheck,
    Problem,
    ScriptCheck,
    Status,
    Verdict,
)


def single_tests(check: Check) -> list[Check]:
    """Checks of one test each; of a check that can't be taken apart, itself."""
    if isinstance(check, CodeCheck):
        return [dataclasses.replace(check, tests=(test,)) for test in check.tests]
    if isinstance(check, FunctionCheck):
        return [
            dataclasses.replace(check, base_inputs=(given,), plus_inputs=())
            for given in (*check.base_inputs, *check.plus_inputs)
        ]
    if isinstance(check, ScriptCheck):
        return [dataclasses.replace(check, scripts=(script,)) for script in check.scripts]
    return [check]


def spaced(checks: Sequence[Check], most: int) -> list[Check]:
    """At most so many of them, evenly spaced, the first and the last among them."""
    if len(checks) <= most:
        return list(checks)
    if most == 1:
        return [checks[0]]
    return [checks[round(at * (len(checks) - 1) / (most - 1))] for at in range(most)]


def pass_rate(
    grader: Grader, completion: Completion, problem: Problem, verdict: Verdict, most: int = 20
) -> float | None:
    """The share of tests passed, from 0 to 1; None where a test could not be graded.

    Args:
        grader: grades each test.
        completion: what is graded.
        problem: what it answers.
        verdict: on all tests: 1 where it passed, and 0 where there is no program to run.
        most: tests that are tried at most, evenly spaced over all of them.
    """
    if verdict.status is Status.HARNESS_ERROR:
        return None
    if verdict.status is Status.PASSED:
        return 1.0
    checks = single_tests(problem.check)
    if completion.solution is None or len(checks) == 1:
        return 0.0
    tried = [
        grader.verdict(completion, dataclasses.replace(problem, check=check)).status
        for check in spaced(checks, most)
    ]
    if Status.HARNESS_ERROR in tried:
        return None
    return sum(status is Status.PASSED for status in tried) / len(tried)
