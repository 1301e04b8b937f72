"""How good must the reward model be? A fixed sequence of tests, from the oracle downwards.

Each step asks whether training against a reward model of one accuracy beats `outcome`, at the whole
of alpha: a step is tested only if all better reward models passed, so no correction is needed (the
chance of any false step is alpha at most). It is a family of its own beside the planned contrasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lcbrb.training.study.analysis import ALPHA, Finding, Results, contrasted, difference
from lcbrb.training.study.endpoints import Endpoint
from lcbrb.training.study.grid import BEST, ORACLE, OUTCOME, StudySettings, degraded_name
from lcbrb.training.study.scorers import Flaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A reward model's accuracy, and whether training against it gains; None: not asked."""

    accuracy: float
    finding: Finding
    gains: bool | None


def fixed_sequence(results: Results, settings: StudySettings, tested: Sequence[int]) -> list[Step]:
    """The steps on pass@1, copies by noise; empty before the planned seeds are whole."""
    if not tested:
        return []
    levels = sorted(settings.levels, reverse=True)
    named = [(ORACLE, BEST.name)]
    named += [(level, degraded_name(Flaw.NOISE, level)) for level in levels]
    steps: list[Step] = []
    asking = True
    for accuracy, name in named:
        contrast = difference(name, OUTCOME.name)
        finding = contrasted(results, contrast, Endpoint.SAMPLED, tested)
        if finding is None:
            break
        gains = None
        if asking and finding.p_value is not None:
            gains = asking = finding.p_value <= ALPHA and finding.estimate.value > 0
        steps.append(Step(accuracy=accuracy, finding=finding, gains=gains))
    return steps
