r"""AIME 2024 and 2025: thirty problems a year whose answers are whole numbers from 0 to 999.

Metric: pass@1, and with several samples avg@k and maj@k. The number counts in whatever form it is
written: ``073``, ``73.``, ``73.0``, ``\text{73}``, ``$73$``, ``73^\circ``, ``m+n = 73``.
"""

from __future__ import annotations

from lcbrb.grading.answer_check import AnswerKind
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.prompts.maths import boxed_integer
from lcbrb.registry import Spec
from lcbrb.sources.base import ProblemSource
from lcbrb.sources.problems import maths


def aime24(spec: Spec) -> ProblemSet:
    """``aime24``: AIME I and II of 2024."""
    return _aime(maths.AIME24, spec)


def aime25(spec: Spec) -> ProblemSet:
    """``aime25``: AIME I and II of 2025."""
    return _aime(maths.AIME25, spec)


def _aime(source: ProblemSource, spec: Spec) -> ProblemSet:
    return ProblemSet.of(
        spec,
        source.load_problems(spec),
        asking=boxed_integer,
        grading=AnswerKind(rules=Rules(whole=True)),
    )
