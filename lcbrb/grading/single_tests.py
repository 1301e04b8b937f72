"""The share of a problem's tests that a program passes, each test graded by itself.

A verdict ends at the first failure, so it does not tell. This is for whoever wants a soft outcome.
"""

from __future__ import annotations

import dataclasses

from lcbrb.grading.grader import Grader
from lcbrb.types import Check, CodeCheck, Completion, FunctionCheck, Problem, Status, Verdict

_ENDS = (Status.TIME_LIMIT, Status.MEMORY_LIMIT)  # too costly to be met twenty times


def single_tests(check: Check) -> list[Check]:
    """Checks of one test each; none of a check whose tests can't be taken apart.

    Scripts can't: they share a namespace, and a later one may need what an earlier one imports.
    """
    if isinstance(check, CodeCheck):
        return [dataclasses.replace(check, tests=(test,)) for test in check.tests]
    if isinstance(check, FunctionCheck):
        return [
            dataclasses.replace(check, base_inputs=(given,), plus_inputs=())
            for given in (*check.base_inputs, *check.plus_inputs)
        ]
    return []


def spaced(count: int, most: int) -> list[int]:
    """At most so many places of a list, evenly spaced, the first and the last among them."""
    if count <= most:
        return list(range(count))
    if most == 1:
        return [0]
    return [round(at * (count - 1) / (most - 1)) for at in range(most)]


def pass_rate(
    grader: Grader, completion: Completion, problem: Problem, verdict: Verdict, most: int = 20
) -> float | None:
    """The share of tests passed, from 0 to 1; None where a test could not be graded.

    1 where the verdict on all tests is a pass, and less than 1 where it is none, whatever tests
    were tried. Tests after one that reaches a limit of time or memory count as failed. Where tests
    can't be taken apart, those before the first failure are counted. At most `most` tests are
    tried, evenly spaced over all of them.
    """
    if verdict.status is Status.HARNESS_ERROR:
        return None
    if verdict.status is Status.PASSED:
        return 1.0
    if completion.solution is None:
        return 0.0
    checks = single_tests(problem.check)
    if not checks:
        return verdict.tests_passed / max(verdict.tests_total, verdict.tests_passed + 1)
    chosen, passed = spaced(len(checks), most), 0
    for place in chosen:
        alone = dataclasses.replace(problem, id=f"{problem.id}#{place}", check=checks[place])
        status = grader.verdict(completion, alone).status
        if status is Status.HARNESS_ERROR:
            return None
        if status in _ENDS:
            break
        passed += status is Status.PASSED
    return min(passed, len(chosen) - 1) / len(chosen)
