"""MATH500: competition problems whose answers are exact.

Metric: pass@1. Two answers are the same where they are mathematically equal
(docs/maths.md); a decimal stands for an exact number within one part in a million. What
differs from the usual graders: an equation may only differ by sign (the statements ask for a form),
and where a number is expected, ``tan 100 + 4 sin 100`` is the question again and no answer.
"""

from __future__ import annotations

from lcbrb.grading.problem_set import ProblemSet
from lcbrb.registry import Spec
from lcbrb.sources.problems import maths


def math500(spec: Spec) -> ProblemSet:
    """``math500``: the 500 problems of MATH that most papers report."""
    return ProblemSet.of(spec, maths.MATH500.load_problems(spec))
