"""MBPP and MBPP+: small Python functions, described in a sentence.

Metric: pass@1. ``mbpp`` (974) and ``mbpp@sanitized`` (427) run each problem's three assertions
(a `ScriptCheck`); ``mbpp+@v0.2.0`` compares with the reference on EvalPlus' inputs (a
`FunctionCheck`), base and plus apart; a pass is both.
"""

from __future__ import annotations

from lcbrb.grading.problem_set import ProblemSet
from lcbrb.registry import Spec
from lcbrb.sources.problems import evalplus, mbpp as source


def mbpp(spec: Spec) -> ProblemSet:
    """``mbpp``, ``mbpp@sanitized``: assertions."""
    return ProblemSet.of(spec, source.load_problems(spec))


def mbpp_plus(spec: Spec) -> ProblemSet:
    """``mbpp+`` at a release: the inputs of the assertions and EvalPlus' own."""
    return ProblemSet.of(spec, evalplus.load_problems(evalplus.MBPP_PLUS, spec))
