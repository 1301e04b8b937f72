"""HumanEval and HumanEval+: Python functions to complete from a signature and docstring.

Metric: pass@1. ``humaneval`` runs the official assertions (a `ScriptCheck`);
``humaneval+@v0.1.10`` compares with the reference on EvalPlus' inputs (a `FunctionCheck`), base and
plus apart; a pass is both.
"""

from __future__ import annotations

from lcbrb.grading.problem_set import ProblemSet
from lcbrb.prompts.code import completing
from lcbrb.registry import Spec
from lcbrb.sources.problems import evalplus, humaneval


def human_eval(spec: Spec) -> ProblemSet:
    """``humaneval``: the official tests."""
    return ProblemSet.of(spec, humaneval.SOURCE.load_problems(spec), asking=completing)


def human_eval_plus(spec: Spec) -> ProblemSet:
    """``humaneval+`` at a release: the official inputs and EvalPlus' own."""
    return ProblemSet.of(
        spec, evalplus.load_problems(evalplus.HUMANEVAL_PLUS, spec), asking=completing
    )
