"""Minerva Math (OCWCourses): science problems whose answers are measurements, formulas, equations.

Metric: pass@1. A number is right if it rounds to the expected digits, or the expected number to its
own, or if it is within one part in ten thousand (`numbers.same_measurement`); its unit is
not looked at, as the statement names it. Equations may differ by a factor, and the constants of a
general solution may be numbered in any order.
"""

from __future__ import annotations

from lcbrb.grading.answer_check import AnswerKind
from lcbrb.grading.maths_answers.numbers import FOUR_DIGITS
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.prompts.maths import boxed_measurement
from lcbrb.registry import Spec
from lcbrb.sources.problems import maths

RULES = Rules(measured=True, scaled=True, tolerance=FOUR_DIGITS)


def minerva(spec: Spec) -> ProblemSet:
    """``minerva``: 272 problems of MIT OpenCourseWare."""
    return ProblemSet.of(
        spec,
        maths.MINERVA.load_problems(spec),
        asking=boxed_measurement,
        grading=AnswerKind(rules=RULES),
    )
