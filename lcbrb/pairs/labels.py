"""Which completions can be a side of a pair, and which side.

Superior: all tests pass; inferior: tests fail (LCB-RB, arXiv 2508.05170). With soundness required,
a superior one's reasoning must also be judged sound and an inferior one's flawed. Not a side of any
pair: a completion without reasoning, without an answer or cut off (its tests say nothing of the
reasoning), and one whose verdict is our own failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.types import Completion, Judgement, Status, Verdict

_UNDECIDED = frozenset({Status.NO_ANSWER, Status.TRUNCATED, Status.HARNESS_ERROR})


class LabelRule(StrEnum):
    """What decides the label."""

    TESTS = "tests"
    TESTS_AND_SOUNDNESS = "tests+soundness"


class Label(StrEnum):
    """What a completion is good for."""

    SUPERIOR = "superior"
    INFERIOR = "inferior"
    NO_REASONING = "no_reasoning"
    UNDECIDED = "undecided"  # no answer, truncated, or a failure of ours
    NOT_JUDGED = "not_judged"  # soundness is required; nobody judged it, or the judges disagree
    AT_ODDS = "at_odds"  # passes with flawed reasoning, or fails with sound reasoning


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A completion with its verdict and label."""

    completion: Completion
    verdict: Verdict
    label: Label


def soundness(judgements: Iterable[Judgement]) -> bool | None:
    """Whether every judge found the reasoning sound; None where there are none or they disagree."""
    opinions = {judgement.sound for judgement in judgements}
    return opinions.pop() if len(opinions) == 1 else None


def label(completion: Completion, verdict: Verdict, rule: LabelRule) -> Label:
    """What this completion is good for under a rule."""
    if not (completion.reasoning or "").strip():
        return Label.NO_REASONING
    if verdict.status in _UNDECIDED:
        return Label.UNDECIDED
    passed = verdict.status is Status.PASSED
    if rule is LabelRule.TESTS_AND_SOUNDNESS:
        sound = soundness(completion.judgements)
        if sound is None:
            return Label.NOT_JUDGED
        if sound != passed:
            return Label.AT_ODDS
    return Label.SUPERIOR if passed else Label.INFERIOR
